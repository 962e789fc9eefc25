"""The catalogue (资质目录): what each kind of subject files, and which qualifications there are (DOMAIN §2)."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from shuixin.api import Problem, clock, current_platform, domain
from shuixin_credit_collection.records.codes import code_list

_ = domain("credit_collection")
TOPIC = "qualification_catalogue"


def catalogue(day: date | None = None) -> Mapping[str, Any]:
    """Return the catalogue in force on *day*, today if it is not given; an empty one where there is none."""
    policy = current_platform().policies.find(TOPIC, day or clock.legal_day(clock.now()))
    return policy.params if policy else {"kinds": {}, "categories": {}}


def expected_types(kinds: list[str]) -> list[str]:
    """Return the record types that a unit of these *kinds* is expected to file, each once."""
    known = catalogue()["kinds"]
    return list(dict.fromkeys(code for kind in kinds for code in known.get(kind, {}).get("expected", ())))


def qualification_advice(values: Mapping[str, Any]) -> list[Problem]:
    """Point out where a certificate differs from the catalogue in force today; nothing is refused."""
    entry = catalogue().get("categories", {}).get(values.get("category"))
    if entry is None:
        return []
    found = [_specialty(entry, values), _grade(entry, values), _issuer(entry, values), _form(entry, values)]
    return [problem for problem in [*found, _term(entry, values)] if problem]


def _named(values: Mapping[str, Any]) -> str:
    return code_list("qualification_category").label(str(values["category"]))


def _specialty(entry: Mapping[str, Any], values: Mapping[str, Any]) -> Problem | None:
    specialty = values.get("specialty")
    if not specialty or not entry["specialties"] or specialty in entry["specialties"]:
        return None
    label = code_list("qualification_specialty").label(specialty)
    rule = _("资质目录的“{category}”没有专业“{specialty}”。", category=_named(values), specialty=label)
    return Problem("specialty", label, rule, _("请对照证书核对。"))


def _grade(entry: Mapping[str, Any], values: Mapping[str, Any]) -> Problem | None:
    grade = values.get("grade")
    if not grade or grade in entry["grades"]:
        return None
    label = code_list("qualification_grade").label(grade)
    rule = _("资质目录的“{category}”没有“{grade}”。", category=_named(values), grade=label)
    if grade in entry["former"]:
        rule = _("“{category}”的“{grade}”已取消，只作历史信息。", category=_named(values), grade=label)
    return Problem("grade", label, rule, _("请对照证书核对。"))


def _issuer(entry: Mapping[str, Any], values: Mapping[str, Any]) -> Problem | None:
    issuer = str(values.get("issuer") or "")
    if not issuer or any(part in issuer for part in entry["issuers"]):
        return None
    rule = _("“{category}”通常由{issuers}发证。", category=_named(values), issuers="、".join(entry["issuers"]))
    return Problem("issuer", issuer, rule, _("请对照证书核对。"))


def _form(entry: Mapping[str, Any], values: Mapping[str, Any]) -> Problem | None:
    number = str(values.get("cert_no") or "")
    if not number or not entry["pattern"] or re.fullmatch(entry["pattern"], number):
        return None
    return Problem("cert_no", number, _("证书编号与通常写法不同。"), _("请对照证书核对。"))


def _term(entry: Mapping[str, Any], values: Mapping[str, Any]) -> Problem | None:
    since, until = values.get("valid_from"), values.get("valid_to")
    if not since or not until:
        return None
    last = clock.add_months(date.fromisoformat(str(since)), int(entry["months"]))
    if date.fromisoformat(str(until)) <= last:
        return None
    rule = _("有效期长于通常的{months}个月。", months=entry["months"])
    return Problem("valid_to", str(until), rule, _("请对照证书核对。"))
