"""The fixtures that `joey_testing.plugin` gives to tests (docs/extending/testing.md)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection

from auth_app.superusers import superusers_collection
from collections_app.catalog import find_collection
from collections_app.fields.password_field import Password
from collections_app.records.record import Record
from collections_app.records.writing.saving import save_record
from collections_app.records.writing.submitted import new_record
from joey_testing.api import Answer, Api
from joey_testing.data_directory import all_restored, files_restored, forget, make_data_directory
from joey_testing.environment import DATA_DIR
from joey_testing.event_counts import EventCounts, counted
from joey_testing.realtime import Realtime, started
from joey_testing.scenarios import Scenario, run
from platform_app.runtime_settings.current import current

MakeRecord = Callable[..., Record]
RunScenario = Callable[[Scenario], Answer]

SUPERUSER_EMAIL = "superuser@example.com"
PASSWORD = "1234567890"  # noqa: S105 - everybody's who is made here
_CHEAP = Password(PASSWORD, cost=4)  # hashed once, in a hundredth of the time


@pytest.fixture(scope="session")
def django_db_setup(pytestconfig: pytest.Config, django_db_blocker: Any) -> None:
    """The data directory of this run, in place of Django's test database."""
    name = pytestconfig.getini("joey_snapshot")
    with django_db_blocker.unblock():
        make_data_directory(DATA_DIR, pytestconfig.rootpath / name if name else None)


@pytest.fixture(autouse=True)
def _as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test has done to definitions, settings and files does not outlive it; its rows never do."""
    uses_data = {"db", "_data"} & set(request.fixturenames) or request.node.get_closest_marker("django_db")
    if not uses_data or "committed" in request.fixturenames:
        yield
        return
    with files_restored():
        yield
    forget()


@pytest.fixture
def committed(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any, tmp_path: Path
) -> Iterator[None]:
    """For tests whose writes are committed, as threads have to see them: the directory is put back after."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        raise pytest.UsageError("`committed` and `db` exclude each other: the latter never commits")
    with django_db_blocker.unblock():
        if connection.vendor != "sqlite":
            pytest.skip("what is committed can be taken back on SQLite only")
        with all_restored(tmp_path / "data_directory"):
            yield


@pytest.fixture
def _data(request: pytest.FixtureRequest) -> None:
    """The data directory: rolled back after the test, unless it is `committed`."""
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")


@pytest.fixture
def data_dir(_data: None) -> Path:
    return Path(settings.JOEY_DATA_DIR)


@pytest.fixture
def api(_data: None) -> Api:
    """Requests of a guest; `api.as_(record)` signs somebody in."""
    return Api()


@pytest.fixture
def make_record(_data: None) -> MakeRecord:
    """Make a record with its checks and hooks: `make_record("posts", title="One")`.

    Of an auth collection it needs no more than an e-mail address; its password is "1234567890".
    Raises LookupError where there is no such collection, and Invalid for values that are refused.
    """

    def make(collection: str, /, **values: Any) -> Record:
        found = find_collection(collection)
        if found is None:
            raise LookupError(f"there is no collection {collection!r}")
        record = new_record(found)
        if found.is_auth:
            record["password"] = _CHEAP
        for name, value in values.items():
            record[name] = value
        save_record(record)
        return record

    return make


@pytest.fixture
def superuser(make_record: MakeRecord) -> Record:
    return make_record(superusers_collection().name, email=SUPERUSER_EMAIL)


@pytest.fixture
def superuser_api(api: Api, superuser: Record) -> Api:
    return api.as_(superuser)


@pytest.fixture
def mails(_data: None) -> list[EmailMessage]:
    """The mails that were sent, in their order."""
    mail.outbox = []
    return mail.outbox


@pytest.fixture
def events() -> Iterator[EventCounts]:
    """Which hooks fire, and how often: `events["record_create"] == 1`."""
    with counted() as counts:
        yield counts


@pytest.fixture
def run_scenario(_data: None, events: EventCounts) -> RunScenario:
    return lambda scenario: run(scenario, events)


@pytest.fixture
def realtime(committed: None) -> Iterator[Realtime]:
    """Realtime clients: `realtime.connect("posts/*")`. What the test writes is committed, and put back."""
    current()  # read before the threads do
    with started() as service:
        yield service
