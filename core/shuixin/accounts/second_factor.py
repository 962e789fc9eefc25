"""The second factor (动态口令, TOTP after RFC 6238) and the recovery codes for the day it is lost."""

import secrets
from datetime import datetime

import pyotp

from shuixin import audit
from shuixin.access import Actor
from shuixin.access.roles import SECURITY
from shuixin.accounts.grants import require_over
from shuixin.accounts.models import RecoveryCode, User
from shuixin.accounts.services import end_sessions, find_user
from shuixin.database import transaction
from shuixin.errors import Problem, Refused
from shuixin.kit.sealing import Sealer
from shuixin.texts import domain

_ = domain("shuixin")
#: Seconds of one code; a code of the step before or after is taken too, for clocks that differ.
STEP = 30
TOLERANCE = 1
DIGITS = 6
RECOVERY_CODES = 10
#: Without characters that are mistaken for each other on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def offer(user: User, sealer: Sealer) -> str:
    """Return a new secret for *user*, sealed for the form that confirms it; nothing is stored yet."""
    return sealer.seal(f"{user.id}:{pyotp.random_base32()}")


def offered_secret(user: User, sealed: str, sealer: Sealer) -> str:
    """Return the secret that was offered to *user* as *sealed*.

    :raises Refused: it was altered, or offered to somebody else.
    """
    owner, _colon, secret = sealer.open(sealed).partition(":")
    if owner != str(user.id):
        raise Refused(_("设置信息不属于当前账号，请重新开始设置。"))
    return secret


def address_of(user: User, secret: str, issuer: str) -> str:
    """Return the ``otpauth:`` address that authenticator apps read."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=issuer))


def set_up(actor: Actor, user: User, secret: str, code: str, *, now: datetime, sealer: Sealer) -> list[str]:
    """Make *secret* the second factor of *user*, proved by a *code*, and return new recovery codes; shown once.

    :raises Refused: the code is not of this secret, or not of this moment.
    """
    step = _step_of(secret, code, now)
    if not step:
        rule = _("动态口令不正确。")
        raise Refused(rule, [Problem("code", "", rule, _("请核对手机时间，填写应用中正在显示的6位数字。"))])
    with transaction():
        User.update(totp_secret=sealer.seal(secret), totp_step=step).where(User.id == user.id).execute()
        audit.append(actor, "account.second_factor", "user", user.username)
        return renew_recovery_codes(actor, user, sealer)


def renew_recovery_codes(actor: Actor, user: User, sealer: Sealer) -> list[str]:
    """Return ten new recovery codes of *user*; the former ones hold no more."""
    codes = ["".join(secrets.choice(ALPHABET) for _index in range(10)) for _number in range(RECOVERY_CODES)]
    with transaction():
        RecoveryCode.delete().where(RecoveryCode.user == user).execute()
        for code in codes:
            RecoveryCode.create(user=user, code_hash=sealer.fingerprint(code))
        audit.append(actor, "account.recovery_codes", "user", user.username)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def accepts(actor: Actor, user: User, code: str, *, now: datetime, sealer: Sealer) -> bool:
    """Whether *code* is the second factor of *user* now: a code of the app, or a recovery code; each holds once."""
    typed = "".join(code.split()).replace("-", "").lower()
    if not user.totp_secret or not typed:
        return False
    if typed.isascii() and typed.isdecimal() and len(typed) == DIGITS:
        step = _step_of(sealer.open(user.totp_secret), typed, now)
        mine = User.update(totp_step=step).where(User.id == user.id, User.totp_step < step)
        return bool(step) and mine.execute() == 1
    return _uses_recovery_code(actor, user, sealer.fingerprint(typed), now)


def _step_of(secret: str, code: str, now: datetime) -> int:
    """Return the number of the time step whose code *code* is; 0 if it is of none near *now*."""
    clock, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    typed = "".join(code.split())
    for step in range(current - TOLERANCE, current + TOLERANCE + 1):
        if secrets.compare_digest(clock.generate_otp(step).encode(), typed.encode()):
            return step
    return 0


def _uses_recovery_code(actor: Actor, user: User, code_hash: str, now: datetime) -> bool:
    unused = (RecoveryCode.user == user, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_null())
    with transaction():
        if RecoveryCode.update(used_at=now).where(*unused).execute() != 1:
            return False
        audit.append(actor, "account.recovery_code_used", "user", user.username, {"left": codes_left(user)})
    return True


def codes_left(user: User) -> int:
    """Return how many recovery codes of *user* are still unused."""
    return int(RecoveryCode.select().where(RecoveryCode.user == user, RecoveryCode.used_at.is_null()).count())


def remove(actor: Actor, username: str) -> None:
    """Take the second factor from an account whose owner has lost it, and end its sessions.

    :raises NotFound: there is no such account.
    :raises Forbidden: the account is out of the actor's reach.
    :raises Refused: it is the own account; whoever has stolen a session must not get rid of it that way.
    """
    user = find_user(username)
    require_over(actor, SECURITY, user)
    if actor.id and actor.id == user.id:
        raise Refused(_("不能取消自己的动态口令，请由另一位管理员办理。"))
    with transaction():
        User.update(totp_secret="", totp_step=0).where(User.id == user.id).execute()
        RecoveryCode.delete().where(RecoveryCode.user == user).execute()
        end_sessions(user)
        audit.append(actor, "account.second_factor_removed", "user", username)
