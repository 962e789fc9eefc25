"""The views, group by group in the order of the menu."""

from shuixin.api import AuditEntry, OfficeView, User, accounts, domain
from shuixin_administration import holiday_pages, units
from shuixin_administration.dictionary_pages import DictionariesPage
from shuixin_administration.job_pages import JobsPage
from shuixin_administration.logs import AuditList, SignInList
from shuixin_administration.people import UserList
from shuixin_administration.permissions import DICTIONARIES_READ
from shuixin_administration.policy_pages import PoliciesPage
from shuixin_administration.regions import RegionsPage
from shuixin_administration.roles import RolesPage
from shuixin_administration.verification import VerificationPage
from shuixin_administration.why import WhyPage

_ = domain("administration")
SYSTEM, BASIC, LOGS = _("系统管理"), _("基础数据"), _("日志审计")


def views() -> list[OfficeView]:
    """Return new instances of the views."""
    return [*_units(), *_people(), *_basic_data(), *_logs()]


def _units() -> list[OfficeView]:
    unit_page = units.UnitsPage("administration", "units", _("单位初始化"))
    regions = RegionsPage("administration", "regions", _("行政区划"))
    return [
        OfficeView(unit_page, SYSTEM, units.MANAGE, 902, "settings", units.waiting),
        OfficeView(regions, SYSTEM, units.MANAGE, 904, "settings"),
    ]


def _people() -> list[OfficeView]:
    users = UserList(User, "administration", "users", _("用户管理"))
    roles = RolesPage("administration", "roles", _("角色与权限"))
    why = WhyPage("administration", "why", _("为何能办"))
    return [
        OfficeView(users, SYSTEM, "shuixin.people", 910, "settings"),
        OfficeView(roles, SYSTEM, "shuixin.people", 912, "settings"),
        OfficeView(why, SYSTEM, "shuixin.people", 914, "settings"),
    ]


def _basic_data() -> list[OfficeView]:
    dictionaries = DictionariesPage("administration", "dictionaries", _("数据字典"))
    policies = PoliciesPage("administration", "policies", _("规则集"))
    holidays = holiday_pages.HolidaysPage("administration", "holidays", _("节假日安排"))
    return [
        OfficeView(dictionaries, BASIC, DICTIONARIES_READ, 814, "database"),
        OfficeView(policies, BASIC, DICTIONARIES_READ, 815, "database"),
        OfficeView(holidays, BASIC, DICTIONARIES_READ, 816, "database", holiday_pages.waiting),
    ]


def _logs() -> list[OfficeView]:
    jobs = JobsPage("administration", "jobs", _("任务管理"))
    audit = AuditList(AuditEntry, "administration", "audit", _("操作日志"))
    verification = VerificationPage("administration", "verification", _("日志核验"))
    sign_ins = SignInList(accounts.SignInAttempt, "administration", "sign_ins", _("登录日志"))
    return [
        OfficeView(jobs, SYSTEM, "shuixin.jobs", 925, "settings"),
        OfficeView(audit, LOGS, "shuixin.audit", 950, "history"),
        OfficeView(verification, LOGS, "shuixin.audit", 955, "history"),
        OfficeView(sign_ins, LOGS, "shuixin.audit", 960, "history"),
    ]
