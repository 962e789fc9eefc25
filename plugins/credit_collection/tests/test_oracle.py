"""The one decision and the web agree: whoever is allowed gets the page, nobody else does, for every post and region."""

from collections.abc import Callable
from itertools import product

from flask import Flask

from shuixin.access import Actor, allowed, system_actor
from shuixin.access.decision import Target
from shuixin.accounts import explain, give_role
from shuixin.accounts.rights import actor_of
from shuixin.kit import clock
from shuixin.kit.identifiers import complete_uscc
from shuixin.testing.fixtures import account_of, client_of
from shuixin.units import Unit
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.permissions import APPROVE, READ, REVIEW

#: Where officials sit: the nation's own code would be none, a province, the city, another city, counties of both.
POSTS = ("420000", "420200", "420100", "420281", "420204", "420102")
#: Some sit in one region and answer for another one too.
ANSWERS_FOR = {"420204": "420281", "420102": "420222"}
ROLES = ("reviewer", "leader", "administrator", "editor")
SUBJECTS = {
    complete_uscc("91420281MA5XG7P31"): "湖北省黄石市大冶市",
    complete_uscc("91420204MA2E9T415"): "湖北省黄石市下陆区",
    complete_uscc("91420222MA2E9T418"): "湖北省黄石市阳新县",
}
PAGES = {REVIEW: "/office/credit_collection/reviews", APPROVE: "/office/credit_collection/approvals"}


def test_what_is_allowed_is_what_the_web_does(
    platform_app: Flask, submitted: Callable[..., Filing], actor_as: Callable[..., Actor]
) -> None:
    platform = platform_app.extensions["shuixin"]
    for number, (code, region) in enumerate(SUBJECTS.items()):
        submitted(actor_as("enterprise", str(number)), uscc=code, name=f"第{number}水利有限公司", reg_region=region)
    filings, subjects = list(Filing.select()), list(Subject.select())
    assert {each.region for each in filings} == {"420281", "420204", "420222"}
    seen = 0
    for post, role in product(POSTS, ROLES):
        unit = Unit.get_or_none(Unit.region == post) or Unit.create(code=f"11{post}0000000000", name=post, region=post)
        user = account_of(role, f"-{post}", unit=unit)
        if post in ANSWERS_FOR:
            give_role(system_actor("测试"), user.username, role, now=clock.now(), region=ANSWERS_FOR[post])
        actor, client = actor_of(user, platform), client_of(platform_app, user)
        for permission, page in PAGES.items():
            for filing in filings:
                reaches = allowed(actor, permission, Target(region=filing.region)).allowed
                why = explain(actor, permission, Target(region=filing.region))
                assert any(each.carries for each in why.findings) == reaches == why.decision.allowed
                status = client.get(f"{page}/{filing.id}").status_code
                expected = 200 if reaches else 404 if actor.holds(permission) else 403
                assert status == expected, (post, role, permission, filing.region)
                seen += reaches
        for subject in subjects:
            reaches = allowed(actor, READ, Target(region=subject.region)).allowed
            status = client.get(f"/office/credit_collection/subjects/details/?id={subject.id}").status_code
            assert (status == 200) == reaches, (post, role, subject.region)
        listed = client.get("/office/credit_collection/subjects/").get_data(as_text=True)
        shown = {each.region for each in subjects if each.uscc in listed}
        assert shown == {each.region for each in subjects if allowed(actor, READ, Target(region=each.region)).allowed}
    assert seen > 0, "nobody was allowed anything: the sweep would say nothing"
