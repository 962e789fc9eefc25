"""Runs that somebody asked for: kept in the database, so that disabling a plugin parks them and loses none.

A request waits, is taken by one consumer, and goes when its run went well. After a failed try it waits longer each
time; after the last one it is a dead letter (死信), which stays until a person retries or dismisses it.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from peewee import ModelSelect

from shuixin import audit
from shuixin.access import Actor, require
from shuixin.database import transaction
from shuixin.errors import Conflict, NotFound, Refused
from shuixin.jobs.models import JobRequest, JobRun
from shuixin.kit import clock
from shuixin.texts import domain

_ = domain("shuixin")
#: Permission to ask for runs, and to retry and dismiss dead letters.
MANAGE = "shuixin.jobs"
#: Wait after the first failed try; four times as long after each further one, up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
NAME_LENGTH = 80
#: Characters of all arguments together, as JSON.
ARGUMENTS_LENGTH = 10_000


def request_job(
    actor: Actor, name: str, *, arguments: Mapping[str, Any] | None = None, permission: str = MANAGE
) -> JobRequest:
    """Ask for one run of the job *name*; it is done as soon as a consumer runs and the job's plugin is on.

    A plugin that asks for one of its own accord does so as the platform: ``request_job(system_actor("…"), name)``.

    :param arguments: given to a job that declares the parameter ``arguments``; plain JSON values, none of them private.
    :param permission: what lets the actor ask for this very job, where that is not the management of all jobs.
    :raises Forbidden: the actor does not hold it.
    :raises Refused: no job can have that name, or the arguments are too long.
    :raises TypeError: the arguments are no JSON.
    """
    require(actor, permission)
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise Refused(_("任务名应为1至{limit}个字符，请用 shuixin jobs list 查看。", limit=NAME_LENGTH))
    given = dict(arguments or {})
    if len(json.dumps(given)) > ARGUMENTS_LENGTH:
        raise Refused(_("任务参数过长，请缩减后再试。"))
    with transaction():
        made = JobRequest.create(name=name, requested_at=clock.now(), requested_by=actor.name, arguments=given)
        audit.append(actor, "job.request", "job", name, {"request": made.id})
    found: JobRequest = made
    return found


def retry_request(actor: Actor, number: int) -> JobRequest:
    """Let the dead letter *number* wait again, with all its tries before it, and return it.

    :raises Forbidden: the actor does not manage jobs.
    :raises NotFound: there is no such request any more.
    :raises Conflict: it is no dead letter, somebody retried it already.
    """
    again = {"dead_at": None, "not_before": clock.now(), "tries": 0, "reason": ""}
    with transaction():
        letter = _letter(actor, number)
        _moved(JobRequest.update(again).where(_is_dead(number)).execute())
        audit.append(actor, "job.retry", "job", letter.name, _facts(letter))
    return letter


def dismiss_request(actor: Actor, number: int, *, note: str = "") -> JobRequest:
    """Give the dead letter *number* up for good and return what it was; its failed runs stay on record.

    :param note: why, for the audit chain; 200 characters of it are kept.
    :raises Forbidden: the actor does not manage jobs.
    :raises NotFound: there is no such request any more.
    :raises Conflict: it is no dead letter, somebody retried it already.
    """
    with transaction():
        letter = _letter(actor, number)
        _moved(JobRequest.delete().where(_is_dead(number)).execute())
        audit.append(actor, "job.dismiss", "job", letter.name, {**_facts(letter), "note": note.strip()[:200]})
    return letter


def _letter(actor: Actor, number: int) -> JobRequest:
    require(actor, MANAGE)
    found: JobRequest | None = JobRequest.get_or_none(JobRequest.id == number)
    if found is None:
        raise NotFound(_("没有编号为{number}的死信，可能已由他人处理。", number=number))
    return found


def _is_dead(number: int) -> object:
    return (JobRequest.id == number) & JobRequest.dead_at.is_null(False)


def _moved(rows: int) -> None:
    if not rows:
        raise Conflict(_("这条请求不是死信，可能已由他人重试。请刷新页面核对。"))


def _facts(letter: JobRequest) -> dict[str, object]:
    """Return what the audit chain keeps; not the reason, in which a job may have quoted private values."""
    asked = {"requested_by": letter.requested_by, "requested_at": letter.requested_at.isoformat()}
    return {"request": letter.id, "tries": letter.tries, **asked}


# --- what there is ----------------------------------------------------------------------------------------------


def _alive() -> "ModelSelect[JobRequest]":
    return JobRequest.select().where(JobRequest.dead_at.is_null()).order_by(JobRequest.id)


def parked(offered: Iterable[str]) -> list[JobRequest]:
    """Return the requests for jobs that are not *offered* now, dead letters apart."""
    return list(_alive().where(JobRequest.name.not_in(sorted(offered))))


def waiting(offered: Iterable[str]) -> list[JobRequest]:
    """Return the requests for *offered* jobs that no consumer has taken yet, oldest first; dead letters apart."""
    return list(_alive().where(JobRequest.name.in_(sorted(offered)), JobRequest.taken_at.is_null()))


def dead_letters() -> list[JobRequest]:
    """Return the requests whose last try failed, the latest first."""
    dead = JobRequest.select().where(JobRequest.dead_at.is_null(False))
    return list(dead.order_by(JobRequest.dead_at.desc(), JobRequest.id.desc()))


# --- the consumer's side ----------------------------------------------------------------------------------------


def take(offered: Iterable[str], now: datetime | None = None) -> JobRequest | None:
    """Return the oldest due request for one of the *offered* jobs, marked as taken; ``None`` if none is due.

    :param now: the instant to go by, the present one if none is given.
    """
    now = now or clock.now()
    due = JobRequest.not_before.is_null() | (JobRequest.not_before <= now)
    free = JobRequest.taken_at.is_null()
    for request in _alive().where(JobRequest.name.in_(sorted(offered)), free, due):
        mine = JobRequest.update(taken_at=now).where(JobRequest.id == request.id, free)
        if mine.execute():
            return request
    return None


def settle(request: JobRequest, run: JobRun, *, retries: int, now: datetime, interrupted: bool = False) -> None:
    """Draw the conclusion from *run*, which was made for the taken *request*.

    :param retries: how often the job is tried again.
    :param interrupted: the platform itself ended the run, which is no fault of the job: it waits again.
    """
    if run.ok:
        finish(request)
        return
    change: dict[str, object] = {"taken_at": None}
    if not interrupted:
        tries = request.tries + 1
        change |= {"tries": tries, "reason": run.message, "not_before": now + wait_after(tries)}
        if tries > retries:
            change |= {"dead_at": now, "not_before": None}
    JobRequest.update(change).where(JobRequest.id == request.id).execute()


def wait_after(tries: int) -> timedelta:
    """Return how long a request waits after *tries* failed ones."""
    factor: int = 4 ** min(tries - 1, 10)
    return min(FIRST_WAIT * factor, LONGEST_WAIT)


def finish(request: JobRequest) -> None:
    """Forget *request*; what came of it stands among the runs."""
    JobRequest.delete().where(JobRequest.id == request.id).execute()


def release() -> None:
    """Give back what a consumer had taken when it was killed; a job must bear being run again."""
    JobRequest.update(taken_at=None).where(JobRequest.taken_at.is_null(False)).execute()
