"""The drawn path of a case, verdicts on single items, and four eyes.

>>> PATH.after(Stage.SUBMITTED, outcome([Verdict.ACCEPTED, Verdict.RETURNED]))
<Stage.RETURNED: 'returned'>
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar, cast

from shuixin.errors import Conflict, Forbidden, Refused
from shuixin.texts import Text, domain

_ = domain("shuixin")
StageOf = TypeVar("StageOf", bound=StrEnum)
ActOf = TypeVar("ActOf", bound=StrEnum)


@dataclass(frozen=True)
class Path(Generic[StageOf, ActOf]):
    """The drawn path of a case: what is not in it cannot happen.

    :param steps: (stage, act) to the stage after it.
    :param words: what each stage is called.
    """

    steps: Mapping[tuple[StageOf, ActOf], StageOf]
    words: Mapping[StageOf, Text]

    def after(self, stage: StageOf | str, act: ActOf) -> StageOf:
        """Return the stage after *act*.

        :param stage: where the case stands, also as it is stored.
        :raises Conflict: the path has no such step, usually because somebody was quicker.
        """
        present = cast("StageOf", stage)  # what is stored compares like its member
        following = self.steps.get((present, act))
        if following is None:
            raise Conflict(
                _("此件当前为“{stage}”，不能办理这一步，请刷新页面查看最新状态。", stage=self.words[present])
            )
        return following


class Stage(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What moves a case on."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    RETURN = "return"
    PASS = "pass"  # noqa: S105 - 审核通过
    APPROVE = "approve"
    SEND_BACK = "send_back"
    REJECT = "reject"


class Verdict(StrEnum):
    """The reviewer's word on one item."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    RETURNED = "returned"


#: Stages in which the filer may change the content.
EDITABLE = frozenset({Stage.DRAFT, Stage.RETURNED, Stage.WITHDRAWN})
#: Stages from which nothing moves any more.
FINAL = frozenset({Stage.APPROVED, Stage.REJECTED})
STAGE_WORDS: dict[Stage, Text] = {
    Stage.DRAFT: _("草稿"),
    Stage.SUBMITTED: _("初审中"),
    Stage.REVIEWED: _("待批准"),
    Stage.APPROVED: _("审核通过"),
    Stage.RETURNED: _("退回补正"),
    Stage.REJECTED: _("不予通过"),
    Stage.WITHDRAWN: _("已撤回"),
}
#: The whole path of a filing.
PATH: Path[Stage, Act] = Path(
    {
        (Stage.DRAFT, Act.SUBMIT): Stage.SUBMITTED,
        (Stage.RETURNED, Act.SUBMIT): Stage.SUBMITTED,
        (Stage.WITHDRAWN, Act.SUBMIT): Stage.SUBMITTED,
        (Stage.SUBMITTED, Act.WITHDRAW): Stage.WITHDRAWN,
        (Stage.SUBMITTED, Act.RETURN): Stage.RETURNED,
        (Stage.SUBMITTED, Act.PASS): Stage.REVIEWED,
        (Stage.SUBMITTED, Act.REJECT): Stage.REJECTED,
        (Stage.REVIEWED, Act.APPROVE): Stage.APPROVED,
        (Stage.REVIEWED, Act.SEND_BACK): Stage.SUBMITTED,
    },
    STAGE_WORDS,
)
#: Icon and tone of each stage's tag (DESIGN §5).
STAGE_LOOK: dict[Stage, tuple[str, str]] = {
    Stage.DRAFT: ("circle-dashed", "grey"),
    Stage.SUBMITTED: ("progress", "blue"),
    Stage.REVIEWED: ("clock", "blue"),
    Stage.APPROVED: ("circle-check", "green"),
    Stage.RETURNED: ("arrow-back-up", "amber"),
    Stage.REJECTED: ("circle-x", "red"),
    Stage.WITHDRAWN: ("arrow-back", "grey"),
}


def outcome(verdicts: Iterable[Verdict]) -> Act:
    """Return what the verdicts on all items amount to: forward if all are accepted, back if any is returned.

    :raises Refused: an item has no verdict yet.
    """
    words = list(verdicts)
    open_items = words.count(Verdict.PENDING)
    if open_items:
        raise Refused(_("还有{count}项未选意见，请逐项选择“通过”或“退回”。", count=open_items))
    return Act.RETURN if Verdict.RETURNED in words else Act.PASS


def check_four_eyes(actor: int, *earlier: int | None, behalf: int = 0) -> None:
    """Refuse who already took part in an earlier step (申报人、初审人、批准人互不相同; DOMAIN R7).

    :param actor: account number of who acts now; ``0`` is the platform itself and not a person.
    :param earlier: everybody who took a step, and on whose behalf they did.
    :param behalf: account number of whoever delegated the step to the actor (委托人); ``0`` if nobody did.
    :raises Forbidden: one of the two did an earlier step.
    """
    hands = {one for one in earlier if one}
    if actor in hands:
        raise Forbidden(_("您参与了本件的前一环节，不能再办理这一步，请由其他人员办理。"))
    if behalf in hands:
        raise Forbidden(_("委托您的人参与了本件的前一环节，您不能受其委托办理这一步，请由其他人员办理。"))


def check_reason(text: str, least: int = 6) -> str:
    """Return the trimmed reason.

    :raises Refused: shorter than *least* characters.
    """
    text = text.strip()
    if len(text) < least:
        raise Refused(_("请写明理由，至少{least}个字，企业可以看到。", least=least))
    return text
