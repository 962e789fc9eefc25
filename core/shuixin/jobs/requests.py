"""Runs that somebody asked for: kept in the database, so that disabling a plugin parks them and loses none."""

from shuixin import audit
from shuixin.access import Actor
from shuixin.database import transaction
from shuixin.jobs.models import JobRequest
from shuixin.kit import clock


def request_job(actor: Actor, name: str) -> JobRequest:
    """Ask for one run of the job *name*; it is done as soon as a consumer runs and the job's plugin is on."""
    with transaction():
        made = JobRequest.create(name=name, requested_at=clock.now(), requested_by=actor.name)
        audit.append(actor, "job.request", "job", name)
    found: JobRequest = made
    return found


def parked(offered: set[str]) -> list[JobRequest]:
    """Return the requests for jobs that are not *offered* now."""
    return list(JobRequest.select().where(JobRequest.name.not_in(sorted(offered))).order_by(JobRequest.id))


def take(offered: set[str]) -> JobRequest | None:
    """Return the oldest waiting request for one of the *offered* jobs, marked as taken; ``None`` if none waits."""
    waiting = JobRequest.select().where(JobRequest.name.in_(sorted(offered)), JobRequest.taken_at.is_null())
    for request in waiting.order_by(JobRequest.id):
        mine = JobRequest.update(taken_at=clock.now()).where(JobRequest.id == request.id, JobRequest.taken_at.is_null())
        if mine.execute():
            found: JobRequest = request
            return found
    return None


def finish(request: JobRequest) -> None:
    """Forget *request*; what came of it stands among the runs."""
    JobRequest.delete().where(JobRequest.id == request.id).execute()


def release() -> None:
    """Give back what a consumer had taken when it was killed; a job must bear being run again."""
    JobRequest.update(taken_at=None).execute()
