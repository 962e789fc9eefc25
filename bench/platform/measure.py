"""Measuring: calls of WSGI applications, servers under wrk, processes; always in rounds that take turns."""

import contextlib
import gc
import json
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from werkzeug.test import create_environ

Application = Callable[..., Iterable[bytes]]


def answer(app: Application, environ: dict[str, Any]) -> tuple[str, bytes, list[tuple[str, str]]]:
    """Call *app* once and return status, body and headers."""
    seen: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
        seen[:] = [status, headers]
        return bytes

    parts = app(environ.copy(), start_response)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return seen[0], body, seen[1]


def request_for(path: str, cookie: str = "") -> dict[str, Any]:
    """Return what a server would pass for a GET of *path*."""
    return create_environ(path, "http://127.0.0.1:8000/", headers={"Cookie": cookie} if cookie else {})


def rates(subjects: Mapping[str, Callable[[], object]], *, rounds: int, calls: int) -> dict[str, float]:
    """Return calls a second of each subject: the median of *rounds* rounds in which the subjects take turns."""
    found: dict[str, list[float]] = {name: [] for name in subjects}
    gc.collect()
    for turn in range(rounds + 2):
        for name, call in subjects.items():
            began = time.perf_counter()
            for _ in range(calls):
                call()
            took = time.perf_counter() - began
            if turn >= 2:  # the first two warm caches up
                found[name].append(calls / took)
    return {name: statistics.median(values) for name, values in found.items()}


def seconds(call: Callable[[], object], times: int) -> float:
    """Return the median time of one call."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def resident(process: int | str = "self") -> float:
    """Return the resident memory of a process in MB; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text("utf-8"))
        return int(found.group(1)) / 1024 if found else 0.0
    return 0.0


def probes(kinds: Iterable[str], times: int) -> dict[str, dict[str, float]]:
    """Start fresh processes in turns; return medians of start-up time and memory for each kind."""
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
    for _ in range(times):
        for kind, values in found.items():
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, str(Path(__file__).with_name("probe.py")), kind],
                capture_output=True,
                text=True,
                check=True,
            )
            values.append({"start": time.perf_counter() - began, **json.loads(done.stdout)})
    return {
        kind: {key: statistics.median(value[key] for value in values) for key in values[0]}
        for kind, values in found.items()
    }


@contextlib.contextmanager
def gunicorn(target: str) -> Iterator[tuple[str, int]]:
    """Serve *target* with one worker inside the block; give address and process id of the worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    options = ["--workers=1", "--worker-class=gthread", "--threads=8", "--keep-alive=5", "--log-level=warning"]
    process = subprocess.Popen([sys.executable, "-m", "gunicorn", f"--bind={address}", *options, target])
    try:
        _wait(f"http://{address}/bench_1/")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        worker = children.read_text("utf-8").split()[0] if children.is_file() else "0"
        yield address, int(worker)
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urlopen(url, timeout=5):  # noqa: S310 - our own server
            return
        time.sleep(0.1)
    raise RuntimeError(f"no answer from {url}")


def wrk(url: str, *, duration: int, cookie: str = "") -> float:
    """Return the requests a second that wrk counts; any answer but 2xx is an error."""
    header = ("--header", f"Cookie: {cookie}") if cookie else ()
    command = ["wrk", "--threads", "1", "--connections", "8", "--duration", f"{duration}s", *header, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        raise RuntimeError(output)
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert found is not None
    return float(found.group(1))
