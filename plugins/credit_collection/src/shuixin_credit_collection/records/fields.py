"""What one declared field says about itself (数据项): who may see it, who keeps it, how it is written and checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from shuixin.api import Problem, Text


class Visibility(Enum):
    """Who may see a value (DOMAIN §3: P, M, I, S)."""

    PUBLIC = "public"
    MASKED = "masked"
    OWNER = "owner"
    AUTHORITY = "authority"


class Keeper(Enum):
    """Where the value that counts is kept (归口; DOMAIN §3: N, L)."""

    NATIONAL = "national"
    LOCAL = "local"


class Editor(Enum):
    """Who may propose a value (DOMAIN §3: E, A).

    An enterprise states what has ``PROOF`` when a record is new; to change it afterwards it must attach a document.
    What has ``AUTHORITY`` an enterprise never writes.
    """

    ENTERPRISE = "enterprise"
    PROOF = "proof"
    AUTHORITY = "authority"


class Kind(StrEnum):
    """How a value is written, checked, kept and shown; ``records.kinds`` has what each of them does."""

    TEXT = "text"
    LONG = "long"
    CODE = "code"
    CODES = "codes"
    DATE = "date"
    MOMENT = "moment"
    YEAR = "year"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    REGION = "region"
    REGIONS = "regions"
    USCC = "uscc"
    URL = "url"
    #: Written encrypted, never leaves the authority and the owner.
    SECRET = "secret"  # noqa: S105 - the name of a kind of field
    #: Another record of the same subject, called by its title.
    LINK = "link"
    LINKS = "links"
    #: A file attached to the record.
    FILE = "file"


@dataclass(frozen=True)
class FieldSpec:
    """Everything one declaration says.

    :param name: attribute and machine name; ``national`` is the element id on the national platform, ``sl691`` the
        name in SL 691.
    :param identifying: two records with equal identifying values are the same record (for workbooks).
    :param check: a further check on the text, e.g. the check digit of an ID number.
    :param pattern: the usual form of a number; one that differs is pointed out, never refused (DOMAIN §4.4).
    :param limits: least and greatest value of a number.
    :param signed: an amount that may be negative, such as a loss.
    :param decimals: places after the point of a number.
    :param heading: words above this field and those that follow it, where many of them make a long form.
    :param to: record type that a link leads to; ``strict`` if it must exist there, else a mere name will do.
    :param former_words: words were typed where codes stand now, and some may be there still.
    :param derived: computed from the other plain values; nobody types it.
    """

    name: str
    label: Text
    kind: Kind
    visibility: Visibility = Visibility.PUBLIC
    keeper: Keeper = Keeper.NATIONAL
    editor: Editor = Editor.PROOF
    required: bool = False
    max_length: int = 200
    codes: str = ""
    hint: Text | str = ""
    heading: Text | str = ""
    identifying: bool = False
    national: str = ""
    sl691: str = ""
    check: Callable[[str, str], Problem | None] | None = None
    pattern: str = ""
    past_only: bool = False
    limits: tuple[int, int] = (0, 10**12)
    decimals: int = 2
    signed: bool = False
    to: str = ""
    strict: bool = False
    former_words: bool = False
    derived: Callable[[Mapping[str, Any]], Any] | None = None

    @property
    def is_code(self) -> bool:
        """Whether a workbook column must hold text, since Excel would spoil a number."""
        return self.kind in (Kind.USCC, Kind.SECRET)

    @property
    def is_public(self) -> bool:
        """Whether the public may see the value, plain or masked."""
        return self.visibility in (Visibility.PUBLIC, Visibility.MASKED)
