"""驻外省备案信息 (DOMAIN §3.8): entering the province and leaving it.

It discloses, and bars nobody: the city confirms receipt and nothing more (公平竞争审查条例 arts. 8, 9).
"""

from collections.abc import Mapping
from typing import Any

from shuixin.api import Problem, Text, domain
from shuixin_credit_collection.items.flags import AUTHORITY, BUREAU, ENTERPRISE, LOCAL, OWNER
from shuixin_credit_collection.records import Item, Kind, Record, declare
from shuixin_credit_collection.records.checks import in_order

_ = domain("credit_collection")
HERE: dict[str, Any] = {"keeper": LOCAL, "editor": ENTERPRISE}
HERE_INNER: dict[str, Any] = {"keeper": LOCAL, "editor": ENTERPRISE, "visibility": OWNER}


class OutsideFiling(Record):
    """驻外省备案: one direction, one province."""

    direction = declare(_("方向"), Kind.CODE, required=True, codes="direction", identifying=True, **HERE)
    province = declare(_("备案省份"), Kind.REGION, required=True, identifying=True, **HERE)
    filing_no = declare(_("备案编号"), max_length=60, identifying=True, **HERE)
    organ = declare(_("备案机关"), max_length=100, **HERE)
    kinds = declare(_("备案类别"), Kind.CODES, codes="subject_kind", **HERE)
    valid_from = declare(_("备案起"), Kind.DATE, **HERE)
    valid_to = declare(_("备案止"), Kind.DATE, hint=_("长期的不填。"), **HERE)
    branch_name = declare(_("驻地机构名称"), max_length=100, **HERE)
    branch_addr = declare(_("驻地地址"), **HERE)
    head = declare(_("驻地负责人"), Kind.LINK, to="person", **HERE)
    head_post = declare(_("驻地负责人职务"), max_length=40, **HERE_INNER)
    head_mobile = declare(_("驻地负责人手机"), Kind.SECRET, visibility=AUTHORITY, **HERE)
    mandate = declare(_("授权委托书"), Kind.FILE, **HERE_INNER)
    mandate_scope = declare(_("授权范围和期限"), **HERE)
    tech_lead = declare(_("驻地技术负责人"), max_length=40, **HERE)
    finance_lead = declare(_("驻地财务负责人"), max_length=40, **HERE)
    safety_lead = declare(_("驻地安全负责人"), max_length=40, **HERE)
    social_place = declare(_("社保缴纳地"), max_length=60, **HERE)
    work_regions = declare(_("拟承接区域"), Kind.REGIONS, **HERE)
    local_works = declare(
        _("在鄂业绩"), Kind.LINKS, to="performance", hint=_("业绩信息中的项目名称，用分号隔开。"), **HERE
    )
    commitment = declare(_("信用承诺书"), Kind.FILE, **HERE)
    home_grade = declare(_("原省信用等级"), max_length=20, **HERE)
    status = declare(_("状态"), Kind.CODE, codes="outside_status", keeper=LOCAL, editor=BUREAU)
    public_on = declare(_("公开日期"), Kind.DATE, keeper=LOCAL, editor=BUREAU)

    class Declaration:
        """Many per subject."""

        code = "outside_filing"
        label: Text = _("驻外省备案")
        item = Item.OUTSIDE
        title = ("direction", "province")
        evidence: Text = _("授权委托书、信用承诺书。")
        last_day = "valid_to"
        order = 800

        @staticmethod
        def check(values: Mapping[str, Any]) -> list[Problem]:
            """Refuse a filing that ends before it begins."""
            return in_order(values, ("valid_from", _("备案起")), ("valid_to", _("备案止")))

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_outside_filing"


class OutsideStaff(Record):
    """派驻人员."""

    person = declare(_("人员"), Kind.LINK, to="person", strict=True, required=True, identifying=True, **HERE)
    province = declare(_("派驻省份"), Kind.REGION, required=True, identifying=True, **HERE)
    post = declare(_("岗位"), max_length=40, **HERE)
    cert = declare(_("证书"), max_length=60, **HERE)

    class Declaration:
        """Many per subject."""

        code = "outside_staff"
        label: Text = _("派驻人员")
        item = Item.OUTSIDE
        title = ("person", "post")
        order = 810

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_outside_staff"


class OutsideEquipment(Record):
    """派驻设备."""

    province = declare(_("派驻省份"), Kind.REGION, required=True, identifying=True, **HERE)
    name = declare(_("设备名称"), required=True, max_length=80, identifying=True, **HERE)
    model = declare(_("型号规格"), max_length=80, identifying=True, **HERE)
    count = declare(_("数量"), Kind.INTEGER, limits=(1, 1_000_000), **HERE)

    class Declaration:
        """Many per subject."""

        code = "outside_equipment"
        label: Text = _("派驻设备")
        item = Item.OUTSIDE
        title = ("name", "model")
        order = 820

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_outside_equipment"
