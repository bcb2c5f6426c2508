"""Several writes in one request, all or none (contract/records.md 11)."""

import json
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

from collections_app.events import record_create_request
from collections_app.records.querying.finding import find_record
from collections_app.records.writing import batch
from platform_app.runtime_settings.current import forget_settings
from tests.collections_app.records.writing.sending import files_of, records_path, without_random
from tests.reference.writing_collections import OPEN

FIRST, SECOND = "batch0000000001", "batch0000000002"
FORM = "application/x-www-form-urlencoded"
UNREADABLE = (400, {"data": {}, "message": "Failed to read the submitted batch data.", "status": 400})
REQUIRED = (
    400,
    {
        "data": {"requests": {"code": "validation_required", "message": "Cannot be blank."}},
        "message": "Invalid batch request data.",
        "status": 400,
    },
)

pytestmark = pytest.mark.usefixtures("committing", "allowed")


@pytest.fixture
def allowed(root):
    status, _ = root("PATCH", "/settings", {"batch": {"enabled": True, "maxRequests": 5, "timeout": 3}})
    assert status == 200
    yield
    forget_settings()


@pytest.fixture
def strict(make_collection):
    return make_collection("strict", [{"type": "text", "name": "t", "required": True}], **OPEN)


def url(collection, record_id=""):
    return "/api" + records_path(collection, record_id)


def test_every_kind_of_write_in_order(guest, c):
    requests = [
        {"method": "POST", "url": url(c) + "?fields=id,t&t=query&n=3", "body": {"id": FIRST}},
        {"method": "PATCH", "url": url(c, FIRST) + "?fields=t,n", "body": {"t": "patched", "n+": 1}},
        {"method": "PUT", "url": url(c) + "?fields=id,t", "body": {"id": FIRST, "t": "put"}},
        {"method": "PUT", "url": url(c) + "?fields=id,t", "body": {"id": SECOND, "t": "new"}},
        {"method": "DELETE", "url": url(c, FIRST)},
    ]
    assert guest("POST", "/batch", {"requests": requests}) == (
        200,
        [
            {"body": {"id": FIRST, "t": "query"}, "status": 200},
            {"body": {"n": 4, "t": "patched"}, "status": 200},
            {"body": {"id": FIRST, "t": "put"}, "status": 200},
            {"body": {"id": SECOND, "t": "new"}, "status": 200},
            {"body": None, "status": 204},
        ],
    )
    assert find_record(c, FIRST) is None


def failed(at, response):
    item = {"code": "batch_request_failed", "message": "Batch request failed.", "response": response}
    return 400, {"data": {"requests": {str(at): item}}, "message": "Batch transaction failed.", "status": 400}


def test_the_first_failure_undoes_everything(guest, c, strict):
    payload = {
        "requests": [
            {"method": "POST", "url": url(c), "body": {"id": FIRST}},
            {"method": "POST", "url": url(strict), "body": {}},
            {"method": "POST", "url": url(c), "body": {"id": SECOND}},
        ]
    }
    response = {
        "data": {"t": {"code": "validation_required", "message": "Cannot be blank."}},
        "message": "Failed to create record.",
        "status": 400,
    }
    parts = [("@jsonPayload", json.dumps(payload)), ("requests.0.f", ("a.txt", b"x"))]
    assert guest.form("POST", "/batch", parts) == failed(1, response)
    assert find_record(c, FIRST) is None
    assert files_of(c, FIRST) == []


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/api/collections/c/records", 400),
        ("POST", "/api/collections/c/records/", 400),
        ("POST", "http://example.com/api/collections/c/records", 400),
        ("POST", "/api/health", 400),
        ("PUT", "/api/collections/c/records/batch0000000001", 400),
        ("DELETE", "/api/collections/c/records", 400),
        ("POST", "/api/collections/%zz/records", 400),
        ("POST", "/api/collections/c/records?a=%zz", 400),
        ("POST", "/api/collections/c/records?fields=bad:(", 400),
        ("POST", "/api/collections/c/records?@jsonPayload=true", 400),
        ("POST", "/api/collections/c/records?a=\x01", 400),
        ("POST", "/api/collections/none/records", 404),
        ("PATCH", "/api/collections/c/records/a b", 404),
        ("PATCH", "/api/collections/c/records/none", 404),
        ("DELETE", "/api/collections/c/records/none", 404),
    ],
)
def test_what_is_no_action_fails(guest, c, method, target, status):
    code, body = guest("POST", "/batch", {"requests": [{"method": method, "url": target, "body": {}}]})
    assert (code, body["data"]["requests"]["0"]["response"]["status"]) == (400, status)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        pytest.param("GET", "/api/collections/c/records", id="no_action"),
        pytest.param("POST", "/api/collections/%zz/records", id="no_url"),
        pytest.param("POST", "/api/collections/c/records?fields=bad:(", id="no_fields"),
    ],
)
def test_what_has_no_answer_of_its_own_breaks_the_item_before(guest, c, method, target):
    requests = [
        {"method": "POST", "url": url(c), "body": {"id": FIRST}},
        {"method": method, "url": target, "body": {}},
    ]
    broken = {"data": {}, "message": "Something went wrong while processing your request.", "status": 500}
    assert guest("POST", "/batch", {"requests": requests}) == failed(1, broken)
    assert find_record(c, FIRST) is None


