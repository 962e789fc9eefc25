"""What jobs did, and what was asked of them."""

from peewee import BigIntegerField, BooleanField, CharField, IntegerField, TextField

from shuixin.database import BaseModel, JSONField, UTCDateTimeField


class JobRun(BaseModel):
    """One run of a job; kept for thirty days. It is going on for as long as it has no end."""

    name = CharField(max_length=80, index=True)
    started_at = UTCDateTimeField(index=True)
    finished_at = UTCDateTimeField(null=True)
    ok = BooleanField(default=False)
    message = TextField(default="")
    #: Progress as the job reports it: pieces done, of how many (0: unknown), and words on the present step.
    done = BigIntegerField(default=0)
    total = BigIntegerField(default=0)
    note = TextField(default="")
    #: What the request asked for in particular; no private values.
    arguments = JSONField(default=dict)

    class Meta:
        """Core table."""

        table_name = "shuixin_job_run"


class JobRequest(BaseModel):
    """A run that somebody asked for: waiting, taken by a consumer, or a dead letter (死信).

    It waits (parked) for as long as no enabled plugin offers the job, and until ``not_before`` after a failed try.
    """

    name = CharField(max_length=80, index=True)
    requested_at = UTCDateTimeField()
    requested_by = CharField(max_length=100)
    taken_at = UTCDateTimeField(null=True)
    #: Tries that failed.
    tries = IntegerField(default=0)
    not_before = UTCDateTimeField(null=True)
    #: When the last try failed; from then on only a person moves it.
    dead_at = UTCDateTimeField(null=True)
    #: Why the latest try failed.
    reason = TextField(default="")
    #: What the job is given; no private values, since everybody who manages jobs may see them.
    arguments = JSONField(default=dict)

    class Meta:
        """Core table."""

        table_name = "shuixin_job_request"
