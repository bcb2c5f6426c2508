import bcrypt
import pytest

from collections_app.fields.abilities import HidesSecret
from collections_app.fields.password_field import Password
from platform_app.wire.errors import FieldError
from tests.collections_app.fields.judging import answer, code, judge, make, option_codes

CHEAP = make("password", cost=4)


def test_is_stored_as_a_bcrypt_hash_of_the_given_cost():
    stored = CHEAP.to_db(CHEAP.clean("secret"))
    assert stored.startswith("$2a$04$")
    assert bcrypt.checkpw(b"secret", stored.encode())


def test_hashes_once():
    value = CHEAP.clean("secret")
    assert CHEAP.to_db(value) == CHEAP.to_db(value)


def test_default_cost_is_ten():
    assert make("password").clean("secret") == Password("secret", 10)


@pytest.mark.parametrize("raw", ["", None, [], {}])
def test_nothing_clears_it(raw):
    assert (CHEAP.clean(raw), CHEAP.to_db(CHEAP.clean(raw))) == ("", "")


def test_is_never_shown():
    assert answer(CHEAP, CHEAP.clean("secret")) == ""
    assert answer(CHEAP, "$2a$04$abc") == ""
    assert "secret" not in repr(CHEAP.clean("secret"))


def test_rules_see_what_was_sent():
    assert (CHEAP.to_rule(CHEAP.clean("secret")), CHEAP.to_rule("$2a$hash")) == ("secret", "")


def test_plain_form_goes_when_it_is_written():
    value = CHEAP.clean("secret")
    assert isinstance(CHEAP, HidesSecret)
    assert CHEAP.settled(value) == CHEAP.to_db(value)


def test_limits():
    field = make("password", min=3, max=5, pattern="^[a-z]+$")
    assert judge(field, "ab") == FieldError(
        "validation_min_text_constraint", "Must be at least 3 character(s)."
    )
    assert judge(field, "abcdef") == FieldError(
        "validation_max_text_constraint", "Must be less than 5 character(s)."
    )
    assert judge(field, "ABC") == FieldError("validation_invalid_format", "Invalid value format.")
    assert judge(field, "abcde") is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("x" * 71, None),
        ("x" * 72, "validation_max_text_constraint"),
        ("x" * 73, "validation_invalid_value"),
        ("é" * 36, None),
        ("é" * 37, "validation_invalid_value"),
    ],
)
def test_bcrypt_takes_72_bytes(raw, expected):
    assert code(CHEAP, raw) == expected


def test_too_long_has_the_general_message():
    assert judge(CHEAP, "x" * 73) == FieldError("validation_invalid_value", "Invalid value.")
    with pytest.raises(ValueError, match="72 bytes"):
        Password("x" * 73).hash  # noqa: B018


def test_stored_hash_is_not_checked_for_length():
    field = make("password", min=8, required=True)
    assert field.error_of(field.from_db("$2a$10$hash"), None) is None
    assert code(field, "") == "validation_required"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"min": 72}, {"min": "validation_max_less_equal_than_required"}),
        ({"min": -1}, {"min": "validation_min_greater_equal_than_required"}),
        ({"min": 5, "max": 4}, {"max": "validation_min_greater_equal_than_required"}),
        ({"max": 72}, {"max": "validation_max_less_equal_than_required"}),
        ({"cost": 3}, {"cost": "validation_min_greater_equal_than_required"}),
        ({"cost": 32}, {"cost": "validation_max_less_equal_than_required"}),
        ({"pattern": "["}, {"pattern": "validation_invalid_regex"}),
        ({"min": 1, "max": 71, "cost": 31}, {}),
    ],
)
def test_option(options, expected):
    assert option_codes(make("password", **options)) == expected
