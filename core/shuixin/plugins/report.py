"""What people are told about plugins: one report per plugin, for the page, the command line and JSON alike."""

from dataclasses import asdict, dataclass
from typing import Any

from shuixin.contributions import Area
from shuixin.database import db
from shuixin.errors import NotFound
from shuixin.i18n import SOURCE, language_of
from shuixin.kit.graph import needed_by
from shuixin.plugins.discovery import Found, discover
from shuixin.plugins.inventory import assets_of
from shuixin.plugins.loader import Bundle, Loaded, missing
from shuixin.plugins.record import PluginRecord, State
from shuixin.plugins.state import accepted_versions, faults, known_plugins, suspended_plugins
from shuixin.texts import Text, domain

_ = domain("shuixin")


#: What ``plugins list --json`` says of each plugin.
BRIEF = ("id", "distribution", "version", "requires_core", "requires", "state", "stage", "reason")


@dataclass(frozen=True)
class HookTime:
    """What one hook of a plugin has cost in this process: calls, milliseconds in all and at worst, errors."""

    hook: str
    calls: int
    total_ms: float
    slowest_ms: float
    errors: int


@dataclass(frozen=True)
class FaultReport:
    """The newest fault of a plugin."""

    stage: str
    reason: str
    traceback: str
    count: int
    at: str
    by: str


@dataclass(frozen=True)
class PluginReport:
    """Everything known about one plugin.

    :param version: what is installed; ``running`` is what this process runs, ``in_use`` what people have taken into
        use. Where they differ an upgrade waits.
    :param dependents: installed plugins that require it.
    :param pending: steps of its schema history that were not applied.
    :param contributes: how many pages, office views, menu entries, roles, jobs and tables it brings; empty when off.
    :param remains: names of what it made in this installation, by kind.
    """

    id: str
    label: str
    description: str
    distribution: str
    version: str
    running: str
    in_use: str
    requires_core: str
    requires: tuple[str, ...]
    uses: tuple[str, ...]
    dependents: tuple[str, ...]
    state: str
    stage: str
    suspended: bool
    reason: str
    remedy: str
    traceback: str
    at: str
    pending: tuple[str, ...]
    contributes: dict[str, int]
    hooks: tuple[HookTime, ...]
    fault: FaultReport | None
    remains: dict[str, list[str]]

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)

    def in_brief(self) -> dict[str, Any]:
        """Return the shape promised for ``plugins list --json``."""
        return {key: value for key, value in asdict(self).items() if key in BRIEF}


def reports(loaded: Loaded) -> list[PluginReport]:
    """Return a report on every plugin that is installed, enabled, or has left something here; alphabetically."""
    found = discover()
    records = dict(loaded.records)
    for name, each in found.items():
        records.setdefault(name, each.record)
    for name in known_plugins() - set(records):
        records[name] = _gone(name)
    needs = needed_by({name: record.requires for name, record in records.items()})
    newest, suspended, accepted = _fault_reports(), suspended_plugins(), accepted_versions()
    return [
        _report(
            record,
            loaded,
            tuple(needs.get(name, ())),
            newest.get(name),
            name in suspended,
            _summary(found, name),
            found[name].record.version if name in found else record.version,
            accepted.get(name, ""),
        )
        for name, record in sorted(records.items())
    ]


def _summary(found: dict[str, Found], name: str) -> tuple[str, str]:
    """Return label and description of a plugin that is not imported, from its distribution's one line about itself.

    By convention that is ``标题：说明 / Title: description``, Chinese first; other lines are a description as they are.
    """
    distribution = found[name].entry.dist if name in found else None
    line = str(distribution.metadata["Summary"] or "") if distribution else ""
    chinese, _slash, english = line.partition(" / ")
    text = chinese if language_of() == SOURCE or not english else english
    label, colon, description = (part.strip() for part in text.replace("：", ":", 1).partition(":"))
    return (label, description) if colon else (name, text)


def report_on(loaded: Loaded, name: str) -> PluginReport:
    """Return the report on one plugin.

    :raises NotFound: nothing is known of it here.
    """
    for report in reports(loaded):
        if report.id == name:
            return report
    raise NotFound(_("没有名为{name}的插件，请用 shuixin plugins list 查看。", name=name))


