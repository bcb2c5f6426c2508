import pytest

from collections_app.fields.abilities import Modifiable, RefersToRecords
from platform_app.wire.errors import FieldError
from tests.collections_app.fields.judging import code, judge, make, option_codes, option_errors

SINGLE = make("relation", collectionId="pbc_people")
MULTIPLE = make("relation", collectionId="pbc_people", maxSelect=2)
MISSING_RECORDS = FieldError(
    "validation_missing_rel_records", "Failed to find all relation records with the provided ids."
)


@pytest.mark.parametrize(
    ("raw", "single", "multiple"),
    [
        ("alice", "alice", ["alice"]),
        (["alice", "bob"], "bob", ["alice", "bob"]),
        (None, "", []),
        ([], "", []),
        ({"id": "alice"}, "", []),
    ],
)
def test_other_shapes(raw, single, multiple):
    assert (SINGLE.clean(raw), MULTIPLE.clean(raw)) == (single, multiple)
    assert (judge(SINGLE, raw), judge(MULTIPLE, raw)) == (None, None)


@pytest.mark.parametrize(
    ("raw", "single", "multiple"),
    [
        (5.0, MISSING_RECORDS, MISSING_RECORDS),
        (["alice", "missing"], MISSING_RECORDS, MISSING_RECORDS),
        (["missing", "alice"], None, MISSING_RECORDS),
    ],
)
def test_ids_must_exist(raw, single, multiple):
    assert (judge(SINGLE, raw), judge(MULTIPLE, raw)) == (single, multiple)


def test_number_of_ids():
    field = make("relation", collectionId="pbc_people", minSelect=2, maxSelect=2)
    assert judge(field, ["alice"]) == FieldError(
        "validation_not_enough_values", "Select at least 2.", {"minSelect": 2}
    )
    assert judge(field, ["alice", "bob", "missing"]) == FieldError(
        "validation_too_many_values", "Select no more than 2.", {"maxSelect": 2}
    )
    assert judge(field, []) is None
    assert code(make("relation", collectionId="pbc_people", minSelect=2, maxSelect=2, required=True), []) == (
        "validation_required"
    )


def test_target_is_gone():
    assert judge(make("relation", collectionId="pbc_gone"), "alice") == FieldError(
        "validation_missing_rel_collection", "Relation connection is missing or cannot be accessed."
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"collectionId": "pbc_people"}, {}),
        ({}, {"collectionId": "validation_required"}),
        ({"collectionId": "nope"}, {"collectionId": "validation_field_relation_missing_collection"}),
        ({"collectionId": "people"}, {"collectionId": "validation_field_relation_missing_collection"}),
        (
            {"collectionId": "pbc_view"},
            {"collectionId": "validation_relation_field_non_view_base_collection"},
        ),
        ({"collectionId": "pbc_people", "minSelect": 2}, {"maxSelect": "validation_required"}),
        (
            {"collectionId": "pbc_people", "minSelect": 3, "maxSelect": 2},
            {"maxSelect": "validation_min_greater_equal_than_required"},
        ),
        ({"collectionId": "pbc_people", "maxSelect": 2**53}, {}),
        (
            {"collectionId": "pbc_people", "minSelect": -2},
            {"minSelect": "validation_min_greater_equal_than_required"},
        ),
    ],
)
def test_option(options, expected):
    assert option_codes(make("relation", **options)) == expected


def test_views_may_refer_to_views():
    assert option_codes(make("relation", collectionId="pbc_view"), kind="view") == {}


def test_target_cannot_change():
    assert option_errors(make("relation", collectionId="pbc_view"), stored=SINGLE) == {
        "collectionId": FieldError(
            "validation_field_relation_change", "The relation collection cannot be changed."
        )
    }


def test_abilities():
    assert isinstance(MULTIPLE, Modifiable)
    assert isinstance(MULTIPLE, RefersToRecords)
    assert MULTIPLE.modifiers["f-"](["alice", "bob"], ["alice"]) == ["bob"]
