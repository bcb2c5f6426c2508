"""What one process tells the others: the rows of records that are gone (realtime_app/relay.py)."""

import json

import pytest

from collections_app.fields.registry import field_types
from collections_app.records.querying.finding import find_record
from platform_app.wire.json_encoding import encode
from realtime_app.relay import _row_of, _values_of
from tests.realtime_app.world import PEOPLE, stored_collection

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
    return _values_of(record.collection, row)


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


def test_a_row_of_another_design_is_not_read(world, everything):
    record = find_record(everything, world.create("rt_everything"))
    row = _row_of(everything, record.values)
    assert (_values_of(everything, row[:-1]), _values_of(everything, [*row, ""])) == (None, None)
