"""Background jobs: declared by plugins, run by one consumer process."""

from shuixin.jobs.models import JobRun
from shuixin.jobs.runner import run_consumer, run_job, run_once

__all__ = ["JobRun", "run_consumer", "run_job", "run_once"]
