"""The OpenAPI document says what there is: every route, every record type, nothing that leads nowhere."""

from typing import Any

from flask import Flask

from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.services.registry import record_types


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*(_references(each) for each in value.values()))
    return set().union(*(_references(each) for each in value)) if isinstance(value, list) else set()


def _document(client: SignedIn) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.get_json()
    return document


def test_every_address_is_described_with_its_parameters(platform_app: Flask, client: SignedIn) -> None:
    document = _document(client)
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    mine = [rule for rule in platform_app.url_map.iter_rules() if rule.endpoint.startswith("credit_collection_api.")]
    for rule in mine:
        if rule.endpoint.endswith((".openapi", ".docs")):
            continue
        path = rule.rule.replace("<int:", "<").replace("<", "{").replace(">", "}")
        path = path.replace("{code}", "qualification") if "records" in path else path
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            expected = path if (method, path) in described else path.replace("qualification", "{code}")
            assert (method, expected) in described
            operation = document["paths"][expected][method.lower()]
            assert {each["name"] for each in operation["parameters"] if each["in"] == "path"} == {
                part.strip("{}") for part in expected.split("/") if part.startswith("{")
            }
            assert operation["summary"]
            assert {"401", "404", "429"} <= operation["responses"].keys()
    numbers = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(numbers) == len(set(numbers))


def test_every_reference_leads_somewhere_and_every_type_is_there(client: SignedIn) -> None:
    document = _document(client)
    schemas = document["components"]["schemas"]
    assert _references(document) <= {f"#/components/schemas/{name}" for name in schemas}
    for type_ in record_types():
        assert type_.code in schemas
        assert (f"{type_.code}_input" in schemas) is not type_.authority_only
    assert "id_no" in schemas["person_input"]["properties"]
    assert "sex" not in schemas["person_input"]["properties"], "derived"
    assert "photo" not in schemas["person_input"]["properties"], "uploaded"


def test_the_page_lists_the_same_without_scripts_from_elsewhere(client: SignedIn) -> None:
    page = client.get("/api/docs").get_data(as_text=True)
    for path in _document(client)["paths"]:
        assert path in page
    assert "qualification_input" in page
    assert "http://" not in page.replace("http://localhost", "")
    assert client.post("/api/docs").status_code == 405
