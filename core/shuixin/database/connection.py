"""Opening the database named by ``DATABASE_URL``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from peewee import Database, DatabaseProxy, OperationalError
from playhouse import db_url

from shuixin.errors import Misconfigured
from shuixin.texts import domain

_ = domain("shuixin")

#: The process's database; models are bound to it, :func:`connect` fills it.
db = DatabaseProxy()

_SQLITE_PRAGMAS = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000, "synchronous": "full"}
_POOLED = {"postgresql": "postgresql+pool", "postgres": "postgresql+pool"}


def connect(url: str, *, max_connections: int = 40) -> Database:
    """Point the process at the database of *url* and return it, without opening a connection yet.

    ``sqlite:///path`` or ``postgresql://user:password@host/name``; SQLite runs in WAL with IMMEDIATE transactions
    (a deferred transaction that upgrades from read to write fails at once, whatever the busy timeout).

    :raises Misconfigured: the URL names no supported database.
    """
    database = _build(url, max_connections)
    db.initialize(database)
    return database


def _build(url: str, max_connections: int) -> Database:
    scheme = urlsplit(url).scheme
    options: dict[str, object] = {"unquote_user": True, "unquote_password": True}
    if scheme == "sqlite":
        _make_folder(url)
        options |= {"pragmas": _SQLITE_PRAGMAS, "lock_type": "IMMEDIATE"}
    elif scheme in _POOLED:
        url = url.replace(f"{scheme}://", f"{_POOLED[scheme]}://", 1)
        options |= {"max_connections": max_connections, "stale_timeout": 300, "timeout": 10}
    else:
        raise Misconfigured(_("DATABASE_URL的类型“{scheme}”不受支持，请使用sqlite:///或postgresql://。", scheme=scheme))
    try:
        database: Database = db_url.connect(url, **options)
    except (ValueError, RuntimeError) as error:
        raise Misconfigured(_("DATABASE_URL不正确：{reason}", reason=str(error))) from error
    return database


def _make_folder(url: str) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(_("无法创建数据目录{path}，请检查写入权限。", path=str(path.parent))) from error


def check_reachable(database: Database) -> None:
    """Open one connection and close it again.

    :raises Misconfigured: in one line, when the database does not answer or its file cannot be written.
    """
    try:
        with database.connection_context():
            ping(database)
    except (OperationalError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise Misconfigured(_("数据库无法连接（{reason}），请检查DATABASE_URL和数据库服务。", reason=reason)) from error


@contextmanager
def connected() -> Iterator[None]:
    """Stay connected inside the block; a connection that was open before stays so after it."""
    if not db.is_closed():
        yield
        return
    with db.connection_context():
        yield


def ping(database: Database) -> None:
    """Ask the open connection for an answer."""
    database.execute_sql("SELECT 1")


def describe_url(url: str) -> str:
    """Return *url* fit for logs and screens: without user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
