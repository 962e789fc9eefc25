"""``shuixin serve``: the web server, and the job consumer as its child."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import click

from shuixin.cli.context import application, installation, load_enabled, settings
from shuixin.contributions import DemoSize
from shuixin.errors import Misconfigured
from shuixin.jobs.runner import RESTART
from shuixin.plugins import State
from shuixin.setup import demo_accounts
from shuixin.wsgi import Switchboard

THREADS = 16


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, envvar="HOST")
@click.option("--port", default=8000, show_default=True, envvar="PORT", type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="大于1时使用gunicorn")
@click.option("--prepare", is_flag=True, help="先建库并在空库中填入演示数据")
@click.option("--no-jobs", is_flag=True, help="不启动后台任务进程")
@click.option("--strict", is_flag=True, help="有已启用的插件不能运行时，不启动")
@click.option("--safe-mode", is_flag=True, help="只装入必要插件，用于修复")
def serve(  # noqa: PLR0917 - one parameter for each option
    host: str, port: int, workers: int, prepare: bool, no_jobs: bool, strict: bool, safe_mode: bool
) -> None:
    """启动网站。"""
    if safe_mode:
        os.environ["SHUIXIN_SAFE_MODE"] = "true"
    listening = _listen(host, port)
    if prepare:
        _prepare()
    if strict:
        _require_all()
    if workers > 1:
        listening.close()
        click.echo("多进程方式不含后台任务，请另行启动一个：shuixin jobs run")
        sys.stdout.flush()
        _gunicorn(host, port, workers)
    with installation() as found:
        switchboard = Switchboard(found)
    _announce(host, port)
    with contextlib.nullcontext() if no_jobs else _consumer():
        _waitress(switchboard, listening, behind_proxy=bool(settings().proxies))


def _require_all() -> None:
    """Refuse to start while a plugin that is switched on cannot run."""
    loaded = load_enabled()
    bad = [record for record in loaded.records.values() if record.state not in (State.ENABLED, State.DISABLED)]
    if bad:
        raise Misconfigured("；".join(f"{record.id}：{record.reason}" for record in bad))


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before any work is done, so that the one line comes at once."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise Misconfigured(f"端口{port}已被占用，请关闭占用它的程序，或改用 make run PORT={port + 1}。") from error
        raise Misconfigured(f"无法在{host}:{port}上监听（{error.strerror}），请检查HOST和PORT。") from error
    return listening


def _prepare() -> None:
    from shuixin.cli import setup

    for line in setup.prepare():
        click.echo(f"已更新数据库结构：{line}")
    if settings().demo and setup.fill_demo(DemoSize(), if_empty=True):
        click.echo("已填入演示城市。")


def _announce(host: str, port: int) -> None:
    with application():
        accounts = demo_accounts() if settings().demo else []
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"\n水信已启动：http://{shown}:{port}/  （按Ctrl-C停止）")
    for username, password, role in accounts:
        click.echo(f"  {role}\t{username}\t{password}")
    sys.stdout.flush()


def _waitress(switchboard: Switchboard, listening: socket.socket, *, behind_proxy: bool) -> None:
    from waitress.server import create_server

    # Behind a proxy the application itself decides whom to believe (settings.proxies).
    server = create_server(
        switchboard,
        sockets=[listening],
        threads=THREADS,
        clear_untrusted_proxy_headers=not behind_proxy,
        ident=None,  # the server does not name itself
    )
    # SIGTERM ends like Ctrl-C, so that the consumer is stopped too; also where a shell's background job ignores SIGINT.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        server.run()
    server.close()


def _gunicorn(host: str, port: int, workers: int) -> None:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    arguments = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        bind,
        "--workers",
        str(workers),
        "--worker-class",
        "gthread",
        "--threads",
        "8",
        "shuixin.wsgi:application",
    ]
    os.execv(sys.executable, arguments)  # noqa: S606 - our own interpreter with fixed arguments


@contextlib.contextmanager
def _consumer() -> Iterator[None]:
    """Keep one job consumer alive while the block runs; start it anew when it asks for that."""
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(stop,), name="shuixin-jobs", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join(timeout=15)


def _keep(stop: threading.Event) -> None:
    command = [sys.executable, "-m", "shuixin", "jobs", "run"]
    while not stop.is_set():
        # Its own session, so that Ctrl-C reaches the server alone, which then stops it in order.
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
        while child.poll() is None and not stop.wait(0.3):
            pass
        if stop.is_set() and child.poll() is None:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if child.returncode not in (RESTART, 0) and stop.wait(5.0):
            return
