"""Names of qualifications in one text are taken apart, or refused with what to do instead."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from shuixin.kit import tabular
from shuixin_credit_collection.records.names import parts_of_name
from shuixin_credit_collection.workbook import propose

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CODE = "91420281MA1JER209B"
HEAD = ("统一社会信用代码", "资质名称", "证书编号", "发证机关", "有效期至")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("工程设计水利行业灌溉排涝专业乙级", ("工程设计", "水利", "灌溉排涝", "乙级")),
        ("工程设计水利行业围垦专业丙级", ("工程设计", "水利", "围垦", "丙级")),
        ("工程设计水利行业甲级", ("工程设计", "水利", None, "甲级")),
        ("工程勘察岩土工程专业乙级", ("工程勘察", None, "岩土工程", "乙级")),
        ("工程勘察水文地质勘察专业乙级", ("工程勘察", None, "水文地质勘察", "乙级")),
        ("工程勘察工程测量专业乙级", ("工程勘察", None, "工程测量", "乙级")),
        ("工程勘察综合甲级", ("工程勘察", None, None, "综合甲级")),
        ("水利水电工程施工总承包一级", ("施工总承包", None, "水利水电工程", "一级")),
        ("河湖整治工程专业承包叁级", ("专业承包", None, "河湖整治工程", "三级")),
        ("水利工程建设监理水土保持工程施工监理乙级", ("水利工程建设监理", None, "水土保持工程施工", "乙级")),
        ("水利工程质量检测混凝土工程乙级", ("水利工程质量检测", None, "混凝土工程", "乙级")),
        ("工程设计电力行业水力发电（含抽水蓄能、潮汐）专业乙级", ("工程设计", "电力", "水力发电", "乙级")),
        (" 工程设计　水利行业河道整治专业 乙级", ("工程设计", "水利", "河道整治", "乙级")),
    ],
)
def test_a_name_says_category_industry_specialty_and_grade(
    platform_app: Flask, name: str, parts: tuple[str | None, ...]
) -> None:
    wanted = dict(zip(("category", "industry", "specialty", "grade"), parts, strict=True))
    assert parts_of_name(name) == {part: label for part, label in wanted.items() if label}


@pytest.mark.parametrize("name", ["", "乙级", "工程设计", "工程设计水利行业星际航行专业乙级", "随便写写"])
def test_what_cannot_be_read_is_not_guessed(platform_app: Flask, name: str) -> None:
    assert parts_of_name(name) is None


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    def write(*names: str) -> Path:
        unit = ("大冶青山水利工程有限公司", CODE, "设计", "湖北省黄石市大冶市")
        head = tuple(map(tabular.ColumnPlan, ("单位名称", "统一社会信用代码", "主体类别", "所属省市")))
        rows = [(CODE, name, f"A{number}", "住房和城乡建设厅", "2023-04-20") for number, name in enumerate(names)]
        sheets = [
            tabular.SheetPlan("基本信息", head, [unit]),
            tabular.SheetPlan("资质信息", tuple(map(tabular.ColumnPlan, HEAD)), rows),
        ]
        tabular.write_workbook(tmp_path / "资质.xlsx", sheets)
        return tmp_path / "资质.xlsx"

    return write


def test_a_sheet_may_give_the_name_instead_of_its_parts(platform_app: Flask, book: Callable[..., Path]) -> None:
    rows = propose(book("工程设计水利行业灌溉排涝专业乙级", "工程设计水利行业星际航行专业乙级")).rows
    good, bad = (row for row in rows if row.row.sheet == "资质信息")
    assert good.action == "create"
    assert {name: good.changes[name][1] for name in ("category", "industry", "specialty", "grade")} == {
        "category": "工程设计",
        "industry": "水利",
        "specialty": "灌溉排涝",
        "grade": "乙级",
    }
    assert bad.action == "refused"
    assert "请改为分别填写资质类别、行业、专业、等级" in str(bad.problems[0])
