"""The engines that filters are tried on."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.collections_app.filterlang.engines import open_engine, postgresql_url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "postgresql" and not postgresql_url():
        pytest.skip("needs TEST_DATABASE_URL")
    with open_engine(request.param) as opened:
        yield opened
