"""A city, enterprises that declare, and a fingerprint of the whole database."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from shuixin.access import Actor
from shuixin.database import db
from shuixin.kit import review
from shuixin.kit.identifiers import complete_uscc
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.services import commitments, evidence, filings, reviewing
from shuixin_credit_collection.services.reviewing import Judgement

CODE = complete_uscc("91420204MAE2E9T41")
ID_NUMBER = "420202199001011231"
MOBILE = "13907230001"

BASIC = {
    "name": "黄石试航水利工程有限公司",
    "uscc": CODE,
    "kinds": "施工、供货",
    "reg_region": "湖北省黄石市下陆区",
    "reg_capital": "4000",
    "legal_rep": "沈知行",
    "legal_rep_idno": ID_NUMBER,
    "contact": "沈知行",
    "mobile": MOBILE,
}
QUALIFICATION = {
    "category": "施工总承包",
    "specialty": "水利水电工程",
    "grade": "二级",
    "cert_no": "D242000001",
    "issuer": "湖北省住房和城乡建设厅",
    "valid_to": "2030-12-31",
}


def _drafting(actor: Actor, *, proven: bool = True, **basic: str) -> Filing:
    """A draft with one qualification, *proven* by a document; ``basic`` replaces values of 基本信息."""
    filing = filings.start(actor)
    key = next(iter(filing.draft["basic_information"]))
    rows = {key: {**BASIC, **basic}}
    filing = filings.save_draft(actor, filing.id, version=filing.row_version, code="basic_information", rows=rows)
    rows = {"a1": QUALIFICATION}
    filings.save_draft(actor, filing.id, version=filing.row_version, code="qualification", rows=rows)
    if proven:
        prove(actor, filing.id, "qualification", "a1")
    return Filing.get_by_id(filing.id)


def prove(actor: Actor, filing_id: int, code: str, key: str) -> None:
    """Attach a document to one record of a draft, unless it has one."""
    if f"{code}-{key}" not in evidence.of_filing(Filing.get_by_id(filing_id)):
        stream = io.BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF")
        evidence.add(actor, filing_id, code=code, key=key, stream=stream, name="资质证书.pdf")


@pytest.fixture
def draft() -> Callable[..., Filing]:
    """Make a complete draft of an enterprise: ``draft(actor, name="…")``."""
    return _drafting


@pytest.fixture
def submitted(draft: Callable[..., Filing]) -> Callable[..., Filing]:
    """Make a complete draft and submit it."""

    def make(actor: Actor, **basic: str) -> Filing:
        filing, text = draft(actor, **basic), commitments.wording()
        return filings.submit(actor, filing.id, version=filing.row_version, commitment=text.id if text else "")

    return make


@pytest.fixture
def judge() -> Callable[..., Filing]:
    """Give a verdict on every item: ``judge(actor, filing, returned={"name": "理由……"})``."""

    def give(actor: Actor, filing: Filing, returned: dict[str, str] | None = None) -> Filing:
        reasons = returned or {}
        judgements = {
            item.id: Judgement(review.Verdict.RETURNED, reasons[item.field])
            if item.field in reasons
            else Judgement(review.Verdict.ACCEPTED)
            for item in filing.items
        }
        return reviewing.decide(actor, filing.id, version=filing.row_version, judgements=judgements)

    return give


@pytest.fixture
def approved(
    submitted: Callable[..., Filing], judge: Callable[..., Filing], actor_as: Callable[..., Actor]
) -> Callable[..., Filing]:
    """Take a declaration all the way into the Register."""

    def make(actor: Actor, **basic: str) -> Filing:
        filing = judge(actor_as("reviewer"), submitted(actor, **basic))
        return reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)

    return make


def _dump() -> dict[str, list[tuple[Any, ...]]]:
    rows = {table: db.execute_sql(f'SELECT * FROM "{table}"').fetchall() for table in sorted(db.get_tables())}
    return {table: sorted(map(tuple, found), key=repr) for table, found in rows.items()}


@pytest.fixture
def dump() -> Callable[[], dict[str, list[tuple[Any, ...]]]]:
    """Return every row of every table, to compare before and after."""
    return _dump


@pytest.fixture
def enterprise(actor_as: Callable[..., Actor], platform_app: Flask) -> Actor:
    """An enterprise that has declared nothing yet."""
    return actor_as("enterprise")
