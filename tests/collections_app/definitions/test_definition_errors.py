"""Everything that is wrong with a definition is told at once, when it is created, changed and imported."""

import json
from typing import Any

import pytest
from django.db import connection

from tests.collections_app.designing import error, refusal, text

MISSING = {"type": "relation", "name": "r", "id": "r", "collectionId": "nope"}
NO_COLLECTION = error(
    "validation_field_relation_missing_collection", "The relation collection doesn't exist."
)

REGEX = error("validation_invalid_regex", "Error parsing regexp: missing closing ]: `[`.")
UNREADABLE = error("validation_invalid_index_expression", "Invalid CREATE INDEX expression.")
WRONG_TYPE = error("validation_in_invalid", "Must be a valid value.")


def rule_error(reason):
    return error("validation_invalid_rule", f"Invalid rule. Raw error: {reason}.")


def unresolved(path):
    return rule_error(f'invalid left operand "{path}" - failed to load field "r" collection')


BAD: list[Any] = [
    pytest.param(
        {
            "fields": [MISSING, text("a", pattern="[")],
            "listRule": "r.id = 1",
            "viewRule": "r.id:each = 1",
            "createRule": "r.name = 1",
            "updateRule": "r = ''",
            "deleteRule": "nope = 1",
            "indexes": ["create index"],
        },
        {
            "fields": {
                "1": {"collectionId": NO_COLLECTION},
                "2": {"pattern": REGEX},
            },
            "listRule": unresolved("r.id"),
            "viewRule": unresolved("r.id:each"),
            "createRule": unresolved("r.name"),
            "deleteRule": rule_error('invalid left operand "nope" - unknown field "nope"'),
            "indexes": {"0": UNREADABLE},
        },
        id="relation_to_nothing",
    ),
    pytest.param(
        {"fields": [{**MISSING, "collectionId": "users"}], "listRule": "r.name = 1", "viewRule": "r.x = 1"},
        {
            "fields": {"1": {"collectionId": NO_COLLECTION}},
            "viewRule": rule_error('invalid left operand "r.x" - unknown field "x"'),
        },
        id="relation_to_a_name",
    ),
]


@pytest.mark.parametrize(("definition", "data"), BAD)
def test_all_errors_of_a_definition_are_told_together(design, definition, data):
    create = design("POST", "collections", {"name": "posts", **definition})
    assert create == refusal("Failed to create collection.", **data)
    design.make("posts")
    assert design.change("posts", **definition) == refusal("Failed to update collection.", **data)


def plain(data):
    """The errors as an import tells them: only their texts, most of them not made sentences yet."""
    if "message" in data:
        starts_small = data["code"] == "validation_invalid_regex"
        message = data["message"]
        return (message[0].lower() + message[1:]).removesuffix(".") if starts_small else message
    return {key: plain(value) for key, value in sorted(data.items())}


@pytest.mark.parametrize(("definition", "data"), BAD)
def test_all_errors_of_an_imported_definition_are_told_together(design, definition, data):
    # Whether an index can be read is known while everything is stored, before anything is judged.
    definition = {key: value for key, value in definition.items() if key != "indexes"}
    told = plain({key: value for key, value in data.items() if key != "indexes"})
    for rule in (key for key in told if key.endswith("Rule")):
        told[rule] = told[rule].removesuffix(".")
    status, answer = design("PUT", "collections/import", {"collections": [{"name": "posts", **definition}]})
    head, _, details = answer["data"]["collections"]["message"].partition("\n")
    assert (status, head) == (400, 'Data validations failed for collection "posts" (pbc_1125843985):')
    assert json.loads(details.removesuffix(".")) == told


