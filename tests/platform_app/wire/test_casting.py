import math

import pytest

from platform_app.wire.casting import (
    format_float,
    format_plain,
    format_short,
    is_number_text,
    to_bool,
    to_float,
    to_string,
    to_unique_strings,
)
from platform_app.wire.raw_json import RawJson


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a", "a"),
        (" a ", " a "),
        ("a\r\nb", "a\r\nb"),
        ("e\u0301", "e\u0301"),
        ("\0x", "\0x"),
        (True, "true"),
        (False, "false"),
        (123.0, "123"),
        (1.5, "1.5"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        (-0.0, "-0"),
        (123456789012345678901.0, "123456789012345680000"),
        (7, "7"),
        (None, ""),
        (["a"], ""),
        ({"a": 1.0}, ""),
    ],
)
def test_to_string(raw, text):
    assert to_string(raw) == text


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (5.0, 5.0),
        (5, 5.0),
        (True, 1.0),
        (False, 0.0),
        (None, 0.0),
        ("", 0.0),
        ("12.5", 12.5),
        ("007", 7.0),
        ("+5", 5.0),
        ("5.", 5.0),
        (".5", 0.5),
        ("-1e3", -1000.0),
        ("1_000.5_0", 1000.5),
        ("0x1p4", 16.0),
        ("0x_1P-1", 0.5),
        ("inf", math.inf),
        ("-Infinity", -math.inf),
        ("0x10", 0.0),
        ("_1", 0.0),
        ("1_", 0.0),
        ("1__0", 0.0),
        (" 5", 0.0),
        ("5 ", 0.0),
        ("1,5", 0.0),
        ("abc", 0.0),
        ("1e400", 0.0),
        ("+nan", 0.0),
        ("٣", 0.0),
        (10**400, 0.0),
        ([5.0], 0.0),
        ({}, 0.0),
    ],
)
def test_to_float(raw, number):
    assert to_float(raw) == number


def test_to_float_keeps_not_a_number_and_negative_zero():
    assert math.isnan(to_float("NaN"))
    assert math.copysign(1, to_float("-0")) == -1


@pytest.mark.parametrize("raw", [True, 1.0, 2, -1.0, 0.5, "1", "t", "T", "TRUE", "true", "True"])
def test_to_bool_true(raw):
    assert to_bool(raw) is True


@pytest.mark.parametrize(
    "raw", [False, 0.0, -0.0, None, "", "tRuE", "yes", "on", " true", "2", [True], {}, {"a": True}]
)
def test_to_bool_false(raw):
    assert to_bool(raw) is False


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        (None, []),
        ("", []),
        ("a", ["a"]),
        ("a,b", ["a,b"]),
        (["a", "b", "a", ""], ["a", "b"]),
        (["a", None], ["a"]),
        ([1.0, True, 1.5], ["1", "true", "1.5"]),
        ('["a","b"]', ["a", "b"]),
        (' ["a"]', ["a"]),
        ("[]", []),
        ('["a",null]', ["a"]),
        ('["a",1]', ["a", '["a",1]']),
        ("[a", ["[a"]),
        ("x[1]", ["x[1]"]),
        ('{"a":["b"]}', ['{"a":["b"]}']),
        (5.0, ["5"]),
        (True, ["true"]),
        ({"a": "b"}, []),
        ([["a"]], []),
        (["a", {"b": 1.0}], []),
        (RawJson('["a"]'), ["a"]),
    ],
)
def test_to_unique_strings(raw, texts):
    assert to_unique_strings(raw) == texts


@pytest.mark.parametrize(
    ("number", "json", "plain", "short"),
    [
        (0.0, "0", "0", "0"),
        (-0.0, "-0", "-0", "-0"),
        (5.0, "5", "5", "5"),
        (0.30000000000000004, "0.30000000000000004", "0.30000000000000004", "0.30000000000000004"),
        (123456789.12345679, "123456789.12345679", "123456789.12345679", "1.2345678912345679e+08"),
        (
            9223372036854775807.0,
            "9223372036854776000",
            "9223372036854775808"[:-4] + "6000",
            "9.223372036854776e+18",
        ),
        (1e20, "100000000000000000000", "100000000000000000000", "1e+20"),
        (1e21, "1e+21", "1000000000000000000000", "1e+21"),
        (1.5e300, "1.5e+300", "15" + "0" * 299, "1.5e+300"),
        (1e-6, "0.000001", "0.000001", "1e-06"),
        (1e-7, "1e-7", "0.0000001", "1e-07"),
        (5e-324, "5e-324", "0." + "0" * 323 + "5", "5e-324"),
        (999999.0, "999999", "999999", "999999"),
        (1000000.0, "1000000", "1000000", "1e+06"),
        (-1e9, "-1000000000", "-1000000000", "-1e+09"),
        (0.0001, "0.0001", "0.0001", "0.0001"),
        (0.00001, "0.00001", "0.00001", "1e-05"),
        (math.inf, "+Inf", "+Inf", "+Inf"),
        (math.nan, "NaN", "NaN", "NaN"),
    ],
)
def test_doubles_are_printed(number, json, plain, short):
    assert (format_float(number), format_plain(number), format_short(number)) == (json, plain, short)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("0" * 9_999 + "5", 5.0, id="as_long_as_they_may_be"),
        pytest.param("0" * 10_000 + "5", 0.0, id="one_longer"),
        pytest.param("3" * 5_000 + "!", 0.0, id="digits_that_end_otherwise"),
        pytest.param("0x" + "f_" * 4_000, 0.0, id="hexadecimal_that_ends_otherwise"),
        pytest.param("1_000.", 1000.0, id="point_at_the_end"),
        pytest.param("1._5", 0.0, id="underscore_behind_the_point"),
        pytest.param("0x1.8p1", 3.0, id="hexadecimal_fraction"),
        pytest.param("0x_1_f.p0", 31.0, id="hexadecimal_point_at_the_end"),
    ],
)
def test_long_texts_and_points(text, number):
    assert to_float(text) == number
    assert is_number_text(text) is (number != 0)
