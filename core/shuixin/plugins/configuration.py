"""A plugin's settings: from files, from the page, from the environment; later ones win key by key.

A plugin declares one :class:`SettingsModel`; from it come the checks at start and on saving, the form, the
documentation, and the names of the environment's variables.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import AliasChoices, BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from shuixin import audit
from shuixin.access import Actor, require
from shuixin.database import exclusive, transaction
from shuixin.errors import Conflict, Refused
from shuixin.kit.sealing import Sealer
from shuixin.plugins.permissions import MANAGE
from shuixin.plugins.state import next_generation
from shuixin.plugins.tables import PluginSettings
from shuixin.settings import Settings
from shuixin.settings.problems import problems_of
from shuixin.texts import Text, domain

_ = domain("shuixin")
ENVIRONMENT = "SHUIXIN_PLUGINS__"
#: The layers, weakest first, with the words for the page.
LAYERS = (_("设置文件"), _("本页面"), _("环境变量"))
Layers = tuple[Mapping[str, Any], ...]


class SettingsModel(BaseModel):
    """Base of a plugin's settings.

    ``Field(title=_("…").source, description=…)`` gives the words of the form; ``SecretStr`` is sealed and never shown;
    ``validation_alias=AliasChoices("new", "old")`` keeps the old name of a renamed setting working.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def layers_of(settings: Settings, sealer: Sealer) -> dict[str, Layers]:
    """Return the layers of all plugins that have any, secrets opened."""
    saved = {row.plugin: _opened(row.data, sealer) for row in PluginSettings.select()}
    environment = _environment()
    names = {*settings.plugins, *saved, *environment}
    return {name: (settings.plugins.get(name, {}), saved.get(name, {}), environment.get(name, {})) for name in names}


def merged(model: type[BaseModel], layers: Layers) -> dict[str, Any]:
    """Return one table: old names of settings turned into new ones, later layers winning."""
    old = _old_names(model)
    return {old.get(key, key): value for layer in layers for key, value in layer.items()}


def _old_names(model: type[BaseModel]) -> dict[str, str]:
    return {
        str(old): name
        for name, field in model.model_fields.items()
        if isinstance(field.validation_alias, AliasChoices)
        for old in field.validation_alias.choices
        if old != name
    }


def _opened(data: Mapping[str, Any], sealer: Sealer) -> dict[str, Any]:
    return {
        key: sealer.open(value) if isinstance(value, str) and Sealer.is_sealed(value) else value
        for key, value in data.items()
    }


def _environment() -> dict[str, dict[str, str]]:
    """Return what the environment says: ``SHUIXIN_PLUGINS__NEWS__PAGE_SIZE=20`` sets ``page_size`` of ``news``."""
    found: dict[str, dict[str, str]] = {}
    for name, value in os.environ.items():
        plugin, _parts, key = name.upper().removeprefix(ENVIRONMENT).partition("__")
        if name.upper().startswith(ENVIRONMENT) and key:
            found.setdefault(plugin.lower(), {})[key.lower()] = value
    return found


@dataclass(frozen=True)
class Setting:
    """One setting as the form and the documentation show it.

    :param kind: ``flag``, ``number``, ``choice``, ``secret`` or ``text``.
    :param value: what holds now, as text; always ``""`` for a secret.
    :param source: where it comes from; a setting from the environment cannot be changed in the page.
    """

    name: str
    label: Text | str
    help: Text | str
    kind: str
    default: str
    value: str
    choices: tuple[str, ...]
    source: Text
    fixed: bool
    is_set: bool


def settings_of(plugin: str, model: type[BaseModel], layers: Layers) -> list[Setting]:
    """Return all settings of *plugin* with their present values."""
    tables = [merged(model, (layer,)) for layer in layers] or [{}, {}, {}]
    return [_setting(plugin, name, field, tables) for name, field in model.model_fields.items()]


