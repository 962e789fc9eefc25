"""The other jobs in a browser: news with a picture, a workbook, switching a plugin, reading in every dress."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shuixin.kit.tabular import ColumnPlan, SheetPlan, write_workbook

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("city", ["sqlite"], indirect=True)]

People = Callable[..., Any]
CODE = "91420281MA5XG7P36Y"
PUBLIC = ("/", "/credit/", "/credit/enterprises", "/credit/enterprises?q=不存在的名字", "/news/", "/search?q=水利")
#: Elements that show text of their own in letters smaller than elder mode promises.
SMALL_TEXT = """
() => [...document.querySelectorAll("body *")].filter(one =>
    [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()) && one.offsetParent &&
    !one.closest(".sx-visually-hidden") && parseFloat(getComputedStyle(one).fontSize) < 22).map(one => one.outerHTML)
"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "开工现场.jpg"
    Image.new("RGB", (800, 450), "#2f6f9f").save(path)
    return path


def test_a_picture_article_is_written_published_and_read(person: People, photo: Path) -> None:
    editor = person("editor")
    page = editor.open("/office/news/articles/new")
    page.get_by_label("标题").fill("富河治理工程今日开工")
    page.get_by_label("栏目").select_option("工作动态")
    page.locator("#picture").set_input_files(str(photo))
    text = page.frame_locator("iframe.tox-edit-area__iframe").locator("body")
    text.click()
    page.keyboard.type("富河治理工程在阳新县开工。")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="加粗").click()
    page.keyboard.type("总投资三亿元")
    editor.press("保存草稿")
    assert "题图没有文字说明" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("标题").input_value() == "富河治理工程今日开工"
    page.get_by_label("题图文字说明").fill("挖掘机在富河岸边作业")
    page.locator("#picture").set_input_files(str(photo))
    editor.press("保存草稿")

    citizen = person(width=390)
    citizen.open("/news/work/")
    assert not citizen.page.get_by_text("富河治理工程今日开工").count()

    leader = person("leader")
    page = leader.open("/office/news/publishing/")
    leader.follow(page.get_by_role("link", name="富河治理工程今日开工"))
    leader.press("发布这篇文章")
    page = citizen.open("/news/work/")
    citizen.follow(page.get_by_role("link", name="富河治理工程今日开工").first)
    assert page.get_by_role("img", name="挖掘机在富河岸边作业").is_visible()
    assert page.locator("strong, b").filter(has_text="总投资三亿元").is_visible()


def _workbook(path: Path, code: str, region: str = "湖北省黄石市大冶市") -> Path:
    head = ("单位名称", "统一社会信用代码", "主体类别", "所属省市", "注册资本（万元）")
    row = ("大冶试表水利工程有限公司", code, "施工、供货", region, "4000")
    write_workbook(path, [SheetPlan("基本信息", tuple(ColumnPlan(title) for title in head), [row])])
    return path


