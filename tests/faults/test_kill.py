"""kill -9 in the middle of an import: all or nothing, no repair, the audit chain whole; on both engines."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shuixin.audit import verify
from shuixin.database import connect, db
from shuixin.kit.identifiers import complete_uscc
from shuixin.kit.tabular import ColumnPlan, SheetPlan, write_workbook
from shuixin.testing.fixtures import Databases
from shuixin.testing.services import need_postgresql

pytestmark = pytest.mark.faults
ROWS = 60
KILLS = 5


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A workbook whose import takes long enough to be hit."""
    path = tmp_path / "试验.xlsx"
    columns = tuple(ColumnPlan(title) for title in ("单位名称", "统一社会信用代码", "主体类别", "所属省市"))
    rows = [
        [f"试验{number}水利工程有限公司", complete_uscc(f"91420204MAE{number:06d}"[:17]), "施工", "湖北省黄石市下陆区"]
        for number in range(ROWS)
    ]
    write_workbook(path, [SheetPlan("基本信息", columns, rows)])
    return path


def _import(url: str, workbook: Path) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SHUIXIN_DATA_DIR": str(workbook.parent),
        "SHUIXIN_SECRET_KEY": "kill-test-secret-" * 3,
    }
    command = [sys.executable, "-m", "shuixin", "credit", "import", str(workbook)]
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )


def _look(url: str) -> tuple[int, int]:
    """Return how many filings there are, and how many sound audit entries; a broken chain raises."""
    database = connect(url)
    with database.connection_context():
        filings = int(database.execute_sql("SELECT count(*) FROM credit_collection_filing").fetchone()[0])
        sound, broken = verify()
    if hasattr(db.obj, "close_all"):
        db.obj.close_all()
    assert broken is None, broken
    return filings, sound


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_an_import_killed_at_random_moments_is_all_or_nothing(
    engine: str, databases: Databases, workbook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if engine == "postgresql":
        need_postgresql()
    url = databases.fresh(engine)
    begun = time.monotonic()
    assert _import(url, workbook).wait(120) == 0
    usual, whole = time.monotonic() - begun, _look(url)
    assert whole[0] == ROWS
    databases.drop(engine, url)

    chance, seen = random.Random(4202), {0: 0, ROWS: 0}
    url = databases.fresh(engine)
    before = _look(url)
    for _kill in range(KILLS):
        process = _import(url, workbook)
        time.sleep(chance.uniform(usual * 0.4, usual))
        process.kill()
        process.wait()
        found = _look(url)
        assert found in (before, whole), "a part of the batch was written"
        seen[found[0]] += 1
        if found == whole:
            databases.drop(engine, url)
            url = databases.fresh(engine)
    # The database that was hit serves on without repair.
    if _look(url) == before:
        assert _import(url, workbook).wait(120) == 0
    assert _look(url) == whole
    databases.drop(engine, url)
    with capsys.disabled():
        print(f"\n{engine}: {KILLS} kills, nothing written {seen[0]} times, all {seen[ROWS]} times")
