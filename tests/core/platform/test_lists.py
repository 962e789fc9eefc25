"""Lists of the office: few queries whatever their length, searched and sorted safely, pages that do not overlap."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from tests.core.platform.list_samples import LIST, NOON, names_in, sample, sample_app, thing

from shuixin.access import system_actor
from shuixin.database import db, paging
from shuixin.kit.filtering import Choice
from shuixin.office.selection import Selection
from shuixin.settings import Settings
from shuixin.testing.fixtures import SignedIn
from shuixin.units import Unit

SYSTEM = system_actor("测试")
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def platform_app(settings: Settings, install: Callable[..., Any]) -> Iterator[Flask]:
    yield from sample_app(settings, install)


@pytest.fixture
def reader(client_as: Callable[..., SignedIn]) -> SignedIn:
    return client_as("sample_all")


def text_of(client: SignedIn, query: str = "", status: int = 200) -> str:
    answer = client.get(LIST + query)
    assert answer.status_code == status
    text: str = answer.get_data(as_text=True)
    return text


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that went to the sample's tables."""
    real, seen = db.obj.execute_sql, list[str]()

    def spy(statement: str, *arguments: Any, **options: Any) -> Any:
        if "sample_thing" in statement:
            seen.append(statement)
        return real(statement, *arguments, **options)

    monkeypatch.setattr(db.obj, "execute_sql", spy)
    return seen


@pytest.mark.parametrize("query", ["", "?search=物件", "?search=物件&kind=a&at_from=2026-03-01&sort=at&desc=1&page=2"])
def test_a_page_takes_two_queries_and_no_like(query: str, reader: SignedIn, city_unit: Unit, asked: list[str]) -> None:
    for number in range(45):
        thing(f"物件{number}", unit=city_unit)
    asked.clear()
    page = text_of(reader, query)
    assert len(names_in(page)) == 20
    assert city_unit.name in page
    assert len(asked) == 2, asked
    assert not any(re.search(r"\bI?LIKE\b", each, re.IGNORECASE) for each in asked)


def test_search_takes_every_character_for_itself(reader: SignedIn) -> None:
    for name in ("100%合格", "甲_乙", 'NEAR "富河" *', "ABC工程 二期", "富河整治"):
        thing(name)
    for typed, found in (
        ("%25", ["100%合格"]),
        ("_", ["甲_乙"]),
        ("NEAR", ["NEAR &#34;富河&#34; *"]),
        ('"', ["NEAR &#34;富河&#34; *"]),
        ("*", ["NEAR &#34;富河&#34; *"]),
        ("%E3%80%80整治%E3%80%80富河", ["富河整治"]),
        ("ａｂｃ%E3%80%80二期", ["ABC工程 二期"]),
        ("没有", []),
    ):
        assert names_in(text_of(reader, f"?search={typed}")) == found, typed


@one_engine
def test_pages_do_not_overlap_where_the_sort_does_not_part_rows(reader: SignedIn) -> None:
    for number in range(45):
        thing(f"{number:02}", kind="a", at=NOON)
    for query in ("?sort=kind", "?sort=kind&desc=1", "?"):
        pages = [names_in(text_of(reader, f"{query}&page={page}")) for page in (1, 2, 3)]
        assert [len(each) for each in pages] == [20, 20, 5]
        assert len({name for page in pages for name in page}) == 45


@one_engine
def test_the_key_is_always_the_last_sort(platform_app: Flask) -> None:
    view = platform_app.extensions["shuixin_lists"]["sample_things"][1]
    for selection, order in (
        (Selection(), '"t1"."id" DESC'),
        (Selection(sort="kind"), '"t1"."kind" ASC, "t1"."id" ASC'),
        (Selection(sort="kind", descending=True), '"t1"."kind" DESC, "t1"."id" DESC'),
        (Selection(filters={"at_from": "2026-03-31"}), '"t1"."at" DESC, "t1"."id" DESC'),
    ):
        assert view.select(selection, SYSTEM).sql()[0].endswith(f"ORDER BY {order}")


