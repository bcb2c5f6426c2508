import re

import pytest

from collections_app.fields.abilities import Autogenerates, Modifiable
from platform_app.wire.errors import FieldError
from tests.collections_app.fields.judging import code, judge, make, option_codes, option_errors

OWN_PATTERN = make("text", name="id", primaryKey=True, required=True, pattern="^.+$")
DEFAULT_ID = make(
    "text", name="id", primaryKey=True, required=True, pattern="^[a-z0-9]+$", min=15, max=15,
    autogeneratePattern="[a-z0-9]{15}",
)  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "value"), [(123.0, "123"), (True, "true"), (None, ""), (["a"], ""), (" a ", " a ")]
)
def test_input_is_cast_to_text(raw, value):
    assert make("text").clean(raw) == value


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", "validation_required"),
        ("A", "validation_min_text_constraint"),
        ("abcdefgh", "validation_max_text_constraint"),
        ("ABCD", "validation_invalid_format"),
        ("   ", "validation_invalid_format"),
        ("abc", None),
        ("éé", "validation_min_text_constraint"),
    ],
)
def test_which_error_wins(raw, expected):
    field = make("text", required=True, min=3, max=5, pattern="^[a-zé]+$")
    assert code(field, raw) == expected


def test_messages_tell_the_limits():
    field = make("text", min=3, max=5)
    assert judge(field, "a") == FieldError(
        "validation_min_text_constraint", "Must be at least 3 character(s).", {"min": 3}
    )
    assert judge(field, "abcdef") == FieldError(
        "validation_max_text_constraint", "Must be no more than 5 character(s).", {"max": 5}
    )
    assert judge(make("text", pattern="x"), "a") == FieldError(
        "validation_invalid_format", "Invalid value format."
    )


def test_without_a_maximum_5000_characters_fit():
    assert judge(make("text"), "é" * 5000) is None
    assert judge(make("text"), "x" * 5001) == FieldError(
        "validation_max_text_constraint", "Must be no more than 5000 character(s).", {"max": 5000}
    )


def test_empty_text_passes_every_check_but_required():
    assert code(make("text", min=3, pattern="^a$"), "") is None
    assert code(make("text", required=True), "") == "validation_required"


def test_pattern_that_cannot_be_read_matches_nothing():
    assert code(make("text", pattern="(?=a)"), "a") == "validation_invalid_format"


# --- the primary key --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("abc", "validation_min_text_constraint"),
        ("a" * 16, "validation_max_text_constraint"),
        ("ABCDEFGHIJKLMNO", "validation_invalid_format"),
        ("abcdefghijklmn1", None),
    ],
)
def test_default_id(raw, expected):
    assert code(DEFAULT_ID, raw) == expected


@pytest.mark.parametrize("character", list("./\\|\"'`<>:?*%$\0\t\r ") + ["\n"])
def test_own_pattern_forbids_what_no_folder_name_may_hold(character):
    field = make("text", name="id", primaryKey=True, required=True, pattern="(?s)^.+$")
    assert judge(field, f"a{character}b") == FieldError(
        "validation_forbidden_pk_character",
        f"'{character}' is not a valid primary key character.",
        {"ch": character},
    )


@pytest.mark.parametrize(
    ("raw", "reserved"), [("con", "CON"), ("Com9", "COM9"), ("lpt1", "LPT1"), ("NUL", "NUL")]
)
def test_own_pattern_reserves_names_of_devices(raw, reserved):
    assert judge(OWN_PATTERN, raw) == FieldError(
        "validation_reserved_pk",
        f"The primary key '{reserved}' is reserved and cannot be used.",
        {"reserved": reserved},
    )


@pytest.mark.parametrize("raw", ["a-b", "é", "a@b", "com10", "cons"])
def test_own_pattern_accepts(raw):
    assert judge(OWN_PATTERN, raw) is None


def test_own_pattern_looks_for_doubles_ignoring_case():
    assert judge(OWN_PATTERN, "ABC", existing_ids=["abc"]) == FieldError(
        "validation_pk_invalid", "The record primary key is invalid or already exists."
    )
    assert judge(DEFAULT_ID, "abcdefghijklmn1", existing_ids=["abcdefghijklmn1"]) is None


