"""工程业绩信息 (DOMAIN §3.4): works done, who did them, and what they won."""

from collections.abc import Mapping
from typing import Any

from shuixin.api import Problem, Text, domain
from shuixin_credit_collection.items.flags import BUREAU, ENTERPRISE, LOCAL, OPEN, PRIVATE
from shuixin_credit_collection.records import Item, Kind, Record, declare
from shuixin_credit_collection.records.checks import in_order

_ = domain("credit_collection")
#: Once verified (已核) or found false (虚假), only the authority changes a record (DOMAIN R19).
SETTLED = ("verified", "false")
BY_BUREAU: dict[str, Any] = {"editor": BUREAU}


class Performance(Record):
    """工程业绩: one contract on one project."""

    project_name = declare(
        _("项目名称"), required=True, identifying=True, national="EngName", heading=_("项目和角色"), **OPEN
    )
    project_code = declare(_("项目编号"), max_length=60, national="EngCode", **OPEN)
    nat_code = declare(
        _("投资项目统一代码"),
        max_length=32,
        pattern=r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}",
        hint=_("发改部门赋码，24位。"),
        **OPEN,
    )
    contract_name = declare(_("合同名称"), national="ProjectName", **OPEN)
    lot = declare(_("标段"), max_length=60, identifying=True, **OPEN)
    role = declare(_("承担角色"), Kind.CODE, required=True, codes="subject_kind", identifying=True, **OPEN)
    contract_no = declare(_("合同编号"), max_length=60, **PRIVATE)
    status = declare(_("工程状态"), Kind.CODE, required=True, codes="project_status", national="STATUS", **OPEN)
    region = declare(_("所在地"), Kind.REGION, national="ADDRESS", heading=_("地点和建设单位"), **OPEN)
    address = declare(_("详细地点"), **OPEN)
    owner_name = declare(_("建设单位"), max_length=100, national="BuildUnit", **OPEN)
    owner_uscc = declare(_("建设单位统一社会信用代码"), Kind.USCC, **OPEN)
    category = declare(_("工程类别"), Kind.CODE, codes="project_category", heading=_("工程规模"), **OPEN)
    rank = declare(_("工程等别"), Kind.CODE, codes="project_rank", national="LEVEL", **OPEN)
    building_grade = declare(_("建筑物级别"), Kind.CODE, codes="building_grade", national="GRADE", **OPEN)
    capacity = declare(_("库容（万m³）"), Kind.NUMBER, decimals=4, national="KPI", **OPEN)
    dam_height = declare(_("坝高（m）"), Kind.NUMBER, national="KPI", **OPEN)
    flow = declare(_("流量（m³/s）"), Kind.NUMBER, national="KPI", **OPEN)
    installed = declare(_("装机（kW）"), Kind.NUMBER, national="KPI", **OPEN)
    dike_length = declare(_("堤长（km）"), Kind.NUMBER, decimals=3, national="KPI", **OPEN)
    irrigated = declare(_("灌溉面积（万亩）"), Kind.NUMBER, decimals=4, national="KPI", **OPEN)
    award_no = declare(_("中标通知书编号"), max_length=60, heading=_("中标和金额"), **OPEN)
    awarded_on = declare(_("中标日期"), Kind.DATE, past_only=True, **OPEN)
    award_money = declare(_("中标金额（万元）"), Kind.MONEY, **OPEN)
    contract_money = declare(_("合同金额（万元）"), Kind.MONEY, national="ContrctMoney", **OPEN)
    payment = declare(_("结算金额（万元）"), Kind.MONEY, national="Payment", **OPEN)
    signed_on = declare(_("签订日期"), Kind.DATE, past_only=True, heading=_("工期和内容"), **OPEN)
    started_on = declare(_("开工日期"), Kind.DATE, past_only=True, national="StartTime", **OPEN)
    ended_on = declare(_("完工日期"), Kind.DATE, past_only=True, national="EndTime", **OPEN)
    accepted_on = declare(_("竣工验收日期"), Kind.DATE, past_only=True, **OPEN)
    contract_days = declare(_("合同工期（天）"), Kind.INTEGER, limits=(1, 36_500), national="ContractTime", **OPEN)
    main_content = declare(_("主要内容"), Kind.LONG, national="MainContent", **OPEN)
    manager = declare(
        _("项目负责人"), Kind.LINK, to="person", national="ProjectManager", heading=_("项目班子和质量"), **OPEN
    )
    tech_lead = declare(_("技术负责人"), Kind.LINK, to="person", national="TechManager", **OPEN)
    quality_grade = declare(_("质量等级"), Kind.CODE, codes="quality_grade", **OPEN)
    accident = declare(_("是否发生质量、安全事故"), Kind.CODE, codes="yes_no", heading=_("主管部门填写"), **BY_BUREAU)
    wages_owed = declare(_("是否拖欠农民工工资"), Kind.CODE, codes="yes_no", **BY_BUREAU)
    owner_score = declare(_("项目法人评价得分"), Kind.NUMBER, limits=(0, 100), **BY_BUREAU)
    verification = declare(_("核验状态"), Kind.CODE, codes="verification", **BY_BUREAU)

    class Declaration:
        """Many per subject."""

        code = "performance"
        label: Text = _("工程业绩")
        item = Item.PERFORMANCE
        title = ("project_name", "lot")
        evidence: Text = _("中标通知书、合同和验收证明。")
        order = 400

        @staticmethod
        def check(values: Mapping[str, Any]) -> list[Problem]:
            """Refuse days out of order (DOMAIN §3.4: ordered)."""
            return in_order(
                values,
                ("awarded_on", _("中标日期")),
                ("signed_on", _("签订日期")),
                ("started_on", _("开工日期")),
                ("ended_on", _("完工日期")),
                ("accepted_on", _("竣工验收日期")),
            )

        @staticmethod
        def settled(values: Mapping[str, Any]) -> bool:
            """Whether the record is verified, so that only the authority may change it."""
            return values.get("verification") in SETTLED

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_performance"


