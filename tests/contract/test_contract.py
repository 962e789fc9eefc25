"""The contract itself: each of its clauses finds the plugin that breaks it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from tests.lifecycle.conftest import Installation

from shuixin.app import create_app
from shuixin.settings import Settings
from shuixin.testing.contract import assert_plugin_contract

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MODULE = """from pathlib import Path
from flask import Blueprint, abort
from peewee import CharField
from shuixin.api import *
from shuixin.api import domain as words

_ = words("sample")


class Note(BaseModel):
    text = CharField(max_length=40)

    class Meta:
        table_name = "sample_note"


class Page(OfficePage):
    @expose("/")
    def index(self):
        return {office}


class It(Plugin):
    id = "sample"
    label = _("样例")
    description = _("样例")

    @hookimpl
    def permissions(self):
        return (Permission("sample.use", {label}), *({more}))

    @hookimpl
    def roles(self):
        return (Role("sample_clerk", _("样例"), ("sample.use",), Scope.ALL),)

    @hookimpl
    def public_pages(self):
        pages = Blueprint("sample", __name__, url_prefix="/sample")
        pages.add_url_rule("/", "index", lambda: {public})
        return PublicPages(pages)

    @hookimpl
    def office_views(self):
        return (OfficeView(Page("sample", "x", _("样例")), _("样例"), "sample.use"),)

    @hookimpl
    def menu_items(self):
        return (MenuItem(Area.PUBLIC, {entry}, "sample.index"),)

    @hookimpl
    def models(self):
        return Models((Note,), Path(__file__).parent / "sample_steps")


plugin = It()
"""
SOUND = {"office": '"office"', "label": '_("样例")', "more": "", "public": '"page"', "entry": '_("样例")'}
STEP = "def up(migrator, db):\n    db.execute_sql('CREATE TABLE sample_note (id integer primary key, text {})')\n"


@pytest.fixture
def contract(install: Any, settings: Settings, platform_app: Flask, tmp_path: Any) -> Callable[..., None]:
    """Install the sample with some of its parts replaced, and hold it against the contract."""

    def check(column: str = "varchar(40) not null", **parts: str) -> None:
        found = install("sample", module=MODULE.format(**{**SOUND, **parts}))
        steps = tmp_path / "site-packages" / "sample_steps"
        steps.mkdir(exist_ok=True)
        (steps / "0001_initial.py").write_text(STEP.format(column), "utf-8")
        folder = tmp_path / "site-packages" / "translations"
        folder.mkdir(exist_ok=True)
        (folder / "en.po").write_text('msgid "样例"\nmsgstr "Sample"\n', "utf-8")
        site = Installation(settings)
        assert site.enable(found.record.id) == ["sample"]
        assert_plugin_contract(site.build(), "sample")

    return check


def test_a_sound_plugin_keeps_it(contract: Callable[..., None]) -> None:
    contract()


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"more": 'Permission("sample.idle", _("样例")),'}, "no role holds"),
        ({"label": '""'}, "without a label"),
        ({"entry": 'words("news")("样例")'}, "texts of the domains"),
        ({"entry": '_("没有译文")'}, "not in en"),
        ({"column": "integer"}, "models and migrations differ"),
        ({"public": "abort(403)"}, "answers a visitor 403"),
        ({"public": "abort(404)"}, "the menu shows /sample/ to administrator, who gets 404"),
        ({"office": "abort(403)"}, "answers sample_clerk 403"),
    ],
    ids=["idle-permission", "no-label", "foreign-words", "untranslated", "drift", "closed-page", "lost-entry", "door"],
)
def test_each_clause_finds_who_breaks_it(parts: dict[str, str], found: str, contract: Callable[..., None]) -> None:
    with pytest.raises(AssertionError, match=f"sample: .*{found}"):
        contract(**parts)


def test_what_is_not_there_is_said(settings: Settings, platform_app: Flask) -> None:
    with pytest.raises(AssertionError, match="nowhere: not installed"):
        assert_plugin_contract(platform_app, "nowhere")
    with pytest.raises(AssertionError, match="news: disabled at stage discovered"):
        assert_plugin_contract(create_app(settings, ()), "news")
