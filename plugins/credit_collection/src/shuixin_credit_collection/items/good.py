"""良好行为信息 (DOMAIN §3.6)."""

from shuixin.api import Text, domain
from shuixin_credit_collection.items.flags import BUREAU, OPEN, OWNER, PRIVATE
from shuixin_credit_collection.records import Item, Kind, Record, declare

_ = domain("credit_collection")


class GoodRecord(Record):
    """良好行为. Beside the unit's name only 行为, 级别, 认定时间, 认定单位 are public (306号 art. 15)."""

    behavior_class = declare(_("行为类别"), Kind.CODE, required=True, codes="good_class", **PRIVATE)
    title = declare(_("名称"), required=True, max_length=200, identifying=True, **OPEN)
    level = declare(_("级别"), Kind.CODE, required=True, codes="award_level")
    category = declare(_("奖项类别"), max_length=40, **PRIVATE)
    rank = declare(_("奖项等次"), max_length=20, **PRIVATE)
    project = declare(_("关联项目"), Kind.LINK, to="performance", **PRIVATE)
    granter = declare(_("表彰（认定）单位"), required=True, max_length=100, **OPEN)
    doc_no = declare(_("文号"), max_length=60, **PRIVATE)
    granted_on = declare(_("认定日期"), Kind.DATE, required=True, past_only=True, identifying=True, **OPEN)
    ref_no = declare(_("证书、专利或登记号"), max_length=60, **PRIVATE)
    valid_to = declare(_("有效期至"), Kind.DATE, **PRIVATE)
    authors = declare(_("完成人"), **PRIVATE)
    person_name = declare(_("个人姓名"), max_length=40, **PRIVATE)
    journal = declare(_("期刊及卷期"), **PRIVATE)
    issued_on = declare(_("发布日期"), Kind.DATE, **PRIVATE)
    effective_on = declare(_("实施日期"), Kind.DATE, **PRIVATE)
    cause = declare(_("事由"), Kind.LONG, **PRIVATE)
    proof = declare(_("佐证材料"), Kind.FILE, **PRIVATE)
    url = declare(_("来源网址"), Kind.URL, **PRIVATE)
    points = declare(_("加分"), Kind.NUMBER, limits=(0, 100), visibility=OWNER, editor=BUREAU)
    decided_by = declare(_("认定机关"), max_length=100, visibility=OWNER, editor=BUREAU)
    decided_on = declare(_("认定时间"), Kind.DATE, past_only=True, visibility=OWNER, editor=BUREAU)
    public_years = declare(_("公开期限（年）"), Kind.INTEGER, limits=(0, 10), visibility=OWNER, editor=BUREAU)
    revoked = declare(_("是否撤销"), Kind.CODE, codes="yes_no", visibility=OWNER, editor=BUREAU)
    revoked_reason = declare(_("撤销原因"), visibility=OWNER, editor=BUREAU)

    class Declaration:
        """Many per subject, public for a term of the policy in force."""

        code = "good_record"
        label: Text = _("良好行为")
        item = Item.GOOD
        title = ("title",)
        publication = "good_record"
        evidence: Text = _("表彰决定、证书或其他证明文件。")
        order = 600

    class Meta:
        """Plugin table."""

        table_name = "credit_collection_good_record"