class PerformanceStaff(Record):
    """业绩人员: who worked on a project, as on its list of staff."""

    project = declare(_("所属业绩"), Kind.LINK, to="performance", strict=True, required=True, identifying=True, **OPEN)
    name = declare(_("姓名"), required=True, max_length=40, identifying=True, **OPEN)
    post = declare(_("岗位职务"), max_length=40, identifying=True, **OPEN)
    title = declare(_("职称"), Kind.CODE, codes="professional_title", **OPEN)
    cert_name = declare(_("证书名称"), max_length=60, **OPEN)
    cert_no = declare(_("证书编号"), max_length=60, **OPEN)
    specialty = declare(_("专业"), max_length=60, **OPEN)
    level = declare(_("等级"), Kind.CODE, codes="certificate_level", **OPEN)
    from_on = declare(_("到岗日期"), Kind.DATE, keeper=LOCAL, editor=ENTERPRISE)
    until_on = declare(_("离岗日期"), Kind.DATE, keeper=LOCAL, editor=ENTERPRISE)

    class Declaration:
        """Many per project."""

        code = "performance_staff"
        label: Text = _("业绩人员")
        item = Item.PERFORMANCE
        title = ("project", "name")
        order = 410

        @staticmethod
        def check(values: Mapping[str, Any]) -> list[Problem]:
            """Refuse somebody who left before coming."""
            return in_order(values, ("from_on", _("到岗日期")), ("until_on", _("离岗日期")))

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_performance_staff"


class PerformanceAward(Record):
    """业绩获奖: what a project won."""

    project = declare(_("所属业绩"), Kind.LINK, to="performance", strict=True, required=True, identifying=True, **OPEN)
    name = declare(_("奖项名称"), required=True, max_length=100, identifying=True, **OPEN)
    category = declare(_("奖项类别"), max_length=40, **OPEN)
    level = declare(_("奖项级别"), Kind.CODE, codes="award_level", **OPEN)
    rank = declare(_("奖项等次"), max_length=20, **OPEN)
    granter = declare(_("表彰单位"), max_length=100, **OPEN)
    doc_no = declare(_("文号"), max_length=60, **OPEN)
    granted_on = declare(_("获奖时间"), Kind.DATE, past_only=True, identifying=True, **OPEN)

    class Declaration:
        """Many per project."""

        code = "performance_award"
        label: Text = _("业绩获奖")
        item = Item.PERFORMANCE
        title = ("project", "name")
        order = 420

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_performance_award"
