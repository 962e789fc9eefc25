"""Subjects and filings; the record types are in ``kinds``."""

from typing import TYPE_CHECKING

from peewee import BooleanField, CharField, DateField, ForeignKeyField, IntegerField, ModelSelect, TextField

from shuixin.api import BaseModel, JSONField, UTCDateTimeField, VersionedModel


class Subject(BaseModel):
    """A market subject (市场主体), known by its 统一社会信用代码 from its first submitted filing on."""

    uscc = CharField(max_length=18, unique=True)
    name = CharField(max_length=100)
    #: Where it is registered (所属省市).
    region = CharField(max_length=6, index=True)
    #: Region of the authority in charge of it, which decides who may see and review it.
    authority = CharField(max_length=6, index=True)
    #: Account that declared it first; 0 for subjects that the authority entered.
    owner = IntegerField(default=0)
    #: Counts approved filings; what the public sees is projected from one such state.
    register_version = IntegerField(default=0)
    created_at = UTCDateTimeField()

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_subject"


class Filing(VersionedModel):
    """A case (申报/变更): what somebody wants to change in the Register, on its way through review."""

    number = CharField(max_length=20, null=True, unique=True)
    subject = ForeignKeyField(Subject, null=True, on_delete="RESTRICT", index=True)
    kind = CharField(max_length=10)
    source = CharField(max_length=10)
    stage = CharField(max_length=10, index=True)
    #: Region of the authority that reviews it, which need not be where the subject is registered.
    region = CharField(max_length=6, index=True)
    #: What the filer typed, by record type and record key; kept as typed until it is submitted.
    draft = JSONField()
    created_by = IntegerField(index=True)
    created_at = UTCDateTimeField()
    submitted_by = IntegerField(null=True)
    submitter_name = CharField(max_length=100, default="")
    submitted_at = UTCDateTimeField(null=True, index=True)
    reviewed_by = IntegerField(null=True)
    approved_by = IntegerField(null=True)
    approved_at = UTCDateTimeField(null=True)
    #: The legal day from which on its changes hold; ``None`` for the day of approval.
    effective_on = DateField(null=True)
    #: The present step: when it began, the days on which its term stood still, its last day (``None``: not known),
    #: the day from which on it is urgent, and the policy set by which both were told.
    step_began_at = UTCDateTimeField(null=True)
    step_pauses = JSONField(null=True)
    due_on = DateField(null=True, index=True)
    warn_on = DateField(null=True)
    term_policy = CharField(max_length=40, default="")

    if TYPE_CHECKING:
        items: ModelSelect["FilingItem"]
        events: ModelSelect["FilingEvent"]

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_filing"


class FilingItem(BaseModel):
    """One thing in a filing that is judged by itself: a field of a single record, or one record of a list."""

    filing = ForeignKeyField(Filing, backref="items", on_delete="CASCADE", index=True)
    position = IntegerField()
    record_type = CharField(max_length=40)
    key = CharField(max_length=32)
    field = CharField(max_length=40, default="")
    action = CharField(max_length=10)
    before = JSONField(null=True)
    after = JSONField(null=True)
    base_version = IntegerField(default=0)
    verdict = CharField(max_length=10)
    reason = TextField(default="")
    reply = TextField(default="")

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_filing_item"


class FilingEvent(BaseModel):
    """One step in the life of a filing (办理记录)."""

    filing = ForeignKeyField(Filing, backref="events", on_delete="CASCADE", index=True)
    at = UTCDateTimeField()
    actor_id = IntegerField()
    actor_name = CharField(max_length=100)
    unit_name = CharField(max_length=100, default="")
    #: On whose behalf it was done (委托人); 0 for the own right.
    behalf_id = IntegerField(default=0)
    behalf_name = CharField(max_length=100, default="")
    act = CharField(max_length=12)
    note = TextField(default="")

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_filing_event"


class Commitment(BaseModel):
    """What an enterprise committed itself to with one submission (信用承诺), in the words it was shown."""

    filing = ForeignKeyField(Filing, backref="commitments", on_delete="CASCADE", index=True)
    #: The policy set that the text was taken from.
    policy = CharField(max_length=40)
    title = CharField(max_length=200)
    basis = TextField()
    clauses = JSONField()
    given_by = IntegerField()
    giver_name = CharField(max_length=100)
    given_at = UTCDateTimeField()

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_commitment"


class ImportBatch(VersionedModel):
    """One workbook of the authority (批次): read, judged row by row, filed, and undone if need be."""

    name = CharField(max_length=200)
    #: Attachment that holds the workbook; ``""`` for one that was read from a path.
    file = CharField(max_length=40, default="")
    digest = CharField(max_length=64, index=True)
    #: reading, judging, judged, filing, filed, undoing, undone, or failed.
    stage = CharField(max_length=10, index=True)
    #: What failed, in words, while the stage is ``failed``.
    message = TextField(default="")
    created_by = IntegerField(index=True)
    creator_name = CharField(max_length=100)
    created_at = UTCDateTimeField()
    #: Rows read, and of them by outcome.
    total = IntegerField(default=0)
    counts = JSONField(null=True)
    filed_at = UTCDateTimeField(null=True)
    undone_at = UTCDateTimeField(null=True)

    if TYPE_CHECKING:
        units: ModelSelect["ImportUnit"]

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_import_batch"


