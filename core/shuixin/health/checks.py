"""``/healthz`` says the process lives, ``/readyz`` that everything it needs answers."""

import os

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from peewee import PeeweeException

from shuixin.contributions import HealthCheck
from shuixin.database import db
from shuixin.database.connection import ping
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
    results = run_checks(current_platform())
    well = not any(results.values())
    return jsonify({"status": "ok" if well else "unready"}), 200 if well else 503


def run_checks(platform: Platform) -> dict[str, str]:
    """Return each check's finding, ``""`` for well."""
    own = [HealthCheck("database", _database), HealthCheck("data_dir", lambda: _data_dir(platform))]
    results = {check.name: check.function() for check in own}
    for plugin, check in platform.loaded.contributions("health_checks"):
        wrong = str(_("检查本身出错。"))
        results[check.name] = platform.calls.call(plugin, "health_checks", check.function, default=wrong)
    return results


def _database() -> str:
    try:
        ping(db.obj)
    except PeeweeException:
        return str(_("数据库无法连接。"))
    return ""


def _data_dir(platform: Platform) -> str:
    folder = platform.settings.data_dir
    return "" if os.access(folder, os.W_OK) else str(_("数据目录{path}无法写入。", path=str(folder)))
