"""The pytest plugin of the core: loads the fixtures when a session starts, so that coverage sees their imports."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures, and make tests quick."""
    from shuixin.testing import fixtures
    from shuixin.testing.haste import make_haste

    make_haste()
    config.pluginmanager.register(fixtures, "shuixin-fixtures")
