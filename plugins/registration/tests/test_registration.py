"""Registration of enterprises: asked for, looked at, confirmed; nothing the public side says tells what is taken."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from shuixin.access import Actor, system_actor
from shuixin.accounts import User, create_user, passwords
from shuixin.accounts.models import SignInAttempt
from shuixin.accounts.passwords import is_password
from shuixin.audit import AuditEntry
from shuixin.errors import Refused
from shuixin.kit import challenges, clock
from shuixin.kit.attachments import Attachment
from shuixin.kit.identifiers import complete_uscc
from shuixin.testing.fixtures import PASSWORD, SignedIn
from shuixin_registration.models import MainAccount, Registration
from shuixin_registration.services import path as rules
from shuixin_registration.services import registration as cases
from shuixin_registration.services.main_accounts import main_account, note_all
from shuixin_registration.services.path import Stage
from shuixin_registration.services.registration import Upload

USCC, OTHER, WUHAN = "91420281MA49TE5T8W", "91420200MA4900A14A", complete_uscc("91420100100000000")
SYSTEM = system_actor("测试")
VISITOR = Actor(id=0, name="申请人", origin="198.51.100.7")
REASON = "营业执照看不清，请重拍。"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def picture() -> io.BytesIO:
    made, image = io.BytesIO(), Image.new("RGB", (40, 30), "white")
    exif = image.getexif()
    exif[0x010E] = "GPS 30.2,115.0"
    image.save(made, "JPEG", exif=exif)
    made.seek(0)
    return made


def uploads() -> list[Upload]:
    return [Upload("license", "营业执照.jpg", picture())]


def typed(**changes: str) -> dict[str, str]:
    notice = cases.notice_hash(cases.notice_at(clock.now()))
    return {
        "enterprise": "大冶清泉水利工程有限公司",
        "uscc": " 91420281ma49te5t8w",
        "region": "",
        "contact": "周晓晴",
        "mobile": "138 1234 5678",
        "username": "qingquan",
        "password": PASSWORD,
        "again": PASSWORD,
        "consent": notice,
        **changes,
    }


def registered(**changes: str) -> Registration:
    receipt, _code = cases.submit(VISITOR, typed(**changes), uploads(), now=clock.now())
    return Registration.get(Registration.receipt == receipt)


# --- asking for an account --------------------------------------------------------------------------------------


def test_a_registration_is_kept_with_its_private_parts_sealed(platform_app: Flask) -> None:
    receipt, code = cases.submit(VISITOR, typed(), uploads(), now=clock.now())
    made = Registration.get()
    assert (made.receipt, made.uscc, made.region, made.stage) == (receipt, USCC, "420281", Stage.SUBMITTED)
    assert "13812345678" not in made.mobile
    assert platform_app.extensions["shuixin"].sealer.open(made.mobile) == "13812345678"
    assert code.replace("-", "") not in repr(vars(made))
    assert is_password(PASSWORD, made.password)
    assert (made.notice, len(made.notice_hash)) == ("2026-1", 64)
    entry = AuditEntry.get(AuditEntry.action == "registration.submit")
    assert "1234" not in str(entry.detail)
    assert not User.select().exists(), "before it is confirmed there is no account"


def test_evidence_is_checked_by_content_and_loses_its_hidden_data(platform_app: Flask) -> None:
    made = registered()
    stored = cases.files_of(made)
    path = platform_app.extensions["shuixin"].store.path_of(stored[0])
    assert [each.label for each in stored] == ["license"]
    assert b"GPS" not in path.read_bytes()
    for name, content, word in (
        ("执照.jpg", b"<svg onload=x>", "SVG"),
        ("执照.exe", b"MZ", "不接受此类文件"),
        ("执照.pdf", b"%PDF-1.4" + b"0" * (5 * 1024 * 1024), "超过上限5MB"),
    ):
        with pytest.raises(Refused) as refused:
            cases.submit(VISITOR, typed(), [Upload("license", name, io.BytesIO(content))], now=clock.now())
        assert word in str(refused.value.problems[0])
        assert refused.value.problems[0].field == "license"
    assert (Registration.select().count(), Attachment.select().count()) == (1, 1), "nothing of a refused one stays"


@one_engine
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"enterprise": " "}, "enterprise"),
        ({"uscc": "91420281MA49TE5T8X"}, "uscc"),
        ({"contact": ""}, "contact"),
        ({"mobile": "1381234567"}, "mobile"),
        ({"username": "Qing"}, "username"),
        ({"username": "a_b%"}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "my-qingquan-99"}, "password"),
        ({"again": "another-horse-9"}, "again"),
        ({"region": "110000"}, "region"),
        ({"consent": "an older notice"}, "consent"),
        ({"enterprise": "水" * 101}, "enterprise"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(platform_app: Flask, changes: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        cases.submit(VISITOR, typed(**changes), uploads(), now=clock.now())
    assert [each.field for each in refused.value.problems] == [field]
    assert "13812345678" not in str(refused.value.problems)
    assert not Registration.select().exists()


@one_engine
def test_codes_of_every_registering_department_are_taken_and_far_ones_fall_to_the_site(platform_app: Flask) -> None:
    for code, region in (("N2420281MF0000013J", "420281"), ("12420200420200017K", "420200")):
        assert registered(uscc=code).region == region
    assert registered(uscc=WUHAN, region="420204").region == "420204"
    assert registered(uscc=WUHAN).region == "420200"


def test_the_licence_is_asked_for_and_files_are_counted(platform_app: Flask) -> None:
    with pytest.raises(Refused) as refused:
        cases.submit(VISITOR, typed(), [], now=clock.now())
    assert refused.value.problems[0].field == "license"
    with pytest.raises(Refused, match="1处"):
        cases.submit(VISITOR, typed(), uploads() * 4, now=clock.now())


@one_engine
def test_t38_no_field_is_looked_at_beyond_its_length(platform_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules.identifiers, "uscc_problem", lambda _text: pytest.fail("a long text was looked at"))
    for name in rules.LIMITS:
        with pytest.raises(Refused) as refused:
            cases.submit(VISITOR, typed(**{name: "1" * 100_000}), uploads(), now=clock.now())
        assert [each.field for each in refused.value.problems] == [name]


def test_one_address_sends_so_many_in_an_hour(platform_app: Flask) -> None:
    now = clock.now()
    for _number in range(5):
        cases.submit(VISITOR, typed(), uploads(), now=now)
    with pytest.raises(Refused, match="已达5件"):
        cases.submit(VISITOR, typed(), uploads(), now=now)
    cases.submit(Actor(id=0, name="", origin="198.51.100.8"), typed(), uploads(), now=now)
    cases.submit(VISITOR, typed(), uploads(), now=now + timedelta(hours=1, seconds=1))


# --- asking what became of it -----------------------------------------------------------------------------------


def ask(receipt: str, code: str, now: Any = None) -> Registration:
    return cases.inquire(receipt, code, address="198.51.100.9", agent="", now=now or clock.now())


def test_both_numbers_are_needed_and_failures_are_throttled(platform_app: Flask) -> None:
    receipt, code = cases.submit(VISITOR, typed(), uploads(), now=clock.now())
    _other, foreign = cases.submit(VISITOR, typed(uscc=OTHER), uploads(), now=clock.now())
    assert ask(f" {receipt.lower()} ", code.upper()).receipt == receipt
    said = set()
    for pair in ((receipt, foreign), ("ZC-2026-99999", code), (receipt, ""), ("", ""), (receipt, "水")):
        with pytest.raises(Refused) as refused:
            ask(*pair)
        said.add(str(refused.value))
    assert len(said) == 1, "the same words whatever is wrong"
    with pytest.raises(Refused, match="不正确"):
        ask(receipt, "wrong")
    assert ask(receipt, code).receipt == receipt, "four failures, then the right one ends the count"
    for _turn in range(5):
        with pytest.raises(Refused, match="不正确"):
            ask(receipt, "wrong")
    with pytest.raises(Refused, match="锁定"):
        ask(receipt, code)
    assert ask(receipt, code, clock.now() + timedelta(minutes=16)).receipt == receipt
    assert SignInAttempt.select().where(SignInAttempt.username == f"注册查询 {receipt}").count() > 5


# --- T14 --------------------------------------------------------------------------------------------------------


def form(client: SignedIn, **changes: Any) -> dict[str, Any]:
    asked = challenges.ask(challenges.QUESTION, clock.now())
    files = {"license": (picture(), "营业执照.jpg")}
    return {**typed(), "question_token": asked.token, "answer": asked.answer, **files, **changes}


def test_t14_registering_tells_nothing_about_codes_and_names_that_are_taken(
    platform_app: Flask, client: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(
        cases.accounts, "hash_password", lambda text: hashed.append(text) or passwords.hash_password(text)
    )
    create_user(SYSTEM, username="qingquan", name="别人", password=PASSWORD, roles=("enterprise",), subject=USCC)
    pages = []
    for changes in ({"uscc": OTHER, "username": "nobody-yet"}, {}):
        hashed.clear()
        answer = client.post_form("/registration/", form(client, **changes))
        text = answer.get_data(as_text=True)
        assert (answer.status_code, len(hashed)) == (200, 1)
        pages.append(re.sub(r'(?s)sx-secret">[^<]+<|name="csrf_token"[^>]+>', "", text))
    assert pages[0] == pages[1]
    for word in ("已存在", "已有", "qingquan"):
        assert word not in pages[1]


# --- the pages --------------------------------------------------------------------------------------------------


@one_engine
def test_nothing_typed_is_lost_and_the_challenge_is_always_asked(platform_app: Flask, client: SignedIn) -> None:
    assert 'name="answer"' in client.get("/registration/").get_data(as_text=True)
    slip = form(client, mobile="138")
    text = client.post_form("/registration/", dict(slip)).get_data(as_text=True)
    assert 'value="大冶清泉水利工程有限公司"' in text
    assert f'value="{slip["answer"]}"' not in text, "of the two challenges, one was not there: both are asked anew"
    assert PASSWORD not in text
    assert "密码和文件没有保留" in text
    wrong = client.post_form("/registration/", form(client, answer="x"))
    assert (wrong.status_code, "验证码不正确" in wrong.get_data(as_text=True)) == (422, True)
    assert not Registration.select().exists()


@one_engine
def test_an_answered_challenge_holds_while_something_else_is_mended(platform_app: Flask, client: SignedIn) -> None:
    page = client.get("/registration/").get_data(as_text=True)
    tokens = dict(re.findall(r'name="((?:picture|question)_token)" value="([^"]+)"', page))
    answer = challenges.Challenge.get(challenges.Challenge.token == tokens["question_token"]).answer
    text = client.post_form("/registration/", form(client, **tokens, answer=answer, mobile="138")).get_data(
        as_text=True
    )
    assert f'value="{answer}"' in text
    assert dict(re.findall(r'name="((?:picture|question)_token)" value="([^"]+)"', text)) == tokens
    assert client.post_form("/registration/", form(client, **tokens, answer=answer)).status_code == 200
    again = client.post_form("/registration/", form(client, **tokens, answer=answer))
    assert again.status_code == 422, "an answer holds once"


@one_engine
def test_t21_a_registration_without_its_token_is_refused(platform_app: Flask, client: SignedIn) -> None:
    for path in ("/registration/", "/registration/status", "/registration/mend", "/registration/leave"):
        assert client.post(path, data=form(client)).status_code == 400
    assert not Registration.select().exists()


@one_engine
def test_the_applicant_mends_what_was_returned(platform_app: Flask, client: SignedIn) -> None:
    page = client.post_form("/registration/", form(client)).get_data(as_text=True)
    receipt, code = re.findall(r'sx-secret">([^<]+)<', page)
    assert client.get("/registration/mend").status_code == 302, "nothing before receipt number and code"
    wrong = client.post_form("/registration/status", {"receipt": receipt, "code": "wrong"})
    assert (wrong.status_code, "大冶清泉" in wrong.get_data(as_text=True)) == (422, False)
    client.post_form("/registration/status", {"receipt": receipt, "code": code})
    made = Registration.get()
    assert client.get("/registration/mend").status_code == 302, "there is nothing to mend yet"
    made.save_if(1, stage=Stage.RETURNED, reason=REASON)
    assert REASON in client.get("/registration/status").get_data(as_text=True)
    assert 'value="13812345678"' in client.get("/registration/mend").get_data(as_text=True)
    stale = form(client, version="1", contact="周晓", password="", again="")
    assert client.post_form("/registration/mend", stale).status_code == 409
    sent = form(client, version=str(made.row_version), contact="周晓", password="", again="")
    assert client.post_form("/registration/mend", sent).status_code == 302
    mended = Registration.get()
    assert (mended.stage, mended.contact, is_password(PASSWORD, mended.password)) == (Stage.SUBMITTED, "周晓", True)
    assert len(cases.files_of(mended)) == 1, "a new file of a kind replaces the former one"
    client.post_form("/registration/leave")
    assert "大冶清泉" not in client.get("/registration/status").get_data(as_text=True)


@one_engine
def test_a_site_may_keep_registration_shut(platform_app: Flask, client: SignedIn) -> None:
    bundle = platform_app.extensions["shuixin"].loaded.bundles["registration"]
    assert "/registration/" in client.get("/sign-in").get_data(as_text=True)
    bundle.settings = bundle.settings.model_copy(update={"open": False})
    assert client.get("/registration/").status_code == 404
    assert "/registration/" not in client.get("/sign-in").get_data(as_text=True)
    bundle.settings = None
    page = client.get("/sign-in")
    assert (page.status_code, "/registration/" in page.get_data(as_text=True)) == (200, False), "nor if it cannot tell"


def test_what_came_to_nothing_is_swept_with_its_evidence(platform_app: Flask) -> None:
    now = clock.now()
    kept, refused, returned = registered(uscc=OTHER), registered(), registered()
    for each, stage in ((refused, Stage.REFUSED), (returned, Stage.RETURNED)):
        each.save_if(each.row_version, stage=stage, stage_at=now)
    paths = [platform_app.extensions["shuixin"].store.path_of(each) for each in cases.files_of(refused)]
    assert cases.sweep(now + timedelta(days=60)) == 0
    assert cases.sweep(now + timedelta(days=60, seconds=1)) == 1
    assert cases.sweep(now + timedelta(days=90, seconds=1)) == 1
    assert [each.id for each in Registration.select()] == [kept.id]
    assert (Attachment.select().count(), paths[0].exists()) == (1, False)


# --- main accounts of those that were made elsewhere --------------------------------------------------------------


def test_the_oldest_account_of_each_subject_is_its_main_one(platform_app: Flask) -> None:
    users = [
        create_user(SYSTEM, username=name, name=name, password=PASSWORD, roles=("enterprise",), subject=subject)
        for name, subject in (("one", USCC), ("two", USCC), ("three", OTHER), ("staff", ""))
    ]
    assert (main_account(USCC).user, main_account(WUHAN), main_account("")) == (users[0], None, None)
    assert not MainAccount.select().exists(), "asking writes nothing"
    assert note_all() == 2
    found = {main.subject: (main.user, main.region) for main in MainAccount.select()}
    assert found == {USCC: (users[0], "420281"), OTHER: (users[2], "420200")}
    MainAccount.get(MainAccount.subject == USCC).save_if(1, user=users[1])
    note_all()
    assert main_account(USCC).user == users[1], "what was handed over stays so"
