"""Whether a unit has the people that its qualifications need; the numbers are those of a policy set."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from shuixin.api import Text, current_platform, domain
from shuixin_credit_collection.records import code_list
from shuixin_credit_collection.services.claims import Rows
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import title_of

_ = domain("credit_collection")
TOPIC = "personnel_requirements"
WHERE = ("category", "specialty", "grade")
#: 中级以上职称: a title counts whether or not it is named among the categories.
TITLED = ("full", "senior", "middle")


def counts(rows: Rows) -> dict[str, int]:
    """Return how many people of each category work for the unit; who is in two of them counts in both."""
    held: dict[str, set[str]] = {}
    for values in rows.get("person_cert", {}).values():
        if values.get("cert_status") not in ("cancelled", "annulled", "expired"):
            held.setdefault((values.get("person") or {}).get("key", ""), set()).add(str(values.get("cert_kind")))
    found: dict[str, int] = {}
    for key, values in rows.get("person", {}).items():
        if values.get("on_duty") in ("left", "retired"):
            continue
        categories = {*(values.get("categories") or ()), *held.get(key, ())}
        categories |= {"titled"} if values.get("title") in TITLED else set()
        for category in categories:
            found[category] = found.get(category, 0) + 1
    return found


def shortfalls(rows: Rows, day: date) -> list[tuple[str, Text]]:
    """Return (level, text) for each category of people that a qualification needs and the unit has too few of.

    A unit that has declared nobody at all is told so once, as information: nothing can be counted.
    """
    policy = current_platform().policies.find(TOPIC, day)
    found = list(_missing(rows, policy.params["requirements"])) if policy else []
    if found and not rows.get("person"):
        return [("info", _("没有申报人员，未核对资质对人员数量的要求"))]
    return found


def _missing(rows: Rows, requirements: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[str, Text]]:
    have, type_ = counts(rows), record_type("qualification")
    for values in rows.get("qualification", {}).values():
        for need in requirements:
            if type_ is None or any(name in need and need[name] != values.get(name) for name in WHERE):
                continue
            for category, least in need.items():
                if category not in (*WHERE, "level") and have.get(category, 0) < least:
                    facts = {
                        "title": title_of(type_, values),
                        "category": code_list("person_category").label(category),
                        "least": least,
                        "count": have.get(category, 0),
                    }
                    text = _("资质“{title}”要求{category}不少于{least}人，现有{count}人", **facts)
                    yield need.get("level", "warning"), text
