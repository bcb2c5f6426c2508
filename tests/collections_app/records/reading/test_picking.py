"""`?fields=`: contract/records.md 9 and 15.3."""

import pytest

from collections_app.records.reading.picking import InvalidPicker, _parse_cached, pick
from platform_app.wire.json_encoding import encode
from platform_app.wire.raw_json import RawJson
from tests.steps import steps_of

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
    ("value", "fields", "expected"),
    [
        ({"a.b": 1.0, "a": {"b": 2.0}}, "a.b", '{"a":{"b":2},"a.b":1}'),
        ({"a.b": {"c": 1.0, "d": 2.0}}, "a.b.c", '{"a.b":{"c":1}}'),
        ({"a": {"": 1.0, "b": 2.0}}, "a.", '{"a":{"":1,"b":2}}'),
        ({"a": {"": 1.0, "b": 2.0}}, "a..", '{"a":{"":1}}'),
        ({"a": {"": {"b": 1.0}}}, "a..b", '{"a":{"":{"b":1}}}'),
        ({"*": 1.0, "a": 2.0}, "*", '{"*":1,"a":2}'),
        ({"a": {"x": 1.0}, "b": 2.0}, "*,a.y", '{"a":{},"b":2}'),
        ({"j": RawJson('{"b":[{"x":1e400,"y":"\\ud800"},5]}')}, "j.b.x", '{"j":{"b":[{"x":1e400},5]}}'),
        ({"j": RawJson('["\\ud800",1e400]')}, "j", '{"j":["\ufffd",1e400]}'),
        ({"j": RawJson('"a\\x01"')}, "j", '{"j":"a\\x01"}'),
        ({"j": RawJson('"abcdef"')}, "j:excerpt(2)", '{"j":"ab"}'),
    ],
)
def test_picks_from_odd_objects(value, fields, expected):
    assert encode(pick(value, fields)).decode() == expected


@pytest.mark.parametrize("levels", [200, 300, 2000, 9000])
def test_picks_from_json_of_any_depth(levels):
    deep = '{"x":' * levels + "1" + "}" * levels
    record = {"j": RawJson(deep), "k": 1.0}
    assert encode(pick(record, "j")).decode() == f'{{"j":{deep}}}'
    assert encode(pick(record, "j.x.x.x,j.y")).decode() == f'{{"j":{deep}}}'
    assert encode(pick(record, "j.y")).decode() == '{"j":{}}'


def test_work_does_not_grow_with_names_times_keys():
    names = ",".join(f"a{number}.b" for number in range(9_000))
    answer = {
        "items": [{f"a{number}": {"b": 1.0} for number in range(30)}] * 1000,
        "page": 1, "perPage": 1000, "totalItems": 1, "totalPages": 1,
    }  # fmt: skip
    assert pick(answer, names) == answer
    # 30,000 members; times 9,000 names it was 270 million.
    assert steps_of(lambda: pick(answer, names)) < 2_000_000


def test_only_short_texts_are_cached():
    _parse_cached.cache_clear()
    pick({}, "a," * 600)
    assert _parse_cached.cache_info().currsize == 0
    pick({}, "a,b")
    pick({}, "a,b")
    assert (_parse_cached.cache_info().currsize, _parse_cached.cache_info().hits) == (1, 1)


@pytest.mark.parametrize(
    "fields",
    ["a" * 131_073, ".".join("a" * 101), "t:excerpt", "t:excerpt()", "t:excerpt(0)",
      "t:excerpt(-1)", "t:excerpt(a)", "t:excerpt('5')",
     "t:excerpt(9223372036854775808)", "t:excerpt(５)", "t:excerpt(0x1.5)",
     "t:excerpt(5,true,1)", "t:nope(5)", "t:", "t:excerpt(5", "'t"],
)  # fmt: skip
def test_refuses(fields):
    with pytest.raises(InvalidPicker):
        pick(RECORD, fields)
