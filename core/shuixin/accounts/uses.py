"""Rights that are held and not used (未使用的权限): the last use of each, and the report."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from peewee import EXCLUDED

from shuixin.access import Grant
from shuixin.accounts.models import RightUse, User
from shuixin.accounts.rights import actor_of
from shuixin.kit import clock
from shuixin.platform import Platform
from shuixin.units.models import Unit


class UseBook:
    """What this application has written down today, so that each use costs one write a day at most."""

    def __init__(self) -> None:
        self._written: set[tuple[int, str]] = set()
        self._day = date.min

    def write(self, user: int, permissions: frozenset[str], day: date) -> None:
        """Note that account *user* used *permissions* on *day*."""
        if day != self._day:
            self._written, self._day = set(), day
        new = {(user, code) for code in permissions} - self._written
        if new:
            rows = [{"user": user, "permission": code, "day": day} for _user, code in sorted(new)]
            RightUse.insert_many(rows).on_conflict(
                conflict_target=[RightUse.user, RightUse.permission], update={RightUse.day: EXCLUDED.day}
            ).execute()
            self._written |= new


@dataclass(frozen=True)
class Unused:
    """A right of an account, and when it was used last; ``None``: not since uses are noted."""

    user: User
    grant: Grant
    used: date | None


def unused_rights(platform: Platform, now: datetime) -> list[Unused]:
    """Return the own rights of staff that nobody used for the days that the settings name, younger ones apart."""
    since = clock.legal_day(now) - timedelta(days=platform.settings.access.unused_days)
    rows: Any = RightUse.select(RightUse.user, RightUse.permission, RightUse.day).tuples()
    used = {(user, permission): day for user, permission, day in rows}
    return [
        Unused(user, grant, used.get((user.id, grant.permission)))
        for user in User.select(User, Unit).join(Unit).where(User.active).order_by(User.username)
        for grant in sorted(actor_of(user, platform, now=now).grants, key=lambda each: (each.role, each.permission))
        if grant.behalf is None
        and max(used.get((user.id, grant.permission), date.min), grant.since or date.min) < since
    ]
