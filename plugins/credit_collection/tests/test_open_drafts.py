"""A draft lies open while the Register moves on: nothing is declared twice, undone unawares or lost."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from shuixin.access import Actor, system_actor
from shuixin.errors import Conflict
from shuixin.kit import review
from shuixin_credit_collection.items import BasicInformation, Qualification
from shuixin_credit_collection.models import Filing, FilingItem, Subject
from shuixin_credit_collection.services import commitments, evidence, filings, reviewing
from shuixin_credit_collection.services.drafts import draft_of
from shuixin_credit_collection.services.entry import Origin, enter
from shuixin_credit_collection.services.presentation import returned_reasons
from shuixin_credit_collection.services.rows import Draft, new_key

from .conftest import BASIC, CODE, QUALIFICATION, prove

Make = Callable[..., Filing]
People = Callable[..., Actor]
SECOND = {**QUALIFICATION, "specialty": "河湖整治工程", "cert_no": "D242000002"}
REASON = "请附营业执照副本"


@pytest.fixture
def entered(judge: Make, actor_as: People) -> Make:
    """Let the authority enter a unit's data and approve it."""

    def make(draft: Draft) -> Filing:
        filing = judge(actor_as("reviewer"), enter(system_actor("名单"), draft, Origin("workbook")))
        return reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)

    return make


def _unit(**qualifications: dict[str, str]) -> Draft:
    return {"basic_information": {new_key(): dict(BASIC)}, "qualification": qualifications}


def _present(model: type[BasicInformation] | type[Qualification]) -> list[BasicInformation | Qualification]:
    rows = model.select().where(model.superseded_at.is_null(), ~model.removed)
    return list(rows.order_by(model.id))


def _typing(actor: Actor, **values: str) -> Filing:
    """Return the actor's open filing with *values* typed into 基本信息."""
    filing = filings.start(actor)
    ((key, row),) = filing.draft["basic_information"].items()
    rows = {key: {**row, **values}}
    return filings.save_draft(actor, filing.id, version=filing.row_version, code="basic_information", rows=rows)


def _submit(actor: Actor, filing: Filing) -> Filing:
    fresh = Filing.get_by_id(filing.id)
    return filings.submit(actor, filing.id, version=fresh.row_version, commitment=commitments.wording().id)


def test_a_unit_has_one_filing_in_review(actor_as: People, submitted: Make, judge: Make) -> None:
    actor = actor_as("enterprise")
    filing = submitted(actor)
    with pytest.raises(Conflict, match=str(filing.number)):
        enter(system_actor("名单"), _unit(), Origin("workbook"))
    judge(actor_as("reviewer"), filing, returned={"name": REASON})
    import_ = enter(system_actor("名单"), _unit(), Origin("workbook"))
    with pytest.raises(Conflict, match=str(import_.number)):
        _submit(actor_as("enterprise"), filing)


def test_a_returned_first_filing_goes_on_beside_what_the_authority_entered(
    actor_as: People, submitted: Make, judge: Make, entered: Make, draft: Make
) -> None:
    filing = draft(actor_as("enterprise"), proven=False)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    picture.seek(0)
    kept = evidence.add(
        actor_as("enterprise"), filing.id, code="qualification", key="a1", stream=picture, name="证书.png"
    )
    filing = judge(actor_as("reviewer"), _submit(actor_as("enterprise"), filing), returned={"name": REASON})
    entered(_unit(b2=dict(QUALIFICATION, issuer="水利部"), b3=SECOND))

    filing = Filing.get_by_id(filing.id)
    assert set(filing.draft["qualification"]) == {"b2", "b3"}
    assert [each.id for each in evidence.of_filing(filing)["qualification-b2"]] == [kept.id]
    ((key, _row),) = filing.draft["basic_information"].items()
    assert returned_reasons(filing)["basic_information", key]
    filing = _submit(actor_as("enterprise"), filing)
    assert [(item.record_type, item.key, item.action) for item in filing.items] == [("qualification", "b2", "change")]
    assert filing.kind == "change"
    filing = judge(actor_as("reviewer"), filing)
    reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    assert len(_present(BasicInformation)) == 1
    assert [row.issuer for row in _present(Qualification)] == ["湖北省住房和城乡建设厅", "湖北省住房和城乡建设厅"]


def test_a_draft_does_not_undo_what_others_had_approved_meanwhile(
    actor_as: People, approved: Make, entered: Make
) -> None:
    approved(actor_as("enterprise"))
    actor = actor_as("enterprise")
    typing = _typing(actor, contact="罗文彬")
    now = draft_of(Subject.get())
    ((key, row),) = now["basic_information"].items()
    entered({**now, "basic_information": {key: {**row, "reg_capital": "9000"}}, "qualification": {"b9": SECOND}})

    rows = typing.draft["basic_information"]
    with pytest.raises(Conflict):
        filings.save_draft(actor, typing.id, version=typing.row_version, code="basic_information", rows=rows)
    filing = _submit(actor, typing)
    assert [(item.field, item.after) for item in filing.items] == [("contact", {"contact": "罗文彬"})]


def test_a_record_taken_off_the_register_leaves_the_draft_unless_it_was_worked_on(
    actor_as: People, approved: Make, entered: Make
) -> None:
    approved(actor_as("enterprise"))
    actor = actor_as("enterprise")
    filing = filings.start(actor)
    (row,) = filing.draft["qualification"].values()
    untouched = filing.draft["qualification"]
    entered({**draft_of(Subject.get()), "qualification": {"b9": SECOND}})
    assert set(Filing.get_by_id(filing.id).draft["qualification"]) == {"b9"}

    filing = Filing.get_by_id(filing.id)
    rows = {"b9": {**SECOND, "grade": "一级"}}
    filings.save_draft(actor, filing.id, version=filing.row_version, code="qualification", rows=rows)
    entered({**draft_of(Subject.get()), "qualification": {"c1": row}})
    draft = Filing.get_by_id(filing.id).draft["qualification"]
    assert [each["grade"] for key, each in draft.items() if key not in {"c1", *untouched}] == ["一级"]
    (key,) = (key for key in draft if key not in {"c1", *untouched})
    prove(actor, filing.id, "qualification", key)
    filing = _submit(actor, filing)
    assert [item.action for item in filing.items] == ["add"]


def test_a_draft_begun_before_the_unit_was_entered_is_laid_beside_it_and_shown_first(
    actor_as: People, entered: Make
) -> None:
    actor = actor_as("enterprise", subject=CODE)
    filing = _typing(actor, **{**BASIC, "contact": "罗文彬"})
    entered(_unit(b2=QUALIFICATION))
    with pytest.raises(Conflict, match="已由主管部门录入档案"):
        _submit(actor, filing)
    assert set(Filing.get_by_id(filing.id).draft["qualification"]) == {"b2"}
    filing = _submit(actor, filing)
    assert (filing.kind, filing.stage) == ("change", review.Stage.SUBMITTED)
    assert [item.field for item in filing.items] == ["contact"]


def test_what_a_subject_has_once_is_never_written_under_a_second_key(
    actor_as: People, approved: Make, judge: Make
) -> None:
    approved(actor_as("enterprise"))
    actor = actor_as("enterprise")
    filing = _typing(actor, contact="罗文彬")
    filing = judge(actor_as("reviewer"), _submit(actor, filing))
    FilingItem.update(key="another").where(FilingItem.filing == filing).execute()
    with pytest.raises(Conflict, match="档案已有变化"):
        reviewing.approve(actor_as("leader"), filing.id, version=filing.row_version)
    assert len(_present(BasicInformation)) == 1
