"""What a list of the office costs at 1,000,000 rows, compared with the same list at 10,000, and what an export costs.

``make bench ARGS=office`` prints the table of ``README.md`` beside this file. Ratios count, not times. Nothing fails
because something is slow.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

sys.path.insert(0, str(Path(__file__).parents[1]))
from memory import peak

from shuixin.accounts.rights import actor_of
from shuixin.app import create_app
from shuixin.audit import AuditEntry, audit_index
from shuixin.database import connect, db
from shuixin.office.exports import request_export, write_export
from shuixin.office.models import Export
from shuixin.office.selection import Selection
from shuixin.platform import circumstances_of
from shuixin.plugins import discover, enabled_plugins
from shuixin.settings import Settings
from shuixin.setup import migrate_core, migrate_plugins
from shuixin.testing.fixtures import account_of, client_of

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=30)
LIST = "/office/administration/audit/"
PEOPLE = [f"{surname}{given}" for surname in "何方陆罗闻张王李赵陈" for given in "静远其正采薇文彬人溪"]
ACTS = [f"{thing}.{act}" for thing in ("filing", "article", "account", "job") for act in ("create", "change", "review")]
#: Words with few hits, and with hits in every twelfth row.
RARE, COMMON = "4711000", "filing.review"


def row(*cells: object) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(str(each) for each in cells)} |"


def settings_at(folder: Path, url: str) -> Settings:
    """Return the settings of an installation in *folder*."""
    folder.mkdir(exist_ok=True)
    return Settings(
        secret_key="bench-secret-" * 4,  # type: ignore[arg-type]  # pydantic makes a secret of it
        database_url=url or f"sqlite:///{folder / 'bench.db'}",
        data_dir=folder,
        default_plugins=list(discover()),
    )


def entry(number: int) -> dict[str, Any]:
    """Return one row like those of the audit log."""
    return {
        "number": number,
        "at": FIRST + number * STEP,
        "actor_id": number % 50,
        "actor_name": PEOPLE[number * 7 % len(PEOPLE)],
        "unit_name": f"第{number % 13}水利局",
        "action": ACTS[number % len(ACTS)],
        "object_kind": "filing",
        "object_key": f"{number * 1009 % 10_000_019:08}",
        "detail": {"version": number % 5},
        "previous_hash": "",
        "hash": "",
    }


def fill(rows: int) -> None:
    """Fill the audit log and its index with *rows*; not a chain, since none of this verifies it."""
    # Far from the numbers that the chain itself gives, which goes on as people sign in.
    for start in range(0, rows, 1000):
        batch = [entry(10_000_000 + number) for number in range(start, min(start + 1000, rows))]
        with db.atomic():
            AuditEntry.insert_many(batch).execute()
            last = AuditEntry.select(AuditEntry.id).order_by(AuditEntry.id.desc()).get().id
            for key, each in enumerate(batch, start=last - len(batch) + 1):
                texts = [each["actor_name"], each["unit_name"], each["action"], each["object_key"]]
                audit_index.put(db.obj, key, texts)
    db.execute_sql("ANALYZE")


def application(settings: Settings) -> Flask:
    """Return the whole application on its migrated database."""
    connect(settings.database_url)
    with db.connection_context():
        migrate_core(settings)
        migrate_plugins(settings)
        app = create_app(settings, enabled_plugins(), circumstances=circumstances_of(settings))
    app.testing = True
    return app


def pages() -> dict[str, str]:
    """Return what is measured, and its address."""
    day = (FIRST + 10_000_300 * STEP).date().isoformat()
    return {
        "first page": LIST,
        "search, few hits": f"{LIST}?search={RARE}",
        "search, a twelfth of all rows": f"{LIST}?search={COMMON}",
        "one day": f"{LIST}?at_from={day}&at_to={day}",
        "sorted by time, oldest first": f"{LIST}?sort=at",
        "last reachable page": f"{LIST}?page=500",
    }


def measured(settings: Settings, rounds: int) -> dict[str, tuple[float, int]]:
    """Return for each page its best time, which other work spoils least, and its queries on the list's own table."""
    app = application(settings)
    with app.app_context(), db.connection_context():
        client = client_of(app, account_of("administrator"))
        return {name: (_best(client, url, rounds), _queries(client, url)) for name, url in pages().items()}


