"""Invented bad records (不良行为): one kind is public for a year, the others never are."""

from datetime import date, timedelta
from typing import NamedTuple


class _Penalty(NamedTuple):
    behaviour: str
    act: str
    act_type: str
    basis: str
    decision: str
    #: How many days ago it was decided.
    days: int
    fine: str = ""


PENALTIES = (
    _Penalty(
        "未按期更新信用信息",
        "法定代表人变更后未在规定期限内申报更新信用信息",
        "罚款",
        "《水利建设市场主体信用信息管理办法》（水建设〔2019〕306号）",
        "责令限期改正，处罚款1万元",
        40,
        "1",
    ),
    _Penalty(
        "拒不配合监督检查",
        "监督检查中未按要求提供施工记录",
        "约谈",
        "《水利工程建设质量与安全生产监督检查办法（试行）》（水监督〔2019〕139号）",
        "对主要负责人约谈",
        60,
    ),
    _Penalty(
        "拒不配合监督检查",
        "拖延提供质量检测原始记录",
        "通报批评",
        "《水利工程建设质量与安全生产监督检查办法（试行）》（水监督〔2019〕139号）",
        "通报批评",
        90,
    ),
)


def penalty(number: int, kind: str, today: date) -> dict[str, str]:
    """Return an invented decision on a unit of *kind* (in words), another one for each *number*."""
    chosen = PENALTIES[number % len(PENALTIES)]
    decided = today - timedelta(days=chosen.days + number % 7)
    return {
        "behavior_code": chosen.behaviour,
        "kind": kind,
        "act": chosen.act,
        "happened_on": (decided - timedelta(days=20)).isoformat(),
        "act_type": chosen.act_type,
        "basis": chosen.basis,
        "decision": chosen.decision,
        "decision_no": f"黄水{'罚' if chosen.fine else '监'}〔{decided.year}〕{number + 1}号",
        "decided_on": decided.isoformat(),
        "organ": "黄石市水利和湖泊局",
        "fine": chosen.fine,
        "catalog_item": "行政处罚" if chosen.fine else "监督检查结果",
    }