def test_id_of_a_stored_record_cannot_change():
    assert judge(DEFAULT_ID, "abcdefghijklmn2", is_new=False, stored="abcdefghijklmn1") == FieldError(
        "validation_pk_change", "The record primary key cannot be changed."
    )
    assert judge(DEFAULT_ID, "not valid!", is_new=False, stored="not valid!") is None


def test_id_is_required_even_when_the_option_is_off():
    assert code(make("text", name="id", primaryKey=True), "") == "validation_required"


# --- options ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"min": -1}, {"min": "validation_min_greater_equal_than_required"}),
        ({"min": 5, "max": 3}, {"max": "validation_min_greater_equal_than_required"}),
        ({"min": 5, "max": 0}, {}),
        ({"max": -1}, {"max": "validation_min_greater_equal_than_required"}),
        ({"min": 2**53 - 1}, {}),
        ({"min": 2**53}, {"min": "validation_max_less_equal_than_required"}),
        ({"max": 2**53}, {"max": "validation_max_less_equal_than_required"}),
        ({"pattern": "(?=a)"}, {"pattern": "validation_invalid_regex"}),
        ({"autogeneratePattern": "[a"}, {"autogeneratePattern": "validation_invalid_regex"}),
        ({"autogeneratePattern": r"\b"}, {"autogeneratePattern": "validation_invalid_autogenerate_pattern"}),
        (
            {"autogeneratePattern": "abc", "min": 5},
            {"autogeneratePattern": "validation_invalid_autogenerate_pattern_value"},
        ),
        ({"autogeneratePattern": "[a-z]{9}", "pattern": "^[a-z]+$"}, {}),
    ],
)
def test_option(options, expected):
    assert option_codes(make("text", **options)) == expected


def test_option_messages():
    assert option_errors(make("text", min=5, max=3)) == {
        "max": FieldError(
            "validation_min_greater_equal_than_required", "Must be no less than 5.", {"threshold": 5}
        )
    }
    assert option_errors(make("text", autogeneratePattern=r"\b")) == {
        "autogeneratePattern": FieldError(
            "validation_invalid_autogenerate_pattern", "Unsupported pattern operator 11."
        )
    }
    assert option_errors(make("text", autogeneratePattern='a"', pattern="b")) == {
        "autogeneratePattern": FieldError(
            "validation_invalid_autogenerate_pattern_value",
            'The provided autogenerate pattern could produce invalid field values, ex.: "a\\"".',
        )
    }


def test_primary_key_has_conditions():
    assert option_codes(make("text", name="x", primaryKey=True, hidden=True), others=[DEFAULT_ID]) == {
        "name": "validation_in_invalid",
        "primaryKey": "validation_unsupported_composite_pk",
        "pattern": "validation_required",
        "hidden": "validation_empty",
        "required": "validation_required",
    }
    assert option_codes(DEFAULT_ID) == {}


# --- abilities --------------------------------------------------------------------------------------------


def test_autogenerates_from_its_pattern():
    assert isinstance(DEFAULT_ID, Autogenerates)
    assert re.fullmatch("[a-z0-9]{15}", DEFAULT_ID.generate())
    assert (make("text").autogenerates, make("text").generate()) == (False, "")


def test_autogenerate_key_appends_to_the_given_text():
    field = make("text", autogeneratePattern="[0-9]{3}")
    assert isinstance(field, Modifiable)
    assert re.fullmatch("user_[0-9]{3}", field.modifiers["f:autogenerate"]("old", "user_"))
    assert make("text").modifiers["f:autogenerate"]("old", "user_") == "user_"


@pytest.mark.parametrize(
    ("stored", "value"),
    [("a", "a"), (None, ""), (5, "5"), (1000000.5, "1.0000005e+06"), (b"a\xff", "a\ufffd")],
)
def test_foreign_column_types_become_text(stored, value):
    assert make("text").from_db(stored) == value
