"""A streaming look through the parts of a workbook: extent, formulas and merged cells of each sheet."""

import posixpath
from array import array
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
from shuixin.kit.sheetxml.places import place_of
from shuixin.kit.sheetxml.plain import has_odd_markup, is_plain_head, plain_run
from shuixin.texts import Text, domain

_ = domain("shuixin")

_CHUNK = 256 * 1024
#: A row longer than this is given to the parser as it comes.
_LONGEST_ROW = 4 * 1024 * 1024
_BEGIN = b"<sheetData>"
_END = b"</row>"
_CONTENT = {"v", "is", "f"}
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"

#: Name of the format in messages.
KIND = "XLSX"


@dataclass(frozen=True)
class Limits(ArchiveLimits):
    """What an uploaded workbook may have at most; rows, columns and cells are those of each sheet.

    The defaults hold 100,000 rows of 20 columns below a header, if the file is not larger than *max_bytes*;
    ``max_cells`` also bounds the memory that reading takes.
    """

    max_rows: int = 110_000
    max_columns: int = 200
    max_sheets: int = 50
    max_cells: int = 2_500_000


@dataclass
class Scan:
    """What the XML of one sheet says.

    *height* and *width* are those of the area with content. *formulas* and *merged* have the columns by the number of
    the row, as bits, the lowest for the first column: a set of places would take more memory than the sheet.
    """

    height: int = 0
    width: int = 0
    formulas: dict[int, int] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)


def sheet_parts(archive: ZipFile, limits: Limits) -> dict[str, str]:
    """Return the archive member of each sheet by the sheet's title.

    :raises Refused: the workbook is damaged or has too many sheets.
    """
    try:
        relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
        workbook = fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, BadZipFile, LookupError, ValueError) as error:
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
    feeder = _Feeder(parser, handler, limits)
    try:
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                feeder.feed(chunk)
        feeder.close()
        return handler.finish()
    except (SAXException, DefusedXmlException, BadZipFile, LookupError, ValueError) as error:
        raise damaged(KIND) from error
    finally:
        # A parser and its handler hold each other; let go, or the sheet stays in memory until the next collection.
        parser.setContentHandler(ContentHandler())


def _too_many_cells(title: str, limits: Limits) -> Refused:
    return _too_far(title, _("单元格超过{limit}个", limit=limits.max_cells))


def _too_far(title: str, what: Text) -> Refused:
    rule = _("工作表“{title}”{what}。", title=title, what=what)
    return refusal(rule, _("请拆分数据，并删除末尾的空行空列后再上传。"))


class _Feeder:
    """Gives the XML of a sheet to the parser, all but its plain rows.

    Rows are left out only after a whole ``<sheetData>`` or ``</row>``, and only while no ``<!`` or ``<?`` was seen.
    Then each ``<`` begins a tag, or the XML is not well-formed and the parser, which has got it, will say so; hence the
    parser stands between two elements, and what is left out can not be the inside of a comment or an attribute.
    """

    def __init__(self, parser: DefusedExpatParser, handler: "_SheetHandler", limits: Limits) -> None:
        self._parser = parser
        self._handler = handler
        self._limits = limits
        self._rest = b""
        self._begun = False
        self._careful = False

    def feed(self, chunk: bytes) -> None:
        self._rest += chunk
        if not self._begun:
            self._begin()
        if self._begun and not self._careful:
            end = self._rest.rfind(_END) + len(_END)
            if end >= len(_END):
                block, self._rest = self._rest[:end], self._rest[end:]
                self._take(block)
        if self._careful or len(self._rest) > _LONGEST_ROW:
            self._careful = True
            self._flush()

    def close(self) -> None:
        self._flush()
        self._parser.close()

    def _flush(self) -> None:
        if self._rest:
            self._parser.feed(self._rest)
        self._rest = b""

    def _begin(self) -> None:
        end = self._rest.find(_BEGIN) + len(_BEGIN)
        if end >= len(_BEGIN):
            head, self._rest = self._rest[:end], self._rest[end:]
            self._begun, self._careful = True, not is_plain_head(head)
            self._parser.feed(head)

    def _take(self, block: bytes) -> None:
        place = 0
        while place < len(block):
            run = plain_run(block, place, self._handler.scan.width, self._limits.max_rows)
            if run is not None:
                self._handler.count_rows(run.last, run.height, run.cells)
                place = run.end
                continue
            end = block.index(_END, place) + len(_END)
            if has_odd_markup(block[place:end]):
                self._careful = True
                end = len(block)
            self._parser.feed(block[place:end])
            place = end


