"""Enterprises whose data has gone all the way to the public."""

from collections.abc import Callable
from typing import Any

import pytest

from shuixin.access import Actor, system_actor
from shuixin_credit_collection.permissions import APPROVE, REVIEW
from shuixin_credit_collection.services import reviewing
from shuixin_credit_collection.services.entry import Origin, enter
from shuixin_credit_collection.services.rows import new_key
from shuixin_credit_publish.models import Edition
from shuixin_credit_publish.services import latest

CODE = "91420281MA1JER209B"
BASIC = {
    "name": "黄石录入水利工程有限公司",
    "uscc": CODE,
    "kinds": "施工",
    "reg_region": "湖北省黄石市大冶市",
    "legal_rep": "沈知行",
    "legal_rep_idno": "420202199001011231",
    "mobile": "13907230001",
}
QUALIFICATION = {
    "category": "施工总承包",
    "grade": "二级",
    "cert_no": "D242000001",
    "issuer": "湖北省住房和城乡建设厅",
    "valid_to": "2030-12-31",
}


PENALTY = {
    "behavior_code": "发生质量事故",
    "kind": "施工",
    "act": "未按批准的设计图纸施工",
    "act_type": "罚款",
    "basis": "《建设工程质量管理条例》第六十四条",
    "decision": "罚款3万元",
    "decision_no": "黄水罚〔2026〕3号",
    "decided_on": "2026-05-11",
    "organ": "黄石市水利和湖泊局",
    "catalog_item": "行政处罚",
}


@pytest.fixture
def approve_all(actor_as: Callable[..., Actor]) -> Callable[[], None]:
    """Review and approve whatever waits."""

    def act() -> None:
        for duty, role in ((REVIEW, "reviewer"), (APPROVE, "leader")):
            actor = actor_as(role)
            waiting = [(filing.id, filing.row_version) for filing in reviewing.queue(actor, duty)]
            results = reviewing.bulk(actor, duty, waiting)
            assert [str(result.message) for result in results if not result.ok] == []

    return act


@pytest.fixture
def published(approve_all: Callable[[], None]) -> Callable[..., Edition]:
    """Enter, review and approve one unit: ``published(name="…", good=["2026-03-03"])`` gives its newest Edition."""

    def make(
        good: tuple[str, ...] = (), bad: tuple[dict[str, str], ...] = (), specialty: str = "", **basic: str
    ) -> Edition:
        facts = {**BASIC, **basic}
        draft: dict[str, Any] = {
            "basic_information": {new_key(): facts},
            "qualification": {new_key(): {**QUALIFICATION, "specialty": specialty}} if specialty else {},
            "good_record": {new_key(): _award(day) for day in good},
            "bad_record": {new_key(): {**PENALTY, **each} for each in bad},
        }
        enter(system_actor("命令行"), draft, Origin("workbook"))
        approve_all()
        edition = latest(facts["uscc"])
        assert edition is not None
        return edition

    return make


def _award(day: str) -> dict[str, str]:
    return {
        "behavior_class": "工程获奖",
        "title": f"{day}优质工程",
        "level": "市",
        "granter": "黄石市水利和湖泊局",
        "granted_on": day,
        "cause": "内部事由不公开",
    }
