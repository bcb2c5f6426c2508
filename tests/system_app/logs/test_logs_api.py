"""`/api/logs` for superusers: list, filter, sort, view, statistics, emptying (contract/system.md 5)."""

import json

import pytest
from django.db import connection
from django.test import Client

from system_app.models import Log
from tests.system_app.logs.conftest import LOGS
from tests.system_app.logs.rows import add
from tests.system_app.settings_row import superuser

pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))

REQUEST = {"auth": "users", "execTime": 1.5, "list": [{"x": "y"}], "status": 200, "type": "request"}


@pytest.fixture
def stored(log):
    add("a", message="GET /a", data=REQUEST)
    add(
        "b",
        message="GET /b",
        level=8,
        data={**REQUEST, "status": 404, "auth": ""},
        created="2026-05-01 10:59:59.999Z",
    )
    add("c", message="own", level=4, data={"deep": {"n": 5}}, created="2026-05-01 11:00:00.000Z")
    add("d", message="plain", level=-4, created="2026-05-02 10:00:00.000Z")


def ids(query):
    answer = superuser().get("/api/logs", query)
    assert answer.status_code == 200, answer.content
    return [item["id"] for item in answer.json()["items"]]


def test_an_item_and_the_envelope(stored):
    answer = superuser().get("/api/logs?perPage=1")
    assert answer.content == (
        b'{"items":[{"id":"a","created":"2026-05-01 10:00:00.123Z","data":{"auth":"users","execTime":1.5,'
        b'"list":[{"x":"y"}],"status":200,"type":"request"},"message":"GET /a","level":0}],"page":1,'
        b'"perPage":1,"totalItems":4,"totalPages":4}\n'
    )
    answer = superuser("root00000000002").get("/api/logs?perPage=3&page=2&skipTotal=1&fields=id,data.status")
    expected = {
        "items": [{"data": {}, "id": "d"}],
        "page": 2,
        "perPage": 3,
        "totalItems": -1,
        "totalPages": -1,
    }
    assert answer.json() == expected


@pytest.mark.parametrize(
    ("filter_text", "found"),
    [
        pytest.param("level>0", "bc", id="level"),
        pytest.param("message~'GET'", "ab", id="message"),
        pytest.param("data.status>=400", "b", id="number in data"),
        pytest.param("data.auth!=''", "acd", id="a missing value is not the empty text"),
        pytest.param("data.auth=''", "b", id="empty text"),
        pytest.param("data.auth=null", "cd", id="missing"),
        pytest.param("data.deep.n=5", "c", id="deeper"),
        pytest.param("data.list.0.x='y'", "ab", id="in a list"),
        pytest.param("data~'deep'", "c", id="the whole of data"),
        pytest.param("id='a' || id='d'", "ad", id="id"),
        pytest.param("created>='2026-05-01 11:00:00' && level>-4", "c", id="created"),
        pytest.param("created<@now", "abcd", id="macro"),
    ],
)
def test_filters(stored, filter_text, found):
    assert sorted(ids({"filter": filter_text})) == list(found)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        pytest.param("", "abcd", id="as written"),
        pytest.param("-@rowid", "dcba", id="newest first"),
        pytest.param("-level", "bcad", id="level"),
        pytest.param("-data.status,id", "bacd", id="in data"),
        pytest.param("-created", "dcba", id="created"),
        pytest.param("message", "abcd", id="message"),
    ],
)
def test_orders(stored, sort, order):
    assert "".join(ids({"sort": sort})) == order


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's plans say nothing to clients")
def test_without_a_sort_entries_are_as_sqlite_finds_them(stored):
    assert "".join(ids({"filter": "level>=-4"})) == "dacb"


def test_sorts_at_random(stored):
    assert sorted(ids({"sort": "@random"})) == list("abcd")


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "x"},
        {"filter": "nope=1"},
        {"filter": "data.=1"},
        {"filter": "data..a=1"},
        {"filter": "@request.auth.id=''"},
        {"filter": "data.a-b=1"},
        {"sort": "nope"},
        {"page": "x"},
        {"filter": "id='" + "x" * 3500 + "'"},
    ],
    ids=lambda query: str(query)[:40],
)
def test_refuses_what_it_does_not_know(stored, query):
    answer = superuser().get("/api/logs", query)
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "Something went wrong while processing your request.",
    )


def test_views_one(stored):
    answer = superuser().get("/api/logs/c")
    assert answer.json() == {
        "id": "c",
        "created": "2026-05-01 11:00:00.000Z",
        "data": {"deep": {"n": 5}},
        "message": "own",
        "level": 4,
    }
    assert superuser("root00000000002").get("/api/logs/nope").status_code == 404


@pytest.mark.parametrize(
    ("query", "hours"),
    [
        pytest.param({}, [("2026-05-01 10", 2), ("2026-05-01 11", 1), ("2026-05-02 10", 1)], id="all"),
        pytest.param({"filter": "data.status>200"}, [("2026-05-01 10", 1)], id="filter"),
        pytest.param({"filter": "level>99"}, [], id="none"),
    ],
)
def test_counts_by_hour(stored, query, hours):
    answer = superuser().get("/api/logs/stats", query)
    assert answer.json() == [{"date": f"{hour}:00:00.000Z", "total": total} for hour, total in hours]


@pytest.mark.parametrize(
    ("filter_text", "message"),
    [
        pytest.param("x", "Invalid filter format.", id="not understood"),
        pytest.param("nope=1", "Invalid filter format.", id="unknown name"),
        pytest.param("data..a=1", "Failed to generate logs stats.", id="empty step"),
    ],
)
def test_refuses_a_filter_of_the_statistics(stored, filter_text, message):
    answer = superuser().get("/api/logs/stats", {"filter": filter_text})
    assert (answer.status_code, answer.json()["message"]) == (400, message)


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/api/logs"), ("get", "/api/logs/stats"), ("get", "/api/logs/a"), ("delete", "/api/logs")],
    ids=lambda value: value,
)
def test_is_for_superusers(stored, bob, method, path):
    assert getattr(Client(), method)(path).status_code == 401
    assert getattr(bob, method)(path).status_code == 403
    assert Log.objects.count() == 4


def test_empties_the_log_with_what_waits(stored, log):
    from system_app.logs.rows_sql import Row

    log.put_entry((lambda row_id: Row(row_id, 0, "waits", "{}", "2026-05-01 10:00:00.000Z"),))
    answer = superuser().delete("/api/logs")
    log.flush()
    assert (answer.status_code, answer.content) == (204, b"")
    assert Log.objects.count() == 0


@pytest.mark.parametrize("data", ['""', "[]", "null", "5"])
def test_data_that_is_no_object_is_an_empty_one(log, data):
    Log.objects.create(id="x", data=data, created="2026-05-01 10:00:00.000Z")
    assert json.loads(superuser().get("/api/logs/x").content)["data"] == {}
