"""Signing in: locks, challenges, former passwords, the second factor, sessions; cases T13 to T19 by name."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from flask import Flask

from shuixin.access import Actor, system_actor
from shuixin.accounts import LoginSession, User, second_factor
from shuixin.accounts.attempts import Outcome, begin, finish, standing, sweep, unlock
from shuixin.accounts.models import PasswordUse, RecoveryCode, SignInAttempt
from shuixin.accounts.services import change_password, live_sessions
from shuixin.audit import AuditEntry
from shuixin.database import db
from shuixin.errors import Forbidden, Refused
from shuixin.kit import challenges, clock
from shuixin.kit.challenges import Challenge
from shuixin.kit.sealing import Sealer
from shuixin.settings import SignInSettings
from shuixin.testing.fixtures import PASSWORD, SignedIn, client_of

RULES = SignInSettings()
SYSTEM = system_actor("测试")
SOURCE = "198.51.100.7"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def wrong(username: str, times: int, now: Any, source: str = SOURCE) -> None:
    for _time in range(times):
        _stands, attempt = begin(RULES, username, source, "test", now)
        finish(attempt, Outcome.WRONG)


def attempt_page(client: SignedIn, username: str, password: str = "wrong-horse-1", **more: str) -> str:
    answer = client.post_form("/sign-in", {"username": username, "password": password, **more})
    return "signed in" if answer.status_code == 302 else str(answer.get_data(as_text=True))


def test_t13_five_failures_lock_an_account_and_the_lock_slides(platform_app: Flask) -> None:
    now = clock.now()
    wrong("li", 2, now - timedelta(minutes=20))
    wrong("li", 3, now - timedelta(minutes=10))
    assert standing(RULES, "li", "", now).locked_until is None, "what left the window counts no more"
    wrong("li", 2, now)
    assert standing(RULES, "li", "", now).locked_until == now + timedelta(minutes=5)
    assert standing(RULES, "li", "", now + timedelta(minutes=6)).locked_until is None
    assert standing(RULES, "wang", "", now).locked_until is None, "of others nothing is counted"


def test_t13_attempts_while_locked_do_not_prolong_the_lock(platform_app: Flask) -> None:
    now = clock.now()
    wrong("li", 5, now)
    until = standing(RULES, "li", "", now).locked_until
    stands, attempt = begin(RULES, "li", SOURCE, "test", now + timedelta(minutes=14))
    assert (stands.locked_until, attempt.outcome) == (until, Outcome.LOCKED)
    assert standing(RULES, "li", "", now + timedelta(minutes=16)).locked_until is None


def test_t13_a_source_that_tries_many_accounts_is_challenged_and_then_locked(platform_app: Flask) -> None:
    now = clock.now()
    for number in range(10):
        wrong(f"name{number}", 1, now)
    assert standing(RULES, "fresh", SOURCE, now).challenged
    assert not standing(RULES, "fresh", "203.0.113.9", now).challenged
    for number in range(40):
        wrong(f"other{number}", 1, now)
    assert standing(RULES, "fresh", SOURCE, now).locked_until is not None


def test_t13_a_success_and_an_administrator_end_the_count(platform_app: Flask, actor_as: Callable[..., Actor]) -> None:
    now = clock.now()
    actor_as("reviewer")
    wrong("reviewer", 4, now)
    finish(begin(RULES, "reviewer", SOURCE, "test", now)[1], Outcome.OK)
    wrong("reviewer", 4, now)
    assert standing(RULES, "reviewer", "", now).locked_until is None
    wrong("reviewer", 1, now)
    assert standing(RULES, "reviewer", "", now).locked_until is not None
    with pytest.raises(Forbidden):
        unlock(actor_as("reviewer"), "reviewer", now)
    unlock(SYSTEM, "reviewer", now)
    assert standing(RULES, "reviewer", "", now).locked_until is None
    assert AuditEntry.select().where(AuditEntry.action == "account.unlock").count() == 1


def test_t13_attempts_made_side_by_side_do_not_outrun_the_lock(platform_app: Flask) -> None:
    now = clock.now()

    def one(_number: int) -> bool:
        with db.connection_context():
            return begin(RULES, "li", SOURCE, "test", now)[0].locked_until is None

    with ThreadPoolExecutor(8) as threads:
        checked = sum(threads.map(lambda number: Context().run(one, number), range(24)))
    assert checked == RULES.failures, "each counts as a failure until it is found right"


@one_engine
def test_t13_known_and_unknown_accounts_read_the_same(client: SignedIn, user_as: Callable[..., User]) -> None:
    user_as("reviewer")
    pages = {"reviewer": "", "nobody-at-all": ""}
    for turn in range(6):
        for name, shown in pages.items():
            token = "".join(re.findall(r'name="challenge_token" value="([^"]+)"', shown))
            asked = Challenge.get_or_none(Challenge.token == token)
            pages[name] = attempt_page(client, name, challenge_token=token, answer=asked.answer if asked else "")
        words = [re.findall(r"<li>(.+?)</li>", page.split("data-sx-errors", 1)[1])[0] for page in pages.values()]
        assert words[0] == words[1], turn
    assert "已暂时锁定" in words[0]
    assert "暂时锁定" in attempt_page(client, "reviewer", PASSWORD), "nor does the right password open it now"
    wrong_ones = SignInAttempt.select().where(SignInAttempt.username == "nobody-at-all")
    assert [each.outcome for each in wrong_ones] == ["wrong"] * 5
    assert SignInAttempt.get(SignInAttempt.outcome == "locked").times == 3


@one_engine
def test_a_challenge_is_asked_after_failures_and_answered_once(client: SignedIn, user_as: Callable[..., User]) -> None:
    user_as("reviewer")
    for _turn in range(2):
        page = attempt_page(client, "reviewer")
    token = re.findall(r'name="challenge_token" value="([^"]+)"', page)[0]
    asked = Challenge.get_by_id(token)
    picture = client.get(f"/account/challenge/{token}.png")
    assert (picture.status_code, picture.data[:4]) == (200, b"\x89PNG")
    assert asked.answer not in page
    refused = attempt_page(client, "reviewer", PASSWORD, challenge_token=token, answer="nope")
    assert "验证码不正确" in refused
    assert Challenge.get_or_none(Challenge.token == token) is None, "a challenge is used up by any answer"
    again = attempt_page(client, "reviewer", PASSWORD, challenge_token=token, answer=asked.answer)
    token = re.findall(r'name="challenge_token" value="([^"]+)"', again)[0]
    answer = Challenge.get_by_id(token).answer.lower()
    assert attempt_page(client, "reviewer", PASSWORD, challenge_token=token, answer=f" {answer} ") == "signed in"
    outcomes = [(each.outcome, each.times) for each in SignInAttempt.select().order_by(SignInAttempt.id)]
    assert outcomes == [("wrong", 1), ("wrong", 1), ("challenge", 2), ("ok", 1)]


@one_engine
def test_who_cannot_see_pictures_answers_a_question(client: SignedIn, user_as: Callable[..., User]) -> None:
    user_as("reviewer")
    for _turn in range(2):
        attempt_page(client, "reviewer")
    form = {"username": "reviewer", "password": "still-wrong-2"}
    page = client.post_form("/sign-in?challenge=question", form).get_data(as_text=True)
    assert re.search(r"\d+[加减]\d+等于多少", page)
    assert '<img class="sx-challenge"' not in page
    fresh = client.get("/sign-in?challenge=question").get_data(as_text=True)
    assert "等于多少" in fresh, "who follows the link gets a question at once"
    made = challenges.ask(challenges.QUESTION, clock.now())
    left, sign, right = re.findall(r"(\d+)([+-])(\d+)", made.text)[0]
    assert int(made.answer) == int(left) + (int(right) if sign == "+" else -int(right))
    assert str(challenges.words_of(made)).startswith(left)
    assert challenges.answered(made.token, made.answer, clock.now())
    old = challenges.ask(challenges.PICTURE, clock.now() - timedelta(minutes=11))
    assert not challenges.answered(old.token, old.answer, clock.now())
    assert challenges.picture_of(old.token, clock.now()) is None


def test_former_passwords_are_not_taken_again(platform_app: Flask, actor_as: Callable[..., Actor]) -> None:
    actor = actor_as("reviewer")
    user = User.get_by_id(actor.id)
    for word in ("First-word-11", "Second-word-22"):
        change_password(actor, user, word, former=3)
    for used in (PASSWORD, "First-word-11", "Second-word-22"):
        with pytest.raises(Refused, match="最近3次"):
            change_password(actor, user, used, former=3)
    change_password(actor, user, "Third-word-33", former=3)
    change_password(actor, user, PASSWORD, former=3)
    assert PasswordUse.select().where(PasswordUse.user == user).count() == 5


@one_engine
def test_an_expired_password_is_changed_before_anything_else(
    platform_app: Flask, client_as: Callable[..., SignedIn]
) -> None:
    platform = platform_app.extensions["shuixin"]
    rules = platform.settings.sign_in.model_copy(update={"password_days": 90})
    platform.settings = platform.settings.model_copy(update={"sign_in": rules})
    person = client_as("reviewer")
    assert person.get("/office/").status_code == 200
    User.update(password_changed_at=clock.now() - timedelta(days=90)).execute()
    assert person.get("/office/").headers["Location"] == "/account/password"


@pytest.fixture
def sealer(platform_app: Flask) -> Sealer:
    found: Sealer = platform_app.extensions["shuixin"].sealer
    return found


@pytest.fixture
def frozen() -> Iterator[Any]:
    """A clock that stands in the middle of a time step and is moved by the test."""
    with time_machine.travel(1_800_000_015, tick=False) as traveller:
        yield traveller


@pytest.fixture
def with_factor(frozen: Any, sealer: Sealer, user_as: Callable[..., User]) -> tuple[User, pyotp.TOTP, list[str]]:
    """A reviewer with a second factor: the account, its app, its recovery codes."""
    user = user_as("reviewer")
    secret = second_factor.offered_secret(user, second_factor.offer(user, sealer), sealer)
    app = pyotp.TOTP(secret)
    codes = second_factor.set_up(SYSTEM, user, secret, app.at(clock.now()), now=clock.now(), sealer=sealer)
    frozen.shift(60)
    return User.get_by_id(user.id), app, codes


def test_t18_a_code_holds_once_and_for_its_time_only(with_factor: Any, sealer: Sealer, frozen: Any) -> None:
    user, app, _codes = with_factor

    def accepts(code: str) -> bool:
        return second_factor.accepts(SYSTEM, user, code, now=clock.now(), sealer=sealer)

    now = clock.now()
    assert not accepts("000000")
    assert not accepts(app.at(now - timedelta(seconds=90)))
    assert accepts(app.at(now))
    assert not accepts(app.at(now)), "a code that was seen over a shoulder is worth nothing"
    assert not accepts(app.at(now - timedelta(seconds=30))), "nor an older one after it"
    frozen.shift(30)
    assert accepts(f" {app.at(clock.now())[:3]} {app.at(clock.now())[3:]} ")


def test_a_recovery_code_stands_in_once(with_factor: Any, sealer: Sealer) -> None:
    user, _app, codes = with_factor
    assert len(set(codes)) == 10

    def accepts(code: str) -> bool:
        return second_factor.accepts(SYSTEM, user, code, now=clock.now(), sealer=sealer)

    assert accepts(codes[0].upper())
    assert not accepts(codes[0])
    assert second_factor.codes_left(user) == 9
    renewed = second_factor.renew_recovery_codes(SYSTEM, user, sealer)
    assert not accepts(codes[1])
    assert accepts(renewed[0].replace("-", " "))
    stored = {row.code_hash for row in RecoveryCode.select()}
    assert not stored & {code.replace("-", "") for code in renewed}


@one_engine
def test_t18_nothing_opens_between_password_and_second_factor(
    platform_app: Flask, with_factor: Any, client: SignedIn, frozen: Any
) -> None:
    _user, app, codes = with_factor
    answer = client.post_form("/sign-in?next=/account/security", {"username": "reviewer", "password": PASSWORD})
    assert answer.headers["Location"] == "/account/second-factor"
    assert client.get("/office/").status_code == 302
    assert client.get("/account/security").status_code == 302
    assert LoginSession.select().count() == 0
    bad = client.post_form("/account/second-factor", {"code": "123456"})
    assert bad.status_code == 422
    assert "动态口令或恢复码不正确" in bad.get_data(as_text=True)
    good = client.post_form("/account/second-factor", {"code": app.at(clock.now())})
    assert (good.status_code, good.headers["Location"]) == (302, "/account/security")
    assert client.get("/office/").status_code == 200
    late = client_of(platform_app)
    late.post_form("/sign-in", {"username": "reviewer", "password": PASSWORD})
    frozen.shift(301)
    assert late.get("/account/second-factor").headers["Location"] == "/sign-in"
    assert codes


@one_engine
def test_t18_guessing_the_second_factor_locks_like_guessing_passwords(
    platform_app: Flask, with_factor: Any, client: SignedIn
) -> None:
    def enter() -> str:
        form = {"username": "reviewer", "password": PASSWORD}
        asked = Challenge.select().order_by(Challenge.at.desc()).first()
        more = {"challenge_token": asked.token, "answer": asked.answer} if asked else {}
        return str(client.post_form("/sign-in", {**form, **more}).get_data(as_text=True))

    enter()
    for _turn in range(4):
        client.post_form("/account/second-factor", {"code": "123456"})
    enter()  # is shown a challenge
    assert "/account/second-factor" in enter(), "the password again, with the challenge answered"
    client.post_form("/account/second-factor", {"code": "123456"})
    assert standing(RULES, "reviewer", "", clock.now()).locked_until, "the password does not end the count"
    right = with_factor[1].at(clock.now())
    assert "暂时锁定" in client.post_form("/account/second-factor", {"code": right}).get_data(as_text=True)
    assert LoginSession.select().count() == 0


@one_engine
def test_who_must_sets_a_second_factor_up_first(platform_app: Flask, client_as: Callable[..., SignedIn]) -> None:
    platform = platform_app.extensions["shuixin"]
    rules = platform.settings.sign_in.model_copy(update={"second_factor_roles": ["administrator"]})
    platform.settings = platform.settings.model_copy(update={"sign_in": rules})
    admin, reviewer = client_as("administrator"), client_as("reviewer")
    assert reviewer.get("/office/").status_code == 200
    assert admin.get("/office/administration/users/").headers["Location"] == "/account/second-factor/set-up"
    page = admin.get("/account/second-factor/set-up").get_data(as_text=True)
    offer = re.findall(r'name="offer" value="([^"]+)"', page)[0]
    secret = re.findall(r"secret=([A-Z2-7]+)", page)[0]
    assert "动态口令不正确" in admin.post_form("/account/second-factor/set-up", {"offer": offer, "code": "1"}).text
    foreign = admin.post_form("/account/second-factor/set-up", {"offer": "sealed:1:abc", "code": "1"})
    assert foreign.status_code == 422
    shown = admin.post_form("/account/second-factor/set-up", {"offer": offer, "code": pyotp.TOTP(secret).now()})
    assert len(re.findall(r">[a-z2-9]{5}-[a-z2-9]{5}<", shown.get_data(as_text=True))) == 10
    assert admin.get("/office/administration/users/").status_code == 200
    assert secret not in "".join(str(row.totp_secret) for row in User.select())
    platform.settings = platform.settings.model_copy(update={"demo": True})
    second = client_as("administrator", "-two")
    assert second.get("/office/administration/users/").status_code == 200, "not in a demonstration"


def test_an_offer_belongs_to_one_account(platform_app: Flask, sealer: Sealer, user_as: Callable[..., User]) -> None:
    one, two = user_as("reviewer"), user_as("leader")
    with pytest.raises(Refused, match="不属于当前账号"):
        second_factor.offered_secret(two, second_factor.offer(one, sealer), sealer)


@one_engine
def test_a_lost_second_factor_is_removed_by_an_administrator(
    with_factor: Any, client: SignedIn, actor_as: Callable[..., Actor]
) -> None:
    user, app, _codes = with_factor
    client.post_form("/sign-in", {"username": "reviewer", "password": PASSWORD})
    client.post_form("/account/second-factor", {"code": app.at(clock.now())})
    with pytest.raises(Forbidden):
        second_factor.remove(actor_as("leader"), "reviewer")
    second_factor.remove(actor_as("administrator"), "reviewer")
    assert client.get("/office/").status_code == 302, "sessions made with it have ended"
    assert User.get_by_id(user.id).totp_secret == ""
    assert RecoveryCode.select().count() == 0


@one_engine
def test_t19_everybody_sees_and_ends_own_sessions_only(
    platform_app: Flask, client_as: Callable[..., SignedIn], user_as: Callable[..., User]
) -> None:
    first, second, other = client_as("reviewer"), client_as("reviewer"), client_as("leader")
    page = first.get("/account/security").get_data(as_text=True)
    assert page.count('name="session"') == 1, "the own one is marked, not ended"
    foreign = live_sessions(user_as("leader"))[0].id
    first.post_form("/account/sessions/end", {"session": str(foreign)})
    assert other.get("/office/").status_code == 200
    first.post_form("/account/sessions/end", {"session": page.split('name="session" value="')[1].split('"')[0]})
    assert (first.get("/office/").status_code, second.get("/office/").status_code) == (200, 302)
    third = client_as("reviewer")
    first.post_form("/account/sessions/end")
    assert (first.get("/office/").status_code, third.get("/office/").status_code) == (200, 302)
    assert AuditEntry.select().where(AuditEntry.action == "account.sessions_ended").count() == 2


@one_engine
def test_t15_the_session_gets_a_new_name_when_somebody_signs_in(client: SignedIn, user_as: Callable[..., User]) -> None:
    client.get("/sign-in")
    preset = client.get_cookie("sx")
    user_as("reviewer")
    client.post_form("/sign-in", {"username": "reviewer", "password": PASSWORD})
    mine = client.get_cookie("sx")
    assert preset is not None
    assert mine is not None
    assert preset.value != mine.value
    client.set_cookie("sx", preset.value)
    assert client.get("/office/").status_code == 302


@one_engine
def test_the_log_shows_what_was_typed_and_markup_stays_text(
    client: SignedIn, client_as: Callable[..., SignedIn]
) -> None:
    attempt_page(client, "<script>alert(1)</script>")
    page = client_as("administrator").get("/office/administration/sign_ins/").get_data(as_text=True)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "账号、密码或动态口令不正确" in page
    old = clock.now() - timedelta(days=401)
    SignInAttempt.create(username="x", address="", agent="", at=old, outcome=Outcome.WRONG)
    assert sweep(clock.now()) == 1


@one_engine
def test_who_has_changed_the_password_is_told_to_sign_in_again(client_as: Callable[..., SignedIn]) -> None:
    person = client_as("reviewer")
    form = {"current": PASSWORD, "new": "Another-word-42", "confirm": "Another-word-42"}
    assert person.post_form("/account/password", form).headers["Location"] == "/sign-in"
    assert "密码已修改，请用新密码登录" in person.get("/sign-in").get_data(as_text=True)
    assert person.get("/office/").status_code == 302


@one_engine
def test_a_browser_left_open_is_asked_for_the_password_before_sessions_end(
    client_as: Callable[..., SignedIn], frozen: Any, user_as: Callable[..., User]
) -> None:
    other, person = client_as("reviewer"), client_as("reviewer")
    frozen.shift(timedelta(minutes=11))
    asked = person.post_form("/account/sessions/end")
    assert asked.headers["Location"] == "/account/confirm?next=/account/security"
    assert person.get("/account/second-factor/set-up").headers["Location"].startswith("/account/confirm")
    assert len(live_sessions(user_as("reviewer"))) == 2
    refused = person.post_form("/account/confirm?next=/account/security", {"password": "wrong-horse-1"})
    assert "密码不正确" in refused.text
    evil = person.post_form("/account/confirm?next=//evil.example", {"password": PASSWORD})
    assert evil.headers["Location"] == "/"
    assert person.post_form("/account/sessions/end").headers["Location"] == "/account/security"
    assert len(live_sessions(user_as("reviewer"))) == 1
    assert other.get("/office/").status_code == 302


@one_engine
def test_guessing_the_password_at_the_confirmation_locks_like_at_sign_in(
    client_as: Callable[..., SignedIn], frozen: Any
) -> None:
    person = client_as("reviewer")
    frozen.shift(timedelta(minutes=11))
    for _number in range(5):
        person.post_form("/account/confirm", {"password": "wrong-horse-1"})
    answer = person.post_form("/account/confirm", {"password": PASSWORD})
    assert answer.status_code == 422
    assert person.get("/account/second-factor/set-up").headers["Location"].startswith("/account/confirm")


def test_a_flood_of_unchecked_attempts_writes_one_row_a_minute(platform_app: Flask) -> None:
    now = clock.now()
    for outcome in (Outcome.LOCKED, Outcome.CHALLENGE):
        for number in range(6):
            _stands, attempt = begin(RULES, f"{outcome}-{number}", SOURCE, "", now + timedelta(seconds=20 * number))
            finish(attempt, outcome)
        rows = SignInAttempt.select().where(SignInAttempt.outcome == outcome).order_by(SignInAttempt.id)
        assert [row.times for row in rows] == [3, 3]
    _stands, attempt = begin(RULES, "elsewhere", "203.0.113.9", "", now)
    finish(attempt, Outcome.LOCKED)
    assert SignInAttempt.get_by_id(attempt.id).times == 1, "other addresses have rows of their own"
