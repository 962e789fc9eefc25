"""Things a form asks for, declared once: label, hint, what an answer must look like, how it is kept and written again.

>>> phone = Particular("phone", "unit", _("电话"), 12, pattern="[0-9-]{7,12}", wrong=_("请填写带区号的电话号码。"))
>>> str(phone.problem("0714", needed=True))
'电话的写法不对。请填写带区号的电话号码。'
>>> amount = Particular("amount", "unit", _("金额"), 12, kind="yuan")
>>> amount.kept("10000.5"), amount.written(1000050)
(1000050, '10000.50')
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shuixin.errors import Problem
from shuixin.kit import identifiers
from shuixin.texts import Text, domain

_ = domain("shuixin")
_YUAN = "[0-9]{1,9}([.][0-9]{1,2})?"


@dataclass(frozen=True)
class Particular:
    """One thing asked for.

    :param part: the part of the form it stands in.
    :param longest: how many characters the answer may have.
    :param pattern: what the answer must look like, and ``wrong`` what to do if it does not.
    :param kind: ``text``, ``code`` (统一社会信用代码), ``yuan`` (kept in 分), ``day`` or ``key`` (of a row).
    :param needed: whether it must be answered in the end.
    """

    name: str
    part: str
    label: Text
    longest: int
    hint: Text | str = ""
    pattern: str = ""
    wrong: Text | str = ""
    kind: str = "text"
    needed: bool = True

    def problem(self, text: str, *, needed: bool) -> Problem | None:
        """Return what is wrong with an answer; an empty one is wrong where it is *needed* now."""
        if not text:
            rule = _("{label}没有填写。", label=self.label)
            return Problem(self.name, "", rule, self.wrong or _("请填写后保存。")) if needed else None
        if self.kind == "code":
            return identifiers.uscc_problem(text, self.name)
        if len(text) > self.longest:
            rule = _("{label}过长。", label=self.label)
            return Problem(self.name, text[:40], rule, _("最多{count}个字。", count=self.longest))
        if self.kind in ("yuan", "day") and self.kept(text) is None:
            amount = self.kind == "yuan"
            rule = _("{label}不是金额。", label=self.label) if amount else _("{label}不是日期。", label=self.label)
            remedy = _("请填写以元为单位的数字，如10000。") if amount else _("请按2026-11-23的样子填写。")
            return Problem(self.name, text[:40], rule, remedy)
        if self.pattern and not re.fullmatch(self.pattern, text):
            return Problem(self.name, text[:40], _("{label}的写法不对。", label=self.label), self.wrong)
        return None

    def kept(self, text: str) -> Any:
        """Return an answer as a column keeps it; ``None`` for no amount, no day and no row."""
        if self.kind == "code":
            return identifiers.clean_code(text)
        if self.kind == "key":
            return int(text) if text.isascii() and text.isdecimal() else None
        if self.kind == "day":
            return _day(text)
        if self.kind == "yuan":
            yuan, _point, cents = text.partition(".")
            return int(yuan) * 100 + int(cents.ljust(2, "0")) if re.fullmatch(_YUAN, text) else None
        return text

    def written(self, value: Any) -> str:
        """Return what is kept as people write it."""
        if self.kind == "yuan" and value is not None:
            return f"{value // 100}" if value % 100 == 0 else f"{value // 100}.{value % 100:02}"
        return str(value or "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def answers(
    asked: Iterable[Particular], values: Mapping[str, str], *, at_once: Collection[str] | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """Return what is to be kept of *values*, and what is wrong with them; what they leave out is left alone.

    :param at_once: names of what may not be empty now; everything ``needed`` if it is not given.
    """
    kept, problems = dict[str, Any](), list[Problem]()
    for each in asked:
        if each.name not in values:
            continue
        text = values[each.name].strip()[: each.longest + 20]
        problem = each.problem(text, needed=each.needed if at_once is None else each.name in at_once)
        problems += [problem] if problem else []
        kept[each.name] = each.kept(text)
    return kept, problems
