"""The verification page: what an auditor reads there, starts, and compares."""

from collections.abc import Callable

import pytest
from flask import Flask

from shuixin import audit
from shuixin.access import system_actor
from shuixin.audit import AuditEntry
from shuixin.jobs import JobRequest, run_once
from shuixin.testing.fixtures import SignedIn

ClientAs = Callable[..., SignedIn]
PAGE = "/office/administration/verification/"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _page(client: SignedIn) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    text: str = answer.get_data(as_text=True)
    return text


@one_engine
def test_it_shows_the_last_verification_and_the_present_head(platform_app: Flask, client_as: ClientAs) -> None:
    auditor = client_as("administrator")
    assert "还没有核验过" in _page(auditor)
    run_once(platform_app, "shuixin.audit")
    page, (number, hash_) = _page(auditor), audit.head()
    assert all(words in page for words in ("完好", "已公布", hash_, f"<dd>{number}</dd>"))
    assert page.count(hash_) == 2, "as the present head, and in the list of published ones"
    AuditEntry.update(actor_name="别人").where(AuditEntry.number == 1).execute()
    run_once(platform_app, "shuixin.audit")
    page = _page(auditor)
    assert all(words in page for words in ("不符", "第1条", "报告安全管理员"))


@one_engine
def test_it_can_be_asked_for_by_who_reads_the_log_and_nobody_else(platform_app: Flask, client_as: ClientAs) -> None:
    auditor = client_as("administrator")
    answer = auditor.post_form(f"{PAGE}run")
    assert answer.status_code == 302
    (request,) = JobRequest.select()
    assert (request.name, request.requested_by) == ("shuixin.audit", "administrator")
    assert "在等待执行" in _page(auditor)
    for role in ("reviewer", "leader", "editor", "enterprise"):
        person = client_as(role)
        assert person.get(PAGE).status_code in (302, 403), role
        assert person.post_form(f"{PAGE}run").status_code in (302, 403), role
    assert JobRequest.select().count() == 1


@one_engine
def test_a_copy_of_published_heads_shows_what_the_chain_alone_cannot(platform_app: Flask, client_as: ClientAs) -> None:
    auditor = client_as("administrator")
    for number in range(3):
        audit.append(system_actor("测试"), "test.act", "thing", str(number))
    run_once(platform_app, "shuixin.audit")
    copy = auditor.get("/audit-heads.txt").get_data(as_text=True)

    def compare(text: str) -> tuple[int, str]:
        answer = auditor.post_form(f"{PAGE}compare", {"heads": text})
        return answer.status_code, answer.get_data(as_text=True)

    status, page = compare(f"  {copy.upper()}\r\n又及")
    assert (status, "1个校验值全部相符" in page) == (200, True)
    for wrong in ("", "x", "今天 1 2 3", "<script>alert(1)</script>"):
        status, page = compare(wrong)
        assert (status, "没有找到校验值" in page) == (422, True)
        assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page, "what was pasted is still there"
    number = int(copy.split()[1])
    AuditEntry.delete().where(AuditEntry.number >= number).execute()
    status, page = compare(copy)
    assert (status, f"第{number}条记录与当时公布的不一致" in page) == (200, True)
    status, page = compare("时间 1 00")
    assert "第1条记录" in page
