"""A city in the middle of its work: the same database, as often as wanted, just before each step of a batch."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.cases import actor, decide
from tests.faults.strikes import moments

from shuixin.audit import AuditEntry
from shuixin.database import connect, db
from shuixin.events import Delivery, deliver_with
from shuixin.kit import tabular
from shuixin.kit.notices import Notice
from shuixin.kit.review import Stage
from shuixin.testing.services import administer, drop_database, postgresql_url
from shuixin_credit_collection.batches import services as batches
from shuixin_credit_collection.models import Claim, Filing, ImportBatch, ImportRow, ImportUnit, Subject
from shuixin_credit_collection.services import reviewing
from shuixin_credit_collection.services.registry import record_type, record_types
from shuixin_credit_collection.workbook.template import columns_of, sheet_plan
from shuixin_credit_publish import services as publishing
from shuixin_credit_publish.models import Edition, Listing

ONE, TWO = "91420281MA1JER209B", "91420200MA4900A14A"
ROWS: dict[str, list[dict[str, str]]] = {
    "basic_information": [
        {"name": "大冶青山水利工程有限公司", "uscc": ONE, "kinds": "施工", "reg_region": "湖北省黄石市大冶市"},
        {"name": "黄石云桥水利工程有限公司", "uscc": TWO, "kinds": "监理", "reg_region": "湖北省黄石市下陆区"},
    ],
    "person": [
        {"uscc": ONE, "name": "沈知行", "id_no": "420202199001011231"},
        {"uscc": ONE, "name": "罗文彬", "id_no": "420281199601010027"},
        {"uscc": TWO, "name": "何静远", "id_no": "42020319880715003X"},
    ],
    "person_cert": [
        {"uscc": ONE, "person": "沈知行", "cert_kind": "建造师", "reg_no": "鄂142202012345", "valid_to": "2030-12-31"},
        {"uscc": TWO, "person": "何静远", "cert_kind": "监理工程师", "reg_no": "鄂2", "valid_to": "2030-12-31"},
    ],
}
Facts = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """A database to be copied: a file, or a template on the server."""

    engine: str
    place: str

    def copy(self) -> str:
        """Return the address of a copy."""
        name = f"shuixin_fault_{uuid.uuid4().hex[:12]}"
        if self.engine == "postgresql":
            administer(f'CREATE DATABASE "{name}" TEMPLATE "{self.place}"')
            return postgresql_url(name)
        return f"sqlite:///{shutil.copyfile(self.place, Path(self.place).with_name(f'{name}.db'))}"

    def remove(self) -> None:
        """Remove the snapshot itself."""
        drop(postgresql_url(self.place) if self.engine == "postgresql" else f"sqlite:///{self.place}")


def drop(url: str) -> None:
    """Remove the database of *url*."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()
    else:
        drop_database(urlsplit(url).path[1:])


@dataclass
class Step:
    """One piece of work, from the state in which it is due to the state that it leads to."""

    start: Snapshot
    work: Callable[[], object]
    #: What the platform does by itself, or a person would, once it runs again; all of it may be done already.
    resume: Callable[[], object]
    before: Facts
    after: Facts = field(default_factory=dict)
    #: The state after it with all that was noted down about it.
    whole: Facts = field(default_factory=dict)
    moments: int = 0
    #: Bytes that the work writes before they are merged into the file (SQLite).
    bytes: int = 0


def steps(url: str, folder: Path) -> dict[str, Step]:
    """Take a batch all the way to the Register and back in the database of *url*, and return each step of it."""
    found = dict[str, Step]()
    with opened(url):
        importer, leader = actor("reviewer"), actor("leader")
        with _workbook(folder).open("rb") as stream:
            batch = batches.receive(importer, stream, "批量.xlsx")

    def go_on() -> object:
        return batches.go_on({"batch": batch.id})

    found["import"] = _taken(url, go_on)
    with opened(url):
        batches.submit(importer, batch.id, version=_version(batch))
    found["file"] = _taken(url, go_on)
    with opened(url):
        first, second = (decide(actor("reviewer", "2"), each) for each in Filing.select().order_by(Filing.id))
        code = second.subject.uscc
    found["approve"] = _taken(url, lambda: _approve(leader, first.id), lambda: _settle(leader, first.id))
    with opened(url), deliver_with(Delivery()):  # nobody hears of it, as if the process had died right after the commit
        _approve(leader, second.id)
    found["publish"] = _taken(url, lambda: publishing.publish(code), publishing.catch_up)
    with opened(url):
        batches.undo(importer, batch.id, version=_version(batch))
    found["undo"] = _taken(url, go_on)
    return found


