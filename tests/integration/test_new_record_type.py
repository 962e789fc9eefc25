"""A record type of somebody else, in sixty lines, is everywhere where the shipped ones are."""

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.integration.applicants import Applicant, Office, page_of
from tests.plausible import Unit, written
from tests.sheets import headings

from shuixin.access import Actor, system_actor
from shuixin.app import create_app
from shuixin.database import db
from shuixin.database.drift import drift
from shuixin.events import deliver_with
from shuixin.kit import clock
from shuixin.platform import circumstances_of
from shuixin.plugins import Found, enabled_plugins
from shuixin.plugins.lifecycle import enable
from shuixin.settings import Settings
from shuixin.testing.fixtures import SignedIn, account_of, client_of
from shuixin_credit_collection.models import Expiry, Subject
from shuixin_credit_collection.records import Kind, RecordType, display
from shuixin_credit_collection.records.values import masked
from shuixin_credit_collection.services import tokens
from shuixin_credit_collection.services.code_usage import usage_in
from shuixin_credit_collection.services.register import entries
from shuixin_credit_collection.services.registry import record_type

LINES = 60
PLUGIN = '''"""Training (培训记录) of the people of a unit."""

from pathlib import Path

from shuixin.api import CodeList, Models, Plugin, dictionaries, domain, hookimpl
from shuixin_credit_collection.api import Editor, Item, Kind, Record, Visibility, declare, usage_in

_ = domain("training")
FORMS = tuple(
    dictionaries.Entry(code, (dictionaries.Wording(label),)) for code, label in (("hall", "面授"), ("net", "网络"))
)


class Training(Record):
    course = declare(_("培训课程"), required=True, max_length=100, identifying=True)
    person = declare(_("参训人员"), Kind.LINK, to="person", strict=True, required=True, identifying=True)
    form = declare(_("培训方式"), Kind.CODE, codes="training.form")
    valid_to = declare(_("证明有效期至"), Kind.DATE)
    hours = declare(_("培训学时"), Kind.NUMBER, decimals=1, editor=Editor.ENTERPRISE)
    summary = declare(_("培训内容"), Kind.LONG)
    pass_no = declare(_("准考证号码"), Kind.SECRET, visibility=Visibility.AUTHORITY)

    class Declaration:
        code, label, title = "training", _("培训记录"), ("course", "person")
        item, evidence, last_day, order = Item.PEOPLE, _("结业证书。"), "valid_to", 330

    class Meta:
        table_name = "training_record"


class TrainingPlugin(Plugin):
    id, label = "training", _("培训")

    @hookimpl
    def models(self):
        return Models((Training,), Path(__file__).parent / "training_steps")

    @hookimpl
    def code_lists(self):
        return (CodeList("training.form", _("培训方式"), FORMS, usage_in("training.form")),)

    @hookimpl
    def credit_record_types(self):
        return (Training,)


plugin = TrainingPlugin()
'''
STEP = """from peewee import CharField, DateField, DecimalField, JSONField, TextField
from shuixin_credit_collection.api import create_record_table


def up(migrator, db):
    texts = {"course": CharField(max_length=100, null=True), "form": CharField(max_length=40, null=True)}
    texts |= {name: TextField(null=True) for name in ("summary", "pass_no")}
    other = {"valid_to": DateField(null=True), "hours": DecimalField(max_digits=18, decimal_places=1, null=True)}
    create_record_table(db, "training_record", person=JSONField(null=True), **texts, **other)


def down(migrator, db):
    db.execute_sql("DROP TABLE training_record")
"""
CODES = ("basic_information", "person", "training")


@pytest.fixture
def city(settings: Settings, platform_app: Flask, install: Callable[..., Found], tmp_path: Path) -> Iterator[Flask]:
    """The platform once the plugin is installed and switched on."""
    install("training", module=PLUGIN, requires=("shuixin-plugin-credit-collection",))
    steps = tmp_path / "site-packages" / "training_steps"
    steps.mkdir()
    (steps / "0001_initial.py").write_text(STEP, "utf-8")
    enable(system_actor("测试"), "training", circumstances=circumstances_of(settings, schema=False))
    app = create_app(settings, enabled_plugins(), circumstances=circumstances_of(settings))
    app.testing = True
    with app.app_context(), deliver_with(app.extensions["shuixin"].delivery):
        yield app