@one_engine
def test_a_sort_that_is_not_offered_is_ignored(reader: SignedIn) -> None:
    for name, secret in (("一", "z"), ("二", "a"), ("三", "m")):
        thing(name, secret=secret)
    usual = names_in(text_of(reader))
    assert usual == ["三", "二", "一"]
    for sort in ("secret", "region", "name", "phone", "unit.name", "0", "password_hash", "id;drop"):
        page = text_of(reader, f"?sort={sort}&desc=1")
        assert names_in(page) == usual, sort
        assert f"sort={sort}" not in page
    assert names_in(text_of(reader, "?sort=at")) == ["一", "二", "三"]


def test_counts_are_capped_and_pages_clamped(reader: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(65):
        thing(f"{number:02}")
    page = text_of(reader, "?page=99999999999999999999")
    assert "共65条" in page
    assert len(names_in(page)) == 20, "a number beyond all columns is no page"
    assert names_in(text_of(reader, "?page=999")) == ["04", "03", "02", "01", "00"]
    monkeypatch.setattr(paging, "COUNTED", 50)
    page = text_of(reader, "?page=999")
    assert "超过50条" in page
    assert names_in(page)[0] == "24", "the third page is the last that the count says"


@one_engine
def test_filters_narrow_by_legal_days_and_offered_values(reader: SignedIn) -> None:
    thing("前一天", at=NOON.replace(day=30, hour=15, minute=59))
    thing("零点", at=NOON.replace(day=30, hour=16))
    thing("当晚", at=NOON.replace(hour=15, minute=59), kind="b")
    thing("次日", at=NOON.replace(hour=16))
    assert names_in(text_of(reader, "?at_from=2026-03-31&at_to=2026-03-31")) == ["当晚", "零点"]
    assert names_in(text_of(reader, "?at_from=2026-03-31&at_to=2026-03-31&kind=b")) == ["当晚"]
    assert len(names_in(text_of(reader, "?kind=zzz"))) == 4
    page = text_of(reader, "?at_from=31.3.2026&kind=b", 422)
    assert names_in(page) == []
    assert 'value="31.3.2026"' in page, "nothing typed is lost"
    assert '<option value="b" selected>' in page
    assert "“31.3.2026”不是日期" in page


@one_engine
def test_links_keep_what_was_asked_for(reader: SignedIn) -> None:
    for number in range(45):
        thing(f"物件{number:02}")
    page = text_of(reader, "?search=物件&kind=a&sort=at&page=2")
    second = re.search(r'href="([^"]*page=3[^"]*)"', page)
    assert second
    following = reader.get(second.group(1).replace("&amp;", "&")).get_data(as_text=True)
    assert names_in(following) == [f"物件{number:02}" for number in range(40, 45)]
    assert 'aria-sort="ascending"' in following


@one_engine
def test_labels_come_from_the_model_where_none_are_declared(reader: SignedIn) -> None:
    thing()
    page = text_of(reader)
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+?)\s*(?:</a>)?</th>', page)
    assert heads == ["名称", "类别", "电话", "单位", "At", "操作"]


@one_engine
def test_a_filter_without_an_index_is_a_mistake(platform_app: Flask) -> None:
    class Slow(sample().ThingList):  # type: ignore[misc]
        filters = (Choice("secret", "密", {"a": "a"}),)

    with pytest.raises(ValueError, match="secret"):
        Slow(sample().Thing, "sample", "slow", "慢")


@one_engine
def test_a_row_of_the_list_is_fetched_with_what_it_refers_to(
    platform_app: Flask, city_unit: Unit, asked: list[str]
) -> None:
    first, second = thing("有", unit=city_unit), thing("无")
    view = platform_app.extensions["shuixin_lists"]["sample_things"][1]
    asked.clear()
    rows = list(view.select(Selection(), SYSTEM))
    assert [row.unit.name if row.unit else None for row in rows] == [None, city_unit.name]
    assert [row.id for row in rows] == [second.id, first.id]
    assert len(asked) == 1
