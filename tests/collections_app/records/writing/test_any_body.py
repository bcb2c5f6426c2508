"""Whatever is sent: no 500, no half-written record, no file without a record (property test)."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from collections_app.records.querying.decoding import decode_rows
from platform_app.database.rows import fetch_all
from tests.collections_app.records.writing.sending import records_path
from tests.reference.writing_collections import OPEN

pytestmark = pytest.mark.usefixtures("committing")

FIELDS: list[dict[str, Any]] = [
    {"type": "text", "name": "text", "max": 20, "pattern": "^[^x]*$"},
    {"type": "editor", "name": "editor", "maxSize": 30},
    {"type": "number", "name": "number", "max": 1000},
    {"type": "bool", "name": "bool"},
    {"type": "email", "name": "email"},
    {"type": "url", "name": "url"},
    {"type": "date", "name": "date", "max": "2030-01-01 00:00:00.000Z"},
    {"type": "autodate", "name": "autodate", "onCreate": True, "onUpdate": True},
    {"type": "select", "name": "select", "values": ["a", "b", "c"], "maxSelect": 2},
    {"type": "json", "name": "json", "maxSize": 50},
    {"type": "geoPoint", "name": "geoPoint"},
    {"type": "file", "name": "file", "maxSelect": 2, "maxSize": 5},
    {"type": "file", "name": "single", "mimeTypes": ["text/plain"]},
    {"type": "relation", "name": "relation", "collectionId": "pbc_any", "maxSelect": 2},
    {"type": "password", "name": "password", "cost": 4, "max": 10},
    {"type": "text", "name": "hidden", "hidden": True},
]
KEYS = [
    "id",
    *(f"{prefix}{field['name']}{suffix}" for field in FIELDS for prefix, suffix in
      [("", ""), ("+", ""), ("", "+"), ("", "-"), ("", ":autogenerate")]),
]  # fmt: skip

IDS = ["record000000001", "record000000002"]
telling = st.sampled_from(
    ["", "a", "x", *IDS, "2024-01-01", "a@example.com", "http://example.com", "[1]", "-5"]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | telling | st.text(max_size=12)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
bodies = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), values, max_size=6)
uploads = st.lists(
    st.tuples(
        st.sampled_from(["file", "file+", "+file", "single", "text"]),
        st.tuples(st.text(max_size=6).map(lambda name: name + ".txt"), st.binary(max_size=7)),
    ),
    max_size=3,
)


@pytest.fixture
def anything(make_collection):
    return make_collection("anything", FIELDS, id="pbc_any", **OPEN)


@examples(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    body=bodies, files=uploads, method=st.sampled_from(["POST", "PATCH", "DELETE"]), at=st.sampled_from(IDS)
)
def test_any_body_is_taken_whole_or_not_at_all(guest, anything, body, files, method, at):
    path = records_path(anything) if method == "POST" else records_path(anything, at)
    if method == "POST" and "id" not in body:
        body["id"] = at
    before = rows(anything)
    if files:
        sent = json.dumps(body, ensure_ascii=True)
        status, answer = guest.form(method, path, [("@jsonPayload", sent), *files])
    else:
        status, answer = guest(method, path, body)
    after = rows(anything)
    assert status in {200, 204, 400, 404}, answer
    if status >= 400:
        assert after == before
    if status == 200:
        assert guest("GET", records_path(anything, answer["id"])) == (200, answer)
        assert {**before, answer["id"]: after[answer["id"]]} == after
    assert stored_files(anything) == named_files(after)


def rows(collection) -> dict[str, dict[str, Any]]:
    columns = ", ".join(f'"{field.name}"' for field in collection.fields)
    found = decode_rows(collection, fetch_all(f'SELECT {columns} FROM "{collection.name}"'))
    return {record.id: record.values for record in found}


def named_files(found: dict[str, dict[str, Any]]) -> set[str]:
    return {
        f"{record_id}/{name}"
        for record_id, row in found.items()
        for name in [*row["file"], row["single"]]
        if name
    }


def stored_files(collection) -> set[str]:
    folder = Path(settings.JOEY_STORAGE_DIR) / collection.id
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".attrs")
    return {path.relative_to(folder).as_posix() for path in paths}
