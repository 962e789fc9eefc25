"""The proposal: row by row, what a workbook would create, change or leave, and what is refused and why."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from shuixin.api import identifiers
from shuixin_credit_collection.services.rows import Draft
from shuixin_credit_collection.workbook.judging import Checkers, RowResult, UnitJudge
from shuixin_credit_collection.workbook.reading import TypedRow, read_rows


@dataclass
class Proposal:
    """All rows of one workbook, judged against the Register; nothing is written.

    :param digest: SHA-256 of the workbook, by which the audit chain knows it.
    """

    rows: list[RowResult]
    digest: str = ""

    @property
    def accepted(self) -> list[RowResult]:
        """The rows that would change something."""
        return [row for row in self.rows if row.action in ("create", "change")]

    def summary(self) -> dict[str, int]:
        """Return how many rows have each outcome."""
        return {
            action: sum(row.action == action for row in self.rows) for action in ("create", "change", "same", "refused")
        }

    def as_json(self) -> dict[str, Any]:
        """Return the whole as one document."""
        return {"summary": self.summary(), "rows": [row.as_json() for row in self.rows]}


def propose(path: Path, *, only: str | None = None, draft: Draft | None = None) -> Proposal:
    """Judge the workbook *path*.

    :param only: the one 统一社会信用代码 an enterprise may file for, ``""`` while it has none; ``None`` for the
        authority.
    :param draft: what the workbook will be laid over; its records may be linked to, too.
    :raises Refused: the workbook as a whole cannot be read.
    """
    rows = list(read_rows(path))
    by_unit: dict[str, list[TypedRow]] = {}
    for row in rows:
        by_unit.setdefault(identifiers.clean_code(row.texts.get("uscc", "")), []).append(row)
    introduced = next((code for code in by_unit if any(row.type_.single for row in by_unit[code])), "")
    judged: list[RowResult] = []
    checkers = Checkers()
    for uscc, unit_rows in by_unit.items():
        by_type: dict[str, list[TypedRow]] = {}
        for row in unit_rows:
            by_type.setdefault(row.type_.code, []).append(row)
        judged += UnitJudge(uscc, only=only, introduced=introduced, checkers=checkers, draft=draft).judge(by_type)
    judged.sort(key=lambda result: result.row.position)
    return Proposal(judged, sha256(path.read_bytes()).hexdigest())
