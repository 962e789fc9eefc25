"""Where the pages of registration are found."""

from shuixin.api import Area, MenuItem, domain
from shuixin_registration.permissions import SUBACCOUNTS
from shuixin_registration.settings import settings

_ = domain("registration")


def _open() -> bool:
    return settings().open


ITEMS = (
    MenuItem(Area.PUBLIC, _("企业注册"), "registration_forms.form", order=10, section="sign-in", shown=_open),
    MenuItem(Area.PUBLIC, _("查询注册结果"), "registration_forms.status", order=20, section="sign-in", shown=_open),
    MenuItem(
        Area.WORKSPACE, _("子账号"), "registration_workspace.index", order=90, icon="users", permission=SUBACCOUNTS
    ),
)
