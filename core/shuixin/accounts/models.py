"""People and their sign-ins."""

from flask_security import RoleMixin, UserMixin
from peewee import BigIntegerField, BooleanField, CharField, DateField, ForeignKeyField, IntegerField, TextField

from shuixin.database import BaseModel, JSONField, UTCDateTimeField, VersionedModel
from shuixin.units.models import CLOSED, Unit


class User(UserMixin, BaseModel):
    """An account. Staff belong to a unit, enterprise accounts to a market subject (统一社会信用代码)."""

    username = CharField(max_length=40, unique=True)
    name = CharField(max_length=40)
    password = CharField(max_length=255)
    active = BooleanField(default=True)
    #: What the session cookie names; renewing it ends every session of the account.
    fs_uniquifier = CharField(max_length=64, unique=True)
    email = CharField(max_length=120, null=True)  # type: ignore[assignment]  # Flask-Security assumes one
    #: When the person proved to read mail there; mail goes to confirmed addresses only.
    email_confirmed_at = UTCDateTimeField(null=True)
    unit = ForeignKeyField(Unit, null=True, backref="users", on_delete="RESTRICT")
    subject = CharField(max_length=18, default="", index=True)
    must_change_password = BooleanField(default=False)
    password_changed_at = UTCDateTimeField(null=True)
    #: Secret of the second factor (动态口令), sealed; ``""`` while none is set up.
    totp_secret = CharField(max_length=200, default="")
    #: Number of the newest time step whose code was taken, so that no code is taken twice.
    totp_step = BigIntegerField(default=0)
    created_at = UTCDateTimeField()

    class Meta:
        """Core table."""

        table_name = "shuixin_user"

    @property
    def is_active(self) -> bool:
        """Whether the person may sign in: neither the account nor its unit is closed."""
        return bool(self.active) and (self.unit is None or self.unit.state != CLOSED)

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]  # nobody adds roles this way
        """Return nothing: rights come from :class:`RoleGrant` through ``access``, not from Flask-Security."""
        return []


class RoleGrant(BaseModel):
    """A role given to an account (授权); without effect while no enabled plugin declares the role.

    It is in force on the legal days from ``first_day`` to ``last_day``, both included, unless it was ended before. A
    grant is never changed: it is ended, and another one given.
    """

    user = ForeignKeyField(User, backref="grants", on_delete="RESTRICT")
    role = CharField(max_length=40, index=True)
    #: Region code; ``""``: as far as the role itself reaches, which is the unit's region for most.
    region = CharField(max_length=6, default="")
    first_day = DateField(null=True)
    last_day = DateField(null=True)
    given_at = UTCDateTimeField(null=True)
    given_by = CharField(max_length=100, default="")
    ended_at = UTCDateTimeField(null=True)
    ended_by = CharField(max_length=100, default="")

    class Meta:
        """Core table."""

        table_name = "shuixin_role_grant"


class MadeRole(VersionedModel):
    """A role that was made in the page (自建岗位), beside those that plugins declare; closed, never deleted."""

    code = CharField(max_length=40, unique=True)
    label = CharField(max_length=40)
    description = TextField(default="")
    scope = CharField(max_length=10)
    #: Codes, those of plugins that are switched off included.
    permissions = JSONField(default=list)
    active = BooleanField(default=True)

    class Meta:
        """Core table."""

        table_name = "shuixin_role"


class RightUse(BaseModel):
    """The last legal day on which an account used a permission."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    permission = CharField(max_length=100)
    day = DateField()

    class Meta:
        """Core table."""

        table_name = "shuixin_right_use"
        indexes = ((("user", "permission"), True),)


class LoginSession(BaseModel):
    """One signed-in browser; a cookie without a live row here is worth nothing."""

    token_hash = CharField(max_length=64, unique=True)
    user = ForeignKeyField(User, backref="sessions", on_delete="CASCADE")
    created_at = UTCDateTimeField()
    seen_at = UTCDateTimeField()
    ended_at = UTCDateTimeField(null=True)
    address = CharField(max_length=60, default="")
    agent = TextField(default="")

    class Meta:
        """Core table."""

        table_name = "shuixin_login_session"


class SignInAttempt(BaseModel):
    """One attempt to sign in (登录日志), whoever made it; ``username`` is what was typed, known or not."""

    username = CharField(max_length=40)
    address = CharField(max_length=60)
    agent = CharField(max_length=300)
    at = UTCDateTimeField(index=True)
    outcome = CharField(max_length=16, index=True)
    #: How many attempts from the address this row stands for; more than one only of those that were not even checked.
    times = IntegerField(default=1)

    class Meta:
        """Core table."""

        table_name = "shuixin_sign_in_attempt"
        indexes = ((("username", "at"), False), (("address", "at"), False))


class PasswordUse(BaseModel):
    """The hash of a password that an account had, so that it is not taken again."""

    user = ForeignKeyField(User, backref="passwords", on_delete="CASCADE")
    password = CharField(max_length=255)
    at = UTCDateTimeField()

    class Meta:
        """Core table."""

        table_name = "shuixin_password_use"


class RecoveryCode(BaseModel):
    """One code that stands in for a lost second factor, once; only its keyed hash is kept."""

    user = ForeignKeyField(User, backref="recovery_codes", on_delete="CASCADE")
    code_hash = CharField(max_length=64)
    used_at = UTCDateTimeField(null=True)

    class Meta:
        """Core table."""

        table_name = "shuixin_recovery_code"


class AddressCheck(BaseModel):
    """A mail address that an account is about to confirm by a code; only the code's keyed hash is kept."""

    user = ForeignKeyField(User, unique=True, on_delete="CASCADE")
    address = CharField(max_length=120)
    code_hash = CharField(max_length=64)
    at = UTCDateTimeField()
    tries = IntegerField(default=0)
    #: Codes sent on the day of ``at``.
    sent = IntegerField(default=1)

    class Meta:
        """Core table."""

        table_name = "shuixin_address_check"


class Delegation(BaseModel):
    """Rights that one account lets another use for some days (委托办理); ends by itself."""

    giver = ForeignKeyField(User, backref="delegations_given", on_delete="RESTRICT")
    taker = ForeignKeyField(User, backref="delegations_taken", on_delete="RESTRICT")
    #: Codes; each has effect only while the giver holds it in the own right.
    permissions = JSONField()
    #: Legal days, both included.
    first_day = DateField()
    last_day = DateField()
    reason = CharField(max_length=200)
    made_at = UTCDateTimeField()
    ended_at = UTCDateTimeField(null=True)

    class Meta:
        """Core table."""

        table_name = "shuixin_delegation"
