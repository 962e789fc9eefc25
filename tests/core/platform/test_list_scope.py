"""All ways to the rows of a list (page, total, details, search, filter, export) show exactly what ``allowed`` allows.

Random rows, units and grants, on both engines; every way that leads to a row is walked for every person.
"""

import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from tests.core.platform.list_samples import LIST, names_in, sample_app, thing

from shuixin.access import Actor, Target, allowed
from shuixin.office.exports import request_export, write_export
from shuixin.office.models import Export
from shuixin.office.selection import Selection
from shuixin.settings import Settings
from shuixin.testing.fixtures import SignedIn
from shuixin.units import Unit

REGIONS = ("420000", "420200", "420202", "420281", "420100", "420102", "430000", "430200", "990000", "990100")
SUBJECTS = ("91420204MAE2E9T41A", "91420281MA49XXXX0B", "")


@pytest.fixture
def platform_app(settings: Settings, install: Callable[..., Any]) -> Iterator[Flask]:
    yield from sample_app(settings, install)


def people(rng: random.Random) -> list[dict[str, Any]]:
    """Roles with what their accounts are: units anywhere, subjects, and one without any right to the list."""
    units = [
        Unit.create(code=f"11{number:016}", name=f"单位{number}", region=region, organ_word="水")
        for number, region in enumerate(rng.sample(REGIONS, 3))
    ]
    return [
        *({"role": "sample_region", "unit": unit} for unit in units),
        {"role": "sample_region", "unit": None},
        {"role": "sample_own", "subject": SUBJECTS[0], "unit": None},
        {"role": "sample_own", "subject": "", "unit": None},
        {"role": "sample_all"},
    ]


def walk(client: SignedIn, query: str = "?") -> set[str]:
    """The names on all pages of the list, whose total is looked at too."""
    found: list[str] = []
    for number in range(1, 10):
        page = client.get(f"{LIST}{query}&page={number}").get_data(as_text=True)
        total = re.search(r"共(\d+)条", page)
        assert total
        found += names_in(page)
        if len(found) >= int(total.group(1)):
            break
    assert len(found) == int(total.group(1)) == len(set(found))
    return set(found)


def exported(app: Flask, actor: Actor) -> set[str]:
    view = app.extensions["shuixin_lists"]["sample_things"][1]
    export = request_export(actor, view, Selection(), "csv")
    write_export({"export": export.id})
    written = Export.get_by_id(export.id)
    lines = (app.extensions["shuixin"].settings.exports / written.file).read_text("utf-8-sig").splitlines()[1:]
    assert written.rows == len(lines)
    return {line.split(",")[0] for line in lines}


@pytest.mark.parametrize("seed", range(2))
def test_every_way_shows_exactly_what_is_allowed(
    seed: int, platform_app: Flask, client_as: Callable[..., SignedIn], actor_as: Callable[..., Actor]
) -> None:
    rng = random.Random(seed)
    rows = [
        thing(f"物件{number:03}", kind=rng.choice("ab"), region=rng.choice(REGIONS), subject=rng.choice(SUBJECTS))
        for number in range(60)
    ]
    for number, facts in enumerate(people(rng)):
        role = facts.pop("role")
        actor, client = actor_as(role, f"-{number}", **facts), client_as(role, f"-{number}", **facts)
        mine = [row for row in rows if allowed(actor, "sample.read", Target(row.region, row.subject)).allowed]
        names = {row.name for row in mine}
        if not actor.holds("sample.read"):
            assert not mine
            assert client.get(LIST).status_code == 403
            continue
        assert walk(client) == names, facts
        assert walk(client, "?search=物件") == names
        assert walk(client, "?kind=a&sort=at") == {row.name for row in mine if row.kind == "a"}
        for row in rows:
            status = client.get(f"{LIST}details/?id={row.id}").status_code
            assert status == (200 if row in mine else 404), (facts, row.region)
        assert exported(platform_app, actor) == names
        if role != "sample_own":
            page = client.get("/office/search?q=物件0").get_data(as_text=True).split("<main")[1]
            latest = sorted((row.name for row in mine if row.name.startswith("物件0")), reverse=True)
            assert re.findall(r">(物件\d+)</a>", page) == latest[:5]
            assert ("查看更多" in page) == (len(latest) > 5)
