"""What events of requests carry, and hand on: who asks, from where, with what (docs/reference/hooks.md)."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, JsonResponse
from django.test import Client

from collections_app.events import (
    batch_request,
    record_create_request,
    record_enrich,
    record_view_request,
    records_list_request,
)
from collections_app.orm import collection_model
from collections_app.request_info import RequestInfo
from collections_app.views.guards import auth_record
from platform_app.hooks.event import Event
from platform_app.hooks.hook import Hook
from platform_app.requests.exchange import exchange_of
from platform_app.wire.errors import Forbidden
from realtime_app.events import RealtimeSubscribeEvent, realtime_connect_request, realtime_message_send
from tests.auth_app.accounts import stored
from tests.hooks.world import RECORD, ROOT
from tests.system_app.settings_row import save


def batch(*bodies, url="/api/collections/posts/records", **headers):
    return {"requests": [{"method": "POST", "url": url, "body": body, "headers": headers} for body in bodies]}


def test_a_request_tells_where_it_comes_from(world, connect):
    save(trustedProxy={"headers": ["X-Forwarded-For"], "useLeftmostIP": False})
    seen = []

    def look(event, **kwargs):
        seen.append(
            (event.remote_ip, event.real_ip, event.request.path, event.auth, event.has_superuser_auth)
        )

    connect(record_view_request, look)
    world.prepare_view()
    path = f"collections/posts/records/{RECORD}"
    world.send("GET", path, **{"X-Forwarded-For": "203.0.113.9"})
    assert seen == [("127.0.0.1", "203.0.113.9", f"/api/{path}", None, False)]


def test_whom_a_receiver_signs_in_sees_what_they_may_see(world, connect):
    """A hidden field is for superusers; rules were asked before."""
    world.design.change(
        "posts", fields=[{**field, "hidden": field["name"] == "t"} for field in world.posts["fields"]]
    )
    world.prepare_view()
    assert (world.view(), b'"t"' in world.content) == (200, False)
    heard = []

    def promote(event, **kwargs):
        event.auth = stored("_superusers", ROOT)
        assert event.has_superuser_auth
        yield
        heard.append(auth_record(event.request).id)

    connect(record_view_request, promote)
    connect(record_enrich, lambda event, **kwargs: heard.append(event.info.auth.id))
    assert (world.view(), b'"t":"old"' in world.content) == (200, True)
    assert heard == [ROOT, ROOT]


def test_the_store_is_one_for_all_who_see_a_request_and_ends_with_it(world, connect):
    seen = []

    def first(event, **kwargs):
        seen.append(event.store.get("greeting"))
        event.store["greeting"] = "hello"

    connect(records_list_request, first)
    connect(records_list_request, lambda event, **kwargs: seen.append(event.store["greeting"]))
    world.list()
    world.list()
    assert seen == [None, "hello", None, "hello"]


@pytest.mark.parametrize("is_batch", [False, True], ids=["form", "batch"])
def test_uploads_can_be_read_and_stored(world, connect, is_batch):
    """The files of a part, as a `file` field takes them, whatever the part is called."""
    seen = []

    def take(event, **kwargs):
        (upload,) = event.uploaded_files("attachment")
        with upload.open() as content:
            seen.append((upload.original_name[:8], upload.size_bytes, content.read()))
        seen.append(event.uploaded_files("nothing"))
        event.record["file"] = upload

    connect(record_create_request, take)
    file = SimpleUploadedFile("document.txt", b"content")
    if is_batch:
        form = {"@jsonPayload": json.dumps(batch({"t": "new"})), "requests.0.attachment": file}
        answer = Client().post("/api/batch", form)
    else:
        answer = Client().post("/api/collections/posts/records", {"t": "new", "attachment": file})
    assert (answer.status_code, seen) == (200, [("document", 7, b"content"), []])
    (post,) = collection_model("posts").objects.all()
    assert str(post.file).startswith("document_")


class TestBatches:
    """Each item is a request of its own in the one that brings all."""

    def test_items_have_their_own_request(self, world, connect):
        seen = []

        def outer(event, **kwargs):
            event.store["outer"] = 1

        def inner(event, **kwargs):
            request = event.request
            seen.append(
                (request.method, request.get_full_path(), request.headers["X-Own"], dict(event.store))
            )
            event.store["inner"] = 1
            event.headers["X-Inner"] = "not sent"

        connect(batch_request, outer)
        connect(record_create_request, inner)
        url = "/api/collections/posts/records?a=1"
        assert world.send("POST", "batch", batch({"t": "a"}, {"t": "b"}, url=url, **{"X-Own": "mine"})) == 200
        assert seen == [("POST", url, "mine", {"outer": 1})] * 2
        assert "X-Inner" not in world.headers

    def test_whom_the_batch_is_signed_in_as_its_items_are(self, world, connect):
        seen = []

        def promote(event, **kwargs):
            event.auth = stored("_superusers", ROOT)

        connect(batch_request, promote)
        connect(
            record_create_request,
            lambda event, **kwargs: seen.append((event.auth.id, event.has_superuser_auth)),
        )
        assert world.batch() == 200
        assert seen == [(ROOT, True)]

    @pytest.mark.parametrize(
        ("response", "result"),
        [
            pytest.param(
                JsonResponse({"own": 1}, status=201), {"body": {"own": 1}, "status": 201}, id="json"
            ),
            pytest.param(HttpResponse("tea", status=418), {"body": "tea", "status": 418}, id="text"),
            pytest.param(HttpResponse(status=204), {"body": None, "status": 204}, id="nothing"),
        ],
    )
    @pytest.mark.parametrize("is_after", [False, True], ids=["instead", "after"])
    def test_a_receiver_answers_for_an_item(self, world, connect, response, result, is_after):
        def answer(event, **kwargs):
            if is_after:
                yield
            return response
            yield

        connect(record_create_request, answer)
        world.batch()
        assert (json.loads(world.content), world.titles) == ([result], ["new"] if is_after else [])

    def test_an_error_behind_an_item_undoes_them_all(self, world, connect):
        def late(event, **kwargs):
            yield
            raise Forbidden("Too late.")

        connect(record_create_request, late)
        assert (world.batch(), world.titles) == (400, [])
        assert b'"message":"Too late.","status":403' in world.content


def test_an_inner_sign_up_does_not_answer_the_sign_in(world, connect):
    """The create of OAuth2 is a request in the sign-in's, as in the reference."""

    def look(event, **kwargs):
        yield
        event.headers["X-Inner"] = "not sent"
        return HttpResponse("not sent")

    connect(record_create_request, look)
    assert (world.auth_with_oauth2(), b'"token"' in world.content) == (200, True)
    assert "X-Inner" not in world.headers


