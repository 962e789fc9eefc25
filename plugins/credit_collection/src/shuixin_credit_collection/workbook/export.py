"""Export: the Register in the shape of the template, so that importing it again changes nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from shuixin.api import Actor, Target, allowed, tabular
from shuixin_credit_collection.models import Subject
from shuixin_credit_collection.permissions import READ
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType, display
from shuixin_credit_collection.records.values import typed
from shuixin_credit_collection.services.register import entries
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.workbook.template import HELP, sheet_fields, sheet_plan


def export(actor: Actor, target: Path | BinaryIO) -> int:
    """Write the present Register, as far as *actor* may read it, to *target* and return the number of subjects.

    Secret columns (ID and phone numbers) stay empty: an empty cell leaves the Register as it is.
    """
    reachable = [
        subject
        for subject in Subject.select().order_by(Subject.id)
        if allowed(actor, READ, Target(region=subject.authority)).allowed
    ]
    sheets = [sheet_plan(type_, _rows(type_, reachable)) for type_ in record_types()]
    tabular.write_workbook(target, sheets, [str(line) for line in HELP])
    return len(reachable)


def _rows(type_: RecordType, subjects: list[Subject]) -> Iterator[list[str]]:
    for subject in subjects:
        for entry in entries(subject, type_):
            cells = [_cell(spec, entry.values.get(spec.name)) for spec in sheet_fields(type_)]
            yield cells if type_.single else [subject.uscc, *cells]


def _cell(spec: FieldSpec, value: Any) -> str:
    """Return a value as it stands in a workbook; a link is called by the name of what it leads to."""
    if spec.kind is Kind.SECRET or value is None:
        return ""
    return display(spec, value) if spec.kind in (Kind.LINK, Kind.LINKS) else typed(spec, value)
