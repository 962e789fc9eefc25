"""The public pages: found by any part of a name, filtered by kind and region, read from Editions alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from shuixin.app import create_app
from shuixin.database import db
from shuixin.kit import clock, policies
from shuixin.kit.identifiers import complete_uscc
from shuixin.settings import Settings
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_publish import pages
from shuixin_credit_publish.models import Edition, Listing
from shuixin_credit_publish.queries import Query, find
from shuixin_credit_publish.services import unregulated
from shuixin_credit_publish.settings import settings as publish_settings

IDS = ("credit_collection", "credit_publish")
CITY = "420200"
CODE = "91420281MA1JER209B"
SUPERVISOR = complete_uscc("91420204MAE2E9T41")
OUTSIDER = complete_uscc("91420100MA5XG7P31")
Publish = Callable[..., Edition]


@pytest.fixture
def three(published: Publish) -> None:
    """A builder of 大冶, a supervisor of 下陆, a builder from outside the city."""
    published(name="大冶青山水利工程有限公司")
    published(name="下陆监理咨询有限公司", uscc=SUPERVISOR, kinds="监理、咨询", reg_region="湖北省黄石市下陆区")
    published(name="武汉江夏水利工程有限公司", uscc=OUTSIDER, kinds="施工", reg_region="湖北省武汉市")


def _names(query: Query) -> set[str]:
    return {listing.name[:2] for listing in find(query, CITY).listings}


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), "大冶 下陆 武汉"),
        (Query("水利"), "大冶 武汉"),
        (Query("青"), "大冶"),
        (Query("  水利 青山 "), "大冶"),
        (Query("青山水利工程有限公司"), "大冶"),
        (Query(f" {CODE[:8].lower()} "), "大冶"),
        (Query("%"), ""),
        (Query("_"), ""),
        (Query('" OR 1=1 --'), ""),
        (Query("不存在"), ""),
        (Query(kinds=("construct",)), "大冶 武汉"),
        (Query(kinds=("supervise", "consult")), "下陆"),
        (Query(regions=("420281",)), "大冶"),
        (Query(regions=("420281", "420204")), "大冶 下陆"),
        (Query(outside=True), "武汉"),
        (Query(regions=("420204",), outside=True), "下陆 武汉"),
        (Query("水利", ("construct",), ("420281",)), "大冶"),
    ],
)
def test_a_query_finds_what_it_says_and_nothing_else(query: Query, expected: str) -> None:
    assert _names(query) == set(expected.split())


@pytest.mark.usefixtures("three")
def test_each_choice_says_how_many_it_would_leave() -> None:
    answer = find(Query("水利", kinds=("supervise",)), CITY)
    assert (answer.total, answer.kind_counts) == (0, {"construct": 2}), "a filter's counts respect the others only"
    answer = find(Query(regions=("420281",)), CITY)
    assert answer.region_counts == {"420281": 1, "420204": 1, "420100": 1}
    assert answer.outside_count == 1


@contextmanager
def _statements() -> Iterator[list[str]]:
    """Collect the SQL that runs inside."""
    ran: list[str] = []
    real = db.obj.execute_sql

    def listen(sql: str, *arguments: object, **options: object) -> object:
        ran.append(sql)
        return real(sql, *arguments, **options)

    db.obj.execute_sql = listen
    try:
        yield ran
    finally:
        del db.obj.execute_sql


PAGES = (
    "/",
    "/credit/",
    "/credit/enterprises",
    "/credit/enterprises?q=水利&kind=construct",
    f"/credit/enterprises/{CODE}",
)
OTHERS = (f"/credit/enterprises/{CODE}?tab=good_record", "/search?q=水利", "/sitemap.xml", "/feeds/credit.atom")


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("path", [*PAGES, *OTHERS])
def test_a_public_page_reads_no_table_of_the_register(path: str, client: SignedIn) -> None:
    with _statements() as ran:
        answer = client.get(path)
    assert answer.status_code == 200
    assert any("credit_publish_" in sql for sql in ran), (
        "the page was not read from Editions; has the listener gone deaf?"
    )
    assert [sql for sql in ran if "credit_collection_" in sql] == []
    assert [sql for sql in ran if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))] == []


@pytest.mark.usefixtures("three")
def test_a_dossier_can_be_kept_until_its_edition_changes(client: SignedIn, published: Publish) -> None:
    path = f"/credit/enterprises/{CODE}"
    first = client.get(path)
    tag = first.headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    published(name="大冶青山水利工程有限公司", legal_rep="罗文彬")
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_records_that_say_more_than_a_table_holds_stand_one_below_the_other(
    client: SignedIn, published: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(specialty="水利水电工程")
    page = client.get(f"/credit/enterprises/{CODE}?tab=qualification").get_data(as_text=True)
    assert "<table" in page
    monkeypatch.setattr(pages, "MOST_COLUMNS", 3)
    listed = client.get(f"/credit/enterprises/{CODE}?tab=qualification").get_data(as_text=True)
    assert "<table" not in listed
    assert "<dt>证书编号</dt>" in listed
    assert "<h3>施工总承包</h3>" in listed


def test_what_an_enterprise_typed_is_shown_as_text(client: SignedIn, published: Publish) -> None:
    published(name="<script>alert(1)</script>水利有限公司", scope='"><img src=x onerror=alert(2)>')
    pages = (
        "/",
        "/credit/",
        "/credit/enterprises",
        f"/credit/enterprises/{CODE}",
        "/search?q=水利",
        "/feeds/credit.atom",
    )
    for path in pages:
        text = client.get(path).get_data(as_text=True)
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert "&lt;script&gt;alert(1)" in text, path


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("as_of=2026-13-01", 404, "请按2026-03-03的格式填写"),
        ("as_of=昨天", 404, "请按2026-03-03的格式填写"),
        ("as_of=0001-01-01", 404, "还没有公示信息"),
        ("as_of=9999-12-31", 404, "查询时点还没有到"),
        ("tab=no-such", 200, "大冶青山"),
        ("tab=%3Cscript%3E", 200, "大冶青山"),
    ],
)
@pytest.mark.usefixtures("three")
def test_a_strange_address_gets_a_clear_answer(query: str, status: int, words: str, client: SignedIn) -> None:
    answer = client.get(f"/credit/enterprises/{CODE}?{query}")
    assert (answer.status_code, words in answer.get_data(as_text=True)) == (status, True)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("query", ["page=-3", "page=99999999999999999999", "page=x", "kind=no&region=zz", "sort=;drop"])
def test_a_strange_list_address_still_shows_a_list(query: str, client: SignedIn) -> None:
    answer = client.get(f"/credit/enterprises?{query}")
    assert answer.status_code == 200
    assert "从业单位" in answer.get_data(as_text=True)


@pytest.mark.usefixtures("three")
def test_a_code_in_another_writing_is_not_a_second_address(client: SignedIn) -> None:
    for other in (CODE.lower(), f"{CODE}%20", "91420281MA1JER2090"):
        assert client.get(f"/credit/enterprises/{other}").status_code == 404


def test_yesterday_shows_yesterday(
    client: SignedIn, published: Publish, monkeypatch: pytest.MonkeyPatch, platform_app: Flask
) -> None:
    with monkeypatch.context() as past:
        past.setattr(clock, "now", lambda: datetime.now(UTC) - timedelta(days=2))
        published(legal_rep="沈知行")
    published(legal_rep="罗文彬", specialty="水利水电工程")
    yesterday = clock.legal_day(clock.now()) - timedelta(days=1)
    old = client.get(f"/credit/enterprises/{CODE}?as_of={yesterday}").get_data(as_text=True)
    new = client.get(f"/credit/enterprises/{CODE}?as_of={clock.legal_day(clock.now())}").get_data(as_text=True)
    assert [words in old for words in ("沈知行", "罗文彬", "水利水电工程")] == [True, False, False]
    assert [words in new for words in ("沈知行", "罗文彬", "水利水电工程")] == [False, True, True]


@pytest.mark.usefixtures("three")
def test_a_unit_is_in_sitemap_feed_and_site_search(client: SignedIn) -> None:
    for path in ("/sitemap.xml", "/feeds/credit.atom", "/search?q=青山"):
        assert f"/credit/enterprises/{CODE}" in client.get(path).get_data(as_text=True), path
    assert Listing.select().count() == 3


@pytest.mark.usefixtures("three")
def test_the_length_of_lists_is_a_setting(settings: Settings, platform_app: Flask) -> None:
    assert [len(find(Query(per_page=2, page=page), CITY).listings) for page in (1, 2)] == [2, 1]
    shorter = create_app(settings.model_copy(update={"plugins": {"credit_publish": {"per_page": 10}}}), IDS)
    with shorter.app_context():
        assert publish_settings().per_page == 10
    wrong = create_app(settings.model_copy(update={"plugins": {"credit_publish": {"per_page": 5}}}), IDS)
    assert "per_page" in str(wrong.extensions["shuixin"].loaded.records["credit_publish"].reason)


def test_readiness_needs_a_term_in_force(platform_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unregulated() == ""
    assert unregulated(datetime(2019, 10, 31, tzinfo=UTC)) == "公示期限没有今天生效的规则：good_record。"
    monkeypatch.setattr(platform_app.extensions["shuixin"], "policies", policies.PolicyBook())
    assert platform_app.test_client().get("/readyz").status_code == 503


def test_the_lists_of_records_show_what_is_public_at_this_second(
    published: Publish, client: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(
        good=("2026-03-03",), bad=({}, {"decision_no": "黄水约〔2026〕1号", "act_type": "约谈", "act": "进度滞后"})
    )
    for path, words, end in (
        ("good-records", "2026-03-03优质工程", datetime(2027, 3, 2, 16, tzinfo=UTC)),
        ("bad-records", "黄水罚〔2026〕3号", datetime(2027, 5, 10, 16, tzinfo=UTC)),
    ):
        page = client.get(f"/credit/{path}").get_data(as_text=True)
        assert words in page
        assert f"/credit/enterprises/{CODE}?tab=" in page
        assert "共1条" in page
        assert "黄水约" not in page
        assert words in client.get(f"/credit/{path}?q=录入").get_data(as_text=True)
        other = client.get(f"/credit/{path}?q=别家").get_data(as_text=True)
        assert words not in other
        assert "没有找到“别家”" in other
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda end=end: end - timedelta(seconds=1))
            assert words in client.get(f"/credit/{path}").get_data(as_text=True)
            patch.setattr(clock, "now", lambda end=end: end)
            assert words not in client.get(f"/credit/{path}").get_data(as_text=True)
    home = client.get("/credit/").get_data(as_text=True)
    assert "未按批准的设计图纸施工" in home
