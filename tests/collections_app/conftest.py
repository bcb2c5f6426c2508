"""Fixtures for designing collections."""

import pytest

from tests.collections_app.designing import Designer


@pytest.fixture
def design(db) -> Designer:
    return Designer()


@pytest.fixture
def own_storage(settings, tmp_path) -> None:
    """Files know no transaction: the test has a storage of its own."""
    settings.JOEY_STORAGE_DIR = tmp_path / "storage"
    backend = settings.STORAGES["records"]["BACKEND"]
    records = {"BACKEND": backend, "OPTIONS": {"location": settings.JOEY_STORAGE_DIR}}
    settings.STORAGES = {**settings.STORAGES, "records": records}
