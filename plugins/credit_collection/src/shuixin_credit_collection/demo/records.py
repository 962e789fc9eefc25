"""Invented people, works, reports and filings outside the province, for units of the demonstration city."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from shuixin.api import clock, identifiers
from shuixin_credit_collection.services.rows import Draft, Texts, new_key

SURNAMES = "沈罗方顾贺汤章陆钟卫何张陈李王刘杨黄吴周徐"
GIVEN = ("知行", "文彬", "予安", "南乔", "清越", "以恒", "若谷", "鸣川", "长庚", "静远", "晓岚", "若水", "承安", "景行")
WORKS = (
    ("松岩河综合治理工程", "河道", "湖北省黄石市大冶市"),
    ("棋岭水库除险加固工程", "水库", "湖北省黄石市阳新县"),
    ("富溪堤防加固工程", "堤防", "湖北省黄石市下陆区"),
    ("云桥泵站更新改造工程", "泵站", "湖北省黄石市西塞山区"),
    ("青鱼灌区续建配套工程", "灌区", "湖北省黄石市阳新县"),
    ("白鹭湖水系连通工程", "引调水", "湖北省黄石市黄石港区"),
)
#: What people of a unit of each kind are certified for.
CERTIFIED: Mapping[str, tuple[str, ...]] = {
    "owner": ("技术负责人",),
    "survey": ("注册土木工程师", "中级以上职称人员"),
    "design": ("注册土木工程师", "水利工程造价工程师"),
    "construct": ("注册建造师", "安全生产考核B类", "安全生产考核C类", "施工现场管理人员"),
    "supervise": ("总监理工程师", "监理工程师"),
    "agent": ("其他执（从）业人员",),
    "consult": ("咨询工程师", "水利工程造价工程师"),
    "test": ("质量检测员", "质量检测员"),
    "supply": ("中级以上技术工人",),
    "safety": ("安全评价师", "注册安全工程师"),
}
#: Days on which people are born; a prime, so that they all come round.
DAYS = 11_987
OPEN_STATUS, DONE_STATUS = "在建", "已竣工"


@dataclass(frozen=True)
class Unit:
    """What is known of a unit before its records are invented."""

    number: int
    kind: str
    name: str
    uscc: str
    region: str
    is_outside: bool


class Invention:
    """Invents records of one unit after the other, no person twice."""

    def __init__(self, chance: random.Random, people: int) -> None:
        self._chance = chance
        self._people = people
        self._born = chance.randrange(DAYS * 900)  # other people with each seed: nobody works at two units by chance
        self._today = clock.legal_day(clock.now())

    def person_name(self) -> str:
        """Return an invented name."""
        return self._chance.choice(SURNAMES) + self._chance.choice(GIVEN)

    def id_number(self) -> str:
        """Return the number of somebody who has not been invented yet."""
        self._born += 1
        born = date(1965, 1, 1) + timedelta(days=self._born * 37 % DAYS)
        return identifiers.complete_id_number(f"420202{born:%Y%m%d}{self._born // DAYS % 999 + 1:03d}")

    def records(self, unit: Unit) -> Draft:
        """Return all records of *unit* beside its 基本信息, 资质 and 良好行为."""
        draft: Draft = {"person": {}, "person_cert": {}}
        for place in range(self._people):
            self._hire(draft, unit, place)
        if unit.kind == "owner":
            draft["founding_approval"] = {new_key(): self._founding(unit)}
        if unit.kind != "agent":
            draft["performance"] = {new_key(): self._work(unit, turn) for turn in range(2)}
        draft["headcount"] = {new_key(): self._heads()}
        draft["asset"] = {new_key(): self._report()}
        if unit.is_outside:
            draft["outside_filing"] = {new_key(): self._outside(unit)}
        return draft

    def _hire(self, draft: Draft, unit: Unit, place: int) -> None:
        name, number = self.person_name(), self.id_number()
        kinds = CERTIFIED[unit.kind]
        kind, since = kinds[place % len(kinds)], self._today - timedelta(days=self._chance.randrange(200, 2000))
        draft["person"][new_key()] = {
            "name": name,
            "id_no": number,
            "categories": kind,
            "edu": self._chance.choice(("本科", "专科", "硕士")),
            "post": self._chance.choice(("工程师", "项目经理", "技术员")),
            "title": self._chance.choice(("副高级", "中级", "初级")),
            "career_from": str(since.year - 2),
            "labor_from": since.isoformat(),
            "social_unit": unit.name,
            "on_duty": "在职",
        }
        issued = self._today - timedelta(days=self._chance.randrange(100, 900))
        draft["person_cert"][new_key()] = {
            "person": number,
            "cert_kind": kind,
            "reg_no": f"鄂{unit.number:03d}{place:03d}{self._chance.randrange(10**6):06d}",
            "specialty": "水利水电工程",
            "issuer": "湖北省水利厅",
            "issued_on": issued.isoformat(),
            "valid_to": clock.add_months(issued, 36).isoformat(),
            "reg_unit_uscc": unit.uscc,
            "cert_status": "有效",
        }

    def _founding(self, unit: Unit) -> Texts:
        return {
            "project_name": WORKS[unit.number % len(WORKS)][0],
            "organ": "黄石市人民政府",
            "doc_no": f"黄政函〔2024〕{unit.number + 1}号",
            "approved_on": "2024-03-18",
            "legal_rep": self.person_name(),
            "tech_lead": self.person_name(),
        }

    def _work(self, unit: Unit, turn: int) -> Texts:
        name, category, place = WORKS[(unit.number + turn * 3) % len(WORKS)]
        signed = self._today - timedelta(days=500 + 400 * turn + self._chance.randrange(200))
        ended = signed + timedelta(days=400)
        done = {"ended_on": ended.isoformat(), "quality_grade": "合格"} if turn and ended < self._today else {}
        role = {"owner": "建设"}.get(unit.kind, unit.kind)
        return {
            "project_name": name,
            "lot": f"第{self._chance.randrange(1, 1000)}标段",
            "role": role,
            "status": DONE_STATUS if done else OPEN_STATUS,
            "region": place,
            "category": category,
            "owner_name": "黄石市水利建设管理中心",
            "contract_money": str(self._chance.randrange(200, 9000)),
            "signed_on": signed.isoformat(),
            "started_on": (signed + timedelta(days=20)).isoformat(),
            **done,
        }

    def _heads(self) -> Texts:
        total = self._chance.randrange(30, 300)
        parts = {"title_senior": total // 10, "title_middle": total // 4, "bachelor": total // 3, "college": total // 4}
        return {
            "year": str(self._today.year - 1),
            "total": str(total),
            **{name: str(each) for name, each in parts.items()},
        }

    def _report(self) -> Texts:
        total = self._chance.randrange(2000, 30_000)
        owed = total * self._chance.randrange(20, 70) // 100
        return {
            "year": str(self._today.year - 1),
            "total": str(total),
            "liabilities": str(owed),
            "net_assets": str(total - owed),
            "revenue": str(total * 6 // 10),
            "audit_opinion": "无保留意见",
            "tax_grade": self._chance.choice(("A级", "B级", "M级")),
        }

    def _outside(self, unit: Unit) -> Texts:
        return {
            "direction": "外省进鄂",
            "province": "湖北省",
            "filing_no": f"鄂备{unit.number:04d}",
            "organ": "湖北省水利厅",
            "kinds": unit.kind,
            "branch_name": f"{unit.name}湖北分公司",
            "work_regions": "湖北省黄石市",
        }
