"""What pydantic finds wrong with a settings table, in words for the people who edit it."""

from pydantic import ValidationError

from shuixin.errors import Problem
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
    "greater_than_equal": _("数值过小"),
    "less_than_equal": _("数值过大"),
    "value_error": _("缺少相关设置项：填写mail.host时须同时填写mail.sender和mail.site_url"),
    "literal_error": _("不在可选范围内"),
    "int_type": _("应为整数"),
    "int_parsing": _("应为整数"),
    "list_type": _('应为列表，如["甲", "乙"]'),
}


def problems_of(error: ValidationError) -> list[Problem]:
    """Return each finding of *error*: the key with its tables, what is wrong, and what to do."""
    remedy = _("，请改正后再试。")
    return [
        Problem(".".join(str(part) for part in each["loc"]), "", _WORDS.get(each["type"], each["msg"]), remedy)
        for each in error.errors(include_input=False, include_url=False)
    ]


def first_problem(error: ValidationError) -> Text:
    """Return one sentence on the first finding of *error*."""
    first = problems_of(error)[0]
    return _("设置项{place}不正确：{reason}。", place=first.field, reason=first.rule)


def all_problems(error: ValidationError) -> Text:
    """Return one sentence with every finding of *error*, so that nobody has to start the site once for each."""
    findings = "；".join(f"{each.field}：{each.rule}" for each in problems_of(error))
    return _("设置项不正确：{findings}。", findings=findings)
