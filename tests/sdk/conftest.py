"""The server and the SDK that the tests here use."""

from pathlib import Path

import pytest

from tests.sdk.script import installed
from tests.served import served

__all__ = ["sdk", "served"]


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to run the scripts in."""
    return installed(tmp_path_factory.mktemp("sdk"))
