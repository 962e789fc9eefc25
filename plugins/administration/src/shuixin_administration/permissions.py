"""Rights on basic data (DOMAIN §9, row "dictionaries, policy sets")."""

from shuixin.api import Permission, Role, Scope, domain

_ = domain("administration")

DICTIONARIES = "administration.dictionaries"
DICTIONARIES_READ = "administration.dictionaries_read"

PERMISSIONS = (
    Permission(DICTIONARIES, _("维护基础数据"), _("更改数据字典和节假日安排")),
    Permission(DICTIONARIES_READ, _("查看基础数据"), _("查看数据字典、规则集和节假日安排")),
)
ROLES = (
    Role("administrator", _("超级管理员"), (DICTIONARIES, DICTIONARIES_READ), Scope.ALL),
    Role("reviewer", _("市级审核员"), (DICTIONARIES_READ,)),
    Role("leader", _("市局领导"), (DICTIONARIES_READ,)),
)
