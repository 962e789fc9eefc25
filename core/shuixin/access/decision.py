"""The one decision: may this actor do this to that?"""

from dataclasses import dataclass

from shuixin.access.actor import Actor, Grant
from shuixin.access.uses import note
from shuixin.contributions import Scope
from shuixin.errors import Forbidden
from shuixin.kit.regions import region_prefix
from shuixin.texts import Text, domain

_ = domain("shuixin")


@dataclass(frozen=True)
class Target:
    """What is acted on: its region (GB/T 2260 code) and the market subject it belongs to."""

    region: str = ""
    subject: str = ""


@dataclass(frozen=True)
class Decision:
    """The answer, and the sentence that explains it."""

    allowed: bool
    reason: Text


def allowed(actor: Actor, permission: str, target: Target | None = None) -> Decision:
    """Decide whether *actor* may use *permission* on *target*; without a target, whether anywhere at all.

    Denied unless a grant says otherwise. The platform itself is allowed everything, and is named in the audit chain.
    """
    if actor.is_system:
        return Decision(True, _("系统任务。"))
    grants = [grant for grant in actor.grants if grant.permission == permission]
    if not grants:
        return Decision(False, _("您没有办理此事的权限，如需办理请联系本单位管理员。"))
    if target is None or any(reaches(grant, actor, target) for grant in grants):
        return Decision(True, _("您的岗位包含此权限。"))
    return Decision(False, _("此件不在您的管辖范围内，如需办理请联系本单位管理员。"))


def reaches(grant: Grant, actor: Actor, target: Target) -> bool:
    """Whether *grant*, held by *actor*, extends to *target*."""
    if grant.scope is Scope.ALL:
        return True
    if grant.scope is Scope.OWN:
        return bool(actor.subject) and actor.subject == target.subject
    return bool(grant.region) and target.region.startswith(region_prefix(grant.region))


def require(actor: Actor, permission: str, target: Target | None = None) -> None:
    """Return quietly if allowed.

    :raises Forbidden: with the decision's reason.
    """
    decision = allowed(actor, permission, target)
    if not decision.allowed:
        raise Forbidden(decision.reason)
    note(permission)
