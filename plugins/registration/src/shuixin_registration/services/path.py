"""Registration of enterprises (企业注册): the path of a case, and what its form must hold, judged by itself.

>>> PATH.after(Stage.SUBMITTED, Act.CONFIRM)
<Stage.CONFIRMED: 'confirmed'>
>>> [problem.field for problem in problems({"enterprise": "清泉水利", "contact": "周", "username": "Q"})]
['uscc', 'mobile', 'username']
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from shuixin.api import Problem, Text, domain, identifiers, review

_ = domain("registration")
#: Longest text of each field; nothing longer is looked at.
LIMITS = {"enterprise": 100, "uscc": 40, "contact": 40, "mobile": 30, "username": 24, "password": 200}
_USERNAME = re.compile(r"[a-z][a-z0-9-]{3,23}")


class Stage(StrEnum):
    """Where a registration stands."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    #: The code has a main account already, whose holder decides.
    REFERRED = "referred"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class Act(StrEnum):
    """What moves a registration on."""

    MEND = "mend"
    RETURN = "return"
    REFER = "refer"
    CONFIRM = "confirm"
    JOIN = "join"
    REFUSE = "refuse"


#: Words, icon and tone of each stage.
LOOK: dict[str, tuple[Text, str, str]] = {
    Stage.SUBMITTED: (_("待确认"), "clock", "blue"),
    Stage.RETURNED: (_("退回补正"), "arrow-back-up", "amber"),
    Stage.REFERRED: (_("待企业主账号决定"), "clock", "blue"),
    Stage.CONFIRMED: (_("已开通"), "circle-check", "green"),
    Stage.REFUSED: (_("不予通过"), "circle-x", "red"),
}
PATH: review.Path[Stage, Act] = review.Path(
    {
        (Stage.RETURNED, Act.MEND): Stage.SUBMITTED,
        (Stage.SUBMITTED, Act.RETURN): Stage.RETURNED,
        (Stage.SUBMITTED, Act.REFER): Stage.REFERRED,
        (Stage.SUBMITTED, Act.CONFIRM): Stage.CONFIRMED,
        (Stage.SUBMITTED, Act.REFUSE): Stage.REFUSED,
        (Stage.REFERRED, Act.RETURN): Stage.RETURNED,
        (Stage.REFERRED, Act.JOIN): Stage.CONFIRMED,
        (Stage.REFERRED, Act.REFUSE): Stage.REFUSED,
    },
    {stage: LOOK[stage][0] for stage in Stage},
)


def problems(typed: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with the enterprise, the person and the account name that were typed."""
    long = [name for name, limit in LIMITS.items() if len(typed.get(name, "")) > limit]
    if long:
        rules = {name: _("填写的内容超过{limit}个字符。", limit=LIMITS[name]) for name in long}
        return [Problem(name, "", rule, _("请缩短。")) for name, rule in rules.items()]
    found = [
        _missing(typed, "enterprise", _("没有填写企业名称。")),
        identifiers.uscc_problem(typed.get("uscc", "")),
        _missing(typed, "contact", _("没有填写经办人姓名。")),
        identifiers.mobile_problem(typed.get("mobile", "")),
        _wrong_username(typed.get("username", "")),
    ]
    return [each for each in found if each]


def _missing(typed: Mapping[str, str], name: str, rule: Text) -> Problem | None:
    return None if typed.get(name, "").strip() else Problem(name, "", rule, _("请填写。"))


def _wrong_username(username: str) -> Problem | None:
    if _USERNAME.fullmatch(username):
        return None
    rule = _("账号名须为4至24位小写字母、数字或连字符，以字母开头。")
    return Problem("username", username, rule, _("请换一个账号名，例如企业简称的拼音。"))
