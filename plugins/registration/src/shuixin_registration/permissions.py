"""Rights over the accounts of enterprises."""

from shuixin.api import Permission, Role, Scope, domain

_ = domain("registration")
CONFIRM = "registration.confirm"
SUBACCOUNTS = "registration.subaccounts"
#: The role of an enterprise's main account (主账号).
ENTERPRISE = "enterprise"

PERMISSIONS = (
    Permission(CONFIRM, _("确认企业注册和变更主账号")),
    Permission(SUBACCOUNTS, _("管理本单位子账号")),
)
ROLES = (
    Role("reviewer", _("市级审核员"), (CONFIRM,)),
    Role(ENTERPRISE, _("企业用户"), (SUBACCOUNTS,), Scope.OWN),
)
