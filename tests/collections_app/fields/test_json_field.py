import pytest

from collections_app.fields.json_field import NULL
from platform_app.wire.errors import FieldError
from platform_app.wire.json_encoding import encode, go_json, go_value
from platform_app.wire.json_text import is_json
from platform_app.wire.raw_json import RawJson
from tests.collections_app.fields.judging import answer, code, judge, make, option_codes

FIELD = make("json")


@pytest.mark.parametrize(
    ("raw", "answered", "stored"),
    [
        (None, "null", None),
        ("", '""', '""'),
        ("null", "null", "null"),
        ("true", "true", "true"),
        ("False", '"False"', '"False"'),
        ("5", "5", "5"),
        ("abc", '"abc"', '"abc"'),
        ('"123"', '"123"', '"123"'),
        ("1.50", "1.50", "1.5"),
        ("1e3", "1e3", "1000"),
        ("1e5 ", "1e5", "100000"),
        ("-0", "-0", "0"),
        ("9223372036854775807", "9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9223372036854775808", "9.223372036854776e+18"),
        ("-9223372036854775809", "-9223372036854775809", "-9.223372036854776e+18"),
        ("9007199254740993", "9007199254740993", "9007199254740993"),
        ("1e400", "1e400", "1e400"),
        ('{"a":1.0,"b":1e400}', '{"a":1.0,"b":1e400}', '{"a":1.0,"b":1e400}'),
        ('{"b":1,"a":2}', '{"b":1,"a":2}', '{"b":1,"a":2}'),
        ("[1, 2]", "[1,2]", "[1, 2]"),
        ("+5", '"+5"', '"+5"'),
        (".5", '".5"', '".5"'),
        ("00", '"00"', '"00"'),
        (" 1", '" 1"', '" 1"'),
        ("-", '"-"', '"-"'),
        ("[1,2", '"[1,2"', '"[1,2"'),
        ("<b>", r'"\u003cb\u003e"', '"<b>"'),
        ("a\nb", r'"a\nb"', r'"a\nb"'),
        (
            "a\u0085\u00a0\u200b\u2028\ufeff😀",
            r'"a\u0085\u00a0\u200b\u2028\ufeff😀"',
            r'"a\u0085\u00a0\u200b\u2028\ufeff😀"',
        ),
        (1.50, "1.5", "1.5"),
        (1000000.5, "1000000.5", "1.0000005e+06"),
        (0.00001234, "0.00001234", "1.234e-05"),
        (1e21, "1e+21", "1e+21"),
        (True, "true", "true"),
        ({"a": 1.10}, '{"a":1.1}', '{"a":1.1}'),
        ({"n": 12345678901234567890.0}, '{"n":12345678901234567000}', '{"n":12345678901234567000}'),
        ({"b": 1.0, "a": {"d": 1.0, "c": 2.0}}, '{"a":{"c":2,"d":1},"b":1}', '{"a":{"c":2,"d":1},"b":1}'),
        (["<"], r'["\u003c"]', r'["\u003c"]'),
    ],
)
def test_input_answer_and_stored(raw, answered, stored):
    value = FIELD.clean(raw)
    assert judge(FIELD, raw) is None
    assert encode(answer(FIELD, value)).decode() == answered
    assert FIELD.to_db(value) == stored


@pytest.mark.parametrize("raw", ["\0x", "\x07", "\x0b", "\x1b", "\x7f", "\U000e0001"])
def test_characters_that_go_cannot_quote_as_json(raw):
    assert judge(FIELD, raw) == FieldError("validation_invalid_json", "Must be a valid json value.")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, "validation_required"),
        ("{}", "validation_required"),
        ("{} ", "validation_required"),
        ([], "validation_required"),
        ("[]", "validation_required"),
        (None, "validation_required"),
        ("null", "validation_required"),
        ("", "validation_required"),
        ('""', "validation_required"),
        (0.0, None),
        ("0", None),
        (False, None),
        ("  ", None),
        ("abc", None),
        ("abcd", "validation_json_size_limit"),
        ("éé", "validation_json_size_limit"),
        ("[1, 2]", "validation_json_size_limit"),
    ],
)
def test_which_error_wins(raw, expected):
    assert code(make("json", maxSize=5, required=True), raw) == expected


