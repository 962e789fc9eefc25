"""Notices by mail: text only, each at most once.

A mail is marked before it is handed over. What the server refuses in so many words was not sent; where the connection
ends in between nobody can know, so the mail counts as doubtful and is never sent again.
"""

import re
import smtplib
import ssl
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import urlsplit

from shuixin.database import transaction
from shuixin.errors import Problem, Refused
from shuixin.kit import clock
from shuixin.kit.notices.board import Mailing, Notice, words
from shuixin.texts import domain

_ = domain("shuixin")
#: A notice that could not be mailed for so long is not mailed any more: it stands in the site anyway.
FRESH = timedelta(days=2)
#: A mail that is still being sent after so long was left by a process that died.
LOST_AFTER = timedelta(hours=1)
AT_ONCE = 200
#: The answer of a server that hangs up.
CLOSING = 421
#: Server answers from here on mean "never"; below, "not now".
FOR_GOOD = 500
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = re.compile(rf"[A-Za-z0-9_+][A-Za-z0-9._%+-]{{0,63}}@(?:{_LABEL}\.)+[A-Za-z]{{2,24}}")


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over.

    :param security: ``tls`` from the first byte, ``starttls``, or ``none`` for a server on the same machine or network.
    :param site_url: beginning of links in mails; never taken from a request (SECURITY T33).
    :param ca_file: certificates of the authority that signs a server on a closed network.
    """

    host: str
    port: int
    sender: str
    site_url: str
    security: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    timeout: float = 15.0


def check_address(text: str) -> str:
    """Return the trimmed mail address.

    :raises Refused: it is none, or would be more than one header (SECURITY T31).
    """
    text = text.strip()
    if len(text) > 120 or not ADDRESS.fullmatch(text):
        rule = _("“{text}”不是有效的电子邮箱地址。", text=text[:40])
        raise Refused(rule, [Problem("address", text[:40], rule, _("请填写如 name@example.com 的地址。"))])
    return text


def post(server: MailServer, address: str, subject: str, text: str, now: datetime | None = None) -> None:
    """Send one mail at once.

    :raises Refused: the server did not take it, or could not be reached.
    """
    try:
        with _connected(server) as connection:
            connection.send_message(_mail(server, address, subject, text, now or clock.now()))
    except (smtplib.SMTPException, OSError) as error:
        raise Refused(_("邮件未能发出：{reason}。请稍后再试，或联系管理员。", reason=_reason(error))) from error


def deliver_due(
    server: MailServer, addresses: Callable[[Collection[int]], Mapping[int, str]], now: datetime
) -> Counter[str]:
    """Mail what is due and still unread to those with an address, and return how many became what (:class:`Mailing`).

    :param addresses: returns account number -> confirmed address for those of the given accounts that have one.
    :raises Refused: the server cannot be reached; nothing was marked then, and all is due as before.
    """
    tally = Counter({Mailing.DOUBTFUL: _give_up_lost(now)})
    fresh = (Notice.mailing == Mailing.DUE) & Notice.read_at.is_null() & (Notice.created_at > now - FRESH)
    told = {notice.addressee for notice in Notice.select(Notice.addressee).where(fresh).distinct()}
    known = {number: text for number, text in addresses(told).items() if ADDRESS.fullmatch(text)}
    mailable = list(Notice.select().where(fresh, Notice.addressee.in_(list(known))).order_by(Notice.id).limit(AT_ONCE))
    if not mailable:
        return tally
    try:
        with _connected(server) as connection:
            for notice in mailable:
                text = f"{words(notice.text)}\n\n{server.site_url.rstrip('/')}{notice.link}\n"
                mail = _mail(server, known[notice.addressee], words(notice.title), text, now)
                if not _mark(notice, Mailing.DUE, Mailing.SENDING, now):
                    continue  # another run has it
                outcome, goes_on = _hand_over(connection, mail)
                _mark(notice, Mailing.SENDING, outcome, now)
                tally[outcome] += 1
                if not goes_on:
                    break
    except (smtplib.SMTPException, OSError) as error:
        raise Refused(_("邮件服务器无法使用：{reason}。", reason=_reason(error))) from error
    return tally


def _give_up_lost(now: datetime) -> int:
    lost = (Notice.mailing == Mailing.SENDING) & (Notice.mailed_at < now - LOST_AFTER)
    return int(Notice.update(mailing=Mailing.DOUBTFUL).where(lost).execute())


def _hand_over(connection: smtplib.SMTP, mail: EmailMessage) -> tuple[str, bool]:
    """Return what became of *mail*, and whether the connection serves for more."""
    try:
        connection.send_message(mail)
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        code = _code(error)
        return Mailing.DUE if code < FOR_GOOD else Mailing.REFUSED, code != CLOSING
    except (smtplib.SMTPException, OSError):
        return Mailing.DOUBTFUL, False
    return Mailing.SENT, True


def _mark(notice: Notice, before: str, after: str, now: datetime) -> bool:
    with transaction():
        mine = (Notice.id == notice.id) & (Notice.mailing == before)
        return bool(Notice.update(mailing=after, mailed_at=now).where(mine).execute())


def _code(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _answer in error.recipients.values()), default=FOR_GOOD)
    return int(error.smtp_code)


def _reason(error: Exception) -> str:
    """Return what a person may read of *error*; the answer of a server may hold anything, so only its number."""
    return str(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else type(error).__name__


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context(cafile=server.ca_file)
    made = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
        if server.security == "tls"
        else smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    )
    try:
        if server.security == "starttls":
            made.starttls(context=context)
        if server.username:
            made.login(server.username, server.password)
        yield made
    finally:
        # What matters was answered before; a server that has gone already is no fault.
        try:
            made.quit()
        except (smtplib.SMTPException, OSError):
            made.close()


def _mail(server: MailServer, address: str, subject: str, text: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = server.sender
    mail["To"] = check_address(address)
    mail["Subject"] = " ".join(subject.split())[:200]  # one line, whatever was typed into it
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain=urlsplit(server.site_url).hostname or "localhost")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="base64")
    return mail
