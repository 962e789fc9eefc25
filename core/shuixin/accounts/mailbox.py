"""The mail address of an account: proved by a code that is sent there, before any other mail goes to it."""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from shuixin import audit
from shuixin.access import Actor
from shuixin.accounts.models import AddressCheck, User
from shuixin.database import exclusive, transaction
from shuixin.errors import Problem, Refused
from shuixin.kit import clock
from shuixin.kit.notices import MailServer, check_address, post
from shuixin.kit.sealing import Sealer
from shuixin.settings import Settings
from shuixin.texts import Text, domain

_ = domain("shuixin")
#: How long a code holds, how soon the next may be asked for, how many a day, and how often one may be typed wrong.
HOLDS, APART = timedelta(minutes=30), timedelta(minutes=1)
CODES_A_DAY, TRIES = 5, 5


def mail_server(settings: Settings) -> MailServer | None:
    """Return the installation's mail server; ``None`` where no mail is sent."""
    mail = settings.mail
    if not mail.host:
        return None
    return MailServer(**{**mail.model_dump(), "password": mail.password.get_secret_value()})


def confirmed_addresses(numbers: Collection[int]) -> dict[int, str]:
    """Return account number -> address for those of *numbers* that are active and have confirmed one."""
    users = User.select().where(User.active, User.email_confirmed_at.is_null(False))
    return {user.id: user.email for user in users if user.id in numbers and user.email}


def ask_address(actor: Actor, user: User, address: str, *, server: MailServer, sealer: Sealer, now: datetime) -> None:
    """Send a code to *address*; the account has the address once :func:`confirm_address` was given the code.

    :raises Refused: no address, too many codes, or the mail could not be handed over.
    """
    address, code = check_address(address), f"{secrets.randbelow(10**6):06d}"
    with transaction():
        exclusive(f"address {user.id}")
        before: AddressCheck | None = AddressCheck.get_or_none(AddressCheck.user == user)
        sent = before.sent if before and clock.legal_day(before.at) == clock.legal_day(now) else 0
        if before and (now - before.at < APART or sent >= CODES_A_DAY):
            raise _refused("address", _("验证码发送过于频繁，请一分钟后再试；每天最多{count}次。", count=CODES_A_DAY))
        AddressCheck.delete().where(AddressCheck.user == user).execute()
        hash_ = _hash(sealer, user, address, code)
        AddressCheck.create(user=user, address=address, code_hash=hash_, at=now, sent=sent + 1)
        audit.append(actor, "account.email_asked", "user", user.username)
    # After the commit: what is sent cannot be rolled back, and a slow server must not hold the database.
    words = _("您的验证码是{code}，30分钟内有效。如非本人操作，请忽略本邮件。", code=code)
    post(server, address, str(_("确认电子邮箱")), str(words), now)


def confirm_address(actor: Actor, user: User, code: str, *, sealer: Sealer, now: datetime) -> None:
    """Take the address into use whose code was typed.

    :raises Refused: the code is wrong or too old, or was tried too often.
    """
    with transaction():
        exclusive(f"address {user.id}")
        row: AddressCheck | None = AddressCheck.get_or_none(AddressCheck.user == user)
        holds = row is not None and now - row.at <= HOLDS and row.tries < TRIES
        given = _hash(sealer, user, row.address, code.strip()) if row else ""
        right = row is not None and holds and hmac.compare_digest(given, row.code_hash)
        if right and row:
            User.update(email=row.address, email_confirmed_at=now).where(User.id == user.id).execute()
            AddressCheck.update(code_hash="").where(AddressCheck.user == user).execute()
            audit.append(actor, "account.email_confirmed", "user", user.username)
        elif row:
            AddressCheck.update(tries=row.tries + 1).where(AddressCheck.user == user).execute()
    if not right:
        raise _refused("code", _("验证码不正确或已失效，请核对邮件，或重新发送。"))


def forget_address(actor: Actor, user: User) -> None:
    """Take the address away; no more mail is sent to the account."""
    with transaction():
        User.update(email=None, email_confirmed_at=None).where(User.id == user.id).execute()
        audit.append(actor, "account.email_removed", "user", user.username)


def address_asked(user: User, now: datetime) -> str:
    """Return the address whose code is still awaited; ``""`` if there is none."""
    row: AddressCheck | None = AddressCheck.get_or_none(AddressCheck.user == user, AddressCheck.code_hash != "")
    return str(row.address) if row and now - row.at <= HOLDS and row.tries < TRIES else ""


def _hash(sealer: Sealer, user: User, address: str, code: str) -> str:
    return sealer.fingerprint(f"{user.id}\n{address}\n{code}")


def _refused(field: str, rule: Text) -> Refused:
    return Refused(rule, [Problem(field, "", rule, "")])
