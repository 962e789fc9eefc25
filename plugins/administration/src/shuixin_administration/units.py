"""Units in the back office (单位初始化): the list, and the steps of a set-up, each saved by itself.

Everything goes through services that ask for the reach of the person, so that a unit elsewhere is answered like none.
"""

from collections.abc import Callable
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
    Target,
    Unit,
    accounts,
    allowed,
    attachments,
    clock,
    domain,
    expose,
    form_number,
    number_of,
    selectable_regions,
    send_attachment,
    units,
)

_ = domain("administration")
STATES = {
    units.INITIALISING: (_("初始化中"), "progress", "amber"),
    units.ENABLED: (_("已启用"), "circle-check", "green"),
    units.CLOSED: (_("已停用"), "ban", "red"),
}
STANDINGS = {
    "valid": (_("有效"), "circle-check", "green"),
    "early": (_("未到有效期"), "clock", "grey"),
    "expired": (_("已过期"), "alert-octagon", "red"),
    "left": (_("已离岗"), "circle-dashed", "grey"),
}
MANAGE = "shuixin.units"


class UnitsPage(OfficePage):
    """Setting units up, one step after the other; each can be left and come back to."""

    @expose("/")
    def index(self) -> str:
        """List the units within reach, and how far each has come."""
        found, today = units.units_of(self.actor), clock.legal_day(clock.now())
        open_checks = {
            unit.id: sum(not each.passed for each in units.checklist(unit, today))
            for unit in found
            if unit.state == units.INITIALISING
        }
        page: str = self.render("administration/units.html", units=found, states=STATES, missing=open_checks)
        return page

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """Register a unit: the first step of its set-up."""

        def save() -> Unit:
            values = {each.name: request.form.get(each.name, "") for each in units.PARTICULARS if each.part == "unit"}
            made: Unit = units.register_unit(self.actor, **values)
            return made

        return self._step(Unit(region="", state=units.INITIALISING), "unit", save)

    @expose("/<int:unit_id>/unit", methods=("GET", "POST"))
    def unit(self, unit_id: int) -> ResponseReturnValue:
        """What the unit is called, where it is, to whom it answers."""
        unit = units.find_unit(self.actor, unit_id)
        return self._step(unit, "unit", lambda: self._keep(unit, "unit"))

    @expose("/<int:unit_id>/documents", methods=("GET", "POST"))
    def documents(self, unit_id: int) -> ResponseReturnValue:
        """What its documents need: the seal, the account for fines, the hearing thresholds."""
        unit = units.find_unit(self.actor, unit_id)
        return self._step(unit, "documents", lambda: self._keep(unit, "documents"))

    def _keep(self, unit: Unit, step: str) -> Unit:
        """Keep the picture first: a browser forgets it when the form comes back."""
        kept, problems, version = unit, list[Problem](), form_number("version")
        file = request.files.get("seal")
        if file is not None and file.filename:
            try:
                kept = units.set_seal(self.actor, unit.id, file.stream, file.filename, version=version)
                version = kept.row_version
            except Refused as refused:
                problems += [Problem("seal", each.value, each.rule, each.remedy) for each in refused.problems]
        try:
            kept = units.save_particulars(self.actor, unit.id, step, request.form, version=version)
        except Refused as refused:
            problems = [*refused.problems, *problems]
        if problems:
            raise Refused(_("有{count}处需要改正。", count=len(problems)), problems)
        return kept

    @expose("/<int:unit_id>/administrator", methods=("GET", "POST"))
    def administrator(self, unit_id: int) -> ResponseReturnValue:
        """The first administrator; the first password is shown once, and nowhere else."""
        unit = units.find_unit(self.actor, unit_id)
        password, form = accounts.random_password(), request.form
        username, name = form.get("username", ""), form.get("name", "")

        def appoint() -> object:
            return units.appoint(self.actor, unit.id, username=username, name=name, password=password)

        problems, status = self._tried(appoint)
        if request.method == "POST" and not problems:
            return self._show("administration/unit_password.html", unit, "administrator", password=password)
        return self._show("administration/unit_administrator.html", unit, "administrator", problems=problems), status

    @expose("/<int:unit_id>/officers", methods=("GET", "POST"))
    def officers(self, unit_id: int) -> ResponseReturnValue:
        """The officers and their cards; one form adds or changes one of them."""
        unit = units.find_unit(self.actor, unit_id)
        chosen = number_of(request.values.get("officer", ""))

        def save() -> object:
            return units.save_officer(
                self.actor, unit.id, chosen, request.form.to_dict(), version=form_number("version")
            )

        problems, status = self._tried(save)
        if request.method == "POST" and not problems:
            flash(str(_("已保存。")), "ok")
            return redirect(self.get_url(".officers", unit_id=unit.id))
        everybody = units.officers_of(unit)
        officer = next((each for each in everybody if each.id == chosen), None)
        if chosen and officer is None:
            raise NotFound(_("本单位没有这名执法人员。"))
        return (
            self._show(
                "administration/unit_officers.html",
                unit,
                "officers",
                problems=problems,
                officers=everybody,
                officer=officer,
                standings=STANDINGS,
                today=clock.legal_day(clock.now()),
            ),
            status,
        )

    @expose("/<int:unit_id>/numbers", methods=("GET", "POST"))
    def numbers(self, unit_id: int) -> ResponseReturnValue:
        """Where the numbers of documents begin this year; they only go up."""
        unit, now = units.find_unit(self.actor, unit_id), clock.now()
        starts = {kind: request.form.get(kind, "") for kind in units.DOCUMENT_KINDS}

        def save() -> object:
            return units.state_starts(
                self.actor,
                unit.id,
                starts,
                version=form_number("version"),
                reason=request.form.get("reason", ""),
                now=now,
            )

        problems, status = self._tried(save)
        if request.method == "POST" and not problems:
            flash(str(_("已保存。")), "ok")
            return redirect(self.get_url(".check", unit_id=unit.id))
        year = clock.legal_day(now).year
        following = units.next_numbers(unit, year)
        page = self._show(
            "administration/unit_numbers.html",
            unit,
            "numbers",
            problems=problems,
            year=year,
            following=following,
            kinds=units.DOCUMENT_KINDS,
        )
        return page, status

    @expose("/<int:unit_id>/check", methods=("GET", "POST"))
    def check(self, unit_id: int) -> ResponseReturnValue:
        """What is still missing; enable the unit once nothing is."""
        unit = units.find_unit(self.actor, unit_id)
        now = clock.now()
        problems, status = self._tried(
            lambda: units.enable(self.actor, unit.id, version=form_number("version"), now=now)
        )
        if request.method == "POST" and not problems:
            flash(str(_("{name}已启用，本单位人员现在可以办理业务。", name=unit.name)), "ok")
            return redirect(self.get_url(".check", unit_id=unit.id))
        return self._show("administration/unit_check.html", unit, "check", problems=problems), status

    @expose("/<int:unit_id>/again", methods=("GET", "POST"))
    def again(self, unit_id: int) -> ResponseReturnValue:
        """Set the unit up anew, after saying what that resets and what it never touches."""
        unit, parts = units.find_unit(self.actor, unit_id), request.form.getlist("parts")
        return self._grave(
            unit,
            "administration/unit_again.html",
            lambda version, reason: units.reinitialise(self.actor, unit.id, parts, version=version, reason=reason),
            _("{name}已回到初始化中，核对各步内容后重新启用。", name=unit.name),
        )

    @expose("/<int:unit_id>/close", methods=("GET", "POST"))
    def close(self, unit_id: int) -> ResponseReturnValue:
        """Close the unit, after saying whom that shuts out."""
        unit = units.find_unit(self.actor, unit_id)
        return self._grave(
            unit,
            "administration/unit_close.html",
            lambda version, reason: units.close_unit(self.actor, unit.id, version=version, reason=reason),
            _("{name}已停用，其人员不能再登录，记录保留。", name=unit.name),
        )

    @expose("/<int:unit_id>/seal.png")
    def seal(self, unit_id: int) -> ResponseReturnValue:
        """The image of the seal, for those within whose reach the unit is."""
        unit = units.find_unit(self.actor, unit_id)
        stored = attachments.Attachment.get_or_none(attachments.Attachment.id == unit.seal)
        if stored is None:
            raise NotFound(_("还没有上传印章图片。"))
        return send_attachment(stored, inline=True)

    def _grave(self, unit: Unit, template: str, act: Callable[[int, str], object], said: object) -> ResponseReturnValue:
        """A page that says what an act does and asks for a reason; then the act."""
        problems, status = self._tried(lambda: act(form_number("version"), request.form.get("reason", "")))
        if request.method == "POST" and not problems:
            flash(str(said), "ok")
            return redirect(self.get_url(".check", unit_id=unit.id))
        return self._show(template, unit, "check", problems=problems), status

    def _step(self, unit: Unit, step: str, save: Callable[[], Unit]) -> ResponseReturnValue:
        saved: list[Unit] = []
        problems, status = self._tried(lambda: saved.append(save()))
        if saved and not problems:
            flash(str(_("已保存。")), "ok")
            return redirect(self._address("documents" if step == "unit" else "administrator", saved[0].id))
        page = self._show("administration/unit_particulars.html", unit, step, problems=problems, **self._choices(unit))
        return page, status

    def _choices(self, unit: Unit) -> dict[str, Any]:
        reach = units.units_of(self.actor)
        regions = [
            each for each in selectable_regions() if allowed(self.actor, MANAGE, Target(region=each.code)).allowed
        ]
        return {
            "particulars": units.PARTICULARS,
            "regions": regions,
            "parents": [each for each in reach if each.state != units.CLOSED and each.id != unit.id],
            "parent_fixed": unit.parent is not None and unit.parent not in reach,
            "written": units.written,
        }

    def _address(self, step: str, unit_id: int) -> str:
        return str(self.get_url(f".{step}", unit_id=unit_id))

    def _tried(self, act: Callable[[], object]) -> tuple[tuple[Problem, ...], int]:
        """Do what a form asks for; return what is wrong, and the status of the answer."""
        if request.method != "POST":
            return (), 200
        try:
            act()
        except Refused as refused:
            return refused.problems or (Problem("", "", refused.message, ""),), 422
        except Conflict as conflict:
            # The form comes back with what was typed and the version of now: sending it again is then a choice.
            return (Problem("", "", conflict.message, ""),), 409
        return (), 200

    def _show(self, template: str, unit: Unit, step: str, **values: Any) -> str:
        """Render a step below the steps of the whole set-up."""
        # Read again: a form that is shown after a refusal carries the version of now.
        unit = units.find_unit(self.actor, unit.id) if unit.id else unit
        checks = units.checklist(unit, clock.legal_day(clock.now())) if unit.id else []
        page: str = self.render(
            template,
            unit=unit,
            step=step,
            checks=checks,
            steps=[
                (str(label), *_state(code, step, checks), self._address(code, unit.id) if unit.id else "")
                for code, label in units.STEPS.items()
            ],
            address=self._address,
            labels=units.STEPS,
            parts=units.PARTS,
            state=STATES[unit.state],
            administrators=units.administrators_of(unit) if unit.id else [],
            people=accounts.User.select().where(accounts.User.unit == unit).count() if unit.id else 0,
            typed=request.form if values.get("problems") else None,
            **{"problems": (), **values},
        )
        return page


def _state(code: str, current: str, checks: list[Any]) -> tuple[str, str]:
    """Return the note below a step, and whether it is done, the current one or to do."""
    own = [each for each in checks if each.step == code]
    missing = sum(not each.passed for each in own)
    note = str(_("缺{count}项", count=missing)) if missing else ""
    if code == current:
        return note, "current"
    return note, "done" if own and not missing else "todo"


def waiting(actor: Actor) -> int:
    """Return how many units are being set up; one where there is none at all, which is then to be registered."""
    found = units.units_of(actor)
    return sum(unit.state == units.INITIALISING for unit in found) or int(not found)
