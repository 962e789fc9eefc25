"""Rights and duties of the portal's editors."""

from shuixin.api import Permission, Role, domain

_ = domain("news")
WRITE = "news.write"
PUBLISH = "news.publish"

PERMISSIONS = (Permission(WRITE, _("撰写文章")), Permission(PUBLISH, _("发布和撤回文章")))
ROLES = (
    Role("editor", _("门户编辑"), (WRITE,)),
    Role("portal_reviewer", _("门户审核员"), (PUBLISH,)),
    Role("leader", _("市局领导"), (PUBLISH,)),
)
