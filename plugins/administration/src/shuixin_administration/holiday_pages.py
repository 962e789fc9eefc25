"""Days off (节假日安排) in the back office."""

import calendar as months
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Actor,
    Conflict,
    NotFound,
    OfficePage,
    Problem,
    Refused,
    Text,
    calendar,
    clock,
    current_calendar,
    domain,
    expose,
    form_number,
    number_of,
    require,
)
from shuixin_administration.permissions import DICTIONARIES
from shuixin_administration.services import holidays as services

_ = domain("administration")


@dataclass(frozen=True)
class Cell:
    """One day of the year's view; ``None`` stands for a day of another month.

    :param mark: 休 off by the notice, 班 worked by the notice, weekend, or nothing.
    """

    day: date
    mark: str
    name: str = ""


def waiting(actor: Actor) -> int | None:
    """Return how many years wait to be entered by *actor*, ``None`` for none."""
    missing = calendar.missing_years(current_calendar(), clock.legal_day(clock.now()))
    return len(missing) or None if actor.holds(DICTIONARIES) else None


class HolidaysPage(OfficePage):
    """The years, and one of them with its twelve months and the form that enters or corrects it."""

    @expose("/")
    def index(self) -> str:
        """Show all years, and which is wanted."""
        today = clock.legal_day(clock.now())
        known = services.known_years(self.actor)
        page: str = self.render(
            "administration/holidays.html",
            known=known,
            missing=calendar.missing_years(calendar.current(), today),
            today=today,
            following=max([today.year, *(each.year.year for each in known)]) + 1,
            furthest=today.year + services.AHEAD,
            may_change=self.actor.holds(DICTIONARIES),
        )
        return page

    @expose("/year", methods=("GET", "POST"))
    def year(self) -> ResponseReturnValue:
        """Show a year; with a form sent, its preview, and at the second time enter it."""
        number = number_of(request.values.get("year", ""))
        known = next((each for each in services.known_years(self.actor) if each.year.year == number), None)
        may_enter = services.can_be_entered(number, clock.now()) and self.actor.holds(DICTIONARIES)
        if known is None and not may_enter:
            raise NotFound(_("没有录入{year}年的放假安排。", year=number))
        if request.method == "GET":
            typed = {"basis": known.year.basis, "text": calendar.as_text(known.year)} if known else {}
            return self._shown(number, known, typed)
        return self._sent(number, known, request.form)

    @expose("/remove", methods=("POST",))
    def remove(self) -> ResponseReturnValue:
        """Delete a year."""
        number, version = form_number("year"), form_number("version")
        return self.carry_out(
            lambda: services.remove(self.actor, number, version=version, now=clock.now()),
            lambda _done: _("已删除{year}年的放假安排。", year=number),
        )

    def _sent(self, number: int, known: services.Known | None, form: Mapping[str, str]) -> ResponseReturnValue:
        require(self.actor, DICTIONARIES)
        now, seal = clock.now(), _seal(number, form)
        seen: dict[str, Any] = {}
        try:
            seen = {"preview": services.read(number, form, now), "seal": seal}
            if form.get("previewed") != seal:
                return self._shown(number, known, form, **seen)
            services.enter(self.actor, number, form, version=form_number("version"), now=now)
        except Refused as refused:
            return self._shown(number, known, form, refused.problems, **seen), 422
        except Conflict:
            rule = _("这一年的安排刚被他人录入或更正。")
            problem = Problem("", "", rule, _("您填写的内容还在，请与现有安排核对后重新预览、保存。"))
            fresh = next((each for each in services.known_years(self.actor) if each.year.year == number), None)
            return self._shown(number, fresh, form, (problem,)), 409
        flash(str(_("{year}年的放假安排已保存，2秒内全部生效。", year=number)), "ok")
        return redirect(self.get_url(".year", year=number))

    def _shown(
        self,
        number: int,
        known: services.Known | None,
        typed: Mapping[str, str],
        problems: Sequence[Problem] = (),
        **more: Any,
    ) -> str:
        shown: calendar.Year | None = more.get("preview") or (known.year if known else None)
        doubts: list[Text] = services.doubts(shown, calendar.current()) if shown else []
        page: str = self.render(
            "administration/holiday_year.html",
            number=number,
            known=known,
            typed=typed,
            problems=problems,
            shown=shown,
            months=view_of(shown) if shown else (),
            doubts=doubts,
            seal=more.get("seal", ""),
            preview=more.get("preview"),
            may_change=self.actor.holds(DICTIONARIES),
            today=clock.legal_day(clock.now()),
        )
        return page


def _seal(number: int, form: Mapping[str, str]) -> str:
    """Return what tells whether a form was changed after its preview."""
    content = "\0".join([str(number), form.get("basis", ""), form.get("text", "").replace("\r\n", "\n")])
    return hashlib.sha256(content.encode()).hexdigest()


def view_of(year: calendar.Year) -> list[list[list[Cell | None]]]:
    """Return the twelve months as weeks of seven days, Monday first."""
    weeks = months.Calendar()
    return [
        [
            [_cell(year, day) if day.month == month else None for day in week]
            for week in weeks.monthdatescalendar(year.year, month)
        ]
        for month in range(1, 13)
    ]


def _cell(year: calendar.Year, day: date) -> Cell:
    if day in year.holidays:
        return Cell(day, "off", year.holidays[day])
    if day in year.working_days:
        return Cell(day, "worked")
    return Cell(day, "weekend" if day.weekday() >= 5 else "")
