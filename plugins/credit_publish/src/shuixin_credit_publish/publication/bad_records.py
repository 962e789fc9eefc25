"""Bad records (不良行为): degree, points and public days, all from the decision and the rules of its day (R22-R30).

The authority states facts: what was done, by which decision, on which day. Everything else follows: the degree of the
act's heaviest treatment, the first day on which it may be repaired, the instant at which its publication stops by
itself, what it takes off. Only a degree that the decision itself names, and the authority's word on whether a record
is public, stand before what the rules would say.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from shuixin.api import clock, policies
from shuixin_credit_publish.publication.rulings import NEVER, Ruling, Values, Window, policy_for

TOPIC, POINTS = "bad_record", "bad_record_points"
_FREE: tuple[Decimal, bool] = (Decimal(0), False)


def rule_bad_records(topic: str, records: Mapping[str, Values], book: policies.PolicyBook) -> dict[str, Ruling]:
    """Return the ruling on each bad record of one subject, by key.

    All of them are judged together: of several treatments of one act the heaviest counts, once (R23).
    """
    found: dict[str, Ruling] = {}
    for act in _acts(records):
        counted = _counted(act, book)
        found |= {key: _ruling(topic, values, act.values(), book, counted[key]) for key, values in act.items()}
    return found


def _acts(records: Mapping[str, Values]) -> Iterable[dict[str, Values]]:
    """Return the records by the act that they are about: of one case, or of one day and one description."""
    acts: dict[tuple[str, ...], dict[str, Values]] = {}
    for key, values in records.items():
        case = str(values.get("case_id") or "")
        described = (str(values.get("happened_on") or ""), str(values.get("act") or ""))
        which = ("case", case) if case else ("act", *described) if all(described) else ("record", key)
        acts.setdefault(which, {})[key] = values
    return acts.values()


def _ruling(
    topic: str, values: Values, of_act: Iterable[Values], book: policies.PolicyBook, counted: tuple[Decimal, bool]
) -> Ruling:
    decided = date.fromisoformat(str(values["decided_on"]))
    policy = policy_for(book, topic, decided)
    standing = [each for each in of_act if each is values or each.get("annulment") != "annulled"]
    degree = max((_degree(each, policy) for each in standing), key=lambda each: _weight(each, policy))
    term = policy.params["terms"].get(degree)
    return Ruling(
        window=_window(values, decided, policy, term),
        policy=policy.code,
        basis=policy.basis,
        severity=degree,
        points=counted[0],
        cancels_grade=counted[1],
        repair_from=clock.add_months(decided, int(term["min_months"])) if term else None,
        marks=("objection",) if values.get("objection") == "raised" else (),
    )


def _degree(values: Values, policy: policies.PolicySet) -> str:
    """Return the degree that the decision names, else the one that the rules give to its kind; ``""`` for none."""
    stated = values.get(policy.params["degree_field"])
    return str(stated or policy.params["degrees"].get(str(values.get("act_type")), ""))


def _weight(degree: str, policy: policies.PolicySet) -> int:
    term = policy.params["terms"].get(degree)
    return int(term["max_months"]) if term else -1


def _window(values: Values, decided: date, policy: policies.PolicySet, term: Mapping[str, Any] | None) -> Window:
    """Return the public days: from the decision (R28) to the longest term, which ends without anybody's doing (R29)."""
    if term is None or not _is_public(values, policy, term) or _is_withdrawn(values):
        return NEVER
    ends = [clock.add_months(decided, _months(values, policy, term))]
    if values.get("repair") == "agreed":  # R30
        if not values.get("repaired_on"):
            return NEVER
        ends.append(date.fromisoformat(str(values["repaired_on"])))
    return Window(clock.start_of(decided), clock.start_of(min(ends)))


def _months(values: Values, policy: policies.PolicySet, term: Mapping[str, Any]) -> int:
    """Return the longest term of the degree, extended as often as the record says, within what the rules allow."""
    usual, longest = int(term["max_months"]), int(policy.params["longest_months"])
    extended = usual + int(policy.params["extension_months"]) * int(values.get("extended") or 0)
    return max(usual, min(extended, longest))


def _is_public(values: Values, policy: policies.PolicySet, term: Mapping[str, Any]) -> bool:
    """Whether it is published at all: as the authority says, else by its kind (R25) and its degree (R26)."""
    said = values.get("is_public")
    if said:
        return bool(said == "yes")
    return bool(term["published"]) and values.get("act_type") not in policy.params["unpublished"]


def _is_withdrawn(values: Values) -> bool:
    """Whether the decision is annulled (R35), or an order that is in the file suspends it meanwhile (R34)."""
    contested = values.get("litigation") in ("review", "suit")
    return values.get("annulment") == "annulled" or (contested and bool(values.get("stay_order")))


# --- points ---------------------------------------------------------------------------------------------------------


def _counted(act: Mapping[str, Values], book: policies.PolicyBook) -> dict[str, tuple[Decimal, bool]]:
    """Return what each treatment of one act takes off, and whether it ends the grade: the heaviest counts, once."""
    each = {key: _points(values, book) for key, values in act.items()}
    heaviest = max(each, key=lambda key: (each[key][1], each[key][0]))
    return {key: counted if key == heaviest else _FREE for key, counted in each.items()}


def _points(values: Values, book: policies.PolicyBook) -> tuple[Decimal, bool]:
    if values.get("annulment") == "annulled" or values.get("repair") == "agreed":
        return _FREE
    params = policy_for(book, POINTS, date.fromisoformat(str(values["decided_on"]))).params
    kind = str(values.get("act_type"))
    if kind in params["grade_cancelled"]:
        return Decimal(0), True
    after_accident = kind == "fine" and values.get("accident_grade") in params["accidents"]
    return Decimal(str(params["fine_after_accident"] if after_accident else params["points"].get(kind, 0))), False