def _words(unit: Unit, type_: RecordType) -> dict[str, str]:
    """Return how pages say what the unit typed of its record, by the names of fields."""
    row = unit.texts(type_.code)
    return {
        spec.name: masked(row[spec.name]) if spec.kind is Kind.SECRET else unit.name_of(row[spec.name])
        for spec in written(type_)
    }


def _lacks(page: str, wanted: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in wanted.items() if escape(text) not in page}


def test_the_plugin_is_short() -> None:
    assert len((PLUGIN + STEP).splitlines()) <= LINES


def test_a_new_record_type_is_everywhere(city: Flask, actor_as: Callable[..., Actor]) -> None:
    type_ = record_type("training")
    assert type_ is not None
    assert drift(db.obj, [type_.model]) == []
    unit = Unit("construct", 4, CODES)
    visitor, people = client_of(city), [client_of(city, account_of(role)) for role in ("reviewer", "leader")]
    applicant, office = Applicant(client_of(city, account_of("enterprise")), unit), Office(*people)
    applicant.begin()
    _in_the_workbook(applicant, type_)
    _in_the_form(applicant, type_)
    _in_the_difference(applicant, type_)
    _under_review(applicant, office, type_)
    _in_the_register(office, unit, type_)
    _in_public(visitor, unit, type_)
    _in_the_api(client_of(city), actor_as("enterprise"), unit, type_)
    _in_the_dictionary(visitor, type_)


def _in_the_workbook(applicant: Applicant, type_: RecordType) -> None:
    book = applicant.template()
    assert headings(book)["培训记录"][1:] == [spec.label.source for spec in written(type_)]
    applicant.upload(book)
    assert len(applicant.filing.draft["training"]) == 1


def _in_the_form(applicant: Applicant, type_: RecordType) -> None:
    address, wanted = f"{applicant.base}/items/training", _words(applicant.unit, type_)
    listed = page_of(applicant.client, address)
    assert _lacks(listed, {name: wanted[name] for name in type_.summary}) == {}
    key = next(iter(applicant.filing.draft["training"]))
    page = page_of(applicant.client, f"{address}/{key}")
    labels = {spec.name: str(spec.label) for spec in written(type_)}
    assert _lacks(page, {**labels, **wanted}) == {}
    assert _lacks(page, {"hall": "面授", "net": "网络", "evidence": "结业证书。"}) == {}
    assert applicant.unit.texts("training")["pass_no"] not in page
    applicant.write(type_, f"{address}/new1", {"course": "防汛抢险", "person": applicant.unit.texts("person")["id_no"]})
    assert {row["course"] for row in applicant.filing.draft["training"].values()} == {wanted["course"], "防汛抢险"}
    applicant.attach(type_)


def _in_the_difference(applicant: Applicant, type_: RecordType) -> None:
    page = page_of(applicant.client, f"{applicant.base}/submit")
    assert _lacks(page, {"label": "培训记录", **_words(applicant.unit, type_)}) == {}


def _under_review(applicant: Applicant, office: Office, type_: RecordType) -> None:
    applicant.submit()
    course = applicant.unit.texts("training")["course"]
    (item,) = [each for each in applicant.filing.items if (each.after or {}).get("course") == course]
    page = office.judge(applicant.filing, {item.id: "请附结业证书原件扫描件"})
    assert _lacks(page, {"label": "培训记录", "file": "training.png", **_words(applicant.unit, type_)}) == {}
    assert "请附结业证书原件扫描件" in page_of(applicant.client, f"{applicant.base}/items/training/{item.key}")
    applicant.prove(type_, f"{applicant.base}/items/training/{item.key}")
    applicant.submit({item.id: "已附"})
    office.judge(applicant.filing, {})
    office.approve(applicant.filing)