class ImportUnit(BaseModel):
    """What a batch says about one unit; it becomes one filing."""

    batch = ForeignKeyField(ImportBatch, backref="units", on_delete="CASCADE")
    uscc = CharField(max_length=40)
    name = CharField(max_length=100, default="")
    #: State of the Register that the rows were judged against; -1 before that.
    register_version = IntegerField(default=-1)
    counts = JSONField(null=True)
    #: Whether the officer leaves the unit out.
    left_out = BooleanField(default=False)
    filing = ForeignKeyField(Filing, null=True, on_delete="RESTRICT", backref="import_units")
    #: The filing that takes this one back, and what it could not take back.
    undo_filing = ForeignKeyField(Filing, null=True, on_delete="RESTRICT", backref="undone_units")
    kept = JSONField(null=True)
    #: Why the unit could not be filed or undone, in words.
    message = TextField(default="")

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_import_unit"
        indexes = ((("batch", "uscc"), True),)


class ImportRow(BaseModel):
    """What one row of a workbook would do to the Register; what it says is in the workbook, which is kept."""

    batch = ForeignKeyField(ImportBatch, on_delete="CASCADE")
    position = IntegerField()
    sheet = CharField(max_length=40)
    number = IntegerField()
    record_type = CharField(max_length=40)
    uscc = CharField(max_length=40)
    #: create, change, same, refused.
    action = CharField(max_length=8)
    key = CharField(max_length=32, default="")
    title = CharField(max_length=200, default="")
    before = JSONField(null=True)
    after = JSONField(null=True)
    base_version = IntegerField(default=0)
    #: (field, value, rule, remedy) of each problem.
    problems = JSONField(null=True)

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_import_row"
        indexes = ((("batch", "position"), True), (("batch", "uscc", "action"), False), (("batch", "action"), False))


class Claim(BaseModel):
    """What one record says that another record, here or at another unit, may contradict (:mod:`services.claims`).

    An index, not a source: it follows from the present records of the Register, or (``filing``) from what a filing
    would make of them. The days are half-open; ``None`` is no limit.
    """

    kind = CharField(max_length=12)
    #: The same for what is the same: a keyed hash, or a certificate's number without its punctuation.
    value = CharField(max_length=64)
    sort = CharField(max_length=80, default="")
    place = CharField(max_length=64, default="")
    subject = ForeignKeyField(Subject, on_delete="RESTRICT", index=True)
    filing = ForeignKeyField(Filing, null=True, on_delete="CASCADE", index=True)
    record_type = CharField(max_length=40)
    key = CharField(max_length=32)
    from_on = DateField(null=True)
    until_on = DateField(null=True)

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_claim"
        indexes = ((("value", "kind"), False),)


class ClaimsKept(BaseModel):
    """Which state of a subject's Register its claims and expiries follow from."""

    subject = ForeignKeyField(Subject, on_delete="RESTRICT", unique=True)
    register_version = IntegerField()

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_claims_kept"


class Expiry(BaseModel):
    """The last day of one present certificate, and of which reminder its holder was last told (days before)."""

    subject = ForeignKeyField(Subject, on_delete="RESTRICT", index=True)
    record_type = CharField(max_length=40)
    key = CharField(max_length=32)
    valid_to = DateField(index=True)
    told = IntegerField(null=True)

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_expiry"


class Clash(VersionedModel):
    """Two records of the Register that contradict each other (疑似冲突), told to both sides once and kept for good."""

    identity = CharField(max_length=64, unique=True)
    kind = CharField(max_length=12, index=True)
    left = ForeignKeyField(Subject, on_delete="RESTRICT", index=True)
    left_region = CharField(max_length=6, index=True)
    left_type = CharField(max_length=40)
    left_key = CharField(max_length=32)
    right = ForeignKeyField(Subject, on_delete="RESTRICT", index=True)
    right_region = CharField(max_length=6, index=True)
    right_type = CharField(max_length=40)
    right_key = CharField(max_length=32)
    #: The days on which both were said to hold; half-open, ``None`` for no limit.
    from_on = DateField(null=True)
    until_on = DateField(null=True)
    #: The filing whose approval made it; ``None`` where the nightly search found it.
    filing = ForeignKeyField(Filing, null=True, on_delete="RESTRICT", index=True)
    found_at = UTCDateTimeField(index=True)
    status = CharField(max_length=10, index=True)
    reason = TextField(default="")
    decided_by = IntegerField(default=0)
    decided_name = CharField(max_length=100, default="")
    decided_at = UTCDateTimeField(null=True)

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_clash"


class ApiToken(BaseModel):
    """What the system of an enterprise signs its requests with (接口令牌); only a keyed hash of its secret is kept."""

    label = CharField(max_length=60)
    #: Part of the token by which it is found and shown; no secret.
    prefix = CharField(max_length=12, unique=True)
    secret_hash = CharField(max_length=64)
    #: 统一社会信用代码 of the one subject it is for.
    subject = CharField(max_length=18, index=True)
    #: The account in whose name it acts.
    created_by = IntegerField(index=True)
    creator_name = CharField(max_length=100)
    created_at = UTCDateTimeField()
    #: The last legal day on which it counts.
    expires_on = DateField()
    last_used_at = UTCDateTimeField(null=True)
    revoked_at = UTCDateTimeField(null=True)
    #: How many requests came in the minute (since 1970) of the last one.
    minute = IntegerField(default=0)
    requests = IntegerField(default=0)

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_api_token"
