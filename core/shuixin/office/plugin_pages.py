"""The plugins page (插件管理): what runs, what does not and why; the same functions as the command line."""

from typing import Any

from flask import Response, flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from shuixin.errors import NotFound, Refused, ShuixinError
from shuixin.jobs import JobRun, parked, request_job
from shuixin.office.bases import OfficePage, expose
from shuixin.pages.addresses import form_number
from shuixin.platform import Platform, circumstances_of, current_platform
from shuixin.plugins import current_generation, discover, enabled_plugins, load_plugins
from shuixin.plugins.configuration import SettingsModel, layers_of, save_settings, saved_version, settings_of
from shuixin.plugins.lifecycle import (
    Change,
    disable,
    enable,
    leave_safe_mode,
    plan_disable,
    plan_enable,
    plan_upgrade,
    rebuild,
    upgrade,
    waiting_versions,
)
from shuixin.plugins.purge import plan_purge, purge
from shuixin.plugins.report import KINDS, STAGES, WORDS, PluginReport, contributes, report_on, reports
from shuixin.plugins.state import safe_since
from shuixin.plugins.trial import in_own_process
from shuixin.texts import domain

_ = domain("shuixin")


class PluginsPage(OfficePage):
    """Plugins with state and reason; each change is shown before it is made."""

    @expose("/")
    def index(self) -> str:
        """Show all known plugins, and beside them what a switch that was asked for would change."""
        platform = current_platform()
        found = reports(platform.loaded)
        page: str = self.render(
            "shuixin/office/plugins.html",
            reports=found,
            words=WORDS,
            change=self._change(found),
            upgrading=self._upgrading(found),
            waiting=waiting_versions(discover()),
            switching=platform.generation != current_generation(),
            safe_since=safe_since(),
            enabled=enabled_plugins(),
            configurable=self._configurable(platform),
        )
        return page

    @staticmethod
    def _configurable(platform: Platform) -> set[str]:
        return {name for name, bundle in platform.loaded.bundles.items() if bundle.get("settings_model")}

    def _change(self, found: list[PluginReport]) -> dict[str, Any] | None:
        """Return what the switch named in the address would do; ``None`` if it names none."""
        name, on = request.args.get("plugin", ""), request.args.get("on") == "1"
        if not name:
            return None
        try:
            plan = plan_enable(name) if on else plan_disable(name)
        except ShuixinError as error:
            flash(str(error), "error")
            return None
        labels = {report.id: report.label for report in found}
        return {"plan": plan, "labels": labels, "brings": _brings(plan)}

    @staticmethod
    def _upgrading(found: list[PluginReport]) -> dict[str, Any] | None:
        """Return what the upgrade named in the address would do; ``None`` if it names none."""
        name = request.args.get("upgrade", "")
        if not name:
            return None
        try:
            plan = plan_upgrade(name)
        except ShuixinError as error:
            flash(str(error), "error")
            return None
        return {"plan": plan, "reports": {report.id: report for report in found}}

    @expose("/upgrade", methods=("POST",))
    def upgrade(self) -> ResponseReturnValue:
        """Take an installed version into use; it is tried out in a process of its own first."""
        name, note = request.form.get("plugin", ""), request.form.get("note", "").strip()[:200]
        return self.carry_out(
            lambda: upgrade(self.actor, name, trial=in_own_process, note=note),
            lambda plan: _(
                "已升级到{names}，2秒内生效。", names="、".join(f"{each} {new}" for each, _old, new in plan.versions)
            ),
        )

    @expose("/switch", methods=("POST",))
    def switch(self) -> ResponseReturnValue:
        """Switch one plugin; the new application takes over within two seconds."""
        name, note = request.form.get("plugin", ""), request.form.get("note", "").strip()[:200]
        if request.form.get("on") == "1":
            circumstances = circumstances_of(current_platform().settings, schema=False)
            return self.carry_out(
                lambda: enable(self.actor, name, circumstances=circumstances, note=note),
                lambda changed: _("已启用{names}，2秒内生效。", names="、".join(changed) or name),
            )
        cascade = request.form.get("cascade") == "1"
        return self.carry_out(
            lambda: disable(self.actor, name, cascade=cascade, note=note),
            lambda changed: _("已停用{names}，2秒内生效，数据保留。", names="、".join(changed) or name),
        )

    @expose("/rebuild", methods=("POST",))
    def rebuild(self) -> ResponseReturnValue:
        """Look at the installed packages anew, in all workers."""
        rebuild(self.actor)
        flash(str(_("正在重新检查全部插件，请稍后刷新本页。")), "ok")
        return redirect(self.get_url(".index"))

    @expose("/leave-safe-mode", methods=("POST",))
    def leave(self) -> ResponseReturnValue:
        """End safe mode."""
        leave_safe_mode(self.actor)
        flash(str(_("已退出安全模式，2秒内装入全部已启用的插件。")), "ok")
        return redirect(self.get_url(".index"))

    @expose("/health.json")
    def health(self) -> Response:
        """All reports as JSON, for monitoring by people who may see this page."""
        platform = current_platform()
        found = [report.as_json() for report in reports(platform.loaded)]
        return jsonify({"generation": platform.generation, "safe_mode": platform.safe_reason, "plugins": found})

    @expose("/<plugin>/")
    def detail(self, plugin: str) -> str:
        """One plugin: stages, faults, times, what it needs and what it has left here."""
        report = report_on(current_platform().loaded, plugin)
        jobs = [job for owner, job in current_platform().loaded.contributions("jobs") if owner == plugin]
        page: str = self.render(
            "shuixin/office/plugin.html",
            report=report,
            stages=STAGES,
            kinds=KINDS,
            jobs=[(job, _last_run(job.name)) for job in jobs],
            parked=[each for each in parked({job.name for job in jobs}) if each.name.startswith(f"{plugin}.")],
            has_settings=plugin in self._configurable(current_platform()),
        )
        return page

    @expose("/<plugin>/jobs", methods=("POST",))
    def run(self, plugin: str) -> ResponseReturnValue:
        """Ask for one run of a job of the plugin."""
        job = request.form.get("job", "")
        if not job.startswith(f"{plugin}."):
            raise NotFound(_("没有这个任务。"))
        request_job(self.actor, job)
        flash(str(_("已登记，任务进程将在几秒内执行。")), "ok")
        return redirect(self.get_url(".detail", plugin=plugin))

    @expose("/<plugin>/settings", methods=("GET", "POST"))
    def settings(self, plugin: str) -> ResponseReturnValue:
        """The form of a plugin's settings, made from its model."""
        platform = current_platform()
        bundle = platform.loaded.bundles.get(plugin)
        models = bundle.get("settings_model") if bundle else ()
        if not models:
            raise NotFound(_("该插件没有设置项，或尚未启用。"))
        problems = self._save(plugin, models[0]) if request.method == "POST" else None
        if problems is None and request.method == "POST":
            return redirect(self.get_url(".detail", plugin=plugin))
        layers = layers_of(platform.settings, platform.sealer).get(plugin, ())
        page: str = self.render(
            "shuixin/office/plugin_settings.html",
            report=report_on(current_platform().loaded, plugin),
            settings=settings_of(plugin, models[0], layers),
            version=saved_version(plugin),
            problems=problems or [],
            typed=request.form,
        )
        return page, 422 if problems else 200

    def _save(self, name: str, model: type[SettingsModel]) -> list[Any] | None:
        platform = current_platform()
        try:
            save_settings(
                self.actor,
                name,
                model,
                request.form,
                version=form_number("version"),
                settings=platform.settings,
                sealer=platform.sealer,
            )
        except Refused as error:
            return list(error.problems)
        flash(str(_("设置已保存，2秒内生效。")), "ok")
        return None

    @expose("/<plugin>/purge", methods=("GET", "POST"))
    def purge(self, plugin: str) -> ResponseReturnValue:
        """Show what a purge would remove; remove it once the plugin's id was typed."""
        platform = current_platform()
        plan, problem = plan_purge(plugin), ""
        if request.method == "POST":
            try:
                archive = purge(
                    self.actor,
                    plugin,
                    confirm=request.form.get("confirm", ""),
                    store=platform.store,
                    folder=platform.settings.archives,
                )
            except Refused as error:
                problem = str(error)
            else:
                flash(str(_("已清除{name}，数据已导出到服务器的{path}。", name=plugin, path=str(archive))), "ok")
                return redirect(self.get_url(".index"))
        page: str = self.render("shuixin/office/plugin_purge.html", plan=plan, problem=problem)
        return page, 422 if problem else 200


def _last_run(name: str) -> JobRun | None:
    run: JobRun | None = JobRun.select().where(JobRun.name == name).order_by(JobRun.id.desc()).first()
    return run


def _brings(plan: Change) -> dict[str, int]:
    """Return what would come or go, counted over all plugins that would be switched."""
    loaded = current_platform().loaded
    if plan.on and not plan.absent:
        circumstances = circumstances_of(current_platform().settings, schema=False)
        loaded = load_plugins(discover(), enabled_plugins() | set(plan.changed), circumstances)
    totals: dict[str, int] = {}
    for name in plan.changed:
        bundle = loaded.bundles.get(name)
        for kind, count in contributes(bundle).items() if bundle else ():
            totals[kind] = totals.get(kind, 0) + count
    return totals
