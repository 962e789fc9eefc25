"""The OpenAPI 3.1 document: paths from the routes, schemas from the declarations of record types."""

import re
from collections.abc import Iterator
from typing import Any

from flask import current_app
from werkzeug.routing import Rule

from shuixin.api import domain
from shuixin_credit_collection.interface.blueprint import Operation, blueprint
from shuixin_credit_collection.records import Editor, Kind, RecordType
from shuixin_credit_collection.services import dictionary
from shuixin_credit_collection.services.registry import record_types

_ = domain("credit_collection")
VERSION = "1"
#: Statuses that every answer may have, and those of changes.
ERRORS = ("401", "403", "404", "429")
CHANGE_ERRORS = ("400", "409", "413", "415", "422", "428")
_TEXT: dict[str, Any] = {"type": "string"}
_MAYBE: dict[str, Any] = {"type": ["string", "null"]}
_WHOLE: dict[str, Any] = {"type": "integer"}


def document() -> dict[str, Any]:
    """Return the whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for rule, operation, type_ in _operations():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        path = path.replace("{code}", type_.code) if type_ else path
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _described(rule, operation, type_, method)
    return {
        "openapi": "3.1.0",
        "info": {"title": str(_("企业系统接口")), "version": VERSION, "description": str(_INTRODUCTION)},
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas(),
        },
    }


_INTRODUCTION = _(
    "与企业工作台同样的办理规则。请求须带Authorization: Bearer令牌；令牌由企业在工作台“接口令牌”中创建，"
    "只能查看和申报本单位的信息。"
    "修改须在If-Match中写明所依据的版本（读取时的ETag）。字段可以写文字（与页面上填写的一样），也可以写档案中存储的值。"
    "problems中的field为“记录类型-编号-字段”。"
)


def _operations() -> Iterator[tuple[Rule, Operation, RecordType | None]]:
    """Yield each route with what it says of itself; one for records once for each record type."""
    for rule in current_app.url_map.iter_rules():
        operation = getattr(current_app.view_functions[rule.endpoint], "shuixin_operation", None)
        if not rule.endpoint.startswith(f"{blueprint.name}.") or operation is None:
            continue
        for type_ in _filed() if operation.takes == "record" else [None]:
            yield rule, operation, type_


def _filed() -> list[RecordType]:
    return [type_ for type_ in record_types() if not type_.authority_only]


def _described(rule: Rule, operation: Operation, type_: RecordType | None, method: str) -> dict[str, Any]:
    changes = method != "GET"
    summary = f"{operation.summary}（{type_.label}）" if type_ else str(operation.summary)
    found: dict[str, Any] = {
        "operationId": "_".join([rule.endpoint.split(".")[1], *([type_.code] if type_ else []), *_tail(rule)]),
        "summary": summary,
        "parameters": [*_parameters(rule, type_), *([_IF_MATCH] if operation.versioned else [])],
        "responses": _responses(rule, operation, changes),
    }
    if operation.takes:
        found["requestBody"] = _request_body(operation, type_)
    return found


def _tail(rule: Rule) -> list[str]:
    """Return what tells two addresses of one view apart."""
    return ["field"] if "field" in rule.arguments else []


_IF_MATCH = {"name": "If-Match", "in": "header", "required": True, "schema": _TEXT}


def _parameters(rule: Rule, type_: RecordType | None) -> list[dict[str, Any]]:
    names = re.findall(r"<(?:(\w+):)?(\w+)>", rule.rule)
    return [
        {"name": name, "in": "path", "required": True, "schema": _WHOLE if kind == "int" else _TEXT}
        for kind, name in names
        if not (type_ and name == "code")
    ]


def _responses(rule: Rule, operation: Operation, changes: bool) -> dict[str, Any]:
    made = "201" if rule.endpoint.endswith((".attach", ".start")) else "200"
    codes = sorted([*ERRORS, *(CHANGE_ERRORS if changes else ())])
    right = {made: _response(str(_("已办理。")), operation.gives)}
    if rule.endpoint.endswith(".start"):
        right["200"] = _response(str(_("已有未办结的申报。")), operation.gives)
    return right | {code: _response(str(_("不能办理，原因见正文。")), "error") for code in codes}


def _response(words: str, schema: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": _ref(schema)}}}


def _request_body(operation: Operation, type_: RecordType | None) -> dict[str, Any]:
    if operation.takes == "files":
        schema: dict[str, Any] = {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
        return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    name = f"{type_.code}_input" if type_ else operation.takes
    return {"required": bool(type_), "content": {"application/json": {"schema": _ref(name)}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def schemas() -> dict[str, Any]:
    """Return all schemas by name: each record type as it is stored and as it is written, and what is around them."""
    found = {type_.code: dictionary.schema_of(type_) for type_ in record_types()}
    found |= {f"{type_.code}_input": _input(type_) for type_ in _filed()}
    return found | _around()


def _input(type_: RecordType) -> dict[str, Any]:
    """Return the schema of a record as it is written: any text, or the stored value; what is not written left out."""
    stored = dictionary.schema_of(type_)["properties"]
    properties = {
        spec.name: {"title": str(spec.label), "anyOf": [_MAYBE, stored[spec.name]]}
        for spec in type_.typed
        if spec.kind is not Kind.FILE and spec.editor is not Editor.AUTHORITY
    }
    return {"title": str(type_.label), "type": "object", "properties": properties, "additionalProperties": False}


def _around() -> dict[str, Any]:
    """Return the schemas of answers and errors."""
    problem = _object(field=_TEXT, value=_TEXT, rule=_TEXT, remedy=_TEXT)
    summary = {"id": _WHOLE, "number": _MAYBE, "kind": _TEXT, "stage": _TEXT, "stage_label": _TEXT, "version": _WHOLE}
    summary |= {"created_at": _MAYBE, "submitted_at": _MAYBE, "due_on": _MAYBE}
    item = {"type": _TEXT, "key": _TEXT, "field": _TEXT, "action": _TEXT, "label": _TEXT}
    item |= {"lines": _list(_object(label=_TEXT, old=_TEXT, new=_TEXT))}
    judged = {**item, "id": _WHOLE, "verdict": _TEXT, "reason": _TEXT, "reply": _TEXT}
    file = {"id": _TEXT, "name": _TEXT, "bytes": _WHOLE, "sha256": _TEXT, "type": _TEXT, "key": _TEXT, "field": _TEXT}
    texts = {"type": "object", "additionalProperties": _TEXT}
    drafts = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": texts}}
    line = _object(at=_MAYBE, who=_TEXT, what=_TEXT, note=_TEXT)
    return {
        "problem": problem,
        "error": _object(error=_object(code=_TEXT, message=_TEXT, problems=_list(_ref("problem")))),
        "summary": _object(**summary),
        "filings": _object(filings=_list(_ref("summary")), page=_WHOLE, pages=_WHOLE),
        "filing": _object(
            **summary,
            records=drafts,
            items=_list(_object(**judged)),
            files=_list(_object(**file)),
            timeline=_list(line),
        ),
        "commitment": _object(id=_TEXT, title=_TEXT, basis=_TEXT, clauses=_list(_TEXT)),
        "check": _object(
            problems=_list(_ref("problem")), advice=_list(_ref("problem")), changes=_list(_object(**item))
        ),
        "submission": {**_object(commitment=_TEXT, replies=texts), "additionalProperties": False},
        "record": _object(**summary, key=_TEXT, record=texts),
        "file": _object(**summary, file=_object(**file)),
        "register": _object(uscc=_MAYBE, name=_MAYBE, version=_WHOLE, records=_object(**_entries())),
    }


def _entries() -> dict[str, Any]:
    """Return what the Register gives, by record type."""
    common = {"key": _TEXT, "version": _WHOLE, "holds_from": _TEXT, "recorded_at": _MAYBE}
    # Private values are masked or left out, so the schema of the stored record does not bind them.
    return {type_.code: _list(_object(**common, values={"type": "object"})) for type_ in record_types()}
