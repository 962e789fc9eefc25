"""References: to other records of the same subject, and to attached files.

A link is stored as ``{"key": record key or "", "text": what it was called}``: it can be read without looking anything
up, and keeps the name of somebody who has left since.
"""

import re
from typing import Any

from peewee import Field

from shuixin.api import JSONField, domain, identifiers
from shuixin_credit_collection.records.fields import FieldSpec
from shuixin_credit_collection.records.kinds.base import FieldKind, invalid

_ = domain("credit_collection")
#: Between the key of a record and what it is called, in what a form sends back for a record chosen from a list.
MARK = "#"
_LONGEST = 200
#: Keys of records are hexadecimal digits of a UUID.
KEY_LENGTH = 32
_KEY = re.compile(r"[0-9A-Za-z]{1,32}")
#: Names of works and units hold commas and pauses of their own.
_BETWEEN = re.compile(r"[;；\n]")
#: As long as numbers of identity documents are (GB 11643: 18 or, of old, 15); a slip of the pen makes it no name.
_NUMBER_OF_A_PERSON = re.compile(r"[0-9]{14,17}[0-9X]")
_SEPARATORS = re.compile(r"[-_.·]")


def chosen(key: str, text: str) -> str:
    """Return what stands in a draft for the record *key* called *text*."""
    return f"{text}{MARK}{key}" if key else text


def without_key(text: str) -> str:
    """Return what stands in a draft without the key of the record it means."""
    name, _mark, key = text.rpartition(MARK)
    return name if name and len(key) == KEY_LENGTH and _KEY.fullmatch(key) else text


def key_in(text: str) -> str:
    """Return the key of the record that stands in a draft, ``""`` for a mere name."""
    return text.rpartition(MARK)[2] if without_key(text) != text else ""


def tells_a_number(text: str) -> bool:
    """Whether *text* holds the number of an identity card or what looks like one, alone or beside a name."""
    name = _SEPARATORS.sub("", identifiers.clean_code(without_key(text)))
    return _NUMBER_OF_A_PERSON.search(name) is not None


def as_one(name: str) -> str:
    """Return *name* so that among others it is not read as two."""
    return _BETWEEN.sub("，", name)


def names_in(text: str) -> str:
    """Return what stands in a draft for several records without the keys of those it means."""
    return "；".join(without_key(part.strip()) for part in _BETWEEN.split(text) if part.strip())


class Link(FieldKind):
    """One record of the same subject; a mere name where the declaration is not strict."""

    schema = {"type": "object", "properties": {"key": {"type": "string"}, "text": {"type": "string"}}}

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return JSONField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> Any:
        name, _mark, key = text.rpartition(MARK)
        if not (name and _KEY.fullmatch(key)):
            name, key = text, ""
        if len(name) > _LONGEST:
            rule = _("{label}超过{limit}个字。", label=spec.label, limit=_LONGEST)
            raise invalid(spec, text, rule, _("请缩短。"))
        return {"key": key, "text": name}

    def typed(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002
        return chosen(value["key"], value["text"])

    def display(self, spec: FieldSpec, value: Any, day: Any) -> str:  # noqa: ARG002
        return str(value["text"])


class Links(Link):
    """Several records of the same subject."""

    schema = {"type": "array", "items": Link.schema}

    def parse(self, spec: FieldSpec, text: str) -> Any:
        return [super(Links, self).parse(spec, part.strip()) for part in _BETWEEN.split(text) if part.strip()] or None

    def typed(self, spec: FieldSpec, value: Any) -> str:
        return "；".join(as_one(super(Links, self).typed(spec, part)) for part in value)

    def display(self, spec: FieldSpec, value: Any, day: Any) -> str:  # noqa: ARG002
        return "；".join(as_one(str(part["text"])) for part in value)


class File(FieldKind):
    """A file of the filing, stored as ``{"id": …, "name": …, "sha256": …}``; it never travels in a workbook."""

    sheet = ""
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return JSONField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> Any:
        from shuixin.api import attachments

        file = attachments.Attachment.get_or_none(attachments.Attachment.id == text)
        if file is None:
            raise invalid(spec, "", _("没有找到{label}的文件。", label=spec.label), _("请重新上传。"))
        return {"id": file.id, "name": file.original_name, "sha256": file.sha256}

    def typed(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002
        return str(value["id"])

    def display(self, spec: FieldSpec, value: Any, day: Any) -> str:  # noqa: ARG002
        return str(value["name"])
