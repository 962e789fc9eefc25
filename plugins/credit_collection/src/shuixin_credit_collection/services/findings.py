"""System checks (系统检查) that a reviewer sees beside a filing."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from shuixin.api import Text, clock, domain, identifiers
from shuixin_credit_collection.models import Filing, FilingItem

_ = domain("credit_collection")


@dataclass(frozen=True)
class Finding:
    """One finding: ``ok``, ``info`` or ``warning``."""

    level: str
    text: Text

    @property
    def is_warning(self) -> bool:
        """Whether a person must look before the filing is passed."""
        return self.level == "warning"


def findings(filing: Filing) -> list[Finding]:
    """Return all findings on *filing*."""
    items = list(filing.items)
    found = [Finding("ok", _("统一社会信用代码校验通过"))]
    if filing.subject and not identifiers.organisation_code_matches(filing.subject.uscc):
        found.append(Finding("info", _("统一社会信用代码内的组织机构代码校验位不符，属提示，不影响办理")))
    expired = [item for item in items if _expired(item)]
    if expired:
        found.append(Finding("warning", _("{count}项证书的有效期已过", count=len(expired))))
    removed = sum(item.action == "remove" for item in items)
    if removed:
        found.append(Finding("warning", _("{count}项为删除档案中的记录", count=removed)))
    return found


def _expired(item: FilingItem) -> bool:
    after: dict[str, Any] = item.after or {}
    until = after.get("valid_to")
    return bool(until) and date.fromisoformat(str(until)) < clock.legal_day(clock.now())
