"""kill -9 in the middle of an import: all or nothing, no repair, the audit chain whole."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from peewee import SqliteDatabase

from shuixin.kit.identifiers import complete_uscc
from shuixin.kit.tabular import ColumnPlan, SheetPlan, write_workbook

pytestmark = pytest.mark.faults
ROWS = 60


def _workbook(path: Path) -> None:
    columns = tuple(ColumnPlan(title) for title in ("单位名称", "统一社会信用代码", "主体类别", "所属省市"))
    rows = [
        [f"试验{number}水利工程有限公司", complete_uscc(f"91420204MAE{number:06d}"[:17]), "施工", "湖北省黄石市下陆区"]
        for number in range(ROWS)
    ]
    write_workbook(path, [SheetPlan("基本信息", columns, rows)])


def _run(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder / 'shuixin.db'}",
        "SHUIXIN_DATA_DIR": str(folder),
        "SHUIXIN_SECRET_KEY": "kill-test-secret-" * 3,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "shuixin", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def _done(folder: Path, *arguments: str) -> str:
    process = _run(folder, *arguments)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def _filings(folder: Path) -> int:
    database = SqliteDatabase(str(folder / "shuixin.db"))
    with database.connection_context():
        return int(database.execute_sql("SELECT count(*) FROM credit_collection_filing").fetchone()[0])


def test_an_import_killed_at_random_moments_is_all_or_nothing(tmp_path: Path) -> None:
    workbook = tmp_path / "试验.xlsx"
    _workbook(workbook)
    _done(tmp_path, "init")
    begun = time.monotonic()
    _done(tmp_path, "credit", "import", str(workbook), "--dry-run")
    usual, chance = (time.monotonic() - begun) * 1.4, random.Random(4202)
    outcomes = set()
    for _kill in range(20):
        process = _run(tmp_path, "credit", "import", str(workbook))
        time.sleep(chance.uniform(usual * 0.4, usual))
        process.kill()
        process.communicate()
        outcomes.add(_filings(tmp_path))
        assert outcomes <= {0, ROWS}, "a part of the batch was written"
        if ROWS in outcomes:
            break
    assert "条完好" in _done(tmp_path, "audit", "verify")
    _done(tmp_path, "credit", "import", str(workbook))
    assert _filings(tmp_path) == ROWS
