"""Fixtures for every test: a real data directory, collections made on the fly, a client.

The database is the adopted conformance fixture where `../shared` is present, else a new data directory; each
test runs in a transaction that is rolled back, tables included.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from collections_app.catalog import forget_catalog
from collections_app.collection import Collection
from collections_app.definitions.saving import create_collection
from collections_app.fields.registry import field_from_json
from platform_app.database.data_directory import prepare
from platform_app.database.ids import checksum
from platform_app.hooks.hook import Hook
from platform_app.runtime_settings.current import forget_settings
from tests.environment import FIXTURE

MakeCollection = Callable[..., Collection]
Connect = Callable[..., None]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> None:
    """The data directory of this run, in place of Django's test database."""
    with django_db_blocker.unblock():
        if FIXTURE.exists():
            call_command("adopt", str(FIXTURE), into=str(settings.JOEY_DATA_DIR), verbosity=0)
        else:
            prepare()


@pytest.fixture(autouse=True)
def _nothing_is_emptied(request: pytest.FixtureRequest) -> None:
    """The data directory is all tests' of this process: what commits in it undoes that itself."""
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        pytest.fail("a transactional test commits, and at its end Django empties every table")


@pytest.fixture(autouse=True)
def _fresh_snapshots(request: pytest.FixtureRequest) -> Iterator[None]:
    """A rolled back schema change must not live on in the process's snapshots."""
    yield
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        forget_catalog()
        forget_settings()


@pytest.fixture
def committing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a commit runs at the end of each unit: the test's own transaction never commits."""
    monkeypatch.setattr(transaction, "on_commit", lambda work, **kwargs: work())


@pytest.fixture
def connect(request: pytest.FixtureRequest) -> Connect:
    """Connect a receiver to a hook for the time of the test."""

    def connect(hook: Hook, receiver: Callable[..., Any], **options: Any) -> None:
        hook.connect(receiver, dispatch_uid=receiver, **options)
        request.addfinalizer(lambda: hook.disconnect(dispatch_uid=receiver))

    return connect


@pytest.fixture
def adopted_db(db: None) -> Client:
    """A client on the adopted fixture; the test is skipped where the fixture is absent."""
    if not FIXTURE.exists():
        pytest.skip("needs ../shared/conformance/fixture")
    return Client()


@pytest.fixture
def make_collection(db: None) -> MakeCollection:
    """Make a collection with its table: `make_collection("posts", fields=[{"type": "text", "name": "t"}])`.

    An `id` field is added when missing; other keywords are those of `Collection`.
    """

    def make(name: str, fields: list[dict[str, Any]] | None = None, **attributes: Any) -> Collection:
        definitions = list(fields or [])
        if not any(item["name"] == "id" for item in definitions):
            definitions.insert(0, ID_FIELD)
        built = tuple(
            field_from_json({"id": item["type"] + checksum(item["name"]), **item}) for item in definitions
        )
        collection = Collection(
            id=attributes.pop("id", "pbc_" + checksum(attributes.get("type", "base") + name)),
            name=name,
            fields=built,
            **attributes,
        )
        create_collection(collection)
        return collection

    return make


ID_FIELD: dict[str, Any] = {
    "type": "text",
    "name": "id",
    "id": "text3208210256",
    "system": True,
    "required": True,
    "primaryKey": True,
    "min": 15,
    "max": 15,
    "pattern": "^[a-z0-9]+$",
    "autogeneratePattern": "[a-z0-9]{15}",
}
