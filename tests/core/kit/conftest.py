"""Scratch databases for the tests of rooms that store: each such test runs on both engines."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from shuixin.database import connect

SERVER = os.environ.get("SHUIXIN_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/")


@contextmanager
def scratch_on_server() -> Iterator[str]:
    try:
        server = psycopg.connect(f"{SERVER}postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL: {error}")
    name = f"shuixin_test_{uuid.uuid4().hex}"
    server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield SERVER + name
    finally:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The URL of an empty database that exists for one test only."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'scratch.db'}"
        return
    with scratch_on_server() as url:
        yield url


@pytest.fixture
def database(database_url):
    """That database, opened, with the process's models bound to it."""
    database = connect(database_url)
    with database.connection_context():
        yield database
    if hasattr(database, "close_all"):
        database.close_all()
