"""The jobs page (任务管理): what runs, waits, failed and is planned; the same functions as the command line."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Job,
    OfficePage,
    Text,
    clock,
    current_platform,
    domain,
    expose,
    form_number,
    jobs,
    number_of,
    page_number,
)

_ = domain("administration")
#: A request that is due waits no longer than this while nothing else runs.
PATIENCE = timedelta(minutes=2)


@dataclass(frozen=True)
class Planned:
    """A job on offer: whose it is, its schedule in words, its next and its latest run."""

    job: Job
    owner: str
    schedule: Text
    next_run: datetime | None
    latest: jobs.JobRun | None


class JobsPage(OfficePage):
    """Runs, requests and schedules; what people do here stands in the audit chain."""

    @expose("/")
    def index(self) -> str:
        """Show everything, and beside it the dead letter that is about to be dismissed."""
        now, offered = clock.now(), jobs.offered_jobs(current_platform())
        names = set(offered)
        going, queue, dead = jobs.running(), jobs.waiting(names), jobs.dead_letters()
        page: str = self.render(
            "administration/jobs.html",
            running=going,
            waiting=queue,
            stalled=not going and _overdue(queue, now),
            parked=jobs.parked(names),
            dead=dead,
            planned=_planned(offered.values(), now),
            dismissing=_chosen(dead),
            now=now,
            lasted=lambda run: lasted((run.finished_at or now) - run.started_at),
            **_history(names),
        )
        return page

    @expose("/request", methods=("POST",))
    def request(self) -> ResponseReturnValue:
        """Ask for one run of a job."""
        name = request.form.get("job", "")
        return self.carry_out(
            lambda: jobs.request_job(self.actor, name),
            lambda made: _("已登记“{name}”，任务进程将在几秒内执行。", name=made.name),
        )

    @expose("/retry", methods=("POST",))
    def retry(self) -> ResponseReturnValue:
        """Let a dead letter wait for its run again."""
        number = form_number("number")
        return self.carry_out(
            lambda: jobs.retry_request(self.actor, number), lambda letter: _("“{name}”已重新排队。", name=letter.name)
        )

    @expose("/dismiss", methods=("POST",))
    def dismiss(self) -> ResponseReturnValue:
        """Give a dead letter up."""
        number, note = form_number("number"), request.form.get("note", "")
        return self.carry_out(
            lambda: jobs.dismiss_request(self.actor, number, note=note),
            lambda letter: _("已忽略“{name}”的这次请求，失败记录仍可查看。", name=letter.name),
        )


def _owner(job: Job) -> str:
    """Return whose *job* is, in words: a plugin's, or the platform's own."""
    plugin = job.name.partition(".")[0]
    bundle = current_platform().loaded.bundles.get(plugin)
    return str(bundle.plugin.label or plugin) if bundle else str(_("平台"))


def _planned(offered: Collection[Job], now: datetime) -> list[Planned]:
    latest = jobs.latest_runs(job.name for job in offered)
    return [
        Planned(
            job=job,
            owner=_owner(job),
            schedule=jobs.in_words(job.schedule),
            next_run=jobs.next_run(job.schedule, now),
            latest=latest.get(job.name),
        )
        for job in offered
    ]


def _overdue(queue: list[jobs.JobRequest], now: datetime) -> bool:
    """Whether a request is due for so long that no consumer can be at work."""
    return any((each.not_before or each.requested_at) < now - PATIENCE for each in queue)


def _chosen(dead: list[jobs.JobRequest]) -> jobs.JobRequest | None:
    """Return the dead letter that the address names, ``None`` if it names none."""
    number = number_of(request.args.get("dismiss", ""))
    return next((each for each in dead if each.id == number), None)


def _history(names: set[str]) -> dict[str, Any]:
    """Return the finished runs that the address asks for, and what it may ask for."""
    known = sorted(names | jobs.names_on_record())
    asked, outcome = request.args.get("job", ""), request.args.get("outcome", "")
    filters = {"job": asked if asked in known else "", "outcome": outcome if outcome in jobs.OUTCOMES else ""}
    return {
        "runs": jobs.finished_runs(filters["job"], filters["outcome"], page_number()),
        "names": known,
        "filters": {name: text for name, text in filters.items() if text},
    }


def lasted(time: timedelta) -> Text:
    """Return *time* as people read it, to the second."""
    seconds = max(0, int(time.total_seconds()))
    if seconds < 60:
        return _("{seconds}秒", seconds=seconds)
    if seconds < 3600:
        return _("{minutes}分{seconds}秒", minutes=seconds // 60, seconds=seconds % 60)
    return _("{hours}小时{minutes}分", hours=seconds // 3600, minutes=seconds % 3600 // 60)
