"""The shape of a kind of field."""

import re
from abc import ABC, abstractmethod
from datetime import date
from typing import Any, Literal

from peewee import Field

from shuixin.api import Problem, Text
from shuixin_credit_collection.records.fields import FieldSpec, Kind

SHOWN_LENGTH = 60
_SEPARATORS = re.compile(r"[、,，;；/|]")


class Invalid(Exception):
    """A value breaks a rule."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def invalid(spec: FieldSpec, value: str, rule: Text, remedy: Text) -> Invalid:
    """Return the error that names field, value, rule and remedy; a secret is not repeated."""
    shown = "" if spec.kind is Kind.SECRET else value[:SHOWN_LENGTH]
    return Invalid(Problem(spec.name, shown, rule, remedy))


def parts_of(text: str) -> list[str]:
    """Return the parts of what names several things at once."""
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


class FieldKind(ABC):
    """One kind of field. Stored values are JSON-friendly: texts, whole numbers, lists, small objects.

    ``sheet`` is the kind of its workbook column, ``""`` for none; ``schema`` its JSON schema in the API.
    """

    sheet: Literal["text", "date", "number", "long", ""] = "text"
    schema: dict[str, Any] = {"type": "string"}

    @abstractmethod
    def column(self, spec: FieldSpec) -> Field:
        """Return the Peewee column."""

    @abstractmethod
    def parse(self, spec: FieldSpec, text: str) -> Any:
        """Return the stored value of *text*, which is trimmed and not empty.

        :raises Invalid: with field, value, rule and remedy.
        """

    def typed(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002 - most need only the value
        """Return a stored value as a person would type it: the round trip of :meth:`parse`."""
        return str(value)

    def display(self, spec: FieldSpec, value: Any, day: date | None) -> str:  # noqa: ARG002 - codes are dated
        """Return a stored value as a person reads it; codes as they were called on *day*."""
        return self.typed(spec, value)

    def for_json(self, spec: FieldSpec, value: Any) -> Any:  # noqa: ARG002 - secrets differ
        """Return what a column or :meth:`parse` gave, fit for a JSON document."""
        return value

    def for_column(self, value: Any) -> Any:
        """Return a stored value as the column takes it."""
        return value
