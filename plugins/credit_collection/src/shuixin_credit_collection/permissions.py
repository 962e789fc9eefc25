"""Rights and duties of the collection subsystem (DOMAIN §9)."""

from collections.abc import Sequence

from shuixin.api import AccessLimit, Actor, Permission, Role, Scope, domain, hookimpl

_ = domain("credit_collection")

LOOK = "credit_collection.look"
FILE = "credit_collection.file"
READ = "credit_collection.read"
REVIEW = "credit_collection.review"
APPROVE = "credit_collection.approve"
IMPORT = "credit_collection.import"

PERMISSIONS = (
    Permission(LOOK, _("查看本单位信用信息和申报")),
    Permission(FILE, _("申报本单位信用信息")),
    Permission(READ, _("查看信用档案")),
    Permission(REVIEW, _("审核申报和变更"), delegable=True),
    Permission(APPROVE, _("批准申报和变更"), delegable=True),
    Permission(IMPORT, _("批量录入信用信息")),
)

ROLES = (
    Role("enterprise", _("企业用户"), (LOOK, FILE), Scope.OWN),
    Role("enterprise_filer", _("企业申报员"), (LOOK, FILE), Scope.OWN),
    Role("enterprise_viewer", _("企业查阅员"), (LOOK,), Scope.OWN),
    Role("reviewer", _("市级审核员"), (READ, REVIEW, IMPORT)),
    Role("leader", _("市局领导"), (READ, APPROVE)),
    Role("province", _("省级部门管理员"), (READ, IMPORT)),
)


def _manages_people(actor: Actor) -> bool:
    """Whether *actor* hands out rights: who does must not use them on credit data (三员分立, DOMAIN R8)."""
    return actor.holds("shuixin.users") or actor.holds("shuixin.roles")


WHY = _("建立账号或授予岗位的人不办理审核和批准。")
#: An account that was given both duties keeps the one of managing; reviewing needs another person.
LIMITS = (AccessLimit(REVIEW, _manages_people, WHY), AccessLimit(APPROVE, _manages_people, WHY))


class Access:
    """The part of the plugin's contributions that says who may do what."""

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        """Return the rights that services ask for."""
        return PERMISSIONS

    @hookimpl
    def roles(self) -> Sequence[Role]:
        """Return the duties."""
        return ROLES

    @hookimpl
    def access_limits(self) -> Sequence[AccessLimit]:
        """Return what narrows them."""
        return LIMITS
