"""What of a list is asked for: the same value behind a page, an address and an export."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shuixin.kit.search import normalise

#: Characters of a search that count.
QUERY_LENGTH = 100


def words_of(text: str) -> str:
    """Return what is searched for when *text* was typed; ``""`` if nothing can be seen of it."""
    text = text.strip()[:QUERY_LENGTH]
    return text if normalise(text) else ""


@dataclass(frozen=True)
class Selection:
    """What of a list is asked for: words, values of its filters by parameter, the sort."""

    search: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False

    def arguments(self) -> dict[str, str]:
        """Return the selection as arguments of an address; a list reads them with :meth:`OfficeList.asked_for`."""
        plain = {"search": self.search, "sort": self.sort, "desc": "1" if self.sort and self.descending else ""}
        return {name: text for name, text in {**plain, **self.filters}.items() if text}
