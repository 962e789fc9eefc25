"""Removing a plugin's data for good: a plan, an archive, then nothing is left.

It works from the inventory, so the package need not be installed any more. The audit chain alone keeps its entries:
nothing is ever taken out of it (docs/decisions/0008).
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peewee import Table

from shuixin import audit
from shuixin.access import Actor, require
from shuixin.accounts.models import MadeRole, RightUse, RoleGrant
from shuixin.database import db, transaction
from shuixin.errors import Refused
from shuixin.jobs.models import JobRequest, JobRun
from shuixin.kit import clock
from shuixin.kit.attachments import Attachment, Store
from shuixin.kit.numbering import Counter, VoidedNumber
from shuixin.kit.search import Index
from shuixin.plugins.inventory import assets_of, roles_of_nobody_else
from shuixin.plugins.permissions import MANAGE
from shuixin.plugins.state import enabled_plugins, known_plugins
from shuixin.plugins.tables import PluginAsset, PluginFault, PluginSettings, PluginSwitch
from shuixin.texts import Text, domain

_ = domain("shuixin")


@dataclass(frozen=True)
class PurgePlan:
    """What a purge would remove.

    :param tables: (table, rows), referring tables first.
    :param counts: (what, how many) of everything else.
    :param obstacle: why it cannot be done now; ``None`` if it can.
    """

    plugin: str
    tables: tuple[tuple[str, int], ...]
    indexes: tuple[str, ...]
    roles: tuple[str, ...]
    counts: tuple[tuple[Text, int], ...]
    files: int
    obstacle: Text | None


def plan_purge(plugin: str) -> PurgePlan:
    """Return what purging *plugin* would remove, and what stands in the way.

    :raises Refused: this installation knows nothing of such a plugin.
    """
    assets = assets_of(plugin)
    if not assets and plugin not in known_plugins():
        raise Refused(_("本系统没有插件{name}留下的数据。", name=plugin))
    existing = set(db.get_tables())
    names = [name for name in (*assets.get("table", ()), *assets.get("history", ())) if name in existing]
    roles = roles_of_nobody_else(plugin)
    return PurgePlan(
        plugin=plugin,
        tables=tuple((name, _rows(name)) for name in _referring_first(names)),
        indexes=tuple(name for name in assets.get("index", ()) if name in existing),
        roles=tuple(roles),
        counts=(
            (_("岗位授权"), RoleGrant.select().where(RoleGrant.role.in_(roles)).count()),
            (
                _("任务记录"),
                sum(model.select().where(_own(model.name, plugin)).count() for model in (JobRun, JobRequest)),
            ),
            (_("编号序列"), Counter.select().where(_own(Counter.key, plugin)).count()),
            (_("保存的设置"), PluginSettings.select().where(PluginSettings.plugin == plugin).count()),
        ),
        files=_attachments(plugin).count(),
        obstacle=_obstacle(plugin, names),
    )


def _own(field: Any, plugin: str) -> Any:
    """Return the condition that a dotted name belongs to *plugin*."""
    return field.startswith(f"{plugin}.")


def _attachments(plugin: str) -> Any:
    return Attachment.select().where(_own(Attachment.owner_kind, plugin))


def _rows(table: str) -> int:
    return int(Table(table).bind(db.obj).select().count())


def _references(table: str) -> set[str]:
    return {each.dest_table for each in db.get_foreign_keys(table)} - {table}


def _referring_first(tables: list[str]) -> list[str]:
    waiting, order = sorted(tables), list[str]()
    while waiting:
        free = next((one for one in waiting if not any(one in _references(other) for other in waiting)), waiting[0])
        waiting.remove(free)
        order.append(free)
    return order


def _obstacle(plugin: str, tables: list[str]) -> Text | None:
    if plugin in enabled_plugins():
        return _("插件正在使用，请先停用再清除。")
    foreign = sorted(other for other in set(db.get_tables()) - set(tables) if _references(other) & set(tables))
    if foreign:
        return _("其他表{names}引用了它的数据，请先清除拥有这些表的插件。", names="、".join(foreign))
    return None


def purge(actor: Actor, plugin: str, *, confirm: str, store: Store, folder: Path) -> Path:
    """Export everything of *plugin* to an archive below *folder*, remove it, and return the archive.

    :param confirm: the plugin's id as typed by a person.
    :raises Refused: the name was not typed, the plugin is on, or others refer to its data; nothing was removed.
    """
    require(actor, MANAGE)
    plan = plan_purge(plugin)
    if confirm.strip() != plugin:
        raise Refused(_("请输入插件编号{name}确认清除；未清除任何数据。", name=plugin))
    if plan.obstacle:
        raise Refused(plan.obstacle)
    attachments = list(_attachments(plugin))
    with transaction():
        archive = _export(plan, attachments, store, folder)
        for attachment in attachments:
            store.delete(attachment)
        _remove(plan)
        # Only counts here: what was removed must not live on in the log.
        removed = {"tables": len(plan.tables), "rows": sum(rows for _table, rows in plan.tables), "files": plan.files}
        detail = {"origin": actor.origin, "archive": archive.name, "removed": removed}
        audit.append(actor, "plugin.purge", "plugin", plugin, detail)
    return archive


def _remove(plan: PurgePlan) -> None:
    for name in plan.indexes:
        Index(name).drop(db.obj)
    for name, _count in plan.tables:
        _drop(name)
    plugin = plan.plugin
    RoleGrant.delete().where(RoleGrant.role.in_(plan.roles)).execute()
    RightUse.delete().where(_own(RightUse.permission, plugin)).execute()
    for role in MadeRole.select():
        left = [code for code in role.permissions if not code.startswith(f"{plugin}.")]
        if left != role.permissions:
            role.save_if(role.row_version, permissions=left)
    for model in (JobRun, JobRequest):
        model.delete().where(_own(model.name, plugin)).execute()
    for series in (Counter, VoidedNumber):
        series.delete().where(_own(series.key, plugin)).execute()
    for memory in (PluginSettings, PluginFault, PluginAsset, PluginSwitch):
        memory.delete().where(memory.plugin == plugin).execute()


def _drop(table: str) -> None:
    class Doomed(PluginAsset):  # any model; only its table counts
        class Meta:
            table_name = table

    Doomed.drop_table(safe=True)


def _export(plan: PurgePlan, attachments: list[Attachment], store: Store, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    archive = folder / f"purged-{plan.plugin}-{clock.now():%Y%m%dT%H%M%SZ}.zip"
    archive.touch(mode=0o600)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for table, _count in plan.tables:
            with made.open(f"{table}.jsonl", "w") as file:
                for line in _lines(table):
                    file.write(line.encode())
        for attachment in attachments:
            path = store.path_of(attachment)
            if path.is_file():
                made.write(path, f"files/{attachment.id}.{attachment.extension}")
        facts: dict[str, Any] = {
            "plugin": plan.plugin,
            "at": clock.now().isoformat(),
            "inventory": assets_of(plan.plugin),
        }
        facts["files"] = [{"id": each.id, "name": each.original_name, "of": each.owner_key} for each in attachments]
        made.writestr("plan.json", json.dumps(facts, ensure_ascii=False, indent=2))
    return archive


def _lines(table: str) -> Iterator[str]:
    for row in Table(table).bind(db.obj).select().dicts().iterator():
        yield json.dumps(row, ensure_ascii=False, default=str) + "\n"
