"""JSON bodies that are large, malformed or nested deeply; what is usual is in requests/test_body.py."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_app.wire.json_decoding import MalformedJson, decode_json, decode_stored_json
from platform_app.wire.json_size import MAX_VALUES, MAX_VALUES_AT_ONCE, count_values
from platform_app.wire.raw_json import RawJson
from tests.steps import steps_of


def nested(levels, inside=b"1"):
    return b"[" * levels + inside + b"]" * levels


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b'[1, {"a": "b"}]junk', [1.0, {"a": "b"}], id="junk"),
        pytest.param(b'["\xff", "\xe2\x28"]', ["�", "�("], id="invalid_utf8"),
        pytest.param(rb'["\ud83d\ude00", "\ud800x\udc00"]', ["😀", "�x�"], id="surrogates"),
        pytest.param(
            rb'{"\ud800": 1, "\udc00": {"\ud800": ["\ud800"]}}', {"�": {"�": ["�"]}}, id="surrogate_keys"
        ),
        pytest.param(rb'["\\ud800"]x', [r"\ud800"], id="escaped_backslash"),
        pytest.param(b"1" * 5000 + b"e-4990 x", 1111111111.1111112, id="many_digits"),
        pytest.param(b"1e-400", 0.0, id="too_small"),
        pytest.param(b' \r\n\t{ "a" : [ ] , "b" : { } } x', {"a": [], "b": {}}, id="blanks"),
    ],
)
def test_reads(body, value):
    assert decode_json(body) == value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"-0", "-0.0"),
        (b'{"a": [1,-0 ]}', "{'a': [1.0, -0.0]}"),
        (b'["-0",-0.0,-0e3,0,-0.5]', "['-0', -0.0, -0.0, 0.0, -0.5]"),
        pytest.param(b'["' + b"x" * (256 * 1024 - 4) + b'",-0]', "-0.0]", id="where_windows_meet"),
        pytest.param(b'["' + b",-0." * 100_000 + b'",-0]', "-0.0]", id="behind_a_long_text"),
    ],
)
def test_a_negative_zero_keeps_its_sign(body, expected):
    assert repr(decode_json(body)).endswith(expected)


@pytest.mark.parametrize(
    "inside", [b"1", b'"x"', b"{}", b"[]", b'{"a":[1,2],"b":"\\ud800"}', b' [ 1 , { "a" : null } ] ']
)
@pytest.mark.parametrize("levels", [0, 1, 500, 1100, 9000])
def test_reads_at_any_depth(levels, inside):
    value = decode_json(nested(levels, inside) + b" junk")
    for _ in range(levels):
        [value] = value
    assert value == decode_json(inside)


@pytest.mark.parametrize(
    "inside",
    [b"", b"1,", b",1", b"1 2", b"{1:2}", b'{"a"}', b'{"a":}', b'{"a":1,}', b'{"a" 1}', b"tru", b"NaN",
     b"-Infinity", b"1e400", b"01", b"'a'", b'"a\n"', b'"\\x"', b'"\\u12"', b'"', b"[1}", b"{]", b"\x0c1"],
)  # fmt: skip
@pytest.mark.parametrize("levels", [1, 1100])
def test_refuses_at_any_depth(levels, inside):
    with pytest.raises(MalformedJson):
        decode_json(nested(levels, b'{"a":' + inside + b"}"))


@pytest.mark.parametrize("body", [nested(10_001), b"[" * 300_000, b"[" * 5000, b'{"a":' * 5000, b"9" * 500])
def test_refuses(body):
    with pytest.raises(MalformedJson):
        decode_json(body)


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_reads_the_same_in_one_call_and_value_by_value(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode(errors="replace")
    found = decode_json(nested(1100, text))
    for _ in range(1100):
        [found] = found
    assert found == decode_json(text)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        pytest.param(b"[" + b"1," * 300_000 + b"1]", 300_002, id="list"),
        pytest.param(b"{" + b'"k":[{"a":1}],' * 100_000 + b'"k":1}', 300_002, id="objects"),
        pytest.param(b'["' + b",[{" * 300_000 + b'"]', 2, id="text"),
        pytest.param(b'["' + b'\\",' * 300_000 + b'"]', 2, id="escaped_quotes"),
        pytest.param(
            b'["' + b"\\\\" * 300_000 + b'",[' + b'"",' * 300_000 + b"1]]", 300_004, id="escaped_backslashes"
        ),
        pytest.param(b"[" + b'"\\\\\\",",' * 300_000 + b"1]", 300_002, id="odd_backslashes"),
    ],
)
def test_counts_what_is_outside_of_texts(body, count):
    assert (count_values(body), count_values(b" " * 7 + body)) == (count, count)


def test_a_million_values_are_read_and_no_more():
    assert len(decode_json(b"[" + b"1," * (MAX_VALUES - 2) + b"1]")) == MAX_VALUES - 1
    with pytest.raises(MalformedJson):
        decode_json(b"[" + b"1," * MAX_VALUES + b"1]")


def test_one_long_text_is_one_value():
    assert len(decode_json(b'["' + b",[" * 2_000_000 + b'"]')[0]) == 4_000_000


def test_what_is_stored_may_be_larger_and_keeps_its_numbers():
    assert len(decode_stored_json("[" + "1," * MAX_VALUES + "1]")) == MAX_VALUES + 1
    assert decode_stored_json('[1e400,-1e999,"\\ud800"]') == [RawJson("1e400"), RawJson("-1e999"), "�"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(b"-0", "-0.0", id="alone"),
        pytest.param(b'{"a":-0,"b":[-0]}', "{'a': -0.0, 'b': [-0.0]}", id="in_containers"),
        pytest.param(b'{"a":-0\n}', "{'a': -0.0}", id="before_a_blank"),
        pytest.param(b"[0,-0.0,-0e1,-0.5,-1]", "[0.0, -0.0, -0.0, -0.5, -1.0]", id="others"),
        pytest.param(b'["-0","a-0,"]', "['-0', 'a-0,']", id="in_texts"),
        pytest.param(b'["' + b"x" * (256 * 1024 - 3) + b'",-0][9]', None, id="across_windows"),
    ],
)
def test_zero_keeps_its_sign(body, text):
    value = decode_json(body)
    assert repr(value[1:] if text is None else value) == (text or "[-0.0]")


def test_integers_and_numbers_beyond_doubles_are_kept_where_asked():
    body = b"[5,5.0,1e400," + b"1" * 5000 + b"]"
    kept = decode_json(body, keeps_integers=True, keeps_infinity=True)
    assert kept == [5, 5.0, float("inf"), float("inf")]
    assert [type(number) for number in kept] == [int, float, float, float]


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(lambda body: body + b"x", id="junk"),
        pytest.param(lambda body: body[:-1] + b',"\xff"]', id="invalid_utf8"),
        pytest.param(lambda body: body[:-1] + b',"\\n"]x', id="escape_and_junk"),
    ],
)
def test_damaged_bodies_take_no_python_for_each_value(damaged):
    """Floats aside, of which there are none here."""
    body = b"[" + b",".join([b'{"title":"a","tags":["x","y"]}'] * 30_000) + b"]"
    assert len(body) > MAX_VALUES_AT_ONCE
    assert steps_of(lambda: decode_json(damaged(body))) < 500