KEYLESS = [
    pytest.param({"type": "nope"}, {"type": "must be a valid value"}, id="unknown_type"),
    pytest.param(
        {"type": "nope", "fields": [text("a")]},
        {"fields": 'Missing or invalid "id" PK field.', "type": "must be a valid value"},
        id="unknown_type_without_an_id",
    ),
    pytest.param(
        {"fields": [{"type": "bool", "name": "id"}]},
        {"fields": {"1": {"name": "Duplicated or invalid field name id"}}},
        id="id_of_another_type",
    ),
    pytest.param(
        {"fields": [{"type": "bool", "name": "id", "id": "text3208210256"}]},
        {"fields": 'Missing or invalid "id" PK field.'},
        id="id_in_its_place",
    ),
    pytest.param(
        {
            "type": "nope",
            "fields": [{"type": "relation", "name": "r", "collectionId": "own_id"}],
            "listRule": "posts_via_r.r = 1",
        },
        {"fields": 'Missing or invalid "id" PK field.', "type": "must be a valid value"},
        id="rule_about_the_id_that_is_missing",
    ),
    pytest.param(
        {"fields": [{"type": "number", "name": "a", "min": 5, "max": 3}]},
        {"fields": {"1": {"max": "Must be greater or equal than 5"}}},
        id="number",
    ),
    pytest.param(
        {"fields": [{"type": "url", "name": "a", "onlyDomains": ["a b"]}]},
        {"fields": {"1": {"onlyDomains": {"0": "must be a valid domain"}}}},
        id="domain",
    ),
]


@pytest.mark.parametrize(("definition", "told"), KEYLESS)
def test_table_without_a_key_is_judged_like_any_other(design, definition, told):
    own = {"id": "own_id", "name": "posts", **definition}
    status, answer = design("PUT", "collections/import", {"collections": [own]})
    message = answer["data"]["collections"]["message"]
    head, _, details = message.partition("\n")
    assert (status, head) == (400, 'Data validations failed for collection "posts" (own_id):'), message
    assert json.loads(details.removesuffix(".")) == told
    assert design("GET", "collections/posts")[0] == 404


def test_table_without_columns_is_refused_by_the_database(design):
    items = [{"name": "posts", "type": "nope", "fields": [], "listRule": "nope = 1"}]
    status, answer = design("PUT", "collections/import", {"collections": items})
    message = answer["data"]["collections"]["message"]
    if connection.vendor == "sqlite":
        assert (status, message) == (
            400,
            "Failed to import the collections configuration. Raw error:\n"
            'failed to save collection "posts": SQL logic error: near ")": syntax error (1).',
        )
    else:
        assert message.startswith('Data validations failed for collection "posts"')


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite takes any name")
def test_names_that_the_database_refuses_do_not_hide_what_else_is_wrong(design):
    long = "n" * 64
    fields = [MISSING, {"type": "select", "name": long}]
    answer = design("POST", "collections", {"name": "posts", "fields": fields})
    too_long = error("validation_length_out_of_range", "The length must be between 1 and 63.", max=63, min=1)
    assert answer == refusal(
        "Failed to create collection.",
        fields={
            "1": {"collectionId": NO_COLLECTION},
            "2": {"name": too_long, "values": error("validation_required", "Cannot be blank.")},
        },
    )
    for item in ({"name": "", "listRule": "nope = 1"}, {"name": long, "listRule": "nope = 1"}):
        _, answer = design("PUT", "collections/import", {"collections": [item]})
        message = answer["data"]["collections"]["message"]
        assert '"listRule": "Invalid rule.' in message and '"name": ' in message


# --- wrong types and doubled members ------------------------------------------------------------------

TYPE_FAILED = "Failed to load the collection type data due to invalid formatting."
DATA_FAILED = "Failed to load the submitted data due to invalid formatting."
DOUBLED = [
    pytest.param('{"name": "a", "Name": ["a"]}', TYPE_FAILED, id="second_name_is_a_list"),
    pytest.param('{"name": "a", "listRule": 5, "LISTRULE": ""}', DATA_FAILED, id="first_rule_is_a_number"),
    pytest.param('{"name": "a", "fields": [{}], "Fields": []}', DATA_FAILED, id="first_fields_have_no_type"),
    pytest.param('{"name": "a", "fields": [{"type": "text", "name": "t", "TYPE": "z"}]}', DATA_FAILED),
]


