"""What taking in large workbooks of people and their certificates costs, compared with reading and storing them raw.

``make bench ARGS=collection`` prints the tables of ``README.md`` beside this file. Ratios count, not times. Nothing
fails because something is slow. ``DATABASE_URL`` names a PostgreSQL server, on which databases are made for the run
and dropped, in place of SQLite.
"""

import argparse
import json
import math
import os
import re
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from pydantic import SecretStr
from python_calamine import CalamineWorkbook

sys.path.insert(0, str(Path(__file__).parents[1]))
from memory import peak
from workbooks import fill

from shuixin.access import Actor, system_actor
from shuixin.app import create_app
from shuixin.database import connect, db
from shuixin.kit import clock
from shuixin.platform import circumstances_of
from shuixin.plugins import discover, enabled_plugins
from shuixin.settings import Settings, SiteSettings
from shuixin.setup import migrate_core, migrate_plugins
from shuixin.testing.fixtures import account_of, client_of

MILLION = 1_000_000
DOSSIER = 500
#: What was measured until a moment: seconds of the processor and of the clock, and memory.
Mark = dict[str, float]


def marked() -> Mark:
    """Return where this process is now."""
    return {"processor": time.process_time(), "clock": time.perf_counter(), "peak": peak()}


# --- the ways ------------------------------------------------------------------------------------------------------


def raw(books: Sequence[Path], url: str) -> dict[str, Mark]:
    """Read with calamine alone, and insert each row, a column for each cell, all in one transaction."""
    store: Any = psycopg.connect(url) if url.startswith("postgres") else sqlite3.connect(url.removeprefix("sqlite:///"))
    mark = "%s" if url.startswith("postgres") else "?"
    if mark == "?":
        store.execute("PRAGMA journal_mode=WAL")
    found = {"begun": marked()}
    with store:
        for path in books:
            with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
                for title in book.sheet_names:
                    _insert(store, title, book.get_sheet_by_name(title).iter_rows(), mark)
    return {**found, "raw": marked()}


def _insert(store: Any, title: str, rows: Iterator[list[Any]], mark: str) -> None:
    names = [f'"{each}"' for each in next(rows)]
    columns = ", ".join(f"{each} TEXT" for each in names)
    store.execute(f'CREATE TABLE IF NOT EXISTS "{title}" ({columns})')
    statement = f'INSERT INTO "{title}" ({", ".join(names)}) VALUES ({", ".join([mark] * len(names))})'  # noqa: S608
    store.cursor().executemany(statement, rows)


def importing(books: Sequence[Path], url: str) -> dict[str, Mark]:
    """Read, check, compare with the Register and keep every row, then file everything, as the jobs of batches do."""
    with installed(url) as _app:
        found = {"begun": marked()}
        actor = system_actor("压测")
        batches = [_taken_in(actor, path) for path in books]
        found["judged"] = marked()
        for batch, path in zip(batches, books, strict=True):
            _filed(actor, batch, path)
        return {**found, "filed": marked()}


def _taken_in(actor: Actor, path: Path) -> Any:
    from shuixin_credit_collection.batches import services
    from shuixin_credit_collection.models import ImportBatch

    facts = {"digest": "", "created_by": 0, "creator_name": actor.name, "created_at": clock.now()}
    batch = ImportBatch.create(name=path.name, stage="reading", **facts)
    services.run(actor, batch, path)
    assert batch.stage == "judged", batch.message
    assert batch.counts["create"] == batch.total, batch.counts
    return batch


def _filed(actor: Actor, batch: Any, path: Path) -> None:
    from shuixin_credit_collection.batches import services
    from shuixin_credit_collection.models import ImportUnit

    batch.save_if(batch.row_version, stage="filing")
    services.run(actor, batch, path)
    assert not ImportUnit.select().where(ImportUnit.batch == batch, ImportUnit.filing.is_null()).exists()


def reviewing(books: Sequence[Path], url: str) -> dict[str, Mark]:
    """File one unit, and open it for review; the queries are printed by the table they ask."""
    from shuixin_credit_collection.models import Filing

    with installed(url) as app:
        actor = system_actor("压测")
        for path in books:
            _filed(actor, _taken_in(actor, path), path)
        client, address = client_of(app, account_of("reviewer")), f"/office/credit_collection/reviews/{Filing.get().id}"
        client.get(address)
        seen = _queries(lambda: client.get(address))
        begun = marked()
        answer = client.get(address)
        assert answer.status_code == 200, answer.status_code
        for table, count in seen.most_common():
            print(f"{table} {count}", file=sys.stderr)
        return {"begun": begun, "opened": marked()}


def _queries(work: Callable[[], object]) -> Counter[str]:
    seen, real = Counter[str](), db.obj.execute_sql

    def spy(statement: str, *arguments: Any, **options: Any) -> Any:
        table = re.search(r'FROM "(\w+)"', statement)
        seen[table[1] if table else "other"] += 1
        return real(statement, *arguments, **options)

    db.obj.execute_sql = spy
    try:
        work()
    finally:
        db.obj.execute_sql = real
    return seen


