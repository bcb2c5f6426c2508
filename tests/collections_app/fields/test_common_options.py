"""Options that all types share (contract/fields.md 1.2 and 1.3)."""

import pytest

from collections_app.fields.field_list import merged_fields
from collections_app.fields.options import generated_field_id
from collections_app.fields.registry import field_from_json
from platform_app.wire.errors import FieldError
from tests.collections_app.fields.judging import make, option_codes, option_errors


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("id", "", "validation_required"),
        ("id", "i" * 100, None),
        ("id", "i" * 101, "validation_length_out_of_range"),
        ("id", "any id!", None),
        ("name", "", "validation_required"),
        ("name", "a" * 100, None),
        ("name", "a" * 101, "validation_length_out_of_range"),
        ("name", "é" * 51, "validation_length_out_of_range"),
        ("name", "é", "validation_match_invalid"),
        ("name", "a b", "validation_match_invalid"),
        ("name", "a\n", "validation_match_invalid"),
        *((("name", name, "validation_not_in_invalid"))
          for name in ("null", "true", "false", "_rowid_", "collectionId", "collectionName", "expand")),
        *((("name", name, None)) for name in ("NULL", "rowid", "oid", "select", "1x", "_", "via")),
        ("name", "a_via_b", "validation_found_via"),
        ("name", "a_ViA_b", "validation_found_via"),
        ("help", "h" * 300, None),
        ("help", "h" * 301, "validation_length_out_of_range"),
        ("help", "é" * 151, "validation_length_out_of_range"),
    ],
)  # fmt: skip
def test_common_option(option, value, code):
    expected = {option: code} if code else {}
    assert option_codes(make("bool", **{option: value})) == expected


def test_length_error_tells_the_limits():
    assert option_errors(make("bool", name="a" * 101)) == {
        "name": FieldError(
            "validation_length_out_of_range",
            "The length must be between 1 and 100.",
            {"min": 1, "max": 100},
        )
    }


@pytest.mark.parametrize(
    ("kind", "name", "field_id"),
    [
        ("text", "id", "text3208210256"),
        ("password", "password", "password901924565"),
        ("text", "tokenKey", "text2504183744"),
        ("email", "email", "email3885137012"),
        ("bool", "emailVisibility", "bool1547992806"),
        ("bool", "verified", "bool256245529"),
        ("autodate", "created", "autodate2990389176"),
        ("autodate", "updated", "autodate3332085495"),
        ("text", "name", "text1579384326"),
        ("file", "avatar", "file376926767"),
        ("text", "collectionRef", "text455797646"),
        ("text", "recordRef", "text127846527"),
        ("text", "method", "text1582905952"),
        ("text", "sentTo", "text3866985172"),
        ("text", "fingerprint", "text4228609354"),
        ("text", "provider", "text2462348188"),
        ("text", "providerId", "text1044722854"),
    ],
)
def test_generated_id(kind, name, field_id):
    assert generated_field_id(kind, name) == field_id


def _merged(*definitions):
    return [(field.id, field.type, field.name) for field in merged_fields(map(field_from_json, definitions))]


def test_later_field_of_the_same_name_takes_the_id_over():
    assert _merged(
        {"type": "text", "name": "a", "id": "own"},
        {"type": "bool", "name": "b"},
        {"type": "number", "name": "a"},
    ) == [("own", "number", "a"), ("bool1908338681", "bool", "b")]


def test_later_field_of_the_same_id_replaces_in_place():
    assert _merged(
        {"type": "text", "name": "a", "id": "x"}, {"type": "text", "name": "b", "id": "y"},
        {"type": "text", "name": "c", "id": "x"},
    ) == [("x", "text", "c"), ("y", "text", "b")]  # fmt: skip


def test_generated_id_that_is_taken_gets_a_number():
    taken = generated_field_id("text", "a")
    assert _merged(
        {"type": "text", "name": "z", "id": taken}, {"type": "text", "name": "a"}
    ) == [(taken, "text", "z"), (f"{taken}2", "text", "a")]  # fmt: skip
