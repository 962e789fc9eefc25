"""Code lists that administrators change: forms offer today's, records keep theirs, old filings read as they were."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shuixin.access import Actor
from shuixin.database import transaction
from shuixin.kit import clock, dictionaries
from shuixin.platform import current_platform
from shuixin_credit_collection.forms import row_view
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.records import code_list
from shuixin_credit_collection.records.codes import SHIPPED
from shuixin_credit_collection.records.values import parse, typed
from shuixin_credit_collection.services import code_usage, presentation, reviewing
from shuixin_credit_collection.services.comparison import compare
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.registry import record_type

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
YESTERDAY = date(2026, 11, 24)
KIND = "credit_collection.subject_kind"


@pytest.fixture(autouse=True)
def _a_day_in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def change(code: str, changed: Callable[[dictionaries.Entry], dictionaries.Entry], name: str = "subject_kind") -> None:
    present = code_list(name).get(code)
    row = dictionaries.DictionaryEntry.get_or_none(dictionaries.DictionaryEntry.code == code)
    assert present is not None
    with transaction():
        where = f"credit_collection.{name}", SHIPPED[name]
        dictionaries.change(*where, changed(present), version=row.row_version if row else 0, by="测试", now=NOW)
    current_platform().dictionaries.look()


def end(code: str, name: str = "subject_kind") -> None:
    change(code, lambda entry: replace(entry, last=YESTERDAY), name)


def basic() -> Any:
    type_ = record_type("basic_information")
    assert type_ is not None
    return type_


def test_a_form_offers_what_is_in_force_and_keeps_what_a_record_has(platform_app: Any) -> None:
    end("supply")
    offered = {field.spec.name: field.choices for field in row_view(basic(), "k", {"kinds": "施工"}).fields}["kinds"]
    assert "供货" not in {choice.value for choice in offered}
    kept = {field.spec.name: field.choices for field in row_view(basic(), "k", {"kinds": "施工、供货"}).fields}["kinds"]
    assert [(each.value, str(each.label)) for each in kept if each.selected] == [
        ("施工", "施工"),
        ("供货", "供货（已停用）"),
    ]


def test_an_ended_code_stays_in_a_record_and_is_not_newly_chosen(
    enterprise: Actor, approved: Callable[..., Any], actor_as: Callable[..., Actor]
) -> None:
    subject = approved(enterprise).subject
    end("supply")
    end("consult")
    draft = draft_of(subject)
    (row,) = draft["basic_information"].values()
    assert row["kinds"] == "施工、供货"
    row["contact"] = "罗文彬"
    result = compare(draft, subject)
    assert (result.problems, [each.field for each in result.changes]) == ([], ["contact"])
    row["kinds"] = "施工、供货、咨询"
    (problem,) = compare(draft, subject).problems
    assert (problem.field.endswith("-kinds"), problem.value, "已停用" in str(problem.rule)) == (True, "咨询", True)


def test_an_old_filing_shows_the_names_of_its_day(
    enterprise: Actor, submitted: Callable[..., Filing], monkeypatch: pytest.MonkeyPatch
) -> None:
    filing = submitted(enterprise)
    change("supply", lambda entry: dictionaries.reworded(entry, "物资供应", (), date(2026, 12, 1)))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=30))

    def shown(rows: list[presentation.ItemRow]) -> str:
        return next(line.new for row in rows for line in row.lines if str(line.label) == "主体类别")

    assert shown(presentation.item_rows(filing)) == "施工、供货"
    assert shown(presentation.change_rows(compare(filing.draft, None).changes)) == "施工、物资供应"


def test_names_that_would_be_read_as_two_or_as_another_are_typed_by_code(platform_app: Any) -> None:
    spec = basic().field("kinds")
    change("supply", lambda entry: dictionaries.reworded(entry, "供货、制造", (), None))
    assert typed(spec, ["construct", "supply"]) == "施工、supply"
    assert parse(spec, typed(spec, ["construct", "supply"])) == ["construct", "supply"]
    end("test")
    change("safety", lambda entry: replace(dictionaries.reworded(entry, "检测", (), None), first=date(2026, 11, 25)))
    for code in ("test", "safety"):
        assert parse(spec, typed(spec, [code])) == [code]


def test_use_is_counted_in_the_register_and_in_filings_on_their_way(
    enterprise: Actor, submitted: Callable[..., Filing], judge: Callable[..., Filing], actor_as: Callable[..., Actor]
) -> None:
    count = code_usage.usage_in(KIND)
    assert (count("supply"), count("owner")) == (0, 0)
    filing = submitted(enterprise)
    assert (count("supply"), count("owner"), count("sup")) == (1, 0, 0)
    judge(actor_as("reviewer"), filing)
    reviewing.approve(actor_as("leader"), filing.id, version=Filing.get_by_id(filing.id).row_version)
    assert (count("supply"), count("construct"), count("owner")) == (1, 1, 0)
    grades = code_usage.usage_in("credit_collection.qualification_grade")
    assert (grades("two"), grades("three")) == (1, 0)


def test_the_lists_are_this_plugins(platform_app: Any) -> None:
    assert {each.name for each in code_usage.lists()} == {f"credit_collection.{name}" for name in SHIPPED}
