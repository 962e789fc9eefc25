"""The core's own back office pages: plugins, jobs, users, the audit log."""

from typing import Any

from shuixin.accounts.models import SignInAttempt, User
from shuixin.audit import AuditEntry
from shuixin.contributions import OfficeView
from shuixin.jobs import requests
from shuixin.office.bases import OfficeList
from shuixin.office.job_pages import JobsPage
from shuixin.office.people import SignInList, UserList
from shuixin.office.plugin_pages import PluginsPage
from shuixin.plugins.permissions import MANAGE
from shuixin.texts import domain

_ = domain("shuixin")
SYSTEM = _("系统管理")


class AuditList(OfficeList):
    """The audit log; nobody can edit or delete it here."""

    column_list = ("number", "at", "actor_name", "unit_name", "action", "object_kind", "object_key")
    column_details_list = (*column_list, "detail", "previous_hash", "hash")
    column_labels = {
        "number": _("序号"),
        "at": _("时间"),
        "actor_name": _("操作人"),
        "unit_name": _("单位"),
        "action": _("操作"),
        "object_kind": _("对象"),
        "object_key": _("对象编号"),
        "detail": _("内容"),
        "previous_hash": _("前序校验值"),
        "hash": _("校验值"),
    }
    column_searchable_list = ("actor_name", "action", "object_key")
    column_default_sort = ("number", True)


def own_views() -> list[OfficeView]:
    """Return new instances of the core's views."""
    views: list[tuple[Any, str, int]] = [
        (UserList(User, "shuixin", "users", _("用户管理")), "shuixin.users", 910),
        (PluginsPage("shuixin", "plugins", _("插件管理")), MANAGE, 920),
        (JobsPage("shuixin", "jobs", _("任务管理")), requests.MANAGE, 925),
        (AuditList(AuditEntry, "shuixin", "audit", _("操作日志")), "shuixin.audit", 930),
        (SignInList(SignInAttempt, "shuixin", "sign_ins", _("登录日志")), "shuixin.audit", 940),
    ]
    return [OfficeView(view, SYSTEM, permission, order, icon="settings") for view, permission, order in views]
