"""Which record types a unit files, and which of those it is expected to file it has left out (DOMAIN §2)."""

from shuixin.api import Problem, domain
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.records import RecordType, code_list
from shuixin_credit_collection.records.catalogue import expected_types
from shuixin_credit_collection.records.kinds.base import parts_of
from shuixin_credit_collection.services.registry import record_type, record_types
from shuixin_credit_collection.services.rows import Draft, is_blank

_ = domain("credit_collection")


def kinds_in(draft: Draft) -> list[str]:
    """Return the kinds of subject (主体类别) that *draft* names so far."""
    text = next(iter(draft.get("basic_information", {}).values()), {}).get("kinds", "")
    found = (code_list("subject_kind").find_any(part) for part in parts_of(text))
    return [code for code in found if code]


def filed_types(filing: Filing) -> list[RecordType]:
    """Return the record types that the unit of *filing* fills in, in the order of the eight items."""
    kinds, draft = set(kinds_in(filing.draft)), filing.draft
    return [
        type_
        for type_ in record_types()
        if not type_.authority_only and (not type_.kinds or kinds & set(type_.kinds) or draft.get(type_.code))
    ]


def missing(filing: Filing) -> list[RecordType]:
    """Return the record types that units of these kinds are expected to file and this one has left empty."""
    expected = (record_type(code) for code in expected_types(kinds_in(filing.draft)))
    return [type_ for type_ in expected if type_ and not _is_filled(filing.draft, type_)]


def _is_filled(draft: Draft, type_: RecordType) -> bool:
    return any(not is_blank(row) for row in draft.get(type_.code, {}).values())


def advice(filing: Filing) -> list[Problem]:
    """Return what the filer is told of what is left out; it does not bar the filing."""
    names = "、".join(code_list("subject_kind").label(kind) for kind in kinds_in(filing.draft))
    return [
        Problem(
            type_.code, "", _("{kinds}单位通常要填写“{label}”。", kinds=names, label=type_.label), _("没有的可以不填。")
        )
        for type_ in missing(filing)
    ]
