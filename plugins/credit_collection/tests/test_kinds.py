"""Every kind of field: what is stored comes back as it was from what is typed, and untidy typing is read or refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuixin.api import region_name, selectable_regions
from shuixin.kit import clock
from shuixin.kit.identifiers import complete_uscc
from shuixin.texts import domain
from shuixin_credit_collection.forms import row_view
from shuixin_credit_collection.items import RECORDS, OutsideFiling
from shuixin_credit_collection.records import FieldSpec, Invalid, Kind, code_list, display, parse, record_type_of
from shuixin_credit_collection.records.kinds import KINDS
from shuixin_credit_collection.records.kinds.base import parts_of
from shuixin_credit_collection.records.kinds.numbers import MONEY_LIMIT, shortest
from shuixin_credit_collection.records.values import for_column, from_json, to_json, typed

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("platform_app"),
]
_ = domain("credit_collection")
LABEL = "某一栏"
KEYS = st.text("0123456789abcdef", min_size=32, max_size=32)
#: What people put into one line; no trace of a mark between name and key.
LINE = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="#;；"), min_size=1, max_size=60)
TODAY = clock.legal_day(clock.now())
#: From then on clocks of the place are no longer put forward in summer: each minute comes once.
FIRST = datetime(1992, 1, 1, tzinfo=UTC)


def _spec(kind: Kind, **facts: Any) -> FieldSpec:
    return FieldSpec("field", _("{name}", name=LABEL), kind, **facts)


SPECS: dict[Kind, FieldSpec] = {
    **{kind: _spec(kind) for kind in Kind},
    Kind.CODE: _spec(Kind.CODE, codes="project_category"),
    Kind.CODES: _spec(Kind.CODES, codes="person_category"),
    Kind.NUMBER: _spec(Kind.NUMBER, decimals=4, limits=(0, 10**10)),
    Kind.MONEY: _spec(Kind.MONEY, signed=True),
    Kind.LINK: _spec(Kind.LINK, to="person"),
    Kind.LINKS: _spec(Kind.LINKS, to="person"),
}


def _links() -> st.SearchStrategy[dict[str, str]]:
    # "/" alone is how people write that there is nothing.
    return st.fixed_dictionaries({"key": st.one_of(st.just(""), KEYS), "text": LINE.filter(parts_of)})


def _codes(spec: FieldSpec) -> st.SearchStrategy[str]:
    return st.sampled_from([entry.code for entry in code_list(spec.codes).entries])


def _regions() -> st.SearchStrategy[str]:
    return st.sampled_from([region.code for region in selectable_regions()])


def stored(kind: Kind) -> st.SearchStrategy[Any]:
    """Values of *kind* as they are stored."""
    spec = SPECS[kind]
    strategies: dict[Kind, Any] = {
        Kind.TEXT: lambda: LINE,
        Kind.LONG: lambda: st.lists(LINE, min_size=1, max_size=4).map("\n".join),
        Kind.CODE: lambda: _codes(spec),
        Kind.CODES: lambda: st.lists(_codes(spec), min_size=1, unique=True),
        Kind.DATE: lambda: st.dates(min_value=date(1000, 1, 1)).map(str),
        Kind.MOMENT: lambda: st.integers(0, 500_000_000).map(
            lambda minutes: (FIRST + timedelta(minutes=minutes)).isoformat()
        ),
        Kind.YEAR: lambda: st.integers(1949, TODAY.year),
        Kind.INTEGER: lambda: st.integers(*spec.limits),
        Kind.NUMBER: lambda: st.decimals(*spec.limits, places=spec.decimals).map(shortest),
        Kind.MONEY: lambda: st.integers(-MONEY_LIMIT, MONEY_LIMIT),
        Kind.REGION: _regions,
        Kind.REGIONS: lambda: st.lists(_regions(), min_size=1, max_size=8, unique=True),
        Kind.USCC: lambda: st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17).map(complete_uscc),
        Kind.URL: lambda: st.from_regex(
            r"https?://[a-z0-9]{1,20}(\.[a-z]{2,6}){1,2}(/[a-z0-9%?=&#-]{0,40})?", fullmatch=True
        ),
        Kind.SECRET: lambda: st.text("0123456789ABCDEFX", min_size=1, max_size=32),
        Kind.LINK: _links,
        Kind.LINKS: lambda: st.lists(_links(), min_size=1, max_size=5),
    }
    found: st.SearchStrategy[Any] = strategies[kind]()
    return found


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_is_stored_comes_back_from_what_is_typed(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([each for each in Kind if each is not Kind.FILE]))
    spec, value = SPECS[kind], data.draw(stored(kind))
    text = typed(spec, value)
    assert parse(spec, text) == value
    assert parse(spec, f" \u3000{text}\t\r\n") == value, "blanks around it mean nothing"
    assert from_json(spec, to_json(spec, value)) == value
    kept = for_column(spec, value)
    assert from_json(spec, to_json(spec, kept)) == value, "the column gives back what it took"
    assert isinstance(display(spec, value), str)


def test_every_code_of_every_list_comes_back_from_its_writing() -> None:
    for model in RECORDS:
        for spec in record_type_of(model).fields:
            if spec.codes:
                several = spec.kind is Kind.CODES
                for entry in code_list(spec.codes).entries:
                    value = [entry.code] if several else entry.code
                    assert parse(spec, typed(spec, value)) == value, f"{spec.codes} {entry.code}"


def test_a_form_sends_back_the_county_that_it_would_not_offer() -> None:
    type_, text = record_type_of(OutsideFiling), "湖北省黄石市、湖北省黄石市下陆区"
    view = next(each for each in row_view(type_, "a", {"work_regions": text}).fields if each.spec.kind is Kind.REGIONS)
    assert [choice.value for choice in view.choices if choice.selected] == text.split("、")


def test_every_region_comes_back_from_its_name() -> None:
    for region in selectable_regions():
        assert parse(SPECS[Kind.REGION], region_name(region.code)) == region.code


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.YEAR, "２０２５年度", 2025),
        (Kind.YEAR, " 2025 年 ", 2025),
        (Kind.YEAR, "2025年", 2025),
        (Kind.INTEGER, "１，２３４", 1234),
        (Kind.INTEGER, "12.0", 12),
        (Kind.NUMBER, "1,234.50", "1234.5"),
        (Kind.NUMBER, "-0", "0"),
        (Kind.NUMBER, "00.1000", "0.1"),
        (Kind.MONEY, "1,234.5万元", 1_234_500_000),
        (Kind.MONEY, "－３２６．８４万", -326_840_000),
        (Kind.MONEY, "-0", 0),
        (Kind.DATE, "2026 年 1 月 5 日", "2026-01-05"),
        (Kind.DATE, "２０２６／１／５", "2026-01-05"),
        (Kind.MOMENT, "2026年11月23日 9时30分", "2026-11-23T01:30:00+00:00"),
        (Kind.MOMENT, "2026-11-23T09:30:15", "2026-11-23T01:30:00+00:00"),
        (Kind.MOMENT, "２０２６－１１－２３　０９：３０", "2026-11-23T01:30:00+00:00"),
        (Kind.MOMENT, "1986-05-04 09:30", "1986-05-04T00:30:00+00:00"),  # clocks were put forward that night
        (Kind.MOMENT, "2026-11-23 00:00", "2026-11-22T16:00:00+00:00"),
        (Kind.CODES, "建造师;监理工程师|建造师，", ["constructor", "supervisor"]),
        (Kind.REGION, "420281", "420281"),
        (Kind.REGIONS, "湖北省黄石市、420281、湖北省黄石市", ["420200", "420281"]),
        (Kind.TEXT, "\ufeff甲\x00\x1f\u202e乙\u00a0", "甲乙"),
        (Kind.LONG, "甲\n\x0b乙", "甲\n乙"),
        (Kind.SECRET, "４２０２０２ 1990０１０１ 123x", "42020219900101123X"),
        (Kind.LINK, f"张三#{'0' * 32}", {"key": "0" * 32, "text": "张三"}),
        (Kind.LINK, "3#泵站", {"key": "", "text": "3#泵站"}),
        (Kind.LINKS, "大冶湖堤；\n 甲、乙两闸 ;", [{"key": "", "text": "大冶湖堤"}, {"key": "", "text": "甲、乙两闸"}]),
    ],
)
def test_untidy_typing_is_read(kind: Kind, text: str, value: Any) -> None:
    assert parse(SPECS[kind], text) == value


@pytest.mark.parametrize("kind", [Kind.CODES, Kind.REGIONS, Kind.LINKS])
@pytest.mark.parametrize("text", ["、", " ;，/ ", "\x00", "\u3000"])
def test_separators_alone_name_nothing(kind: Kind, text: str) -> None:
    assert parse(SPECS[kind], text) is None
    required = _spec(kind, required=True, codes=SPECS[kind].codes)
    with pytest.raises(Invalid, match="没有填写"):
        parse(required, text)


#: What no kind but texts and links takes.
WRONG: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("长" * 201,),
    Kind.CODE: ("无此项", "水库、水闸"),
    Kind.CODES: ("建造师、无此项",),
    Kind.DATE: ("2026-02-30", "26-1-5", "2026-1", "今天", "2026-01-05 10:00"),
    Kind.MOMENT: ("2026-11-23", "2026-11-23 24:00", "2026-11-23 09:60", "2026-02-30 09:30", "上午九点"),
    Kind.YEAR: ("1948", str(TODAY.year + 1), "26", "二〇二五", "2025.0", "度"),
    Kind.INTEGER: ("-1", "1.5", "十", "1e3", "10台", str(10**13)),
    Kind.NUMBER: ("-0.1", "1.00001", "1e3", "NaN", "10000000001", "10%"),
    Kind.MONEY: ("四千", "1e3", "0.0000001", "9" * 20, "万元", "1亿"),
    Kind.REGION: ("不存在省", "000000", "4202"),
    Kind.REGIONS: ("湖北省黄石市、不存在省",),
    Kind.USCC: ("91420281MA1JER2090", "1234"),
    Kind.URL: ("www.example.gov.cn", "ftp://example.gov.cn", "javascript:alert(1)", "http://"),
    Kind.SECRET: ("sealed:1:AAAA",),
    Kind.LINK: ("长" * 201,),
    Kind.LINKS: ("甲；" + "长" * 201,),
    Kind.FILE: ("0" * 32, "../../etc/passwd"),
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in WRONG.items() for text in texts])
def test_what_is_wrong_is_refused_with_field_and_remedy(kind: Kind, text: str) -> None:
    spec = SPECS[kind]
    with pytest.raises(Invalid) as refusal:
        parse(spec, text)
    problem = refusal.value.problem
    assert problem.field == spec.name
    assert (LABEL if kind is not Kind.USCC else "统一社会信用代码") in str(problem.rule)
    assert str(problem.remedy).endswith("。")
    assert len(problem.value) <= 60
    if kind in (Kind.SECRET, Kind.FILE):
        assert problem.value == ""
        assert text not in str(problem.rule)


def test_a_day_to_come_is_refused_where_only_past_ones_can_be() -> None:
    spec, tomorrow = _spec(Kind.DATE, past_only=True), clock.legal_day(clock.now()).toordinal() + 1
    with pytest.raises(Invalid, match="晚于今天"):
        parse(spec, str(TODAY.fromordinal(tomorrow)))
    assert parse(SPECS[Kind.DATE], str(TODAY.fromordinal(tomorrow)))
    assert parse(spec, str(TODAY)) == str(TODAY)


def test_an_amount_is_negative_only_where_there_can_be_a_loss() -> None:
    assert parse(SPECS[Kind.MONEY], "-1") == -1_000_000
    with pytest.raises(Invalid, match="超出合理范围"):
        parse(_spec(Kind.MONEY), "-1")


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_required_is_named_when_it_is_missing(kind: Kind) -> None:
    with pytest.raises(Invalid) as refusal:
        parse(_spec(kind, required=True, codes=SPECS[kind].codes), " \u3000\n")
    assert str(refusal.value.problem.rule) == f"{LABEL}没有填写。"
    assert parse(SPECS[kind], "") is None


def test_every_kind_has_one_object_and_one_column(platform_app: Flask) -> None:
    assert set(KINDS) == set(Kind) == set(SPECS)
    for kind, spec in SPECS.items():
        assert KINDS[kind].column(spec).null, "a version of a record may lack anything"


def test_a_number_is_written_the_shortest_way() -> None:
    texts = ("0", "-0.00", "10.50", "1000", "0.0001", "1E+3")
    assert [shortest(Decimal(text)) for text in texts] == ["0", "0", "10.5", "1000", "0.0001", "1000"]