def test_headers_are_sent_with_errors_and_come_before_the_answers_own(world, connect):
    def head(event, **kwargs):
        event.headers["Content-Type"] = "text/x"
        event.set_cookie("seen", "1", httponly=True)
        if "refuse" in event.info.query:
            raise Forbidden

    connect(records_list_request, head)
    assert (world.list(), world.headers["Content-Type"]) == (200, "text/x")
    answer = Client().get("/api/collections/posts/records?refuse=1")
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/x")
    assert answer.cookies["seen"].OutputString() == "seen=1; HttpOnly; Path=/"


def test_a_stream_has_its_headers_and_its_messages_their_request(world, connect):
    seen = []

    def head(event, **kwargs):
        event.headers["X-Hook"] = "here"

    connect(realtime_connect_request, head)
    connect(realtime_message_send, lambda event, **kwargs: seen.append(event.request.headers["X-Own"]))
    assert world.send("GET", "realtime", **{"X-Own": "mine"}) == 200
    assert (world.headers["X-Hook"], seen) == ("here", ["mine"])


def test_without_a_request_there_is_an_empty_one():
    event = RealtimeSubscribeEvent(RequestInfo(), None, [])
    event.store["a"] = 1
    event.headers["b"] = "2"
    assert (event.store, event.remote_ip, event.request.method) == ({"a": 1}, "", None)
    assert exchange_of(event.request).store is event.store


def test_where_nobody_asks_nothing_is_answered():
    hook = Hook()
    hook.connect(lambda **kwargs: HttpResponse())
    with pytest.raises(TypeError, match="not about a request"):
        hook.trigger(Event())


def test_a_generator_that_answers_nobody_is_an_error_for_those_around_it():
    hook, seen = Hook(), []

    def outer(**kwargs):
        try:
            yield
        except TypeError as error:
            seen.append(str(error))

    def inner(**kwargs):
        yield
        return HttpResponse()

    hook.connect(outer)
    hook.connect(inner)
    hook.trigger(Event())
    assert seen == ["Event is not about a request: no receiver can answer it"]


def test_all_receivers_are_removed_at_once():
    hook, told = Hook(tagged=True), []
    hook.changed.append(lambda: told.append(hook.has_listeners()))
    hook.connect(lambda **kwargs: None, collection="posts")
    hook.connect(lambda **kwargs: None)
    hook.disconnect_all()
    assert (hook.has_listeners(), hook.has_receivers_for(frozenset(("posts",))), told) == (
        False,
        False,
        [True, True, False],
    )
