"""Why somebody may, or may not (为何能办、为何不能办): the decision, grant by grant, in sentences."""

from dataclasses import dataclass

from shuixin.access.actor import Actor, Grant
from shuixin.access.decision import Decision, Target, allowed, reaches
from shuixin.contributions import Scope
from shuixin.texts import Text, domain
from shuixin.units.regions import region_name

_ = domain("shuixin")


@dataclass(frozen=True)
class Finding:
    """One grant of the permission, and whether it carries the decision.

    :param sentence: what the grant gives, how far and how long.
    :param outcome: why it reaches, does not reach, or is withheld.
    """

    grant: Grant
    carries: bool
    sentence: Text
    outcome: Text


@dataclass(frozen=True)
class Explanation:
    """The decision of :func:`allowed`, and what it rests on.

    :param needed: what would have to be given; ``None`` if the answer is yes.
    """

    decision: Decision
    findings: tuple[Finding, ...]
    needed: Text | None


def explain(actor: Actor, permission: str, target: Target | None = None) -> Explanation:
    """Return the decision of :func:`allowed` on the same question, with every grant that was weighed."""
    findings = [
        _weighed(grant, actor, target)
        for grant in sorted(actor.grants, key=lambda each: (each.role, each.region))
        if grant.permission == permission
    ]
    findings += [
        Finding(each.grant, False, reach_words(each.grant), _withheld_words(each.reason))
        for each in actor.withheld
        if each.grant.permission == permission
    ]
    decision = allowed(actor, permission, target)
    return Explanation(decision, tuple(findings), None if decision.allowed else _needed(target))


def _weighed(grant: Grant, actor: Actor, target: Target | None) -> Finding:
    if target is None:
        return Finding(grant, True, reach_words(grant), _("未指定办理对象，此授权有效。"))
    if reaches(grant, actor, target):
        return Finding(grant, True, reach_words(grant), _("所选对象在此范围内。"))
    return Finding(grant, False, reach_words(grant), _("所选对象不在此范围内。"))


def reach_words(grant: Grant) -> Text:
    """Return how far and how long *grant* reaches, as a sentence."""
    if grant.behalf:
        return _(
            "受{name}委托使用此权限，范围：{reach}，至{day}止。",
            name=grant.behalf.name,
            reach=scope_words(grant),
            day=grant.until.isoformat() if grant.until else "",
        )
    until = _("至{day}止", day=grant.until.isoformat()) if grant.until else _("长期有效")
    return _(
        "岗位“{role}”给予此权限，范围：{reach}，{until}。", role=grant.role_label, reach=scope_words(grant), until=until
    )


def scope_words(grant: Grant) -> Text | str:
    """Return the reach of *grant* in a few words."""
    if grant.scope is Scope.ALL:
        return _("不限区域")
    if grant.scope is Scope.OWN:
        return _("仅限本企业")
    return _("{region}及其下级", region=region_name(grant.region)) if grant.region else _("没有区域，不生效")


def _withheld_words(reason: Text | str) -> Text:
    if reason:
        return _("但此权限被限制使用：{reason}", reason=reason)
    return _("但此权限被所属插件的规则限制使用。")


def _needed(target: Target | None) -> Text:
    if target and target.region:
        return _("需要一个包含此权限的岗位，范围包括{region}。", region=region_name(target.region))
    if target and target.subject:
        return _("需要一个包含此权限的岗位，账号绑定统一社会信用代码{subject}，或不限区域。", subject=target.subject)
    return _("需要一个包含此权限的岗位。")
