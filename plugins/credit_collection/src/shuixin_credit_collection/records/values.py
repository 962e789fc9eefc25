"""Values on their way: from what people type to what is stored, and back to what people read.

Stored values are JSON-friendly: text, whole numbers (money in 分), lists of codes, ISO dates as text.
"""

import re
from datetime import date
from typing import Any

from shuixin.api import Refused, current_platform, domain, masking
from shuixin_credit_collection.records.fields import FieldSpec, Kind
from shuixin_credit_collection.records.kinds import KINDS, Invalid
from shuixin_credit_collection.records.kinds.base import invalid, parts_of
from shuixin_credit_collection.records.kinds.choices import writing_of
from shuixin_credit_collection.records.kinds.links import names_in, tells_a_number

__all__ = [
    "Invalid",
    "display",
    "for_column",
    "from_json",
    "masked",
    "opened",
    "parse",
    "seal_typed",
    "shown",
    "to_json",
    "typed",
    "writing_of",
]

_ = domain("credit_collection")
_BLANKS = " \t\r\n\u3000\u00a0\ufeff"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_SEVERAL = (Kind.CODES, Kind.REGIONS, Kind.LINKS)


def parse(spec: FieldSpec, raw: str | list[str]) -> Any:
    """Return the stored form of what was typed; ``None`` for nothing.

    :raises Invalid: with field, value, rule and remedy.
    """
    if isinstance(raw, list):
        raw = "、".join(raw)
    text = raw if raw.isalnum() else _CONTROL.sub("", raw).strip(_BLANKS)
    if spec.kind in _SEVERAL and not parts_of(text):
        text = ""  # separators alone name nothing
    if not text:
        if spec.required:
            raise invalid(spec, "", _("{label}没有填写。", label=spec.label), _("请补填。"))
        return None
    value = KINDS[spec.kind].parse(spec, text)
    problem = spec.check(str(value), spec.name) if spec.check else None
    if problem is not None:
        raise Invalid(problem)
    return value


def seal_typed(spec: FieldSpec, text: str) -> str:
    """Return what was just typed as a draft keeps it: a secret sealed, even one that looks as if it were sealed.

    So is the number of a person, by which a link may be typed as well.
    """
    is_secret = spec.kind is Kind.SECRET or (spec.kind is Kind.LINK and tells_a_number(text))
    return current_platform().sealer.seal(text) if is_secret and text else text


def opened(spec: FieldSpec, text: str) -> str:
    """Return what a draft keeps as it was typed."""
    if spec.kind is not Kind.LINK or not current_platform().sealer.is_sealed(text):
        return str(from_json(spec, text) or "")
    try:
        return current_platform().sealer.open(text)
    except Refused:  # somebody typed what only looks sealed
        return text


def to_json(spec: FieldSpec, value: Any) -> Any:
    """Return *value* fit for a JSON column; secrets are sealed."""
    return None if value is None else KINDS[spec.kind].for_json(spec, value)


def from_json(spec: FieldSpec, value: Any) -> Any:
    """Return the plain value of what :func:`to_json` made."""
    if value is not None and spec.kind is Kind.SECRET:
        sealer = current_platform().sealer
        return sealer.open(str(value)) if sealer.is_sealed(str(value)) else value
    return value


def for_column(spec: FieldSpec, value: Any) -> Any:
    """Return *value* as the Peewee column takes it."""
    return None if value is None else KINDS[spec.kind].for_column(value)


def typed(spec: FieldSpec, value: Any) -> str:
    """Return *value* as a person would type it: for forms and workbooks, round trip of :func:`parse`."""
    plain = from_json(spec, value)
    return "" if plain is None else KINDS[spec.kind].typed(spec, plain)


def masked(text: str) -> str:
    """Return an ID or phone number with its middle hidden."""
    return masking.mask_id_number(text) if len(text) == 18 else masking.mask_mobile(text) if text else ""


def shown(spec: FieldSpec, text: str) -> str:
    """Return a draft's text as its filer is shown it: secrets masked, other records by their names."""
    plain = opened(spec, text)
    if plain != text:
        return masked(plain)
    return names_in(text) if spec.to else text


def display(spec: FieldSpec, value: Any, day: date | None = None) -> str:
    """Return *value* as a person reads it, in the reader's language; money in 万元, as its label says.

    :param day: codes are called as they were on this day, today if it is not given.
    """
    plain = from_json(spec, value)
    return "" if plain is None else KINDS[spec.kind].display(spec, plain, day)
