"""Mail against a real SMTP server on loopback: at most once, no header injection, links of the configured host."""

import email
import socket
import ssl
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.policy import default
from ipaddress import ip_address

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shuixin.database import transaction
from shuixin.errors import Refused
from shuixin.kit import notices
from shuixin.kit.notices import Mailing, MailServer, Notice, mail

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
SITE = "https://slj.example.gov.cn"


class Inbox:
    """Takes mail, and answers what a test tells it to."""

    def __init__(self):
        self.mails = []
        self.answers = []
        self.recipients = {}

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - their name
        answer = self.recipients.get(address, "250 ok")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - their name
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer == "hang up":
            server.transport.close()
            return "250 never heard"
        if answer.startswith("250"):
            self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=default)))
        return answer


@pytest.fixture
def inbox():
    return Inbox()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def listening(inbox):
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def server_at(controller, **more):
    facts = {"sender": "noreply@slj.example.gov.cn", "site_url": SITE, "security": "none", "timeout": 5.0}
    return MailServer(host="127.0.0.1", port=controller.port, **{**facts, **more})


@pytest.fixture
def server(listening):
    return server_at(listening)


@pytest.fixture
def board(database):
    database.create_tables([Notice])
    return database


def tell(*people, key="k", title="申报GB-1退回补正", text="法定代表人：请附身份证明", at=NOW):
    with transaction():
        notices.send(people, kind="k", key=key, title=title, text=text, link="/workspace/filings/7", now=at)


def people(*numbers):
    return lambda asked: {number: f"p{number}@example.com" for number in numbers if number in asked}


def states():
    return {each.addressee: each.mailing for each in Notice.select()}


def test_a_notice_is_mailed_once_to_who_has_an_address(board, server, inbox):
    tell(1, 2)
    assert notices.deliver_due(server, people(1), NOW)[Mailing.SENT] == 1
    assert notices.deliver_due(server, people(1), NOW)[Mailing.SENT] == 0
    ((recipients, mail_),) = inbox.mails
    assert recipients == ["p1@example.com"]
    assert mail_["Subject"] == "申报GB-1退回补正"
    assert mail_["From"] == "noreply@slj.example.gov.cn"
    assert mail_["Message-ID"].endswith("@slj.example.gov.cn>")
    assert mail_.get_content_type() == "text/plain"
    assert mail_.get_content().split() == ["法定代表人：请附身份证明", f"{SITE}/workspace/filings/7"]
    assert states() == {1: Mailing.SENT, 2: Mailing.DUE}


def test_what_is_read_or_old_is_not_mailed(board, server, inbox):
    tell(1, key="read")
    notices.mark_read(1, NOW)
    tell(1, key="old", at=NOW - timedelta(days=3))
    assert notices.deliver_due(server, people(1), NOW) == Counter({Mailing.DOUBTFUL: 0})
    assert inbox.mails == []


def test_a_mail_is_marked_before_it_is_handed_over(board, server, inbox):
    """Who dies in between leaves it marked: it is doubtful an hour later, and never sent again."""
    tell(1)

    class Died(BaseException):
        pass

    def die(*_arguments, **_more):
        raise Died

    taken = mail._hand_over
    mail._hand_over = lambda connection, made: (taken(connection, made), die())
    try:
        with pytest.raises(Died):
            notices.deliver_due(server, people(1), NOW)
    finally:
        mail._hand_over = taken
    assert (len(inbox.mails), states()) == (1, {1: Mailing.SENDING})
    assert notices.deliver_due(server, people(1), NOW + timedelta(minutes=5)) == Counter({Mailing.DOUBTFUL: 0})
    assert notices.deliver_due(server, people(1), NOW + timedelta(hours=2))[Mailing.DOUBTFUL] == 1
    assert states() == {1: Mailing.DOUBTFUL}
    assert len(inbox.mails) == 1


def test_a_connection_that_ends_before_the_answer_makes_a_mail_doubtful(board, server, inbox):
    tell(1, 2)
    inbox.answers = ["hang up"]
    tally = notices.deliver_due(server, people(1, 2), NOW)
    assert tally[Mailing.DOUBTFUL] == 1
    assert states() == {1: Mailing.DOUBTFUL, 2: Mailing.DUE}
    assert notices.deliver_due(server, people(1, 2), NOW)[Mailing.SENT] == 1
    assert [to for to, _mail in inbox.mails] == [["p2@example.com"]]


