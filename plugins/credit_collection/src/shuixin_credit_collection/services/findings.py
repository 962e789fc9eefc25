"""System checks (系统检查) that a reviewer sees beside a filing."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from shuixin.api import Text, clock, domain, identifiers
from shuixin_credit_collection.models import Filing, FilingItem
from shuixin_credit_collection.services.claims import IN_REVIEW, prospect
from shuixin_credit_collection.services.crosschecks import contradictions, own_contradictions
from shuixin_credit_collection.services.personnel import shortfalls

_ = domain("credit_collection")


@dataclass(frozen=True)
class Finding:
    """One finding: ``ok``, ``info`` or ``warning``.

    :param link: where more is to be seen, for who may see it.
    :param exception: identity of the pair for which the reviewer may grant an exception; ``""`` where none is needed.
    """

    level: str
    text: Text
    link: str = ""
    exception: str = ""

    @property
    def is_warning(self) -> bool:
        """Whether a person must look before the filing is passed."""
        return self.level == "warning"


def findings(filing: Filing) -> list[Finding]:
    """Return all findings on *filing*."""
    items = list(filing.items.order_by(FilingItem.position))
    found = [Finding("ok", _("统一社会信用代码校验通过"))]
    if filing.subject and not identifiers.organisation_code_matches(filing.subject.uscc):
        found.append(Finding("info", _("统一社会信用代码内的组织机构代码校验位不符，属提示，不影响办理")))
    expired = [item for item in items if _expired(item)]
    if expired:
        found.append(Finding("warning", _("{count}项证书的有效期已过", count=len(expired))))
    removed = sum(item.action == "remove" for item in items)
    if removed:
        found.append(Finding("warning", _("{count}项为删除档案中的记录", count=removed)))
    return found + _compared(filing, items)


def _compared(filing: Filing, items: list[FilingItem]) -> list[Finding]:
    """Return what is found by comparing records with each other, while the authority has the filing in hand."""
    if filing.subject is None or filing.stage not in IN_REVIEW:
        return []
    future = prospect(filing, [(item.record_type, item.key, item.action, item.after) for item in items])
    pairs, more = contradictions(filing, future)
    found = [Finding("warning", each.text, each.link, each.identity if each.bars else "") for each in pairs]
    found += [Finding("warning", _("另有{count}处与其他记录矛盾", count=more))] if more else []
    rows, day = future.rows, clock.legal_day(clock.now())
    name = next((str(values.get("name")) for values in rows["basic_information"].values()), filing.subject.name)
    own = [*own_contradictions(rows, name, filing.subject.uscc), *shortfalls(rows, day)]
    return found + [Finding(level, text) for level, text in own]


def _expired(item: FilingItem) -> bool:
    after: dict[str, Any] = item.after or {}
    until = after.get("valid_to")
    return bool(until) and date.fromisoformat(str(until)) < clock.legal_day(clock.now())
