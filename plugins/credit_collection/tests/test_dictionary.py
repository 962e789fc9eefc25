"""The data dictionary: what is declared is what was agreed, row for row, and everybody can read it."""

import csv
import difflib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shuixin_credit_collection.items import RECORDS
from shuixin_credit_collection.records import Editor, FieldSpec, Keeper, Kind, RecordType, Visibility, record_type_of
from shuixin_credit_collection.records.kinds import KINDS
from shuixin_credit_collection.services import dictionary
from shuixin_credit_collection.services.registry import record_types

from .conftest import BASIC, ID_NUMBER, MOBILE

TABLE = Path(__file__).parent / "data_dictionary.csv"
PAGE = "/credit_collection/dictionary"
HEAD = ["record_type", "field", "label", "kind", "visibility", "keeper", "editor", "codes", "national"]
SEEN_BY = {Visibility.PUBLIC: "P", Visibility.MASKED: "M", Visibility.OWNER: "I", Visibility.AUTHORITY: "S"}
KEPT_AT = {Keeper.NATIONAL: "N", Keeper.LOCAL: "L"}
WRITTEN_BY = {Editor.ENTERPRISE: "E", Editor.PROOF: "A", Editor.AUTHORITY: "B"}
#: What everybody may read of a decision and of an honour (306号 art. 15), and no more.
PUBLIC_BAD = {
    *("act", "basis", "decision", "decision_no", "decided_on", "organ", "fine"),
    *("head_name", "head_post", "head_decision"),
}
PUBLIC_GOOD = {"title", "level", "granted_on", "granter"}
PUBLIC_ASSET = {"year", "audit_opinion", "tax_grade"}

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def rows() -> list[list[str]]:
    """Return the table as the declarations have it."""
    types = [record_type_of(model) for model in RECORDS]
    return [HEAD, *(_row(type_, spec) for type_ in types for spec in type_.fields)]


def _row(type_: RecordType, spec: FieldSpec) -> list[str]:
    editor = "-" if spec.derived else WRITTEN_BY[spec.editor]
    flags = [SEEN_BY[spec.visibility], KEPT_AT[spec.keeper], editor]
    return [type_.code, spec.name, spec.label.source, spec.kind.value, *flags, spec.codes, spec.national]


def test_the_declarations_are_the_table_row_for_row() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        agreed = [",".join(row) for row in csv.reader(file)]
    declared = [",".join(row) for row in rows()]
    different = difflib.unified_diff(agreed, declared, TABLE.name, "declared in items/", lineterm="", n=0)
    assert agreed == declared, "\n" + "\n".join(different)


def _public(code: str) -> set[str]:
    type_ = next(record_type_of(model) for model in RECORDS if record_type_of(model).code == code)
    return {spec.name for spec in type_.fields if spec.is_public}


def test_only_what_the_rules_name_is_public_of_what_must_not_be_told_whole() -> None:
    assert _public("bad_record") == PUBLIC_BAD
    assert _public("good_record") == PUBLIC_GOOD
    assert _public("asset") == PUBLIC_ASSET
    assert _public("equipment") == _public("headcount") == set()


def test_every_number_of_a_person_is_sealed_and_seen_by_the_authority_only() -> None:
    specs = [spec for model in RECORDS for spec in record_type_of(model).fields]
    secret = {spec.name for spec in specs if spec.kind is Kind.SECRET}
    assert secret == {"legal_rep_idno", "mobile", "id_no", "credit_line", "bank", "account", "head_mobile"}
    assert {spec.visibility for spec in specs if spec.kind is Kind.SECRET} == {Visibility.AUTHORITY}


def test_only_the_authority_writes_bad_records() -> None:
    (type_,) = [record_type_of(model) for model in RECORDS if record_type_of(model).code == "bad_record"]
    assert type_.authority_only
    assert {spec.editor for spec in type_.fields} == {Editor.AUTHORITY}


@one_engine
def test_the_page_names_every_type_and_field(client: FlaskClient) -> None:
    answer = client.get(PAGE)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for type_ in record_types():
        start = page.index(f'id="{type_.code}"')
        section = page[start : page.index("</section>", start)]
        assert f">{type_.label.source} <code" in section
        for spec in type_.fields:
            assert f'<th scope="row">{spec.label.source}' in section, f"{type_.code}.{spec.name}"
            assert f">{spec.name}</code>" in section
    assert page.count('<th scope="row">') == len(rows()) - 1


@one_engine
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.json"])
def test_the_dictionary_holds_no_value_of_anybody(
    client: FlaskClient, approved: Any, enterprise: Any, path: str
) -> None:
    approved(enterprise)
    page = client.get(path).get_data(as_text=True)
    for value in (ID_NUMBER, MOBILE, BASIC["name"], "420***********1231"):
        assert value not in page


@one_engine
def test_the_schemas_are_schemas(client: FlaskClient) -> None:
    schemas = client.get(f"{PAGE}.json").get_json()
    assert sorted(schemas) == sorted(type_.code for type_ in record_types())
    for type_ in record_types():
        schema = schemas[type_.code]
        assert schema["type"] == "object"
        assert set(schema["properties"]) == set(type_.by_name)
        assert set(schema["required"]) == {spec.name for spec in type_.fields if spec.required}
        assert not schema["additionalProperties"]
        for spec in type_.fields:
            _is_schema(schema["properties"][spec.name])


def _is_schema(part: dict[str, Any]) -> None:
    """Hold *part* against the few words of JSON Schema that are used."""
    words = {"type", "format", "items", "properties", "minLength", "maxLength", "readOnly", "title"}
    assert {word for word in part if not word.startswith("x-")} <= words, part
    assert part["type"] in {"string", "integer", "array", "object"}
    assert ("items" in part) == (part["type"] == "array")
    assert part.get("format", "date") in {"date", "date-time"}
    for inner in [part["items"]] if "items" in part else part.get("properties", {}).values():
        _is_schema(inner)


@one_engine
def test_every_kind_is_described_in_words_and_as_schema(platform_app: Flask) -> None:
    assert set(dictionary.WORDS) == set(KINDS) == set(Kind)
    for type_ in record_types():
        schema = dictionary.schema_of(type_)
        for spec in type_.fields:
            kept = {"string": str, "integer": int, "array": list, "object": dict}[
                schema["properties"][spec.name]["type"]
            ]
            assert isinstance(EXAMPLES[spec.kind], kept), spec.name


#: A stored value of each kind.
EXAMPLES: dict[Kind, Any] = {
    **dict.fromkeys((Kind.TEXT, Kind.LONG, Kind.CODE, Kind.DATE, Kind.MOMENT, Kind.NUMBER), "1"),
    **dict.fromkeys((Kind.REGION, Kind.USCC, Kind.URL, Kind.SECRET), "1"),
    **dict.fromkeys((Kind.YEAR, Kind.INTEGER, Kind.MONEY), 1),
    **{kind: ["1"] for kind in (Kind.CODES, Kind.REGIONS, Kind.LINKS)},
    **{kind: {"key": "1"} for kind in (Kind.LINK, Kind.FILE)},
}
