"""Judging the rows of a workbook, one unit after the other, and keeping what each would do."""

from typing import Any

from peewee import fn

from shuixin.api import Problem, Text, domain, insert_rows, report_progress, transaction
from shuixin_credit_collection.models import ImportBatch, ImportRow, ImportUnit, Subject
from shuixin_credit_collection.workbook.gathering import Gathered
from shuixin_credit_collection.workbook.judging import Checkers, RowResult, UnitJudge

_ = domain("credit_collection")
ACTIONS = ("create", "change", "same", "refused")
_FIELDS = (
    ImportRow.batch,
    ImportRow.position,
    ImportRow.sheet,
    ImportRow.number,
    ImportRow.record_type,
    ImportRow.uscc,
    ImportRow.action,
    ImportRow.key,
    ImportRow.title,
    ImportRow.before,
    ImportRow.after,
    ImportRow.base_version,
    ImportRow.problems,
)
_UNIT = (
    ImportUnit.batch,
    ImportUnit.uscc,
    ImportUnit.name,
    ImportUnit.register_version,
    ImportUnit.left_out,
    ImportUnit.message,
)


def take_in(batch: ImportBatch, rows: Gathered) -> None:
    """Judge all *rows* of the workbook of *batch*; what an interrupted run has judged stays."""
    if batch.stage == "reading":
        with transaction():
            insert_rows(ImportUnit, _UNIT, ((batch.id, uscc, "", -1, False, "") for uscc in rows.units))
            batch.save_if(batch.row_version, stage="judging", total=rows.total)
    waiting = list(ImportUnit.select().where(ImportUnit.batch == batch, ImportUnit.register_version < 0))
    checkers = Checkers()
    for place, unit in enumerate(waiting, 1):
        with transaction():
            judge_unit(unit, rows, checkers)
        report_progress(place, len(waiting), _("已核对{count}家单位", count=place))


def judge_unit(unit: ImportUnit, rows: Gathered, checkers: Checkers | None = None) -> None:
    """Judge the rows of one unit against the Register as it stands, inside the caller's transaction.

    What was found before, against an earlier state of the Register, is replaced.
    """
    ImportRow.delete().where(ImportRow.batch == unit.batch, ImportRow.uscc == unit.uscc).execute()
    tally = _Tally(unit)
    judged = UnitJudge(unit.uscc, checkers=checkers).judge(rows.of(unit.uscc))
    insert_rows(ImportRow, _FIELDS, (tally.kept(result) for result in judged))
    subject = Subject.get_or_none(Subject.uscc == unit.uscc)
    unit.register_version = subject.register_version if subject else 0
    unit.name = tally.name or (subject.name if subject else "")
    unit.counts = tally.counts
    unit.save()


class _Tally:
    """Counts the outcomes of one unit's rows as they pass."""

    def __init__(self, unit: ImportUnit) -> None:
        self.counts = dict.fromkeys(ACTIONS, 0)
        self.name = ""
        self._batch, self._uscc = unit.batch.id, unit.uscc

    def kept(self, result: RowResult) -> list[Any]:
        """Return what is kept of *result*, in the order of the fields."""
        row = result.row
        self.counts[result.action] += 1
        if row.type_.single and not self.name:
            self.name = result.title[:100]
        return [
            self._batch,
            row.position,
            row.sheet[:40],
            row.number,
            row.type_.code,
            self._uscc,
            result.action,
            result.record_key,
            result.title,
            result.before,
            result.after,
            result.base_version,
            [_kept(problem) for problem in result.problems] if result.problems else None,
        ]


def _kept(problem: Problem) -> list[Any]:
    return [problem.field, problem.value[:200], _words(problem.rule), _words(problem.remedy)]


def _words(text: Text | str) -> str:
    return str(text)


def counts_of(condition: Any) -> dict[str, int]:
    """Return how many rows have each outcome."""
    rows = ImportRow.select(ImportRow.action, fn.COUNT(ImportRow.id)).where(condition).group_by(ImportRow.action)
    found: dict[str, int] = dict(rows.tuples())  # type: ignore[arg-type]  # tuples() gives pairs
    return {action: int(found.get(action, 0)) for action in ACTIONS}
