"""Background jobs: declared by plugins, run by one consumer process, each run in a process of its own."""

from shuixin.jobs.models import JobRequest, JobRun
from shuixin.jobs.progress import report_progress
from shuixin.jobs.requests import dead_letters, dismiss_request, parked, request_job, retry_request, waiting
from shuixin.jobs.runner import offered_jobs, run_consumer, run_job, run_once
from shuixin.jobs.runs import OUTCOMES, finished_runs, latest_runs, names_on_record, running
from shuixin.jobs.schedule import in_words, next_run

__all__ = [
    "OUTCOMES",
    "JobRequest",
    "JobRun",
    "dead_letters",
    "dismiss_request",
    "finished_runs",
    "in_words",
    "latest_runs",
    "names_on_record",
    "next_run",
    "offered_jobs",
    "parked",
    "report_progress",
    "request_job",
    "retry_request",
    "run_consumer",
    "run_job",
    "run_once",
    "running",
    "waiting",
]
