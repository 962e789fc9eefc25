"""What pydantic finds wrong with a settings table, in words for the people who edit it."""

from pydantic import ValidationError

from shuixin.texts import Text, domain

_ = domain("shuixin")

_WORDS: dict[str, Text] = {
    "missing": _("没有填写"),
    "extra_forbidden": _("没有这个设置项，请检查拼写"),
    "string_too_short": _("内容过短"),
    "too_short": _("内容过短"),
    "string_pattern_mismatch": _("格式不符"),
    "string_type": _("应为文字，请加引号"),
    "bool_type": _("应为true或false"),
    "bool_parsing": _("应为true或false"),
    "int_type": _("应为整数"),
    "int_parsing": _("应为整数"),
    "list_type": _('应为列表，如["甲", "乙"]'),
}


def first_problem(error: ValidationError) -> Text:
    """Return one sentence on the first finding of *error*: the key with its tables, and what is wrong with it."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    reason = _WORDS.get(first["type"], first["msg"])
    return _("设置项{place}不正确：{reason}。", place=place, reason=reason)
