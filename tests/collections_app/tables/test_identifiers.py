"""Names of more than 63 bytes: PostgreSQL would cut them off, so there they are refused."""

import pytest
from django.db import connection

from tests.collections_app.designing import error, refusal, text

IS_SQLITE = connection.vendor == "sqlite"
FITS, LONG = "n" * 63, "n" * 64
# Two names that would be one if they were cut off.
TWINS = f"{FITS}a", f"{FITS}b"
TOO_LONG = error("validation_length_out_of_range", "The length must be between 1 and 63.", max=63, min=1)


@pytest.mark.parametrize("name", [FITS, *([LONG] if IS_SQLITE else [])])
def test_name_that_fits_is_taken_everywhere(design, name):
    index = f"create unique index i{name[1:]} on {name} ({name})"
    design.make(name, text("f", name=name), indexes=[index])
    design.add(name, **{name: "value"})
    assert design.values(name, name) == [("value",)]
    duplicate = error("validation_not_unique", "Value must be unique.")
    status, answer = design("POST", f"collections/{name}/records", {name: "value"})
    assert (status, answer["data"]) == (400, {name: duplicate})
    other, *_ = TWINS if IS_SQLITE else (f"m{name[1:]}",)
    fields = design("GET", f"collections/{name}")[1]["fields"]
    renamed = [{**field, "name": other} if field["name"] == name else field for field in fields]
    assert design.change(name, name=other, fields=renamed, indexes=[])[0] == 200
    assert design.values(other, other) == [("value",)]


def test_two_long_names_may_change_places(design):
    one, two = f"{FITS[1:]}1", f"{FITS[1:]}2"
    design.make("posts", text("a", name=one), text("b", name=two))
    design.add("posts", **{one: "1", two: "2"})
    fields = design("GET", "collections/posts")[1]["fields"]
    swapped = [{**field, "name": {one: two, two: one}.get(field["name"], field["name"])} for field in fields]
    assert design.change("posts", fields=swapped)[0] == 200
    assert design.values("posts", one, two) == [("2", "1")]


@pytest.mark.skipif(IS_SQLITE, reason="SQLite takes long names")
@pytest.mark.parametrize(
    ("definition", "data"),
    [
        pytest.param({"name": LONG}, {"name": TOO_LONG}, id="collection"),
        pytest.param(
            {"fields": [text("a", name=TWINS[0]), text("b", name=TWINS[1])]},
            {"fields": {"1": {"name": TOO_LONG}, "2": {"name": TOO_LONG}}},
            id="fields",
        ),
        pytest.param(
            {"fields": [text("a")], "indexes": [f"create index {LONG} on t (a)"]},
            {"indexes": {"0": TOO_LONG}},
            id="index",
        ),
    ],
)
def test_longer_names_are_refused_on_postgresql(design, definition, data):
    answer = design("POST", "collections", {"name": "t", **definition})
    assert answer == refusal("Failed to create collection.", **data)
    assert design("GET", "collections/t")[0] == 404


@pytest.mark.skipif(IS_SQLITE, reason="SQLite takes long names")
def test_columns_of_a_view_are_refused_too(design):
    query = f"select 'x' as id, 1 as {LONG}"
    message = f"the column name {LONG} is too long: The length must be between 1 and 63."
    answer = design("POST", "collections/meta/dry-run-view", {"query": query})
    assert answer == refusal(f"Invalid view query. Raw error: \n{message}")


@pytest.mark.skipif(IS_SQLITE, reason="SQLite takes long names")
@pytest.mark.parametrize(
    "definition",
    [
        pytest.param({"name": LONG}, id="collection"),
        pytest.param({"name": "t", "fields": [text("a", name=TWINS[0])]}, id="field"),
        pytest.param({"name": "t", "type": "view", "viewQuery": f"select 1 as id, 2 as {LONG}"}, id="view"),
    ],
)
def test_an_import_says_what_is_too_long(design, definition):
    status, answer = design("PUT", "collections/import", {"collections": [definition]})
    reason = answer["data"]["collections"]["message"]
    assert status == 400 and ("must be between 1 and 63" in reason or "is too long" in reason)


@pytest.mark.skipif(IS_SQLITE, reason="SQLite takes long names")
def test_an_import_says_which_index_name_is_too_long(design):
    definition = {"name": "t", "fields": [text("a")], "indexes": [f"create index {LONG} on t (a)"]}
    status, answer = design("PUT", "collections/import", {"collections": [definition]})
    assert (status, list(answer["data"])) == (400, ["indexes"])
    assert f'takes names of at most 63 bytes, not "{LONG}"' in answer["data"]["indexes"]["0"]["message"]