def test_a_view_is_refused_before_the_query_is_read(guest, root):
    view = {"name": "v", "type": "view", "viewQuery": "select id from users"}
    assert root("POST", "/collections", view)[0] == 200
    body = {"data": {}, "message": "Unsupported collection type.", "status": 400}
    item = {"method": "POST", "url": "/api/collections/v/records?a=%zz", "body": {}}
    assert guest("POST", "/batch", {"requests": [item]}) == failed(0, body)


@pytest.mark.parametrize(
    ("requests", "errors"),
    [
        (None, {"code": "validation_required", "message": "Cannot be blank."}),
        ([], {"code": "validation_required", "message": "Cannot be blank."}),
        (
            [{"method": "POST", "url": "/x"}] * 6,
            {
                "code": "validation_length_too_long",
                "message": "The length must be no more than 5.",
                "params": {"max": 5, "min": 0},
            },
        ),
        (
            [{"method": "POST", "url": "/x"}, {"method": "post"}],
            {
                "1": {
                    "method": {"code": "validation_in_invalid", "message": "Must be a valid value."},
                    "url": {"code": "validation_required", "message": "Cannot be blank."},
                }
            },
        ),
    ],
)
def test_the_shape_is_checked_first(guest, requests, errors):
    body = {"data": {"requests": errors}, "message": "Invalid batch request data.", "status": 400}
    assert guest("POST", "/batch", {"requests": requests}) == (400, body)


@pytest.mark.parametrize(
    "item",
    [1, [], {"method": 0, "url": "/x"}, {"url": False}, {"headers": []}, {"headers": {"a": 1}}, {"body": []}],
    ids=str,
)
def test_an_item_that_cannot_be_read(guest, item):
    assert guest("POST", "/batch", {"requests": [item]}) == UNREADABLE


@pytest.mark.parametrize(
    ("body", "content_type", "answer"),
    [
        pytest.param("", FORM, REQUIRED, id="nothing"),
        pytest.param("a=b&requests.0.method=POST", FORM, REQUIRED, id="other_keys"),
        pytest.param("requests=x", FORM, UNREADABLE, id="text"),
        pytest.param("requests=1&requests=2", FORM, UNREADABLE, id="texts"),
        pytest.param("a=%zz", FORM, UNREADABLE, id="broken_escape"),
        pytest.param('@jsonPayload={"requests":[]}', FORM, REQUIRED, id="payload"),
        pytest.param('{"requests":[5],"Requests":[]}', "application/json", REQUIRED, id="last_spelling"),
        pytest.param('{"requests":[5],"REQUESTS":null}', "application/json", REQUIRED, id="last_is_null"),
    ],
)
def test_other_bodies(guest, body, content_type, answer):
    assert guest.raw("POST", "/batch", body, content_type) == answer


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_a_form_holds_the_items_as_json(guest, c, form):
    payload = json.dumps({"requests": [{"method": "POST", "url": url(c), "body": {"id": FIRST}}]})
    fields = {"@jsonPayload": payload}
    if form == "urlencoded":
        answer = guest.raw("POST", "/batch", urlencode(fields), FORM)
    else:
        answer = guest.form("POST", "/batch", list(fields.items()))
    assert (answer[0], answer[1][0]["body"]["id"]) == (200, FIRST)


