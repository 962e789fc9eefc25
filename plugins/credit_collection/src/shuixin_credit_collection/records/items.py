"""The eight items of information (八项信息; 水建设〔2019〕306号 art. 6), and what other plugins add to them."""

from enum import StrEnum

from shuixin.api import Text, domain

_ = domain("credit_collection")


class Item(StrEnum):
    """One item; its record types are filed on neighbouring pages and sheets."""

    BASIC = "basic"
    QUALIFICATION = "qualification"
    PEOPLE = "people"
    PERFORMANCE = "performance"
    ASSET = "asset"
    GOOD = "good"
    BAD = "bad"
    OUTSIDE = "outside"
    #: Records of other plugins, such as a city's own module.
    OTHER = "other"


ITEMS: dict[Item, Text] = {
    Item.BASIC: _("基本信息"),
    Item.QUALIFICATION: _("资质"),
    Item.PEOPLE: _("人力资源"),
    Item.PERFORMANCE: _("工程业绩"),
    Item.ASSET: _("资产状况"),
    Item.GOOD: _("良好行为"),
    Item.BAD: _("不良行为"),
    Item.OUTSIDE: _("驻外省备案"),
    Item.OTHER: _("其他信息"),
}
