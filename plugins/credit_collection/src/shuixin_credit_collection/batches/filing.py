"""From judged rows to submitted filings, one per unit, and back again: undoing by filings that say the opposite."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from peewee import Case, ModelSelect, Value

from shuixin.api import Actor, ShuixinError, audit, domain, insert_rows, report_progress, review, transaction
from shuixin_credit_collection.batches.staging import judge_unit
from shuixin_credit_collection.batches.undo import Part, inverse
from shuixin_credit_collection.models import Filing, FilingItem, ImportBatch, ImportRow, ImportUnit, Subject
from shuixin_credit_collection.services.entry import Origin, enter_items, withdraw_entry
from shuixin_credit_collection.services.filings import IN_REVIEW
from shuixin_credit_collection.services.register import hold
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.workbook.gathering import Gathered, gather

_ = domain("credit_collection")
_ITEM = (
    FilingItem.filing,
    FilingItem.position,
    FilingItem.record_type,
    FilingItem.key,
    FilingItem.field,
    FilingItem.action,
    FilingItem.before,
    FilingItem.after,
    FilingItem.base_version,
    FilingItem.verdict,
    FilingItem.reason,
    FilingItem.reply,
)


def file_all(actor: Actor, batch: ImportBatch, path: Path) -> None:
    """File every unit of *batch* that is neither filed nor left out, each in a transaction of its own.

    :param path: the workbook of the batch, for units that are to be judged again.
    """
    rows = cache(lambda: gather(path))
    waiting = ImportUnit.select().where(
        ImportUnit.batch == batch, ImportUnit.filing.is_null(), ~ImportUnit.left_out, ImportUnit.message == ""
    )
    units = list(waiting)
    for place, unit in enumerate(units, 1):
        _guarded(unit, lambda unit=unit: file_unit(actor, batch, unit, rows))
        report_progress(place, len(units), _("已提交{count}家单位", count=place))


def _guarded(unit: ImportUnit, work: Any) -> None:
    """Do the *work* on one unit; what it is refused for is kept with the unit, and the others go on."""
    try:
        with transaction():
            work()
    except ShuixinError as error:
        ImportUnit.update(message=str(error.message)).where(ImportUnit.id == unit.id).execute()


def file_unit(actor: Actor, batch: ImportBatch, unit: ImportUnit, rows_of_all: Callable[[], Gathered]) -> None:
    """File the accepted rows of one unit, judged again if the Register has moved since they were judged."""
    hold(unit.uscc)
    subject = Subject.get_or_none(Subject.uscc == unit.uscc)
    if unit.register_version != (subject.register_version if subject else 0):
        judge_unit(unit, rows_of_all())
    accepted = ImportRow.select().where(
        ImportRow.batch == batch, ImportRow.uscc == unit.uscc, ImportRow.action.in_(("create", "change"))
    )
    # In no order: an order by position would let SQLite go through the whole batch for each unit.
    if not accepted.exists():
        return
    basic = accepted.where(ImportRow.record_type == "basic_information").first()
    filing = enter_items(
        actor,
        unit.uscc,
        basic.after if basic else {},
        Origin("workbook", batch.name),
        lambda filing: _store(filing, accepted),
    )
    ImportUnit.update(filing=filing).where(ImportUnit.id == unit.id).execute()


def store_parts(filing: Filing, parts: Iterable[Part]) -> int:
    """Store items of *filing* by one statement and return how many there are."""
    pending = review.Verdict.PENDING.value
    return insert_rows(FilingItem, _ITEM, ((filing.id, at, *part, pending, "", "") for at, part in enumerate(parts)))


def _store(filing: Filing, rows: "ModelSelect[ImportRow]") -> None:
    """Store the accepted *rows* as items: what a unit has once field by field, all else within the database."""
    single = [type_.code for type_ in record_types() if type_.single]
    once = rows.where(ImportRow.record_type.in_(single))
    store_parts(filing, _parts(sorted(once, key=lambda row: row.position)))
    # A position is unique within a filing; those of fields come first.
    position = ImportRow.position + Value(1000)
    action = Case(None, [(ImportRow.action == "change", "change")], "add")
    copied = (ImportRow.record_type, ImportRow.key, Value(""), action, ImportRow.before, ImportRow.after)
    fixed = (ImportRow.base_version, Value(review.Verdict.PENDING.value), Value(""), Value(""))
    listed = rows.where(ImportRow.record_type.not_in(single))
    chosen = listed.select(Value(filing.id), position, *copied, *fixed)
    FilingItem.insert_from(chosen, _ITEM).execute()


def _parts(rows: Iterable[ImportRow]) -> Iterator[Part]:
    for row in rows:
        action = "change" if row.action == "change" else "add"
        for name, value in (row.after or {}).items():
            old = {name: row.before.get(name)} if row.before is not None else None
            yield row.record_type, row.key, name, action, old, {name: value}, row.base_version


def undo_all(actor: Actor, batch: ImportBatch) -> None:
    """Take every filing of *batch* back that has not been taken back yet, each in a transaction of its own."""
    units = list(
        ImportUnit.select().where(
            ImportUnit.batch == batch, ImportUnit.filing.is_null(False), ImportUnit.undo_filing.is_null()
        )
    )
    for place, unit in enumerate(units, 1):
        ImportUnit.update(message="").where(ImportUnit.id == unit.id).execute()
        _guarded(unit, lambda unit=unit: undo_unit(actor, batch, unit))
        report_progress(place, len(units), _("已撤销{count}家单位", count=place))


def undo_unit(actor: Actor, batch: ImportBatch, unit: ImportUnit) -> None:
    """Take back one filing: withdrawn while it is in review, else by a filing that says the opposite.

    What others changed since is left as it is and listed with the unit (three-way: what the batch wrote, what is there
    now, what was there before).
    """
    hold(unit.uscc)
    filing = unit.filing
    assert filing is not None, "only filed units are undone"
    if review.Stage(filing.stage) in IN_REVIEW:
        withdraw_entry(actor, filing.id, reason=str(_("撤销批次“{name}”", name=batch.name)))
        return
    if filing.stage != review.Stage.APPROVED:
        return
    subject = Subject.get(Subject.uscc == unit.uscc)
    parts, kept = inverse(filing, subject)
    changes: dict[str, Any] = {"kept": kept}
    if parts:
        origin = Origin("undo", str(_("撤销申报{number}（批次“{name}”）", number=filing.number, name=batch.name)))
        changes["undo_filing"] = enter_items(actor, unit.uscc, {}, origin, lambda made: store_parts(made, parts))
    ImportUnit.update(**changes).where(ImportUnit.id == unit.id).execute()
    audit(actor, "credit.undo", "filing", str(filing.number), {"items": len(parts), "kept": len(kept)})
