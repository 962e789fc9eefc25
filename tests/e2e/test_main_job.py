"""The main job, in a browser, by the four people in turn: file, return, correct, approve, read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from shuixin.kit.identifiers import complete_uscc, organisation_code_matches

pytestmark = pytest.mark.browser

CODE = next(
    code for check in "0123456789X" if organisation_code_matches(code := complete_uscc(f"91420204MAE2E9T4{check}"))
)
NAME = "黄石试航水利工程有限公司"
ID_NUMBER = "420202199001011231"
MOBILE = "13907230001"
People = Callable[..., "object"]


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "资质证书扫描件.png"
    Image.new("RGB", (320, 200), "white").save(path)
    return path


def _fill(page, label: str, value: str) -> None:
    page.get_by_label(label, exact=False).first.fill(value)


def _declare_basic_information(enterprise) -> None:
    page = enterprise.press("开始首次申报")
    enterprise.press("保存并下一步")  # nothing is lost by going on; the check comes before submitting
    page.go_back()
    _fill(page, "单位名称", NAME)
    _fill(page, "统一社会信用代码", CODE[:-1] + ("0" if CODE[-1] != "0" else "1"))
    page.get_by_label("施工", exact=True).check()
    page.get_by_label("所属省市").select_option("湖北省黄石市下陆区")
    _fill(page, "法定代表人身份证号", ID_NUMBER)
    _fill(page, "联系手机", MOBILE)
    _fill(page, "经营范围", "水利水电施工 <script>alert(1)</script>")
    enterprise.press("保存并下一步")


def _step(page, name: str):
    """The step of the filing called *name*."""
    return page.locator(".sx-steps").get_by_role("link", name=name)


def _new_record(enterprise, step: str):
    enterprise.follow(_step(enterprise.page, step))
    return enterprise.follow(enterprise.page.get_by_role("link", name="增加一条"))


def _declare_qualification(enterprise, scan: Path) -> None:
    page = _new_record(enterprise, "资质")
    page.get_by_label("资质类别").select_option("施工总承包")
    page.get_by_label("专业", exact=True).select_option("水利水电工程")
    page.get_by_label("等级").select_option("二级")
    _fill(page, "证书编号", "D242000001")
    _fill(page, "发证机关", "湖北省住房和城乡建设厅")
    _fill(page, "有效期至", "2030-12-31")
    page.get_by_label("证明材料").set_input_files(str(scan))
    enterprise.press("保存草稿")
    assert page.get_by_role("link", name="资质证书扫描件.png").is_visible()
    enterprise.press("保存并返回列表")


def _declare_good_record(enterprise) -> None:
    page = _new_record(enterprise, "良好行为")
    page.get_by_label("行为类别").select_option("工程获奖")
    _fill(page, "名称", "河道治理优质工程")
    page.get_by_label("级别").select_option("市")
    _fill(page, "表彰（认定）单位", "黄石市水利和湖泊局")
    _fill(page, "认定日期", "2026-10-08")
    page = enterprise.press("保存并返回列表")
    assert page.get_by_role("row", name="河道治理优质工程").is_visible()
    enterprise.follow(_step(page, "核对并提交"))


def _correct_the_code_and_submit(enterprise) -> None:
    page = enterprise.press("提交申报")
    summary = page.get_by_role("alert")
    assert "第18位校验不符" in summary.inner_text()
    enterprise.follow(summary.get_by_role("link").first)
    assert page.get_by_label("单位名称").first.input_value() == NAME
    assert page.get_by_label("法定代表人身份证号").input_value() == "420***********1231"
    _fill(page, "统一社会信用代码", f" {CODE.lower()} ")
    enterprise.press("保存草稿")
    enterprise.open(page.url.split("/items/")[0].removeprefix(enterprise.address) + "/submit")
    page.get_by_label("已阅读并作出以上承诺").check()
    enterprise.press("提交申报")
    assert "初审中" in page.get_by_role("main").inner_text()


def _return_one_item(reviewer) -> None:
    page = reviewer.open("/office/credit_collection/reviews/")
    reviewer.follow(page.get_by_role("row", name=NAME).get_by_role("link"))
    page.get_by_role("button", name="其余全部通过").click()
    row = page.get_by_role("row", name="经营范围").first
    row.focus()
    page.keyboard.press("r")
    assert row.get_by_role("radio", name="退回").is_checked()
    reviewer.press("提交决定")
    assert "请写明理由" in page.get_by_role("alert").inner_text()
    row = page.get_by_role("row", name="经营范围").first
    row.focus()
    page.keyboard.press("r")
    page.keyboard.type("经营范围请照营业执照填写")
    page.keyboard.press("Enter")
    assert row.evaluate("row => row === document.activeElement"), "a reason ends without sending the decision"
    reviewer.press("提交决定")
    assert "已退回企业补正" in page.get_by_role("main").inner_text()


def _correct_and_resubmit(enterprise) -> None:
    page = enterprise.open("/workspace/")
    enterprise.follow(page.get_by_role("link", name="GB-").first)
    assert "经营范围请照营业执照填写" in page.get_by_role("main").inner_text()
    enterprise.follow(page.get_by_role("link", name="修改后重新提交"))
    _fill(page, "经营范围", "水利水电工程施工总承包")
    enterprise.press("保存草稿")
    enterprise.open(page.url.split("/items/")[0].removeprefix(enterprise.address) + "/submit")
    page.get_by_label("经营范围").fill("已照营业执照改正")
    enterprise.press("提交申报")
    assert "尚未作出《信用信息申报承诺书》中的承诺" in page.get_by_role("alert").inner_text()
    enterprise.follow(page.get_by_role("alert").get_by_role("link").first)
    page.keyboard.press("Space")
    assert page.get_by_label("经营范围").input_value() == "已照营业执照改正"
    enterprise.press("提交申报")


def _accept_the_rest(reviewer) -> None:
    page = reviewer.open("/office/credit_collection/reviews/")
    reviewer.follow(page.get_by_role("row", name=NAME).get_by_role("link"))
    assert "已照营业执照改正" in page.get_by_role("main").inner_text()
    page.get_by_role("button", name="其余全部通过").click()
    reviewer.press("提交决定")
    assert "已转领导批准" in page.get_by_role("main").inner_text()


def _approve(leader) -> None:
    page = leader.open("/office/credit_collection/approvals/")
    leader.follow(page.get_by_role("row", name=NAME).get_by_role("link"))
    leader.press("提交决定")
    assert "已批准" in page.get_by_role("main").inner_text()


def _read(citizen) -> None:
    page = citizen.open("/credit/")
    page.get_by_role("searchbox").or_(page.locator("main input[name=q], .sx-band input[name=q]")).first.fill("试航")
    citizen.follow(page.locator(".sx-band button"))
    citizen.follow(page.get_by_role("link", name=NAME))
    for tab in ("", "?tab=qualification", "?tab=good_record"):
        citizen.open(f"/credit/enterprises/{CODE}{tab}")
        content = page.content()
        assert [private for private in (ID_NUMBER, MOBILE, "扫描件") if private in content] == []
        assert "<script>alert" not in content


@pytest.mark.parametrize(("city", "width"), [("sqlite", 390), ("postgresql", 1440)], indirect=["city"])
def test_four_people_do_the_main_job(width: int, person: People, scan: Path) -> None:
    enterprise, reviewer = person("enterprise", width), person("reviewer", width)
    _declare_basic_information(enterprise)
    _declare_qualification(enterprise, scan)
    _declare_good_record(enterprise)
    _correct_the_code_and_submit(enterprise)
    _return_one_item(reviewer)
    _correct_and_resubmit(enterprise)
    _accept_the_rest(reviewer)
    _approve(person("leader", width))
    _read(person())
    _read(person(width=390))
