"""The bench of the platform runs; what it measures is for people to read, never a test."""

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
