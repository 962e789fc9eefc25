"""人力资源信息 (DOMAIN §3.3): people, what they are certified for, and head counts."""

from collections.abc import Mapping
from typing import Any

from shuixin.api import Problem, Text, current_platform, domain, identifiers
from shuixin_credit_collection.items.flags import (
    AUTHORITY,
    BUREAU,
    ENTERPRISE,
    OPEN,
    OWNER,
    PRIVATE,
    PRIVATE_LOCAL,
)
from shuixin_credit_collection.records import Item, Kind, Record, declare
from shuixin_credit_collection.records.checks import in_order

_ = domain("credit_collection")
#: Kinds of documents whose number tells birthday and sex (GB 11643).
RESIDENT = "resident"
#: Days that follow each other.
_CONTRACT = (("labor_from", _("劳动合同起")), ("labor_to", _("劳动合同止")))
_VALIDITY = (("issued_on", _("核发日期")), ("valid_to", _("有效期至")))


def _person_key(values: Mapping[str, Any]) -> str | None:
    """Return the same key for the same person everywhere; it tells nobody the number."""
    number = values.get("id_no")
    return current_platform().sealer.fingerprint(str(number)) if number else None


def _birth(values: Mapping[str, Any]) -> str | None:
    number = str(values.get("id_no") or "")
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}" if len(number) == 18 else None


def _sex(values: Mapping[str, Any]) -> str | None:
    number = str(values.get("id_no") or "")
    return ("male" if int(number[16]) % 2 else "female") if len(number) == 18 else None


class Person(Record):
    """人员: somebody who works for the unit. 民族 and 政治面貌 are not collected (minimum necessary)."""

    name = declare(_("姓名"), required=True, max_length=40, **OPEN)
    id_type = declare(_("证件类型"), Kind.CODE, codes="id_type", visibility=AUTHORITY, hint=_("不填为居民身份证。"))
    id_no = declare(
        _("证件号码"), Kind.SECRET, required=True, identifying=True, visibility=AUTHORITY, hint=_("仅供审核，不公开。")
    )
    person_key = declare(_("人员唯一码"), visibility=OWNER, max_length=64, derived=_person_key)
    sex = declare(_("性别"), Kind.CODE, codes="sex", visibility=OWNER, derived=_sex)
    birth = declare(_("出生日期"), Kind.DATE, visibility=OWNER, derived=_birth)
    categories = declare(_("人员类别"), Kind.CODES, codes="person_category", hint=_("可选多项。"), **OPEN)
    edu = declare(_("学历"), Kind.CODE, codes="education", **PRIVATE)
    major = declare(_("所学专业"), max_length=60, **PRIVATE)
    school = declare(_("毕业院校"), max_length=80, **PRIVATE)
    post = declare(_("职务"), max_length=40, **OPEN)
    title = declare(_("职称"), Kind.CODE, codes="professional_title", **OPEN)
    title_specialty = declare(_("职称专业"), max_length=60, **OPEN)
    title_no = declare(_("职称证号"), max_length=60, **PRIVATE)
    career_from = declare(_("从业起始年份"), Kind.YEAR, **OPEN)
    dept = declare(_("所属部门"), max_length=40, **PRIVATE_LOCAL)
    labor_from = declare(_("劳动合同起"), Kind.DATE, **PRIVATE)
    labor_to = declare(_("劳动合同止"), Kind.DATE, **PRIVATE)
    social_unit = declare(_("社保缴纳单位"), max_length=100, **PRIVATE)
    social_from = declare(_("社保起始日期"), Kind.DATE, past_only=True, **PRIVATE)
    mobile = declare(_("手机"), Kind.SECRET, visibility=AUTHORITY, editor=ENTERPRISE, check=identifiers.mobile_problem)
    photo = declare(_("照片"), Kind.FILE, **PRIVATE)
    on_duty = declare(_("在岗状态"), Kind.CODE, codes="on_duty", **OPEN)

    class Declaration:
        """Many per subject; known by the number of an identity document."""

        code = "person"
        label: Text = _("人员信息")
        item = Item.PEOPLE
        title = ("name",)
        evidence: Text = _("劳动合同或社保缴纳证明。")
        order = 300

        @staticmethod
        def check(values: Mapping[str, Any]) -> list[Problem]:
            """Check the number by the kind of its document, and the contract's days."""
            found = in_order(values, *_CONTRACT)
            number, kind = values.get("id_no"), values.get("id_type") or RESIDENT
            problem = identifiers.id_number_problem(str(number), "id_no") if number and kind == RESIDENT else None
            return [*found, problem] if problem else found

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_person"


