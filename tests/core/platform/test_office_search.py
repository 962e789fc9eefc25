"""The office's search: first hits of every list one may see, menu entries, nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from tests.core.platform.list_samples import LIST, sample, sample_app, thing

from shuixin.settings import Settings
from shuixin.testing.fixtures import SignedIn

ClientAs = Callable[..., SignedIn]
PAGE = "/office/search"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def platform_app(settings: Settings, install: Callable[..., Any]) -> Iterator[Flask]:
    yield from sample_app(settings, install)


def found(client: SignedIn, text: str) -> str:
    answer = client.get(PAGE, query_string={"q": text})
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True).split('<main id="main"')[1])


def test_the_first_hits_of_each_list_are_shown(platform_app: Flask, client_as: ClientAs) -> None:
    for number in range(7):
        thing(f"富河工程{number}", phone="13812345678")
    page = found(client_as("sample_all"), "富河")
    assert [number for number in range(7) if f"富河工程{number}" in page] == [2, 3, 4, 5, 6], "the newest five"
    assert f'href="{LIST}?search=' in page
    assert "查看更多" in page
    assert f'href="{LIST}details/?id=7"' in page
    assert "13812345678" not in page


@one_engine
def test_lists_without_the_right_and_foreign_rows_are_left_out(platform_app: Flask, client_as: ClientAs) -> None:
    thing("富河工程", region="420100")
    assert "没有找到" in found(client_as("sample_region"), "富河")
    assert "没有找到" in found(client_as("editor"), "富河")
    assert "administrator" in found(client_as("administrator"), "administrator")
    assert "没有找到" in found(client_as("editor"), "administrator")


@one_engine
def test_menu_entries_are_found_by_their_words_and_their_group(platform_app: Flask, client_as: ClientAs) -> None:
    reader = client_as("sample_all")
    assert f'href="{LIST}"' in found(reader, "物件")
    assert f'href="{LIST}"' in found(reader, "样品")
    assert f'href="{LIST}"' not in found(client_as("editor"), "物件")


@one_engine
def test_a_list_that_breaks_is_left_out(
    platform_app: Flask, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    thing("我的")
    monkeypatch.setattr(sample().ThingList, "prepare", lambda _self, _rows: 1 / 0)
    page = found(client_as("sample_all"), "我的")
    assert "物件列表" not in page
    assert "我的导出" in page


@one_engine
@pytest.mark.parametrize("text", ["", "　", "%", "'\";--", "NEAR(", "水" * 3000, "<script>alert(1)</script>", "\u200b"])
def test_whatever_is_typed_is_text(text: str, platform_app: Flask, client_as: ClientAs) -> None:
    thing("富河工程")
    page = found(client_as("sample_all"), text)
    assert "<script>alert" not in page
    assert "富河工程" not in page


@one_engine
def test_it_is_for_the_staff_and_stands_on_each_of_their_pages(
    platform_app: Flask, client: SignedIn, client_as: ClientAs
) -> None:
    for page in (PAGE, "/office/exports/", "/office/"):
        assert client.get(page).status_code == 302
        assert client_as("enterprise").get(page).status_code == 403
    page = client_as("sample_all").get(LIST).get_data(as_text=True)
    assert 'action="/office/search"' in page
    assert "data-sx-slash" in page
