"""Identity and mobile numbers in documents: in the text, and in the places that people forget about.

Comments, deleted text, headers, hidden sheets and hidden layers all go out with a file that is published. What stands
in a picture is not seen.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError
from zipfile import BadZipFile, ZipFile

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from shuixin.errors import Problem, Refused
from shuixin.kit import identifiers, masking
from shuixin.kit.archives import damaged
from shuixin.kit.sheetxml import Limits, sheet_parts
from shuixin.texts import Text, domain

_ = domain("shuixin")
_ID_NUMBER, _MOBILE = _("身份证号码"), _("手机号码")
_BETWEEN = re.compile(r"(?<=[0-9])[\s\u00a0-]+(?=[0-9Xx])")
#: The end of a part's name -> what people call the place.
_PLACES: tuple[tuple[re.Pattern[str], Text], ...] = (
    (re.compile(r"comments|persons"), _("批注")),
    (re.compile(r"/(header|footer)\d*\.xml"), _("页眉页脚")),
    (re.compile(r"/(foot|end)notes\.xml"), _("脚注尾注")),
    (re.compile(r"^docProps/"), _("文件属性")),
    (re.compile(r"\.rels$"), _("超链接")),
    (re.compile(r"^word/document\.xml"), _("正文")),
)
_SHARED = "xl/sharedStrings.xml"
_DELETED = _("已删除的修订内容")
#: Elements whose text belongs together: a number is often cut up by formatting.
_BLOCKS = {"p", "si", "is", "text"}
_TEXT = {"t", "v"}
_SHORTEST = 11
_BROKEN = (
    ParseError,
    DefusedXmlException,
    BadZipFile,
    PyPdfError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    zlib.error,
)
#: Where in a document, and what stands there.
Found = tuple[Text, str]


@dataclass(frozen=True)
class PersonalNumber:
    """A number found: of which kind, in which place, and masked, to find it again."""

    kind: Text
    place: Text
    masked: str


def personal_numbers(path: Path, extension: str) -> list[PersonalNumber]:
    """Return the identity and mobile numbers in a document that the store has checked, each once for each place.

    :param extension: ``docx``, ``xlsx`` or ``pdf``; in others nothing is found.
    :raises Refused: the document cannot be read.
    """
    readers: dict[str, Callable[[Path], Iterator[Found]]] = {
        "docx": _texts_of_word,
        "xlsx": _texts_of_workbook,
        "pdf": _texts_of_pdf,
    }
    reader = readers.get(extension)
    if reader is None:
        return []
    try:
        found = [number for place, text in reader(path) for number in _numbers_in(text, place)]
    except _BROKEN as error:
        raise damaged(extension.upper()) from error
    return list(dict.fromkeys(found))


def refuse_personal_numbers(path: Path, extension: str) -> None:
    """Refuse to publish a document with identity or mobile numbers in it.

    :raises Refused: with one problem for each number, which names the place.
    """
    found = personal_numbers(path, extension)
    if found:
        remedy = _("请删除后另存，再重新上传；确需公开的联系方式请填写单位电话。")
        problems = [Problem("file", each.masked, _rule(each), remedy) for each in found]
        raise Refused(_("文件中有{count}处个人信息，不能公开。", count=len(found)), problems)


def _rule(found: PersonalNumber) -> Text:
    return _("{place}中有{kind}{masked}。", place=found.place, kind=found.kind, masked=found.masked)


def _numbers_in(text: str, place: Text) -> Iterator[PersonalNumber]:
    # As written, and with blanks and hyphens between digits taken out: 420202 19900101 1231.
    for form in (text, _BETWEEN.sub("", text)):
        for match in masking.ID_NUMBER.finditer(form):
            if identifiers.id_number_problem(match.group()) is None:
                yield PersonalNumber(_ID_NUMBER, place, masking.mask_id_number(match.group()))
        for match in masking.MOBILE.finditer(form):
            yield PersonalNumber(_MOBILE, place, masking.mask_mobile(match.group()))


def _texts_of_word(path: Path) -> Iterator[Found]:
    with ZipFile(path) as archive:
        for name in _parts(archive):
            yield from _texts_of_part(archive, name)


def _parts(archive: ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]


def _texts_of_part(archive: ZipFile, name: str) -> Iterator[Found]:
    place = next((words for pattern, words in _PLACES if pattern.search(name)), _("附属内容"))
    for element, tag in _elements(archive, name):
        # Numbers stand in attributes as well: addresses of links, values of fields.
        alone = [*element.attrib.values(), element.text or ""]
        where = _DELETED if tag == "delText" else place
        yield from ((where, text) for text in alone if len(text) >= _SHORTEST)
        if tag in _BLOCKS:
            yield place, _joined(element, _TEXT)
            yield _DELETED, _joined(element, {"delText"})
            element.clear()


def _elements(archive: ZipFile, name: str) -> Iterator[tuple[Element, str]]:
    with archive.open(name) as part:
        for _event, element in iterparse(part, forbid_dtd=True):
            yield element, _tag(element)


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _joined(element: Element, tags: set[str]) -> str:
    return "".join(each.text or "" for each in element.iter() if _tag(each) in tags)


def _texts_of_workbook(path: Path) -> Iterator[Found]:
    with ZipFile(path) as archive:
        names = _parts(archive)
        sheets = [name for name in names if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        for name in names:
            if name not in (*sheets, _SHARED):
                yield from _texts_of_part(archive, name)
        shared = _shared_texts(archive) if _SHARED in names else {}
        titles = _sheet_places(archive)
        for name in sheets:
            yield from _texts_of_sheet(archive, name, titles.get(name, _("工作表")), shared)


def _shared_texts(archive: ZipFile) -> dict[str, str]:
    """Return those texts of the common table that have a number in them, by their place in it."""
    table = (_joined(element, _TEXT) for element, tag in _elements(archive, _SHARED) if tag == "si")
    return {str(index): text for index, text in enumerate(table) if any(_numbers_in(text, _DELETED))}


def _sheet_places(archive: ZipFile) -> dict[str, Text]:
    sheets = fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True).iter()
    hidden = {each.get("name") for each in sheets if each.get("state", "visible") != "visible"}
    return {
        part: _("隐藏的工作表“{title}”", title=title) if title in hidden else _("工作表“{title}”", title=title)
        for title, part in sheet_parts(archive, Limits()).items()
    }


def _texts_of_sheet(archive: ZipFile, name: str, place: Text, shared: dict[str, str]) -> Iterator[Found]:
    for element, tag in _elements(archive, name):
        if tag == "c":
            text = _joined(element, _TEXT)
            yield place, shared.get(text, "") if element.get("t") == "s" else text
        elif tag == "row":
            element.clear()
        elif element.text and len(element.text) >= _SHORTEST:  # headers, footers, formulas
            yield place, element.text


def _texts_of_pdf(path: Path) -> Iterator[Found]:
    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise damaged("PDF")
    yield from ((_("文件属性"), str(value)) for value in (reader.metadata or {}).values())
    yield from ((_("表单"), str(field.value)) for field in (reader.get_fields() or {}).values())
    for number, page in enumerate(reader.pages, start=1):
        yield _("第{number}页", number=number), page.extract_text()
        for note in page.annotations or ():
            yield _("批注"), str(note.get_object().get("/Contents", ""))