@pytest.mark.parametrize(("body", "message"), DOUBLED)
def test_member_that_is_sent_twice_is_read_twice(design, body, message):
    assert design("POST", "collections", body) == refusal(message)


def test_member_that_is_sent_twice_keeps_the_last_value(design):
    status, answer = design("POST", "collections", '{"type": "base", "name": "x", "NAME": "y", "TYPE": "z"}')
    assert (status, answer["data"]) == (
        400,
        {"type": WRONG_TYPE},
    )
    status, made = design(
        "POST", "collections", '{"name": "x", "NAME": "y", "listRule": "", "listrule": null}'
    )
    assert (status, made["name"], made["listRule"]) == (200, "y", None)


def test_member_is_found_letter_by_letter(design):
    status, made = design(
        "POST", "collections", '{"name": "x", "\ufb01elds": [{"type": "text", "name": "t"}]}'
    )
    assert (status, [field["name"] for field in made["fields"]]) == (200, ["id"])
    status, made = design(
        "POST", "collections", '{"name": "y", "field\u017f": [{"type": "text", "name": "t", "\u212aind": 5}]}'
    )
    assert (status, [field["name"] for field in made["fields"]]) == (200, ["id", "t"])


MISFITS = [
    pytest.param(
        {"createRule": -1, "fields": [{"type": "nope", "name": "r"}]},
        'missing or unknown field type in {"name":"r","type":"nope"}',
        id="fields_end_the_reading",
    ),
    pytest.param(
        {"authToken": 5, "listRule": 5},
        "json: cannot unmarshal number into Go struct field "
        "Collection.collectionAuthOptions.authToken of type core.TokenConfig",
        id="first_of_two",
    ),
    pytest.param(
        {"fields": [{"type": "nope", "max": 2**60}]},
        'missing or unknown field type in {"max":1152921504606847000,"type":"nope"}',
        id="digits_of_a_double",
    ),
]


@pytest.mark.parametrize(("members", "reason"), MISFITS)
def test_first_mistake_of_an_import_is_the_references(design, members, reason):
    answer = design("PUT", "collections/import", {"collections": [{"name": "one", **members}]})
    message = f"Failed to import the collections configuration. Raw error:\n{reason}."
    failure = error("validation_collections_import_failure", message)
    assert answer == refusal("Failed to import collections.", collections=failure)


# --- ids ----------------------------------------------------------------------------------------------


def test_id_of_another_collection_is_told_with_the_other_errors(design):
    design.make("posts")
    answer = design.change("posts", id="users", listRule="nope = 1")
    assert answer == refusal(
        "Failed to update collection.",
        id=error("validation_values_mismatch", "Values don't match."),
        listRule=rule_error('invalid left operand "nope" - unknown field "nope"'),
    )
    assert design.change("posts", id="nobodys", listRule="nope = 1") == refusal(
        "Failed to update collection. Raw error: \n"
        "failed to retrieve old cached collection: sql: no rows in result set."
    )


def test_id_does_not_change_in_an_import(design):
    design.make("posts")
    answer = design("PUT", "collections/import", {"collections": [{"id": "posts", "listRule": ""}]})
    message = (
        "Failed to import the collections configuration. Raw error:\n"
        'failed to save collection "posts": primary key change is not allowed.'
    )
    failure = error("validation_collections_import_failure", message)
    assert answer == refusal("Failed to import collections.", collections=failure)


def test_indexes_of_a_collection_without_a_name_are_unreadable(design):
    item = {"indexes": ["create index i on posts (nope)", "create index i on posts (id)"]}
    answer = design("PUT", "collections/import", {"collections": [item]})
    if connection.vendor == "sqlite":
        assert answer == refusal("Failed to import collections.", indexes={"0": UNREADABLE, "1": UNREADABLE})
    else:
        assert '"name": "cannot be blank"' in answer[1]["data"]["collections"]["message"]
