"""Promise 3: a toggle reaches every worker within two seconds, and nobody sees an error meanwhile."""

import os
import threading
import time
from collections import Counter

import pytest

from tests.lifecycle.conftest import run, status

TOGGLES = int(os.environ.get("SHUIXIN_TOGGLES", "6"))
pytestmark = pytest.mark.faults


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
