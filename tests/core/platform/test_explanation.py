"""The explanation is the decision: for every actor, permission and target the two say the same."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuixin.access import Actor, Grant, Target, Withheld, allowed, system_actor
from shuixin.accounts import Finding, explain
from shuixin.contributions import Scope

# Names of regions are looked up in the database.
pytestmark = [
    pytest.mark.usefixtures("platform_app"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
CODES = st.sampled_from(["x.do", "x.see", "y.do"])
REGIONS = st.sampled_from(["", "420000", "420200", "420281", "4202K1", "420100", "430000"])
SUBJECTS = st.sampled_from(["", "A", "B"])
GRANTS = st.builds(
    Grant,
    CODES,
    st.sampled_from(Scope),
    REGIONS,
    st.sampled_from(["clerk", "chief"]),
    st.just("岗位"),
    until=st.sampled_from([None, date(2026, 12, 31)]),
)
WITHHELD = st.builds(Withheld, GRANTS, st.just("x"), st.sampled_from(["", "不相容。"]))
ACTORS = st.builds(
    Actor,
    st.integers(1, 3),
    st.just("某人"),
    subject=SUBJECTS,
    grants=st.frozensets(GRANTS, max_size=5),
    withheld=st.lists(WITHHELD, max_size=2).map(tuple),
    is_system=st.sampled_from([False, False, False, True]),
)
TARGETS = st.none() | st.builds(Target, REGIONS, SUBJECTS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ACTORS, CODES, TARGETS)
def test_explanation_and_decision_agree(actor: Actor, permission: str, target: Target | None) -> None:
    why = explain(actor, permission, target)
    assert why.decision == allowed(actor, permission, target)
    assert (why.needed is None) == why.decision.allowed
    weighed = {each for each in actor.grants if each.permission == permission}
    withheld = [each.grant for each in actor.withheld if each.grant.permission == permission]
    assert len(why.findings) == len(weighed) + len(withheld)
    if not actor.is_system:
        assert any(each.carries for each in why.findings) == why.decision.allowed
        assert [each for each in why.findings if each.carries and not _decides_alone(actor, each, target)] == []


def _decides_alone(actor: Actor, found: Finding, target: Target | None) -> bool:
    """Whether somebody with only this grant would be allowed."""
    alone = Actor(actor.id, actor.name, subject=actor.subject, grants=frozenset({found.grant}))
    return allowed(alone, found.grant.permission, target).allowed


def test_the_sentences_say_role_region_days_and_what_is_needed() -> None:
    city = Grant("x.do", Scope.REGION, "420200", "clerk", "市级审核员", until=date(2026, 12, 31))
    actor = Actor(1, "某人", grants=frozenset({city}))
    inside, outside = explain(actor, "x.do", Target("420281")), explain(actor, "x.do", Target("420100"))
    sentence = "岗位“市级审核员”给予此权限，范围：湖北省黄石市及其下级，至2026-12-31止。"
    assert [(str(each.sentence), each.carries) for each in inside.findings] == [(sentence, True)]
    assert [(str(each.outcome), each.carries) for each in outside.findings] == [("所选对象不在此范围内。", False)]
    assert str(outside.needed) == "需要一个包含此权限的岗位，范围包括湖北省武汉市。"
    nobody = explain(Actor(2, "某人", withheld=(Withheld(city, "x", "不相容。"),)), "x.do", Target("", "A"))
    assert str(nobody.findings[0].outcome) == "但此权限被限制使用：不相容。"
    assert "统一社会信用代码A" in str(nobody.needed)
    assert not explain(Actor(3, "某人"), "x.do").findings
    assert explain(system_actor("任务"), "x.do", Target("420100")).decision.allowed


def test_every_reach_has_words() -> None:
    grants = [Grant("x.do", scope, region, "r", "岗位") for scope in Scope for region in ("", "420200")]
    actor = Actor(1, "某人", grants=frozenset(grants))
    words = {str(each.sentence) for each in explain(actor, "x.do").findings}
    assert len(words) == 4
    assert any("没有区域，不生效" in sentence for sentence in words)
