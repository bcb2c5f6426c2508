"""What a unique index refuses is told at its fields (contract/records.md 4.2)."""

import pytest

from tests.collections_app.records.writing.sending import codes, records_path
from tests.reference.writing_collections import OPEN

TAKEN = "validation_not_unique"
FIRST = {"id": "unique000000001", "a": "x", "b": "p", "c": "q", "lower": "Low", "where": "ww"}


@pytest.fixture
def unique(make_collection, guest):
    collection = make_collection(
        "wu",
        [{"type": "text", "name": name} for name in ("a", "b", "c", "lower", "where")],
        indexes=(
            "CREATE UNIQUE INDEX `idx_wu_a` ON `wu` (`a`) WHERE `a` != ''",
            "CREATE UNIQUE INDEX `idx_wu_bc` ON `wu` (`b`, `c`) WHERE `b` != ''",
            "CREATE UNIQUE INDEX `idx_wu_lower` ON `wu` (lower(`lower`)) WHERE `lower` != ''",
            "CREATE UNIQUE INDEX `idx_wu_where` ON `wu` (`where`) WHERE (`where` > '' AND length(`a`) > 0)",
        ),
        **OPEN,
    )
    assert guest("POST", records_path(collection), FIRST)[0] == 200
    return collection


CASES = [
    pytest.param({"a": "x"}, {"a": TAKEN}, id="one_column"),
    pytest.param({"b": "p", "c": "q"}, {"b": TAKEN, "c": TAKEN}, id="every_column_of_the_index"),
    pytest.param({"b": "p", "c": "other"}, None, id="half_of_it"),
    pytest.param({"a": "X"}, None, id="other_case"),
    pytest.param({"a": ""}, None, id="not_in_a_partial_index"),
    pytest.param({"where": "ww", "a": "y"}, {"where": TAKEN}, id="brackets_in_where"),
    pytest.param({"where": "ww"}, None, id="not_where_the_brackets_say"),
    pytest.param({"lower": "LOW"}, {}, id="expression_names_no_field"),
]


@pytest.mark.parametrize(("body", "errors"), CASES)
def test_a_new_record(guest, unique, body, errors):
    answer = guest("POST", records_path(unique), body)
    expected = (400, "Failed to create record.", errors)
    assert answer[0] == 200 if errors is None else codes(answer) == expected


@pytest.mark.parametrize(("body", "errors"), CASES)
def test_a_changed_record(guest, unique, body, errors):
    assert guest("POST", records_path(unique), {"id": "unique000000002"})[0] == 200
    answer = guest("PATCH", records_path(unique, "unique000000002"), body)
    expected = (400, "Failed to update record.", errors)
    assert answer[0] == 200 if errors is None else codes(answer) == expected


def test_an_id_that_is_taken(guest, unique):
    answer = guest("POST", records_path(unique), {"id": FIRST["id"]})
    assert codes(answer) == (400, "Failed to create record.", {"id": TAKEN})


def test_the_record_itself_is_not_in_its_way(guest, unique):
    assert guest("PATCH", records_path(unique, FIRST["id"]), FIRST)[0] == 200
