"""Publication (公示): from the values of records to the days on which they are public, by dated rules with a basis."""

from collections.abc import Callable, Mapping

from shuixin.api import policies
from shuixin_credit_collection.api import RecordType
from shuixin_credit_publish.publication.bad_records import TOPIC, rule_bad_records
from shuixin_credit_publish.publication.rulings import NEVER, Ruling, Values, Window
from shuixin_credit_publish.publication.terms import rule_by_term

__all__ = ["NEVER", "Ruling", "Values", "Window", "rulings"]

#: How records are judged, by the topic of the rules; all other topics have one term.
_RULES: dict[str, Callable[[str, Mapping[str, Values], policies.PolicyBook], dict[str, Ruling]]] = {
    TOPIC: rule_bad_records
}


def rulings(type_: RecordType, records: Mapping[str, Values], book: policies.PolicyBook) -> dict[str, Ruling]:
    """Return the ruling on each of the *records* of one subject, by key.

    :raises Refused: no rules were in force on the day of one of them; nothing is guessed.
    """
    if not type_.publication:
        return {key: Ruling() for key in records}
    return _RULES.get(type_.publication, rule_by_term)(type_.publication, records, book)
