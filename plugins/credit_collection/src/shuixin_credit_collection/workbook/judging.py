"""Judging the rows of one unit: what each would create, change or leave in the Register, or why it is refused."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shuixin.api import Problem, domain, identifiers
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.records import Kind, RecordType, display
from shuixin_credit_collection.records.values import masked, typed
from shuixin_credit_collection.services.filings import IN_REVIEW
from shuixin_credit_collection.services.linking import Targets, in_link_order, resolve, targets_of
from shuixin_credit_collection.services.register import Entry, entries
from shuixin_credit_collection.services.registry import record_types
from shuixin_credit_collection.services.rows import (
    Draft,
    RowChecker,
    Texts,
    differing,
    identity_of,
    is_identified,
    new_key,
    stored,
    title_of,
)
from shuixin_credit_collection.workbook.reading import TypedRow

_ = domain("credit_collection")


@dataclass(slots=True)
class RowResult:
    """The outcome of one row: ``create``, ``change``, ``same`` or ``refused``.

    :param before: the values that would change, as the Register has them; ``after`` what they would become.
    :param base_version: the version of the record that was looked at, 0 for a new one.
    """

    row: TypedRow
    uscc: str
    action: str = "refused"
    record_key: str = ""
    title: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    base_version: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        """Field -> (old, new) in readable words; secrets masked."""
        return changes_in_words(self.row.type_, self.before or {}, self.after or {})

    @property
    def texts(self) -> Texts:
        """What the row says, as a draft takes it: links by the records they mean."""
        type_, after = self.row.type_, self.after or {}
        said = (spec for spec in type_.typed if self.row.texts.get(spec.name))
        return {
            spec.name: typed(spec, after[spec.name]) if spec.name in after else self.row.texts[spec.name]
            for spec in said
        }

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


def changes_in_words(type_: RecordType, before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return field -> (old, new) in readable words, in the order of the fields; secrets masked."""
    words: dict[str, tuple[str, str]] = {}
    for spec in type_.typed:
        if spec.name in after or spec.name in before:
            pair = display(spec, before.get(spec.name)), display(spec, after.get(spec.name))
            words[spec.name] = (masked(pair[0]), masked(pair[1])) if spec.kind is Kind.SECRET else pair
    return words


class Checkers:
    """The checkers of all record types, for the rows of one workbook."""

    def __init__(self) -> None:
        self._by_code: dict[str, RowChecker] = {}
        self.types = in_link_order(record_types())

    def of(self, type_: RecordType) -> RowChecker:
        """Return the checker of *type_*."""
        if type_.code not in self._by_code:
            self._by_code[type_.code] = RowChecker(type_)
        return self._by_code[type_.code]


