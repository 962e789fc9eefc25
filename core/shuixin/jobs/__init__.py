"""Background jobs: declared by plugins, run by one consumer process, each run in a process of its own."""

from shuixin.jobs.models import JobRequest, JobRun
from shuixin.jobs.requests import parked, request_job
from shuixin.jobs.runner import offered_jobs, run_consumer, run_job, run_once

__all__ = ["JobRequest", "JobRun", "offered_jobs", "parked", "request_job", "run_consumer", "run_job", "run_once"]
