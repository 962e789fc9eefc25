"""The flow of filings: counted from their records, by the months in which the steps were taken."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from python_calamine import CalamineWorkbook

from shuixin.access import Actor
from shuixin.errors import Refused
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing, FilingEvent
from shuixin_credit_collection.services import flow

Make = Callable[..., Filing]
SECOND = "91420281MA1JER209B"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _history(filing: Filing, *steps: tuple[str, str]) -> None:
    """Give *filing* another record than the one that the test made in a moment."""
    FilingEvent.delete().where(FilingEvent.filing == filing).execute()
    for act, at in steps:
        FilingEvent.create(filing=filing, at=_at(at), actor_id=1, actor_name="甲", act=act)


@pytest.fixture
def two(submitted: Make, actor_as: Callable[..., Actor]) -> tuple[Filing, Filing]:
    """One filing approved in March after a return, one submitted and withdrawn."""
    first, second = submitted(actor_as("enterprise")), submitted(actor_as("enterprise", "二"), uscc=SECOND)
    _history(
        first,
        ("draft", "2026-01-01T00:00"),
        ("submit", "2026-01-31T15:59"),  # 23:59 in Beijing
        ("return", "2026-02-02T15:59"),
        ("submit", "2026-02-28T16:00"),  # already March in Beijing
        ("pass", "2026-03-01T16:00"),
        ("approve", "2026-03-03T16:00"),
    )
    _history(second, ("submit", "2026-03-05T00:00"), ("withdraw", "2026-03-06T00:00"))
    return first, second


def test_each_step_counts_in_its_month(two: tuple[Filing, Filing], actor_as: Callable[..., Actor]) -> None:
    months = flow.by_month(actor_as("leader"), date(2026, 1, 1), date(2026, 3, 31))
    counted = ("received", "resubmitted", "returned", "withdrawn", "rejected", "approved")
    assert {month: tuple(getattr(period, name) for name in counted) for month, period in months.items()} == {
        "2026-01": (1, 0, 0, 0, 0, 0),
        "2026-02": (0, 0, 1, 0, 0, 0),
        "2026-03": (1, 1, 0, 1, 0, 1),
    }
    march = months["2026-03"]
    assert march.mean("in_hand") == pytest.approx(2 + 3)
    assert march.mean("whole") == pytest.approx(31 + 1 / 1440)
    assert months["2026-01"].mean("whole") is None
    whole = flow.total(months.values())
    assert (whole.received, whole.approved, whole.whole) == (2, 1, march.whole)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_the_days_asked_for_and_the_own_regions_count(
    two: tuple[Filing, Filing], actor_as: Callable[..., Actor]
) -> None:
    only = flow.by_month(actor_as("leader"), date(2026, 3, 5), date(2026, 3, 5))
    assert (only["2026-03"].received, only["2026-03"].withdrawn) == (1, 0)
    Filing.update(region="420300").where(Filing.id == two[0].id).execute()
    assert flow.total(flow.by_month(actor_as("leader"), date(2026, 1, 1), date(2026, 3, 31)).values()).approved == 0
    for first, last in ((date(2026, 2, 1), date(2026, 1, 1)), (date(2000, 1, 1), date(2026, 1, 1))):
        with pytest.raises(Refused):
            flow.by_month(actor_as("leader"), first, last)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_shows_it_and_the_workbook_holds_the_same(
    two: tuple[Filing, Filing], client_as: Callable[..., SignedIn]
) -> None:
    leader, address = client_as("leader"), "/office/credit_collection/flow/"
    page = leader.get(f"{address}?first=2026-01-01&last=2026-03-31").get_data(as_text=True)
    assert all(month in page for month in ("2026-01", "2026-02", "2026-03", "合计"))
    sent = leader.get(f"{address}flow.xlsx?first=2026-01-01&last=2026-03-31").get_data()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sent)).get_sheet_by_index(0).to_python()
    assert rows[-2] == ["2026-03", "1", "1", "0", "1", "0", "1", "31.0", "5.0"]
    wrong = leader.get(f"{address}?first=2026-13-01")
    assert wrong.status_code == 422
    assert "不是日期" in wrong.get_data(as_text=True)
    assert leader.get(f"{address}?first=2026-03-01&last=2026-02-01").status_code == 422
    assert client_as("enterprise").get(address).status_code == 403
