"""Notices on the own page and in both headers; the mail job; the confirmed address."""

import re
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from flask import Flask
from pydantic import SecretStr, ValidationError

from shuixin.access import Actor
from shuixin.accounts import User, mailbox
from shuixin.accounts.models import AddressCheck
from shuixin.audit import AuditEntry
from shuixin.database import transaction
from shuixin.errors import Refused
from shuixin.jobs import own
from shuixin.kit import clock, notices
from shuixin.kit.notices import Notice
from shuixin.settings import MailSettings, Settings
from shuixin.testing.fixtures import SignedIn
from shuixin.texts import domain

_ = domain("shuixin")
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def tell(user: User, number: int = 1, **more: Any) -> None:
    with transaction():
        for key in range(number):
            words = {"title": f"第{key}号通知", "text": "请查看", "link": "/workspace/filings", **more}
            notices.send([user.id], kind="test", key=str(key), **words)


@one_engine
@pytest.mark.parametrize(("role", "start"), [("enterprise", "/workspace/"), ("reviewer", "/office/")])
def test_both_headers_count_what_is_unread(
    role: str, start: str, client_as: Callable[..., SignedIn], user_as: Callable[..., User]
) -> None:
    client = client_as(role)
    assert 'class="sx-badge"' not in client.get("/account/notices").text
    tell(user_as(role), 2)
    assert '<span class="sx-visually-hidden">未读 </span>2</span>' in client.get(start).text
    page = client.get("/account/notices").text
    assert ("sx-office__menu" in page) == (role == "reviewer"), "each in the own frame"
    assert page.index("第1号通知") < page.index("第0号通知")
    client.post_form("/account/notices/read", {"notice": Notice.get(Notice.key == "0").id})
    assert "未读 </span>1</span>" in client.get(start).text
    client.post_form("/account/notices/read")
    assert 'class="sx-badge"' not in client.get("/account/notices").text


@one_engine
def test_opening_a_notice_reads_it_and_leads_there(
    client_as: Callable[..., SignedIn], user_as: Callable[..., User]
) -> None:
    client, other = client_as("enterprise"), client_as("reviewer")
    tell(user_as("enterprise"))
    number = Notice.get().id
    assert other.post_form("/account/notices/open", {"notice": number}).status_code == 404
    assert Notice.get().read_at is None
    answer = client.post_form("/account/notices/open", {"notice": number})
    assert (answer.status_code, answer.location) == (302, "/workspace/filings")
    assert Notice.get().read_at is not None


@one_engine
def test_long_lists_are_paged_and_what_was_typed_stays_text(
    client_as: Callable[..., SignedIn], user_as: Callable[..., User]
) -> None:
    client = client_as("enterprise")
    tell(user_as("enterprise"), 45, text="<script>alert(1)</script>")
    page = client.get("/account/notices?page=3").text
    assert page.count('<li class="sx-notice') == 5
    assert "共45条" in page
    assert "<script>alert" not in page


@one_engine
def test_visitors_have_no_notices(client: SignedIn) -> None:
    for path in ("/account/notices", "/account/delegations", "/account/email"):
        assert client.get(path).status_code == 302
    assert "/account/notices" not in client.get("/").text


@one_engine
def test_the_nightly_sweep_keeps_what_is_young(platform_app: Flask, user_as: Callable[..., User]) -> None:
    tell(user_as("enterprise"))
    own.sweep()
    assert Notice.select().count() == 1
    with time_machine.travel(clock.now() + timedelta(days=366), tick=False):
        assert "过期通知1条" in str(own.sweep())
    assert Notice.select().count() == 0


