"""The logs (日志): who did what, who signed in; nobody can edit or delete them here."""

from shuixin.api import OfficeList, accounts, audit_index, domain, filtering

_ = domain("administration")


class AuditList(OfficeList):
    """The audit log (操作日志)."""

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
    search_index = audit_index
    filters = (filtering.Days("at", _("时间")),)
    #: In step with the number, and what searches are quick by.
    column_default_sort = ("id", True)


OUTCOMES = {
    accounts.Outcome.OPEN: _("未完成"),
    accounts.Outcome.FIRST: _("密码正确，待动态口令"),
    accounts.Outcome.OK: _("成功"),
    accounts.Outcome.WRONG: _("账号、密码或动态口令不正确"),
    accounts.Outcome.LOCKED: _("锁定期内，未核对"),
    accounts.Outcome.CHALLENGE: _("验证码不正确"),
    accounts.Outcome.UNLOCKED: _("管理员解锁"),
}


class SignInList(OfficeList):
    """The sign-in log (登录日志); what was typed as account is shown whether such an account exists or not."""

    column_list = ("at", "username", "outcome", "times", "address", "agent")
    column_details_list = column_list
    column_labels = {
        "at": _("时间"),
        "username": _("填写的账号"),
        "outcome": _("结果"),
        "times": _("次数"),
        "address": _("网络地址"),
        "agent": _("浏览器"),
    }
    column_formatters = {"outcome": lambda _view, _context, row, _name: str(OUTCOMES[accounts.Outcome(row.outcome)])}
    column_formatters_detail = column_formatters
    search_index = accounts.attempt_index
    filters = (filtering.Choice("outcome", _("结果"), OUTCOMES), filtering.Days("at", _("时间")))
    column_default_sort = ("id", True)