def _in_the_register(office: Office, unit: Unit, type_: RecordType) -> None:
    subject = Subject.get(Subject.uscc == unit.uscc)
    known = {entry.values["course"]: entry for entry in entries(subject, type_)}
    row = unit.texts("training")
    assert known.keys() == {row["course"], "防汛抢险"}
    values = known[row["course"]].values
    assert {name: values[name] for name in ("course", "form", "valid_to", "hours")} == {
        **{name: row[name] for name in ("course", "valid_to", "hours")},
        "form": "hall",
    }
    assert values["person"]["text"] == unit.name_of(row["person"])
    assert row["pass_no"] not in str(values)
    assert display(type_.field("pass_no"), values["pass_no"]) == row["pass_no"]
    assert usage_in("training.form")("hall") == 1
    dossier = f"/office/credit_collection/subjects/{subject.id}/training/"
    page = page_of(office.reviewer, dossier + known[row["course"]].key)
    assert _lacks(page, {"label": "培训记录", **_words(unit, type_)}) == {}
    assert row["pass_no"] not in page
    (expiry,) = Expiry.select().where(Expiry.record_type == "training")
    assert expiry.valid_to.isoformat() == row["valid_to"], "its holder will be reminded"


def _in_public(visitor: SignedIn, unit: Unit, type_: RecordType) -> None:
    page = page_of(visitor, f"/credit/enterprises/{unit.uscc}")
    assert f"/credit/enterprises/{unit.uscc}?tab=training" in page
    page = page_of(visitor, f"/credit/enterprises/{unit.uscc}?tab=training")
    wanted = _words(unit, type_)
    secret = wanted.pop("pass_no")
    assert _lacks(page, {"label": "培训记录", **wanted}) == {}
    assert not [each for each in (secret, unit.texts("training")["pass_no"], "准考证号码") if each in page]


def _in_the_api(client: SignedIn, actor: Actor, unit: Unit, type_: RecordType) -> None:
    """The document names it, the Register gives it, and a filing of the caller's own system changes it."""
    headers = {"Authorization": f"Bearer {tokens.create(actor, label='企业ERP', days=30, now=clock.now())[1]}"}

    def send(method: str, path: str, **options: Any) -> Any:
        answer = client.open(f"/api/v1/{path}", method=method, headers=headers, **options)
        headers["If-Match"] = answer.headers.get("ETag", "")
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.get_json()

    document = client.get("/api/v1/openapi.json").get_json()
    assert document["components"]["schemas"]["training"]["properties"]["form"]["x-codes"] == "training.form"
    assert "/api/v1/filings/{filing_id}/records/training/{key}" in document["paths"]
    known = send("GET", "register")["records"]["training"]
    (record,) = [each for each in known if each["values"]["course"] == unit.texts("training")["course"]]
    assert record["values"]["pass_no"] == masked(unit.texts("training")["pass_no"])
    filing = send("POST", "filings")
    texts = send("GET", f"filings/{filing['id']}")["records"]["training"][record["key"]]
    send("PUT", f"filings/{filing['id']}/records/training/{record['key']}", json={**texts, "hours": "16"})
    (change,) = send("GET", f"filings/{filing['id']}/check")["changes"]
    assert (change["type"], change["lines"]) == (
        "training",
        [{"label": "培训学时", "old": unit.texts("training")["hours"], "new": "16"}],
    )


def _in_the_dictionary(visitor: SignedIn, type_: RecordType) -> None:
    page = page_of(visitor, "/credit_collection/dictionary")
    assert _lacks(page, {"label": "培训记录", **{spec.name: str(spec.label) for spec in type_.fields}}) == {}
    schema = visitor.get("/credit_collection/dictionary.json").get_json()["training"]
    assert schema["required"] == ["course", "person"]
    assert schema["properties"]["pass_no"]["x-visibility"] == "authority"
