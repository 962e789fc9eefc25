"""What the engines do for a page of a long list: they go through an index and stop, or look up what a search found."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from peewee import ModelSelect, PostgresqlDatabase
from tests.core.platform.list_samples import NOON, sample, sample_app

from shuixin.access import Actor, Grant, system_actor
from shuixin.contributions import Scope
from shuixin.database import db
from shuixin.office.selection import Selection
from shuixin.settings import Settings

ROWS = 6000
SYSTEM = system_actor("测试")
COUNTY = Actor(1, "县", grants=frozenset({Grant("sample.read", Scope.REGION, "420281")}))


@pytest.fixture
def platform_app(settings: Settings, install: Callable[..., Any]) -> Iterator[Flask]:
    yield from sample_app(settings, install)


@pytest.fixture
def view(platform_app: Flask) -> Any:
    thing = sample().Thing
    rows = [
        {"name": f"物件{number}", "kind": "ab"[number % 50 == 0], "region": "420281" if number % 100 == 0 else "420200",
         "at": NOON + timedelta(minutes=number)}
        for number in range(ROWS)
    ]  # fmt: skip
    with db.atomic():
        for start in range(0, ROWS, 1000):
            thing.insert_many(rows[start : start + 1000]).execute()
        for number, row in enumerate(rows[::20], start=1):
            sample().index.put(db, number * 20 - 19, [row["name"]])
    db.execute_sql("ANALYZE")
    return platform_app.extensions["shuixin_lists"]["sample_things"][1]


def rows_read(query: ModelSelect) -> int:
    """How many rows of the table the engine looks at (SQLite: all of them, or 0 for none without an index)."""
    statement, values = query.sql()
    if isinstance(db.obj, PostgresqlDatabase):
        explained = db.execute_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).fetchone()[0]
        plan = (explained if isinstance(explained, list) else json.loads(explained))[0]["Plan"]
        return sum(_looked_at(node) for node in _nodes(plan))
    lines = [str(row[-1]) for row in db.execute_sql(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()]
    sorts = any("TEMP B-TREE FOR ORDER BY" in line for line in lines)
    scans = any(line.startswith("SCAN t1") for line in lines)
    return ROWS if scans and sorts else 0


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _looked_at(node: dict[str, Any]) -> int:
    if node.get("Relation Name") != "sample_thing":
        return 0
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + removed) * node["Actual Loops"])


@pytest.mark.parametrize(
    ("selection", "most"),
    [
        (Selection(), 20),
        (Selection(sort="at", descending=True), 21),
        (Selection(search="物件40"), 200),
        (Selection(filters={"kind": "b"}), 1200),
        (Selection(filters={"at_from": "2026-03-31", "at_to": "2026-03-31"}), 1200),
    ],
    ids=["first page", "sorted", "search", "choice", "days"],
)
def test_a_page_reads_no_whole_table(selection: Selection, most: int, view: Any) -> None:
    assert rows_read(view.select(selection, SYSTEM).limit(20)) <= most


def test_a_county_reads_no_whole_table(view: Any) -> None:
    query = view.select(Selection(), COUNTY)
    assert query.count() == ROWS / 100
    assert "LIKE" not in query.sql()[0]
    assert rows_read(query.limit(20)) <= 2100


def test_a_whole_table_would_be_noticed(view: Any) -> None:
    thing = sample().Thing
    assert rows_read(thing.select().order_by(thing.name).limit(20)) == ROWS
