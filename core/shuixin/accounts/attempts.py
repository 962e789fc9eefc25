"""Attempts to sign in: the log of them (登录日志), and what follows from failures.

Failures are counted in the database, so all processes see the same. The lock slides: it ends by itself when the
oldest of the failures that made it leaves the window. What was typed counts, whether such an account exists or not, so
that nobody learns which accounts there are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shuixin import audit
from shuixin.access import Actor
from shuixin.access.roles import SECURITY
from shuixin.accounts.grants import require_over
from shuixin.accounts.models import SignInAttempt
from shuixin.accounts.services import find_user
from shuixin.database import db, exclusive, transaction
from shuixin.kit.search import Index
from shuixin.settings import SignInSettings

#: A source may fail so many times as often as one account before it is asked a challenge: many people share one.
SOURCE_PATIENCE = 5
#: How long the log is kept (网络安全法 art. 21: at least six months).
KEPT = timedelta(days=400)
attempt_index = Index("shuixin_sign_in_search")


class Outcome(StrEnum):
    """What became of an attempt."""

    #: Still being checked; counts as a failure, so that attempts made side by side cannot outrun the lock.
    OPEN = "open"
    #: The password was right; the second factor is still to come, so earlier failures still count.
    FIRST = "first"
    OK = "ok"
    WRONG = "wrong"
    LOCKED = "locked"
    CHALLENGE = "challenge"
    #: No attempt at all: an administrator ended a lock.
    UNLOCKED = "unlocked"


FAILURES = (Outcome.OPEN, Outcome.WRONG)
#: Refused without a look at the password: a minute of it from one address is one row, lest a flood fill the disk.
UNCHECKED = (Outcome.LOCKED, Outcome.CHALLENGE)


@dataclass(frozen=True)
class Standing:
    """What an account and a source may do now.

    :param locked_until: when the lock ends; ``None`` if there is none.
    :param challenged: whether a challenge is to be answered.
    """

    locked_until: datetime | None = None
    challenged: bool = False


def standing(rules: SignInSettings, username: str, address: str, now: datetime) -> Standing:
    """Return how the account typed as *username* and the source *address* stand at *now*."""
    window = timedelta(minutes=rules.minutes)
    account = _failures(SignInAttempt.username == username, now - window, _last_success(username))
    source = _failures(SignInAttempt.address == address, now - window) if address else []
    ends = [
        failed[limit - 1] + window
        for failed, limit in ((account, rules.failures), (source, rules.source_failures))
        if len(failed) >= limit
    ]
    challenged = len(account) >= rules.challenge_after or len(source) >= rules.challenge_after * SOURCE_PATIENCE
    return Standing(max(ends, default=None), challenged)


def _failures(whose: Any, since: datetime, after: int = 0) -> list[datetime]:
    """Return when the failures were, newest first."""
    query = SignInAttempt.select(SignInAttempt.at).where(
        whose, SignInAttempt.outcome.in_(FAILURES), SignInAttempt.at > since, SignInAttempt.id > after
    )
    return [row.at for row in query.order_by(SignInAttempt.at.desc(), SignInAttempt.id.desc()).limit(1000)]


def _last_success(username: str) -> int:
    ended = SignInAttempt.outcome.in_((Outcome.OK, Outcome.UNLOCKED))
    row = SignInAttempt.select().where(SignInAttempt.username == username, ended).order_by(SignInAttempt.id.desc())
    last = row.first()
    return int(last.id) if last else 0


def begin(
    rules: SignInSettings, username: str, address: str, agent: str, now: datetime
) -> tuple[Standing, SignInAttempt]:
    """Note that somebody tries, before anything is checked; return how they stand and the note."""
    with transaction():
        exclusive(f"sign-in {username}")
        found = standing(rules, username, address, now)
        outcome = Outcome.LOCKED if found.locked_until else Outcome.OPEN
        attempt = _note(username=username[:40], address=address[:60], agent=agent[:300], at=now, outcome=outcome)
    return found, attempt


def _note(**facts: Any) -> SignInAttempt:
    attempt: SignInAttempt = SignInAttempt.create(**facts)
    attempt_index.put(db.obj, attempt.id, [attempt.username, attempt.address])
    return attempt


def finish(attempt: SignInAttempt, outcome: Outcome) -> None:
    """Note what became of *attempt*; one that was not checked is counted with others of its address and minute."""
    with transaction():
        if outcome not in UNCHECKED or not _counted_with_others(attempt, outcome):
            SignInAttempt.update(outcome=outcome).where(SignInAttempt.id == attempt.id).execute()


def _counted_with_others(attempt: SignInAttempt, outcome: Outcome) -> bool:
    same = (SignInAttempt.address == attempt.address) & (SignInAttempt.outcome == outcome)
    recent = (SignInAttempt.at > attempt.at - timedelta(minutes=1)) & (SignInAttempt.id < attempt.id)
    first = SignInAttempt.select(SignInAttempt.id).where(same, recent).order_by(SignInAttempt.id.desc()).first()
    if first is None:
        return False
    SignInAttempt.update(times=SignInAttempt.times + 1).where(SignInAttempt.id == first.id).execute()
    SignInAttempt.delete().where(SignInAttempt.id == attempt.id).execute()
    attempt_index.remove(db.obj, attempt.id)
    return True


def unlock(actor: Actor, username: str, now: datetime) -> None:
    """Forget the failures of an account, which ends its lock.

    :raises NotFound: there is no such account.
    :raises Forbidden: the account is out of the actor's reach.
    """
    require_over(actor, SECURITY, find_user(username))
    with transaction():
        _note(username=username, address="", agent=actor.name, at=now, outcome=Outcome.UNLOCKED)
        audit.append(actor, "account.unlock", "user", username)


def sweep(now: datetime) -> int:
    """Remove attempts older than the log is kept, and return how many."""
    old = [row.id for row in SignInAttempt.select(SignInAttempt.id).where(SignInAttempt.at < now - KEPT)]
    with transaction():
        for key in old:
            attempt_index.remove(db.obj, key)
        return int(SignInAttempt.delete().where(SignInAttempt.at < now - KEPT).execute())
