"""Links: from what was typed to the record that is meant; the number of a person never becomes a name."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuixin.access import Actor
from shuixin.errors import Problem
from shuixin.kit.identifiers import complete_id_number
from shuixin.kit.tabular import ColumnPlan, SheetPlan, write_workbook
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType
from shuixin_credit_collection.services import filings, imports, linking
from shuixin_credit_collection.services.linking import Targets, in_link_order, resolve
from shuixin_credit_collection.services.registry import record_type, record_types
from shuixin_credit_collection.services.rows import check_row
from shuixin_credit_collection.workbook import merge_into_draft, propose

from .conftest import CODE, ID_NUMBER

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OTHER_NUMBER = complete_id_number("42020219850505124")
KEY = "0123456789abcdef" * 2
WORKS = {"w1": {"project_name": "大冶湖堤防加固", "lot": "二标"}, "w2": {"project_name": "1#泵站#2", "lot": None}}


def _type(code: str) -> RecordType:
    found = record_type(code)
    assert found is not None
    return found


def _targets(**people: tuple[str, str]) -> dict[str, Targets]:
    """People by key: name and number; and two works."""
    rows = {key: {"name": name, "id_no": number} for key, (name, number) in people.items()}
    return {"person": Targets(_type("person"), rows), "performance": Targets(_type("performance"), WORKS)}


#: A strict link to a person, one that takes mere names, and several to works.
STRICT, LOOSE, SEVERAL = ("person_cert", "person"), ("performance", "manager"), ("outside_filing", "local_works")


def _link(place: tuple[str, str], text: str, targets: dict[str, Targets]) -> tuple[Any, list[Problem]]:
    """Return what stands in one link after *text* was typed there, and the problems of that link."""
    type_, name = _type(place[0]), place[1]
    values, _problems = check_row(type_, {name: text})
    problems = [each for each in resolve(type_, values, targets) if each.field == name]
    return values[name], problems


@pytest.mark.parametrize("place", [STRICT, LOOSE])
@pytest.mark.parametrize(
    "text",
    [
        "张三",
        f"张三#{KEY}",
        f"已改名#{KEY}",
        ID_NUMBER,
        f" {ID_NUMBER[:6]} {ID_NUMBER[6:]} ",
        "".join(chr(ord(each) + 0xFEE0) for each in ID_NUMBER),
    ],
)
def test_a_record_is_found_by_key_title_and_number(platform_app: Flask, place: tuple[str, str], text: str) -> None:
    targets = _targets(**{KEY: ("张三", ID_NUMBER), "b": ("李四", OTHER_NUMBER)})
    assert _link(place, text, targets) == ({"key": KEY, "text": "张三"}, [])


def test_of_two_of_one_name_the_number_decides(platform_app: Flask) -> None:
    targets = _targets(a=("张三", ID_NUMBER), b=("张三", OTHER_NUMBER))
    value, (problem,) = _link(STRICT, "张三", targets)
    assert value["key"] == ""
    assert "有2条叫“张三”" in str(problem.rule)
    assert "证件号码" in str(problem.remedy)
    assert _link(STRICT, OTHER_NUMBER, targets) == ({"key": "b", "text": "张三"}, [])
    assert _link(LOOSE, "张三", targets) == ({"key": "", "text": "张三"}, [])


def test_somebody_unknown_is_refused_only_where_the_record_must_exist(platform_app: Flask) -> None:
    targets = _targets(a=("张三", ID_NUMBER))
    value, (problem,) = _link(STRICT, "王五", targets)
    assert value == {"key": "", "text": "王五"}
    assert (problem.value, "人员信息" in str(problem.remedy)) == ("王五", True)
    assert _link(LOOSE, "王五", targets) == ({"key": "", "text": "王五"}, [])


def test_several_works_are_found_whatever_their_names_hold(platform_app: Flask) -> None:
    value, problems = _link(SEVERAL, "大冶湖堤防加固 二标；1#泵站#2\n别处的水库", _targets())
    assert problems == []
    assert [part["key"] for part in value] == ["w1", "w2", ""]
    assert [part["text"] for part in value] == ["大冶湖堤防加固 二标", "1#泵站#2", "别处的水库"]


def test_what_is_not_known_yet_is_left_as_it_was_typed(platform_app: Flask) -> None:
    type_ = _type("person_cert")
    values, _problems = check_row(type_, {"person": "王五"})
    assert resolve(type_, values, _targets(), partial=True) == []
    assert values["person"] == {"key": "", "text": "王五"}
    assert resolve(type_, values, {}) == [], "the type it leads to is switched off"


def _numbers() -> st.SearchStrategy[str]:
    birthdays = st.dates(min_value=date(1930, 1, 1), max_value=date(2020, 1, 1))
    return st.builds(
        lambda region, day, order: complete_id_number(f"{region}{day:%Y%m%d}{order:03}"),
        st.sampled_from(["420202", "110101", "429004"]),
        birthdays,
        st.integers(0, 999),
    )


def _slips(number: str) -> st.SearchStrategy[str]:
    """The number as it may be typed: well, with a wrong check, cut short, spaced, beside a name."""
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    return st.sampled_from(
        [
            number,
            number.lower(),
            wrong,
            number[:-1],
            number[:6] + number[8:],
            f"{number[:6]}-{number[6:14]}-{number[14:]}",
            " ".join(number),
            f"张三{number}",
            f"张三（{number}）",
            f"{number}#{KEY}",
            f"{number}#2",
        ]
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_number_of_a_person_is_never_a_name_nor_repeated(platform_app: Flask, data: st.DataObject) -> None:
    number = data.draw(_numbers())
    text = data.draw(_slips(number))
    for place in (STRICT, LOOSE):
        value, problems = _link(place, text, _targets(a=("张三", ID_NUMBER)))
        if value["key"]:
            assert value["text"] == "张三"
            continue
        (problem,) = problems
        said = f"{value['text']} {problem.value} {problem.rule} {problem.remedy}"
        assert number[8:14] not in re.sub(r"[-\s]", "", said)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef"), max_size=3), max_size=6))
def test_what_is_linked_to_comes_first_and_a_circle_loses_nobody(
    platform_app: Flask, graph: dict[str, set[str]]
) -> None:
    types = [_made(code, sorted(targets)) for code, targets in graph.items()]
    ordered = in_link_order(types)
    assert sorted(each.code for each in ordered) == sorted(graph)
    place = {each.code: index for index, each in enumerate(ordered)}
    circles = {code for code in graph if code in _reachable(graph, code)}
    for code, targets in graph.items():
        if not ({code} | _reachable(graph, code)) & circles:
            assert all(place[target] < place[code] for target in targets & graph.keys() - {code})


def _reachable(graph: dict[str, set[str]], code: str) -> set[str]:
    """Return what *code* leads to, over others; a link to itself is no circle."""
    found: set[str] = set()
    waiting = [each for each in graph[code] if each in graph and each != code]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [target for target in graph[each] if target in graph and target != each]
    return found


class _Made:
    """As much of a record type as the order of links looks at."""

    def __init__(self, code: str, targets: list[str]) -> None:
        self.code = code
        self.links = tuple(FieldSpec(f"f{target}", "", Kind.LINK, to=target) for target in targets)  # type: ignore[arg-type]


def _made(code: str, targets: list[str]) -> Any:
    return _Made(code, targets)


def test_the_declared_links_have_no_circle(platform_app: Flask) -> None:
    ordered = [type_.code for type_ in in_link_order(record_types())]
    for type_ in record_types():
        for target in linking.targets_of(type_):
            assert ordered.index(target) < ordered.index(type_.code)


PEOPLE = (
    "人员信息",
    ("统一社会信用代码", "姓名", "证件号码"),
    [(CODE, "张三", ID_NUMBER), (CODE, "李四", OTHER_NUMBER)],
)
CERTIFICATES = (
    "人员证书",
    ("统一社会信用代码", "持证人", "证书类别", "资格证号"),
    [(CODE, "张三", "建造师", "Z1"), (CODE, OTHER_NUMBER, "建造师", "Z2")],
)


def _workbook(path: Path, *sheets: tuple[str, tuple[str, ...], list[tuple[str, ...]]]) -> Path:
    plans = [SheetPlan(title, tuple(ColumnPlan(each) for each in head), rows) for title, head, rows in sheets]
    write_workbook(path, plans)
    return path


def test_what_links_to_a_new_record_follows_it_into_the_draft(actor_as: Callable[..., Actor], tmp_path: Path) -> None:
    """A workbook laid over a draft twice: people get other keys each time, certificates still lead to them."""
    actor = actor_as("enterprise", subject=CODE)
    filing = filings.start(actor)
    path = _workbook(tmp_path / "表.xlsx", CERTIFICATES, PEOPLE)
    for _turn in range(2):
        proposal = propose(path, only=CODE)
        assert [row.action for row in proposal.rows] == ["create"] * 4
        filing = merge_into_draft(actor, filing.id, version=filing.row_version, proposal=proposal)
    draft = Filing.get_by_id(filing.id).draft
    assert (len(draft["person"]), len(draft["person_cert"])) == (2, 2)
    links = {row["qualify_no"]: row["person"] for row in draft["person_cert"].values()}
    keys = {row["name"]: key for key, row in draft["person"].items()}
    assert links == {"Z1": f"张三#{keys['张三']}", "Z2": f"李四#{keys['李四']}"}
    problems = [each.field for each in filings.check(filing).problems]
    assert not [each for each in problems if each.startswith("person")]
    assert ID_NUMBER not in str(draft)
    assert OTHER_NUMBER not in str(draft)


def test_a_second_workbook_links_to_what_the_first_one_brought(actor_as: Callable[..., Actor], tmp_path: Path) -> None:
    actor = actor_as("enterprise", subject=CODE)
    filing = filings.start(actor)
    for name, sheet in (("人员", PEOPLE), ("证书", CERTIFICATES)):
        path = _workbook(tmp_path / f"{name}.xlsx", sheet)
        with path.open("rb") as stream:
            kept, proposal = imports.receive(actor, filing.id, stream=stream, name=path.name)
        assert [row.action for row in proposal.rows] == ["create"] * 2, [row.problems for row in proposal.rows]
        imports.apply(actor, filing.id, kept.id, version=Filing.get_by_id(filing.id).row_version)
    draft = Filing.get_by_id(filing.id).draft
    keys = {row["name"]: key for key, row in draft["person"].items()}
    links = {row["qualify_no"]: row["person"] for row in draft["person_cert"].values()}
    assert links == {"Z1": f"张三#{keys['张三']}", "Z2": f"李四#{keys['李四']}"}


def test_a_certificate_typed_by_name_is_the_same_as_the_one_in_the_workbook(
    actor_as: Callable[..., Actor], tmp_path: Path
) -> None:
    actor = actor_as("enterprise", subject=CODE)
    filing = filings.start(actor)
    typed = {
        "person": {"p1": {"name": "张三", "id_no": ID_NUMBER}},
        "person_cert": {"c1": {"person": "张三", "cert_kind": "建造师", "qualify_no": "Z1"}},
    }
    for code, rows in typed.items():
        filing = filings.save_draft(actor, filing.id, version=filing.row_version, code=code, rows=rows)
    proposal = propose(_workbook(tmp_path / "表.xlsx", PEOPLE, CERTIFICATES), only=CODE)
    filing = merge_into_draft(actor, filing.id, version=filing.row_version, proposal=proposal)
    assert sorted(row["qualify_no"] for row in filing.draft["person_cert"].values()) == ["Z1", "Z2"]
    assert filing.draft["person_cert"]["c1"]["person"] == "张三#p1"


def test_a_form_shows_names_and_keeps_what_they_mean(
    client_as: Callable[..., SignedIn], actor_as: Callable[..., Actor], draft: Callable[..., Filing]
) -> None:
    """Two of one name: what is sent back as it was shown still means the one that was chosen."""
    actor, other = actor_as("enterprise"), KEY[::-1]
    filing = draft(actor)
    rows = {
        "person": {KEY: {"name": "张三", "id_no": ID_NUMBER}, other: {"name": "张三", "id_no": OTHER_NUMBER}},
        "performance": {KEY: {"project_name": "大冶湖堤防加固", "manager": f"张三#{other}"}},
        "outside_filing": {"o": {"home_grade": "A", "local_works": f"大冶湖堤防加固#{KEY}；别处的水库"}},
    }
    for code, typed in rows.items():
        filing = filings.save_draft(actor, filing.id, version=filing.row_version, code=code, rows=typed)
    person = client_as("enterprise")
    for code, key, name, words in (
        ("performance", KEY, "manager", "张三"),
        ("outside_filing", "o", "local_works", "大冶湖堤防加固；别处的水库"),
    ):
        path = f"/workspace/filings/{filing.id}/items/{code}/{key}"
        page = person.get(path).get_data(as_text=True)
        assert f">{words}</textarea>" in page or f'value="{words}"' in page
        assert f"#{other}" not in page
        assert f"#{KEY}" not in page
        kept = Filing.get_by_id(filing.id).draft[code][key]
        version = str(Filing.get_by_id(filing.id).row_version)
        form = {f"{code}-{key}-{name}": words, "version": version, "button": "save"}
        assert person.post_form(path, form).status_code == 302
        assert Filing.get_by_id(filing.id).draft[code][key] == kept
    certificate = person.get(f"/workspace/filings/{filing.id}/items/person_cert/fresh").get_data(as_text=True)
    assert f'<option value="张三#{KEY}">张三</option>' in certificate, "a list tells two of one name apart"


def test_a_number_typed_for_a_name_is_kept_sealed_until_it_is_put_right(
    client_as: Callable[..., SignedIn], actor_as: Callable[..., Actor], draft: Callable[..., Filing]
) -> None:
    actor = actor_as("enterprise")
    filing = draft(actor)
    person, path = client_as("enterprise"), f"/workspace/filings/{filing.id}/items/performance/{KEY}"
    place = f"performance-{KEY}-"
    work = {"project_name": "大冶湖堤防加固", "role": "施工", "status": "在建"}

    def save(manager: str) -> str:
        form = {f"{place}{name}": text for name, text in {**work, "manager": manager}.items()}
        version = str(Filing.get_by_id(filing.id).row_version)
        assert person.post_form(path, {**form, "version": version, "button": "save"}).status_code == 302
        return str(Filing.get_by_id(filing.id).draft["performance"][KEY]["manager"])

    kept = save(f" {ID_NUMBER}")
    assert ID_NUMBER not in kept
    page = person.get(f"{path}?check=1").get_data(as_text=True)
    assert ID_NUMBER not in page
    assert 'value="420***********1231"' in page
    assert "项目负责人填写的证件号码不在“人员信息”中" in page
    assert save("420***********1231") == kept, "sent back as it was shown, it is what was typed"
    beside = save(f"张三{ID_NUMBER[:6]} {ID_NUMBER[6:]}")
    assert not [part for part in ("张三", ID_NUMBER[:6], ID_NUMBER[6:]) if part in beside], "nor beside a name"
    page = person.get(f"{path}?check=1").get_data(as_text=True)
    assert ID_NUMBER[6:] not in page
    assert save(f" {ID_NUMBER}") != beside
    rows = {KEY: {"name": "张三", "id_no": ID_NUMBER}}
    version = Filing.get_by_id(filing.id).row_version
    filings.save_draft(actor, filing.id, version=version, code="person", rows=rows)
    checked = filings.check(Filing.get_by_id(filing.id))
    assert checked.problems == []
    (after,) = [each.after for each in checked.changes if each.record_type == "performance"]
    assert after is not None
    assert after["manager"] == {"key": KEY, "text": "张三"}
    for forged in ("sealed:1:AAAA", "sealed:1:"):
        assert save(forged) == forged
        assert person.get(path).status_code == 200
        assert filings.check(Filing.get_by_id(filing.id)).problems == []
