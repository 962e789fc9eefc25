"""Invented workbooks: units, their people, and a certificate for each."""

import random
from datetime import date, timedelta
from pathlib import Path

from xlsxwriter import Workbook

from shuixin.kit.identifiers import complete_id_number, complete_uscc

PER_UNIT = 500
#: A sheet that people may hand in has no more rows.
PER_BOOK = 100_000
UNITS = ("单位名称", "统一社会信用代码", "主体类别", "所属省市")
PEOPLE = (
    *("统一社会信用代码", "姓名", "证件号码", "人员类别", "学历", "所学专业", "职务", "职称", "从业起始年份"),
    *("劳动合同起", "社保缴纳单位", "手机", "在岗状态"),
)
CERTIFICATES = (
    *("统一社会信用代码", "持证人", "证书类别", "资格证号", "注册号", "主项专业", "等级", "发证机关"),
    *("核发日期", "有效期至", "证书状态"),
)


def unit(number: int) -> str:
    """Return the code of an invented unit."""
    return complete_uscc(f"91420200MA{number:06d}X")


def fill(folder: Path, people: int) -> list[Path]:
    """Write *people* and their units into as many workbooks as they need, and return these."""
    folder.mkdir(exist_ok=True)
    chance = random.Random(4202)  # noqa: S311 - invented data
    starts = range(0, people, PER_BOOK)
    return [_book(folder / f"{first}.xlsx", chance, first, min(first + PER_BOOK, people)) for first in starts]


def _book(path: Path, chance: random.Random, first: int, last: int) -> Path:
    with Workbook(path, {"strings_to_urls": False}) as book:
        sheets = {name: book.add_worksheet(name) for name in ("基本信息", "人员信息", "人员证书")}
        for sheet, titles in zip(sheets.values(), (UNITS, PEOPLE, CERTIFICATES), strict=True):
            sheet.write_row(0, 0, titles)
        for place, number in enumerate(range(first, last), 1):
            code = unit(number // PER_UNIT)
            if number % PER_UNIT == 0:
                line = (f"黄石第{number // PER_UNIT}水利工程有限公司", code, "施工", "湖北省黄石市下陆区")
                sheets["基本信息"].write_row((number - first) // PER_UNIT + 1, 0, line)
            identity = _identity(number)
            sheets["人员信息"].write_row(place, 0, _person(chance, code, number, identity))
            sheets["人员证书"].write_row(place, 0, _certificate(code, number, identity))
    return path


def _identity(number: int) -> str:
    """Return another number for each of a million people: 999 are born on one day in one county."""
    county, rest = divmod(number, 13_000 * 999)
    turn, day = divmod(rest, 13_000)
    born = date(1965, 1, 1) + timedelta(days=day)
    return complete_id_number(f"{420202 + county}{born:%Y%m%d}{turn:03d}")


def _person(chance: random.Random, code: str, number: int, identity: str) -> tuple[str, ...]:
    study = chance.choice(("本科", "专科", "硕士")), "水利水电工程", chance.choice(("工程师", "技术员", "项目经理"))
    contract = "2020-03-01", f"黄石第{number // PER_UNIT}水利工程有限公司", f"139{number:08d}", "在职"
    return code, f"张{number}", identity, "建造师", *study, chance.choice(("中级", "初级")), "2012", *contract


def _certificate(code: str, number: int, identity: str) -> tuple[str, ...]:
    days = "2024-05-01", "2027-04-30", "有效"
    return (
        code,
        identity,
        "建造师",
        f"Q{number:08d}",
        f"鄂14220{number:08d}",
        "水利水电工程",
        "二级",
        "住房和城乡建设部",
        *days,
    )
