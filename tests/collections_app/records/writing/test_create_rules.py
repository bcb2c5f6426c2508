"""The create rule looks at a record that is not stored yet (contract/records.md 4.1, filters.md 12.6)."""

import pytest

from tests.collections_app.records.writing.sending import Sender, codes, records_path
from tests.reference.writing_collections import OPEN

TARGET = "target000000001"


@pytest.fixture
def open_to(make_collection, guest):
    target = make_collection("wtarget", [{"type": "text", "name": "t"}], **OPEN)
    assert guest("POST", records_path(target), {"id": TARGET, "t": "1"})[0] == 200

    def make(rule):
        fields = [
            {"type": "text", "name": "t"},
            {"type": "number", "name": "n"},
            {"type": "select", "name": "s", "values": list("abcd"), "maxSelect": 4},
            {"type": "select", "name": "s1", "values": list("ab"), "maxSelect": 1},
            {"type": "bool", "name": "b"},
            {"type": "geoPoint", "name": "g"},
            {"type": "relation", "name": "r", "collectionId": target.id, "maxSelect": 1},
            {"type": "text", "name": "h", "hidden": True},
            {"type": "json", "name": "j"},
            {"type": "file", "name": "f", "maxSelect": 2},
            {"type": "date", "name": "d"},
            {"type": "text", "name": "ag", "autogeneratePattern": "[0-9]{3}"},
            {"type": "autodate", "name": "created", "onCreate": True},
        ]
        return make_collection("wrule", fields, **{**OPEN, "create_rule": rule})

    return make


@pytest.mark.parametrize(
    ("rule", "body", "passes"),
    [
        ("t = 'x'", {"t": "x"}, True),
        ("t = 'x'", {"t": "y"}, False),
        ("t = 'x'", {}, False),
        ("n > 5", {"n": "6"}, True),
        ("n > 5", {"n+": 6}, True),
        ("n = @request.body.n", {"n": "7"}, True),
        ("@request.body.n:isset = true", {"n+": 1}, True),
        ("@request.body.n:isset = true", {}, False),
        ("@request.body.unknown = 'q'", {"unknown": "q"}, True),
        ("s:length = 2", {"s": ["a", "b"]}, True),
        ("s:each ~ 'a'", {"s": ["a", "b"]}, False),
        ("@request.body.s:length > 1", {"s": "a"}, False),
        ("r.t = '1'", {"r": TARGET}, True),
        ("r.t = '1'", {}, False),
        ("@request.body.r.t = '1'", {"r": TARGET}, True),
        ("@collection.wtarget.t ?= t", {"t": "1"}, True),
        ("@collection.wtarget.t ?= t", {"t": "2"}, False),
        ("@collection.wrule.t ?= t", {"t": "only stored ones count"}, False),
        ("h = ''", {"h": "dropped"}, True),
        ("@request.body.h:isset = false", {"h": "dropped"}, True),
        ("ag = '' && created = ''", {"ag": ""}, True),
        ("id ~ '__temp_id__'", {}, True),
        ("id = 'rule00000000001'", {"id": "rule00000000001"}, True),
        ("j.a = 1", {"j": {"a": 1}}, True),
        ("d > '2020-01-01'", {"d": "2024-05-05"}, True),
        ("@request.body.d = '2024-05-05 00:00:00.000Z'", {"d": "2024-05-05"}, True),
        ("@request.method = 'POST' && @request.context = 'default'", {}, True),
        ("missing.path = 1", {}, False),
        ("@request.body.t:isset = true", {"t": None}, True),
        ("@request.body.t:isset = true", {}, False),
        ("@request.body.s:length = 2", {"s": ["a", "b", "a"]}, True),
        ("@request.body.s1:length = 1", {"s1": ""}, True),
        ("@request.body.s1:length = 1", {"s1": "a"}, True),
        ("""@request.body.s = '["a"]'""", {"s": "a"}, True),
        ("@request.body.b = true", {"b": "true"}, True),
        ("""@request.body.g = '{"lon":1,"lat":2}'""", {"g": {"lat": 2, "lon": 1}}, True),
        ("@request.body.nope.a.b = 'c'", {"nope": {"a": {"b": "c"}}}, True),
        ("@request.body.nope.0 = 'c'", {"nope": ["c"]}, True),
        ("@request.body.s:each ?~ t", {"s": ["a", "b"], "t": "a"}, True),
        ("t = 'a' || t ~ @request.body.s:each", {"s": ["a"], "t": "a"}, False),
        ("@request.auth.verified = false", {}, False),
        ("@request.auth.verified != true", {}, True),
    ],
    ids=str,
)
def test_a_rule_decides(guest, open_to, rule, body, passes):
    collection = open_to(rule)
    answer = guest("POST", records_path(collection), body)
    assert answer[0] == 200 if passes else codes(answer) == (400, "Failed to create record.", {})
    assert guest("GET", records_path(collection))[1]["totalItems"] == passes


def test_uploads_count_as_values(open_to, guest):
    collection = open_to("f:length = 1 && @request.body.f:length = 1")
    assert guest.form("POST", records_path(collection), [("f", ("a.txt", b"x"))])[0] == 200
    assert guest("POST", records_path(collection), {})[0] == 400


def test_the_rule_comes_before_the_checks(open_to, guest):
    answer = guest("POST", records_path(open_to("t = 'x'")), {"t": "y", "id": "not valid"})
    assert codes(answer) == (400, "Failed to create record.", {})


def test_superusers_need_no_rule(open_to, root):
    assert root("POST", records_path(open_to("t = 'x'")), {})[0] == 200


def test_nobody_else_gets_past_a_null_rule(open_to, root):
    collection = open_to(None)
    status, body = Sender()("POST", records_path(collection), {"t": "x"})
    assert (status, body["message"]) == (403, "Only superusers can perform this action.")
    assert root("POST", records_path(collection), {})[0] == 200
