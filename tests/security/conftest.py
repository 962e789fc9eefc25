"""One filled application for many attacks: those that are refused leave it as it was, and each module sees to that."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.security.sweep import Ground, open_ground

from shuixin.testing.fixtures import Databases
from shuixin.testing.services import need_postgresql


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ground(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """The whole application with the demonstration's data, on each engine in turn, for the tests of one module.

    Not to be mixed with ``platform_app`` in one module: a process has one database at a time.
    """
    if request.param == "postgresql":
        need_postgresql()
    with open_ground(databases, tmp_path_factory.mktemp("ground"), request.param) as made:
        made.fill()
        yield made


@pytest.fixture
def fresh_ground(databases: Databases, tmp_path: Path) -> Callable[..., Any]:
    """Open an empty application of one's own: ``with fresh_ground("sqlite") as ground``."""

    def opened(engine: str = "sqlite", *more: str, **settings: Any) -> Any:
        if engine == "postgresql":
            need_postgresql()
        return open_ground(databases, tmp_path, engine, *more, **settings)

    return opened
