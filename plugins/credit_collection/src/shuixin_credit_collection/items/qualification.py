"""资质信息 (DOMAIN §3.2), and 项目法人组建批复, which 建设单位 have instead (DOMAIN §2)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from shuixin.api import Problem, Text, domain
from shuixin_credit_collection.items.flags import BUREAU, LOCAL, OPEN, OWNER
from shuixin_credit_collection.records import Item, Kind, Record, declare
from shuixin_credit_collection.records.catalogue import qualification_advice
from shuixin_credit_collection.records.checks import in_order
from shuixin_credit_collection.records.lapsing import first_reminder
from shuixin_credit_collection.records.names import parts_of_name

_ = domain("credit_collection")


def _remind_on(values: Mapping[str, Any]) -> str | None:
    """Return the day from which on the holder is reminded that the certificate lapses."""
    until = values.get("valid_to")
    first = first_reminder(date.fromisoformat(str(until))) if until else None
    return first.isoformat() if first else None


class Qualification(Record):
    """资质: one certificate in one specialty and grade."""

    category = declare(_("资质类别"), Kind.CODE, required=True, codes="qualification_category", identifying=True)
    industry = declare(
        _("行业"),
        Kind.CODE,
        codes="qualification_industry",
        identifying=True,
        hint=_("工程设计等分行业的填写，如“水利”。"),
    )
    specialty = declare(
        _("专业"),
        Kind.CODE,
        codes="qualification_specialty",
        former_words=True,
        identifying=True,
        hint=_("综合资质、行业资质不分专业的不填。"),
    )
    grade = declare(_("等级"), Kind.CODE, required=True, codes="qualification_grade")
    qual_code = declare(
        _("资质编码"),
        max_length=4,
        sl691="资质编码",
        hint=_("SL 691的四位编码，没有的不填。"),
        pattern=r"[0-9A-Za-z]{4}",
    )
    cert_no = declare(_("证书编号"), required=True, max_length=40, identifying=True)
    issuer = declare(_("发证机关"), max_length=80, required=True)
    first_on = declare(_("首次取得日期"), Kind.DATE, past_only=True)
    issued_on = declare(_("核发日期"), Kind.DATE, past_only=True)
    valid_from = declare(_("有效期起"), Kind.DATE)
    valid_to = declare(_("有效期至"), Kind.DATE, required=True)
    scope = declare(_("业务范围"), Kind.LONG)
    limit = declare(_("承包工程范围"), Kind.LONG)
    cert_status = declare(_("证书状态"), Kind.CODE, codes="certificate_status")
    tech_lead = declare(_("技术负责人"), Kind.LINK, to="person")
    ecert_no = declare(_("电子证照码"), visibility=OWNER, max_length=64)
    scan = declare(_("证书扫描件"), Kind.FILE, visibility=OWNER)
    approval_no = declare(_("批准文号"), max_length=60)
    change_reason = declare(_("变更事由"), Kind.LONG)
    check_result = declare(_("年检或抽查结果"), Kind.CODE, codes="check_result", editor=BUREAU)
    verified_via = declare(_("核验来源"), Kind.CODE, codes="verified_via", editor=BUREAU)
    verified_at = declare(_("核验时间"), Kind.MOMENT, editor=BUREAU)
    remind_at = declare(_("到期提醒日"), Kind.DATE, keeper=LOCAL, visibility=OWNER, derived=_remind_on)

    class Declaration:
        """Many per subject."""

        code = "qualification"
        label: Text = _("资质信息")
        item = Item.QUALIFICATION
        title = ("category", "specialty", "grade")
        evidence: Text = _("资质证书扫描件；变更的附新证书。")
        proven = True
        last_day = "valid_to"
        order = 200
        shorthand = (_("资质名称"), parts_of_name)

        @staticmethod
        def check(values: Mapping[str, Any]) -> list[Problem]:
            """Refuse a certificate that ends before it begins."""
            return in_order(values, ("valid_from", _("有效期起")), ("valid_to", _("有效期至")), strictly=True)

        @staticmethod
        def advice(values: Mapping[str, Any]) -> list[Problem]:
            """Point out where the certificate differs from the catalogue."""
            return qualification_advice(values)

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_qualification"


class FoundingApproval(Record):
    """项目法人组建批复: what makes a unit the 项目法人 of a project."""

    project_name = declare(_("工程名称"), required=True, max_length=200, identifying=True)
    organ = declare(_("批复机关"), required=True, max_length=100)
    doc_no = declare(_("批复文号"), required=True, max_length=60, identifying=True)
    approved_on = declare(_("批复日期"), Kind.DATE, required=True, past_only=True)
    legal_rep = declare(_("法人代表"), required=True, max_length=40)
    tech_lead = declare(_("技术负责人"), required=True, max_length=40)
    scan = declare(_("批复文件"), Kind.FILE, visibility=OWNER)
    note = declare(_("备注"), **OPEN)

    class Declaration:
        """Many per subject; valid for the life of the project."""

        code = "founding_approval"
        label: Text = _("项目法人组建批复")
        item = Item.QUALIFICATION
        kinds = ("owner",)
        title = ("project_name",)
        evidence: Text = _("组建批复文件。")
        proven = True
        order = 210

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_founding_approval"
