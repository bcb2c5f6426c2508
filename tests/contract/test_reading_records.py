"""What reading records answers on the wire: contract/records.md 1.1, 1.6, 2.3, 8, 9 and system.md 17."""

import pytest
from django.test import Client

from collections_app.records.reading.empty_searches import EmptySearches
from platform_app.requests.held_answers import Held, collect
from tests.collections_app.records.rows import insert


def envelope(status, message):
    return {"data": {}, "message": message, "status": status}


DEFAULT_400 = envelope(400, "Something went wrong while processing your request.")
DEFAULT_404 = envelope(404, "The requested resource wasn't found.")
NO_COLLECTION = envelope(404, "Missing collection context.")
SUPERUSERS_ONLY = envelope(403, "Only superusers can perform this action.")


@pytest.fixture
def notes(make_collection):
    """`notes` (open, except the one called `private`) and `closed` (null rules), one row each."""
    collection = make_collection(
        "notes", [{"type": "text", "name": "t"}], id="pbc_notes", list_rule="t != 'private'",
        view_rule="t != 'private'",
    )  # fmt: skip
    insert(collection, id="note00000000001", t="<a&b>")
    insert(collection, id="note00000000002", t="private")
    insert(make_collection("closed", [{"type": "text", "name": "t"}]), id="shut00000000001")
    return collection


NOTE = (
    '{"collectionId":"pbc_notes","collectionName":"notes","id":"note00000000001",'
    '"t":"\\u003ca\\u0026b\\u003e"}'
)


def test_view_writes_one_record(notes):
    response = Client().get("/api/collections/notes/records/note00000000001")
    assert (response.status_code, response.content.decode()) == (200, NOTE + "\n")
    assert response["Content-Type"] == "application/json"


def test_list_writes_the_envelope(notes):
    response = Client().get("/api/collections/notes/records")
    assert response.content.decode() == (
        '{"items":[' + NOTE + '],"page":1,"perPage":30,"totalItems":1,"totalPages":1}\n'
    )


@pytest.mark.parametrize("name", ["notes", "NOTES", "pbc_notes", "n%6ftes"])
def test_collection_is_named_by_id_or_by_name_in_any_case(notes, name):
    assert Client().get(f"/api/collections/{name}/records").json()["totalItems"] == 1


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        pytest.param("nope/records", 404, NO_COLLECTION, id="list_of_no_collection"),
        pytest.param("PBC_notes/records", 404, NO_COLLECTION, id="id_in_another_case"),
        pytest.param("nope/records/x", 404, NO_COLLECTION, id="view_in_no_collection"),
        pytest.param("closed/records", 403, SUPERUSERS_ONLY, id="list_null_rule"),
        pytest.param("closed/records/shut00000000001", 403, SUPERUSERS_ONLY, id="view_null_rule"),
        pytest.param("closed/records/nope", 403, SUPERUSERS_ONLY, id="view_null_rule_missing_record"),
        pytest.param("notes/records/note00000000002", 404, DEFAULT_404, id="view_rule_not_satisfied"),
        pytest.param("notes/records/NOTE00000000001", 404, DEFAULT_404, id="record_id_in_another_case"),
        pytest.param("notes/records?filter=(", 400, DEFAULT_400, id="broken_filter"),
        pytest.param("notes/records?page=x", 400, DEFAULT_400, id="broken_page"),
        pytest.param("notes/records/", 404, envelope(404, "File not found."), id="trailing_slash"),
    ],
)
def test_failures_answer(notes, path, status, body):
    response = Client().get(f"/api/collections/{path}")
    assert (response.status_code, response.json()) == (status, body)
    assert response["Content-Type"] == "application/json"
    assert response.content.endswith(b"}\n")


def test_malformed_body_precedes_the_rule(notes):
    response = Client().generic(
        "GET", "/api/collections/closed/records", b"{", content_type="application/json"
    )
    assert (response.status_code, response.json()) == (400, DEFAULT_400)


@pytest.mark.parametrize("method", ["PUT", "TRACE", "FOO"])
def test_unknown_methods_are_not_found(notes, method):
    response = Client().generic(method, "/api/collections/notes/records")
    assert (response.status_code, response.json()) == (404, DEFAULT_404)


def test_head_answers_like_get_without_a_body(notes):
    for path in ("notes/records", "notes/records/note00000000001"):
        response = Client().head(f"/api/collections/{path}")
        assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert Client().head("/api/collections/closed/records").status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("notes/records/note00000000001?fields=t", '{"t":"\\u003ca\\u0026b\\u003e"}\n'),
        ("notes/records/note00000000001?fields=nope", "{}\n"),
        ("notes/records?fields=id",
         '{"items":[{"id":"note00000000001"}],"page":1,"perPage":30,"totalItems":1,"totalPages":1}\n'),
        ("notes/records?fields=id:excerpt(0)", ""),
    ],
)  # fmt: skip
def test_fields_are_picked_from_good_answers(notes, path, body):
    response = Client().get(f"/api/collections/{path}")
    assert (response.status_code, response.content.decode()) == (200, body)
    assert response["Content-Type"] == "application/json"


def test_errors_are_never_picked(notes):
    assert Client().get("/api/collections/nope/records?fields=status").json() == NO_COLLECTION


def test_the_fourth_empty_search_is_answered_later_and_holds_no_thread(notes, monkeypatch):
    monkeypatch.setattr("collections_app.records.reading.listing.empty_searches", EmptySearches())
    monkeypatch.setattr(
        "collections_app.records.reading.empty_searches.secrets.randbelow", lambda limit: limit - 1
    )
    target = "/api/collections/notes/records?filter=t='no'"
    answers = [collect(Client().get, target) for _ in range(4)]
    assert [held for _, held in answers] == [None, None, None, Held(delay_seconds=0.499)]
    assert len({response.content for response, _ in answers}) == 1


def test_a_server_without_an_event_loop_sleeps_before_the_fourth_empty_search(notes, monkeypatch):
    slept = []
    monkeypatch.setattr("collections_app.records.reading.listing.empty_searches", EmptySearches())
    monkeypatch.setattr(
        "collections_app.records.reading.empty_searches.secrets.randbelow", lambda limit: limit - 1
    )
    monkeypatch.setattr("platform_app.requests.held_answers.time.sleep", slept.append)
    for _ in range(4):
        assert Client().get("/api/collections/notes/records?filter=t='no'").status_code == 200
    assert slept == [0.499]
