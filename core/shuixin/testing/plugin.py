"""The pytest plugin of the core: loads the fixtures when a session starts, so that coverage sees their imports."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures."""
    from shuixin.testing import fixtures

    config.pluginmanager.register(fixtures, "shuixin-fixtures")
