"""Regions: the tree is what the prefixes say, changes hold from their day, and a process learns of them."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shuixin.units
from shuixin.kit.regions import Directory, Region, RegionChange, grown, region_prefix

DATA = tomllib.loads((Path(shuixin.units.__file__).parent / "regions.toml").read_text("utf-8"))
SHIPPED = Directory(DATA["regions"], DATA["not_selectable"], DATA["local"]).shipped
CODES = sorted(SHIPPED)
DAY = date(2026, 11, 23)
codes = st.sampled_from([*CODES, "4202K2", "4202L1", "420299", "421199"])
changes = st.lists(
    st.builds(
        RegionChange,
        code=codes,
        name=st.text("甲乙丙丁市县区", min_size=2, max_size=4),
        since=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
        ended=st.booleans(),
        local=st.booleans(),
        stands_for=st.just([]),
    ),
    max_size=8,
)


def ancestors(tree, code):
    found = []
    while (above := tree.parent(code)) is not None:
        found.append(above.code)
        code = above.code
    return found


@given(changes, st.dates(date(2019, 1, 1), date(2031, 1, 1)))
def test_every_region_has_its_parent_and_the_tree_is_the_prefix(some, day):
    tree = grown(SHIPPED, some, day)
    for code, region in tree.regions.items():
        above = ancestors(tree, code)
        assert bool(above) == (region.level != "province"), code
        assert set(above) == {each for each in tree.regions if region.is_below(each)}
        assert all(region.code.startswith(region_prefix(each)) for each in above)
        assert tree.name(code).endswith(region.name)
        found = tree.find(code)
        assert (found is region) == region.selectable


@given(changes, st.dates(date(2019, 1, 1), date(2031, 1, 1)))
def test_whatever_happens_no_code_is_lost_and_only_the_past_counts(some, day):
    tree = grown(SHIPPED, some, day)
    known = set(SHIPPED) | {each.code for each in some if each.since <= day}
    assert set(tree.regions) == known
    assert tree == grown(SHIPPED, [each for each in some if each.since <= day], day)


def test_the_pseudo_code_of_the_city_is_below_it_and_flagged():
    tree = grown(SHIPPED, [], DAY)
    zone = tree.regions["4202K1"]
    assert (zone.local, zone.stands_for, zone.level, region_prefix("4202K1")) == (True, ("420205",), "county", "4202K1")
    assert zone in tree.below("420200")
    assert zone in tree.below("420000")
    assert not any(tree.regions[each].local for each in CODES if each != "4202K1")


def test_names_are_found_as_people_write_them():
    tree = grown(SHIPPED, [], DAY)
    for text in ("大冶市", "大冶", "湖北省黄石市大冶市", " 420281 "):
        assert tree.find(text).code == "420281"
    assert tree.find("湖北").code == "420000"
    assert (tree.find("市辖区"), tree.find("420201"), tree.find("没有")) == (None, None, None)


def test_a_renamed_and_an_ended_region_from_their_days():
    some = [
        RegionChange(code="420222", name="阳新市", since=DAY, stands_for=[]),
        RegionChange(code="420205", name="铁山区", since=DAY, ended=True, stands_for=[]),
    ]
    before, after = grown(SHIPPED, some, DAY - timedelta(days=1)), grown(SHIPPED, some, DAY)
    assert (before.name("420222"), after.name("420222")) == ("湖北省黄石市阳新县", "湖北省黄石市阳新市")
    assert after.find("阳新县").code == "420222", "the former name is still written"
    assert (before.find("铁山区").code, after.find("铁山区")) == ("420205", None)
    assert after.name("420205") == "湖北省黄石市铁山区", "old records still show it"
    assert after.regions["420205"].ended == DAY


def test_the_table_is_read_again_only_when_it_has_changed(database, monkeypatch):
    database.create_tables([RegionChange])
    directory, elsewhere = (Directory({"420000": "湖北省", "420200": "黄石市"}) for _process in range(2))
    assert directory.today().name("420200") == elsewhere.today().name("420200") == "湖北省黄石市"
    tree = directory.on(DAY)
    RegionChange.create(code="420200", name="新黄石市", since=date(2020, 1, 1))
    assert directory.on(DAY) is tree, "no query for each look-up"
    directory.forget()
    assert directory.on(DAY).name("420200") == "湖北省新黄石市"
    assert elsewhere.on(DAY).name("420200") == "湖北省黄石市"
    monkeypatch.setattr("shuixin.kit.regions.FRESH_SECONDS", 0)
    assert elsewhere.on(DAY).name("420200") == "湖北省新黄石市", "another process follows"


@pytest.mark.parametrize(("code", "level"), [("420000", "province"), ("420200", "city"), ("429004", "county")])
def test_the_level_follows_from_the_code(code, level):
    assert Region(code, "x").level == level
