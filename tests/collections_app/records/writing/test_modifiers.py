"""`name+`, `+name`, `name-` and `name:autogenerate` (contract/records.md 6.2 and 15.2)."""

import re

import pytest

from tests.collections_app.records.writing.sending import codes, records_path
from tests.reference.writing_collections import OPEN

STORED = {"s": ["a", "b"], "s1": "a", "n": 10, "ag": "x", "t": "text"}


@pytest.fixture
def path(guest, c):
    status, record = guest("POST", records_path(c), STORED)
    assert status == 200
    return records_path(c, record["id"])


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({"s+": "c"}, {"s": ["a", "b", "c"]}),
        ({"+s": ["b", "c"]}, {"s": ["b", "c", "a"]}),
        ({"s+": ["c", "a", "d"]}, {"s": ["a", "b", "c", "d"]}),
        ({"s": ["c"], "s+": "d", "+s": "a"}, {"s": ["a", "c", "d"]}),
        ({"s+": "c", "s-": "a"}, {"s": ["b", "c"]}),
        ({"s-": ["a", "b"]}, {"s": []}),
        ({"s+": None}, {}),
        ({"s+": ""}, {}),
        ({"s-": "zz"}, {}),
        ({"n+": "2.5"}, {"n": 12.5}),
        ({"n": 1, "n+": 2, "n-": 4}, {"n": -1}),
        ({"n-": 3, "n+": 5}, {"n": 12}),
        ({"n+": "abc"}, {}),
        ({"n+": None}, {}),
        ({"s1+": "b"}, {"s1": "b"}),
        ({"+s1": "b"}, {}),
        ({"s1-": "a"}, {"s1": ""}),
        ({"s1-": "b"}, {}),
        ({"ag": ""}, {"ag": ""}),
        ({"+n": 5}, {}),
        ({"t+": "x"}, {}),
        ({"j+": 1}, {}),
        ({"t:autogenerate": "x"}, {"t": "x"}),
        ({"updated": "2020-01-01 00:00:00.000Z"}, {}),
    ],
    ids=str,
)
def test_a_modifier_changes_what_is_stored(guest, path, body, changed):
    status, record = guest("PATCH", path, body)
    assert (status, {name: record[name] for name in STORED}) == (200, {**STORED, **changed})


def test_a_value_made_by_a_modifier_is_checked(guest, path):
    answer = guest("PATCH", path, {"s+": "zz"})
    assert codes(answer) == (400, "Failed to update record.", {"s": "validation_invalid_value"})


def test_a_generated_text(guest, c, path):
    assert re.fullmatch("pre-[0-9]{3}", guest("PATCH", path, {"ag:autogenerate": "pre-"})[1]["ag"])
    assert re.fullmatch("[0-9]{3}", guest("POST", records_path(c), {"ag": ""})[1]["ag"])
    assert guest("POST", records_path(c), {"ag": "own"})[1]["ag"] == "own"


def test_a_new_record_starts_from_nothing(guest, c):
    status, record = guest("POST", records_path(c), {"n+": 5, "s+": ["a"], "n-": 2})
    assert (status, record["n"], record["s"]) == (200, 3, ["a"])


def test_hidden_fields_are_for_superusers(guest, root, c):
    assert guest("POST", records_path(c), {"id": "hidden000000001", "h": "x"})[0] == 200
    path = records_path(c, "hidden000000001")
    assert root("GET", path)[1]["h"] == ""
    assert root("PATCH", path, {"h": "seen"})[1]["h"] == "seen"
    assert guest("PATCH", path, {"h": "x", "h:autogenerate": "y"})[0] == 200
    assert root("GET", path)[1]["h"] == "seen"


def test_a_text_that_cannot_be_generated(guest, make_collection):
    """As in the reference: the record is refused, and a modifier adds nothing."""
    never = make_collection("never", [{"type": "text", "name": "t", "autogeneratePattern": r"\b"}], **OPEN)
    assert codes(guest("POST", records_path(never), {})) == (400, "Failed to create record.", {})
    status, record = guest("POST", records_path(never), {"t:autogenerate": "pre"})
    assert (status, record["t"]) == (200, "pre")