class UnitJudge:
    """Goes through the rows of one unit, what is linked to before what links to it.

    :param only: as for :func:`propose`, and so is *draft*.
    :param introduced: the code that the workbook's own 基本信息 names.
    """

    def __init__(
        self,
        uscc: str,
        *,
        only: str | None = None,
        introduced: str = "",
        checkers: Checkers | None = None,
        draft: Draft | None = None,
    ) -> None:
        self._uscc = uscc
        self._checkers = checkers or Checkers()
        self._draft = draft or {}
        self._only = only
        self._introduced = introduced
        shown = only is None or (bool(only) and uscc == only)  # nobody is shown anything of anybody else
        self.subject: Subject | None = Subject.get_or_none(Subject.uscc == uscc) if uscc and shown else None
        self._known = False
        self._targets: dict[str, Targets] = {}
        self._unit: list[Problem] | None = None
        self._barred: dict[str, list[Problem]] = {}
        self._codes: dict[str, Problem | None] = {}
        self._called: dict[str, list[Entry]] | None = None

    def judge(self, rows: Mapping[str, Iterable[TypedRow]]) -> Iterator[RowResult]:
        """Yield the outcome of each of the *rows*, which come by record type.

        They may be very many: none is needed any more once its outcome has been taken.
        """
        types = self._checkers.types
        linked = {code for type_ in types if type_.code in rows for code in targets_of(type_)}
        for type_ in types:
            if type_.code in rows or type_.code in linked:
                yield from self._type(type_, rows.get(type_.code, ()), is_linked=type_.code in linked)

    def _type(self, type_: RecordType, rows: Iterable[TypedRow], *, is_linked: bool) -> Iterator[RowResult]:
        present, self._called = entries(self.subject, type_), None
        known = {() if type_.single else identity_of(type_, entry.values): entry for entry in present}
        targets = Targets(type_, {})
        seen: set[tuple[Any, ...]] = set()
        for row in rows:
            result, values, identity = self._row(row, known)
            self._refuse_double(type_, result, identity, seen)
            if result.action != "refused":
                self._known |= type_.single
                if is_linked:
                    targets.add(result.record_key, values)
            yield result
        if is_linked:
            for entry in present:
                if entry.key not in targets.titles:  # else it is called as its row says
                    targets.add(entry.key, entry.values)
            self._add_drafted(type_, targets, seen)
            self._targets[type_.code] = targets

    def _add_drafted(self, type_: RecordType, targets: Targets, seen: set[tuple[Any, ...]]) -> None:
        """Let records of the draft be linked to, but for those that the workbook has itself."""
        checker = self._checkers.of(type_)
        for key, texts in self._draft.get(type_.code, {}).items():
            values, _problems = checker.check(texts, {})
            if key not in targets.titles and checker.identity(values) not in seen:
                targets.add(key, values)

    def _row(
        self, row: TypedRow, known: dict[tuple[Any, ...], Entry]
    ) -> tuple[RowResult, dict[str, Any], tuple[Any, ...]]:
        type_, checker = row.type_, self._checkers.of(row.type_)
        values, problems = checker.check(row.texts, {})
        unresolved = resolve(type_, values, self._targets) if type_.links else []
        identity = () if type_.single else checker.identity(values)
        present = self._meant(type_, identity, values, known) if known else None
        if present is not None:
            values, problems = checker.check(row.texts, present.values)
            unresolved = resolve(type_, values, self._targets)
        problems += unresolved + checker.ended(values, present.values if present else {})
        # A cell that is wrong as a cell is not also "missing".
        spoiled = {problem.field for problem in row.problems} if row.problems else ()
        if spoiled:
            problems = row.problems + [each for each in problems if each.field not in spoiled]
        if "uscc" not in spoiled:
            problems += self._unit_problems(row, values)
        result = RowResult(row, self._uscc, record_key=present.key if present else new_key())
        result.title, result.problems = checker.title(values)[:200], problems
        if not problems:
            self._outcome(result, present, values)
        return result, values, identity

    def _meant(
        self, type_: RecordType, identity: tuple[Any, ...], values: dict[str, Any], known: dict[tuple[Any, ...], Entry]
    ) -> Entry | None:
        """Return the record of the Register that a row means."""
        if identity == (None,) and type_.identifying[0].kind is Kind.SECRET:
            return self._only_called(type_, title_of(type_, values), known.values())
        return known.get(identity)

    def _only_called(self, type_: RecordType, title: str, known: Iterable[Entry]) -> Entry | None:
        """Return the record called *title*, if it is the only one: numbers of persons are left out of exports."""
        if self._called is None:
            self._called = {}
            for entry in known:
                self._called.setdefault(title_of(type_, entry.values), []).append(entry)
        called = self._called.get(title, []) if title else []
        return called[0] if len(called) == 1 else None

    def _outcome(self, result: RowResult, present: Entry | None, values: dict[str, Any]) -> None:
        type_ = result.row.type_
        if present is None:
            result.action, result.after = "create", self._checkers.of(type_).kept(values)
            return
        new = stored(type_, values)
        changed = differing(type_, present.values, new)
        result.action = "change" if changed else "same"
        result.before = {name: present.values.get(name) for name in changed}
        result.after = {name: new[name] for name in changed}
        result.base_version = present.version

    def _unit_problems(self, row: TypedRow, values: dict[str, Any]) -> list[Problem]:
        if not row.type_.single:
            problem = self._code_problem(row.texts.get("uscc", ""))
            if problem is not None:
                return [problem]
        elif "uscc" not in values:
            return []
        if self._unit is None:
            self._unit = self._own_problems() or self._review_problems()
        # Rows of one record type follow each other, and what bars one of them bars all.
        if row.type_.code not in self._barred:
            found = [*self._unit, *self._authority_problems(row), *self._register_problems(row)]
            self._barred[row.type_.code] = found
        return self._barred[row.type_.code]

    def _code_problem(self, text: str) -> Problem | None:
        if text not in self._codes:
            self._codes[text] = identifiers.uscc_problem(text, "uscc")
        return self._codes[text]

    def _own_problems(self) -> list[Problem]:
        uscc = self._uscc
        own = self._only if self._only is None else self._only or self._introduced
        if self._only == "" and Subject.select().where(Subject.uscc == uscc).exists():
            rule = _("统一社会信用代码{uscc}已由其他账号申报或已在册。", uscc=uscc)
            return [Problem("uscc", uscc, rule, _("请核对代码；如确为本单位，请联系主管部门绑定账号。"))]
        if own and uscc != own:
            remedy = _("企业只能申报本单位的信息，请删除这一行。")
            return [Problem("uscc", uscc, _("这一行不是本单位的代码。"), remedy)]
        return []

    def _review_problems(self) -> list[Problem]:
        if self.subject is None or self._only is not None or not _has_open_filing(self.subject):
            return []
        return [Problem("uscc", self._uscc, _("该单位有一件申报正在审核。"), _("请待其办结后再导入。"))]

    def _authority_problems(self, row: TypedRow) -> list[Problem]:
        if self._only is None or not row.type_.authority_only:
            return []
        rule = _("{label}由主管部门录入。", label=row.type_.label)
        return [Problem("uscc", self._uscc, rule, _("请删除这一行；有异议的请提出异议。"))]

    def _register_problems(self, row: TypedRow) -> list[Problem]:
        # An enterprise's own 基本信息 may be in the draft that the workbook goes into.
        if row.type_.single or self.subject or self._known or self._unit or self._uscc == self._only:
            return []
        rule = _("该单位不在档案中，本表“基本信息”里也没有。")
        return [Problem("uscc", self._uscc, rule, _("请先在“基本信息”工作表中填写该单位。"))]

    def _refuse_double(
        self, type_: RecordType, result: RowResult, identity: tuple[Any, ...], seen: set[tuple[Any, ...]]
    ) -> None:
        if type_.single or is_identified(type_, identity):
            if identity in seen:
                problem = Problem("uscc", self._uscc, _("与本表前面的一行重复。"), _("请删除重复的行。"))
                result.problems.append(problem)
                result.action, result.before, result.after = "refused", None, None
            seen.add(identity)


def _has_open_filing(subject: Subject) -> bool:
    return bool(Filing.select().where(Filing.subject == subject, Filing.stage.in_(IN_REVIEW)).exists())
