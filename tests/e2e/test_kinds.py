"""Filing in a browser, for three kinds of subject that have little in common: every field that the kind must file.

Every page on the way is checked by axe and for sideways scrolling; the rest of the main job is the same for all kinds,
and done without a browser for all ten (``tests/integration/test_ten_kinds.py``).
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page
from tests.e2e.conftest import City, Person
from tests.plausible import Unit, declared, written

from shuixin.testing.fixtures import PASSWORD
from shuixin_credit_collection.records import ITEMS, FieldSpec, Kind, RecordType
from shuixin_credit_collection.records.kinds.base import parts_of
from shuixin_credit_collection.services.completeness import expected_types
from shuixin_credit_collection.services.rows import Texts

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("city", ["sqlite"], indirect=True),
    # Only for what the units are invented from: declarations, code lists, the catalogue.
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("platform_app"),
]
#: Far from the numbers of the demonstration's units.
FIRST = 300


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "证明材料.png"
    Image.new("RGB", (320, 200), "white").save(path)
    return path


def _newcomer(person: Callable[..., Person], city: City, username: str, width: int) -> Person:
    """Somebody with a new enterprise account, who has chosen a password."""
    first = city.run("users", "create", username, "--name", "程新来", "--role", "enterprise").split("\t")[1]
    one = person(width=width)
    page = one.sign_in(username, first)
    page.get_by_label("现用密码").fill(first)
    page.get_by_role("textbox", name="新密码必填", exact=True).fill(PASSWORD)
    page.get_by_label("再次填写新密码").fill(PASSWORD)
    one.follow(page.get_by_role("main").get_by_role("button"))
    one.sign_in(username, PASSWORD)
    return one


def _unit(kind: str, number: int) -> Unit:
    """A unit that declares what its kind must file, and what that leads to."""
    must = expected_types([kind])
    unit = Unit(kind, number, [each.code for each in declared(kind, number) if each.single or each.code in must])
    unit.draft = {code: dict([*rows.items()][:1]) for code, rows in unit.draft.items()}  # one of each is enough to see
    return unit


def _declare(one: Person, unit: Unit, type_: RecordType, scan: Path) -> None:
    page = one.page
    if not type_.single:
        one.follow(page.locator(".sx-steps").get_by_role("link", name=str(ITEMS[type_.item])))
        if page.locator(".sx-tabs").count():
            one.follow(page.locator(".sx-tabs").get_by_role("link", name=str(type_.label)))
        one.follow(page.get_by_role("link", name="增加一条"))
    _write(page, unit, type_, unit.texts(type_.code))
    if type_.evidence:
        page.get_by_label("证明材料").set_input_files(str(scan))
    one.press("保存并下一步" if type_.single else "保存并返回列表")
    if not type_.single:
        assert page.get_by_role("main").locator("tbody tr").count() == 1


def _write(page: Page, unit: Unit, type_: RecordType, row: Texts) -> None:
    """Fill in every field of the record on the page, each as its control takes it."""
    for spec in written(type_):
        control = page.locator(f'[name^="{type_.code}-"][name$="-{spec.name}"]:not([type=hidden])')
        assert control.count(), (type_.code, spec.name)
        if row.get(spec.name):
            _put(control, spec, unit.name_of(row[spec.name]) if spec.to else row[spec.name])


def _put(control: Locator, spec: FieldSpec, text: str) -> None:
    if spec.kind in (Kind.CODES, Kind.REGIONS):
        for part in parts_of(text):
            control.and_(control.page.locator(f'[value="{part}"]')).check()
    elif control.evaluate("one => one.tagName") == "SELECT":
        wanted = (
            "[...one.options].map(each => each.value).find(value => value === text || value.startsWith(text + '#'))"
        )
        control.select_option(value=control.evaluate(f"(one, text) => {wanted}", text))
    else:
        control.fill(text)


CASES = [("agent", 1440), ("owner", 1440), ("construct", 390)]


@pytest.mark.parametrize(("kind", "width"), CASES)
def test_a_unit_files_what_its_kind_must(
    kind: str, width: int, city: City, person: Callable[..., Person], scan: Path
) -> None:
    unit = _unit(kind, FIRST + CASES.index((kind, width)))
    one = _newcomer(person, city, f"{kind}{width}", width)
    page = one.press("开始首次申报")
    for type_ in unit.types:
        _declare(one, unit, type_, scan)
    one.follow(page.locator(".sx-steps").get_by_role("link", name="核对并提交"))
    assert unit.expected
    assert "通常要填写" not in page.get_by_role("main").inner_text()
    for box in page.get_by_role("main").get_by_role("checkbox").all():
        box.check()
    one.press("提交申报")
    assert "初审中" in page.get_by_role("main").inner_text()
    assert unit.texts("basic_information")["mobile"] not in page.content()
