"""The record types of this plugin: 基本信息, 资质信息, 良好行为 (DOMAIN §3.1, §3.2, §3.6).

Flags follow the data dictionary: who may see a value and who keeps it; ``national`` is the element id on the national
platform's public pages. A name is what the law calls it.
"""

from shuixin.api import Text, domain, identifiers
from shuixin_credit_collection.records.fields import Keeper, Kind, Visibility, declare
from shuixin_credit_collection.records.model import Record

_ = domain("credit_collection")
OWNER, AUTHORITY = Visibility.OWNER, Visibility.AUTHORITY
ENTERPRISE, LOCAL, BY_AUTHORITY = Keeper.ENTERPRISE, Keeper.LOCAL, Keeper.AUTHORITY


class BasicInformation(Record):
    """基本信息 (DOMAIN §3.1)."""

    name = declare(_("单位名称"), required=True, max_length=100, national="UNCHNM")
    uscc = declare(
        _("统一社会信用代码"),
        Kind.USCC,
        required=True,
        identifying=True,
        national="UNSTID",
        hint=_("18位，对照营业执照填写。"),
    )
    kinds = declare(_("主体类别"), Kind.CODES, required=True, codes="subject_kind", hint=_("可选多项。"))
    reg_region = declare(
        _("所属省市"), Kind.REGION, required=True, national="PNAME", hint=_("注册地，填到县（市、区）或省。")
    )
    reg_type = declare(_("登记注册类型"), Kind.CODE, codes="registration_type", national="ATTR")
    reg_capital = declare(_("注册资本（万元）"), Kind.MONEY, national="CAPTIAL")
    paid_capital = declare(_("实收资本（万元）"), Kind.MONEY, visibility=OWNER, keeper=ENTERPRISE)
    founded_on = declare(_("成立日期"), Kind.DATE, past_only=True, national="STTIME")
    biz_until = declare(_("营业期限至"), Kind.DATE, hint=_("长期的不填。"))
    scope = declare(_("经营范围"), Kind.LONG, national="SCOPE")
    license_org = declare(_("发照机关"), max_length=80, national="ORGAN")
    legal_rep = declare(_("法定代表人"), max_length=40, national="LR")
    legal_rep_idno = declare(
        _("法定代表人身份证号"),
        Kind.SECRET,
        visibility=AUTHORITY,
        check=identifiers.id_number_problem,
        hint=_("仅供审核，不公开。"),
    )
    reg_addr = declare(_("注册地址"), national="REGADDRESS")
    office_addr = declare(_("办公（经营）地址"), keeper=ENTERPRISE, national="ADDRESS")
    main_business = declare(_("主营业务"), Kind.LONG, keeper=ENTERPRISE, national="MAINYW")
    website = declare(_("网址"), Kind.URL, keeper=ENTERPRISE, national="WEBSITE")
    contact = declare(_("联系人"), visibility=OWNER, keeper=LOCAL, max_length=40)
    mobile = declare(
        _("联系手机"),
        Kind.SECRET,
        visibility=AUTHORITY,
        keeper=LOCAL,
        check=identifiers.mobile_problem,
        hint=_("仅供联系，不公开。"),
    )
    email = declare(_("电子邮箱"), visibility=OWNER, keeper=LOCAL, max_length=120)
    safety_no = declare(_("安全生产许可证号"), max_length=60, national="SAFEID")
    safety_org = declare(_("安全生产许可证发证机关"), max_length=80, national="SAFEORGAN")
    biz_status = declare(_("经营状态"), Kind.CODE, codes="business_status")
    local_branch = declare(_("在鄂或在黄分支及负责人"), keeper=LOCAL)

    class Declaration:
        """One per subject."""

        code = "basic_information"
        label: Text = _("基本信息")
        single = True
        title = ("name",)
        order = 10

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_basic_information"


class Qualification(Record):
    """资质信息 (DOMAIN §3.2)."""

    category = declare(_("资质类别"), Kind.CODE, required=True, codes="qualification_category", identifying=True)
    specialty = declare(_("专业"), required=True, max_length=60, identifying=True, hint=_("如“水利水电”“灌溉排涝”。"))
    grade = declare(_("等级"), Kind.CODE, required=True, codes="qualification_grade")
    cert_no = declare(_("证书编号"), required=True, max_length=40, identifying=True)
    issuer = declare(_("发证机关"), max_length=80, required=True)
    issued_on = declare(_("核发日期"), Kind.DATE, past_only=True)
    valid_from = declare(_("有效期起"), Kind.DATE)
    valid_to = declare(_("有效期至"), Kind.DATE, required=True)
    scope = declare(_("业务范围"), Kind.LONG)
    cert_status = declare(_("证书状态"), Kind.CODE, codes="certificate_status")

    class Declaration:
        """Many per subject."""

        code = "qualification"
        label: Text = _("资质信息")
        title = ("category", "specialty", "grade")
        order = 20

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_qualification"


class GoodRecord(Record):
    """良好行为 (DOMAIN §3.6). Beside the unit's name only 行为, 级别, 认定时间, 认定单位 are public (306号 art. 15)."""

    behavior_class = declare(
        _("行为类别"), Kind.CODE, required=True, codes="good_class", visibility=OWNER, keeper=ENTERPRISE
    )
    title = declare(_("名称"), required=True, max_length=200, identifying=True, keeper=ENTERPRISE)
    level = declare(_("级别"), Kind.CODE, required=True, codes="award_level", keeper=BY_AUTHORITY)
    granter = declare(_("表彰（认定）单位"), required=True, max_length=100, keeper=ENTERPRISE)
    doc_no = declare(_("文号"), max_length=60, visibility=OWNER, keeper=ENTERPRISE)
    granted_on = declare(_("认定日期"), Kind.DATE, required=True, past_only=True, identifying=True, keeper=ENTERPRISE)
    ref_no = declare(_("证书或登记号"), max_length=60, visibility=OWNER, keeper=ENTERPRISE)
    authors = declare(_("完成人"), visibility=OWNER, keeper=ENTERPRISE)
    cause = declare(_("事由"), Kind.LONG, visibility=OWNER, keeper=ENTERPRISE)

    class Declaration:
        """Many per subject, public for a term of the policy in force."""

        code = "good_record"
        label: Text = _("良好行为")
        title = ("title",)
        publication = "good_record"
        order = 60

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_good_record"


RECORDS: tuple[type[Record], ...] = (BasicInformation, Qualification, GoodRecord)
