"""The Register: history whole, secrets sealed, evidence guarded."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from shuixin.access import Actor
from shuixin.errors import Conflict, NotFound, Refused
from shuixin_credit_collection.items import BasicInformation, Qualification
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.services import commitments, evidence, filings, reviewing
from shuixin_credit_collection.services.comparison import compare
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.register import entries
from shuixin_credit_collection.services.registry import record_type

Make = Callable[..., Filing]
PRIVATE = ("420202199001011231", "13907230001")


def _changed(actor: Actor, code: str, rows: dict[str, dict[str, str]]) -> Filing:
    filing = filings.start(actor)
    filing = filings.save_draft(actor, filing.id, version=filing.row_version, code=code, rows=rows)
    return filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)


def _rows(actor: Actor, code: str) -> dict[str, dict[str, str]]:
    return dict(draft_of(Subject.get(Subject.uscc == actor.subject))[code])


def test_a_change_keeps_the_former_version_with_its_times_and_its_filing(
    actor_as: Callable[..., Actor], approved: Make, judge: Make
) -> None:
    first = approved(actor_as("enterprise"))
    actor = actor_as("enterprise")
    ((key, row),) = _rows(actor, "basic_information").items()
    change = judge(actor_as("reviewer"), _changed(actor, "basic_information", {key: {**row, "contact": "罗文彬"}}))
    assert [item.field for item in change.items] == ["contact"]
    reviewing.approve(actor_as("leader"), change.id, version=change.row_version)
    old, new = BasicInformation.select().where(BasicInformation.key == key).order_by(BasicInformation.version)
    assert (old.contact, new.contact) == ("沈知行", "罗文彬")
    assert (old.filing_id, new.filing_id) == (first.id, change.id)
    assert old.superseded_at == new.recorded_at
    assert new.superseded_at is None
    assert Subject.get().register_version == 2


def test_a_removed_record_is_gone_from_the_state_and_kept_in_the_history(
    actor_as: Callable[..., Actor], approved: Make, judge: Make
) -> None:
    approved(actor_as("enterprise"))
    change = judge(actor_as("reviewer"), _changed(actor_as("enterprise"), "qualification", {}))
    reviewing.approve(actor_as("leader"), change.id, version=change.row_version)
    type_ = record_type("qualification")
    assert type_ is not None
    assert entries(Subject.get(), type_) == []
    assert [row.removed for row in Qualification.select().order_by(Qualification.version)] == [False, True]


def test_a_register_that_moved_meanwhile_is_not_overwritten(
    actor_as: Callable[..., Actor], approved: Make, judge: Make
) -> None:
    approved(actor_as("enterprise"))
    actor = actor_as("enterprise")
    ((key, row),) = _rows(actor, "basic_information").items()
    change = judge(actor_as("reviewer"), _changed(actor, "basic_information", {key: {**row, "contact": "罗文彬"}}))
    BasicInformation.update(version=7).where(BasicInformation.key == key).execute()
    with pytest.raises(Conflict, match="档案已有变化"):
        reviewing.approve(actor_as("leader"), change.id, version=change.row_version)
    assert BasicInformation.select().count() == 1


def test_private_values_are_nowhere_in_plain_text(
    actor_as: Callable[..., Actor], approved: Make, dump: Callable[[], dict[str, list[tuple[Any, ...]]]]
) -> None:
    approved(actor_as("enterprise"))
    found = [(table, value) for table, rows in dump().items() for value in PRIVATE if value in repr(rows)]
    assert found == []


def test_private_values_entered_by_the_authority_are_sealed_too(
    actor_as: Callable[..., Actor], dump: Callable[[], dict[str, list[tuple[Any, ...]]]]
) -> None:
    from shuixin.access import system_actor
    from shuixin_credit_collection.services.entry import Origin, enter
    from shuixin_credit_collection.services.rows import new_key

    row = {
        "name": "黄石录入工程有限公司",
        "uscc": "91420281MA1JER209B",
        "kinds": "施工",
        "reg_region": "湖北省黄石市大冶市",
        "legal_rep_idno": PRIVATE[0],
        "mobile": PRIVATE[1],
    }
    enter(system_actor("命令行"), {"basic_information": {new_key(): row}}, Origin("workbook"))
    found = [(table, value) for table, rows in dump().items() for value in PRIVATE if value in repr(rows)]
    assert found == []


def test_what_a_subject_has_once_stays_one_record_whatever_key_it_is_sent_under(
    actor_as: Callable[..., Actor], approved: Make
) -> None:
    approved(actor_as("enterprise"))
    subject = Subject.get()
    draft = draft_of(subject)
    ((key, row),) = draft["basic_information"].items()
    renamed = {**row, "contact": "罗文彬"}
    (change,) = compare({**draft, "basic_information": {"invented": renamed}}, subject).changes
    assert (change.key, change.field, change.action) == (key, "contact", "change")
    doubled = compare({**draft, "basic_information": {key: row, "second": row}}, subject)
    assert [str(each.rule) for each in doubled.problems] == ["基本信息只能有一条。"]


def _picture() -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(stream, "PNG")
    stream.seek(0)
    return stream


def test_evidence_must_be_what_its_name_says(actor_as: Callable[..., Actor], draft: Make) -> None:
    actor = actor_as("enterprise")
    filing = draft(actor, proven=False)
    for name, content in (("证书.pdf", b"MZ\x90\x00" + b"\0" * 200), ("证书.png", b"%PDF-1.4\n"), ("证书.exe", b"MZ")):
        with pytest.raises(Refused):
            evidence.add(actor, filing.id, code="qualification", key="a1", stream=io.BytesIO(content), name=name)
    assert evidence.of_filing(filing) == {}
    kept = evidence.add(actor, filing.id, code="qualification", key="a1", stream=_picture(), name="证书.png")
    assert [each.id for each in evidence.of_filing(filing)["qualification-a1"]] == [kept.id]


def test_evidence_belongs_to_its_filing_and_stays_once_submitted(actor_as: Callable[..., Actor], draft: Make) -> None:
    actor = actor_as("enterprise")
    filing = draft(actor)
    kept = evidence.add(actor, filing.id, code="qualification", key="a1", stream=_picture(), name="证书.png")
    stranger = actor_as("enterprise", "stranger")
    with pytest.raises(NotFound):
        evidence.find(filings.start(stranger), kept.id)
    filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    for attempt in (
        lambda: evidence.remove(actor, filing.id, kept.id),
        lambda: evidence.add(actor, filing.id, code="qualification", key="a1", stream=_picture(), name="二.png"),
    ):
        with pytest.raises(Conflict):
            attempt()
