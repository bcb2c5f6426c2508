"""Actions of one's own in batches: who is called with what, and that they share the batch's transaction."""

import pytest
from django.http import HttpResponse, JsonResponse

from collections_app import batch_actions
from collections_app.batch_actions import batch_action
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from platform_app.runtime_settings.current import forget_settings
from platform_app.wire.errors import Forbidden
from tests.collections_app.records.writing.sending import records_path

FIRST = "batch0000000001"

pytestmark = pytest.mark.usefixtures("committing", "allowed", "no_actions")


@pytest.fixture
def allowed(root):
    status, _ = root("PATCH", "/settings", {"batch": {"enabled": True, "maxRequests": 5, "timeout": 3}})
    assert status == 200
    yield
    forget_settings()


@pytest.fixture
def no_actions(monkeypatch):
    monkeypatch.setattr(batch_actions, "_actions", {})


def url(collection, record_id=""):
    return "/api" + records_path(collection, record_id)


def run(client, *items):
    return client("POST", "/batch", {"requests": list(items)})


def test_an_action_stands_beside_writes_of_records(guest, c):
    @batch_action("POST /api/shop/orders/{order}/pay")
    def pay(info, order):
        assert collection_model("c").objects.get(id=FIRST).t == "x"  # what was written before it is there
        return {"order": order, "amount": info.body["amount"], "method": info.method, "by": info.auth}

    assert run(
        guest,
        {"method": "POST", "url": url(c) + "?fields=id", "body": {"id": FIRST, "t": "x"}},
        {
            "method": "POST",
            "url": "/api/shop/orders/a%20b/pay?fields=order,amount,method,by",
            "body": {"amount": 5},
        },
        {"method": "PATCH", "url": url(c, FIRST) + "?fields=t", "body": {"t": "y"}},
    ) == (
        200,
        [
            {"body": {"id": FIRST}, "status": 200},
            {"body": {"order": "a b", "amount": 5, "method": "POST", "by": None}, "status": 200},
            {"body": {"t": "y"}, "status": 200},
        ],
    )


def test_a_failing_action_undoes_everything(guest, c):
    @batch_action("DELETE /api/shop")
    def close(info):
        raise Forbidden("Not you.")

    status, answer = run(
        guest,
        {"method": "POST", "url": url(c), "body": {"id": FIRST}},
        {"method": "DELETE", "url": "/api/shop"},
    )
    failed = answer["data"]["requests"]["1"]
    assert (status, failed["response"]) == (400, {"data": {}, "message": "Not you.", "status": 403})
    assert find_record(c, FIRST) is None


def test_what_an_action_wrote_is_undone_with_the_batch(guest, c):
    @batch_action("PUT /api/shop")
    def fill(info):
        collection_model("c").objects.create(id=FIRST)

    status, _ = run(
        guest, {"method": "PUT", "url": "/api/shop"}, {"method": "DELETE", "url": url(c, "none" * 3)}
    )
    assert (status, find_record(c, FIRST)) == (400, None)


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        pytest.param({"a": 1, "b": 2}, {"body": {"a": 1}, "status": 200}, id="json"),
        pytest.param(None, {"body": None, "status": 204}, id="nothing"),
        pytest.param(
            JsonResponse({"a": 1}, status=201), {"body": {"a": 1}, "status": 201}, id="json_response"
        ),
        pytest.param(HttpResponse("text"), {"body": "text", "status": 200}, id="text"),
    ],
)
def test_what_an_action_may_return(guest, returned, expected):
    batch_action("GET /api/it")(lambda info: returned)
    assert run(guest, {"method": "GET", "url": "/api/it?fields=a"}) == (200, [expected])


def test_an_action_sees_who_asks_and_the_request(root):
    seen = []

    @batch_action("GET /api/it")
    def look(info):
        seen.append((info.is_superuser, info.context, info.query, info.headers["x_a"], info.request.path))

    run(root, {"method": "GET", "url": "/api/it?b=1", "headers": {"X-A": "2"}})
    assert seen == [(True, "batch", {"b": "1"}, "2", "/api/it")]


def test_uploads_beside_actions_are_stored(guest, c):
    batch_action("POST /api/it")(lambda info: {"a": 1})
    items = '{"requests": [{"method": "POST", "url": "/api/it"}, {"method": "POST", "url": "%s?fields=f"}]}'
    parts = [("@jsonPayload", items % url(c)), ("requests.1.f", ("a.txt", b"x"))]
    status, results = guest.form("POST", "/batch", parts)
    assert status == 200
    assert len(results[1]["body"]["f"]) == 1


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"method": "GET", "url": "/api/shop/1"}, id="method"),
        pytest.param({"method": "POST", "url": "/api/shop/1/2"}, id="path"),
        pytest.param({"method": "POST", "url": "/api/shop/"}, id="empty_segment"),
        pytest.param({"method": "POST", "url": "/api/shop/%zz"}, id="broken_path"),
    ],
)
def test_nothing_else_is_an_action(guest, item):
    batch_action("POST /api/shop/{name}")(lambda info, name: {})
    status, answer = run(guest, item)
    assert (status, list(answer["data"]["requests"])) == (400, ["0"])


@pytest.mark.parametrize(
    "route",
    ["", "POST", "POST api/x", "post /api/x", "HEAD /x", "POST /x?a=1", "POST /{a}/{a}", "GET /{info}"],
)
def test_what_is_no_route_is_refused(route):
    with pytest.raises(ValueError, match="POST|GET|HEAD|post|''"):
        batch_action(route)


def test_a_second_action_of_a_route_is_refused():
    batch_action("GET /api/it")(lambda info: None)
    with pytest.raises(RuntimeError, match="twice"):
        batch_action("GET /api/it")(lambda info: None)
