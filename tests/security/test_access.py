"""Who reaches what: attacks T1 to T8, T21, T22 and T36 as sweeps over all routes, views and models."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.security import scoping, sweep
from tests.security.assigning import assigned
from tests.security.sweep import Ground

from shuixin import audit
from shuixin.audit import AuditEntry

ENGINES = pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
#: What is decided before the database is asked is swept on one of them.
ONE = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
Opened = Callable[..., Any]


@ENGINES
def test_t1_t2_t3_t7_rows_of_others_are_answered_like_missing_ones(engine: str, fresh_ground: Opened) -> None:
    with fresh_ground(engine) as ground:
        few = None if engine == "sqlite" else ("reviewer", "enterprise")  # the other engine, for what it compares alike
        assert scoping.foreign_rows(ground, few) == []


@ONE
def test_t5_nobody_writes_own_rights_by_any_form(ground: Ground) -> None:
    rights = ("shuixin_role_grant", "shuixin_user", "shuixin_unit")
    before = {table: sorted(map(repr, sweep.rows_of(table))) for table in rights if ground.everybody()}
    for role, person in ground.everybody().items():
        if role == "administrator":
            continue  # has the right to; test_people.py says what even they may not
        token = person.token()
        for path in sweep.private(sweep.addresses(ground.app, "POST", 1)):
            form = {"roles": ground.roles, "role": "administrator", "unit": "1", "region": "420000", "act": "roles"}
            person.post(path, data={**form, "user": "1", "username": role, "id": "1", "csrf_token": token})
    after = {table: sorted(map(repr, sweep.rows_of(table))) for table in rights}
    assert after == before


@ONE
def test_t6_an_enterprise_finds_nothing_in_the_back_office(ground: Ground) -> None:
    assert sweep.reached(ground, "enterprise", "/office") == []


@ONE
def test_t6_nor_does_a_visitor(ground: Ground) -> None:
    visitor = ground.person("")
    for path in sweep.private(sweep.addresses(ground.app, "GET", 1)):
        answer = visitor.get(path)
        assert answer.status_code in (302, 404), path
        if answer.status_code == 302 and not path.startswith("/account/second-factor"):
            assert answer.headers["Location"].startswith("/sign-in"), path


@ENGINES
def test_t8_no_request_touches_what_the_audit_log_says(engine: str, fresh_ground: Opened) -> None:
    with fresh_ground(engine) as ground:
        ground.fill(enterprises=3)
        people = ground.everybody()
        before = [repr(row) for row in sorted(sweep.rows_of("shuixin_audit_entry"), key=lambda row: row["number"])]
        number = AuditEntry.select().first().id
        for person in people.values():
            token = person.token()
            form = {"rowid": str(number), "id": str(number), "action": "delete", "list_form_pk": str(number)}
            form |= {"detail": "{}", "actor_name": "x", "hash": "0", "plugin": "shuixin", "confirm": "shuixin"}
            for method in sweep.CHANGING:
                for path in sweep.addresses(ground.app, method, number):
                    person.open(path, method=method, data={**form, "csrf_token": token}).close()
        after = [repr(row) for row in sorted(sweep.rows_of("shuixin_audit_entry"), key=lambda row: row["number"])]
        assert after[: len(before)] == before
        assert audit.verify()[1] is None


@ONE
def test_t21_forms_without_the_right_token_change_nothing(ground: Ground) -> None:
    assert sweep.forged(ground) == []
    with_token = ground.person("reviewer").post_form("/account/sessions/end")
    assert with_token.status_code == 302, "it is the token that decides"


@ONE
def test_t22_reading_changes_nothing(ground: Ground) -> None:
    assert sweep.writing_reads(ground) == []


@ONE
def test_t23_no_disguise_makes_a_reading_request_write(ground: Ground) -> None:
    before = sweep.dump(sweep.READING_WRITES)
    person, path = ground.person("administrator"), "/office/plugins/switch"
    form = {"plugin": "news", "on": "0", "note": "x"}
    json = '{"plugin": "news", "on": "0"}'
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded; boundary=x", "text/xml"):
        assert person.post(path, data=json, content_type=kind).status_code == 400, kind
        assert person.post("/sign-in", data=json, content_type=kind).status_code in (400, 415), kind
    for override in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = person.get(path, query_string={**form, "_method": "POST"}, headers={override: "POST"})
        assert answer.status_code in (308, 404, 405), "308 leads to the page of a plugin of that name"
    assert sweep.dump(sweep.READING_WRITES) == before
    answer = person.get("/office/", headers={"Origin": "https://evil.example"})
    assert not [name for name, _value in answer.headers if name.startswith("Access-Control")]


def test_t36_what_no_form_declares_no_request_sets(fresh_ground: Opened) -> None:
    with fresh_ground() as ground:
        ground.fill(enterprises=6)
        assert assigned(ground) == []


@ONE
def test_t36_office_lists_have_no_form_at_all(ground: Ground) -> None:
    person = ground.person("administrator")
    for path in sweep.private(sweep.addresses(ground.app, "POST", 1)):
        if re.search(r"/(new|edit|delete|action|ajax/update)/$", path):
            answer = person.post(path, data={"csrf_token": person.token(), "id": "1"})
            assert answer.status_code in (302, 403, 404), path
