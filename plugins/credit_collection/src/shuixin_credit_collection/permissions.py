"""Rights and duties of the collection subsystem (DOMAIN §9)."""

from shuixin.api import AccessLimit, Actor, Permission, Role, Scope, domain

_ = domain("credit_collection")

FILE = "credit_collection.file"
READ = "credit_collection.read"
REVIEW = "credit_collection.review"
APPROVE = "credit_collection.approve"
IMPORT = "credit_collection.import"

PERMISSIONS = (
    Permission(FILE, _("申报本单位信用信息")),
    Permission(READ, _("查看信用档案")),
    Permission(REVIEW, _("审核申报和变更")),
    Permission(APPROVE, _("批准申报和变更")),
    Permission(IMPORT, _("批量录入信用信息")),
)

ROLES = (
    Role("enterprise", _("企业用户"), (FILE,), Scope.OWN),
    Role("reviewer", _("市级审核员"), (READ, REVIEW, IMPORT)),
    Role("leader", _("市局领导"), (READ, APPROVE)),
)


def _manages_people(actor: Actor) -> bool:
    """Whether *actor* hands out rights: who does must not use them on credit data (三员分立, DOMAIN R8)."""
    return actor.holds("shuixin.users")


#: An account that was given both duties keeps the one of managing; reviewing needs another person.
LIMITS = (AccessLimit(REVIEW, _manages_people), AccessLimit(APPROVE, _manages_people))
