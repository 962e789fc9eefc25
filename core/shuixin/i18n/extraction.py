"""The texts of a package, and how far its catalogues keep up with them; for authors of plugins and for the tests."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.xml", "jinja2")]
#: A template that cannot be read is an error; passed over, all its texts would be taken for vanished.
OPTIONS = {pattern: {"silent": "false"} for pattern, method in METHODS if method == "jinja2"}
#: A file of this name holds code lists (数据字典): labels of entries are texts.
CODE_LISTS = "codes.toml"
_PLACE = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True)
class Gap:
    """What is wrong with one text in one catalogue."""

    source: str
    reason: str


def texts_of(package: Path) -> set[str]:
    """Return all source texts of the package in the folder *package*."""
    marked = extract_from_dir(package, METHODS, OPTIONS, keywords={"_": None})
    return {str(message) for _file, _line, message, _comments, _context in marked} | set(_labels(package))


def _labels(package: Path) -> Iterator[str]:
    for path in package.rglob(CODE_LISTS):
        for entries in tomllib.loads(path.read_text(encoding="utf-8")).values():
            yield from (each["label"] if isinstance(each, dict) else each[0] for each in entries.values())


def catalogue_of(package: Path, language: str) -> Path:
    """Return where the translations of *package* into *language* are kept."""
    return package / "translations" / f"{language}.po"


def update(package: Path, language: str) -> int:
    """Bring a catalogue in step with the texts: new ones empty, vanished ones gone; return how many lack words."""
    path = catalogue_of(package, language)
    known = _read(path, language)
    fresh = Catalog(locale=language, fuzzy=False)
    for source in sorted(texts_of(package)):
        message = known.get(source)
        fresh.add(source, message.string if message else "")
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        write_po(file, fresh, omit_header=True, width=118)
    return sum(not message.string for message in fresh if message.id)


def gaps(package: Path, language: str) -> list[Gap]:
    """Return what keeps the catalogue from being complete: missing words, other places to fill in, leftovers."""
    known = _read(catalogue_of(package, language), language)
    sources = texts_of(package)
    found = [Gap(str(message.id), "vanished") for message in known if message.id and message.id not in sources]
    for source in sorted(sources):
        message = known.get(source)
        words = str(message.string) if message else ""
        if not words:
            found.append(Gap(source, "not translated"))
        elif sorted(_PLACE.findall(words)) != sorted(_PLACE.findall(source)):
            found.append(Gap(source, "other places in braces"))
    return found


def _read(path: Path, language: str) -> Catalog:
    if not path.is_file():
        return Catalog(locale=language)
    with path.open(encoding="utf-8") as file:
        return read_po(file, locale=language)
