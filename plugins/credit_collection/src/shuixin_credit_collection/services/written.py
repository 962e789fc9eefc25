"""Records as programs write them: JSON values, typed or stored, become the texts that a draft keeps.

A text is taken as a person would type it, whatever the field. Any other JSON value is taken as the Register stores it,
as in the schemas of :mod:`services.dictionary`: codes, amounts in 分, links as ``{"key", "text"}``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shuixin.api import Problem, Refused, Text, domain
from shuixin_credit_collection.records import Editor, FieldSpec, Kind, RecordType, code_list
from shuixin_credit_collection.records.kinds.links import KEY_LENGTH, chosen
from shuixin_credit_collection.records.values import seal_typed, shown, typed, writing_of
from shuixin_credit_collection.services.rows import Texts, field_id

_ = domain("credit_collection")
#: As much as a form takes of one field.
LONGEST = 5000
#: What a number may be: the columns hold less, and a check says so in words.
_LARGEST = 10**20


class _Unreadable(Exception):
    """A JSON value that the field cannot be."""


def texts_of(type_: RecordType, key: str, body: Mapping[str, Any], kept: Mapping[str, str]) -> Texts:
    """Return the whole record as a draft keeps it: what *body* says; nothing for fields it leaves out.

    Files, and what the authority fills in, stay as the draft has them (*kept*); so does a secret that comes back as it
    was shown, masked.

    :raises Refused: with every field that is unknown, reserved or unreadable. Whether a value is right is checked
        later, with the whole filing: a draft keeps what was typed.
    """
    problems: list[Problem] = []
    texts: Texts = {}
    for name, value in body.items():
        spec = type_.by_name.get(name)
        try:
            text = _text(spec, value) if spec and spec.derived is None else ""
        except _Unreadable:
            problems.append(_problem(type_, key, name, _("{name}的值无法识别。", name=name[:40]), _KINDS_REMEDY))
            continue
        problem = _refusal(spec, name, text, kept)
        if problem is not None:
            problems.append(_problem(type_, key, name, *problem))
        elif spec is not None and not _is_kept(spec):
            old = kept.get(name, "")
            texts[name] = old if old and text == shown(spec, old) else seal_typed(spec, text)
    if problems:
        raise Refused(_("这一条没有保存，有{count}处需要改正。", count=len(problems)), problems)
    return texts | {spec.name: kept[spec.name] for spec in type_.typed if _is_kept(spec) and spec.name in kept}


_KINDS_REMEDY = _("请填写文字，或按接口说明中该字段的类型填写。")


def _problem(type_: RecordType, key: str, name: str, rule: Text, remedy: Text) -> Problem:
    return Problem(field_id(type_, key, _printable(name)[:40]), "", rule, remedy)


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)


def _is_kept(spec: FieldSpec) -> bool:
    """Whether a field is not written with the record: files are uploaded, the authority fills its own in."""
    return spec.kind is Kind.FILE or spec.editor is Editor.AUTHORITY


def _refusal(spec: FieldSpec | None, name: str, text: str, kept: Mapping[str, str]) -> tuple[Text, Text] | None:
    """Return rule and remedy if the field may not be written so."""
    if spec is None:
        return _("没有字段“{name}”。", name=_printable(name)[:40]), _("请对照数据项目录中的标识。")
    if spec.derived is not None:
        return _("{label}由系统计算。", label=spec.label), _("请去掉这个字段。")
    if _is_kept(spec) and text != kept.get(name, ""):
        if spec.kind is Kind.FILE:
            return _("{label}是附件。", label=spec.label), _("请用上传附件的接口。")
        return _("{label}由主管部门填写。", label=spec.label), _("请去掉这个字段。")
    return None


def _text(spec: FieldSpec, value: Any) -> str:
    """Return a JSON value as it would be typed.

    :raises _Unreadable: it is none that the field could be.
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else WRITERS.get(spec.kind, _nothing)(spec, value)
    if len(text) > LONGEST or not is_text(text):
        raise _Unreadable
    return text


def is_text(text: str) -> bool:
    """Whether *text* can be stored: JSON may name zero characters, and halves of characters, which are none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _nothing(_spec: FieldSpec, _value: Any) -> str:
    raise _Unreadable


def _number(spec: FieldSpec, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST < value < _LARGEST:
        raise _Unreadable
    if spec.kind is Kind.MONEY:
        if not isinstance(value, int):
            raise _Unreadable  # half a 分 there is not; 万元 are written as text
        return typed(spec, value)
    return str(value)


def _parts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise _Unreadable
    return value


def _codes(spec: FieldSpec, value: Any) -> str:
    known = {entry.code for entry in code_list(spec.codes).entries}
    return "、".join(writing_of(spec, part) if part in known else part for part in _parts(value))


def _regions(_spec: FieldSpec, value: Any) -> str:
    return "、".join(_parts(value))


def _link(_spec: FieldSpec, value: Any) -> str:
    if not isinstance(value, dict) or value.keys() - {"key", "text"}:
        raise _Unreadable
    key, text = value.get("key", ""), value.get("text", "")
    if not (isinstance(key, str) and isinstance(text, str)) or (key and not (key.isalnum() and len(key) <= KEY_LENGTH)):
        raise _Unreadable
    return chosen(key, text or key)


def _links(spec: FieldSpec, value: Any) -> str:
    if not isinstance(value, list):
        raise _Unreadable
    return "；".join(_link(spec, part) for part in value)


def _file(_spec: FieldSpec, value: Any) -> str:
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise _Unreadable
    return str(value["id"])


#: How values that are no texts are written, by kind of field.
WRITERS: dict[Kind, Callable[[FieldSpec, Any], str]] = {
    Kind.INTEGER: _number,
    Kind.YEAR: _number,
    Kind.NUMBER: _number,
    Kind.MONEY: _number,
    Kind.CODES: _codes,
    Kind.REGIONS: _regions,
    Kind.LINK: _link,
    Kind.LINKS: _links,
    Kind.FILE: _file,
}
