"""People and their sign-ins."""

from flask_security import RoleMixin, UserMixin
from peewee import BigIntegerField, BooleanField, CharField, ForeignKeyField, TextField

from shuixin.database import BaseModel, UTCDateTimeField
from shuixin.units.models import Unit


class User(UserMixin, BaseModel):
    """An account. Staff belong to a unit, enterprise accounts to a market subject (统一社会信用代码)."""

    username = CharField(max_length=40, unique=True)
    name = CharField(max_length=40)
    password = CharField(max_length=255)
    active = BooleanField(default=True)
    #: What the session cookie names; renewing it ends every session of the account.
    fs_uniquifier = CharField(max_length=64, unique=True)
    email = CharField(max_length=120, null=True)  # type: ignore[assignment]  # Flask-Security assumes one
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
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]  # nobody adds roles this way
        """Return nothing: rights come from :class:`RoleGrant` through ``access``, not from Flask-Security."""
        return []


class RoleGrant(BaseModel):
    """A role given to an account; kept, but without effect, while no enabled plugin declares the role."""

    user = ForeignKeyField(User, backref="grants", on_delete="RESTRICT")
    role = CharField(max_length=40)

    class Meta:
        """Core table."""

        table_name = "shuixin_role_grant"
        indexes = ((("user", "role"), True),)


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
    outcome = CharField(max_length=16)

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
