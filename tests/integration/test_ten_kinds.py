"""The main job for each of the ten kinds of market subject, by form and by workbook.

Declare all that a unit of the kind may file, with its evidence; submit; one item comes back with a reason; answer,
submit again; review, approve, publish; then the same way with a change of one field. Nothing here knows a kind.
"""

import re
from collections.abc import Iterator
from html import escape, unescape

import pytest
from tests.integration.applicants import Applicant, Office, page_of
from tests.plausible import Unit, filed, written
from tests.security.sweep import Ground, open_ground
from tests.sheets import headings

from shuixin.accounts import User
from shuixin.kit.review import Verdict
from shuixin.testing.fixtures import Databases
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.records import Editor, FieldSpec, Kind, RecordType, display
from shuixin_credit_collection.records.codes import SHIPPED
from shuixin_credit_collection.services.provenance import history
from shuixin_credit_collection.services.register import entries
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.workbook.template import CODE_COLUMN

WAYS = ("form", "workbook")
CASES = [("sqlite", entry.code, way) for entry in SHIPPED["subject_kind"] for way in WAYS]
REASON = "与所附证明材料不一致，请核对"
REPLY = "已对照原件改正"
SHOWN = re.compile(r'<(?:dt|th scope="col")>(.*?)</')


@pytest.fixture(scope="module")
def city(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """One city for all units: an account of their own declares each of them."""
    with open_ground(databases, tmp_path_factory.mktemp("city"), request.param) as ground:
        yield ground


def _amended(type_: RecordType) -> FieldSpec:
    """Return the field to change: public, and one whose change must be proven if there is one."""
    fields = [
        spec
        for spec in written(type_)
        if spec.kind is Kind.TEXT and spec.is_public and not spec.identifying and spec.name not in type_.title
    ]
    plain = [spec for spec in fields if not spec.pattern]
    return max(reversed(plain), key=lambda spec: spec.editor is Editor.PROOF)


def _declare(applicant: Applicant, way: str) -> None:
    """Write everything into the first filing, and see that the last step misses nothing any more."""
    applicant.begin()
    unit = applicant.unit
    if way == "workbook":
        book = applicant.template()
        _check_template(book, filed(unit.kind))
        applicant.upload(book)
        for type_ in unit.types:
            if type_.evidence:
                applicant.attach(type_)
    else:
        for type_ in unit.types:
            applicant.declare(type_)
            if type_.single:
                page = page_of(applicant.client, f"{applicant.base}/submit")
                assert all(_missing(code) in page for code in unit.expected)
    page = page_of(applicant.client, f"{applicant.base}/submit")
    assert unit.expected
    assert not any(_missing(code) in page for code in unit.expected)


def _missing(code: str) -> str:
    type_ = record_type(code)
    assert type_ is not None
    return f"通常要填写“{type_.label}”"


def _check_template(book: bytes, types: list[RecordType]) -> None:
    """The template of a kind has a sheet for each of its record types, and a column for each field to be written."""
    found = headings(book)
    expected = {
        type_.label.source: [*([] if type_.single else [CODE_COLUMN.source]), *(s.label.source for s in written(type_))]
        for type_ in types
    }
    assert found.keys() - expected.keys() == {"填写说明", "_lists"}
    assert {title: found[title] for title in expected} == expected


def _change(applicant: Applicant, way: str, type_: RecordType, ending: str) -> str:
    """Change one field of the first record of *type_*, with evidence; return its new text."""
    spec, row, key = _amended(type_), applicant.unit.texts(type_.code), _key(applicant, type_)
    row[spec.name] = row[spec.name][: spec.max_length - len(ending)] + ending
    address = f"{applicant.base}/items/{type_.code}/{key}"
    if way == "workbook":
        applicant.upload(applicant.template())
        applicant.prove(type_, address, scans=False)
    else:
        applicant.write(type_, address, row, scans=False)
    return row[spec.name]


def _key(applicant: Applicant, type_: RecordType) -> str:
    """Return the key under which the draft has the unit's first record."""
    spec, first = _amended(type_), applicant.unit.texts(type_.code)
    rows = applicant.filing.draft[type_.code]
    return next(key for key, row in rows.items() if row[spec.name] == first[spec.name])


@pytest.mark.parametrize(
    ("city", "kind", "way"), [*CASES, ("postgresql", "construct", "workbook")], indirect=["city"], scope="module"
)
def test_a_unit_of_every_kind_declares_is_returned_is_published_and_changes(city: Ground, kind: str, way: str) -> None:
    number = CASES.index(("sqlite", kind, way))
    unit = Unit(kind, number)
    applicant = Applicant(city.person("enterprise", str(number)), unit)
    office = Office(city.person("reviewer"), city.person("leader"))
    main = record_type(unit.expected[0])
    assert main is not None

    _declare(applicant, way)
    assert "初审中" in applicant.submit()
    _return_once(applicant, office, way, main)
    first = _approved(applicant, office)
    assert User.get(User.username == f"enterprise{number}").subject == unit.uscc
    _check_public(city, unit, unit.types)

    applicant.begin()
    assert applicant.id != first.id
    text = _change(applicant, way, main, "变更")
    applicant.submit()
    assert [(item.record_type, list(item.after)) for item in applicant.filing.items] == [
        (main.code, [_amended(main).name])
    ]
    second = _approved(applicant, office)
    _check_public(city, unit, [main])
    _check_both_versions(unit, main, text, [first.number, second.number])


def _return_once(applicant: Applicant, office: Office, way: str, main: RecordType) -> None:
    """The reviewer returns one item with a reason; the enterprise reads it, answers and submits again."""
    item = next(each for each in applicant.filing.items if each.key == _key(applicant, main))
    office.judge(applicant.filing, {item.id: REASON})
    assert REASON in page_of(applicant.client, applicant.base)
    assert REASON in page_of(applicant.client, f"{applicant.base}/items/{main.code}/{item.key}")
    _change(applicant, way, main, "更正")
    applicant.submit({item.id: REPLY})
    pending = [(each.record_type, each.key) for each in applicant.filing.items if each.verdict != Verdict.ACCEPTED]
    assert pending == [(main.code, item.key)], "what was accepted and not touched stays accepted"


def _approved(applicant: Applicant, office: Office) -> Filing:
    """Let the reviewer accept everything and the leader approve it; three people had it in hand."""
    replied = any(item.reply for item in applicant.filing.items)
    assert (REPLY in office.judge(applicant.filing, {})) is replied
    office.approve(applicant.filing)
    filing = applicant.filing
    assert filing.stage == "approved"
    assert len({filing.submitted_by, filing.reviewed_by, filing.approved_by}) == 3
    return filing


def _check_public(city: Ground, unit: Unit, types: list[RecordType]) -> None:
    """The public reads every public field of every record, and neither a private text nor the name of its field."""
    visitor, subject = city.person(""), Subject.get(Subject.uscc == unit.uscc)
    assert unit.name in page_of(visitor, f"/credit/enterprises?q={unit.name}")
    for type_ in types:
        page = page_of(visitor, f"/credit/enterprises/{unit.uscc}?tab={type_.code}")
        records = entries(subject, type_)
        assert len(records) == len(unit.draft[type_.code])
        public = [spec for spec in type_.fields if spec.is_public]
        for entry in records:
            said = {spec.name: display(spec, entry.values.get(spec.name)) for spec in public}
            assert [name for name, text in said.items() if escape(text) not in page] == []
        named = {unescape(label) for label in SHOWN.findall(page[page.index('class="sx-panel"') :])}
        assert named <= {str(spec.label) for spec in public} | {"公示截止"}
        assert {where for text, where in unit.private.items() if escape(text) in page} == set()


def _check_both_versions(unit: Unit, type_: RecordType, text: str, numbers: list[str]) -> None:
    """The Register holds both versions of the changed record, and tells which filing said what."""
    subject, spec = Subject.get(Subject.uscc == unit.uscc), _amended(type_)
    entry = next(each for each in entries(subject, type_) if each.values[spec.name] == text)
    rows = type_.model.select().where(type_.model.subject == subject, type_.model.key == entry.key)
    texts = {row.version: getattr(row, spec.name) for row in rows}
    assert sorted(texts) == [1, 2]
    assert texts == {1: texts[1], 2: text}
    assert texts[1].endswith("更正")
    assert [said.provenance.number for said in history(subject, type_, entry.key)] == numbers
