"""A stream about to open: the connect hook around it, and its first message (contract/realtime.md 2)."""

import gc
import threading

import pytest
from django.test import Client as HttpClient
from django.test import RequestFactory

from platform_app.requests.lane_threads import threads_of
from platform_app.wire.errors import Forbidden
from realtime_app.clients import Client
from realtime_app.connecting import open_stream
from realtime_app.events import IDLE_SECONDS, MAX_SECONDS, realtime_connect_request, realtime_message_send
from realtime_app.messages import frame_through_hook
from realtime_app.service import service


@pytest.fixture
def request_():
    return RequestFactory().get("/api/realtime")


def settle():
    """Return when the threads of the pool have done what was given to them."""
    done = threading.Barrier(threads_of("pool").size + 1)
    for _ in range(threads_of("pool").size):
        threads_of("pool").submit(done.wait, 60)
    done.wait(60)


class Visits:
    """Receivers of the connect hook that note what they do."""

    def __init__(self, connect):
        self.connect = connect
        self.log = []

    def add(self, name, *, before=None, after=None):
        def visit(event, **kwargs):
            if before:
                before(event)
            self.log.append(f"{name} comes")
            yield
            self.log.append(f"{name} goes")
            if after:
                after(event)

        self.connect(realtime_connect_request, visit)


@pytest.fixture
def visits(connect):
    return Visits(connect)


def test_without_receivers(request_):
    client = Client()
    opening = open_stream(request_, client)
    assert (opening.client, opening.idle_seconds, opening.max_seconds) == (client, 300.0, 1800.0)
    assert (IDLE_SECONDS, MAX_SECONDS) == (300.0, 1800.0)
    assert (
        opening.first_frame
        == f'id:{client.id}\nevent:PB_CONNECT\ndata:{{"clientId":"{client.id}"}}\n\n'.encode()
    )
    opening.end()


def test_receivers_see_the_client_and_set_its_times(request_, connect):
    def shorten(event, **kwargs):
        assert event.request is request_
        event.client.set("seen", True)
        event.idle_seconds, event.max_seconds = 1.0, 2.0

    connect(realtime_connect_request, shorten)
    opening = open_stream(request_, Client())
    assert (opening.idle_seconds, opening.max_seconds, opening.client.get("seen")) == (1.0, 2.0, True)
    opening.end()


def test_what_follows_the_yield_runs_once_at_the_end(request_, visits):
    visits.add("first")
    visits.add("second")
    opening = open_stream(request_, Client())
    settle()
    assert visits.log == ["first comes", "second comes"]
    opening.end()
    opening.end()
    settle()
    assert visits.log == ["first comes", "second comes", "second goes", "first goes"]
    del opening
    gc.collect()
    settle()
    assert len(visits.log) == 4


def test_it_runs_for_a_stream_that_nobody_held(request_, visits):
    visits.add("one")
    open_stream(request_, Client())
    settle()
    assert visits.log == ["one comes", "one goes"]


def test_one_that_fails_at_the_end_keeps_no_other_from_its_end(request_, visits, caplog):
    visits.add("first")
    visits.add("second", after=lambda event: 1 / 0)
    open_stream(request_, Client()).end()
    settle()
    # As in any chain the error goes through the receivers before, at their yield.
    assert visits.log == ["first comes", "second comes", "second goes"]
    assert [record.getMessage() for record in caplog.records if record.name == "collections_app.events"] == [
        "a hook's receiver failed after its request was answered: division by zero"
    ]


def test_a_receiver_that_stops_opens_no_stream_and_ends_those_before(request_, visits, connect):
    visits.add("first")

    def stop(event, **kwargs):
        return
        yield

    connect(realtime_connect_request, stop)
    assert open_stream(request_, Client()) is None
    assert visits.log == ["first comes"]


@pytest.mark.parametrize(
    ("error", "status"),
    [pytest.param(Forbidden("Not you."), 403, id="refuses"), pytest.param(ValueError("x"), 400, id="fails")],
)
def test_a_receiver_that_raises_answers_the_request(db, visits, error, status):
    def fail(event):
        raise error

    visits.add("first")
    visits.add("second", before=fail)
    answer = HttpClient().get("/api/realtime")
    assert (answer.status_code, visits.log, len(service.hub)) == (status, ["first comes"], 0)


@pytest.mark.parametrize("method", ["get", "head"])
def test_the_head_of_the_answer(db, visits, method):
    visits.add("one")
    answer = getattr(HttpClient(), method)("/api/realtime")
    headers = {name: answer[name] for name in ("Content-Type", "Cache-Control", "X-Accel-Buffering")}
    assert (answer.status_code, headers) == (
        200,
        {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
    del answer  # what Django's client answers with never has a stream
    gc.collect()
    settle()
    assert visits.log == ["one comes", "one goes"]


# --- the hook of messages -----------------------------------------------------------------------------


def test_every_message_goes_through_the_hook(request_, connect):
    seen = []
    connect(
        realtime_message_send, lambda event, **kwargs: seen.append((event.client, event.name, event.data))
    )
    client = open_stream(request_, Client()).client
    frame_through_hook(client, "posts/*", b"{}")
    connected = b'{"clientId":"%b"}' % client.id.encode()
    assert seen == [(client, "PB_CONNECT", connected), (client, "posts/*", b"{}")]


def edit(event, **kwargs):
    event.name, event.data = "other", b'{"edited":true}'


def drop(event, **kwargs):
    return
    yield


def fail(event, **kwargs):
    raise RuntimeError("no")


@pytest.mark.parametrize(
    ("receiver", "tail"),
    [
        pytest.param(edit, b'\nevent:other\ndata:{"edited":true}\n\n', id="edits"),
        pytest.param(drop, b"", id="drops"),
        pytest.param(fail, None, id="ends_the_stream"),
    ],
)
def test_what_a_receiver_does_with_a_message(request_, connect, receiver, tail):
    connect(realtime_message_send, receiver)
    opening = open_stream(request_, Client())
    expected = tail and opening.client.head + tail
    assert (opening.first_frame, frame_through_hook(opening.client, "a", b"1")) == (expected, expected)