def _setting(plugin: str, name: str, field: FieldInfo, tables: list[dict[str, Any]]) -> Setting:
    holders = [index for index, table in enumerate(tables) if name in table]
    default = "" if field.is_required() else as_text(field.get_default(call_default_factory=True))
    kind = kind_of(field)
    value = as_text(tables[holders[-1]][name]) if holders else default
    return Setting(
        name=name,
        label=Text(plugin, field.title) if field.title else name,
        help=Text(plugin, field.description) if field.description else "",
        kind=kind,
        default="" if kind == "secret" else default,
        value="" if kind == "secret" else value,
        choices=tuple(str(each) for each in get_args(field.annotation)) if kind == "choice" else (),
        source=LAYERS[holders[-1]] if holders else _("默认值"),
        fixed=bool(holders) and holders[-1] == len(LAYERS) - 1,
        is_set=bool(holders),
    )


def kind_of(field: FieldInfo) -> str:
    """Return which control a setting needs."""
    annotation = field.annotation
    if annotation is bool:
        return "flag"
    if annotation in (int, float):
        return "number"
    if annotation is SecretStr:
        return "secret"
    return "choice" if getattr(annotation, "__origin__", None) is not None and _literal(annotation) else "text"


def _literal(annotation: Any) -> bool:
    return str(annotation).startswith("typing.Literal")


def as_text(value: Any) -> str:
    """Return a value as the form shows it; lists one per line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "\n".join(str(each) for each in value)
    return "" if value is None or isinstance(value, SecretStr) else str(value)


def saved_version(plugin: str) -> int:
    """Return the version of what was saved in the page, 0 if nothing was."""
    row = PluginSettings.get_or_none(PluginSettings.plugin == plugin)
    return row.version if row else 0


def save_settings(
    actor: Actor,
    plugin: str,
    model: type[BaseModel],
    typed: Mapping[str, str],
    *,
    version: int,
    settings: Settings,
    sealer: Sealer,
) -> None:
    """Check and keep what was typed for *plugin*; all workers take it up with the next generation.

    An empty secret keeps the one that is there.

    :raises Refused: with every value that does not fit; nothing was kept.
    :raises Conflict: somebody saved since the form was shown.
    """
    require(actor, MANAGE)
    with transaction():
        exclusive(f"plugin settings {plugin}")
        row = PluginSettings.get_or_none(PluginSettings.plugin == plugin)
        if (row.version if row else 0) != version:
            raise Conflict(_("设置已被他人修改，请刷新页面后重新填写。"))
        before = dict(row.data) if row else {}
        files, environment = settings.plugins.get(plugin, {}), _environment().get(plugin, {})
        after = _without_repetition(model, files, {**before, **_read(model, typed, sealer)})
        try:
            model(**merged(model, (files, _opened(after, sealer), environment)))
        except ValidationError as error:
            raise Refused(_("设置项不正确，未保存。"), problems_of(error)) from error
        PluginSettings.insert(plugin=plugin, version=version + 1, data=after).on_conflict(
            conflict_target=[PluginSettings.plugin],
            update={PluginSettings.version: version + 1, PluginSettings.data: after},
        ).execute()
        next_generation()
        audit.append(actor, "plugin.settings", "plugin", plugin, _difference(before, after, actor.origin))


def _without_repetition(model: type[BaseModel], files: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return *values* without those that say what file or default say anyway, so that a later change there counts."""
    said = {each.name: each.value for each in settings_of("", model, (files,))}
    return {
        key: value for key, value in values.items() if as_text(value) != said.get(key) or Sealer.is_sealed(str(value))
    }


def _read(model: type[BaseModel], typed: Mapping[str, str], sealer: Sealer) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind, text = kind_of(field), typed.get(name, "").replace("\r\n", "\n").strip()
        if kind == "flag":
            values[name] = name in typed and text != "false"
        elif name in typed and kind == "secret":
            if text:
                values[name] = sealer.seal(text)
        elif name in typed:
            values[name] = text.split("\n") if str(field.annotation).startswith(("list", "tuple")) else text
    return values


def _difference(before: dict[str, Any], after: dict[str, Any], origin: str) -> dict[str, Any]:
    """Return what changed, secrets as stars."""
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {
        "origin": origin,
        "before": {key: _masked(before.get(key)) for key in changed},
        "after": {key: _masked(after.get(key)) for key in changed},
    }


def _masked(value: Any) -> Any:
    return "******" if isinstance(value, str) and Sealer.is_sealed(value) else value
