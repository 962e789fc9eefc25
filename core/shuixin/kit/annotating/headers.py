"""The last title in the first filled row of a sheet, without reading the sheet."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from defusedxml.ElementTree import iterparse

from shuixin.kit.sheetxml.places import place_of

_SHARED = "xl/sharedStrings.xml"


@dataclass(frozen=True)
class LastTitle:
    """A title: the row and column it stands in, from 1, what it says, and the style of the cell."""

    row: int
    column: int
    text: str
    style: str


def last_title(archive: ZipFile, part: str) -> LastTitle | None:
    """Return the last title of the sheet in *part*: that of the last filled cell in the first row with a filled cell.

    :raises ParseError, ValueError: the XML is damaged, or a shared text is not there.
    """
    number = 0
    for row in _elements(archive, part, "row"):
        number = int(row.get("r") or number + 1)
        column, last = 0, None
        for cell in row.findall("{*}c"):
            reference = cell.get("r")
            column = place_of(reference)[1] if reference else column + 1
            text = "".join(each.text or "" for each in cell.iter() if _tag(each) in ("v", "t"))
            if text:
                last = LastTitle(number, column, text, cell.get("s", "")), cell.get("t") == "s"
        if last is not None:
            title, is_shared = last
            text = _shared_text(archive, int(title.text)) if is_shared else title.text
            return replace(title, text=text.strip())
    return None


def _shared_text(archive: ZipFile, index: int) -> str:
    elements = _elements(archive, _SHARED, "si") if _SHARED in archive.namelist() else ()
    for place, element in enumerate(elements):
        if place == index:
            # Either one text or runs of them; phonetic hints stand apart.
            return "".join(each.text or "" for each in (*element.findall("{*}t"), *element.findall("{*}r/{*}t")))
    raise ValueError(f"no shared text {index}")


def _elements(archive: ZipFile, part: str, name: str) -> Iterator[Element]:
    """Yield the elements called *name* of a part, and forget each when the next one is asked for."""
    with archive.open(part) as stream:
        parents: list[Element] = []
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                parents.append(element)
                continue
            parents.pop()
            if _tag(element) == name:
                yield element
                if parents:
                    parents[-1].remove(element)


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