def _best(client: Any, url: str, rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        answer = client.get(url)
        taken.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.status_code
    return min(taken)


def _queries(client: Any, url: str) -> int:
    seen, real = list[str](), db.obj.execute_sql

    def spy(statement: str, *arguments: Any, **options: Any) -> Any:
        seen.append(statement)
        return real(statement, *arguments, **options)

    db.obj.execute_sql = spy
    try:
        client.get(url)
    finally:
        db.obj.execute_sql = real
    return sum('FROM "shuixin_audit_entry"' in each for each in seen)


def probe(settings: Settings, rows: int, format_: str) -> None:
    """Export *rows* rows in this process and print its peak memory in MB and its time."""
    app = application(settings)
    with app.app_context(), db.connection_context():
        actor = actor_of(account_of("administrator"), app.extensions["shuixin"])
        view = app.extensions["shuixin_lists"]["administration_audit"][1]
        last = FIRST + (10_000_000 + rows) * STEP
        selection = Selection(filters={"at_to": last.date().isoformat()} if rows else {"at_to": "2026-01-01"})
        export = request_export(actor, view, selection, format_)
        began = time.perf_counter()
        write_export({"export": export.id})
        took, written = time.perf_counter() - began, Export.get_by_id(export.id)
        assert written.file, written.reason
    print(json.dumps({"rows": written.rows, "peak": peak(), "seconds": took, "size": written.size / 1024**2}))


def exports(folder: Path, url: str, rows: int) -> Iterator[str]:
    """Export in processes of their own: nothing, then *rows* rows in each format."""
    yield from ("", row("export", "rows", "s", "file, MB", "peak memory, MB"), row("---", *["---:"] * 4))
    for wanted, format_ in ((0, "csv"), (rows, "csv"), (rows, "xlsx")):
        command = [sys.executable, __file__, "--probe", str(wanted), "--format", format_, "--folder", str(folder)]
        done = subprocess.run([*command, "--database-url", url], capture_output=True, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        size, peak = f"{found['size']:.1f}", f"{found['peak']:.0f}"
        yield row(format_, f"{found['rows']:,}", f"{found['seconds']:.1f}", size, peak)


def compared(small: dict[str, tuple[float, int]], large: dict[str, tuple[float, int]]) -> Iterator[str]:
    """Print the pages of both lists side by side."""
    yield from (row("page", "queries", "short list, ms", "long list, ms", "ratio"), row("---", *["---:"] * 4))
    for name, (took, queries) in large.items():
        before = small[name][0]
        yield row(name, queries, f"{1000 * before:.0f}", f"{1000 * took:.0f}", f"**{took / before:.2f}**")


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short lists: whether it runs, not what it measures")
    parser.add_argument("--database-url", action="append", default=[], help="an empty database; twice: short, long")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--probe", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--format", default="csv", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.probe is not None:
        probe(settings_at(options.folder, *options.database_url), options.probe, options.format)
        return 0
    short, long, exported, rounds, turns = (1000, 3000, 2000, 1, 2) if options.quick else (10_000, 10**6, 10**5, 5, 7)
    urls = [*options.database_url, "", ""][:2]
    with tempfile.TemporaryDirectory(prefix="shuixin-bench-") as scratch:
        lists = [settings_at(Path(scratch) / name, url) for name, url in zip(("short", "long"), urls, strict=True)]
        for settings, rows in zip(lists, (short, long), strict=True):
            application(settings)
            began = time.perf_counter()
            with db.connection_context():
                fill(rows)
            print(f"{rows:,} rows after {time.perf_counter() - began:.0f} s", file=sys.stderr)
        found = [measured(settings, turns) for _ in range(rounds) for settings in lists]
        best = [{name: min(each[name] for each in found[side::2]) for name in found[0]} for side in (0, 1)]
        for line in (*compared(*best), *exports(Path(scratch) / "long", urls[1], exported)):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
