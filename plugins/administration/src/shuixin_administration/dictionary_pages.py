"""Code lists (数据字典) in the back office."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Conflict,
    OfficePage,
    Problem,
    Refused,
    Text,
    clock,
    code_list,
    current_platform,
    dictionaries,
    domain,
    expose,
    form_number,
    require,
)
from shuixin_administration.permissions import DICTIONARIES
from shuixin_administration.services import dictionaries as services

_ = domain("administration")


class DictionariesPage(OfficePage):
    """The lists, the entries of one, and one entry with what can be done to it."""

    @expose("/")
    def index(self) -> str:
        """Show all lists."""
        today = clock.legal_day(clock.now())
        lists = [
            {
                "name": of.name,
                "label": of.label,
                "owner": _owner(plugin),
                "offered": len(code_list(of.name).labels(today)),
                "all": len(code_list(of.name).entries),
            }
            for plugin, of in services.all_lists()
        ]
        page: str = self.render("administration/dictionaries.html", lists=lists)
        return page

    @expose("/list")
    def list(self) -> str:
        """Show the entries of one list."""
        name = request.args.get("name", "")
        plugin, of = services.find_list(name)
        page: str = self.render(
            "administration/dictionary.html",
            of=of,
            owner=_owner(plugin),
            rows=services.rows_of(self.actor, name),
            today=clock.legal_day(clock.now()),
            may_change=self.actor.holds(DICTIONARIES),
        )
        return page

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """Add an entry."""
        name = request.values.get("name", "")
        of = services.find_list(name)[1]
        require(self.actor, DICTIONARIES)
        now = clock.now()
        if request.method == "GET":
            last = max((each.order for each in code_list(name).entries), default=0)
            typed = {"first": clock.legal_day(now).isoformat(), "order": str(last + 10)}
            return self._form(of, None, typed)
        return self._done(
            of,
            lambda: services.add_entry(self.actor, name, request.form, now),
            _("已新增“{label}”。", label=request.form.get("label", "").strip()),
        )

    @expose("/entry", methods=("GET", "POST"))
    def entry(self) -> ResponseReturnValue:
        """Show one entry, or do one thing to it."""
        name, code = request.values.get("name", ""), request.values.get("code", "")
        of = services.find_list(name)[1]
        row = services.row_of(self.actor, name, code)
        if request.method == "GET":
            return self._form(of, row, _typed(row.entry))
        require(self.actor, DICTIONARIES)
        now, version = clock.now(), form_number("version")
        where: dict[str, Any] = {"name": name, "code": code, "version": version, "now": now}
        acts: Mapping[str, Callable[[], None]] = {
            "change": lambda: services.change_entry(self.actor, typed=request.form, **where),
            "end": lambda: services.end_entry(self.actor, typed=request.form, **where),
            "restore": lambda: services.restore_entry(self.actor, **where),
            "remove": lambda: services.remove_entry(self.actor, **where),
        }
        label = row.entry.wordings[-1].label
        said = {
            "change": _("已保存“{label}”。", label=request.form.get("label", "").strip()),
            "end": _("已停用“{label}”，已有的记录不受影响。", label=label),
            "restore": _("已恢复“{label}”。", label=label),
            "remove": _("已删除“{label}”。", label=label),
        }
        act = request.form.get("act", "change")
        return self._done(of, acts.get(act, acts["change"]), said.get(act, said["change"]), row)

    def _done(
        self, of: Any, act: Callable[[], None], said: Text, row: services.Row | None = None
    ) -> ResponseReturnValue:
        """Act and go back to the list; or show the form again with what was typed and what is wrong with it."""
        try:
            act()
        except Refused as refused:
            problems = refused.problems or (Problem("", "", refused.message, ""),)
            return self._form(of, row, request.form.to_dict(), problems), 422
        except Conflict:
            rule = _("这一条刚被他人更改。")
            problem = Problem("", "", rule, _("您填写的内容还在，请与现有内容核对后再保存。"))
            fresh = services.row_of(self.actor, of.name, row.entry.code) if row else None
            return self._form(of, fresh, request.form.to_dict(), (problem,)), 409
        flash(str(said), "ok")
        return redirect(self.get_url(".list", name=of.name))

    def _form(
        self, of: Any, row: services.Row | None, typed: Mapping[str, str], problems: tuple[Problem, ...] = ()
    ) -> str:
        page: str = self.render(
            "administration/dictionary_entry.html",
            of=of,
            row=row,
            typed={**_typed(row.entry), **typed} if row else typed,
            problems=problems,
            today=clock.legal_day(clock.now()),
            may_change=self.actor.holds(DICTIONARIES),
        )
        return page


def _typed(entry: dictionaries.Entry) -> dict[str, str]:
    """Return *entry* as its form shows it."""
    newest = entry.wordings[-1]
    return {
        "label": newest.label,
        "writings": "\n".join(newest.writings),
        "order": str(entry.order),
        "parent": entry.parent,
        "basis": entry.basis,
    }


def _owner(plugin: str) -> str:
    bundle = current_platform().loaded.bundles.get(plugin)
    return str(bundle.plugin.label or plugin) if bundle else plugin
