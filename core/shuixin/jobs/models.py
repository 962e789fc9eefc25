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
