"""Certificates that lapse: reminded once in each window, shown as lapsed, the Register untouched."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from shuixin.access import Actor, system_actor
from shuixin.database import transaction
from shuixin.kit import notices
from shuixin.kit.notices import Notice
from shuixin_credit_collection.models import Expiry, Filing, Subject
from shuixin_credit_collection.records.lapsing import status_on
from shuixin_credit_collection.services import commitments, filings, lapses, reviewing
from shuixin_credit_collection.services.claims import keep
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.entry import Origin, enter
from shuixin_credit_collection.services.lapses import remind

Make = Callable[..., Filing]
START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
#: The last day of the qualification of the draft of these tests.
LAST = date(2027, 2, 14)


@pytest.fixture
def frozen() -> Iterator[None]:
    with time_machine.travel(START, tick=False):
        yield


@pytest.fixture
def lapsing(frozen: None, actor_as: Callable[..., Actor], draft: Make, judge: Make) -> Actor:
    """An enterprise whose qualification lapses 90 days from START."""
    actor = actor_as("enterprise")
    filing = draft(actor)
    rows = {"a1": {**filing.draft["qualification"]["a1"], "valid_to": LAST.isoformat()}}
    filing = filings.save_draft(actor, filing.id, version=filing.row_version, code="qualification", rows=rows)
    filing = judge(
        actor_as("reviewer"),
        filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id),
    )
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    return actor


def told(actor: Actor) -> list[str]:
    rows = notices.of_addressee(actor.id).where(Notice.kind == "certificate.lapsing").order_by(Notice.id)
    return [notices.words(row.title) for row in rows]


def days_left(number: int) -> datetime:
    return START + timedelta(days=(LAST - date(2026, 11, 16)).days - number)


def test_each_reminder_goes_out_once_and_the_last_to_the_authority_too(
    lapsing: Actor, actor_as: Callable[..., Actor]
) -> None:
    reviewer = actor_as("reviewer")
    expected = {91: 0, 90: 1, 89: 1, 31: 1, 30: 2, 8: 2, 7: 3, 3: 3, 0: 3, -1: 3}
    for left, count in expected.items():
        for _twice in range(2):
            remind(days_left(left))
        assert len(told(lapsing)) == count, left
        assert len(told(reviewer)) == (1 if left <= 7 else 0), left
    assert "将于90天后到期" in told(lapsing)[0]
    assert "施工总承包" in told(lapsing)[0]
    assert "将于7天后到期" in told(reviewer)[0]


def test_what_was_missed_is_made_up_for_by_the_nearest_reminder_only(lapsing: Actor) -> None:
    assert str(remind(days_left(20))) == "发出证书到期提醒1条。"
    assert "将于20天后到期" in told(lapsing)[0]
    assert str(remind(days_left(10))) == "发出证书到期提醒0条。"


def test_a_renewed_certificate_is_reminded_of_anew(lapsing: Actor, actor_as: Callable[..., Actor], judge: Make) -> None:
    remind(days_left(90))
    with transaction():
        keep(Subject.get())
    assert Expiry.get().told == 90, "what stays as it was keeps what its holder was told"
    draft = draft_of(Subject.get())
    ((key, row),) = draft["qualification"].items()
    renewed = {**draft, "qualification": {key: {**row, "valid_to": "2027-02-20"}}}
    filing = judge(actor_as("reviewer"), enter(system_actor("测试"), renewed, Origin("authority")))
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    assert (Expiry.get().valid_to, Expiry.get().told) == (date(2027, 2, 20), None)
    remind(days_left(84))
    assert len(told(lapsing)) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_many_are_told_in_steps(lapsing: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lapses, "AT_ONCE", 2)
    one = Expiry.get()
    for number in range(5):
        Expiry.create(subject=one.subject, record_type="qualification", key=f"k{number}", valid_to=LAST)
    assert str(remind(days_left(30))) == "发出证书到期提醒6条。"


@given(
    st.sampled_from([None, "valid", "renewing", "suspended", "revoked", "cancelled", "annulled", "expired"]),
    st.none() | st.integers(-3, 3),
)
def test_a_status_is_shown_as_lapsed_after_its_last_day_only(status: str | None, offset: int | None) -> None:
    today = date(2026, 11, 30)
    until = None if offset is None else (today + timedelta(days=offset)).isoformat()
    values: dict[str, Any] = {"cert_status": status, "valid_to": until}
    lapsed = offset is not None and offset < 0 and status in (None, "valid")
    assert status_on(values, today) == ("expired" if lapsed else status)
