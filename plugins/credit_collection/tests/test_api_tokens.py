"""Tokens of enterprises' own systems: shown once, ended with their account, with no more rights than it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from shuixin.access import Actor, system_actor
from shuixin.accounts import SignInAttempt, User, close_account, end_grant
from shuixin.accounts.models import RoleGrant
from shuixin.audit import AuditEntry
from shuixin.errors import Forbidden, NotFound, Refused
from shuixin.kit import clock
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import ApiToken
from shuixin_credit_collection.services import tokens

from .api_client import Caller, caller
from .conftest import BASIC, CODE

OTHER = "91420281MA1JER209B"


@pytest.fixture
def firm(actor_as: Callable[..., Actor]) -> Actor:
    """An enterprise account that is bound to its subject."""
    return actor_as("enterprise", subject=CODE)


@pytest.fixture
def api(client: SignedIn, firm: Actor) -> Caller:
    """The system of that enterprise."""
    return caller(client, firm)


def _status(api: Caller) -> int:
    status: int = api.send("GET", "filings").status_code
    return status


# --- making and ending -------------------------------------------------------------------------------------------


def test_the_secret_is_stored_nowhere_and_shown_once(api: Caller, dump: Callable[[], Any], caplog: Any) -> None:
    _begin, prefix, secret = api.token.split("_", 2)
    assert _status(api) == 200
    assert len(secret) == 43
    stored = repr(dump())
    assert prefix in stored
    assert secret not in stored
    assert secret not in caplog.text
    made = AuditEntry.get(AuditEntry.action == "token.create")
    assert (made.object_key, made.detail["subject"]) == (prefix, CODE)


@pytest.mark.parametrize(
    ("label", "days"), [("", 30), (" ", 30), ("x" * 61, 30), ("a\nb", 30), ("ERP", 0), ("ERP", 366)]
)
def test_a_token_has_a_purpose_and_an_end(firm: Actor, label: str, days: int) -> None:
    with pytest.raises(Refused) as refused:
        tokens.create(firm, label=label, days=days, now=clock.now())
    assert {each.field for each in refused.value.problems} == {"days" if label == "ERP" else "label"}
    assert not ApiToken.select().exists()


def test_a_unit_has_so_many_tokens_and_ended_ones_do_not_count(firm: Actor) -> None:
    now = clock.now()
    made = [tokens.create(firm, label="ERP", days=1, now=now)[0] for _turn in range(10)]
    with pytest.raises(Refused, match="10"):
        tokens.create(firm, label="ERP", days=1, now=now)
    tokens.revoke(firm, made[0].id, now=now)
    tokens.create(firm, label="ERP", days=1, now=now)
    assert tokens.create(firm, label="ERP", days=365, now=now + timedelta(days=2))[0].expires_on > made[1].expires_on


def test_only_who_files_for_a_subject_has_tokens(actor_as: Callable[..., Actor], firm: Actor) -> None:
    now = clock.now()
    token, _text = tokens.create(firm, label="ERP", days=1, now=now)
    for actor in (actor_as("reviewer"), actor_as("enterprise_viewer", subject=CODE)):
        with pytest.raises(Forbidden):
            tokens.create(actor, label="ERP", days=1, now=now)
        with pytest.raises(Forbidden):
            tokens.own_tokens(actor)
    with pytest.raises(Refused, match="首次申报"):
        tokens.create(actor_as("enterprise", "新"), label="ERP", days=1, now=now)
    assert tokens.own_tokens(actor_as("enterprise", "新")) == []
    stranger = actor_as("enterprise", "二", subject=OTHER)
    assert tokens.own_tokens(stranger) == []
    with pytest.raises(NotFound):
        tokens.revoke(stranger, token.id, now=now)
    assert ApiToken.get().revoked_at is None


# --- what ends it ------------------------------------------------------------------------------------------------


def _revoke(firm: Actor) -> None:
    tokens.revoke(firm, ApiToken.get().id, now=clock.now())


def _expire(_firm: Actor) -> None:
    ApiToken.update(expires_on=clock.legal_day(clock.now()) - timedelta(days=1)).execute()


def _close(firm: Actor) -> None:
    close_account(User.get_by_id(firm.id))


def _bind_elsewhere(firm: Actor) -> None:
    User.update(subject=OTHER).where(User.id == firm.id).execute()


def _take_role(firm: Actor) -> None:
    end_grant(system_actor("测试"), RoleGrant.get(RoleGrant.user == firm.id).id, now=clock.now())


@pytest.mark.parametrize("end", [_revoke, _expire, _close, _bind_elsewhere, _take_role])
def test_a_token_that_has_ended_opens_nothing(api: Caller, firm: Actor, end: Callable[[Actor], None]) -> None:
    assert _status(api) == 200
    end(firm)
    answer = api.send("GET", "filings")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.get_json()["error"]["code"] == "unauthorized"
    assert api.send("POST", "filings").status_code == 401


def test_a_token_counts_on_its_last_day(api: Caller) -> None:
    ApiToken.update(expires_on=clock.legal_day(clock.now())).execute()
    assert _status(api) == 200


def test_a_token_can_do_no_more_than_its_account_may_now(api: Caller, firm: Actor, user_as: Callable[..., Any]) -> None:
    _take_role(firm)
    RoleGrant.create(user=firm.id, role="enterprise_viewer", given_at=clock.now())
    assert _status(api) == 200
    refused = api.send("POST", "filings")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "forbidden")


def test_rights_besides_filing_do_not_come_along(client: SignedIn, actor_as: Callable[..., Actor], firm: Actor) -> None:
    RoleGrant.create(user=firm.id, role="reviewer", region="420200", given_at=clock.now())
    text = caller(client, firm).token
    actor = tokens.authenticate(text, origin="127.0.0.1", agent="", now=clock.now())
    assert actor is not None
    assert {each.permission for each in actor.grants} == {"credit_collection.look", "credit_collection.file"}
    assert actor.subject == CODE


# --- how it is sent ----------------------------------------------------------------------------------------------


def test_a_session_alone_never_authorises(client_as: Callable[..., SignedIn], firm: Actor) -> None:
    person = client_as("enterprise")
    assert person.get("/workspace/").status_code == 200
    token = person.token()
    assert person.get("/api/v1/filings").status_code == 401
    for data in ({}, {"csrf_token": token}):
        answer = person.post("/api/v1/filings", data=data, headers={"X-CSRFToken": token})
        assert answer.status_code == 401
    assert person.get("/workspace/").status_code == 200, "and the session goes on"


def test_no_cookie_is_set_or_heeded(api: Caller, client_as: Callable[..., SignedIn], firm: Actor) -> None:
    person = client_as("enterprise", "二", subject=OTHER)
    made = Caller(person, api.token)
    answer = made.begin()
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert made.put("basic_information", "own", BASIC).status_code == 200
    assert [each["id"] for each in api.send("GET", "filings").get_json()["filings"]] == [made.id]
    for path in ("/api/docs", "/api/v1/openapi.json"):
        assert "Set-Cookie" not in person.get(path).headers
        assert "enterprise二" not in person.get(path).get_data(as_text=True)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer x{}", "Bearer {}x", "Bearer {} x"]
)
def test_only_the_whole_token_as_bearer_counts(client: SignedIn, api: Caller, header: str) -> None:
    answer = client.get("/api/v1/filings", headers={"Authorization": header.format(api.token)})
    assert answer.status_code == 401
    assert client.get(f"/api/v1/filings?access_token={api.token}&token={api.token}").status_code == 401
    assert client.get("/api/v1/filings", headers={"Authorization": f"bearer {api.token}"}).status_code == 200


def test_a_token_opens_no_page(client: SignedIn, api: Caller) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    assert client.get("/workspace/", headers=headers).status_code == 302
    assert client.post("/workspace/filings", headers=headers).status_code == 400


def test_an_unknown_address_is_answered_as_json(client: SignedIn, api: Caller) -> None:
    for path, status in (("/api/v1/nothing", 404), ("/api/v1/register", 405)):
        answer = client.post(path, headers={"Authorization": f"Bearer {api.token}"})
        assert (answer.status_code, answer.mimetype) == (status, "application/json")


# --- limits ------------------------------------------------------------------------------------------------------


def test_wrong_tokens_are_counted_by_source_and_lock_nobody_out(
    client: SignedIn, api: Caller, client_as: Callable[..., SignedIn]
) -> None:
    prefix = api.token.split("_")[1]
    wrong = Caller(client, f"sxt_{prefix}_{'x' * 43}")
    statuses = [_status(wrong) for _turn in range(8)]
    assert statuses[:5] == [401] * 5
    assert statuses[-1] == 429
    assert wrong.send("GET", "filings").headers["Retry-After"] == "60"
    assert {each.username for each in SignInAttempt.select()} == {f"api:{prefix}"}
    assert _status(api) == 200, "the right token counts nevertheless"
    client_as("enterprise")  # from the same address


def test_no_attempt_repeats_a_secret(client: SignedIn, api: Caller) -> None:
    _status(Caller(client, f"{api.token}x"))
    _status(Caller(client, f"sxt_{api.token.split('_')[1]}_{'y' * 43}"))
    noted = repr([(each.username, each.agent, each.address) for each in SignInAttempt.select()])
    assert api.token.split("_", 2)[2] not in noted
    assert "y" * 43 not in noted


def test_a_token_is_used_so_often_a_minute(api: Caller, platform_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "settings", lambda: tokens_settings(3))
    statuses = [_status(api) for _turn in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    ApiToken.update(minute=ApiToken.minute - 1).execute()
    assert _status(api) == 200
    assert ApiToken.get().last_used_at is not None


def tokens_settings(requests: int) -> Any:
    from shuixin_credit_collection.settings import CollectionSettings

    return CollectionSettings(requests_per_minute=requests)


# --- the page ----------------------------------------------------------------------------------------------------


def test_the_page_makes_shows_and_revokes(client_as: Callable[..., SignedIn], firm: Actor, client: SignedIn) -> None:
    person = client_as("enterprise")
    assert "还没有接口令牌" in person.get("/workspace/tokens").get_data(as_text=True)
    refused = person.post_form("/workspace/tokens/new", {"label": "", "days": "999"})
    assert refused.status_code == 422
    assert refused.get_data(as_text=True).count("field-label") >= 1
    page = person.post_form("/workspace/tokens/new", {"label": "企业ERP", "days": "90"}).get_data(as_text=True)
    text = re.findall(r"sxt_[0-9a-f]{12}_[\w-]{43}", page)[0]
    assert _status(Caller(client, text)) == 200
    listed = person.get("/workspace/tokens").get_data(as_text=True)
    assert text not in listed
    assert text.rsplit("_", 1)[0][:16] in listed
    person.post_form("/workspace/tokens/revoke", {"token": str(ApiToken.get().id)})
    assert "已撤销" in person.get("/workspace/tokens").get_data(as_text=True)
    assert _status(Caller(client, text)) == 401


def test_a_new_token_asks_for_the_password_again(client_as: Callable[..., SignedIn], firm: Actor) -> None:
    person = client_as("enterprise")
    with person.session_transaction() as session:
        session["sx_confirmed"] = 0
    answers = [
        person.get("/workspace/tokens/new"),
        person.post_form("/workspace/tokens/new", {"label": "企业ERP", "days": "90"}),
    ]
    assert [each.location.split("?")[0] for each in answers] == ["/account/confirm"] * 2
    assert not ApiToken.select().exists()