def test_what_the_server_refuses_is_final_or_tried_later(board, server, inbox):
    tell(1, 2, 3, 4)
    inbox.recipients = {"p1@example.com": "550 no such user", "p2@example.com": "450 busy"}
    inbox.answers = ["554 spam", "250 taken"]
    tally = notices.deliver_due(server, people(1, 2, 3, 4), NOW)
    assert states() == {1: Mailing.REFUSED, 2: Mailing.DUE, 3: Mailing.REFUSED, 4: Mailing.SENT}
    assert (tally[Mailing.REFUSED], tally[Mailing.DUE], tally[Mailing.SENT]) == (2, 1, 1)
    inbox.recipients = {}
    assert notices.deliver_due(server, people(1, 2, 3, 4), NOW)[Mailing.SENT] == 1


def test_a_server_that_closes_leaves_the_rest_due(board, server, inbox):
    tell(1, 2)
    inbox.answers = ["421 closing"]
    notices.deliver_due(server, people(1, 2), NOW)
    assert states() == {1: Mailing.DUE, 2: Mailing.DUE}


def test_two_runs_at_once_send_one_mail(board, server, inbox):
    tell(1)
    waiting = list(Notice.select())
    assert mail._mark(waiting[0], Mailing.DUE, Mailing.SENDING, NOW)
    assert not mail._mark(waiting[0], Mailing.DUE, Mailing.SENDING, NOW)
    assert notices.deliver_due(server, people(1), NOW)[Mailing.SENT] == 0
    assert inbox.mails == []


def test_a_server_that_cannot_be_reached_marks_nothing(board):
    server = MailServer("127.0.0.1", free_port(), "noreply@slj.example.gov.cn", SITE, "none")
    tell(1)
    with pytest.raises(Refused, match="邮件服务器无法使用"):
        notices.deliver_due(server, people(1), NOW)
    assert states() == {1: Mailing.DUE}
    with pytest.raises(Refused, match="邮件未能发出"):
        notices.post(server, "a@example.com", "s", "t", NOW)


def test_t31_nothing_typed_becomes_a_header(board, server, inbox):
    tell(1, title="退回\r\nBcc: everybody@example.com\r\n\r\nbody", text="x\r\nBcc: all@example.com")
    notices.deliver_due(server, people(1), NOW)
    ((recipients, mail_),) = inbox.mails
    assert recipients == ["p1@example.com"]
    assert mail_["Bcc"] is None
    assert mail_["Subject"] == "退回 Bcc: everybody@example.com body"
    tell(2)
    evil = {2: "a@example.com\r\nBcc: b@example.com"}
    assert notices.deliver_due(server, lambda _asked: evil, NOW)[Mailing.SENT] == 0
    with pytest.raises(Refused, match="不是有效"):
        notices.post(server, evil[2], "s", "t", NOW)


NO_ADDRESSES = ("", "a", "a@b", "a b@example.com", "a@example.com, b@example.com", "<a@example.com>", "a@-x.com")


@pytest.mark.parametrize("text", [*NO_ADDRESSES, "-a@example.com", "a@example.com\r\nX: y"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(Refused) as caught:
        notices.check_address(text)
    assert caught.value.problems[0].field == "address"


def test_an_address_is_taken_without_blanks_around_it():
    assert notices.check_address(" li.wei+sx@slj.example.gov.cn ") == "li.wei+sx@slj.example.gov.cn"


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    began = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, began, began + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "mail.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_with_tls_the_server_is_known_and_the_password_is_given(inbox, certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def check(_server, _session, _envelope, _way, given):
        return AuthResult(success=(given.login, given.password) == (b"sx", b"geheim-8"))

    options = {"authenticator": check, "auth_required": True, "require_starttls": True}
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), tls_context=context, **options)
    controller.start()
    try:
        server = server_at(controller, security="starttls", username="sx", password="geheim-8", ca_file=certificate)
        notices.post(server, "a@example.com", "s", "t", NOW)
        assert len(inbox.mails) == 1
        strangers = server_at(controller, security="starttls", username="sx", password="geheim-8")
        wrong = server_at(controller, security="starttls", username="sx", password="other", ca_file=certificate)
        for each in (strangers, wrong):
            with pytest.raises(Refused, match="邮件未能发出") as caught:
                notices.post(each, "a@example.com", "s", "t", NOW)
            assert "geheim" not in str(caught.value)
            assert "geheim" not in repr(each)
        assert len(inbox.mails) == 1
    finally:
        controller.stop()
