"""Main accounts (主账号): the first account of a market subject, however it was made, until it is handed over.

Others make accounts too: the command line, a first filing, all of them also while this plugin is off. So what is not
noted yet is told from the accounts there are, and a job notes it.
"""

from typing import Any

from peewee import fn

from shuixin.api import User, clock, current_platform, find_region, region_prefix
from shuixin_registration.models import MainAccount


def main_account(subject: str) -> MainAccount | None:
    """Return who holds the main account of *subject*, if it has any account; not saved where it is not noted yet."""
    found: MainAccount | None = MainAccount.get_or_none(MainAccount.subject == subject)
    if found is not None or not subject:
        return found
    first: User | None = User.select().where(User.subject == subject).order_by(User.id).first()
    return MainAccount(subject=subject, user=first, region=region_in_charge(subject)) if first else None


def note_all() -> int:
    """See that each subject with an account has its main one noted; return how many were not."""
    unnoted = (User.subject != "") & User.subject.not_in(MainAccount.select(MainAccount.subject))
    found: Any = User.select(fn.MIN(User.id), User.subject).where(unnoted).group_by(User.subject).tuples()
    missing = list(found)  # peewee's types know rows of models only
    for user, subject in missing:
        note(user, subject, region_in_charge(subject))
    return len(missing)


def note(user_id: int, subject: str, region: str) -> None:
    """Make the account the main one of *subject* if it has none."""
    made = MainAccount.insert(subject=subject, user=user_id, region=region, since=clock.now())
    made.on_conflict_ignore().execute()


def region_in_charge(subject: str) -> str:
    """Return the region whose authority sees to the accounts of *subject*.

    It is the one in its code (characters 3 to 8 of GB 32100) if the site is in charge there, else the site's own.
    """
    site, own = current_platform().settings.site.region, subject[2:8]
    return own if own.startswith(region_prefix(site)) and find_region(own) else site
