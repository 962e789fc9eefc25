"""kill -9, a full disk and a locked database at random moments of import, filing, approval, publication and undo.

Afterwards each piece of work is done or not begun, the audit chain is whole, everything that must always hold does, and
going on leads to what an undisturbed run leads to: nothing is lost, and nothing is done or told twice.
"""

import random
import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from tests.faults.grounds import Step, drop, facts, opened, steps, whole
from tests.faults.strikes import DONE, STOPPED, Strike, struck
from tests.security.sweep import Ground, open_ground

from shuixin.audit import verify
from shuixin.health.checks import faults, run_checks
from shuixin.testing.fixtures import Databases
from shuixin.testing.services import need_postgresql

pytestmark = pytest.mark.faults
NAMES = ("import", "file", "approve", "publish", "undo")
#: How often each step is struck.
STRIKES = {"sqlite": {"kill": 14, "disk": 6, "lock": 4}, "postgresql": {"kill": 8, "disk": 3, "lock": 3}}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Ground, dict[str, Step]]]:
    """The steps of one batch on one engine."""
    if request.param == "postgresql":
        need_postgresql()
    folder = tmp_path_factory.mktemp("faults")
    with open_ground(databases, folder, request.param) as ground:
        url = databases.fresh(request.param)
        taken = steps(url, folder)
        yield request.param, ground, taken
        for step in taken.values():
            step.start.remove()
        drop(url)


def _strikes(engine: str, name: str, step: Step) -> list[Strike]:
    chance = random.Random(f"{engine} {name}")
    ends = {"kill": step.moments + 1, "lock": step.moments, "disk": step.bytes or step.moments}
    return [
        Strike(kind, chance.randint(1, ends[kind])) for kind, times in STRIKES[engine].items() for _ in range(times)
    ]


def _faults(ground: Ground, step: Step) -> list[str]:
    """Return what is half done or broken in the database that is open."""
    found = facts()
    wrong = [f"{piece}: {seen}" for piece, seen in found.items() if seen not in (step.before[piece], step.after[piece])]
    platform = ground.app.extensions["shuixin"]
    wrong += [f"{name}: {what}" for name, what in faults(platform, run_checks(platform, every=True)).items()]
    sound, broken = verify()
    return wrong + ([f"audit after {sound}: {broken}"] if broken else [])


@pytest.mark.parametrize("name", NAMES)
def test_whatever_strikes_nothing_is_half_done(
    city: tuple[str, Ground, dict[str, Step]], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    engine, ground, taken = city
    step, ended = taken[name], Counter[str]()
    for strike in _strikes(engine, name, step):
        url = step.start.copy()
        code = struck(url, step.work, strike)
        assert code in (DONE, STOPPED, -signal.SIGKILL), f"{strike} ended by {code}"
        with opened(url):
            assert not _faults(ground, step), f"{strike} ({code})"
            step.resume()
            assert whole() == step.whole, f"{strike} ({code}), after going on"
        drop(url)
        ended[f"{strike.kind} {code}"] += 1
    with capsys.disabled():
        print(f"\n{engine} {name}, {step.moments} moments:", dict(ended))