def test_a_new_account_changes_its_password_and_files_by_workbook(person: People, city: Any, tmp_path: Path) -> None:
    made = city.run("users", "create", "workbook", "--name", "程表格", "--role", "enterprise")
    one = person()
    page = one.sign_in("workbook", made.split("\t")[1])
    assert page.url.endswith("/account/password")
    page.get_by_label("现用密码").fill(made.split("\t")[1])
    page.get_by_role("textbox", name="新密码必填", exact=True).fill("Table-of-2026")
    page.get_by_label("再次填写新密码").fill("Table-of-2027")
    page = one.follow(page.get_by_role("main").get_by_role("button"))
    assert "两次填写的新密码不一致" in page.get_by_role("main").inner_text()
    page.get_by_label("现用密码").fill(made.split("\t")[1])
    page.get_by_role("textbox", name="新密码必填", exact=True).fill("Table-of-2026")
    page.get_by_label("再次填写新密码").fill("Table-of-2026")
    one.follow(page.get_by_role("main").get_by_role("button"))
    one.sign_in("workbook", "Table-of-2026")
    page = one.press("开始首次申报")
    filing = page.url.split("/items/")[0].removeprefix(one.address)
    page = one.open(f"{filing}/import")
    not_one = tmp_path / "不是表格.xlsx"
    not_one.write_bytes(b"plain text")
    page.get_by_label("表格文件").set_input_files(str(not_one))
    one.press("上传并核对")
    assert "另存为xlsx格式" in page.get_by_role("alert").inner_text()
    page.get_by_label("表格文件").set_input_files(str(_workbook(tmp_path / "错.xlsx", CODE[:-1] + "I")))
    one.press("上传并核对")
    assert "I、O、S、V、Z" in page.get_by_role("main").inner_text()
    assert page.get_by_role("button", name="并入草稿").count() == 0
    page = one.open(f"{filing}/import")
    page.get_by_label("表格文件").set_input_files(str(_workbook(tmp_path / "对.xlsx", CODE)))
    one.press("上传并核对")
    one.follow(page.get_by_role("button", name="并入草稿"))
    assert "大冶试表水利工程有限公司" in page.get_by_role("main").inner_text()
    page.get_by_label("已阅读并作出以上承诺").check()
    one.press("提交申报")
    assert "初审中" in page.get_by_role("main").inner_text()


def test_a_plugin_is_switched_off_and_on_while_the_site_runs(person: People) -> None:
    admin, citizen = person("admin"), person()
    page = admin.open("/office/plugins/")
    page.get_by_role("row", name="新闻动态").get_by_role("link", name="停用").click()
    change = page.get_by_role("region", name="停用“新闻动态”前，请看影响")
    assert "公开页面" in change.inner_text(), "what will change is said before the button"
    change.get_by_label("原因").fill("升级")
    with page.expect_navigation():
        change.get_by_role("button", name="停用新闻动态").click()
    assert "已停用news" in page.get_by_role("main").inner_text()
    assert _becomes(citizen, 404)
    citizen.open("/")
    page = admin.open("/office/plugins/")
    page.get_by_role("row", name="新闻动态").get_by_role("link", name="启用").click()
    with page.expect_navigation():
        page.get_by_role("button", name="启用").last.click()
    assert _becomes(citizen, 200)


def _becomes(citizen: Any, status: int) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if citizen.page.request.get(f"{citizen.address}/news/").status == status:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dress", ["", "elder", "en"])
def test_every_public_page_is_sound_in_every_dress(dress: str, width: int, person: People) -> None:
    citizen = person(width=width)
    if dress == "elder":
        citizen.open("/preferences/elder?on=1&next=/")
    if dress == "en":
        citizen.open("/preferences/language/en?next=/")
    unit = city_page(citizen, "/credit/enterprises", "a[href^='/credit/enterprises/9']")
    article = city_page(citizen, "/news/", "main a[href^='/news/work/']")
    for path in (*PUBLIC, unit, f"{unit}?tab=good_record", article):
        page = citizen.open(path)
        assert page.evaluate("document.documentElement.lang") == ("en" if dress == "en" else "zh-CN")
        if dress == "elder":
            assert page.evaluate(SMALL_TEXT) == []


def city_page(citizen: Any, path: str, selector: str) -> str:
    """Return the address that the last link of its kind on a page leads to."""
    address: str = citizen.open(path).locator(selector).last.get_attribute("href")
    return address


def test_a_citizen_without_scripts_searches_and_filters(person: People) -> None:
    citizen = person(width=390, java_script_enabled=False)
    page = citizen.page
    page.goto(f"{citizen.address}/credit/")
    page.locator(".sx-band input[name=q]").fill("有限公司")
    page.locator(".sx-band button").click()
    page.wait_for_url("**/credit/enterprises?q=**")
    everybody = page.locator("a[href^='/credit/enterprises/9']").count()
    page.get_by_label("监理", exact=False).first.check()
    page.get_by_role("button", name="应用筛选").click()
    page.wait_for_url("**kind=supervise**")
    assert 0 < page.locator("a[href^='/credit/enterprises/9']").count() < everybody
