"""Checks that several record types share."""

from collections.abc import Mapping
from typing import Any

from shuixin.api import Problem, Text, domain

_ = domain("credit_collection")


def in_order(values: Mapping[str, Any], *days: tuple[str, Text], strictly: bool = False) -> list[Problem]:
    """Return a problem for each day that is before the one that should precede it; days not given are passed over.

    :param days: field name and label, in the order in which the days should follow.
    :param strictly: equal days are wrong too.
    """
    problems: list[Problem] = []
    earlier: tuple[str, Text] | None = None
    for name, label in days:
        day = values.get(name)
        if day is None:
            continue
        if earlier is not None and (day < earlier[0] or (strictly and day == earlier[0])):
            rule = _("{label}{day}早于{other}{earlier}。", label=label, day=day, other=earlier[1], earlier=earlier[0])
            if day == earlier[0]:
                rule = _("{label}与{other}是同一天。", label=label, other=earlier[1])
            problems.append(Problem(name, day, rule, _("请核对两个日期。")))
        earlier = (day, label)
    return problems
