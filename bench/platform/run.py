"""What the platform costs: the same page from bare Flask and from a whole installation with ten plugins, in one run.

``make bench`` prints the tables of ``README.md`` beside this file. Ratios count, not times: a slower machine slows
both sides. Nothing fails because something is slow.
"""

import argparse
import functools
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import costs
import installation
import measure
from bare import BODY, PATH
from bare import make as make_bare

WORK = "/workspace/bench_1/"
#: The ratio aimed at for a public page behind a server; printed, never judged by a test.
AIM = 0.7


def row(*cells: object) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(str(each) for each in cells)} |"


def in_process(site: Any, cookie: str, rounds: int, calls: int) -> Iterator[str]:
    """Compare calls of the applications themselves, without a server."""
    page, work = measure.request_for(PATH), measure.request_for(WORK, cookie)
    bare = make_bare()
    for app, environ in ((bare, page), (site, page), (site, work)):
        status, body, _headers = measure.answer(app, environ)
        assert (status, body.decode()) == ("200 OK", BODY), status
    subjects: dict[str, Callable[[], object]] = {
        "bare": functools.partial(measure.answer, bare, page),
        "full": functools.partial(measure.answer, site, page),
        "signed in": functools.partial(measure.answer, site, work),
    }
    yield from _compared("in process", measure.rates(subjects, rounds=rounds, calls=calls), "")


def under_server(cookie: str, rounds: int, duration: int) -> Iterator[str]:
    """Compare gunicorn with one worker under wrk; both servers run, one at a time is asked."""
    found: dict[str, list[float]] = {"bare": [], "full": [], "signed in": []}
    with measure.gunicorn("bare:application") as bare, measure.gunicorn("shuixin.wsgi:application") as full:
        targets = {"bare": (bare, PATH, ""), "full": (full, PATH, ""), "signed in": (full, WORK, cookie)}
        for turn in range(rounds + 1):
            for name, ((address, _worker), path, session) in targets.items():
                rate = measure.wrk(f"http://{address}{path}", duration=duration, cookie=session)
                if turn:
                    found[name].append(rate)
        memory = {name: measure.resident(server[1]) for name, server in (("bare", bare), ("full", full))}
    rates = {name: statistics.median(values) for name, values in found.items()}
    reached = rates["full"] / rates["bare"] >= AIM
    yield from _compared("gunicorn, wrk", rates, " (aim reached)" if reached else f" (below {AIM})")
    yield row("worker after the load, MB", f"{memory['bare']:.0f}", f"{memory['full']:.0f}", _ratio(memory))


def _compared(how: str, rate: dict[str, float], verdict: str) -> Iterator[str]:
    yield row(f"public page, requests/s, {how}", *_pair(rate), f"**{_ratio(rate)}**{verdict}")
    work = {"bare": rate["bare"], "full": rate["signed in"]}
    yield row(f"workspace page of a signed-in person, requests/s, {how}", *_pair(work), _ratio(work))


def _pair(values: dict[str, float]) -> tuple[str, str]:
    return f"{values['bare']:,.0f}", f"{values['full']:,.0f}"


def _ratio(values: dict[str, float]) -> str:
    return f"{values['full'] / values['bare']:.2f}" if values["bare"] else "?"


def processes(times: int) -> Iterator[str]:
    """Compare fresh processes: until the first answer, and how large they are then."""
    found = measure.probes(("bare", "full"), times)
    for key, label, unit in (
        ("start", "process start to first answer, s", 2),
        ("resident", "memory of a fresh process, MB", 0),
    ):
        values = {kind: found[kind][key] for kind in found}
        yield row(label, f"{values['bare']:.{unit}f}", f"{values['full']:.{unit}f}", _ratio(values))


def rebuild(site: Any, times: int) -> Iterator[str]:
    """Measure what switching a plugin costs: building the next application in a running process."""
    from shuixin.app import create_app

    platform = site.current.extensions["shuixin"]
    enabled = set(platform.loaded.bundles)
    assert len(enabled) == len(installation.OWN) + len(installation.SMALL), enabled
    took = measure.seconds(lambda: create_app(platform.settings, enabled), times)
    yield row(f"building the application again, {len(enabled)} plugins, ms", "", f"{1000 * took:.0f}", "")


def table_of_costs(site: Any, cookie: str, calls: int) -> Iterator[str]:
    """Say what costs what in one request of each kind."""
    from shuixin.app import create_app

    platform = site.current.extensions["shuixin"]
    for title, app, environ in (
        ("bare", make_bare(), measure.request_for(PATH)),
        ("public page", create_app(platform.settings, set(platform.loaded.bundles)), measure.request_for(PATH)),
        ("signed in", create_app(platform.settings, set(platform.loaded.bundles)), measure.request_for(WORK, cookie)),
    ):
        yield from ("", row(f"{title}: what", "µs a request"), row("---", "---:"))
        for name, spent in costs.per_request(app, environ, calls):
            if spent >= 0.5:
                yield row(name, f"{spent:.1f}")


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds: whether it runs, not what it measures")
    parser.add_argument("--no-server", action="store_true", help="leave gunicorn and wrk out")
    options = parser.parse_args(arguments)
    quick = options.quick
    with tempfile.TemporaryDirectory(prefix="shuixin-bench-") as scratch:
        installation.make(Path(scratch))
        cookie = installation.sign_in()
        from shuixin.wsgi import make

        site = make()
        for line in (row("", "bare Flask", "Shuixin", "ratio"), row("---", "---:", "---:", "---:")):
            print(line)
        parts = [in_process(site, cookie, *((3, 20) if quick else (41, 200)))]
        if shutil.which("wrk") and sys.platform != "win32" and not options.no_server:
            parts.append(under_server(cookie, *((1, 1) if quick else (7, 3))))
        else:
            print(row("(without a server: wrk is not installed, or not wanted)", "", "", ""))
        parts += [processes(1 if quick else 7), rebuild(site, 2 if quick else 15)]
        parts.append(table_of_costs(site, cookie, 50 if quick else 3000))
        for part in parts:
            for line in part:
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