def test_files_reach_their_items(guest, c):
    payload = {
        "requests": [
            {"method": "POST", "url": url(c), "body": {"id": FIRST, "f": "replaced by the upload"}},
            {"method": "PUT", "url": url(c), "body": {"id": SECOND}},
        ]
    }
    parts = [
        ("@jsonPayload", json.dumps(payload)),
        ("requests.0.f", ("first.txt", b"1")),
        ("requests[1].f", ("second.txt", b"2")),
        ("requests[1].f+", ("third.txt", b"3")),
        ("requests.9.f", ("nobody.txt", b"4")),
    ]
    status, results = guest.form("POST", "/batch", parts)
    names = [[without_random(name) for name in one["body"]["f"]] for one in results]
    assert (status, names) == (200, [["first_*_*.txt"], ["second_*_*.txt", "third_*_*.txt"]])
    assert files_of(c, SECOND) == [without_random(name) for name in results[1]["body"]["f"]]


@pytest.mark.parametrize(
    "name",
    [
        "requests.00.f",
        "requests[00].f",
        "requests.٠.f",
        "requests.-0.f",
        "requests.0.",
        "requests[0]f",
        "x.0.f",
    ],
)
def test_files_of_no_item(guest, c, name):
    payload = {"requests": [{"method": "POST", "url": url(c), "body": {"id": FIRST}}]}
    parts = [("@jsonPayload", json.dumps(payload)), (name, ("a.txt", b"1"))]
    status, [result] = guest.form("POST", "/batch", parts)
    assert (status, result["body"]["f"]) == (200, [])


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        ("@request.context = 'batch'", True),
        ("@request.method = 'POST'", True),
        ("@request.headers.content_type ~ 'multipart'", True),
        ("@request.headers.x_inner = 'ä€'", True),
        ("@request.query.q = '1'", True),
        ("@request.body.q = 1", True),
        ("@request.auth.id != ''", False),
    ],
)
def test_rules_see_the_item(guest, root, make_collection, rule, passes):
    ruled = make_collection("ruled", **{**OPEN, "create_rule": rule})
    token = root._headers["authorization"]
    headers = {"X-Inner": "ä€", "Authorization": token}
    item = {"method": "PUT", "url": url(ruled) + "?q=1", "headers": headers, "body": {}}
    assert guest("POST", "/batch", {"requests": [item]})[0] == (200 if passes else 400)


def test_a_batch_that_takes_too_long_writes_nothing(guest, c, monkeypatch):
    moments = iter([0.0, 0.0, 4.0])
    monkeypatch.setattr(batch, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    item = {"method": "POST", "url": url(c), "body": {"id": FIRST}}
    body = {"data": {}, "message": "Batch transaction failed.", "status": 400}
    assert guest("POST", "/batch", {"requests": [item]}) == (400, body)
    monkeypatch.undo()
    assert find_record(c, FIRST) is None


def test_a_request_hook_may_stop_one_item(guest, c):
    def stop(event, **kwargs):
        if event.record.id == FIRST:
            return
        yield

    record_create_request.connect(stop, collection="c", dispatch_uid=stop)
    try:
        items = [
            {"method": "POST", "url": url(c) + "?fields=id", "body": {"id": one}} for one in (FIRST, SECOND)
        ]
        answer = guest("POST", "/batch", {"requests": items})
    finally:
        record_create_request.disconnect(dispatch_uid=stop)
    assert answer == (200, [{"body": None, "status": 200}, {"body": {"id": SECOND}, "status": 200}])


def test_batches_may_be_switched_off(guest, root):
    assert root("PATCH", "/settings", {"batch": {"enabled": False}})[0] == 200
    status, body = guest("POST", "/batch", {"requests": []})
    assert (status, body["message"]) == (403, "Batch requests are not allowed.")


def test_the_500_of_an_item_is_logged(guest, c, caplog, monkeypatch):
    monkeypatch.setattr(batch, "creation", lambda *args, **kwargs: 1 / 0)
    status, _ = guest("POST", "/batch", {"requests": [{"method": "POST", "url": url(c), "body": {}}]})
    logged = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    message = "answered with 500: Something went wrong while processing your request."
    assert (status, logged) == (400, [message])
