"""The benches run; what they measure is for people to read, never a test."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_bench_compares_the_same_bytes_and_says_everything() -> None:
    command = [sys.executable, str(ROOT / "bench" / "platform" / "run.py"), "--quick", "--no-server"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SHUIXIN_", "DATABASE_"))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for words in ("public page, requests/s, in process", "workspace page", "first answer", "fresh process"):
        assert words in done.stdout
    for words in ("building the application again", "pages.headers._secure", "everything else in Flask"):
        assert words in done.stdout


def test_the_bench_of_the_office_measures_lists_and_exports() -> None:
    command = [sys.executable, str(ROOT / "bench" / "office" / "run.py"), "--quick"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SHUIXIN_", "DATABASE_"))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for words in (
        "| first page | 2 |",
        "| search, few hits | 2 |",
        "| last reachable page | 2 |",
        "| csv |",
        "| xlsx |",
    ):
        assert words in done.stdout


def test_the_bench_of_workbooks_measures_reading_and_annotating() -> None:
    command = [sys.executable, str(ROOT / "bench" / "tabular" / "run.py"), "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for words in ("| calamine alone", "| `open_workbook`, row by row | 2,002 |", "`annotate_workbook` | 2,002 |"):
        assert done.stdout.count(words) == 2


def test_the_bench_of_collection_measures_a_whole_import() -> None:
    command = [sys.executable, str(ROOT / "bench" / "collection" / "run.py"), "--quick"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SHUIXIN_", "DATABASE_"))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for words in ("calamine and one raw insertion", "and filed for review", "opened for review", "_filing_item` | 2 |"):
        assert words in done.stdout
