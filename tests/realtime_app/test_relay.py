"""What one process tells the others, and what these make of it (realtime_app/relay.py)."""

import json
import threading

import pytest

from collections_app.fields.registry import field_types
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.finding import find_record
from platform_app.wire.json_encoding import encode
from realtime_app.broadcast import Broadcast
from realtime_app.hub import Hub
from realtime_app.relay import Relay, _row_of
from realtime_app.service import service
from tests.realtime_app.listening import joined, tell
from tests.realtime_app.world import PEOPLE, POSTS, SECONDS, stored_collection

EVERYTHING = [
    {"type": "text", "name": "text"},
    {"type": "number", "name": "number"},
    {"type": "bool", "name": "bool"},
    {"type": "email", "name": "mail"},
    {"type": "url", "name": "url"},
    {"type": "editor", "name": "editor"},
    {"type": "date", "name": "date"},
    {"type": "autodate", "name": "created", "onCreate": True},
    {"type": "select", "name": "one", "values": ["a", "b"], "maxSelect": 1},
    {"type": "select", "name": "many", "values": ["a", "b"], "maxSelect": 2},
    {"type": "json", "name": "json"},
    {"type": "file", "name": "file", "maxSelect": 1},
    {"type": "file", "name": "files", "maxSelect": 5},
    {"type": "relation", "name": "person", "collectionId": "pbc_" + PEOPLE, "maxSelect": 1},
    {"type": "relation", "name": "people", "collectionId": "pbc_" + PEOPLE, "maxSelect": 5},
    {"type": "geoPoint", "name": "place"},
]


@pytest.fixture
def everything(world):
    collection = world.make("rt_everything", *EVERYTHING)
    yield collection
    world.drop(stored_collection("rt_everything"))


def travelled(record):
    row = json.loads(encode(_row_of(record.collection, record.values)))
    return decode_rows(record.collection, [row])[0].values


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="empty"),
        pytest.param(
            {
                "text": 'é "q" \n',
                "number": -1.5,
                "bool": True,
                "mail": "a@example.com",
                "url": "https://example.com/?a=b",
                "editor": "<p>x</p>",
                "date": "2026-01-02 03:04:05.678Z",
                "one": "a",
                "many": ["a", "b"],
                "json": {"a": [1, 2.5, None, "x"]},
                "person": "rt0alice0000000",
                "people": ["rt0alice0000000", "rt0bob000000000"],
                "place": {"lon": 1.5, "lat": -2},
            },
            id="full",
        ),
        pytest.param({"number": 12345678901234567890, "json": None}, id="odd"),
        pytest.param({"json": "text", "number": 1e300}, id="odder"),
    ],
)
def test_a_row_arrives_as_it_was(world, everything, values):
    assert {field["type"] for field in EVERYTHING} | {"password"} == set(field_types())
    record = find_record(everything, world.create("rt_everything", **values))
    assert travelled(record) == record.values


def test_secrets_of_accounts_stay_here(world):
    arrived = travelled(world.alice)
    assert (arrived["tokenKey"], arrived["email"]) == ("", "alice@rt.example.com")
    assert b"$2a$" not in encode(_row_of(world.alice.collection, world.alice.values))


class Wire:
    """A bus that keeps what is published until it is delivered, to the relay that published it."""

    def __init__(self):
        self.handlers, self.letters = {}, []
        self.on = self.handlers.__setitem__

    def has_anybody(self, key):
        return True

    def publish(self, kind, payload):
        self.letters.append((kind, json.loads(encode(payload))))

    def deliver(self):
        letters, self.letters = self.letters, []
        for kind, payload in letters:
            self.handlers[kind](payload)


class Elsewhere:
    """Another process: its clients hear of what is delivered to it, and of nothing else."""

    def __init__(self):
        self.wire, self.hub, self.sent = Wire(), Hub(), []
        self.broadcast = Broadcast(self.hub, tell, lambda groups=None: None)
        self.relay = Relay(self.wire, self.hub, self.broadcast, lambda *message: self.sent.append(message))
        self.relay.listen()

    def hear(self):
        self.wire.deliver()
        done = threading.Event()
        self.broadcast.submit(done.set)
        assert done.wait(SECONDS)


@pytest.fixture
def elsewhere(world):
    process = Elsewhere()
    yield process
    service.relay.listen()  # in its place again
    process.broadcast.stop(SECONDS)


def test_every_write_is_told_with_its_own_values_however_late(world, elsewhere):
    client = joined(elsewhere.hub, f"{POSTS}/*")
    post = world.create(POSTS, title="a")
    world.update(POSTS, post, title="b")
    world.update(POSTS, post, title="c")
    world.delete(POSTS, post)
    elsewhere.hear()
    told = [(action, record["title"]) for _, action, record in client.told()]
    assert told == [("create", "a"), ("update", "b"), ("update", "c"), ("delete", "c")]


def test_accounts_are_read_where_they_are_told(world, elsewhere):
    client = joined(elsewhere.hub, f"{PEOPLE}/*", auth=world.alice)
    world.update(PEOPLE, world.alice.id, name="Alicia")
    assert [letter["row"] for _, letter in elsewhere.wire.letters] == [None]
    world.update(PEOPLE, world.alice.id, name="Ali")
    elsewhere.hear()
    assert [record["name"] for _, _, record in client.told()] == ["Ali", "Ali"]
    assert client.auth["name"] == "Ali"


def test_a_row_of_another_design_is_not_read(world, elsewhere):
    client = joined(elsewhere.hub, f"{POSTS}/*")
    gone, post = world.create(POSTS, title="gone"), world.create(POSTS, title="a")
    elsewhere.hear()
    client.take()
    world.delete(POSTS, gone)
    world.update(POSTS, post, title="b")
    fields = stored_collection(POSTS).fields
    world.redesign(POSTS, fields=(*fields[:-2], fields[-1], fields[-2]))
    elsewhere.hear()
    assert [(action, record["title"]) for _, action, record in client.told()] == [("update", "b")]


def test_messages_by_hand_arrive_whole(world, elsewhere):
    elsewhere.relay.send("news", b'{"n":1}', [("c", "r")])
    elsewhere.relay.send("news", b'"\xc3\xa9"', None)
    elsewhere.hear()
    assert elsewhere.sent == [("news", b'{"n":1}', [("c", "r")]), ("news", b'"\xc3\xa9"', None)]
