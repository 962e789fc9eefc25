"""``/healthz`` says the process lives, ``/readyz`` that everything it needs answers."""

import os
from collections.abc import Mapping

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from peewee import PeeweeException

from shuixin.contributions import HealthCheck
from shuixin.database import db
from shuixin.database.connection import ping
from shuixin.health.invariants import invariants
from shuixin.kit import clock
from shuixin.kit.calendar import missing_years
from shuixin.platform import Platform, current_platform
from shuixin.texts import domain

_ = domain("shuixin")
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer as long as the process can answer at all."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 when all checks pass, else 503; details stay inside (``shuixin health``)."""
    well = is_well(current_platform(), run_checks(current_platform()))
    return jsonify({"status": "ok" if well else "unready"}), 200 if well else 503


def run_checks(platform: Platform, *, every: bool = False) -> dict[str, str]:
    """Return each check's finding, ``""`` for well.

    :param every: ask the nightly ones too, which take long.
    """
    wrong = str(_("检查本身出错。"))
    return {
        check.name: platform.calls.call(plugin, "health_checks", check.function, default=wrong)
        if plugin
        else check.function()
        for plugin, check in _checks(platform)
        if every or not check.nightly
    }


def is_well(platform: Platform, results: Mapping[str, str]) -> bool:
    """Whether the platform can serve, whatever else its checks advise."""
    return not faults(platform, results)


def faults(platform: Platform, results: Mapping[str, str]) -> dict[str, str]:
    """Return those findings of *results* that are more than advice."""
    advisory = {check.name for _plugin, check in _checks(platform) if check.advisory}
    return {name: finding for name, finding in results.items() if finding and name not in advisory}


def _checks(platform: Platform) -> list[tuple[str, HealthCheck]]:
    """Return all checks with the plugin each belongs to, ``""`` for the core."""
    own = [
        HealthCheck("database", _database),
        HealthCheck("data_dir", lambda: _data_dir(platform)),
        HealthCheck("holidays", lambda: _holidays(platform), advisory=True),
        *invariants(platform),
    ]
    if platform.store.scanner is not None:
        own.append(HealthCheck("clamd", lambda: _scanner(platform), advisory=True, nightly=True))
    return [*(("", each) for each in own), *platform.loaded.contributions("health_checks")]


def _holidays(platform: Platform) -> str:
    """Say which year's days off nobody has entered, before terms reach into it."""
    try:
        missing = missing_years(platform.calendar.get(), clock.legal_day(clock.now()))
    except PeeweeException:
        return ""  # the database has a check of its own
    years = "、".join(map(str, missing))
    return str(_("没有录入{years}年的放假安排，期限无法计算到该年。", years=years)) if missing else ""


def _database() -> str:
    try:
        ping(db.obj)
    except PeeweeException:
        return str(_("数据库无法连接。"))
    return ""


def _data_dir(platform: Platform) -> str:
    folder = platform.settings.data_dir
    return "" if os.access(folder, os.W_OK) else str(_("数据目录{path}无法写入。", path=str(folder)))


def _scanner(platform: Platform) -> str:
    scanner = platform.store.scanner
    return "" if scanner is None or scanner.ping() else str(_("病毒检查服务没有应答，暂时不能上传文件。"))
