"""Declaring a field: one call gives the column and everything else that is known about it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from peewee import BigIntegerField, CharField, DateField, Field, TextField

from shuixin.api import JSONField, Problem, Text


class Visibility(Enum):
    """Who may see a value (DOMAIN §3: P, M, I, S)."""

    PUBLIC = "public"
    MASKED = "masked"
    OWNER = "owner"
    AUTHORITY = "authority"


class Keeper(Enum):
    """Who keeps a value true (归口; DOMAIN §3: N, E, A, L); drives the rules of updating."""

    NATIONAL = "national"
    ENTERPRISE = "enterprise"
    AUTHORITY = "authority"
    LOCAL = "local"


class Kind(StrEnum):
    """How a value is written, checked and shown."""

    TEXT = "text"
    LONG = "long"
    CODE = "code"
    CODES = "codes"
    DATE = "date"
    MONEY = "money"
    REGION = "region"
    USCC = "uscc"
    URL = "url"
    #: Written encrypted, never leaves the authority and the owner.
    SECRET = "secret"  # noqa: S105 - the name of a kind of field


@dataclass(frozen=True)
class FieldSpec:
    """Everything one declaration says.

    :param name: attribute and machine name; ``national`` is the element id on the national platform.
    :param identifying: two records with equal identifying values are the same record (for workbooks).
    :param check: a further check on the text, e.g. the check digit of an ID number.
    """

    name: str
    label: Text
    kind: Kind
    visibility: Visibility = Visibility.PUBLIC
    keeper: Keeper = Keeper.NATIONAL
    required: bool = False
    max_length: int = 200
    codes: str = ""
    hint: Text | str = ""
    identifying: bool = False
    national: str = ""
    check: Callable[[str, str], Problem | None] | None = None
    past_only: bool = False

    @property
    def is_code(self) -> bool:
        """Whether a workbook column must hold text, since Excel would spoil a number."""
        return self.kind in (Kind.USCC, Kind.SECRET)


_COLUMNS: dict[Kind, Callable[[FieldSpec], Field]] = {
    Kind.TEXT: lambda spec: CharField(max_length=spec.max_length, null=True),
    Kind.LONG: lambda _spec: TextField(null=True),
    Kind.CODE: lambda _spec: CharField(max_length=40, null=True),
    Kind.CODES: lambda _spec: JSONField(null=True),
    Kind.DATE: lambda _spec: DateField(null=True),
    Kind.MONEY: lambda _spec: BigIntegerField(null=True),
    Kind.REGION: lambda _spec: CharField(max_length=6, null=True),
    Kind.USCC: lambda _spec: CharField(max_length=18, null=True),
    Kind.URL: lambda spec: CharField(max_length=spec.max_length, null=True),
    Kind.SECRET: lambda _spec: TextField(null=True),
}


def declare(label: Text, kind: Kind = Kind.TEXT, **facts: Any) -> Any:
    """Return the Peewee column for a declared field; *facts* are the other parameters of :class:`FieldSpec`.

    The field's name is filled in when the record type is read, so a declaration is one line of a model.
    """
    spec = FieldSpec("", label, kind, **facts)
    column = _COLUMNS[kind](spec)
    column.declared = spec  # type: ignore[attr-defined]  # read back by record_type_of
    return column
