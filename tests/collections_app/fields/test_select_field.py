import pytest

from collections_app.fields.abilities import Modifiable, MultipleValues
from platform_app.wire.errors import FieldError
from tests.collections_app.fields.judging import code, judge, make, option_codes

VALUES = ["a", "b", "1", "true"]
SINGLE = make("select", values=VALUES)
MULTIPLE = make("select", values=VALUES, maxSelect=3)


@pytest.mark.parametrize(
    ("raw", "single", "multiple"),
    [
        ("a", "a", ["a"]),
        (["a", "b"], "b", ["a", "b"]),
        (["a", None], "a", ["a"]),
        (["b", "a", "b", ""], "a", ["b", "a"]),
        (1.0, "1", ["1"]),
        (True, "true", ["true"]),
        ([1.0, True], "true", ["1", "true"]),
        ('["a","b"]', "b", ["a", "b"]),
        (' ["a"]', "a", ["a"]),
        ({"a": "b"}, "", []),
        ([["a"]], "", []),
        ([{"a": 1.0}, "a"], "", []),
        (None, "", []),
        ([], "", []),
    ],
)
def test_other_shapes(raw, single, multiple):
    assert (SINGLE.clean(raw), MULTIPLE.clean(raw)) == (single, multiple)
    assert (judge(SINGLE, raw), judge(MULTIPLE, raw)) == (None, None)


@pytest.mark.parametrize(
    ("raw", "single"), [(["1", '["b","a"]'], "a"), (["1", "[]"], ""), ('["[\\"a\\"]"]', "a")]
)
def test_the_last_text_may_be_the_json_of_a_list(raw, single):
    assert SINGLE.clean(raw) == single
    assert code(MULTIPLE, raw) == "validation_invalid_value"


@pytest.mark.parametrize("raw", ["[a", "a,b", " a", "A", "a\x1f"])
@pytest.mark.parametrize("field", [SINGLE, MULTIPLE], ids=["single", "multiple"])
def test_unknown_value(field, raw):
    assert judge(field, raw) == FieldError(
        "validation_invalid_value", f"Invalid value {raw}.", {"value": raw}
    )


def test_array_of_mixed_types_in_a_text():
    assert judge(MULTIPLE, '["a",1]') == FieldError(
        "validation_invalid_value", 'Invalid value ["a",1].', {"value": '["a",1]'}
    )
    assert judge(MULTIPLE, '["x",1]') == FieldError(
        "validation_invalid_value", "Invalid value x.", {"value": "x"}
    )


def test_of_a_single_value_only_the_last_is_checked():
    assert judge(SINGLE, ["x", "a"]) is None


def test_too_many_wins_over_an_unknown_value():
    assert judge(MULTIPLE, ["a", "b", "1", "x"]) == FieldError(
        "validation_too_many_values", "Select no more than 3.", {"maxSelect": 3}
    )


def test_required():
    for field in (
        make("select", values=VALUES, required=True),
        make("select", values=VALUES, required=True, maxSelect=2),
    ):
        assert code(field, []) == "validation_required"
    assert (code(SINGLE, ""), code(MULTIPLE, [])) == (None, None)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"values": "validation_required"}),
        ({"values": []}, {"values": "validation_required"}),
        ({"values": ["a", "a"], "maxSelect": 2}, {}),
        ({"values": ["a", ""]}, {}),
        ({"values": ["a"], "maxSelect": 2}, {"maxSelect": "validation_max_less_equal_than_required"}),
        ({"values": ["a"], "maxSelect": -1}, {"maxSelect": "validation_min_greater_equal_than_required"}),
    ],
)
def test_option(options, expected):
    assert option_codes(make("select", **options)) == expected


def test_modifiers():
    assert isinstance(MULTIPLE, Modifiable)
    assert isinstance(MULTIPLE, MultipleValues)
    assert MULTIPLE.modifiers["f+"](["a"], ["b", "a"]) == ["a", "b"]
    assert MULTIPLE.modifiers["+f"](["a"], '["b","a"]') == ["b", "a"]
    assert MULTIPLE.modifiers["f-"](["a", "b"], "a") == ["b"]
    assert SINGLE.modifiers["f+"]("a", "b") == "b"
    assert SINGLE.modifiers["+f"]("a", "b") == "a"
    assert SINGLE.modifiers["f-"]("a", ["a"]) == ""


@pytest.mark.parametrize(
    ("stored", "single", "multiple"),
    [
        ("", "", []),
        (None, "", []),
        ("a", "a", ["a"]),
        ('["a","b"]', "b", ["a", "b"]),
        ("[]", "", []),
        ("[a", "[a", ["[a"]),
        ('["a"', '["a"', ['["a"']),
        ('["a","b","a",""]', "b", ["a", "b"]),
        ('["a",1]', '["a",1]', ["a", '["a",1]']),
        (5, "5", ["5"]),
        (1.5, "1.5", ["1.5"]),
    ],
)
def test_stored_forms(stored, single, multiple):
    assert (SINGLE.from_db(stored), MULTIPLE.from_db(stored)) == (single, multiple)
