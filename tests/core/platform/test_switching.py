"""Switching plugins on and off: by services, by the page, and in a running server, which swaps applications."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from peewee import OperationalError
from playhouse.pool import MaxConnectionsExceeded

from shuixin import wsgi
from shuixin.access import Actor, system_actor
from shuixin.audit import AuditEntry
from shuixin.errors import Forbidden, Refused
from shuixin.plugins import Circumstances, current_generation, enabled_plugins
from shuixin.plugins.lifecycle import disable, enable
from shuixin.settings import Settings

SYSTEM = system_actor("测试")
ALL = {"administration", "credit_collection", "credit_publish", "news", "registration"}


def switch(actor: Actor, plugin: str, *, on: bool, cascade: bool = False) -> list[str]:
    return enable(actor, plugin, circumstances=Circumstances()) if on else disable(actor, plugin, cascade=cascade)


def test_switching_counts_the_generation_and_is_recorded(platform_app: Flask) -> None:
    before = current_generation()
    assert switch(SYSTEM, "news", on=False) == ["news"]
    assert (enabled_plugins(), current_generation()) == (ALL - {"news"}, before + 1)
    assert switch(SYSTEM, "news", on=False) == []
    assert current_generation() == before + 1, "nothing changed, nobody need rebuild"
    switch(SYSTEM, "news", on=True)
    actions = [entry.action for entry in AuditEntry.select().where(AuditEntry.object_key == "news")]
    assert actions == ["plugin.disable", "plugin.enable"]


def test_what_others_need_is_not_switched_off_alone(platform_app: Flask) -> None:
    with pytest.raises(Refused, match="credit_publish依赖此插件"):
        switch(SYSTEM, "credit_collection", on=False)
    assert enabled_plugins() == ALL
    assert switch(SYSTEM, "credit_collection", on=False, cascade=True) == ["credit_collection", "credit_publish"]
    assert switch(SYSTEM, "credit_publish", on=True) == ["credit_collection", "credit_publish"], "with what it requires"


def test_who_may_not_manage_plugins_switches_nothing(actor_as: Callable[..., Actor]) -> None:
    for role in ("reviewer", "leader", "editor", "enterprise"):
        with pytest.raises(Forbidden):
            switch(actor_as(role), "news", on=False)
    with pytest.raises(Refused, match="没有名为nonsense的插件"):
        switch(actor_as("administrator"), "nonsense", on=True)
    assert enabled_plugins() == ALL


def _get(board: wsgi.Switchboard, path: str) -> int:
    """Answer one request in a thread of its own, as a server would, and return the status."""
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    seen: list[int] = []

    def run() -> None:
        body, status, _headers = run_wsgi_app(board, EnvironBuilder(path).get_environ(), buffered=True)
        seen.append(int(status.split()[0]))
        b"".join(body)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return seen[0]


def _until(board: wsgi.Switchboard, path: str, status: int) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if _get(board, path) == status:
            return True
        time.sleep(0.05)
    return False


def test_a_running_server_follows_without_an_error(
    settings: Settings, platform_app: Flask, monkeypatch: Any, switchboard: Callable[..., wsgi.Switchboard]
) -> None:
    monkeypatch.setattr(wsgi, "INTERVAL", 0.0)
    board = switchboard(settings)
    assert (_get(board, "/news/"), _get(board, "/credit/")) == (200, 200)
    switch(SYSTEM, "news", on=False)
    statuses: set[int] = set()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            statuses.add(_get(board, "/credit/"))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        assert _until(board, "/news/", 404)
        switch(SYSTEM, "news", on=True)
        assert _until(board, "/news/", 200)
    finally:
        stop.set()
        asking.join()
    assert statuses == {200}


def test_an_application_that_cannot_be_built_leaves_the_old_one(
    settings: Settings, platform_app: Flask, monkeypatch: Any, switchboard: Callable[..., wsgi.Switchboard]
) -> None:
    monkeypatch.setattr(wsgi, "INTERVAL", 0.0)
    board = switchboard(settings)
    old, tried = board.current, threading.Event()

    def fails(*_arguments: Any) -> Flask:
        tried.set()
        raise RuntimeError("cannot build")

    monkeypatch.setattr(wsgi, "create_app", fails)
    switch(SYSTEM, "news", on=False)
    assert _until(board, "/healthz", 200)
    assert tried.wait(20)
    assert (_get(board, "/news/"), board.current is old) == (200, True)


@pytest.mark.parametrize(
    "trouble", [OperationalError("server closed the connection"), MaxConnectionsExceeded("full")], ids=["away", "full"]
)
def test_a_database_in_trouble_does_not_stop_the_looking(
    trouble: Exception,
    settings: Settings,
    platform_app: Flask,
    monkeypatch: Any,
    switchboard: Callable[..., wsgi.Switchboard],
) -> None:
    monkeypatch.setattr(wsgi, "INTERVAL", 0.0)
    board = switchboard(settings)

    def away() -> int:
        raise trouble

    with monkeypatch.context() as outage:
        outage.setattr(wsgi, "current_generation", away)
        board.look()
        assert [_get(board, "/healthz") for _turn in range(3)] == [200] * 3
    switch(SYSTEM, "news", on=False)
    assert _until(board, "/news/", 404), "it looks again once the database is back"
