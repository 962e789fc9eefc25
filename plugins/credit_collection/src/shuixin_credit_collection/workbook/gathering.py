"""All rows of a large workbook in little memory, by the unit that they are about."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from shuixin.api import Problem, Refused, domain, identifiers, report_progress
from shuixin_credit_collection.records import RecordType
from shuixin_credit_collection.workbook.reading import TypedRow, plain_rows
from shuixin_credit_collection.workbook.template import columns_of

_ = domain("credit_collection")
#: Rows after which progress is told.
CHUNK = 5000
#: Characters of all cells together: what a workbook writes once and repeats may be small as a file.
MOST_CHARACTERS = 100_000_000
#: Stands between the cells of a packed row.
_BETWEEN = "\x1f"


@dataclass(slots=True)
class _Pack:
    """The rows of one unit on one sheet: places in the workbook, and the texts of each row as one."""

    type_: RecordType
    sheet: str
    names: tuple[str, ...]
    positions: "array[int]" = field(default_factory=lambda: array("i"))
    numbers: "array[int]" = field(default_factory=lambda: array("i"))
    lines: list[str] = field(default_factory=list)

    def add(self, row: TypedRow) -> int:
        """Take *row* in, and return how many characters it has."""
        get = row.texts.get
        line = _BETWEEN.join([get(name, "") for name in self.names])
        if line.count(_BETWEEN) >= len(self.names):
            line = _BETWEEN.join([get(name, "").replace(_BETWEEN, "") for name in self.names])
        self.positions.append(row.position)
        self.numbers.append(row.number)
        self.lines.append(line)
        return len(line)

    def rows(self, problems: Mapping[int, list[Problem]]) -> Iterator[TypedRow]:
        """Yield the rows again; *problems* are those of the cells, by the position of the row."""
        for position, number, line in zip(self.positions, self.numbers, self.lines, strict=True):
            texts = {name: text for name, text in zip(self.names, line.split(_BETWEEN), strict=True) if text}
            yield TypedRow(self.type_, self.sheet, number, texts, problems.get(position, []), position)


class Gathered:
    """The rows of one workbook: how many there are, and those of each unit."""

    def __init__(self) -> None:
        self.total = 0
        self._packs: dict[str, dict[str, _Pack]] = {}
        self._problems: dict[int, list[Problem]] = {}
        self._codes: dict[str, str] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._characters = 0

    @property
    def units(self) -> list[str]:
        """The codes of the units that rows are about, as they come; ``""`` for rows without one."""
        return list(self._packs)

    def add(self, row: TypedRow) -> None:
        """Take one more row in.

        :raises Refused: the texts are too many.
        """
        text = row.texts.get("uscc", "")
        code = self._codes.get(text)
        if code is None:
            code = self._codes[text] = identifiers.clean_code(text)[:40]
        packs = self._packs.setdefault(code, {})
        pack = packs.get(row.sheet)
        if pack is None:
            pack = packs[row.sheet] = _Pack(row.type_, row.sheet, self._names_of(row.type_))
        self._characters += pack.add(row)
        if row.problems:
            self._problems[row.position] = row.problems
        if self._characters > MOST_CHARACTERS:
            raise Refused(_("表格中的文字过多，请拆分成几个文件后再导入。"))
        self.total += 1

    def _names_of(self, type_: RecordType) -> tuple[str, ...]:
        if type_.code not in self._names:
            self._names[type_.code] = tuple(spec.name for spec in columns_of(type_))
        return self._names[type_.code]

    def of(self, unit: str) -> dict[str, Iterator[TypedRow]]:
        """Return the rows of *unit* by record type, to be taken one after the other."""
        found: dict[str, Iterator[TypedRow]] = {}
        for pack in self._packs.get(unit, {}).values():
            code, rows = pack.type_.code, pack.rows(self._problems)
            found[code] = chain(found[code], rows) if code in found else rows
        return found


def gather(path: Path) -> Gathered:
    """Return all rows of the workbook *path*.

    :raises Refused: the workbook as a whole cannot be read.
    """
    found = Gathered()
    for row in plain_rows(path):
        found.add(row)
        if not found.total % CHUNK:
            report_progress(found.total, 0, _("已读取{count}行", count=found.total))
    return found
