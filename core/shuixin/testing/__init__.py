"""For tests of plugins: fixtures and helpers. The pytest plugin is :mod:`shuixin.testing.fixtures`."""