class Inbox:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - their name
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 taken"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def settings(settings: Settings, inbox: Inbox) -> Iterator[Settings]:
    """The same with a mail server on loopback."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    mail = MailSettings(
        host="127.0.0.1",
        port=port,
        security="none",
        sender="sx@slj.example.gov.cn",
        site_url="https://slj.example.gov.cn",
    )
    yield settings.model_copy(update={"mail": mail})
    controller.stop()


def code_of(mail: Any) -> str:
    return str(re.search(r"\d{6}", mail.get_content()).group())  # type: ignore[union-attr]


@one_engine
def test_an_address_counts_once_its_code_was_typed(client_as: Callable[..., SignedIn], inbox: Inbox) -> None:
    client = client_as("enterprise")
    assert "确认邮箱" in client.get("/account/security").text
    assert client.post_form("/account/email", {"act": "ask", "address": "a@b"}).status_code == 422
    assert client.post_form("/account/email", {"act": "ask", "address": "li@example.com"}).status_code == 302
    assert User.get(User.username == "enterprise").email is None
    ((recipients, mail),) = inbox.mails
    assert recipients == ["li@example.com"]
    wrong = f"{(int(code_of(mail)) + 1) % 10**6:06d}"
    answer = client.post_form("/account/email", {"act": "confirm", "code": wrong})
    assert answer.status_code == 422
    assert "li@example.com" in answer.text
    assert client.post_form("/account/email", {"act": "confirm", "code": code_of(mail)}).status_code == 302
    user = User.get(User.username == "enterprise")
    assert (user.email, user.email_confirmed_at is not None) == ("li@example.com", True)
    assert client.post_form("/account/email", {"act": "confirm", "code": code_of(mail)}).status_code == 422
    said = [(entry.action, str(entry.detail)) for entry in AuditEntry.select() if "email" in entry.action]
    assert [action for action, _detail in said] == ["account.email_asked", "account.email_confirmed"]
    assert not any("example.com" in detail for _action, detail in said), "the address is private"
    client.post_form("/account/email", {"act": "forget"})
    assert User.get(User.username == "enterprise").email is None


@one_engine
def test_codes_are_few_short_lived_and_not_guessed(
    platform_app: Flask, settings: Settings, user_as: Callable[..., User], actor_as: Callable[..., Actor], inbox: Inbox
) -> None:
    actor, user, sealer = actor_as("enterprise"), user_as("enterprise"), platform_app.extensions["shuixin"].sealer
    server, now = mailbox.mail_server(settings), clock.now()
    assert server is not None

    def ask(at: Any) -> None:
        mailbox.ask_address(actor, user, "li@example.com", server=server, sealer=sealer, now=at)

    def type_in(code: str, at: Any) -> None:
        mailbox.confirm_address(actor, user, code, sealer=sealer, now=at)

    ask(now)
    with pytest.raises(Refused, match="过于频繁"):
        ask(now + timedelta(seconds=59))
    code = code_of(inbox.mails[-1][1])
    assert code not in str(list(AddressCheck.select().dicts()))
    for _time in range(mailbox.TRIES):
        with pytest.raises(Refused):
            type_in("no", now)
    with pytest.raises(Refused):
        type_in(code, now)
    ask(now + timedelta(minutes=2))
    code, later = code_of(inbox.mails[-1][1]), now + timedelta(minutes=33)
    with pytest.raises(Refused):
        type_in(code, later)
    assert mailbox.address_asked(user, later) == ""
    base = clock.start_of(clock.legal_day(now) + timedelta(days=1))
    for number in range(mailbox.CODES_A_DAY):
        ask(base + timedelta(minutes=2 * number))
    with pytest.raises(Refused, match="过于频繁"):
        ask(base + timedelta(hours=5))
    ask(base + timedelta(days=1))


@one_engine
def test_the_mail_job_mails_those_with_a_confirmed_address(
    platform_app: Flask, user_as: Callable[..., User], inbox: Inbox
) -> None:
    users = [user_as("enterprise", suffix) for suffix in ("", "-unconfirmed", "-closed")]
    for user in users:
        tell(user, title=_("今日到期"))
        User.update(email=f"{user.username}@example.com", email_confirmed_at=clock.now()).where(
            User.username == user.username
        ).execute()
    User.update(email_confirmed_at=None).where(User.username == "enterprise-unconfirmed").execute()
    User.update(active=False).where(User.username == "enterprise-closed").execute()
    assert str(own.send_mail()).startswith("已发送1封")
    assert str(own.send_mail()).startswith("已发送0封")
    ((recipients, mail),) = inbox.mails
    assert (recipients, mail["Subject"]) == (["enterprise@example.com"], "今日到期")
    assert "https://slj.example.gov.cn/workspace/filings" in mail.get_content()


def test_without_a_server_there_is_no_mail_job_and_no_page(settings: Settings) -> None:
    off = settings.model_copy(update={"mail": MailSettings()})
    assert "shuixin.mail" not in {job.name for job in own.own_jobs(off)}
    assert "shuixin.mail" in {job.name for job in own.own_jobs(settings)}
    assert mailbox.mail_server(off) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": ""},
        {"site_url": ""},
        {"site_url": "https://a.example/path"},
        {"site_url": "javascript:x"},
        {"sender": "a@b\nBcc: c@d"},
        {"security": "maybe"},
    ],
)
def test_wrong_mail_settings_are_refused(wrong: dict[str, Any]) -> None:
    right = {"host": "mail", "sender": "a@example.com", "site_url": "https://a.example", "password": SecretStr("x")}
    assert MailSettings(**right).host == "mail"
    with pytest.raises(ValidationError):
        MailSettings(**{**right, **wrong})
