"""Importing collections over HTTP: contract/collections.md 8."""

import pytest

from tests.collections_app.designing import REQUIRED, refusal, text

FAILED = "Failed to import collections."


def bring(design, *collections, delete_missing=False):
    return design("PUT", "collections/import", {"collections": collections, "deleteMissing": delete_missing})


def failure(message):
    return refusal(FAILED, collections={"code": "validation_collections_import_failure", "message": message})


def names(design):
    _, page = design("GET", "collections?filter=system=false&perPage=500")
    return {item["name"] for item in page["items"]}


def field_names(design, name):
    return [field["name"] for field in design("GET", f"collections/{name}")[1]["fields"]]


@pytest.mark.parametrize(
    "body", ["x", {"collections": {}}, {"collections": [1]}, {"deleteMissing": "yes"}], ids=str
)
def test_malformed_bodies_are_refused(design, body):
    assert design("PUT", "collections/import", body) == refusal(
        "An error occurred while loading the submitted data."
    )


@pytest.mark.parametrize("body", [{}, {"collections": []}, {"collections": None}], ids=str)
def test_empty_import_is_refused(design, body):
    assert design("PUT", "collections/import", body) == refusal(
        "An error occurred while validating the submitted data.", collections=REQUIRED
    )


def test_collections_may_refer_to_each_other_and_views_come_last(design):
    relation = {"type": "relation", "name": "r", "maxSelect": 1}
    answer = bring(
        design,
        {"name": "v", "type": "view", "viewQuery": "select id, r from one"},
        {"id": "id_one", "name": "one", "fields": [{**relation, "collectionId": "id_two"}]},
        {"id": "id_two", "name": "two", "fields": [{**relation, "collectionId": "id_one"}]},
    )
    assert answer == (204, None)
    assert (field_names(design, "one"), field_names(design, "v")) == (["id", "r"], ["id", "r"])


def test_existing_collections_keep_what_is_not_sent(design):
    made = design.make("posts", text("a"), text("b"), listRule="")
    design.add("posts", id="post00000000001", a="1", b="2")
    assert bring(design, {"name": "POSTS", "viewRule": "", "fields": [text("c")]}) == (204, None)
    _, changed = design("GET", "collections/POSTS")
    assert (changed["id"], changed["listRule"], changed["viewRule"]) == (made["id"], "", "")
    assert [field["name"] for field in changed["fields"]] == ["c", "id", "a", "b"]
    assert design.values("posts", "a", "b", "c") == [("1", "2", "")]


def test_namesake_of_the_same_type_takes_over_the_stored_column(design):
    design.make("posts", text("a", max=5))
    design.add("posts", id="post00000000001", a="1")
    assert bring(design, {"name": "posts", "fields": [text("other", name="a", max=9)]}) == (204, None)
    field = design("GET", "collections/posts")[1]["fields"][0]
    assert (field["id"], field["max"]) == ("a", 5)
    assert design.values("posts", "a") == [("1",)]


def test_delete_missing_takes_collections_and_fields(design):
    design.make("gone", text("a"))
    design.make(
        "refers", {"type": "relation", "name": "r", "maxSelect": 1, "collectionId": "_pb_users_auth_"}
    )
    design.make("posts", text("a"), text("key", system=True))
    assert bring(design, {"name": "posts", "fields": [text("b")]}, delete_missing=True) == (204, None)
    assert names(design) == {"posts"}
    assert field_names(design, "posts") == ["b", "id", "key"]
    assert design("GET", "collections/_superusers")[0] == 200


def test_invalid_collection_undoes_the_whole_import(design):
    before = names(design)
    status, answer = bring(
        design, {"name": "one"}, {"name": "two", "id": "id_two", "fields": [text("expand")]}
    )
    assert (status, answer) == failure(
        'Data validations failed for collection "two" (id_two):\n'
        '{\n  "fields": {\n    "1": {\n      "name": "must not be in list"\n    }\n  }\n}.'
    )
    assert names(design) == before
    assert design("GET", "collections/one")[0] == 404


def test_unreadable_field_is_quoted(design):
    assert bring(design, {"name": "one", "fields": [{"type": "foo", "name": "a"}]}) == failure(
        "Failed to import the collections configuration. Raw error:\n"
        'missing or unknown field type in {"name":"a","type":"foo"}.'
    )


def test_refused_index_is_told_by_its_place(design):
    status, answer = bring(design, {"name": "one", "indexes": ["create index i on one (nope)"]})
    assert (status, answer["message"], list(answer["data"]["indexes"])) == (400, FAILED, ["0"])


def test_system_collections_stay_locked(design):
    status, answer = bring(design, {"name": "_mfas", "listRule": ""})
    assert (status, answer["data"]["collections"]["code"]) == (400, "validation_collections_import_failure")
    assert "System collection API rule cannot be changed." in answer["data"]["collections"]["message"]
