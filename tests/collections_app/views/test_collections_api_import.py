"""Importing collections over HTTP: contract/collections.md 8."""

import pytest
from django.db import connection

from tests.collections_app.designing import REQUIRED, error, refusal, text

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


@pytest.mark.parametrize(
    ("field", "option", "message"),
    [
        pytest.param(text(""), "name", "cannot be blank", id="small_and_open"),
        pytest.param(
            {"name": "n", "type": "number", "onlyInt": True, "max": 1.5},
            "max",
            "Decimal numbers are not allowed",
            id="open",
        ),
        pytest.param(
            {"name": "n", "type": "number", "min": 5, "max": 1},
            "max",
            "Must be greater or equal than 5",
            id="open_with_a_number",
        ),
        pytest.param(
            {"name": "r", "type": "relation", "collectionId": "gone"},
            "collectionId",
            "The relation collection doesn't exist.",
            id="with_a_full_stop",
        ),
    ],
)
def test_messages_are_as_they_are_before_they_become_sentences(design, field, option, message):
    _, answer = bring(design, {"name": "one", "id": "id_one", "fields": [field]})
    assert answer["data"]["collections"]["message"] == (
        'Data validations failed for collection "one" (id_one):\n'
        f'{{\n  "fields": {{\n    "1": {{\n      "{option}": "{message}"\n    }}\n  }}\n}}.'
    )