def test_size_message():
    assert judge(make("json", maxSize=5), "abcd") == FieldError(
        "validation_json_size_limit", "The maximum allowed JSON size is 5 bytes.", {"maxSize": 5}
    )
    assert make("json").body_limit_bytes == 1048576


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        (None, "null"),
        ("null", "null"),
        ("", '""'),
        (5, "5"),
        (1.5, "1.5"),
        (1000000.5, "1.0000005e+06"),
        (float("inf"), '"+Inf"'),
        ("[1]", "[1]"),
        ("abc", '"abc"'),
        ("[abc", '"[abc"'),
        ("2024-05-01 10:00:00.000Z", '"2024-05-01 10:00:00.000Z"'),
        ('["\\ud800"]', '["\\ud800"]'),
    ],
)
def test_stored_forms(stored, value):
    read = FIELD.from_db(stored)
    assert (read, type(read)) == (value, RawJson)


def test_null_is_stored_as_null_again():
    assert FIELD.zero is NULL
    assert FIELD.to_db(FIELD.from_db(None)) is None
    assert FIELD.to_db(FIELD.from_db("null")) == "null"


def test_white_space_between_tokens_goes_in_answers():
    assert answer(FIELD, FIELD.from_db('[\r\n 1,\t{"a b" : "c\\" d"} ]')) == '[1,{"a b":"c\\" d"}]'


@pytest.mark.parametrize(("raw", "seen"), [({"a": [1.0]}, {"a": [1]}), (None, None), ("x", "x"), ("5", 5)])
def test_rules_see_the_decoded_value(raw, seen):
    assert FIELD.to_rule(FIELD.clean(raw)) == seen


def test_deep_nesting():
    deep: list = []
    for _ in range(2000):
        deep = [{"a": deep}]
    value = FIELD.clean(deep)
    assert value == '[{"a":' * 2000 + "[]" + "}]" * 2000
    assert code(make("json"), value) is None
    assert is_json("[" * 10_000 + "]" * 10_000)
    assert not is_json("[" * 10_001 + "]" * 10_001)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1e400,}',
        "[1e400 1]",
        "[1e400",
        '{"\\ud800"}',
        "{1e400:1}",
        "1e400,",
        "[,1e400]",
        "]",
        '{"a":1e400]',
    ],
)
def test_slow_reader_refuses(text):
    assert not is_json(text)


@pytest.mark.parametrize("text", ['{"a":1e400,"b":[]}', " [1e400, {} ] ", '{"\\ud800":null}', "-1e400"])
def test_slow_reader_accepts(text):
    assert is_json(text)


def test_what_is_too_large_is_refused_unread():
    field = make("json", maxSize=3_000_000)
    for text in ("[" + "1," * 1_000_000 + "1]", "[" * 3_000_001):
        assert field.clean(text) == text
    assert code(field, "[" + "1," * 1_000_000 + "1]") == "validation_invalid_json"
    assert code(field, "[" * 3_000_001) == "validation_json_size_limit"
    assert code(field, "[" + "1," * 999_990 + "1]") is None
    assert code(field, '"' + "[," * 1_400_000 + '"') is None


def nested(levels, wrap):
    value = 1
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"b": [1, 2.0, -0.0, 1e21, 2**70], "a": {"z": None, "Z": "<&>"}}, id="all_kinds"),
        pytest.param(nested(300, lambda inner: [inner]), id="deeper_than_orjson_goes"),
        pytest.param(nested(3000, lambda inner: {"a": inner}), id="deeper_than_the_stack"),
    ],
)
def test_go_value_is_printed_as_go_json_prints_it(value):
    assert encode({"meta": {"raw": go_value(value)}}).decode() == f'{{"meta":{{"raw":{go_json(value)}}}}}'


def test_go_json_sorts_like_bytes():
    assert go_json({"é": 1.0, "z": 2.0, "Z": True}) == '{"Z":true,"z":2,"é":1}'


def test_max_size_option():
    assert option_codes(make("json", maxSize=-1)) == {"maxSize": "validation_min_greater_equal_than_required"}
