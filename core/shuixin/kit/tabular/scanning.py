"""A streaming look through the parts of a workbook: extent, formulas and merged cells of each sheet."""

import posixpath
import re
from dataclasses import dataclass, field
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl
from zipfile import BadZipFile, ZipFile

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from defusedxml.expatreader import DefusedExpatParser

from shuixin.errors import Refused
from shuixin.kit.archives import ArchiveLimits, damaged, refusal
from shuixin.texts import Text, domain

_ = domain("shuixin")

_CHUNK = 64 * 1024
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_CONTENT = {"v", "is", "f"}
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"

#: Name of the format in messages.
KIND = "XLSX"

#: Row and column of a cell, both from 1.
Place = tuple[int, int]


@dataclass(frozen=True)
class Limits(ArchiveLimits):
    """What an uploaded workbook may have at most; ``max_cells`` also bounds the memory that reading takes."""

    max_rows: int = 100_000
    max_columns: int = 200
    max_sheets: int = 50
    max_cells: int = 2_000_000


@dataclass
class Scan:
    """What the XML of one sheet says: cells with formulas, and merged areas by their first and last cell."""

    formulas: set[Place] = field(default_factory=set)
    merged: list[tuple[Place, Place]] = field(default_factory=list)


def sheet_parts(archive: ZipFile, limits: Limits) -> dict[str, str]:
    """Return the archive member of each sheet by the sheet's title.

    :raises Refused: the workbook is damaged or has too many sheets.
    """
    try:
        relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
        workbook = fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, BadZipFile, ValueError) as error:
        raise damaged(KIND) from error
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    sheets = [element for element in workbook.iter() if element.tag.endswith("}sheet")]
    if len(sheets) > limits.max_sheets:
        rule = _("工作表有{count}张，超过上限{limit}张。", count=len(sheets), limit=limits.max_sheets)
        raise refusal(rule, _("请删除多余的工作表后再上传。"))
    found = {}
    for sheet in sheets:
        target = targets.get(sheet.get(_RELATION_ID) or sheet.get(_STRICT_RELATION_ID) or "", "")
        found[sheet.get("name", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return found


def scan_sheet(archive: ZipFile, part: str, title: str, limits: Limits) -> Scan:
    """Go through the sheet in *part* once, in constant memory, and stop at the first limit passed.

    :raises Refused: too many rows, columns or cells, or damaged XML.
    """
    handler = _SheetHandler(title, limits)
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(handler)
    try:
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                parser.feed(chunk)
        parser.close()
    except (SAXException, DefusedXmlException, BadZipFile, KeyError, ValueError) as error:
        raise damaged(KIND) from error
    finally:
        # A parser and its handler hold each other; let go, or the sheet stays in memory until the next collection.
        parser.setContentHandler(ContentHandler())
    return handler.scan


def too_many_cells(title: str, limits: Limits) -> Refused:
    """Return the refusal of a sheet with more cells than *limits* allow."""
    return _too_far(title, _("单元格超过{limit}个", limit=limits.max_cells))


def _too_far(title: str, what: Text) -> Refused:
    rule = _("工作表“{title}”{what}。", title=title, what=what)
    return refusal(rule, _("请拆分数据，并删除末尾的空行空列后再上传。"))


class _SheetHandler(ContentHandler):
    def __init__(self, title: str, limits: Limits) -> None:
        super().__init__()
        self.scan = Scan()
        self._title = title
        self._limits = limits
        self._row = 0
        self._column = 0
        self._cells = 0
        self._columns: dict[str, int] = {}

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - named by SAX
        name = name.rpartition(":")[2]
        if name == "c":
            self._begin_cell(attrs.get("r"))
        elif name in _CONTENT:
            self._check_extent()
            if name == "f":
                self.scan.formulas.add((self._row, self._column))
        elif name == "row":
            number = attrs.get("r")
            self._row = int(number) if number else self._row + 1
            self._column = 0
        elif name == "mergeCell":
            first, _colon, last = attrs.get("ref", "").partition(":")
            self.scan.merged.append((self._place(first), self._place(last or first)))

    def _begin_cell(self, reference: str | None) -> None:
        self._cells += 1
        if self._cells > self._limits.max_cells:
            raise too_many_cells(self._title, self._limits)
        if reference:
            self._row, self._column = self._place(reference)
        else:
            self._column += 1

    def _check_extent(self) -> None:
        if self._row > self._limits.max_rows:
            raise _too_far(self._title, _("超过{limit}行", limit=self._limits.max_rows))
        if self._column > self._limits.max_columns:
            raise _too_far(self._title, _("超过{limit}列", limit=self._limits.max_columns))

    def _place(self, reference: str) -> Place:
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            raise ValueError(f"no cell reference: {reference[:20]!r}")
        letters, row = match.groups()
        if letters not in self._columns:
            column = 0
            for letter in letters:
                column = column * 26 + ord(letter) - 64
            self._columns[letters] = column
        return int(row), self._columns[letters]
