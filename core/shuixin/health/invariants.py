"""What must hold whatever happened: the job ``shuixin.invariants`` looks at it every night."""

from peewee import JOIN, Model

from shuixin.contributions import HealthCheck
from shuixin.kit.attachments import Attachment
from shuixin.platform import Platform
from shuixin.texts import domain

_ = domain("shuixin")


def invariants(platform: Platform) -> tuple[HealthCheck, ...]:
    """Return the platform's own; plugins add theirs as health checks that are ``nightly``."""
    return (
        HealthCheck("references", lambda: _references(platform), nightly=True),
        HealthCheck("files", lambda: _files(platform), nightly=True),
    )


def _references(platform: Platform) -> str:
    from shuixin.models import core_models  # it imports the jobs, and one of them this module

    models: list[type[Model]] = [*core_models()]
    for _plugin, part in platform.loaded.contributions("models"):
        models += part.classes
    counts = {f"{model._meta.table_name}.{name}": lost for model in models for name, lost in _lost(model).items()}
    found = [_("{place}有{count}行", place=place, count=count) for place, count in counts.items() if count]
    return str(_("引用了不存在的记录：{places}。", places="、".join(map(str, found)))) if found else ""


def _lost(model: type[Model]) -> dict[str, int]:
    """Return how many rows refer to nothing, by the field that refers."""
    counts = {}
    for field in model._meta.refs:
        other = field.rel_model.alias()
        target = getattr(other, field.rel_field.name)
        rows = model.select().join(other, JOIN.LEFT_OUTER, on=(field == target))
        counts[field.name] = int(rows.where(field.is_null(False), target.is_null()).count())
    return counts


def _files(platform: Platform) -> str:
    lost = [row.id for row in Attachment.select().iterator() if not _is_there(platform, row)]
    if not lost:
        return ""
    return str(_("{count}份附件的文件丢失或大小不符，如{first}，请从备份恢复。", count=len(lost), first=lost[0]))


def _is_there(platform: Platform, row: Attachment) -> bool:
    try:
        return bool(platform.store.path_of(row).stat().st_size == row.size)
    except OSError:
        return False