class PersonCertificate(Record):
    """人员证书: a registration or certificate of one person."""

    person = declare(
        _("持证人"),
        Kind.LINK,
        to="person",
        strict=True,
        required=True,
        identifying=True,
        hint=_("人员信息中的姓名；重名的填证件号码。"),
        **OPEN,
    )
    cert_kind = declare(_("证书类别"), Kind.CODE, required=True, codes="person_category", identifying=True)
    qualify_no = declare(_("资格证号"), max_length=60, identifying=True)
    reg_no = declare(_("注册号"), max_length=60, identifying=True)
    seal_no = declare(_("执业印章号"), max_length=60, visibility=OWNER)
    specialty = declare(_("主项专业"), max_length=60)
    extra_specialty = declare(_("增项专业"), max_length=120)
    level = declare(_("等级"), Kind.CODE, codes="certificate_level")
    issuer = declare(_("发证机关"), max_length=80)
    issued_on = declare(_("核发日期"), Kind.DATE, past_only=True)
    valid_to = declare(_("有效期至"), Kind.DATE)
    reg_unit_uscc = declare(_("注册单位统一社会信用代码"), Kind.USCC)
    cert_status = declare(_("证书状态"), Kind.CODE, codes="person_certificate_status")
    edu_hours = declare(_("继续教育学时"), Kind.INTEGER, limits=(0, 2000), **PRIVATE)
    edu_year = declare(_("继续教育年度"), Kind.YEAR, **PRIVATE)
    locked_project = declare(_("在建锁定项目"), Kind.LINK, to="performance", editor=BUREAU)

    class Declaration:
        """Many per person."""

        code = "person_cert"
        label: Text = _("人员证书")
        item = Item.PEOPLE
        title = ("person", "cert_kind")
        evidence: Text = _("证书扫描件。")
        last_day = "valid_to"
        order = 310

        @staticmethod
        def check(values: Mapping[str, Any]) -> list[Problem]:
            """Refuse a certificate without any number, or that ends before it was issued."""
            found = in_order(values, *_VALIDITY)
            if not values.get("qualify_no") and not values.get("reg_no"):
                rule = _("资格证号和注册号都没有填写。")
                found.append(Problem("qualify_no", "", rule, _("请至少填写一项。")))
            return found

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_person_cert"


COUNTS = ("title_senior", "title_middle", "title_junior", "doctor", "master", "bachelor", "college")
MOST = (0, 10_000_000)


class Headcount(Record):
    """人员数量: heads of one year."""

    year = declare(_("年度"), Kind.YEAR, required=True, identifying=True, **PRIVATE)
    total = declare(_("职工总数"), Kind.INTEGER, required=True, limits=MOST, **PRIVATE)
    title_senior = declare(_("高级职称人数"), Kind.INTEGER, limits=MOST, **PRIVATE)
    title_middle = declare(_("中级职称人数"), Kind.INTEGER, limits=MOST, **PRIVATE)
    title_junior = declare(_("初级职称人数"), Kind.INTEGER, limits=MOST, **PRIVATE)
    doctor = declare(_("博士人数"), Kind.INTEGER, limits=MOST, **PRIVATE)
    master = declare(_("硕士人数"), Kind.INTEGER, limits=MOST, **PRIVATE)
    bachelor = declare(_("本科人数"), Kind.INTEGER, limits=MOST, **PRIVATE)
    college = declare(_("专科人数"), Kind.INTEGER, limits=MOST, **PRIVATE)

    class Declaration:
        """One per year."""

        code = "headcount"
        label: Text = _("人员数量")
        item = Item.PEOPLE
        title = ("year",)
        order = 320

        @staticmethod
        def check(values: Mapping[str, Any]) -> list[Problem]:
            """Refuse a part that is greater than the whole."""
            total = values.get("total")
            return [
                Problem(name, str(values[name]), _("人数大于职工总数{total}。", total=total), _("请核对人数。"))
                for name in COUNTS
                if total is not None and values.get(name) is not None and values[name] > total
            ]

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_headcount"