def _workbook(folder: Path) -> Path:
    plans = []
    for code, rows in ROWS.items():
        type_ = record_type(code)
        assert type_ is not None
        plans.append(sheet_plan(type_, [[row.get(spec.name, "") for spec in columns_of(type_)] for row in rows]))
    tabular.write_workbook(folder / "批量.xlsx", plans)
    return folder / "批量.xlsx"


def _version(batch: ImportBatch) -> int:
    version: int = ImportBatch.get_by_id(batch.id).row_version
    return version


def _approve(leader: Any, number: int) -> object:
    return reviewing.approve(leader, number, version=Filing.get_by_id(number).row_version)


def _settle(leader: Any, number: int) -> object:
    """Approve if that did not happen; publish if only that did not happen."""
    if Filing.get_by_id(number).stage != Stage.APPROVED:
        return _approve(leader, number)
    return publishing.catch_up()


def _taken(url: str, work: Callable[[], object], resume: Callable[[], object] | None = None) -> Step:
    """Do *work* undisturbed, and keep the state before it, the state after it, and how long the way is."""
    start = _snapshot(url)
    with opened(url):
        step = Step(start, work, resume or work, facts())
        step.moments, step.after, step.whole = moments(db.obj, work), facts(), whole()
        if start.engine == "sqlite":
            step.bytes = Path(f"{db.obj.database}-wal").stat().st_size
    return step


def _snapshot(url: str) -> Snapshot:
    """Copy the database of *url*, to which nobody is connected."""
    name = f"shuixin_ground_{uuid.uuid4().hex[:12]}"
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return Snapshot("sqlite", str(shutil.copyfile(path, path.with_name(f"{name}.db"))))
    administer(f'CREATE DATABASE "{name}" TEMPLATE "{urlsplit(url).path[1:]}"')
    return Snapshot("postgresql", name)


@contextmanager
def opened(url: str) -> Iterator[None]:
    """Work on the database of *url* inside the block."""
    before, database = db.obj, connect(url)
    try:
        with database.connection_context():
            yield
    finally:
        if hasattr(database, "close_all"):
            database.close_all()
        db.initialize(before)


def facts() -> Facts:
    """Return what the database says, in pieces of which each changes in one transaction or not at all."""
    batch = ImportBatch.get()
    told = sorted(row.kind for row in Notice.select().where(Notice.kind.startswith("batch.")))
    stage = "reading" if batch.stage == "judging" else batch.stage
    pieces: Facts = {"batch": (stage, batch.counts, told)}
    for uscc in (ONE, TWO):
        pieces |= {f"unit {uscc}": _unit(uscc), f"edition {uscc}": _edition(uscc)}
    return pieces


def whole() -> Facts:
    """Return the facts, and how much there is in the audit chain: nothing is done, or told, twice."""
    return {**facts(), "acts": sorted((row.action, row.object_key) for row in AuditEntry.select())}


def _unit(uscc: str) -> Any:
    unit = ImportUnit.get_or_none(ImportUnit.uscc == uscc)
    rows = ImportRow.select().where(ImportRow.uscc == uscc).count()
    if unit is None or (unit.register_version < 0 and not rows):
        return None
    subject = Subject.get_or_none(Subject.uscc == uscc)
    filings = Filing.select().join(Subject).where(Subject.uscc == uscc).order_by(Filing.id)
    return (
        (rows, unit.register_version, unit.counts, unit.kept, unit.message),
        (_number(unit.filing), _number(unit.undo_filing)),
        [(row.number, row.stage, row.items.count(), row.events.count()) for row in filings],
        (
            subject and subject.register_version,
            _register(subject),
            Claim.select().where(Claim.subject == subject).count(),
        ),
    )


def _number(filing: Filing | None) -> str | None:
    return filing.number if filing else None


def _register(subject: Subject | None) -> dict[str, int]:
    counts = {
        type_.code: type_.model.select().where(type_.model.subject == subject).count() for type_ in record_types()
    }
    return {code: count for code, count in counts.items() if count}


def _edition(uscc: str) -> Any:
    rows = list(Edition.select().where(Edition.uscc == uscc).order_by(Edition.number))
    listing = Listing.get_or_none(Listing.uscc == uscc)
    return [(row.number, row.register_version) for row in rows], listing and (listing.edition.number, listing.active)
