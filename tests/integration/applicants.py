"""An enterprise, a reviewer and a leader at their pages, as the tests of the main job need them.

They know addresses and what is on the pages; which record types and fields there are they read off the pages and the
declarations.
"""

import io
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from PIL import Image
from tests.plausible import Unit, written
from tests.security.sweep import Form, forms_of
from tests.sheets import Typed, fill
from werkzeug.datastructures import MultiDict

from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.records import FieldSpec, Kind, RecordType
from shuixin_credit_collection.records.kinds import KINDS
from shuixin_credit_collection.records.kinds.base import parts_of
from shuixin_credit_collection.services.rows import Texts
from shuixin_credit_collection.workbook.template import CODE_COLUMN

DESKS = "/office/credit_collection"
_PROBLEM = re.compile(r'<p class="sx-problem">(.*?)</p>|role="alert"(.*?)</ul>', re.DOTALL)


def picture() -> bytes:
    """Return a scan to prove something with."""
    stream = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(stream, "PNG")
    return stream.getvalue()


SCAN = picture()


def page_of(client: SignedIn, path: str) -> str:
    """Return the page at *path*, which must be there."""
    answer = client.get(path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200, (path, answer.status_code, text[:500])
    return text


def form_on(page: str, name: str = "version") -> Form:
    """Return the form on *page* that has a field called *name*."""
    return next(each for each in forms_of(page) if name in each.names)


def post(client: SignedIn, path: str, form: Form, values: Mapping[str, Any]) -> str:
    """Send *form* with *values* in place of what stands in it; return where it leads to, which must be another page."""
    data = MultiDict((name, text) for name, text in form.fields if name not in values)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    answer = client.post(form.action or path, data=data)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 302, (path, answer.status_code, _PROBLEM.findall(text), text[-500:])
    return str(answer.location)


class Applicant:
    """The enterprise *unit* with its filing in hand."""

    def __init__(self, client: SignedIn, unit: Unit) -> None:
        self.client, self.unit = client, unit
        self.id = 0

    @property
    def base(self) -> str:
        """Address of the filing in hand."""
        return f"/workspace/filings/{self.id}"

    @property
    def filing(self) -> Filing:
        """The filing in hand as it is now."""
        found: Filing = Filing.get_by_id(self.id)
        return found

    def begin(self) -> None:
        """Begin a filing from the first page of the workspace."""
        home = page_of(self.client, "/workspace/")
        form = next(each for each in forms_of(home) if each.action.endswith("/workspace/filings"))
        self.id = int(post(self.client, "/workspace/", form, {}).split("/")[3])

    # --- by form ------------------------------------------------------------------------------------------------

    def declare(self, type_: RecordType) -> None:
        """Write all records of a type, one form after the other, with evidence where it is due."""
        rows = list(self.unit.draft[type_.code].values())
        address = f"{self.base}/items/{type_.code}"
        if not type_.single:
            address = _link(page_of(self.client, address), "增加一条")
        for row in rows:
            address = self.write(type_, address, row, button="next" if type_.single else "more")

    def write(self, type_: RecordType, address: str, row: Texts, button: str = "save", *, scans: bool = True) -> str:
        """Write one record into its form and send it with what proves it; return where that leads to.

        :param scans: with the files that are fields of the record, too.
        """
        form = form_on(page_of(self.client, address))
        fields = {name.split("-")[2]: name for name in sorted(form.names) if name.startswith(f"{type_.code}-")}
        assert set(fields) == {spec.name for spec in written(type_)}, "the form has every field that may be written"
        values: dict[str, Any] = {
            fields[spec.name]: self._input(spec, row.get(spec.name, ""), form, fields[spec.name])
            for spec in written(type_)
        }
        return post(self.client, address, form, {**values, **_files(type_, form, scans), "button": button})

    def _input(self, spec: FieldSpec, text: str, form: Form, name: str) -> str | list[str]:
        """Return what the form sends for *text*: of a list, one of what it offers."""
        offered = [value for field, value in form.choices if field == name]
        if spec.kind in (Kind.CODES, Kind.REGIONS):
            ticked = [value for field, value in form.fields if field == name]
            picked = [part for part in parts_of(text) if part in offered + ticked]
            assert picked or not text, (spec.name, text)
            return picked
        if not offered or not text:
            return text
        called = self.unit.name_of(text) if spec.to else text
        return next(each for each in offered if each == called or each.startswith(f"{called}#"))

    # --- by workbook --------------------------------------------------------------------------------------------

    def template(self) -> bytes:
        """Download the template for the kind of the unit, as the page of imports offers it."""
        form = form_on(page_of(self.client, f"{self.base}/import"), "kind")
        assert ("kind", self.unit.kind) in form.choices + form.fields
        answer = self.client.get(form.action, query_string={"kind": self.unit.kind})
        assert answer.status_code == 200
        return bytes(answer.get_data())

    def upload(self, book: bytes) -> None:
        """Type all records into *book*, upload it, see that no row is refused, and lay it over the draft."""
        sheets = {
            type_.label.source: [self._line(type_, row) for row in self.unit.draft[type_.code].values()]
            for type_ in self.unit.types
        }
        path = f"{self.base}/import"
        form = form_on(page_of(self.client, path), "workbook")
        data = {**dict(form.fields), "workbook": (io.BytesIO(fill(book, sheets)), "申报.xlsx")}
        answer = self.client.post(path, data=data)
        page = answer.get_data(as_text=True)
        assert (answer.status_code, found := _PROBLEM.findall(page)) == (200, []), found
        post(self.client, path, form_on(page), {})

    def _line(self, type_: RecordType, row: Texts) -> dict[str, Typed]:
        line: dict[str, Typed] = {} if type_.single else {CODE_COLUMN.source: self.unit.uscc}
        for spec in written(type_):
            if row.get(spec.name):
                line[spec.label.source] = _cell(spec, row[spec.name])
        return line

    def attach(self, type_: RecordType) -> None:
        """Attach evidence to each record of a type, and leave everything else as it stands."""
        address = f"{self.base}/items/{type_.code}"
        records = [address] if type_.single else _records(page_of(self.client, address), address)
        assert len(records) == len(self.filing.draft[type_.code])
        for record in records:
            self.prove(type_, record)

    def prove(self, type_: RecordType, address: str, *, scans: bool = True) -> None:
        """Attach evidence to one record and leave everything else as it stands."""
        form = form_on(page_of(self.client, address))
        post(self.client, address, form, {**_grouped(form), **_files(type_, form, scans), "button": "save"})

    # --- both ---------------------------------------------------------------------------------------------------

    def submit(self, replies: Mapping[int, str] | None = None) -> str:
        """Submit, with everything ticked that is to be ticked; return the page of what is submitted."""
        path = f"{self.base}/submit"
        form = form_on(page_of(self.client, path))
        answers = {f"reply-{number}": text for number, text in (replies or {}).items()}
        assert set(answers) <= form.names
        return page_of(self.client, post(self.client, path, form, {**dict(form.choices), **answers}))


def _link(page: str, words: str) -> str:
    """Return the address of the link called *words*."""
    found = re.findall(r'<a[^>]* href="([^"]+)"[^>]*>((?:(?!</a>).)*)</a>', page, re.DOTALL)
    return str(next(address for address, text in found if words in text))


def _records(page: str, address: str) -> list[str]:
    """Return the addresses of the records listed on *page*; those with problems ask to be checked, one link is new."""
    new = _link(page, "增加一条")
    return [
        each for each in dict.fromkeys(re.findall(rf'href="({address}/[0-9a-z]+)(?:\?check=1)?"', page)) if each != new
    ]


def _files(type_: RecordType, form: Form, scans: bool) -> dict[str, Any]:
    """Return a document for the record if any belong to it, and with *scans* one for each field that holds one."""
    of_fields = {name: len(name.split("-")) > 3 for name in form.files}
    due = [name for name, of_field in of_fields.items() if (scans if of_field else type_.evidence)]
    return {name: (io.BytesIO(SCAN), f"{name.split('-')[1]}.png") for name in due}


def _grouped(form: Form) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, text in form.fields:
        values.setdefault(name, []).append(text)
    return values


def _cell(spec: FieldSpec, text: str) -> Typed:
    sheet = KINDS[spec.kind].sheet
    if sheet == "date":
        return date.fromisoformat(text)
    return float(text) if sheet == "number" else text


class Office:
    """Reviewer and leader."""

    def __init__(self, reviewer: SignedIn, leader: SignedIn) -> None:
        self.reviewer, self.leader = reviewer, leader

    def judge(self, filing: Filing, returned: Mapping[int, str]) -> str:
        """Return the items *returned*, each with its reason, and accept all others; return the page before."""
        assert f"{DESKS}/reviews/{filing.id}" in page_of(self.reviewer, f"{DESKS}/reviews/")
        path = f"{DESKS}/reviews/{filing.id}"
        page = page_of(self.reviewer, path)
        form = form_on(page, "decision")
        numbers = [item.id for item in filing.items]
        assert {f"verdict-{number}" for number in numbers} <= form.names
        verdicts = {f"verdict-{number}": "returned" if number in returned else "accepted" for number in numbers}
        reasons = {f"reason-{number}": reason for number, reason in returned.items()}
        post(self.reviewer, path, form, {**verdicts, **reasons})
        return page

    def approve(self, filing: Filing) -> None:
        """Approve what the reviewer passed on."""
        path = f"{DESKS}/approvals/{filing.id}"
        post(self.leader, path, form_on(page_of(self.leader, path), "decision"), {})
