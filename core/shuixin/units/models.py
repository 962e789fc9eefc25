"""Administrative units that use the platform."""

from typing import TYPE_CHECKING

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField

from shuixin.database import UTCDateTimeField, VersionedModel

#: Being set up (初始化中): only who administers may act. Enabled (已启用). Closed (已停用): nobody of it may act.
INITIALISING, ENABLED, CLOSED = "initialising", "enabled", "closed"
#: Permissions of administration; all a person of a unit may use while it is being set up.
SETTING_UP = ("shuixin.", "administration.")


class Unit(VersionedModel):
    """An authority (主管部门), e.g. the bureau of a city or county."""

    #: 统一社会信用代码.
    code = CharField(max_length=18, unique=True)
    name = CharField(max_length=100)
    short_name = CharField(max_length=20, default="")
    region = CharField(max_length=6, index=True)
    #: The unit above, in charge of a region above.
    parent = ForeignKeyField("self", null=True, on_delete="RESTRICT", backref="subordinates")
    #: The word its documents begin with (机关代字), e.g. 黄水.
    organ_word = CharField(max_length=8, default="")
    address = CharField(max_length=200, default="")
    phone = CharField(max_length=40, default="")
    #: Where fines are paid (罚款代收银行), and into which account.
    fine_bank = CharField(max_length=100, default="")
    fine_account_name = CharField(max_length=100, default="")
    fine_account = CharField(max_length=40, default="")
    #: Fines from which a hearing may be demanded (听证金额标准), in 分, and the rule that says so (依据).
    hearing_person = BigIntegerField(null=True)
    hearing_unit = BigIntegerField(null=True)
    hearing_basis = CharField(max_length=200, default="")
    #: Attachment of the seal's image (印章图片); ``""`` for none.
    seal = CharField(max_length=32, default="")
    #: Year for which somebody has stated where the numbers of documents begin (编号起点); 0 for none.
    numbering_year = IntegerField(default=0)
    #: Rows from before there were states are of units at work.
    state = CharField(max_length=16, default=ENABLED)
    #: When it was first enabled; from then on its region stays.
    enabled_at = UTCDateTimeField(null=True)

    if TYPE_CHECKING:
        parent_id: int | None

    class Meta:
        """Core table."""

        table_name = "shuixin_unit"

    def lets_use(self, permission: str) -> bool:
        """Whether the unit's state lets its people use *permission*."""
        return self.state == ENABLED or (self.state == INITIALISING and permission.startswith(SETTING_UP))
