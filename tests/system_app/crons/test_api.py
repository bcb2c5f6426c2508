"""`/api/crons` on the wire: contract/system.md 6."""

import pytest
from django.test import Client
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from platform_app.database.routers import log_database
from system_app.crons.registry import crons
from tests.auth_app.accounts import answer, error
from tests.system_app.settings_row import superuser

pytestmark = pytest.mark.django_db(databases="__all__")

BUILT_IN = (
    '{"id":"__pbDBOptimize__","expression":"0 0 * * *"},{"id":"__pbMFACleanup__","expression":"0 * * * *"},'
    '{"id":"__pbOTPCleanup__","expression":"0 * * * *"},{"id":"__pbLogsCleanup__","expression":"0 */6 * * *"}'
)
UNKNOWN = error(404, "Missing or invalid cron job.")
NOBODY = error(401, "The request requires valid record authorization token.")
NO_SUPERUSER = error(403, "The authorized record is not allowed to perform this action.")


@pytest.fixture
def mine():
    crons.add("mine", "@weekly", print)
    yield
    crons.remove("mine")


def queued():
    entries = OrmQ.objects.using(log_database())
    return [SignedPackage.loads(entry.payload)["args"][0] for entry in entries]


def test_superusers_see_them_all(db, mine):
    response = superuser().get("/api/crons")
    expected = f'[{{"id":"mine","expression":"0 0 * * 0"}},{BUILT_IN}]\n'
    assert (response.status_code, response.content.decode()) == (200, expected)


def test_fields_picks(db):
    assert superuser().get("/api/crons?fields=id").json()[0] == {"id": "__pbDBOptimize__"}


def test_superusers_run_one_now(db, mine):
    response = superuser().post("/api/crons/mine")
    assert (response.status_code, response.content, queued()) == (204, b"", ["mine"])


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        pytest.param("post", "/api/crons/nobody", UNKNOWN, id="unknown"),
        pytest.param("post", "/api/crons/__pbAutoBackup__", UNKNOWN, id="switched_off"),
        pytest.param("get", "/api/crons/mine", error(404, "File not found."), id="get_one"),
        pytest.param("get", "/api/crons/", error(404, "File not found."), id="slash"),
        pytest.param("post", "/api/crons", error(404, "The requested resource wasn't found."), id="post"),
        pytest.param(
            "post", "/api/crons/a/b", error(404, "The requested resource wasn't found."), id="deeper"
        ),
    ],
)
def test_what_is_not_there(db, method, path, expected):
    assert answer(getattr(superuser(), method)(path)) == expected
    assert queued() == []


@pytest.mark.parametrize(("method", "path"), [("get", "/api/crons"), ("post", "/api/crons/__pbDBOptimize__")])
def test_others_may_not(method, path, bob):
    assert answer(getattr(Client(), method)(path)) == NOBODY
    assert answer(getattr(bob, method)(path)) == NO_SUPERUSER
    assert queued() == []
