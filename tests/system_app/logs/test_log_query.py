"""The log asked by the ORM, as `app.LogQuery()` is."""

import pytest
from django.db import connections

from platform_app.database.named_sql import expression
from platform_app.database.routers import log_database
from system_app.models import Log
from tests.system_app.logs.rows import add

LOGS = log_database()

pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))


@pytest.fixture(autouse=True)
def _entries():
    Log.objects.using(LOGS).all().delete()
    add("a", level=-4, message="debug", created="2026-05-01 10:00:00.000Z")
    add("b", level=0, message="GET /", data={"type": "request"}, created="2026-05-01 10:00:02.000Z")
    add("c", level=0, message="info", data={"type": "other"}, created="2026-05-01 10:00:01.000Z")
    add("d", level=8, message="error", created="2026-05-01 10:00:03.000Z")


def logs():
    return Log.objects.using(LOGS)


def test_levels_order_and_limit():
    found = logs().filter(level__in=[-4, 0]).order_by("-created")[:2]
    assert [(entry.level, entry.message) for entry in found] == [(0, "GET /"), (0, "info")]


def test_what_is_in_the_data():
    is_embedded = connections[LOGS].vendor == "sqlite"
    kind = "json_extract(data, '$.type')" if is_embedded else "data::json->>'type'"
    found = logs().filter(expression(f"{kind} = {{:type}}", {"type": "request"}))
    assert [entry.id for entry in found] == ["b"]
