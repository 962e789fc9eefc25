"""Promise 3: a toggle reaches every worker within two seconds, and nobody sees an error meanwhile."""

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shuixin.testing.services import scratch_postgresql

ROOT = Path(__file__).parents[2]
TOGGLES = int(os.environ.get("SHUIXIN_TOGGLES", "6"))
pytestmark = pytest.mark.faults


def run(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "shuixin", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    with scratch_postgresql() as url:
        yield {
            **os.environ,
            "SHUIXIN_SECRET_KEY": "toggle-" * 8,
            "DATABASE_URL": url,
            "SHUIXIN_DATA_DIR": str(tmp_path),
            "SHUIXIN_DEMO": "true",
            "SHUIXIN_CONFIG": str(ROOT / "config" / "default.toml"),
        }


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(environment: dict[str, str]) -> Iterator[str]:
    run(environment, "init")
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "2", "--threads", "4"]
    with subprocess.Popen(
        [*command, "shuixin.wsgi:application"], env=environment, stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and status(f"{address}/healthz") != 200:
            time.sleep(0.2)
        yield address
        process.terminate()


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        clean = "页面不存在" in error.read().decode("utf-8")
        return error.code if error.code != 404 or clean else -404
    except OSError:
        return 0


def test_row_03_every_worker_follows_within_two_seconds_without_an_error(
    server: str, environment: dict[str, str]
) -> None:
    seen: Counter[int] = Counter()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            seen[status(f"{server}/news/")] += 1

    asking = [threading.Thread(target=ask) for _number in range(3)]
    for thread in asking:
        thread.start()
    try:
        for number in range(TOGGLES):
            on = number % 2 == 1
            run(environment, "plugins", "enable" if on else "disable", "news")
            time.sleep(2.0)
            answers = {status(f"{server}/news/") for _request in range(50)}
            assert answers == {200 if on else 404}, number
    finally:
        stop.set()
        for thread in asking:
            thread.join()
    assert set(seen) == {200, 404}, seen
    assert status(f"{server}/credit/") == 200
