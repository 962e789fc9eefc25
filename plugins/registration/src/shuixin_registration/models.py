"""Requests for accounts, and which account of a subject is its main one."""

from peewee import CharField, ForeignKeyField, TextField

from shuixin.api import User, UTCDateTimeField, VersionedModel


class MainAccount(VersionedModel):
    """The main account (主账号) of a market subject; all its other accounts are sub-accounts (子账号)."""

    subject = CharField(max_length=18, unique=True)
    user = ForeignKeyField(User, unique=True, on_delete="RESTRICT")
    #: Of the authority in charge of the subject's accounts.
    region = CharField(max_length=6, index=True)
    since = UTCDateTimeField()

    class Meta:
        """Plugin table."""

        table_name = "registration_main_account"


class Registration(VersionedModel):
    """An enterprise's request for its account (企业注册), and what became of it."""

    receipt = CharField(max_length=20, unique=True)
    #: Keyed hash of the inquiry code (查询码), which is shown once.
    code_hash = CharField(max_length=64)
    uscc = CharField(max_length=18, index=True)
    enterprise = CharField(max_length=100)
    region = CharField(max_length=6, index=True)
    contact = CharField(max_length=40)
    #: Sealed.
    mobile = CharField(max_length=200)
    #: The name wished for; once there is an account, its name.
    username = CharField(max_length=40)
    #: Hash of the password chosen; ``""`` once the case is settled.
    password = CharField(max_length=255)
    #: Which notice on personal information (告知书) was agreed to, and the hash of its text.
    notice = CharField(max_length=40)
    notice_hash = CharField(max_length=64)
    address = CharField(max_length=60)
    created_at = UTCDateTimeField(index=True)
    submitted_at = UTCDateTimeField()
    stage = CharField(max_length=10, index=True)
    #: Since when it is at this stage.
    stage_at = UTCDateTimeField()
    #: Why it was returned, refused or sent on, in words for the applicant.
    reason = TextField(default="")
    user = ForeignKeyField(User, null=True, on_delete="RESTRICT")

    class Meta:
        """Plugin table."""

        table_name = "registration_request"
        indexes = ((("address", "created_at"), False),)
