"""Cleaning of articles that people write in an editor. It runs once, when they are saved; pages show what is stored.

>>> clean_html('<p onclick="x()">水利<script>alert(1)</script></p>')
'<p>水利</p>'
>>> plain_text("<h2>通知</h2><p>各有关单位：</p>", 6)
'通知 各有…'
"""

import html as entities
import re
from collections.abc import Iterator
from typing import Any

from bleach.html5lib_shim import Filter
from bleach.sanitizer import Cleaner
from markupsafe import Markup

_TAGS = frozenset(
    re.findall(
        r"\w+",
        "p br hr h1 h2 h3 h4 h5 h6 div span strong b em i u s sub sup small mark blockquote pre code ul ol li dl dt dd "
        "a img figure figcaption table caption colgroup col thead tbody tfoot tr th td",
    )
)

# Elements whose text is not meant to be read. Stripping their tags alone would leave it standing in the article.
_UNREADABLE = (
    "script|style|iframe|frame|frameset|object|applet|svg|math|template|noscript|noembed|noframes|xmp|plaintext|"
    "textarea|select|title|audio|video|canvas"
)
# Comments and unreadable elements, up to their end or the end of the text; or any other tag, so that what stands in
# its attributes is not taken for an element. Each alternative matches once begun, which keeps the search linear.
_SKIPPED = re.compile(
    rf"<!--.*?(?:-->|\Z)"
    rf"|<({_UNREADABLE})\b[^>]*(?:>.*?(?:</\1[^>]*(?:>|\Z)|\Z)|\Z)"
    r"|(?P<kept><[a-z](?:[^\"'>]|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*(?:>|\Z))",
    re.DOTALL | re.IGNORECASE,
)

_CLASS = re.compile(r"(?:sx-|align-|indent-)[a-z0-9-]+")
_HREF = re.compile(r"https?://[^/?#]|mailto:|tel:|/(?!/)|#", re.IGNORECASE)
_SRC = re.compile("/media/")
_EXTERNAL = re.compile(r"https?:", re.IGNORECASE)
_UNSAFE_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
_CLIMBING = re.compile(r"(?:^|/)(?:\.|%2e){2}(?:/|%2f|$|[?#])", re.IGNORECASE)
_NUMBERS = ("img width", "img height", "td colspan", "td rowspan", "th colspan", "th rowspan", "col span", "ol start")
_ALLOWED_VALUES = dict.fromkeys(_NUMBERS, re.compile(r"[0-9]{1,4}")) | {
    "a target": re.compile("_blank"),
    "th scope": re.compile("row|col|rowgroup|colgroup"),
    "ol type": re.compile("[1aAiI]"),
}


def _attribute_allowed(tag: str, name: str, value: str) -> bool:
    if name == "class" or (tag, name) in {("a", "title"), ("img", "alt")}:
        return True
    if (tag, name) == ("a", "href"):
        return _address(value, _HREF)
    if (tag, name) == ("img", "src"):
        return _address(value, _SRC) and not _CLIMBING.search(entities.unescape(value))
    pattern = _ALLOWED_VALUES.get(f"{tag} {name}")
    return pattern is not None and pattern.fullmatch(value) is not None


def _address(value: str, pattern: re.Pattern[str]) -> bool:
    # Entities are decoded first, as the browser will; blanks and backslashes hide schemes and hosts from a check.
    value = entities.unescape(value).strip(" ")
    return pattern.match(value) is not None and _UNSAFE_IN_ADDRESS.search(value) is None


class _Finish(Filter):  # type: ignore[misc]  # bleach comes without annotations
    """After the cleaning: only our own classes stay, links out of the site are marked, empty images go."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            if token["type"] not in {"StartTag", "EmptyTag"}:
                yield token
                continue
            attributes = token["data"]
            _keep_own_classes(attributes)
            if token["name"] == "img" and (None, "src") not in attributes:
                continue
            if token["name"] == "a" and _EXTERNAL.match(attributes.get((None, "href"), "")):
                attributes[None, "rel"] = "noopener noreferrer"
            yield token


def _keep_own_classes(attributes: dict[tuple[str | None, str], str]) -> None:
    classes = attributes.pop((None, "class"), "").split()
    kept = [name for name in classes if _CLASS.fullmatch(name)]
    if kept:
        attributes[None, "class"] = " ".join(kept)


_PROTOCOLS = frozenset({"http", "https", "mailto", "tel"})


def clean_html(html: str) -> str:
    """Return *html* with only what an article needs: text, lists, tables, links, and images from ``/media/``.

    Scripts, styles, frames and drawings go with their text; other unknown tags go and leave their text. Applying it
    twice changes nothing.
    """
    # A cleaner keeps the state of its parser, so each call has its own: two threads must not share one.
    cleaner = Cleaner(
        tags=_TAGS,
        attributes=_attribute_allowed,
        protocols=_PROTOCOLS,
        strip=True,
        strip_comments=True,
        filters=[_Finish],
    )
    cleaned: str = cleaner.clean(_readable(html))
    return cleaned


def trusted(cleaned: str) -> Markup:
    """Return *cleaned*, which :func:`clean_html` made when it was saved, as HTML that a template shows as it is."""
    return Markup(cleaned)  # noqa: S704 - the one door for stored HTML; everything behind it was cleaned on save


def plain_text(html: str, limit: int) -> str:
    """Return the text of *html* on one line, at most *limit* characters, with ``…`` at the end when it was cut.

    It is text, not HTML: a template must escape it as any other.
    """
    cleaner = Cleaner(tags=frozenset(), strip=True, strip_comments=True)
    text = " ".join(entities.unescape(cleaner.clean(_readable(html))).split())
    return text if len(text) <= limit else f"{text[: max(limit - 1, 0)].rstrip()}…"


def _readable(html: str) -> str:
    return _SKIPPED.sub(lambda match: match["kept"] or "", html.replace("\0", ""))
