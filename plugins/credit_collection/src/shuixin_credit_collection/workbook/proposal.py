"""The proposal: row by row, what a workbook would create, change or leave, and what is refused and why."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shuixin.api import Problem, domain, identifiers, masking
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.records import Kind, RecordType, display, from_json, to_json
from shuixin_credit_collection.services.comparison import check_row, identity_of, new_key
from shuixin_credit_collection.services.filings import IN_REVIEW
from shuixin_credit_collection.services.register import Entry, entries
from shuixin_credit_collection.workbook.reading import TypedRow, read_rows

_ = domain("credit_collection")


@dataclass
class RowResult:
    """The outcome of one row: ``create``, ``change``, ``same`` or ``refused``."""

    row: TypedRow
    uscc: str
    action: str
    record_key: str
    title: str
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the shape promised for ``credit import --json``."""
        labels = {spec.name: spec.label.source for spec in self.row.type_.fields}
        return {
            "sheet": self.row.sheet,
            "row": self.row.number,
            "action": self.action,
            "key": f"{self.uscc} {self.title}".strip(),
            "changes": {name: list(pair) for name, pair in self.changes.items()},
            "problems": [
                {
                    "column": labels.get(each.field, each.field),
                    "value": each.value,
                    "rule": str(each.rule),
                    "remedy": str(each.remedy),
                }
                for each in self.problems
            ],
        }


@dataclass
class Proposal:
    """All rows of one workbook, judged against the Register; nothing is written."""

    rows: list[RowResult]

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


def propose(path: Path, *, only: str | None = None) -> Proposal:
    """Judge the workbook *path*.

    :param only: the one 统一社会信用代码 an enterprise may file for, ``""`` while it has none; ``None`` for the
        authority.
    :raises Refused: the workbook as a whole cannot be read.
    """
    return _Judge(only).judge(read_rows(path))


class _Judge:
    """Goes through the rows, remembering which units and records it has met."""

    def __init__(self, only: str | None) -> None:
        self._only = only
        self._subjects: dict[str, Subject | None] = {}
        self._introduced: set[str] = set()
        self._seen: set[tuple[Any, ...]] = set()

    def judge(self, rows: list[TypedRow]) -> Proposal:
        ordered = sorted(rows, key=lambda row: not row.type_.single)
        return Proposal([self._row(row) for row in ordered])

    def _row(self, row: TypedRow) -> RowResult:
        uscc = identifiers.clean_code(row.texts.get("uscc", ""))
        present, texts = self._present(row, uscc)
        values, problems = check_row(row.type_, texts)
        # A cell that is wrong as a cell is not also "missing".
        spoiled = {problem.field for problem in row.problems}
        problems = row.problems + [each for each in problems if each.field not in spoiled]
        if not spoiled & {"uscc"}:
            problems += self._unit_problems(row, uscc, values)
        problems += self._double(row, uscc, values)
        result = RowResult(row, uscc, "refused", present.key if present else new_key(), _title(row.type_, values))
        result.problems = problems
        if not problems:
            result.changes = changes_of(row.type_, present, values)
            result.action = ("change" if present else "create") if result.changes else "same"
            if row.type_.single:
                self._introduced.add(uscc)
        return result

    def _present(self, row: TypedRow, uscc: str) -> tuple[Entry | None, dict[str, str]]:
        """Return the record the row means, and the row with its blanks filled from that record."""
        known = entries(self._subject(uscc), row.type_)
        typed_values, _problems = check_row(row.type_, row.texts)
        identity = identity_of(row.type_, typed_values)
        present = next(
            (entry for entry in known if row.type_.single or identity_of(row.type_, entry.values) == identity), None
        )
        if present is None:
            return None, row.texts
        from shuixin_credit_collection.records.values import typed

        kept = {spec.name: typed(spec, present.values.get(spec.name)) for spec in row.type_.fields}
        return present, {**kept, **{name: text for name, text in row.texts.items() if text}}

    def _subject(self, uscc: str) -> Subject | None:
        if self._only is not None and (not self._only or uscc != self._only):  # shown nothing of anybody else
            return None
        if uscc not in self._subjects:
            self._subjects[uscc] = Subject.get_or_none(Subject.uscc == uscc) if uscc else None
        return self._subjects[uscc]

    def _unit_problems(self, row: TypedRow, uscc: str, values: dict[str, Any]) -> list[Problem]:
        if not row.type_.single:
            problem = identifiers.uscc_problem(row.texts.get("uscc", ""), "uscc")
            if problem is not None:
                return [problem]
        elif "uscc" not in values:
            return []
        own = self._only if self._only is None else self._only or next(iter(self._introduced), "")
        if self._only == "" and Subject.select().where(Subject.uscc == uscc).exists():
            rule = _("统一社会信用代码{uscc}已由其他账号申报或已在册。", uscc=uscc)
            problem = Problem("uscc", uscc, rule, _("请核对代码；如确为本单位，请联系主管部门绑定账号。"))
        elif own and uscc != own:
            problem = Problem(
                "uscc", uscc, _("这一行不是本单位的代码。"), _("企业只能申报本单位的信息，请删除这一行。")
            )
        else:
            problem = self._register_problem(row, uscc)
        return [problem] if problem else []

    def _register_problem(self, row: TypedRow, uscc: str) -> Problem | None:
        subject = self._subject(uscc)
        # An enterprise's own 基本信息 may be in the draft that the workbook goes into.
        known = row.type_.single or subject is not None or uscc in {*self._introduced, self._only}
        if not known:
            return Problem(
                "uscc",
                uscc,
                _("该单位不在档案中，本表“基本信息”里也没有。"),
                _("请先在“基本信息”工作表中填写该单位。"),
            )
        if subject is not None and self._only is None and _has_open_filing(subject):
            return Problem("uscc", uscc, _("该单位有一件申报正在审核。"), _("请待其办结后再导入。"))
        return None

    def _double(self, row: TypedRow, uscc: str, values: dict[str, Any]) -> list[Problem]:
        identity = (
            (row.type_.code, uscc) if row.type_.single else (row.type_.code, uscc, *identity_of(row.type_, values))
        )
        if not uscc or None in identity:
            return []
        if identity in self._seen:
            return [Problem("uscc", uscc, _("与本表前面的一行重复。"), _("请删除重复的行。"))]
        self._seen.add(identity)
        return []


def _has_open_filing(subject: Subject) -> bool:
    return bool(Filing.select().where(Filing.subject == subject, Filing.stage.in_(IN_REVIEW)).exists())


def changes_of(type_: RecordType, present: Entry | None, values: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return field -> (old, new) in readable words; secrets masked."""
    changes: dict[str, tuple[str, str]] = {}
    for spec in type_.fields:
        old = from_json(spec, present.values.get(spec.name)) if present else None
        new = from_json(spec, to_json(spec, values.get(spec.name)))
        if old != new:
            pair = display(spec, old), display(spec, new)
            hidden = spec.kind is Kind.SECRET
            changes[spec.name] = (mask(pair[0]), mask(pair[1])) if hidden else pair
    return changes


def mask(text: str) -> str:
    """Return an ID or phone number with its middle hidden."""
    return masking.mask_id_number(text) if len(text) == 18 else masking.mask_mobile(text) if text else ""


def _title(type_: RecordType, values: dict[str, Any]) -> str:
    return " ".join(display(type_.field(name), values[name]) for name in type_.title if values.get(name))
