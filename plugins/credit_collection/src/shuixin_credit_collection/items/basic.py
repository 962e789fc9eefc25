"""基本信息 (DOMAIN §3.1)."""

from collections.abc import Mapping
from typing import Any

from shuixin.api import Problem, Text, domain, identifiers
from shuixin_credit_collection.items.flags import AUTHORITY, ENTERPRISE, LOCAL, OPEN, OWNER, PRIVATE, PRIVATE_LOCAL
from shuixin_credit_collection.records import Item, Kind, Record, declare

_ = domain("credit_collection")
PERCENT = (0, 100)


def _organisation_code(values: Mapping[str, Any]) -> str | None:
    """Return the 组织机构代码 that is part of the credit code (GB 32100)."""
    uscc = values.get("uscc")
    return str(uscc)[8:17] if uscc else None


class BasicInformation(Record):
    """基本信息: the unit itself, once per subject."""

    name = declare(_("单位名称"), required=True, max_length=100, national="UNCHNM", heading=_("工商登记"))
    uscc = declare(
        _("统一社会信用代码"),
        Kind.USCC,
        required=True,
        identifying=True,
        national="UNSTID",
        hint=_("18位，对照营业执照填写。"),
    )
    org_code = declare(_("组织机构代码"), visibility=OWNER, max_length=9, derived=_organisation_code)
    kinds = declare(_("主体类别"), Kind.CODES, required=True, codes="subject_kind", hint=_("可选多项。"))
    reg_region = declare(
        _("所属省市"), Kind.REGION, required=True, national="PNAME", hint=_("注册地，填到县（市、区）或省。")
    )
    reg_type = declare(_("登记注册类型"), Kind.CODE, codes="registration_type", national="ATTR", sl691="登记注册类型")
    reg_capital = declare(_("注册资本（万元）"), Kind.MONEY, national="CAPTIAL")
    currency = declare(_("注册资本币种"), Kind.CODE, codes="currency", hint=_("不填为人民币。"))
    paid_capital = declare(_("实收资本（万元）"), Kind.MONEY, **PRIVATE)
    founded_on = declare(_("成立日期"), Kind.DATE, past_only=True, national="STTIME")
    biz_until = declare(_("营业期限至"), Kind.DATE, hint=_("长期的不填。"))
    scope = declare(_("经营范围"), Kind.LONG, national="SCOPE")
    license_org = declare(_("发照机关"), max_length=80, national="ORGAN")
    legal_rep = declare(_("法定代表人"), max_length=40, national="LR", heading=_("法定代表人"))
    legal_rep_idno = declare(
        _("法定代表人身份证号"),
        Kind.SECRET,
        visibility=AUTHORITY,
        check=identifiers.id_number_problem,
        hint=_("仅供审核，不公开。"),
    )
    reg_addr = declare(_("注册地址"), national="REGADDRESS", heading=_("地址和业务"))
    zip = declare(_("注册地邮编"), max_length=6, national="REGPSCODE", pattern=r"[0-9]{6}")
    office_addr = declare(_("办公（经营）地址"), national="ADDRESS", **OPEN)
    main_business = declare(_("主营业务"), Kind.LONG, national="MAINYW", **OPEN)
    website = declare(_("网址"), Kind.URL, national="WEBSITE", **OPEN)
    contact = declare(_("联系人"), max_length=40, heading=_("联系方式（不公开）"), **PRIVATE_LOCAL)
    mobile = declare(
        _("联系手机"),
        Kind.SECRET,
        visibility=AUTHORITY,
        keeper=LOCAL,
        editor=ENTERPRISE,
        check=identifiers.mobile_problem,
        hint=_("仅供联系，不公开。"),
    )
    tel = declare(_("联系座机"), max_length=40, **PRIVATE_LOCAL)
    email = declare(_("电子邮箱"), max_length=120, **PRIVATE_LOCAL)
    safety_no = declare(
        _("安全生产许可证号"),
        max_length=60,
        national="SAFEID",
        heading=_("安全生产许可证"),
        pattern=r"[(（].{1,2}[)）]JZ安许证字[〔\[(（]\d{4}[〕\])）]\d{6}.*",
    )
    safety_org = declare(_("安全生产许可证发证机关"), max_length=80, national="SAFEORGAN")
    safety_until = declare(_("安全生产许可证有效期至"), Kind.DATE)
    social_no = declare(_("社会保险登记号"), max_length=40, national="SOCAILID", heading=_("内部管理"), **PRIVATE)
    social_org = declare(_("社会保险登记机关"), max_length=80, national="SOCIALJG", **PRIVATE)
    mgmt_rules = declare(_("管理制度"), Kind.LONG, national="MANZD", **PRIVATE)
    credit_staff = declare(_("有无专职信用管理人员"), Kind.CODE, codes="yes_no", national="CREDPER", **OPEN)
    credit_dept = declare(_("有无信用管理部门"), Kind.CODE, codes="yes_no", national="CREDIT", **OPEN)
    credit_line = declare(_("信用工作归口部门"), max_length=80, national="CREDZD", **OPEN)
    biz_status = declare(_("经营状态"), Kind.CODE, codes="business_status", heading=_("经营状态和分支"))
    local_branch = declare(_("在鄂或在黄分支及负责人"), keeper=LOCAL, editor=ENTERPRISE)

    class Declaration:
        """One per subject."""

        code = "basic_information"
        label: Text = _("基本信息")
        item = Item.BASIC
        single = True
        title = ("name",)
        evidence: Text = _("营业执照；变更名称、法定代表人等登记事项的，附市场监督管理部门的变更证明。")
        last_day = "safety_until"
        certificate: Text = _("安全生产许可证")
        order = 100

        @staticmethod
        def advice(values: Mapping[str, Any]) -> list[Problem]:
            """Point out a paid capital above the registered one."""
            paid, registered = values.get("paid_capital"), values.get("reg_capital")
            if paid is None or registered is None or paid <= registered:
                return []
            return [Problem("paid_capital", "", _("实收资本大于注册资本。"), _("请核对两项金额。"))]

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_basic_information"


