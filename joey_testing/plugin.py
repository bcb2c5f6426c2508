"""The pytest plugin: `addopts = "-p joey_testing.plugin"` gives tests a data directory of their own.

It has to be named there, so that it is loaded before pytest-django reads the settings: what it sets in the
environment decides them. The fixtures are in `joey_testing.fixtures`.
"""

import pytest

from joey_testing.environment import use_environment

use_environment()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("joey_snapshot", "a data directory whose copy the tests begin with, from the rootdir")


def pytest_configure(config: pytest.Config) -> None:
    # Now, as these stand in for fixtures of pytest-django: of two plugins the one that comes later counts.
    config.pluginmanager.import_plugin("joey_testing.fixtures")