def test_messages_are_json_with_html_escaped(design):
    _, answer = bring(design, {"name": "one", "id": "id_one", "listRule": "a <> 1"})
    assert answer["data"]["collections"]["message"] == (
        'Data validations failed for collection "one" (id_one):\n'
        '{\n  "listRule": "Invalid rule. Raw error: invalid sign operator \\"\\u003c\\u003e\\""\n}.'
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite")
def test_a_view_comes_before_its_row(design):
    design.make("posts")
    view = {"id": "id_view", "name": "posts", "type": "view", "viewQuery": "select 1 as id"}
    _, answer = bring(design, view)
    assert answer["data"]["collections"]["message"] == (
        "Failed to import the collections configuration. Raw error:\n"
        'failed to save collection "posts": SQL logic error: use DROP TABLE to delete table posts (1).'
    )


@pytest.mark.parametrize("name", ["", "ansicht\u00e9", "a'b"])
def test_names_that_no_view_can_have(design, name):
    view = {"id": "id_view", "name": name, "type": "view", "viewQuery": "select 1 as id", "listRule": "("}
    assert bring(design, view) == failure(
        "Failed to import the collections configuration. Raw error:\n"
        f'failed to save collection "{name}": SQL logic error: unrecognized token: "{{" (1).'
    )


def test_names_are_quoted(design):
    _, answer = bring(design, {"name": "a\\b", "id": "id_one"})
    message = answer["data"]["collections"]["message"]
    assert message.startswith('Data validations failed for collection "a\\\\b" (id_one):')


MALFORMED = [
    pytest.param(
        {"fields": [{"type": "foo", "name": "a"}]},
        'missing or unknown field type in {"name":"a","type":"foo"}',
        id="unknown_field_type",
    ),
    pytest.param(
        {"fields": [{"name": "a", "b": [1e20, 1e21, 2**70, 0.5, 3]}]},
        'missing or unknown field type in {"b":[100000000000000000000,1e+21,1.1805916207174113e+21,0.5,3],'
        '"name":"a"}',
        id="no_field_type_but_numbers",
    ),
    pytest.param({"fields": [None]}, "missing or unknown field type in null", id="no_field"),
    pytest.param(
        {"fields": [5]},
        "failed to unmarshal field type: "
        "json: cannot unmarshal number into Go value of type core.onlyFieldType",
        id="number_as_a_field",
    ),
    pytest.param(
        {"fields": [{"type": 5}]},
        "failed to unmarshal field type: "
        "json: cannot unmarshal number into Go struct field onlyFieldType.type of type string",
        id="number_as_a_field_type",
    ),
    pytest.param(
        {"fields": [{"type": "text", "name": "a", "min": "5"}]},
        "failed to unmarshal field: "
        "json: cannot unmarshal string into Go struct field TextField.min of type int",
        id="field_option",
    ),
    pytest.param(
        {"fields": {}},
        "json: cannot unmarshal object into Go struct field Collection.baseCollection.fields "
        "of type []core.fieldWithType",
        id="fields",
    ),
    pytest.param(
        {"indexes": "x"},
        "json: cannot unmarshal string into Go struct field Collection.baseCollection.indexes "
        "of type types.JSONArray[string]",
        id="indexes",
    ),
    pytest.param(
        {"system": 5, "created": 5},
        "json: cannot unmarshal number into Go struct field Collection.baseCollection.created of type string",
        id="first_in_the_order_of_names",
    ),
    pytest.param(
        {"type": 5},
        "json: cannot unmarshal number into Go struct field .type of type string",
        id="type_of_a_new_collection",
    ),
    pytest.param(
        {"oauth2": {"providers": [{"extra": []}]}},
        "json: cannot unmarshal array into Go struct field "
        "OAuth2ProviderConfig.collectionAuthOptions.oauth2.providers.extra of type map[string]interface {}",
        id="member_of_a_listed_object",
    ),
    pytest.param(
        {"oauth2": {"providers": [True]}},
        "json: cannot unmarshal bool into Go struct field "
        "OAuth2Config.collectionAuthOptions.oauth2.providers of type core.OAuth2ProviderConfig",
        id="listed_object",
    ),
    pytest.param(
        {"otp": {"length": 1.5}},
        "json: cannot unmarshal number 1.5 into Go struct field "
        "OTPConfig.collectionAuthOptions.otp.length of type int",
        id="fraction_as_an_integer",
    ),
    pytest.param(
        {"authToken": {"duration": 1e20}},
        "json: cannot unmarshal number 100000000000000000000 into Go struct field "
        "TokenConfig.collectionAuthOptions.authToken.duration of type int64",
        id="more_than_an_integer_holds",
    ),
    pytest.param(
        {"viewQuery": 5},
        "json: cannot unmarshal number into Go struct field "
        "Collection.collectionViewOptions.viewQuery of type string",
        id="option_of_a_view",
    ),
]


@pytest.mark.parametrize(("members", "reason"), MALFORMED)
def test_malformed_collections_are_told_in_the_references_words(design, members, reason):
    assert bring(design, {"name": "one", **members}) == failure(
        f"Failed to import the collections configuration. Raw error:\n{reason}."
    )


def test_numbers_are_integers_when_they_are_whole(design):
    assert bring(design, {"name": "one", "fields": [text("a", min=5.0)]}) == (204, None)
    assert design("GET", "collections/one")[1]["fields"][1]["min"] == 5


def test_unsupported_types_are_told(design):
    assert design("PUT", "collections/import", "x", kind="image/png") == refusal("Unsupported Content-Type.")


def test_field_whose_name_stays_taken_is_refused_by_the_database(design):
    flag = {"type": "bool", "name": "b", "id": "b"}
    design.make("posts", text("a"), flag)
    before = design("GET", "collections/posts")
    for namesake in ({**flag, "name": "a"}, {**flag, "name": "a", "id": "other"}):
        status, answer = bring(design, {"name": "posts", "fields": [namesake]})
        assert (status, answer["message"]) == (400, FAILED)
        message = answer["data"]["collections"]["message"]
        if connection.vendor == "sqlite":
            assert message == (
                "Failed to import the collections configuration. Raw error:\n"
                'failed to save collection "posts": '
                "SQL logic error: error in table posts after rename: duplicate column name: a (1)."
            )
    assert design("GET", "collections/posts") == before


@pytest.mark.parametrize("index", ["", "drop table one", "create index i on one ()"])
def test_unreadable_index_is_told_by_its_place(design, index):
    answer = bring(design, {"name": "one", "indexes": ["create index a on one (id)", index]})
    unreadable = error("validation_invalid_index_expression", "Invalid CREATE INDEX expression.")
    assert answer == refusal(FAILED, indexes={"1": unreadable})


def test_refused_index_is_told_by_its_place(design):
    status, answer = bring(design, {"name": "one", "indexes": ["create index i on one (nope)"]})
    assert (status, answer["message"], list(answer["data"]["indexes"])) == (400, FAILED, ["0"])


def test_system_collections_stay_locked(design):
    status, answer = bring(design, {"name": "_mfas", "listRule": ""})
    assert (status, answer["data"]["collections"]["code"]) == (400, "validation_collections_import_failure")
    assert "System collection API rule cannot be changed." in answer["data"]["collections"]["message"]
