"""Filings on their way, and works done at the same moment, for the attack tests."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask

from shuixin.access import Actor
from shuixin.accounts.web import actor_of
from shuixin.database import db
from shuixin.errors import ShuixinError
from shuixin.kit.identifiers import complete_uscc
from shuixin.kit.review import Verdict
from shuixin.platform import current_platform
from shuixin.testing.fixtures import account_of
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.services import commitments, filings, reviewing

CODE = complete_uscc("91420204MAE2E9T41")
ID_NUMBER, MOBILE = "420202199001011231", "13907230001"
BASIC = {
    "name": "黄石试航水利工程有限公司",
    "uscc": CODE,
    "kinds": "施工",
    "reg_region": "湖北省黄石市下陆区",
    "reg_capital": "4000",
    "legal_rep": "沈知行",
    "legal_rep_idno": ID_NUMBER,
    "mobile": MOBILE,
}


def actor(role: str, suffix: str = "") -> Actor:
    """The actor of a role, with an account of its own."""
    return actor_of(account_of(role, suffix), current_platform())


def draft(by: Actor, **basic: str) -> Filing:
    """A draft with 基本信息."""
    filing = filings.start(by)
    key = next(iter(filing.draft["basic_information"]))
    rows = {key: {**BASIC, **basic}}
    return filings.save_draft(by, filing.id, version=filing.row_version, code="basic_information", rows=rows)


def submitted(by: Actor, **basic: str) -> Filing:
    """A submitted filing."""
    filing = draft(by, **basic)
    return filings.submit(by, filing.id, version=filing.row_version, commitment=commitments.wording().id)


def reviewed(by: Actor, **basic: str) -> Filing:
    """A filing that waits for its approval."""
    return decide(actor("reviewer"), submitted(by, **basic))


def decide(reviewer: Actor, filing: Filing) -> Filing:
    """Pass a filing on with all its items accepted."""
    everything = {item.id: reviewing.Judgement(Verdict.ACCEPTED) for item in filing.items}
    return reviewing.decide(reviewer, filing.id, version=filing.row_version, judgements=everything)


def approved(by: Actor, **basic: str) -> Filing:
    """A filing that is in the Register."""
    filing = reviewed(by, **basic)
    return reviewing.approve(actor("leader"), filing.id, version=filing.row_version)


def at_once(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """Run all *works* at the same moment, each with a connection of its own; return results or refusals."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        with app.app_context(), db.connection_context():
            db.execute_sql("SELECT 1")
            barrier.wait(30)
            try:
                return work()
            except ShuixinError as refusal:
                return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
