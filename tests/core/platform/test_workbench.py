"""The first screen: what is urgent of all queues in one table, asked for once."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from shuixin.app import create_app
from shuixin.contributions import OfficeView, Queue, QueueCase
from shuixin.errors import PluginError
from shuixin.office.bases import OfficePage, expose
from shuixin.office.build import _check
from shuixin.platform import circumstances_of
from shuixin.plugins import enabled_plugins
from shuixin.settings import Settings
from shuixin.testing.fixtures import SignedIn, client_of
from shuixin.texts import domain

_ = domain("news")
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CASES = {
    "first": [("A1", date(2026, 11, 23), date(2026, 11, 20)), ("A2", None, None)],
    "second": [("B1", date(2026, 11, 26), date(2026, 11, 25)), ("B2", date(2026, 12, 9), date(2026, 12, 7))],
}


class Page(OfficePage):
    """A queue's page."""

    @expose("/")
    def index(self) -> str:
        return "x"


def case(number: str, due: date | None, warn: date | None) -> QueueCase:
    return QueueCase(number, f"单位{number}", "沈知行", NOW - timedelta(days=3), f"/office/x/{number}", due, warn)


class Desks:
    """Two queues of the news plugin that count how often they are asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Any] = {
            name: Queue(2, int(name == "first"), tuple(case(*row) for row in rows)) for name, rows in CASES.items()
        }

    def view(self, name: str) -> OfficeView:
        def count(_actor: Any) -> int:
            self.asked.append(f"count {name}")
            return 7

        def queue(_actor: Any, _limit: int) -> Any:
            self.asked.append(f"queue {name}")
            if isinstance(self.answers[name], Exception):
                raise self.answers[name]
            return self.answers[name]

        return OfficeView(Page("news", name, _(name)), "其他", "news.write", 5, count=count, queue=queue)


@pytest.fixture
def desks() -> Desks:
    return Desks()


@pytest.fixture
def page(
    settings: Settings, desks: Desks, monkeypatch: pytest.MonkeyPatch, user_as: Callable[..., Any]
) -> Iterator[Callable[..., str]]:
    """Ask for the first screen of an application with the two queues."""
    from shuixin_news import office

    monkeypatch.setattr(office, "views", lambda: [desks.view("first"), desks.view("second")])
    app: Flask = create_app(settings, enabled_plugins(), circumstances=circumstances_of(settings))
    app.testing = True
    with app.app_context(), time_machine.travel(NOW, tick=False):
        client: SignedIn = client_of(app, user_as("editor"))
        desks.asked.clear()
        yield lambda path="/office/": client.get(path).text


@one_engine
def test_the_most_urgent_of_all_queues_come_first(page: Callable[[], str], desks: Desks) -> None:
    text = page()
    places = [text.index(f">单位{number}<") for number in ("A1", "B1", "B2", "A2")]
    assert places == sorted(places), "overdue, due tomorrow, due later, due day unknown"
    for words in ("已超期2个工作日", "剩余1个工作日", "剩余10个工作日", "期限未定", "其中1件已超期"):
        assert words in text
    assert '<a href="/office/x/A1" data-sx-row>' in text
    assert sorted(desks.asked) == ["queue first", "queue second"], "the menu takes the numbers from there"


@one_engine
def test_other_pages_count_only(page: Callable[..., str], desks: Desks) -> None:
    assert '<span class="sx-badge">7</span>' in page("/account/delegations")
    assert sorted(desks.asked) == ["count first", "count second"]


@one_engine
def test_nothing_waiting_is_said(page: Callable[[], str], desks: Desks) -> None:
    desks.answers = {"first": Queue(0), "second": Queue(0)}
    text = page()
    assert "没有待办件" in text
    assert "data-sx-rows" not in text


@one_engine
@pytest.mark.parametrize("answer", [RuntimeError("broken"), 5])
def test_a_queue_that_fails_leaves_the_others_whole(page: Callable[[], str], desks: Desks, answer: Any) -> None:
    desks.answers["first"] = answer
    text = page()
    assert "<strong>–</strong>" in text
    assert "B1" in text


def test_a_queue_without_a_count_is_refused(desks: Desks) -> None:
    view = OfficeView(Page("news", "x", _("x")), "其他", "news.write", queue=lambda _actor, _limit: Queue(0))
    with pytest.raises(PluginError, match="count"):
        _check("news", view)
