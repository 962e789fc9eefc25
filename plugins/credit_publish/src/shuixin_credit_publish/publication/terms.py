"""Records that are public for one term from the day on which they were granted (良好行为: R36)."""

from collections.abc import Mapping
from datetime import date

from shuixin.api import clock, policies
from shuixin_credit_publish.publication.rulings import Ruling, Values, Window, policy_for

#: The day that the term is counted from (认定日期).
START = "granted_on"


def rule_by_term(topic: str, records: Mapping[str, Values], book: policies.PolicyBook) -> dict[str, Ruling]:
    """Return the ruling on each of *records*, by key; one without its day is public without an end."""
    return {key: _ruling(topic, values, book) for key, values in records.items()}


def _ruling(topic: str, values: Values, book: policies.PolicyBook) -> Ruling:
    if not values.get(START):
        return Ruling()
    day = date.fromisoformat(str(values[START]))
    policy = policy_for(book, topic, day)
    end = clock.start_of(clock.add_months(day, int(policy.params["public_months"])))
    return Ruling(Window(end=end), policy.code, policy.basis)
