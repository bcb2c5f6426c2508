"""Messages by hand: `realtime.send`, the broker, clients that wait for OAuth2 (contract/realtime.md 8)."""

import asyncio
import threading

import pytest
from django.db import transaction

from auth_app.oauth2_clients import find_client
from realtime_app import broker, realtime
from realtime_app.bus.bus import Bus
from realtime_app.events import realtime_message_send
from realtime_app.service import RealtimeService, service
from tests.auth_app.accounts import alice
from tests.realtime_app.listening import Listener

OPTIONS = "orders?options=%7B%7D"
BOB = alice(id="bob000000000001", email="bob@example.com")


class Loop:
    """The service of this process on an event loop of its own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.run(service._start())

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def settle(self):
        """Return when all that was sent by now has arrived."""
        if realtime_message_send.has_listeners():
            done = threading.Event()
            service._hooked.put(done.set)
            assert done.wait(60)

        async def arrived():
            while service._deliveries._parts:
                await asyncio.sleep(0)

        self.run(arrived())

    def end(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture(scope="module")
def loop():
    loop = Loop()
    yield loop
    service._deliveries = service._loop = None
    loop.end()


@pytest.fixture
def join(loop):
    """A client of this process that is subscribed: `join("orders", auth=alice())`."""

    def join(*topics, auth=None):
        client = Listener()
        client.attach(client.frames.append, client._count_close, service.send)
        service.hub.register(client)
        service.hub.subscribe(client, topics, auth)
        return client

    yield join
    loop.settle()
    for client in service.hub.clients():
        service.hub.unregister(client)


def send(loop, *arguments, **keywords):
    realtime.send(*arguments, **keywords)
    loop.settle()


# --- realtime.send ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "hearing"),
    [
        pytest.param("orders", ["orders", OPTIONS, "orders?"], id="with_any_options"),
        pytest.param(OPTIONS, [OPTIONS], id="with_these_options"),
        pytest.param("orders?", ["orders?"], id="with_an_empty_query"),
        pytest.param("order", [], id="beginning"),
        pytest.param("ORDERS", [], id="case"),
        pytest.param("orders/*", ["orders/*"], id="another"),
    ],
)
def test_a_topic_reaches_who_is_subscribed(db, committing, loop, join, topic, hearing):
    client = join("orders", OPTIONS, "orders?", "orders/*", "other")
    send(loop, topic, {"n": 17})
    assert sorted(client.take()) == sorted((name, {"n": 17}) for name in hearing)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(None, b"null", id="nothing"),
        pytest.param({"a": "x\ny"}, b'{"a":"x\\ny"}', id="line_feed"),
        pytest.param([1, True, "é"], '[1,true,"é"]'.encode(), id="list"),
        pytest.param(
            "x" * (realtime.MOST_BYTES - 2), b'"%b"' % (b"x" * (realtime.MOST_BYTES - 2)), id="most"
        ),
    ],
)
def test_any_json_is_one_line(db, committing, loop, join, data, text):
    client = join("orders")
    send(loop, "orders", data)
    assert client.frames == [client.head + b"\nevent:orders\ndata:" + text + b"\n\n"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(object(), TypeError, id="no_json"),
        pytest.param("x" * (realtime.MOST_BYTES - 1), ValueError, id="too_large"),
    ],
)
def test_other_data_is_refused(db, data, error):
    with pytest.raises(error):
        realtime.send("orders", data)


@pytest.mark.parametrize(
    ("to", "hearing"),
    [
        pytest.param(None, ["guest", "alice", "bob"], id="all"),
        pytest.param([BOB], ["bob"], id="one"),
        pytest.param([BOB, alice()], ["alice", "bob"], id="several"),
        pytest.param([], [], id="nobody"),
        pytest.param([alice(id="carol0000000001")], [], id="who_is_not_there"),
    ],
)
def test_some_of_those_who_are_signed_in(db, committing, loop, join, to, hearing):
    clients = {
        "guest": join("orders"),
        "alice": join("orders", auth=alice()),
        "bob": join("orders", auth=BOB),
    }
    send(loop, "orders", 1, to=None if to is None else iter(to))
    assert [name for name, client in clients.items() if client.take()] == hearing


def test_it_goes_out_with_the_commit(db, loop, join, django_capture_on_commit_callbacks):
    client = join("orders")
    with django_capture_on_commit_callbacks(execute=True):
        realtime.send("orders", 1)
        with pytest.raises(RuntimeError), transaction.atomic():
            realtime.send("orders", 2)
            raise RuntimeError
        loop.settle()
        assert client.take() == []
    loop.settle()
    assert client.take() == [("orders", 1)]


def test_messages_of_one_thread_come_in_order(db, loop, join, committing):
    client = join("orders")
    for number in range(300):
        realtime.send("orders", number)
    loop.settle()
    assert [data for _, data in client.take()] == list(range(300))


def test_without_a_server_nobody_hears():
    RealtimeService(Bus()).send_to_topic("orders", b"1")


# --- the broker ---------------------------------------------------------------------------------------


def test_the_broker_knows_the_clients_of_this_process(join):
    clients = [join("orders") for _ in range(5)]
    assert (broker.clients(), broker.count(), broker.find(clients[2].id)) == (clients, 5, clients[2])
    assert broker.find("x") is None


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        pytest.param(2, [2, 2, 1], id="some"),
        pytest.param(5, [5], id="all"),
        pytest.param(300, [5], id="more"),
    ],
)
def test_clients_come_in_chunks(join, size, sizes):
    clients = [join() for _ in range(5)]
    chunks = broker.chunked_clients(size)
    assert ([len(chunk) for chunk in chunks], [one for chunk in chunks for one in chunk]) == (sizes, clients)


def test_there_are_no_chunks_of_nobody_and_none_without_a_size(loop):
    assert broker.chunked_clients(300) == []
    with pytest.raises(ValueError, match="at least 1"):
        broker.chunked_clients(0)


def test_a_client_is_sent_to_whatever_it_is_subscribed_to(loop, join):
    client, other = join("orders"), join("orders")
    client.send("anything", {"n": 1})
    loop.settle()
    assert (client.take(), other.take()) == ([("anything", {"n": 1})], [])


# --- the hook -----------------------------------------------------------------------------------------


def test_receivers_see_each_message_to_each_client(db, loop, join, connect, committing):
    def edit(event, **kwargs):
        event.data = b'"for %b"' % event.client.get("name").encode()

    connect(realtime_message_send, edit)
    clients = [join("orders") for _ in range(3)]
    for number, client in enumerate(clients):
        client.set("name", str(number))
    send(loop, "orders", 1)
    clients[0].send("more", 2)
    loop.settle()
    assert [client.take() for client in clients] == [
        [("orders", "for 0"), ("more", "for 0")],
        [("orders", "for 1")],
        [("orders", "for 2")],
    ]


def test_a_receiver_drops_messages_and_ends_streams(db, loop, join, connect, committing):
    def judge(event, **kwargs):
        if event.client.get("fails"):
            raise RuntimeError("no")
        if not event.client.get("drops"):
            yield

    connect(realtime_message_send, judge)
    usual, dropping, failing = join("orders"), join("orders"), join("orders")
    dropping.set("drops", True)
    failing.set("fails", True)
    send(loop, "orders", 1)
    assert [(client.take(), client.closed) for client in (usual, dropping, failing)] == [
        ([("orders", 1)], 0),
        ([], 0),
        ([], 1),
    ]


def test_when_too_much_waits_for_receivers_streams_are_closed(
    db, loop, join, connect, committing, monkeypatch
):
    begun, go = threading.Event(), threading.Event()

    def wait(event, **kwargs):
        begun.set()
        assert go.wait(60)

    connect(realtime_message_send, wait)
    client = join("orders")
    realtime.send("orders", 1)
    assert begun.wait(60)
    monkeypatch.setattr(service._hooked, "_most", 2)
    for number in (2, 3, 4):
        realtime.send("orders", number)
    go.set()
    monkeypatch.undo()
    loop.settle()
    assert ([data for _, data in client.take()], client.closed) == ([1, 2, 3], 1)


# --- the end ------------------------------------------------------------------------------------------


def test_a_server_that_ends_closes_all_streams_and_lets_nobody_in(loop, join):
    clients = [join("orders"), join()]

    async def close():
        service._begin_closing()
        return service.admit(Listener())

    is_admitted = loop.run(close())
    loop.settle()
    service._is_closing = False
    assert (is_admitted, [client.closed for client in clients]) == (False, [1, 1])


# --- OAuth2 -------------------------------------------------------------------------------------------


def test_a_client_that_waits_for_oauth2_is_told_once(loop, join):
    client = join("@oauth2", "other")
    waiting = find_client(client.id)
    assert (waiting.ip, waiting.take_subscription(), waiting.take_subscription()) == ("", True, False)
    waiting.send("@oauth2", '{"state":"x"}')
    loop.settle()
    assert (client.take(), list(client.topics)) == ([("@oauth2", {"state": "x"})], ["other"])


@pytest.mark.parametrize("topic", ["@oauth2?", "@oauth2?options=x", "@OAUTH2"])
def test_only_exactly_the_topic_waits(join, topic):
    assert find_client(join(topic).id).take_subscription() is False


def test_nobody_else_is_found(join):
    client = join("@oauth2")
    waiting = find_client(client.id)
    service.hub.unregister(client)
    assert (find_client("x"), find_client(""), find_client(client.id), waiting.take_subscription()) == (
        None,
        None,
        None,
        False,
    )