def _gone(name: str) -> PluginRecord:
    """Return the record of a plugin that is neither installed nor on, but has left something here."""
    record = missing(name)
    record.reason = _("插件包已卸载，它的数据仍在。")
    return record


def _fault_reports() -> dict[str, FaultReport]:
    return {
        name: FaultReport(row.stage, row.reason, row.traceback, row.count, row.at.isoformat(), row.by)
        for name, row in faults().items()
    }


def _report(  # noqa: PLR0917 - one value each of what is known
    record: PluginRecord,
    loaded: Loaded,
    dependents: tuple[str, ...],
    fault: FaultReport | None,
    suspended: bool,
    summary: tuple[str, str],
    installed: str,
    in_use: str,
) -> PluginReport:
    bundle = loaded.bundles.get(record.id)
    reason, remedy, state = record.reason, record.remedy, record.state
    if record.running and record.running != installed:
        reason = _("已安装{version}，正在运行的是{running}。", version=installed, running=record.running)
        remedy = _("请在插件页核对后升级，或执行 shuixin plugins upgrade {id}。", id=record.id)
    if suspended and bundle is None:
        state, reason = State.FAILED, _("多次出错，已自动停用：{reason}", reason=fault.reason if fault else "")
        remedy = _("请查看错误详情，修复后重新启用。")
    return PluginReport(
        id=record.id,
        label=str(bundle.plugin.label) if bundle else summary[0],
        description=str(bundle.plugin.description) if bundle else summary[1],
        distribution=record.distribution,
        version=installed,
        running=record.running,
        in_use=in_use,
        requires_core=record.requires_core,
        requires=record.requires,
        uses=record.uses,
        dependents=dependents,
        state=state.value,
        stage=record.stage.value,
        suspended=suspended,
        reason=str(reason),
        remedy=str(remedy),
        traceback=record.traceback,
        at=record.at.isoformat() if record.at else "",
        pending=_pending(bundle),
        contributes=contributes(bundle) if bundle else {},
        hooks=_hooks(loaded, record.id),
        fault=fault,
        remains=assets_of(record.id),
    )


def _pending(bundle: Bundle | None) -> tuple[str, ...]:
    history = bundle.history() if bundle else None
    return tuple(history.pending(db.obj)) if history else ()


def _hooks(loaded: Loaded, plugin: str) -> tuple[HookTime, ...]:
    return tuple(
        HookTime(hook, meter.calls, round(meter.seconds * 1000, 2), round(meter.slowest * 1000, 2), meter.errors)
        for hook, meter in loaded.calls.of(plugin).items()
    )


#: What a plugin may bring, with the words for it.
WORDS: dict[str, Text] = {
    "pages": _("公开页面"),
    "workspace": _("企业页面"),
    "office": _("后台页面"),
    "menu": _("菜单项"),
    "roles": _("岗位"),
    "permissions": _("权限"),
    "jobs": _("任务"),
    "tables": _("数据表"),
}


#: The stages of loading in words.
STAGES: dict[str, Text] = {
    "discovered": _("已发现"),
    "compatible": _("版本相符"),
    "imported": _("导入代码"),
    "registered": _("登记内容"),
    "configured": _("读取设置"),
    "migrated": _("升级数据表"),
    "enabled": _("运行"),
}
#: What a plugin has made in the installation, in words.
KINDS: dict[str, Text] = {
    "table": _("数据表"),
    "index": _("检索索引"),
    "history": _("结构变更记录"),
    "permission": _("权限"),
    "role": _("岗位"),
    "job": _("任务"),
}


def contributes(bundle: Bundle) -> dict[str, int]:
    """Return how many things of each sort *bundle* brings, without those it brings none of."""
    counts = {
        "pages": sum(
            len(each.blueprint.deferred_functions)
            for hook in ("public_pages", "public_forms", "api_pages")
            for each in bundle.get(hook)
        ),
        "workspace": sum(len(each.blueprint.deferred_functions) for each in bundle.get("workspace_pages")),
        "office": len(bundle.get("office_views")),
        "menu": sum(1 for each in bundle.get("menu_items") if each.area is not Area.OFFICE),
        "roles": len(bundle.get("roles")),
        "permissions": len(bundle.get("permissions")),
        "jobs": len(bundle.get("jobs")),
        "tables": sum(len(each.classes) for each in bundle.get("models")),
    }
    return {kind: count for kind, count in counts.items() if count}
