"""Texts for people, written in Chinese in the source and translated when they are shown.

``_ = texts.domain("news")`` gives the marking function of one translation domain:

>>> _ = domain("news")
>>> str(_("共{count}条", count=3))
'共3条'
"""

from collections.abc import Callable
from typing import Any

#: Looks a source text up: (domain, source) -> text in the reader's language.
Translate = Callable[[str, str], str]


def _identity(_domain: str, source: str) -> str:
    return source


_translate: Translate = _identity


def bind(translate: Translate) -> None:
    """Let *translate* do the look-ups from now on (the i18n room calls this once at start)."""
    global _translate  # noqa: PLW0603 - a process has one catalogue reader, as it has one gettext
    _translate = translate


class Text:
    """A text that becomes words only when somebody reads it.

    ``source`` is the Simplified Chinese text, with ``{name}`` places for ``values``. ``str()`` gives it in the
    language of the current reader, or the source itself where there is no reader (jobs, command line, logs).
    """

    __slots__ = ("domain", "source", "values")

    def __init__(self, domain: str, source: str, values: dict[str, Any] | None = None) -> None:
        self.domain = domain
        self.source = source
        self.values = values or {}

    def __str__(self) -> str:
        template = _translate(self.domain, self.source)
        return template.format(**self.values) if self.values else template

    def __repr__(self) -> str:
        return f"Text({self.domain!r}, {self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.domain, self.source, self.values) == (
            other.domain,
            other.source,
            other.values,
        )

    def __hash__(self) -> int:
        return hash((self.domain, self.source))


def domain(name: str) -> Callable[..., Text]:
    """Return the function that marks texts of the translation domain *name* (a plugin's id, or ``shuixin``)."""

    def mark(source: str, /, **values: Any) -> Text:
        return Text(name, source, values)

    return mark
