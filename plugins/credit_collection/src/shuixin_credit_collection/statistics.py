"""The office's page of the flow of filings (办理统计)."""

import io
from datetime import date
from typing import Any

from flask import request, send_file
from flask.typing import ResponseReturnValue

from shuixin.api import OfficePage, Problem, Refused, Text, clock, domain, expose, tabular
from shuixin_credit_collection.services import flow

_ = domain("credit_collection")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Number -> what it is called; the last two are means.
COLUMNS: dict[str, Text] = {
    "received": _("收件"),
    "resubmitted": _("补正后再提交"),
    "returned": _("退回补正"),
    "withdrawn": _("企业撤回"),
    "rejected": _("不予通过"),
    "approved": _("批准"),
}
MEANS: dict[str, Text] = {"whole": _("平均全程天数"), "in_hand": _("其中主管部门天数")}


class FlowDesk(OfficePage):
    """办理统计."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the flow of the months of some days, by default those of this year so far."""
        first, last, problems = _asked()
        months: dict[str, flow.Period] = {}
        if not problems:
            try:
                months = flow.by_month(self.actor, first, last)
            except Refused as refused:
                problems = list(refused.problems)
        page: str = self.render(
            "credit_collection/office_flow.html",
            first=first,
            last=last,
            months=months,
            total=flow.total(months.values()),
            columns=COLUMNS,
            means=MEANS,
            problems=problems,
        )
        return (page, 422) if problems else page

    @expose("/flow.xlsx")
    def export(self) -> ResponseReturnValue:
        """Download the same as a workbook."""
        first, last, problems = _asked()
        if problems:
            raise Refused(problems[0].rule, problems)
        months = flow.by_month(self.actor, first, last)
        rows = [_row(month, period) for month, period in months.items()]
        rows.append(_row(str(_("合计")), flow.total(months.values())))
        head = [_("月份"), *COLUMNS.values(), *MEANS.values()]
        plan = tabular.SheetPlan(str(_("办理统计")), tuple(tabular.ColumnPlan(str(words)) for words in head), rows)
        buffer = io.BytesIO()
        tabular.write_workbook(buffer, [plan])
        buffer.seek(0)
        name = _("办理统计{first}至{last}.xlsx", first=first.isoformat(), last=last.isoformat())
        return send_file(buffer, as_attachment=True, download_name=str(name), mimetype=XLSX)


def _asked() -> tuple[date, date, list[Problem]]:
    """Return the first and the last day asked for, and what is wrong with them."""
    today = clock.legal_day(clock.now())
    days, problems = {"first": today.replace(month=1, day=1), "last": today}, []
    for name, usual in list(days.items()):
        text = request.args.get(name, "").strip()[:20]
        try:
            days[name] = date.fromisoformat(text) if text else usual
        except ValueError:
            problems.append(Problem(name, text, _("“{text}”不是日期。", text=text), _("请填写如2026-03-31。")))
    return days["first"], days["last"], problems


def _row(month: str, period: flow.Period) -> list[Any]:
    means = (period.mean(name) for name in MEANS)
    numbers = [str(getattr(period, name)) for name in COLUMNS]
    return [month, *numbers, *("" if mean is None else f"{mean:.1f}" for mean in means)]
