"""`?fields=`: contract/records.md 9 and 15.3."""

import pytest

from collections_app.records.reading.picking import InvalidPicker, pick
from platform_app.wire.json_encoding import encode
from platform_app.wire.raw_json import RawJson

RECORD = {
    "expand": {"rel": {"id": "r", "name": "n"}, "rels": [{"id": "a", "x": 1}, {"id": "b"}]},
    "g": {"lon": 1.0, "lat": 2.5},
    "id": "abc",
    "j": RawJson('{"o":{"x":1.50,"y":2},"l":[1,2],"big":12345678901234567890}'),
    "k": 5.0,
    "t": "<p>Hello <b>big</b>",
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("k,nope", '{"k":5}'),
        ("nope", "{}"),
        ("-k", "{}"),
        ("K", "{}"),
        (" k , id ", '{"id":"abc","k":5}'),
        ("j.o.x", '{"j":{"o":{"x":1.5}}}'),
        ("j.l.0", '{"j":{"l":[1,2]}}'),
        ("j.big", '{"j":{"big":12345678901234567000}}'),
        ("g", '{"g":{"lat":2.5,"lon":1}}'),
        ("g.lat", '{"g":{"lat":2.5}}'),
        ("k.x", '{"k":5}'),
        ("expand.rel.name", '{"expand":{"rel":{"name":"n"}}}'),
        ("expand.rels.id", '{"expand":{"rels":[{"id":"a"},{"id":"b"}]}}'),
        ("expand.*.name", '{"expand":{}}'),
        ("expand.rel,expand.rel.name", '{"expand":{"rel":{"id":"r","name":"n"}}}'),
        ("expand.rel.*", '{"expand":{"rel":{"id":"r","name":"n"}}}'),
        ("t:excerpt(5)", '{"t":"Hello"}'),
        ("t:excerpt( 5 , 1 )", '{"t":"Hello..."}'),
        ("t:excerpt(5,x)", '{"t":"Hello"}'),
        ("t:excerpt(5.9)", '{"t":"Hello"}'),
        ("k:excerpt(5)", '{"k":5}'),
    ],
)
def test_keeps(fields, expected):
    assert encode(pick(RECORD, fields)).decode() == expected


def test_star_keeps_what_is_not_named():
    picked = pick(RECORD, "*,expand.rel.id,j.l")
    assert list(picked) == ["expand", "g", "id", "j", "k", "t"]
    assert (picked["expand"], picked["j"]) == ({"rel": {"id": "r"}}, '{"l":[1,2]}')


def test_star_takes_a_modifier():
    assert pick({"a": "abcdef", "b": 1.0, "c": "xyz"}, "*:excerpt(2)") == {"a": "ab", "b": 1, "c": "xy"}


def test_a_number_that_is_spelled_with_an_exponent_is_no_text():
    assert encode(pick({"n": 1e-7}, "n:excerpt(2)")).decode() == '{"n":1e-7}'


def test_nothing_but_separators_keeps_everything():
    assert pick({"b": 1.0, "a": "x"}, ",") == {"a": "x", "b": 1}


def test_list_answer_keeps_its_envelope():
    answer = {"items": [RECORD, RECORD], "page": 1, "perPage": 30, "totalItems": 2, "totalPages": 1}
    assert pick(answer, "id") == {**answer, "items": [{"id": "abc"}, {"id": "abc"}]}
    assert pick(answer, "items.id") == {**answer, "items": [{}, {}]}


@pytest.mark.parametrize(
    "fields",
    ["t:excerpt", "t:excerpt()", "t:excerpt(0)", "t:excerpt(-1)", "t:excerpt(a)", "t:excerpt('5')",
     "t:excerpt(5,true,1)", "t:nope(5)", "t:", "t:excerpt(5", "'t"],
)  # fmt: skip
def test_refuses(fields):
    with pytest.raises(InvalidPicker):
        pick(RECORD, fields)
