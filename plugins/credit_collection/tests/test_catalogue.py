"""The catalogue of qualifications: it names only what is there, and points out what differs without refusing it."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import shuixin_credit_collection
from shuixin_credit_collection.records import code_list
from shuixin_credit_collection.records.catalogue import (
    catalogue,
    expected_types,
    qualification_advice,
)
from shuixin_credit_collection.records.codes import SHIPPED
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import advice_of, check_row

FILE = Path(shuixin_credit_collection.__file__).parent / "policies" / "qualifications.toml"
PARAMS: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))["params"]
CODES = {name: {entry.code for entry in entries} for name, entries in SHIPPED.items()}
#: Not a qualification: kept for what was filed before it had a form of its own.
ENDED = {"founding"}

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_kind_of_subject_is_there_once() -> None:
    assert set(PARAMS["kinds"]) == CODES["subject_kind"]


@one_engine
def test_what_each_kind_files_and_holds_exists(platform_app: Flask) -> None:
    for kind, entry in PARAMS["kinds"].items():
        assert set(entry) == {"expected", "categories"}
        assert entry["expected"], f"{kind}: nothing expected"
        for code in entry["expected"]:
            type_ = record_type(code)
            assert type_ is not None, f"{kind}: {code}"
            assert not type_.authority_only
            assert not type_.kinds or kind in type_.kinds
        assert set(entry["categories"]) <= set(PARAMS["categories"]), kind
        assert bool(entry["categories"]) or "qualification" not in entry["expected"]


def test_every_category_is_described_with_codes_that_exist() -> None:
    assert set(PARAMS["categories"]) == CODES["qualification_category"] - ENDED
    for category, entry in PARAMS["categories"].items():
        assert set(entry) == {"specialties", "grades", "former", "issuers", "months", "pattern"}, category
        assert set(entry["specialties"]) <= CODES["qualification_specialty"], category
        assert set(entry["grades"]) | set(entry["former"]) <= CODES["qualification_grade"], category
        assert not set(entry["grades"]) & set(entry["former"]), category
        assert entry["grades"], category
        assert entry["issuers"], category
        assert 0 < entry["months"] <= 120, category
        re.compile(entry["pattern"])


def test_every_specialty_belongs_somewhere() -> None:
    placed = {code for entry in PARAMS["categories"].values() for code in entry["specialties"]}
    assert CODES["qualification_specialty"] - placed == UNPLACED


#: Ended with the category it belonged to.
UNPLACED = {"owner_danger"}


@one_engine
def test_what_is_expected_of_several_kinds_is_named_once(platform_app: Flask) -> None:
    assert catalogue()["kinds"].keys() == PARAMS["kinds"].keys()
    assert expected_types(["survey", "design", "owner"]) == [
        "qualification",
        "person",
        "performance",
        "founding_approval",
    ]
    assert (expected_types([]), expected_types(["no such kind"])) == ([], [])


SOUND = {
    "category": "supervise",
    "specialty": "supervise_construction",
    "grade": "a",
    "issuer": "中华人民共和国水利部",
    "cert_no": "水建监资字第20240001号",
    "valid_from": "2024-01-01",
    "valid_to": "2028-12-31",
}


@one_engine
@pytest.mark.parametrize(
    ("change", "field", "word"),
    [
        ({"specialty": "reservoir"}, "specialty", "没有专业“水库枢纽”"),
        ({"grade": "c"}, "grade", "“水利工程建设监理”的“丙级”已取消，只作历史信息"),
        ({"grade": "special"}, "grade", "没有“特级”"),
        ({"issuer": "某县水利局"}, "issuer", "通常由水利部发证"),
        ({"valid_to": "2029-01-02"}, "valid_to", "有效期长于通常的60个月"),
        (
            {"category": "safety", "specialty": None, "grade": "none", "issuer": "湖北省应急管理厅", "cert_no": "123"},
            "cert_no",
            "与通常写法不同",
        ),
        (
            {
                "category": "survey",
                "specialty": "surveying",
                "grade": "c",
                "issuer": "住房和城乡建设部",
                "cert_no": "B142000001",
            },
            "grade",
            "已取消",
        ),
        ({"category": "test", "specialty": "test_metal", "grade": "c", "valid_to": "2026-12-31"}, "grade", "已取消"),
    ],
)
def test_what_differs_is_pointed_out(platform_app: Flask, change: dict[str, Any], field: str, word: str) -> None:
    (problem,) = qualification_advice({**SOUND, **change})
    assert (problem.field, word in str(problem.rule)) == (field, True), problem
    assert str(problem.remedy)


@one_engine
def test_what_is_as_it_should_be_or_not_known_is_left_alone(platform_app: Flask) -> None:
    assert qualification_advice(SOUND) == []
    assert qualification_advice({}) == []
    assert qualification_advice({**SOUND, "category": "founding"}) == []
    assert qualification_advice({"category": "supervise"}) == []
    assert (
        qualification_advice(
            {
                **SOUND,
                "cert_no": "D242000001",
                "category": "general",
                "specialty": "water_works",
                "grade": "two",
                "issuer": "湖北省住房和城乡建设厅",
            }
        )
        == []
    )


@one_engine
def test_every_grade_of_every_category_is_advised_as_the_catalogue_says(platform_app: Flask) -> None:
    for category, entry in PARAMS["categories"].items():
        for grade in code_list("qualification_grade").labels():
            found = [
                each for each in qualification_advice({"category": category, "grade": grade}) if each.field == "grade"
            ]
            assert len(found) == (grade not in entry["grades"]), (category, grade)
            former = any("已取消" in str(each.rule) for each in found)
            assert former == (grade in entry["former"]), (category, grade)


@one_engine
def test_a_number_of_another_form_is_pointed_out_and_not_refused(platform_app: Flask) -> None:
    type_ = record_type("basic_information")
    assert type_ is not None
    texts = {"name": "黄石试航水利工程有限公司", "uscc": "91420281MA1JER209B", "kinds": "施工", "reg_region": "420200"}
    for number, fields in (("435000", []), ("43500", ["zip"])):
        values, problems = check_row(type_, {**texts, "zip": number})
        assert (problems, [each.field for each in advice_of(type_, values)]) == ([], fields)
