"""Regions in the back office (行政区划): the tree, and what people change about it from a day on."""

from collections.abc import Callable
from datetime import date

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Conflict,
    OfficePage,
    Problem,
    Refused,
    Target,
    allowed,
    clock,
    current_platform,
    domain,
    expose,
    region_prefix,
    units,
)
from shuixin_administration.units import MANAGE

_ = domain("administration")
LEVELS = {"province": _("省级"), "city": _("市级"), "county": _("县级")}


class RegionsPage(OfficePage):
    """The shipped regions are never touched; a change is a row with the day it begins on."""

    @expose("/")
    def index(self) -> str:
        """Show the tree, and the form of the region that is to be changed."""
        return self._show()

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """Add a pseudo-code of this city's own."""
        form = request.form

        def add() -> object:
            return units.add_region(
                self.actor,
                code=form.get("code", ""),
                name=form.get("name", ""),
                stands_for=tuple(form.getlist("stands_for")),
                since=_day(),
            )

        return self._done(add, adding=True)

    @expose("/change", methods=("POST",))
    def change(self) -> ResponseReturnValue:
        """Rename or end a region."""
        code, ended = request.form.get("region", ""), request.form.get("act", "") == "end"
        return self._done(
            lambda: units.change_region(self.actor, code, name=request.form.get("name", ""), since=_day(), ended=ended),
            chosen=code,
        )

    def _done(self, act: Callable[[], object], *, adding: bool = False, chosen: str = "") -> ResponseReturnValue:
        if request.method != "POST":
            return self._show(adding=adding)
        try:
            act()
        except (Refused, Conflict) as error:
            problems = error.problems if isinstance(error, Refused) else ()
            shown = problems or (Problem("", "", error.message, ""),)
            return self._show(adding=adding, chosen=chosen, problems=shown), error.status
        flash(str(_("已保存。")), "ok")
        return redirect(self.get_url(".index"))

    def _show(self, *, adding: bool = False, chosen: str = "", problems: tuple[Problem, ...] = ()) -> str:
        tree, today = units.directory.today(), clock.legal_day(clock.now())
        # Who reaches the whole country is shown the own province first.
        home = "" if request.args.get("all") else current_platform().settings.site.region[:2]
        within = [
            each for each in tree.regions.values() if allowed(self.actor, MANAGE, Target(region=each.code)).allowed
        ]
        reached = [each for each in within if each.code.startswith(home)] or within
        code = chosen or request.args.get("region", "")
        cities = [each for each in reached if each.level == "city"]
        page: str = self.render(
            "administration/regions.html",
            regions=reached,
            others=len(within) - len(reached),
            levels=LEVELS,
            depth=lambda each: len(region_prefix(each.code)) // 2,
            names=lambda codes: "、".join(tree.regions[each].name for each in codes if each in tree.regions),
            changes=[each for each in units.region_changes() if each.code in {region.code for region in within}],
            changeable={each.code for each in within if not each.ended and units.may_change(self.actor, each.code)},
            chosen=next((each for each in within if each.code == code), None),
            adding=adding,
            cities=cities,
            counties=[
                each for each in tree.selectable() if each.level == "county" and each in reached and not each.local
            ],
            today=today,
            problems=problems,
            typed=request.form if problems else None,
        )
        return page


def _day() -> date:
    """Return the day the form names.

    :raises Refused: it is none.
    """
    text = request.form.get("since", "")
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        rule = _("生效日期没有填写，或不是日期。")
        raise Refused(rule, [Problem("since", text[:20], rule, _("请按2026-11-23的样子填写。"))]) from error
