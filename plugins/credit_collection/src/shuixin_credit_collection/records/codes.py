"""Code lists (数据字典): data in ``codes.toml``, matched by code, label or a usual way of writing."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shuixin.api import Text

_IN_BRACKETS = re.compile(r"[(（].*?[)）]")


@dataclass(frozen=True)
class CodeList:
    """A list of (code, label) with other writings of the labels."""

    name: str
    labels: dict[str, str]
    aliases: dict[str, str]

    def label(self, code: str) -> str:
        """Return the Chinese label of *code*, as stored and exchanged; an unknown legacy code is shown as it is."""
        return self.labels.get(code, code)

    def text(self, code: str) -> Text:
        """Return the label of *code* for the reader, in the reader's language."""
        return Text("credit_collection", self.label(code))

    def texts(self) -> dict[str, Text]:
        """Return all codes with their labels for the reader."""
        return {code: self.text(code) for code in self.labels}

    def find(self, text: str) -> str | None:
        """Return the code meant by *text*, ``None`` if it is not in the list."""
        plain = unicodedata.normalize("NFKC", text).strip()
        for candidate in (text.strip(), plain, _IN_BRACKETS.sub("", plain).strip()):
            code = candidate if candidate in self.labels else self.aliases.get(candidate)
            if code is not None:
                return code
        return None


@lru_cache(maxsize=1)
def _lists() -> dict[str, CodeList]:
    data = tomllib.loads((Path(__file__).parent / "codes.toml").read_text(encoding="utf-8"))
    return {name: _make(name, entries) for name, entries in data.items()}


def _make(name: str, entries: dict[str, list[str]]) -> CodeList:
    """Each entry is ``code = [label, other writing, …]``."""
    aliases = {writing: code for code, writings in entries.items() for writing in writings}
    return CodeList(name, {code: writings[0] for code, writings in entries.items()}, aliases)


def code_list(name: str) -> CodeList:
    """Return the list *name*.

    :raises KeyError: a field declaration names a list that does not exist.
    """
    return _lists()[name]