@contextmanager
def installed(url: str) -> Iterator[Flask]:
    """Make an installation in the empty database of *url*."""
    with tempfile.TemporaryDirectory(prefix="shuixin-bench-") as folder:
        settings = Settings(
            secret_key=SecretStr("bench-secret-" * 4),
            database_url=url,
            data_dir=Path(folder),
            default_plugins=list(discover()),
            site=SiteSettings(name="压测", host_unit="压测", region="420200"),
        )
        connect(settings.database_url)
        with db.connection_context():
            migrate_core(settings)
            migrate_plugins(settings)
            app = create_app(settings, enabled_plugins(), circumstances=circumstances_of(settings))
            app.testing = True
            with app.app_context():
                yield app


# --- measuring -----------------------------------------------------------------------------------------------------

WAYS: dict[str, Callable[[Sequence[Path], str], dict[str, Mark]]] = {
    "raw": raw,
    "importing": importing,
    "reviewing": reviewing,
}
LABELS = {
    "raw": "calamine and one raw insertion",
    "judged": "read, checked, compared, kept",
    "filed": "and filed for review: the whole import",
}


def asked(way: str, folder: Path) -> tuple[dict[str, Mark], str]:
    """Return what a process of its own, with a database of its own, says of *way*."""
    with tempfile.TemporaryDirectory(prefix="shuixin-bench-") as scratch, database(Path(scratch)) as url:
        command = [sys.executable, __file__, "--probe", way, "--folder", str(folder), "--database-url", url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1]), done.stderr


@contextmanager
def database(scratch: Path) -> Iterator[str]:
    """Give the address of an empty database."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield f"sqlite:///{scratch / 'bench.db'}"
        return
    name = f"shuixin_bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server.rsplit('/', 1)[0]}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def figures(folder: Path, rounds: int) -> dict[str, Mark]:
    """Return for each way what it takes from its beginning; ways take turns, and the best of each counts."""
    best: dict[str, Mark] = {}
    for _round in range(rounds):
        for way in ("raw", "importing"):
            found = asked(way, folder)[0]
            begun = found.pop("begun")
            for name, mark in found.items():
                taken = {unit: mark[unit] - begun[unit] for unit in ("processor", "clock")}
                taken |= {"grown": mark["peak"] - begun["peak"], "peak": mark["peak"]}
                old = best.setdefault(name, taken)
                lower = {unit: min(old[unit], taken[unit]) for unit in ("processor", "clock")}
                best[name] = {**lower, **{unit: max(old[unit], taken[unit]) for unit in ("grown", "peak")}}
    return best


def table(people: int, now: dict[str, Mark], before: tuple[int, dict[str, Mark]] | None) -> Iterator[str]:
    """Yield the lines of one size; *before* is the size that was measured before it."""
    for name, label in LABELS.items():
        taken, least = now[name], now["raw"]
        ratios = [f"**{taken[unit] / least[unit]:.1f}**" for unit in ("processor", "clock")]
        times = [f"{taken[unit]:.1f}" for unit in ("processor", "clock")]
        growth = f"{_exponent(people, taken, before[0], before[1][name]):.2f}" if before else ""
        memory = [f"{taken[unit]:.0f}" for unit in ("grown", "peak")]
        yield row(f"{people:,}", label, times[0], ratios[0], times[1], ratios[1], growth, *memory)


def _exponent(people: int, taken: Mark, fewer: int, less: Mark) -> float:
    return math.log(taken["processor"] / less["processor"]) / math.log(people / fewer)


def row(*cells: object) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def opened(scratch: Path, people: int) -> Iterator[str]:
    """Yield what opening one unit's case for review asks the database."""
    folder = scratch / "dossier"
    fill(folder, people)
    found, said = asked("reviewing", folder)
    counts = dict(line.split() for line in said.splitlines() if re.fullmatch(r"\w+ \d+", line))
    took = found["opened"]["clock"] - found["begun"]["clock"]
    yield from ("", row(f"a case of {people} people with certificates, opened for review", "queries"), "| --- | ---: |")
    yield from (row(f"`{name}`", count) for name, count in counts.items() if name.startswith("credit_collection_"))
    yield row("of these tables together, and all", f"{_ours(counts)}, {sum(map(int, counts.values()))}")
    yield row("seconds", f"{took:.1f}")


def _ours(counts: dict[str, str]) -> int:
    return sum(int(count) for name, count in counts.items() if name.startswith("credit_collection_"))


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows: whether it runs, not what it measures")
    parser.add_argument("--people", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--million", action="store_true", help="1,000,000 people as well, in ten workbooks, once")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--probe", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--database-url", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.probe:
        books = sorted(options.folder.glob("*.xlsx"), key=lambda path: int(path.stem))
        print(json.dumps(WAYS[options.probe](books, options.database_url)))
        return 0
    sizes, rounds, dossier = ([600], 1, 60) if options.quick else (options.people, options.rounds, DOSSIER)
    titles = ("people", "", "s of the processor", "ratio", "s by the clock", "ratio", "growth", "memory grows, MB")
    print(row(*titles, "peak, MB"))
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(prefix="shuixin-bench-") as scratch:
        before: tuple[int, dict[str, Mark]] | None = None
        for people in [*sizes, *([MILLION] if options.million else [])]:
            folder = Path(scratch) / str(people)
            fill(folder, people)
            now = figures(folder, 1 if people == MILLION else rounds)
            for line in table(people, now, before):
                print(line, flush=True)
            before = people, now
        for line in opened(Path(scratch), dossier):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
