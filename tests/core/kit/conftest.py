"""Scratch databases for the tests of rooms that store: each such test runs on both engines."""

import pytest

from shuixin.database import connect
from shuixin.testing.services import scratch_postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The URL of an empty database that exists for one test only."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'scratch.db'}"
        return
    with scratch_postgresql() as url:
        yield url


@pytest.fixture
def database(database_url):
    """That database, opened, with the process's models bound to it."""
    database = connect(database_url)
    with database.connection_context():
        yield database
    if hasattr(database, "close_all"):
        database.close_all()
