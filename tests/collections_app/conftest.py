"""Fixtures for designing collections."""

import pytest

from tests.collections_app.designing import Designer


@pytest.fixture
def design(db) -> Designer:
    return Designer()
