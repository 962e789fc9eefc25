"""The demonstration city: invented enterprises of all ten kinds, filed and approved by the same services."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shuixin.api import Actor, DemoSize, clock, identifiers, review, system_actor
from shuixin_credit_collection.demo.penalties import penalty
from shuixin_credit_collection.demo.records import Invention, Unit
from shuixin_credit_collection.models import Filing, FilingEvent
from shuixin_credit_collection.records import code_list
from shuixin_credit_collection.services.deadlines import running
from shuixin_credit_collection.services.entry import Origin, enter
from shuixin_credit_collection.services.reviewing import Judgement, approve, decide
from shuixin_credit_collection.services.rows import Draft, new_key

PLACES = (
    ("420204", "黄石", "湖北省黄石市下陆区"),
    ("420202", "黄石", "湖北省黄石市黄石港区"),
    ("420203", "黄石", "湖北省黄石市西塞山区"),
    ("420281", "大冶", "湖北省黄石市大冶市"),
    ("420222", "阳新", "湖北省黄石市阳新县"),
    ("420100", "武汉", "湖北省武汉市"),
    ("430000", "湖南", "湖南省"),
)
WORDS = (
    "砚湖",
    "金陂",
    "澄溪",
    "富溪",
    "澜岳",
    "棠浦",
    "云浦",
    "衡川",
    "棋岭",
    "云桥",
    "青鱼",
    "松岩",
    "白鹭",
    "石渠",
    "江禾",
    "清源",
    "碧泓",
    "鄂东",
    "长堰",
    "明渡",
    "沧屿",
    "镜川",
    "望潮",
    "永堤",
    "安澜",
    "润泽",
    "浩源",
    "瑞堰",
)


@dataclass(frozen=True)
class _Trade:
    """How units of one kind are called, what they hold and do."""

    suffix: str
    category: str
    specialties: tuple[str, ...]
    grades: tuple[str, ...]
    issuer: str
    business: str


TRADES: dict[str, _Trade] = {
    "owner": _Trade("水利建设投资有限公司", "", (), (), "", "水利工程建设管理"),
    "survey": _Trade(
        "岩土工程勘察有限公司",
        "工程勘察",
        ("岩土工程", "工程测量"),
        ("甲级", "乙级"),
        "湖北省住房和城乡建设厅",
        "工程勘察",
    ),
    "design": _Trade(
        "水利勘测设计有限公司",
        "工程设计",
        ("灌溉排涝", "河道整治"),
        ("乙级", "丙级"),
        "湖北省住房和城乡建设厅",
        "水利工程设计",
    ),
    "construct": _Trade(
        "水利水电工程有限公司",
        "施工总承包",
        ("水利水电工程",),
        ("一级", "二级", "三级"),
        "湖北省住房和城乡建设厅",
        "水利水电工程施工、河湖整治",
    ),
    "supervise": _Trade(
        "工程监理咨询有限公司", "工程监理", ("水利工程施工", "水土保持工程施工"), ("甲级", "乙级"), "水利部", "工程监理"
    ),
    "agent": _Trade("招标代理有限公司", "", (), (), "", "招标代理"),
    "consult": _Trade("工程咨询有限公司", "工程咨询", ("水利水电",), ("甲级", "乙级"), "中国工程咨询协会", "工程咨询"),
    "test": _Trade(
        "工程质量检测有限公司", "质量检测", ("混凝土工程", "岩土工程"), ("甲级", "乙级"), "湖北省水利厅", "工程质量检测"
    ),
    "supply": _Trade(
        "水工设备有限公司", "生产许可", ("水工金属结构",), ("不分级",), "湖北省市场监督管理局", "闸门、启闭机制造"
    ),
    "safety": _Trade("安全评价有限公司", "安全评价", ("水利工程",), ("不分级",), "湖北省应急管理厅", "安全评价"),
}
AWARDS = (
    ("工程获奖", "松岩河综合治理工程获评优质工程", "市级", "黄石市水利和湖泊局"),
    ("抢险救灾", "参加防汛抢险受到表彰", "市级", "黄石市防汛抗旱指挥部"),
    ("单位获奖", "水利建设先进单位", "省部级", "湖北省水利厅"),
    ("工法", "渠道衬砌滑模施工工法", "省部级", "湖北省住房和城乡建设厅"),
)
#: People of a unit, if nobody says how many there are to be.
PEOPLE = 3
#: How long ago the waiting filings came to their desks, so that some are overdue and some are nearly due.
DAYS_AGO = (1, 9, 5, 2)


def fill(size: DemoSize) -> None:
    """File, review and approve ``size.enterprises`` units; the last few are left waiting at each desk."""
    chance = random.Random(size.seed)  # noqa: S311 - invented data, the same for the same seed
    kinds = list(TRADES)
    waiting = max(2, size.enterprises // 6)
    invention = Invention(chance, size.people // max(1, size.enterprises) or PEOPLE)
    for number in range(size.enterprises):
        draft = enterprise(chance, invention, kinds[number % len(kinds)], number)
        if number % 4 == 1:
            kind = code_list("subject_kind").label(kinds[number % len(kinds)])
            draft["bad_record"] = {new_key(): penalty(number // 4, kind, clock.legal_day(clock.now()))}
        filing = enter(system_actor("演示数据"), draft, Origin("authority"))
        left = size.enterprises - number
        if left > waiting // 2:
            _review(filing)
        if left > waiting:
            approve(system_actor("方其正"), filing.id, version=_version(filing), opinion="同意。")
        else:
            _wait_since(filing.id, clock.now() - timedelta(days=DAYS_AGO[left % len(DAYS_AGO)]))


def _review(filing: Filing) -> None:
    reviewer: Actor = system_actor("何静远")
    everything = {item.id: Judgement(review.Verdict.ACCEPTED) for item in filing.items}
    decide(reviewer, filing.id, version=_version(filing), judgements=everything, opinion="材料齐全，同意。")


def _wait_since(number: int, began: datetime) -> None:
    """Let a filing have come to its desk earlier, so that the demonstration shows all ways of standing to a term."""
    filing = Filing.get_by_id(number)
    changes = running(review.Stage(filing.stage), began)
    Filing.update(submitted_at=began, **changes).where(Filing.id == number).execute()
    FilingEvent.update(at=began).where(FilingEvent.filing == number).execute()


def _version(filing: Filing) -> int:
    version: int = Filing.get_by_id(filing.id).row_version
    return version


def enterprise(chance: random.Random, invention: Invention, kind: str, number: int) -> Draft:
    """Return what a unit of *kind* declares, with all that units of the kind are expected to file."""
    region, short, address = PLACES[number % len(PLACES)]
    trade = TRADES[kind]
    today = clock.legal_day(clock.now())
    name = f"{short}{_word(number)}{trade.suffix}"
    basic = _basic(chance, invention, Seat(kind, name, region, address))
    draft: Draft = {
        "basic_information": {new_key(): basic},
        "qualification": {new_key(): _qualification(chance, trade, special, today) for special in trade.specialties},
        "good_record": {},
    }
    if number % 3 == 0:
        draft["good_record"][new_key()] = _award(chance, number, today)
    unit = Unit(number, kind, name, basic["uscc"], region, is_outside=not region.startswith("42"))
    return draft | invention.records(unit)


def _word(number: int) -> str:
    """Return an invented trade name; after the listed ones, blends of two."""
    turn, place = divmod(number, len(WORDS))
    return WORDS[place][0] + WORDS[(place + turn * 5) % len(WORDS)][1]


@dataclass(frozen=True)
class Seat:
    """What a unit is, what it is called and where it sits."""

    kind: str
    name: str
    region: str
    address: str


def _basic(chance: random.Random, invention: Invention, seat: Seat) -> dict[str, str]:
    kind, name, region, address = seat.kind, seat.name, seat.region, seat.address
    founded = date(2000, 1, 1) + timedelta(days=chance.randrange(8000))
    return {
        "name": name,
        "uscc": _uscc(chance, region),
        "kinds": code_list("subject_kind").label(kind)
        + ("、供货" if kind == "construct" and chance.random() < 0.3 else ""),
        "reg_region": address,
        "reg_type": chance.choice(("有限责任", "有限责任", "股份有限")),
        "reg_capital": str(chance.choice((500, 1000, 2000, 4000, 6000, 10000))),
        "founded_on": founded.isoformat(),
        "scope": f"{TRADES[kind].business}；相关技术服务。（依法须经批准的项目，经相关部门批准后方可开展经营活动）",
        "license_org": f"{address.removeprefix('湖北省')}市场监督管理局",
        "legal_rep": invention.person_name(),
        "legal_rep_idno": invention.id_number(),
        "reg_addr": f"{address}示例路{chance.randrange(1, 200)}号",
        "office_addr": f"{address}示例路{chance.randrange(1, 200)}号{chance.randrange(1, 20)}层",
        "main_business": TRADES[kind].business,
        "contact": invention.person_name(),
        "mobile": f"1{chance.choice('3578')}{chance.randrange(10**9):09d}",
        "biz_status": "存续",
    }


def _qualification(chance: random.Random, trade: _Trade, specialty: str, today: date) -> dict[str, str]:
    issued = today - timedelta(days=chance.randrange(60, 1000))
    return {
        "category": trade.category,
        "specialty": specialty,
        "grade": chance.choice(trade.grades),
        "cert_no": f"D{chance.randrange(10**8, 10**9)}",
        "issuer": trade.issuer,
        "issued_on": issued.isoformat(),
        "valid_from": issued.isoformat(),
        "valid_to": clock.add_months(issued, 60).isoformat(),
        "cert_status": "有效",
    }


def _award(chance: random.Random, number: int, today: date) -> dict[str, str]:
    kind, title, level, granter = AWARDS[(number // 3) % len(AWARDS)]
    granted = today - timedelta(days=chance.randrange(10, 300))
    return {
        "behavior_class": kind,
        "title": title,
        "level": level,
        "granter": granter,
        "granted_on": granted.isoformat(),
        "doc_no": f"黄水〔{granted.year}〕{chance.randrange(1, 90)}号",
    }


def _uscc(chance: random.Random, region: str) -> str:
    """Return an invented code whose both check digits hold."""
    body = "MA" + "".join(chance.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _index in range(6))
    codes = (identifiers.complete_uscc(f"91{region}{body}{check}") for check in "0123456789X")
    return next(code for code in codes if identifiers.organisation_code_matches(code))
