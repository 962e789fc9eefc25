"""Why somebody may, or may not (为何能办、为何不能办): person, permission and object chosen, the decision explained."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from shuixin.api import OfficePage, Target, User, accounts, clock, current_platform, domain, expose, find_region
from shuixin_administration.grants import GrantRow, regions_within, rows_of
from shuixin_administration.roles import grouped_permissions

_ = domain("administration")
#: How many people the field offers; others are typed.
OFFERED = 200


class WhyPage(OfficePage):
    """One form and its answer."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the form, and the answer once it is filled in."""
        people = User.select().where(accounts.in_reach(self.actor, self.permission))
        asked = {name: request.args.get(name, "").strip() for name in ("person", "permission", "region", "subject")}
        user = people.where(User.username == asked["person"][:40]).first() if asked["person"] else None
        permission = current_platform().permissions.get(asked["permission"])
        found = find_region(asked["region"]) if asked["region"] else None
        values: dict[str, Any] = {}
        if user is not None and permission is not None:
            values = self._answer(user, permission.code, found.code if found else "", asked["subject"].upper()[:18])
        page: str = self.render(
            "administration/why.html",
            asked=asked,
            person=user,
            permission=permission,
            people=list(people.order_by(User.username).limit(OFFERED)),
            groups=grouped_permissions(),
            regions=regions_within(self.actor, [self.permission]),
            **values,
        )
        return page

    def _answer(self, user: User, permission: str, region: str, subject: str) -> dict[str, Any]:
        platform, now = current_platform(), clock.now()
        target = Target(region, subject) if region or subject else None
        roles = [each for each in accounts.roles_now(platform).values() if permission in each.permissions]
        return {
            "why": accounts.explain(accounts.actor_of(user, platform, now=now), permission, target),
            "idle": self._idle(user, {each.code for each in roles}),
            "offers": [(each, accounts.givers(user, each, now=now)) for each in roles],
        }

    def _idle(self, user: User, codes: set[str]) -> list[GrantRow]:
        """Return the grants of fitting roles that do not count now: ended, past, to come."""
        running = {each.id for each in accounts.grants_of(user, clock.legal_day(clock.now()))}
        return [each for each in rows_of(user, self.actor) if each.grant.role in codes and each.grant.id not in running]
