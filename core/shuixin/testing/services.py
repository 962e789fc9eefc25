"""Services that tests need beside the process: whether they are there, and empty databases on the server."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

POSTGRESQL = os.environ.get("SHUIXIN_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")


def unavailable(service: str, reason: str) -> None:
    """Skip the test, or fail it if ``SHUIXIN_REQUIRE`` names the *service*."""
    required = service in os.environ.get("SHUIXIN_REQUIRE", "").split()
    (pytest.fail if required else pytest.skip)(f"{service}: {reason}")


def need_postgresql() -> None:
    """Skip or fail the test if PostgreSQL cannot be used."""
    try:
        administer("SELECT 1")
    except psycopg.OperationalError as error:
        unavailable("postgresql", str(error).strip().splitlines()[0])


def administer(statement: str) -> None:
    """Run *statement* on the server, outside any transaction."""
    with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
        connection.execute(statement)


def postgresql_url(name: str) -> str:
    """Return the URL of the database *name* on the server."""
    return f"postgresql://{urlsplit(POSTGRESQL).netloc}/{name}"


def drop_database(name: str) -> None:
    """Remove the database *name*, whoever is still connected."""
    administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def scratch_postgresql() -> Iterator[str]:
    """Give the URL of an empty database that exists inside the block only."""
    need_postgresql()
    name = f"shuixin_scratch_{uuid.uuid4().hex[:12]}"
    administer(f'CREATE DATABASE "{name}"')
    try:
        yield postgresql_url(name)
    finally:
        drop_database(name)
