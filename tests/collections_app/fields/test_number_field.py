import json
import math

import pytest

from collections_app.fields.abilities import Modifiable
from platform_app.wire.errors import FieldError
from platform_app.wire.json_encoding import encode
from tests.collections_app.fields.judging import answer, code, judge, make, option_codes, option_errors


@pytest.mark.parametrize(
    ("raw", "printed"),
    [
        (1.0, "1"), ("007", "7"), ("+5", "5"), ("5.", "5"), (".5", "0.5"),
        (-0.0, "-0"), ("-0", "-0"),
        (0.30000000000000004, "0.30000000000000004"),
        (9007199254740993.0, "9007199254740992"),
        (9223372036854775807.0, "9223372036854776000"),
        (123456789.123456789, "123456789.12345679"),
        (1e20, "100000000000000000000"), (1e21, "1e+21"), (1e-6, "0.000001"), (1e-7, "1e-7"),
        (1.5e300, "1.5e+300"), (5e-324, "5e-324"),
        ("1_000.5_0", "1000.5"), ("0x1p4", "16"),
        ("0x10", "0"), (" 5", "0"), ("abc", "0"), ("1e400", "0"), ([5.0], "0"), ({}, "0"),
        (True, "1"), (None, "0"), ("", "0"),
    ],
)  # fmt: skip
def test_input_and_answer(raw, printed):
    field = make("number")
    assert encode(answer(field, field.clean(raw))).decode() == printed


def test_values_are_doubles_and_negative_zero_is_stored_as_zero():
    field = make("number")
    assert type(field.from_db(5)) is float
    assert math.copysign(1, field.to_db(-0.0)) == 1


@pytest.mark.parametrize("raw", ["inf", "-inf", "NaN"])
def test_what_is_no_finite_number_is_refused(raw):
    assert judge(make("number"), raw) == FieldError(
        "validation_not_a_number", "The submitted number is not properly formatted."
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (0.0, "validation_required"),
        (4.5, "validation_only_int_constraint"),
        (11.5, "validation_only_int_constraint"),
        (1e300, "validation_only_int_constraint"),
        (4.0, "validation_min_number_constraint"),
        (11.0, "validation_max_number_constraint"),
        (5.0, None),
        (10.0, None),
    ],
)
def test_which_error_wins(raw, expected):
    assert code(make("number", required=True, onlyInt=True, min=5, max=10), raw) == expected


def test_zero_passes_the_limits():
    assert code(make("number", min=5), 0.0) is None


@pytest.mark.parametrize(
    ("minimum", "printed"),
    [(1000, "1000"), (1e6, "1e+06"), (-1e9, "-1e+09"), (0.5, "0.5"), (1.2e-7, "1.2e-07")],
)
def test_message_prints_the_limit_as_go_does(minimum, printed):
    error = judge(make("number", min=minimum), minimum - 1)
    assert error is not None
    assert error.message == f"Must be greater or equal than {printed}."
    assert json.loads(encode(error.params)) == {"min": minimum}


def test_message_of_the_upper_limit():
    assert judge(make("number", max=-123456789.5), 1.0) == FieldError(
        "validation_max_number_constraint",
        "Must be less or equal than -1.234567895e+08.",
        {"max": -123456789.5},
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"min": 5, "max": 3}, {"max": "validation_min_number_constraint"}),
        ({"min": 0, "max": -1}, {"max": "validation_min_number_constraint"}),
        ({"min": 0, "max": 0}, {}),
        ({"max": -1}, {}),
        ({"min": 5.5, "onlyInt": True}, {"min": "validation_only_int_constraint"}),
        ({"max": 5.5, "onlyInt": True}, {"max": "validation_only_int_constraint"}),
        ({"min": 5.5}, {}),
    ],
)
def test_option(options, expected):
    assert option_codes(make("number", **options)) == expected


def test_option_message():
    assert option_errors(make("number", min=5, max=3)) == {
        "max": FieldError("validation_min_number_constraint", "Must be greater or equal than 5.", {"min": 5})
    }


def test_modifiers_add_and_subtract():
    field = make("number")
    assert isinstance(field, Modifiable)
    assert field.modifiers["f+"](5.0, "2.5") == 7.5
    assert field.modifiers["f-"](5.0, True) == 4.0
    assert field.modifiers["f-"](5.0, "abc") == 5.0
