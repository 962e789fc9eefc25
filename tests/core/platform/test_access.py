"""One decision for everybody: denied unless a grant reaches."""

import pytest

from shuixin.access import ANONYMOUS, Actor, Grant, Target, allowed, require, system_actor
from shuixin.access.roles import merge_roles
from shuixin.contributions import Role, Scope
from shuixin.errors import Forbidden, PluginError
from shuixin.texts import Text


def _actor(scope: Scope, region: str = "", subject: str = "") -> Actor:
    return Actor(1, "某人", region=region, subject=subject, grants=frozenset({Grant("x.do", scope, region)}))


@pytest.mark.parametrize(
    ("region", "target", "answer"),
    [
        ("420200", "420281", True),
        ("420200", "420200", True),
        ("420200", "420100", False),
        ("420200", "", False),
        ("420281", "420281", True),
        ("420281", "420200", False),
        ("420000", "420100", True),
        ("420000", "430100", False),
        ("", "420200", False),
    ],
)
def test_a_region_reaches_what_lies_below_it(region: str, target: str, answer: bool) -> None:
    assert allowed(_actor(Scope.REGION, region), "x.do", Target(region=target)).allowed is answer


@pytest.mark.parametrize(
    ("own", "target", "answer"), [("A", "A", True), ("A", "B", False), ("", "", False), ("", "A", False)]
)
def test_an_enterprise_reaches_its_own_subject_only(own: str, target: str, answer: bool) -> None:
    assert allowed(_actor(Scope.OWN, subject=own), "x.do", Target("420200", target)).allowed is answer


def test_another_permission_or_nobody_is_denied() -> None:
    everything = _actor(Scope.ALL)
    assert allowed(everything, "x.do", Target("999999")).allowed
    for actor, permission in ((everything, "x.other"), (ANONYMOUS, "x.do"), (Actor(2, "无岗位"), "x.do")):
        assert not allowed(actor, permission).allowed
        with pytest.raises(Forbidden, match="权限"):
            require(actor, permission)


def test_the_platform_itself_is_allowed_and_named() -> None:
    actor = system_actor("夜间任务")
    require(actor, "anything.at.all", Target("999999"))
    assert (actor.is_authenticated, actor.name) == (False, "夜间任务")


def _role(code: str, *permissions: str, label: str = "岗位") -> Role:
    return Role(code, Text("", label), permissions)


def test_plugins_add_their_permissions_to_one_role() -> None:
    merged = merge_roles(
        [("a", _role("clerk", "a.x", label="甲")), ("b", _role("clerk", "b.y", "a.x"))], {"a.x", "b.y"}
    )
    assert merged["clerk"].permissions == ("a.x", "b.y")
    assert str(merged["clerk"].label) == "甲"
    assert "administrator" in merged


def test_a_role_may_only_name_what_somebody_declares() -> None:
    with pytest.raises(PluginError, match=r"b\.z") as fault:
        merge_roles([("a", _role("clerk", "b.z"))], {"a.x"})
    assert fault.value.plugin == "a"


def test_the_administrator_neither_reviews_nor_publishes(platform_app: object) -> None:
    roles = platform_app.extensions["shuixin"].roles  # type: ignore[attr-defined]
    assert {code.split(".")[0] for code in roles["administrator"].permissions} == {"shuixin", "administration"}
