"""不良行为信息 (DOMAIN §3.7): the authority's alone; an enterprise may object or ask for repair, never edit."""

from collections.abc import Mapping
from typing import Any

from shuixin.api import Problem, Text, domain
from shuixin_credit_collection.items.flags import BUREAU, LOCAL, OWNER
from shuixin_credit_collection.records import Item, Kind, Record, declare
from shuixin_credit_collection.records.checks import in_order

_ = domain("credit_collection")
#: What the public reads: act, basis, decision, day, organ, and the heads held responsible (306号 art. 15).
DECIDED: dict[str, Any] = {"editor": BUREAU}
#: Kept for the office and the firm, not shown to the public.
INNER: dict[str, Any] = {"editor": BUREAU, "visibility": OWNER}
INNER_LOCAL: dict[str, Any] = {"editor": BUREAU, "visibility": OWNER, "keeper": LOCAL}


class BadRecord(Record):
    """不良行为: one decision on one act."""

    behavior_code = declare(_("行为类别"), Kind.CODE, required=True, codes="bad_behavior", **INNER)
    kind = declare(_("主体类别"), Kind.CODE, required=True, codes="subject_kind", **INNER)
    project = declare(_("项目及标段"), Kind.LINK, to="performance", **INNER)
    act = declare(_("违法违规行为"), Kind.LONG, required=True, **DECIDED)
    happened_on = declare(_("发生日期"), Kind.DATE, past_only=True, **INNER)
    found_by = declare(_("发现方式"), Kind.CODE, codes="found_by", **INNER)
    act_type = declare(_("处理类型"), Kind.CODE, required=True, codes="act_type", **INNER)
    basis = declare(_("处理依据"), Kind.LONG, required=True, **DECIDED)
    decision = declare(_("处理决定"), Kind.LONG, required=True, **DECIDED)
    decision_no = declare(_("决定文号"), required=True, max_length=60, identifying=True, **DECIDED)
    decided_on = declare(_("决定日期"), Kind.DATE, required=True, past_only=True, identifying=True, **DECIDED)
    organ = declare(_("处理机关"), required=True, max_length=100, **DECIDED)
    fine = declare(_("罚款、没收金额（万元）"), Kind.MONEY, **DECIDED)
    head_name = declare(
        _("责任人姓名"), max_length=40, hint=_("法定代表人、主要负责人或实际控制人，可以公开。"), **DECIDED
    )
    head_post = declare(_("责任人职务"), max_length=40, **DECIDED)
    head_decision = declare(_("对责任人的处理"), **DECIDED)
    others = declare(_("其他责任人及处理"), Kind.LONG, hint=_("不公开。"), **INNER)
    accident_grade = declare(_("事故等级"), Kind.CODE, codes="accident_grade", **INNER)
    sev_mwr = declare(_("水利严重程度"), Kind.CODE, codes="severity_mwr", **INNER)
    sev_ndrc = declare(_("失信程度"), Kind.CODE, codes="severity_ndrc", **INNER)
    points = declare(_("扣分"), Kind.NUMBER, limits=(0, 100), **INNER)
    is_public = declare(_("是否公开"), Kind.CODE, codes="yes_no", **INNER)
    public_from = declare(_("公开起始日"), Kind.DATE, **INNER)
    min_until = declare(_("最短公示至"), Kind.DATE, **INNER)
    max_until = declare(_("最长公示至"), Kind.DATE, **INNER)
    extended = declare(_("延长次数"), Kind.INTEGER, limits=(0, 99), **INNER)
    extended_reason = declare(_("延长原因"), **INNER)
    rectified = declare(_("整改情况"), Kind.CODE, codes="rectification", **INNER)
    rectified_on = declare(_("整改完成日期"), Kind.DATE, past_only=True, **INNER)
    performed = declare(_("履行情况"), Kind.CODE, codes="performance_of_duty", **INNER)
    repair = declare(_("修复状态"), Kind.CODE, codes="repair_status", **INNER)
    repaired_on = declare(_("修复日期"), Kind.DATE, past_only=True, **INNER)
    objection = declare(_("异议状态"), Kind.CODE, codes="objection_status", **INNER)
    litigation = declare(_("复议、诉讼"), Kind.CODE, codes="litigation", **INNER)
    stay_order = declare(_("停止执行令"), Kind.FILE, **INNER)
    annulment = declare(_("撤销、变更"), Kind.CODE, codes="annulment", **INNER)
    annulment_no = declare(_("撤销、变更文号"), max_length=60, **INNER)
    case_id = declare(_("案件编号"), max_length=40, **INNER_LOCAL)
    credit_china_no = declare(_("信用中国编号"), max_length=60, **INNER)
    catalog_item = declare(
        _("目录条目"), required=True, max_length=60, hint=_("公共信用信息基础目录或本省补充目录中的条目。"), **INNER
    )
    push_status = declare(_("上报国家平台"), Kind.CODE, codes="push_status", **INNER_LOCAL)

    class Declaration:
        """Many per subject, public as the policy in force on the day of the decision says."""

        code = "bad_record"
        label: Text = _("不良行为")
        item = Item.BAD
        title = ("decision_no",)
        authority_only = True
        publication = "bad_record"
        evidence: Text = _("处理决定书。")
        order = 700

        @staticmethod
        def check(values: Mapping[str, Any]) -> list[Problem]:
            """Refuse days out of order."""
            return [
                *in_order(values, ("happened_on", _("发生日期")), ("decided_on", _("决定日期"))),
                *in_order(values, ("min_until", _("最短公示至")), ("max_until", _("最长公示至"))),
            ]

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_bad_record"
