"""A plugin whose list has everything a list can have, for the tests of lists, exports and the office's search."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from flask import Flask

from shuixin.app import create_app
from shuixin.database import connect, db
from shuixin.events import deliver_with
from shuixin.platform import circumstances_of
from shuixin.plugins import enabled_plugins
from shuixin.settings import Settings

LIST = "/office/sample/things/"
NOON = datetime(2026, 3, 31, 4, 0, tzinfo=UTC)
SOURCE = """
from peewee import CharField, ForeignKeyField
from shuixin.api import *

_ = domain("sample")
index = search.Index("sample_thing_search")


class Thing(BaseModel):
    name = CharField(verbose_name="名称")
    kind = CharField(index=True, verbose_name="类别")
    phone = CharField(default="")
    secret = CharField(default="")
    region = CharField(index=True)
    subject = CharField(default="")
    unit = ForeignKeyField(Unit, null=True)
    at = UTCDateTimeField(index=True)

    class Meta:
        table_name = "sample_thing"


class ThingList(OfficeList):
    column_list = ("name", "kind", "phone", "unit.name", "at")
    column_labels = {"phone": _("电话"), "unit.name": _("单位")}
    column_formatters = {"phone": lambda _view, _context, row, _name: masking.mask_mobile(row.phone)}
    joined = ("unit",)
    region_field, subject_field = Thing.region, Thing.subject
    search_index = index
    filters = (filtering.Choice("kind", _("类别"), {"a": _("甲类"), "b": _("乙类")}), filtering.Days("at", _("时间")))


class It(Plugin):
    id = "sample"
    label = "sample"

    @hookimpl
    def permissions(self):
        return [Permission("sample.read", _("查看"))]

    @hookimpl
    def roles(self):
        return [Role(f"sample_{each.value}", _("岗位"), ("sample.read",), each) for each in Scope]

    @hookimpl
    def office_views(self):
        return [OfficeView(ThingList(Thing, "sample", "things", _("物件列表")), _("样品"), "sample.read")]


plugin = It()
"""


def sample_app(settings: Settings, install: Callable[..., Any]) -> Iterator[Flask]:
    """The whole application with the sample plugin beside the installed ones."""
    install("sample", module=SOURCE)
    connect(settings.database_url)
    with db.connection_context():
        app = create_app(settings, enabled_plugins() | {"sample"}, circumstances=circumstances_of(settings))
        app.testing = True
        db.create_tables([sample().Thing])
        sample().index.create(db)
        with app.app_context(), deliver_with(app.extensions["shuixin"].delivery):
            yield app


def sample() -> Any:
    """The sample plugin's module: ``Thing``, ``ThingList``, ``index``."""
    return import_module("shuixin_sample")


def thing(name: str = "物件", **facts: Any) -> Any:
    """A thing of Huangshi, indexed as a service would; each later than the one before."""
    facts = {"kind": "a", "region": "420200", "at": NOON + timedelta(minutes=sample().Thing.select().count()), **facts}
    made = sample().Thing.create(name=name, **facts)
    sample().index.put(db, made.id, [made.name, made.subject])
    return made


def names_in(page: str) -> list[str]:
    """The names in a page of the list, in their order."""
    import re

    return re.findall(r'<td data-label="名称">([^<]*)</td>', page)
