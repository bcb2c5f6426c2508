"""What is logged of requests (contract/system.md 5 and 18), as PocketBase 0.39.11 was seen to log them."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from platform_app.database.lanes import OutOfTime
from platform_app.requests.activity import add_log_meta, log_caller, log_failure, skip_success_activity_log
from platform_app.requests.answers import error_response
from platform_app.runtime_settings.current import current, forget_settings
from platform_app.wire.errors import (
    ApiError,
    BatchRequestFailed,
    FieldError,
    NotFound,
    as_api_error,
    required,
)
from system_app.logs import telling
from system_app.logs.requests import note_of, request_row
from system_app.logs.telling import tell_answered
from system_app.middleware import activity_log
from system_app.refusals import Refusals
from tests.system_app.logs.conftest import LOGS
from tests.system_app.logs.rows import written
from tests.system_app.settings_row import save, superuser

pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))

LOCAL = "127.0.0.1"


def send(client, method, path, **options):
    """Send a request as a server does, which tells of its answer; the seconds are made up."""
    answer = client.generic(method, path, **options)
    tell_answered(answer, 0.0015)
    return answer


def entry(path, *, method="GET", status=200, auth="", **more):
    """The data of an entry with the IP addresses, as it is by default."""
    return {
        "auth": auth,
        "execTime": 1.5,
        "method": method,
        "referer": "",
        "remoteIP": LOCAL,
        "status": status,
        "type": "request",
        "url": path,
        "userAgent": "",
        "userIP": LOCAL,
    } | more


FAILED = {"error": "File not found.", "details": None}


@pytest.mark.parametrize(
    ("method", "path", "level", "message", "data"),
    [
        pytest.param("GET", "/api/health", 0, "GET /api/health", {}, id="success"),
        pytest.param("HEAD", "/api/health", 0, "HEAD /api/health", {}, id="head"),
        pytest.param("GET", "/api/nope?a=%20b", 8, "GET /api/nope?a= b", FAILED, id="unknown"),
        pytest.param("GET", "/api/health?a=%zz", 0, "GET /api/health?a=%zz", {}, id="no escape stays"),
        pytest.param("GET", "/api/health?a=b+c%2Bd", 0, "GET /api/health?a=b+c+d", {}, id="plus is no blank"),
        pytest.param("GET", "/api/health?a=%C3%A4", 0, "GET /api/health?a=ä", {}, id="utf-8"),
        pytest.param("GET", "/api/he%61lth", 0, "GET /api/health", {}, id="escaped path"),
    ],
)
def test_logs_a_request(log, method, path, level, message, data):
    answer = send(Client(), method, path, RAW_PATH=path.partition("?")[0])
    log.flush()
    expected = entry(path, method=method, status=answer.status_code, **data)
    assert written() == [(level, message, expected)]


def test_data_is_compact_json_with_sorted_keys_and_html_escaped(log):
    send(Client(), "GET", "/api/health?x=<b>&y", HTTP_REFERER="http://a.b/?<x>&y", RAW_PATH="/api/health")
    log.flush()
    from system_app.models import Log

    assert Log.objects.get().data == (
        '{"auth":"","execTime":1.5,"method":"GET","referer":"http://a.b/?\\u003cx\\u003e\\u0026y",'
        '"remoteIP":"127.0.0.1","status":200,"type":"request","url":"/api/health?x=\\u003cb\\u003e\\u0026y",'
        '"userAgent":"","userIP":"127.0.0.1"}'
    )


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        pytest.param({"logIP": True, "logAuthId": False}, {"remoteIP": LOCAL, "userIP": "1.2.3.4"}, id="ip"),
        pytest.param({"logIP": False, "logAuthId": True}, {"authId": "root00000000001"}, id="id"),
        pytest.param({"logIP": False, "logAuthId": False}, {}, id="neither"),
        pytest.param(
            {"logIP": True, "logAuthId": True},
            {"remoteIP": LOCAL, "userIP": "1.2.3.4", "authId": "root00000000001"},
            id="both",
        ),
    ],
)
def test_the_settings_say_what_is_known_of_the_caller(log, logs, expected):
    save(logs=logs, trustedProxy={"headers": ["X-Real"]})
    send(superuser(), "GET", "/api/health", HTTP_X_REAL="1.2.3.4")
    log.flush()
    ((_, _, data),) = written()
    assert data["auth"] == "_superusers"
    assert {key: data[key] for key in ("authId", "remoteIP", "userIP") if key in data} == expected


@pytest.mark.parametrize(
    ("before", "change", "logged"),
    [
        pytest.param({"logAuthId": False}, {"logAuthId": True}, [{"authId": "root00000000001"}], id="more"),
        pytest.param({"logAuthId": True}, {"logAuthId": False}, [{}], id="less"),
        pytest.param({"maxDays": 0}, {"maxDays": 1}, [{}], id="begins"),
        pytest.param({"minLevel": 0}, {"minLevel": 4}, [], id="ends"),
    ],
)
def test_a_change_of_the_settings_is_logged_as_it_says(log, before, change, logged):
    save(logs={"logIP": False, "maxDays": 5} | before)
    body = json.dumps({"logs": change})
    send(superuser(), "PATCH", "/api/settings", data=body, content_type="application/json")
    log.flush()
    assert [{key: data[key] for key in ("authId",) if key in data} for _, _, data in written()] == logged


@pytest.mark.parametrize("error", [OutOfTime(), DatabaseError(), ImproperlyConfigured()])
def test_settings_that_cannot_be_read_after_a_change_are_those_before(log, monkeypatch, error):
    def change(request):
        forget_settings()
        monkeypatch.setattr(activity_log, "current", refuse)
        return HttpResponse(status=400)

    def refuse():
        raise error

    request = RequestFactory().get("/api/health")
    answer = activity_log.ActivityLogMiddleware(change)(request)
    assert (answer.status_code, telling.NOTE in answer.__dict__) == (400, True)


def test_settings_that_nobody_changed_are_read_once(log, monkeypatch):
    read = []
    monkeypatch.setattr(activity_log, "current", lambda: read.append(current()) or read[-1])
    activity_log.ActivityLogMiddleware(lambda request: HttpResponse())(RequestFactory().get("/api/health"))
    assert len(read) == 1


def test_names_the_collection_of_who_is_signed_in(log, bob):
    send(bob, "GET", "/api/health")
    send(bob, "GET", "/api/settings")
    log.flush()
    assert [(level, data["auth"], data["status"]) for level, _, data in written()] == [
        (0, "members", 200),
        (8, "members", 403),
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("OPTIONS", "/api/health", id="preflight"),
        pytest.param("GET", "//api/health", id="untidy path"),
        pytest.param("GET", "/api/oauth2-redirect?state=x&code=secret", id="oauth2 redirect"),
        pytest.param("POST", "/api/oauth2-redirect", id="oauth2 redirect by form"),
        pytest.param("GET", "/_/login/", id="a page of the dashboard"),
    ],
)
def test_does_not_log(log, method, path):
    assert send(Client(), method, path, RAW_PATH=path).status_code < 400
    log.flush()
    assert written() == []


def test_the_log_itself_is_logged_only_when_it_refuses(log):
    send(superuser(), "GET", "/api/logs")
    send(superuser("root00000000002"), "GET", "/api/logs?filter=x")
    send(Client(), "GET", "/api/logs")
    log.flush()
    assert [(data["status"], data["auth"]) for _, _, data in written()] == [(400, "_superusers"), (401, "")]


@pytest.mark.parametrize(
    ("logs", "statuses"),
    [
        pytest.param({"maxDays": 0}, [], id="none without days"),
        pytest.param({"minLevel": 1}, [404], id="errors only"),
        pytest.param({"minLevel": 9}, [], id="above errors"),
        pytest.param({"minLevel": -4}, [200, 404], id="all"),
    ],
)
def test_the_settings_say_what_is_kept(log, logs, statuses):
    save(logs=logs)
    send(Client(), "GET", "/api/health")
    send(Client(), "GET", "/api/nope")
    log.flush()
    assert [data["status"] for _, _, data in written()] == statuses


# --- one request alone --------------------------------------------------------------------------------


def row_of(request: HttpRequest, response: HttpResponse):
    note = note_of(request, response, current())
    return None if note is None else request_row("id", 1.0625, 0.0005, note)


def request_to(path, **meta):
    return RequestFactory().generic(meta.pop("method", "GET"), path, **meta)


@pytest.mark.parametrize(
    ("raw_path", "url", "message"),
    [
        pytest.param("/a!*'()", "/a!*'()", "GET /a!*'()", id="allowed"),
        pytest.param("/a!*'()|", "/a%21%2A%27%28%29%7C", "GET /a!*'()|", id="one is not, so all are escaped"),
        pytest.param("/a%C3%A4", "/a%C3%A4", "GET /aä", id="escaped already"),
        pytest.param("/\xc3\xa4", "/%C3%A4", "GET /ä", id="bytes of utf-8"),
        pytest.param("/%ff", "/%ff", "GET /�", id="no utf-8"),
        pytest.param("/a%2Fb", "/a%2Fb", "GET /a/b", id="slash in a segment"),
    ],
)
def test_the_path_is_written_as_go_writes_it(db, raw_path, url, message):
    row = row_of(request_to("/x", RAW_PATH=raw_path), HttpResponse())
    assert (json.loads(row.data)["url"], row.message) == (url, message)


@pytest.mark.parametrize(
    ("meta", "key", "value"),
    [
        pytest.param({"RAW_PATH": "/" + "x" * 2999}, "url", "/" + "x" * 2999, id="longest url"),
        pytest.param({"RAW_PATH": "/" + "x" * 3000}, "url", "/" + "x" * 2999 + "...", id="longer url"),
        pytest.param(
            {"QUERY_STRING": "ä" * 2000, "RAW_PATH": "/"}, "url", "/?" + "ä" * 1499 + "...", id="bytes count"
        ),
        pytest.param({"HTTP_REFERER": "r" * 2001}, "referer", "r" * 2000 + "...", id="referer"),
        pytest.param({"HTTP_USER_AGENT": "u" * 2000}, "userAgent", "u" * 2000, id="longest user agent"),
        pytest.param({"HTTP_USER_AGENT": "u" * 9000}, "userAgent", "u" * 2000 + "...", id="user agent"),
        pytest.param({"HTTP_USER_AGENT": "\xc3\xa4"}, "userAgent", "ä", id="utf-8 in a header"),
        pytest.param({"method": "A" * 60}, "method", "A" * 50 + "...", id="method"),
    ],
)
def test_cuts_what_is_long(db, meta, key, value):
    assert json.loads(row_of(request_to("/x", **meta), HttpResponse()).data)[key] == value


def test_created_is_the_moment_of_the_answer(db):
    assert row_of(request_to("/x"), HttpResponse()).created == "1970-01-01 00:00:01.062Z"


def caused(error: ApiError, cause: Exception) -> ApiError:
    error.__cause__ = cause
    return error


NESTED = {"meta": {"appURL": FieldError("validation_is_url", "Must be a valid URL.")}}
INNER = BatchRequestFailed(ApiError("Failed to create record.", {"title": required()}))


@pytest.mark.parametrize(
    ("error", "message", "details"),
    [
        pytest.param(NotFound(), "The requested resource wasn't found.", None, id="nothing to add"),
        pytest.param(ApiError("no", {"a": required()}), "No.", {"a": "cannot be blank"}, id="rejected value"),
        pytest.param(
            ApiError("No.", NESTED), "No.", {"meta": {"appURL": "must be a valid URL"}}, id="nested"
        ),
        pytest.param(
            ApiError(
                "No.", {"a": FieldError("validation_min_text_constraint", "Must be at least 2 character(s).")}
            ),
            "No.",
            {"a": "Must be at least 2 character(s)."},
            id="a sentence of its own",
        ),
        pytest.param(
            ApiError("Batch transaction failed.", {"requests": {"0": INNER}}),
            "Batch transaction failed.",
            {
                "requests": {
                    "0": {
                        "code": "batch_request_failed",
                        "message": "Batch request failed.",
                        "response": {
                            "data": {"title": {"code": "validation_required", "message": "Cannot be blank."}},
                            "message": "Failed to create record.",
                            "status": 400,
                        },
                    }
                }
            },
            id="batch",
        ),
        pytest.param(caused(ApiError("No."), KeyError("a")), "No.", "KeyError: 'a'", id="Python's own error"),
        pytest.param(
            caused(ApiError("No."), caused(NotFound("no row"), ApiError("No."))), "No.", "no row", id="chain"
        ),
    ],
)
def test_an_error_is_logged_with_its_reason(db, error, message, details):
    row = row_of(request_to("/x"), error_response(error))
    data = json.loads(row.data)
    assert (row.level, data["error"], data["details"], data["status"]) == (8, message, details, error.status)


def test_a_crash_is_logged_with_its_traceback(db, caplog):
    try:
        _ = {}["missing"]
    except KeyError as error:
        row = row_of(request_to("/x"), error_response(as_api_error(error)))
    details = json.loads(row.data)["details"]
    assert details.startswith("Traceback") and details.endswith("KeyError: 'missing'")


def test_a_view_may_say_more_or_keep_quiet(db):
    told, hidden, quiet, refused = (request_to("/x") for _ in range(4))
    add_log_meta(told, {"order": 7})
    log_failure(hidden, "there is no such account")
    view = skip_success_activity_log(lambda request: HttpResponse())
    assert row_of(quiet, view(quiet)) is None
    assert (
        row_of(refused, skip_success_activity_log(lambda request: error_response(NotFound()))(refused)).level
        == 8
    )
    rows = [row_of(request, HttpResponse()) for request in (told, hidden)]
    assert [(row.level, json.loads(row.data).get("meta")) for row in rows] == [(0, {"order": 7}), (8, None)]
    assert json.loads(rows[1].data)["error"] == "there is no such account"


def test_a_session_of_the_dashboard_is_named(db):
    save(logs={"logAuthId": True})
    request = request_to("/_/", method="POST")
    log_caller(request, "_superusers", "root00000000001")
    data = json.loads(row_of(request, HttpResponse()).data)
    assert (data["auth"], data["authId"]) == ("_superusers", "root00000000001")


def test_what_cannot_be_noted_fails_no_request(log, monkeypatch, caplog):
    def broken(*arguments):
        raise RuntimeError("broken")

    monkeypatch.setattr(activity_log, "note_of", broken)
    assert send(Client(), "GET", "/api/health").status_code == 200
    assert "a request could not be logged" in caplog.text


BUSY = {"error": "The server is busy, try again.", "details": None}


@pytest.mark.parametrize(
    ("members", "url", "message"),
    [
        pytest.param({}, "/api/x?a=%20b", "POST /api/x?a= b", id="plain"),
        pytest.param({"query_string": b"\xff"}, "/api/x?\ufffd", "POST /api/x?\ufffd", id="broken query"),
    ],
)
def test_what_no_thread_had_room_for_is_logged(log, members, url, message):
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/x",
        "raw_path": b"/api/x",
        "query_string": b"a=%20b",
        "headers": [(b"authorization", b"secret")],
        "client": (LOCAL, 1),
        **members,
    }
    busy = error_response(ApiError("The server is busy, try again.", status=503))
    Refusals()(scope, busy, 0.0015)
    log.flush()
    assert written() == [(8, message, entry(url, method="POST", status=503, **BUSY))]


def test_a_browser_shows_it_to_scripts(log):
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"origin", b"https://app.example")]}
    busy = error_response(ApiError("The server is busy, try again.", status=503))
    Refusals()(scope, busy, 0.0015)
    assert dict(busy.items()) == {
        "Content-Type": "application/json",
        "X-Content-Type-Options": "nosniff",
        "X-Xss-Protection": "1; mode=block",
        "X-Frame-Options": "SAMEORIGIN",
        "Vary": "Origin",
        "Access-Control-Allow-Origin": "*",
    }


def test_a_refusal_that_cannot_be_noted_is_still_answered(log, caplog, monkeypatch):
    monkeypatch.setattr(telling, "note_of", lambda *arguments: 1 / 0)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    Refusals()(scope, error_response(ApiError("x", status=503)), 0.0015)
    assert "a request that was refused could not be logged" in caplog.text
