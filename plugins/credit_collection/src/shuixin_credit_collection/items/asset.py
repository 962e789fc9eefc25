"""资产状况信息 (DOMAIN §3.5): a report per year, commercial secret but for three fields; and equipment."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shuixin.api import Problem, Text, domain
from shuixin_credit_collection.items.flags import AUTHORITY, OPEN, PRIVATE
from shuixin_credit_collection.records import Editor, Item, Kind, Record, declare
from shuixin_credit_collection.records.kinds.numbers import shortest

_ = domain("credit_collection")
#: Bank account and credit line: the authority only, sealed.
SEALED: dict[str, Any] = {"visibility": AUTHORITY, "editor": Editor.ENTERPRISE}
SQUARE_METRES = (0, 10_000_000)


def _percent(part: str, whole: str) -> Any:
    def derive(values: Mapping[str, Any]) -> str | None:
        upper, lower = values.get(part), values.get(whole)
        return shortest(round(Decimal(int(upper)) * 100 / int(lower), 2)) if upper is not None and lower else None

    return derive


class AnnualReport(Record):
    """资产状况: what an audited report of one year says."""

    year = declare(_("会计年度"), Kind.YEAR, required=True, identifying=True, **OPEN)
    total = declare(_("资产总额（万元）"), Kind.MONEY, required=True, **PRIVATE)
    current_assets = declare(_("流动资产（万元）"), Kind.MONEY, **PRIVATE)
    fixed_assets = declare(_("固定资产（万元）"), Kind.MONEY, **PRIVATE)
    liabilities = declare(_("负债总额（万元）"), Kind.MONEY, required=True, **PRIVATE)
    current_liabilities = declare(_("流动负债（万元）"), Kind.MONEY, **PRIVATE)
    net_assets = declare(_("净资产（万元）"), Kind.MONEY, signed=True, hint=_("等于资产总额减负债总额。"), **PRIVATE)
    paid_capital = declare(_("实收资本（万元）"), Kind.MONEY, **PRIVATE)
    revenue = declare(_("营业收入（万元）"), Kind.MONEY, **PRIVATE)
    water_revenue = declare(_("其中水利工程收入（万元）"), Kind.MONEY, **PRIVATE)
    cost = declare(_("营业成本（万元）"), Kind.MONEY, **PRIVATE)
    profit = declare(_("利润总额（万元）"), Kind.MONEY, signed=True, **PRIVATE)
    net_profit = declare(_("净利润（万元）"), Kind.MONEY, signed=True, **PRIVATE)
    taxes = declare(_("纳税总额（万元）"), Kind.MONEY, **PRIVATE)
    research = declare(_("研发费用（万元）"), Kind.MONEY, **PRIVATE)
    debt_ratio = declare(_("资产负债率（%）"), Kind.NUMBER, derived=_percent("liabilities", "total"), **PRIVATE)
    current_ratio = declare(
        _("流动比率（%）"), Kind.NUMBER, derived=_percent("current_assets", "current_liabilities"), **PRIVATE
    )
    auditor = declare(_("审计机构"), max_length=100, **PRIVATE)
    audit_no = declare(_("审计报告号"), max_length=60, **PRIVATE)
    audit_opinion = declare(_("审计意见"), Kind.CODE, codes="audit_opinion", **OPEN)
    audit_report = declare(_("审计报告"), Kind.FILE, **PRIVATE)
    bank_grade = declare(_("银行信用等级"), max_length=20, **PRIVATE)
    bank_grade_org = declare(_("银行信用评定机构"), max_length=100, **PRIVATE)
    bank_grade_until = declare(_("银行信用等级有效期至"), Kind.DATE, **PRIVATE)
    credit_line = declare(_("授信额度（万元）"), Kind.SECRET, **SEALED)
    bank = declare(_("开户行"), Kind.SECRET, **SEALED)
    account = declare(_("银行账号"), Kind.SECRET, **SEALED)
    tax_grade = declare(_("纳税信用等级"), Kind.CODE, codes="tax_grade", **OPEN)
    office_area = declare(_("办公场地（㎡）"), Kind.NUMBER, limits=SQUARE_METRES, **PRIVATE)
    lab_area = declare(_("试验场地（㎡）"), Kind.NUMBER, limits=SQUARE_METRES, **PRIVATE)
    premises_tenure = declare(_("场地权属"), Kind.CODE, codes="tenure", **PRIVATE)

    class Declaration:
        """One per year."""

        code = "asset"
        label: Text = _("资产状况")
        item = Item.ASSET
        title = ("year",)
        evidence: Text = _("年度审计报告。")
        order = 500

        @staticmethod
        def check(values: Mapping[str, Any]) -> list[Problem]:
            """Refuse net assets that are not assets less liabilities."""
            total, liabilities, net = (values.get(name) for name in ("total", "liabilities", "net_assets"))
            if total is None or liabilities is None or net is None:
                return []
            if net == total - liabilities:
                return []
            right = shortest(Decimal(total - liabilities) / 1_000_000)
            rule = _("净资产不等于资产总额减负债总额，应为{right}万元。", right=right)
            return [Problem("net_assets", "", rule, _("请核对三项金额。"))]

        @staticmethod
        def settled(values: Mapping[str, Any]) -> bool:
            """Whether the audit report is in: from then on only the authority amends the year (DOMAIN §3.5)."""
            return bool(values.get("audit_report"))

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_asset"


class Equipment(Record):
    """主要设备."""

    name = declare(_("设备名称"), required=True, max_length=80, identifying=True, **PRIVATE)
    model = declare(_("型号规格"), max_length=80, identifying=True, **PRIVATE)
    count = declare(_("数量"), Kind.INTEGER, required=True, limits=(1, 1_000_000), **PRIVATE)
    original_value = declare(_("原值（万元）"), Kind.MONEY, **PRIVATE)
    bought_in = declare(_("购置年份"), Kind.YEAR, identifying=True, **PRIVATE)
    tenure = declare(_("自有或租赁"), Kind.CODE, codes="tenure", **PRIVATE)
    verified_to = declare(_("检定有效期至"), Kind.DATE, **PRIVATE)

    class Declaration:
        """Many per subject."""

        code = "equipment"
        label: Text = _("主要设备")
        item = Item.ASSET
        title = ("name", "model")
        order = 510

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_equipment"
