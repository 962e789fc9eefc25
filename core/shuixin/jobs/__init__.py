"""Background jobs: declared by plugins, run by one consumer process, each run in a process of its own."""

from shuixin.jobs.models import JobRequest, JobRun
from shuixin.jobs.progress import report_progress
from shuixin.jobs.requests import dead_letters, dismiss_request, parked, request_job, retry_request, waiting
from shuixin.jobs.runner import offered_jobs, run_consumer, run_job, run_once

__all__ = [
    "JobRequest",
    "JobRun",
    "dead_letters",
    "dismiss_request",
    "offered_jobs",
    "parked",
    "report_progress",
    "request_job",
    "retry_request",
    "run_consumer",
    "run_job",
    "run_once",
    "waiting",
]