class Subsidiary(Record):
    """子公司、分公司."""

    category = declare(_("类别"), Kind.CODE, required=True, codes="subsidiary_category", **OPEN)
    name = declare(_("名称"), required=True, max_length=100, identifying=True, **OPEN)
    region = declare(_("注册地"), Kind.REGION, **OPEN)
    share = declare(_("股权比例（%）"), Kind.NUMBER, limits=PERCENT, **OPEN)

    class Declaration:
        """Many per subject."""

        code = "subsidiary"
        label: Text = _("子（分）公司")
        item = Item.BASIC
        title = ("name",)
        order = 110

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_subsidiary"


class ManagementCertificate(Record):
    """管理体系认证; SL 691 counts 1 质量, 2 环境, 3 职业健康安全."""

    category = declare(
        _("认证类别"),
        Kind.CODE,
        required=True,
        codes="management_system",
        identifying=True,
        sl691="管理体系认证",
        **OPEN,
    )
    cert_no = declare(_("认证证书编号"), max_length=60, identifying=True, **OPEN)
    valid_to = declare(_("有效期至"), Kind.DATE, required=True, **OPEN)
    audited_on = declare(_("监督审核日期"), Kind.DATE, past_only=True, **OPEN)

    class Declaration:
        """Many per subject."""

        code = "management_certificate"
        label: Text = _("管理体系认证")
        item = Item.BASIC
        title = ("category",)
        order = 120

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_management_certificate"


class HistoryEvent(Record):
    """历史沿革: what became of the unit over the years."""

    year = declare(_("年份"), Kind.YEAR, required=True, identifying=True, **OPEN)
    event = declare(_("事件"), required=True, identifying=True, **OPEN)

    class Declaration:
        """Many per subject."""

        code = "history_event"
        label: Text = _("历史沿革")
        item = Item.BASIC
        title = ("year", "event")
        order = 130

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_history_event"
