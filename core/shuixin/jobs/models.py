"""What jobs did."""

from peewee import BooleanField, CharField, TextField

from shuixin.database import BaseModel, UTCDateTimeField


class JobRun(BaseModel):
    """One run of a job; kept for thirty days."""

    name = CharField(max_length=80, index=True)
    started_at = UTCDateTimeField(index=True)
    finished_at = UTCDateTimeField(null=True)
    ok = BooleanField(default=False)
    message = TextField(default="")

    class Meta:
        """Core table."""

        table_name = "shuixin_job_run"


class JobRequest(BaseModel):
    """A run that somebody asked for; it waits (parked) for as long as no enabled plugin offers the job."""

    name = CharField(max_length=80, index=True)
    requested_at = UTCDateTimeField()
    requested_by = CharField(max_length=100)
    taken_at = UTCDateTimeField(null=True)

    class Meta:
        """Core table."""

        table_name = "shuixin_job_request"