class _SheetHandler(ContentHandler):
    def __init__(self, title: str, limits: Limits) -> None:
        super().__init__()
        self.scan = Scan()
        self._title = title
        self._limits = limits
        self._row = 0
        self._column = 0
        self._cells = 0
        self._in_row = False
        self._in_cell = False
        #: Top, left, bottom and right of each merged area, one after another.
        self._areas = array("L")

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - named by SAX
        name = name.rpartition(":")[2]
        if name == "c":
            self._begin_cell(attrs.get("r"))
        elif name in _CONTENT:
            # Conditions and drop-downs have formulas as well; they belong to no cell.
            if self._in_cell:
                self._check_extent()
                if name == "f":
                    self.scan.formulas[self._row] = self.scan.formulas.get(self._row, 0) | 1 << self._column - 1
        elif name == "row":
            if self._in_row:
                raise ValueError("a row within a row")
            number = attrs.get("r")
            self._row = int(number) if number else self._row + 1
            self._column = 0
            self._in_row = True
        elif name == "mergeCell":
            first, _colon, last = attrs.get("ref", "").partition(":")
            self._areas.extend((*place_of(first), *place_of(last or first)))
            if len(self._areas) > 4 * self._limits.max_cells:
                raise _too_many_cells(self._title, self._limits)

    def endElement(self, name: str) -> None:  # noqa: N802 - named by SAX
        name = name.rpartition(":")[2]
        if name == "c":
            self._in_cell = False
        elif name == "row":
            self._in_row = False

    def count_rows(self, last: int, height: int, cells: int) -> None:
        """Count rows that the parser does not see."""
        self._row, self._column = last, 0
        self.scan.height = max(self.scan.height, height)
        self._count_cells(cells)

    def finish(self) -> Scan:
        """Return the scan once all was seen, with the merged areas as far as they lie in the area with content."""
        scan = self.scan
        left = scan.height * scan.width
        if left > self._limits.max_cells:
            raise _too_many_cells(self._title, self._limits)
        corners = iter(self._areas)
        for top, first, lowest, rightmost in zip(corners, corners, corners, corners, strict=True):
            bottom, last = min(lowest, scan.height), min(rightmost, scan.width)
            if first > last or top > bottom:
                continue
            left -= (bottom - top + 1) * (last - first + 1)
            if left < 0:  # they overlap; a thousand of them over the whole sheet would take forever
                raise ValueError("merged areas overlap")
            columns = (1 << last) - (1 << first - 1)
            for row in range(top, bottom + 1):
                scan.merged[row] = scan.merged.get(row, 0) | columns
        return scan

    def _begin_cell(self, reference: str | None) -> None:
        if self._in_cell or not self._in_row:
            raise ValueError("a cell in a cell, or outside rows")
        self._in_cell = True
        self._count_cells(1)
        if reference:
            self._row, self._column = place_of(reference)
        else:
            self._column += 1

    def _count_cells(self, cells: int) -> None:
        self._cells += cells
        if self._cells > self._limits.max_cells:
            raise _too_many_cells(self._title, self._limits)

    def _check_extent(self) -> None:
        if self._row > self._limits.max_rows:
            raise _too_far(self._title, _("超过{limit}行", limit=self._limits.max_rows))
        if self._column > self._limits.max_columns:
            raise _too_far(self._title, _("超过{limit}列", limit=self._limits.max_columns))
        self.scan.height = max(self.scan.height, self._row)
        self.scan.width = max(self.scan.width, self._column)
