"""Designing collections over HTTP: contract/collections.md 1 to 6 and 9."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from collections_app.catalog import find_collection
from collections_app.records.querying.finding import find_record
from tests.auth_app.accounts import error as envelope
from tests.collections_app.designing import ID_FIELD, REQUIRED, error, refusal, text

CREATE = "Failed to create collection."
UPDATE = "Failed to update collection."
TITLE = {"type": "text", "name": "title"}
TITLE_JSON = {
    "autogeneratePattern": "",
    "help": "",
    "hidden": False,
    "id": "text724990059",
    "max": 0,
    "min": 0,
    "name": "title",
    "pattern": "",
    "presentable": False,
    "primaryKey": False,
    "required": False,
    "system": False,
    "type": "text",
}

# --- who may ------------------------------------------------------------------------------------------

ROUTES = [
    ("GET", "collections"),
    ("POST", "collections"),
    ("GET", "collections/users"),
    ("PATCH", "collections/users"),
    ("DELETE", "collections/users"),
    ("DELETE", "collections/users/truncate"),
    ("PUT", "collections/import"),
    ("GET", "collections/meta/scaffolds"),
    ("GET", "collections/meta/oauth2-providers"),
    ("POST", "collections/meta/dry-run-view"),
    ("POST", "sql"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[" ".join(route) for route in ROUTES])
def test_guests_may_not(method, path):
    response = Client().generic(method, f"/api/{path}")
    assert (response.status_code, response.json()) == envelope(
        401, "The request requires valid record authorization token."
    )


# --- list and view ------------------------------------------------------------------------------------


def test_list_filters_sorts_and_pages(design):
    for name in ("xa", "xb", "xc"):
        design.make(name)
    status, page = design("GET", "collections?filter=name~'x%25'%26%26type='base'&sort=-name&perPage=2")
    assert status == 200
    assert [item["name"] for item in page.pop("items")] == ["xc", "xb"]
    assert page == {"page": 1, "perPage": 2, "totalItems": 3, "totalPages": 2}
    _, second = design("GET", "collections?filter=name~'x%25'&sort=-name&perPage=2&page=2&skipTotal=1")
    assert [item["name"] for item in second.pop("items")] == ["xa"]
    assert second == {"page": 2, "perPage": 2, "totalItems": -1, "totalPages": -1}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("", ["zz", "yy"], id="as_made"),
        pytest.param("filter=name='zz'%7C%7Cname='yy'", ["yy", "zz"], id="as_the_index_of_names_has_them"),
        pytest.param("filter=name>='yy'%26%26name<='zz'", ["yy", "zz"], id="a_range_of_names"),
        pytest.param("filter=name='zz'%7C%7Cname='yy'&sort=type", ["yy", "zz"], id="equals_of_a_sort"),
        pytest.param("filter=name='zz'%7C%7Cname='yy'&sort=@rowid", ["zz", "yy"], id="sorted"),
    ],
)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's plans say nothing to clients")
def test_list_without_a_sort_is_as_sqlite_finds_it(design, query, names):
    for name in ("zz", "yy"):
        design.make(name)
    _, page = design("GET", f"collections?perPage=500&fields=name&{query}")
    assert [item["name"] for item in page["items"]][-2:] == names


@pytest.mark.parametrize("query", ["filter=fields~'x'", "sort=options", "filter=name=", "page=x"])
def test_list_refuses_what_is_no_column(design, query):
    assert design("GET", f"collections?{query}") == envelope(
        400, "Something went wrong while processing your request."
    )


def test_view_finds_by_id_and_by_name_in_any_case(design):
    made = design.make("Posts", TITLE)
    assert design("GET", "collections/pOSTS") == design("GET", f"collections/{made['id']}") == (200, made)
    assert design("GET", "collections/nope")[0] == 404


# --- create -------------------------------------------------------------------------------------------


def test_create_answers_the_whole_definition(design):
    made = design.make("posts", TITLE, listRule="", indexes=["create index i on other (title)"])
    created = made.pop("created")
    assert made.pop("updated") == created
    assert list(made.items()) == [
        ("id", "pbc_1125843985"),
        ("listRule", ""),
        ("viewRule", None),
        ("createRule", None),
        ("updateRule", None),
        ("deleteRule", None),
        ("name", "posts"),
        ("type", "base"),
        ("fields", [ID_FIELD, TITLE_JSON]),
        ("indexes", ["CREATE INDEX `i` ON `posts` (`title`)"]),
        ("system", False),
    ]
    design.add("posts", title="first")
    assert Client().get("/api/collections/posts/records").json()["items"][0]["title"] == "first"


def test_create_auth_lays_the_body_over_the_defaults(design):
    made = design.make(
        "members", text("tokenKey", min=10, required=False), type="auth", fileToken={"duration": 60}
    )
    assert [field["name"] for field in made["fields"]] == [
        "id", "tokenKey", "password", "email", "emailVisibility", "verified",
    ]  # fmt: skip
    key = made["fields"][1]
    assert (key["min"], key["required"], key["hidden"], key["system"]) == (10, True, True, True)
    assert made["indexes"] == [
        f"CREATE UNIQUE INDEX `idx_tokenKey_{made['id']}` ON `members` (`tokenKey`)",
        f"CREATE UNIQUE INDEX `idx_email_{made['id']}` ON `members` (`email`) WHERE `email` != ''",
    ]
    assert made["fileToken"] == {"duration": 60}
    assert made["passwordAuth"] == {"enabled": True, "identityFields": ["email"]}
    stored = find_collection("members")
    assert stored is not None
    assert {len(stored.options[key]["secret"]) for key in ("authToken", "fileToken")} == {50}


def test_generated_id_evades_a_taken_one(design):
    first = design.make("posts")
    design.change("posts", name="articles")
    assert design.make("posts")["id"] == first["id"] + "2"


TYPE_FAILED = "Failed to load the collection type data due to invalid formatting."
DATA_FAILED = "Failed to load the submitted data due to invalid formatting."
BODIES: list[tuple[Any, str]] = [
    ("[]", TYPE_FAILED),
    ("{", TYPE_FAILED),
    ({"name": 5}, TYPE_FAILED),
    ({"listRule": 5}, DATA_FAILED),
    ({"indexes": [5]}, DATA_FAILED),
    ({"fields": {}}, DATA_FAILED),
    ({"authToken": {"duration": "5"}}, DATA_FAILED),
    ({"viewQuery": []}, DATA_FAILED),
    ({"system": 1}, DATA_FAILED),
    ({"fields": [{"name": "x", "type": "nope"}]}, DATA_FAILED),
    ({"fields": [{"name": "x", "type": "text", "min": 5.5}]}, DATA_FAILED),
    # Whole, but not an integer to who asked for one.
    ({"fields": [{"name": "x", "type": "text", "min": 5.0}]}, DATA_FAILED),
    ('{"name": "x", "type": "auth", "authToken": {"duration": 6e1}}', DATA_FAILED),
    ('{"name": "x", "type": "auth", "authToken": {"duration": 9223372036854775808}}', DATA_FAILED),
]


@pytest.mark.parametrize(("body", "message"), BODIES, ids=[str(body) for body, _ in BODIES])
def test_malformed_bodies_are_refused_whole(design, body, message):
    assert design("POST", "collections", body) == refusal(message)


NAME = "name"
TOO_LONG = error("validation_length_out_of_range", "The length must be between 1 and 255.", min=1, max=255)
INVALID = [
    pytest.param({}, {"name": REQUIRED}, id="nothing"),
    pytest.param({NAME: "x" * 256}, {"name": TOO_LONG}, id="long_name"),
    pytest.param(
        {NAME: "a b"},
        {"name": error("validation_match_invalid", "Must be in a valid format.")},
        id="blank_in_name",
    ),
    pytest.param(
        {NAME: "a_Via_b"},
        {"name": error("validation_found_via", 'The value cannot contain "_via_".')},
        id="via",
    ),
    pytest.param(
        {NAME: "USERS"},
        {
            "name": error(
                "validation_collection_name_exists", "Collection name must be unique (case insensitive)."
            )
        },
        id="taken_name",
    ),
    pytest.param(
        {NAME: "_pb_users_auth_"},
        {
            "name": error(
                "validation_collection_name_id_duplicate",
                "The name must not match an existing collection id.",
            )
        },
        id="name_is_an_id",
    ),
    pytest.param(
        {NAME: "_Params"},
        {
            "name": error(
                "validation_collection_name_invalid",
                "The name shouldn't match with an existing internal table.",
            )
        },
        id="internal_table",
    ),
    pytest.param(
        {NAME: "x", "type": "foo"},
        {"type": error("validation_in_invalid", "Must be a valid value.")},
        id="type",
    ),
    pytest.param(
        {NAME: "x", "id": "a-b"},
        {"id": error("validation_match_invalid", "Must be in a valid format.")},
        id="id",
    ),
    pytest.param(
        {NAME: "x", "id": "_pb_users_auth_"},
        {"id": error("validation_invalid_or_existing_id", "The model id is invalid or already exists.")},
        id="taken_id",
    ),
    pytest.param(
        {NAME: "x", "fields": [{"type": "text", "name": "expand"}, {"type": "select", "name": "s"}]},
        {
            "fields": {
                "1": {"name": error("validation_not_in_invalid", "Must not be in list.")},
                "2": {"values": REQUIRED},
            }
        },
        id="field_options",
    ),
    pytest.param(
        {NAME: "x", "fields": [text("a"), text("A", id="other")]},
        {
            "fields": {
                "2": {
                    "name": error(
                        "validation_duplicated_field_name",
                        "Duplicated or invalid field name A.",
                        fieldName="A",
                    )
                }
            }
        },
        id="field_names",
    ),
    pytest.param(
        {NAME: "x", "fields": [{"type": "text", "name": ""}, {"type": "bool", "name": ""}]},
        {
            "fields": {
                "2": {
                    "name": error(
                        "validation_duplicated_field_name",
                        "Duplicated or invalid field name.",
                        fieldName="",
                    )
                }
            }
        },
        id="field_names_that_are_empty",
    ),
    pytest.param(
        {NAME: "x", "type": "auth", "fields": [{"type": "text", "name": "oldPassword"}]},
        {
            "fields": {
                "1": {
                    "name": error(
                        "validation_reserved_field_name", "The field name is reserved and cannot be used."
                    )
                }
            }
        },
        id="reserved_in_auth",
    ),
    pytest.param(
        {NAME: "x", "indexes": ["drop table users"]},
        {"indexes": {"0": error("validation_invalid_index_expression", "Invalid CREATE INDEX expression.")}},
        id="no_index",
    ),
    pytest.param(
        {NAME: "x", "indexes": ["create index a on x (id)", "create index A on x (id desc)"]},
        {"indexes": {"1": error("validation_duplicated_index_name", "The index name already exists.")}},
        id="index_name_twice",
    ),
    pytest.param(
        {NAME: "x", "indexes": ["create index a on x (id)", "create index b on y (`id`)"]},
        {
            "indexes": {
                "1": error("validation_duplicated_index_definition", "The index definition already exists.")
            }
        },
        id="index_twice",
    ),
    pytest.param(
        {NAME: "x", "type": "auth", "manageRule": "", "authToken": {"secret": "short", "duration": 5}},
        {
            "manageRule": error("validation_nil_or_not_empty_required", "Cannot be blank."),
            "authToken": {
                "secret": error(
                    "validation_length_out_of_range",
                    "The length must be between 30 and 255.",
                    min=30,
                    max=255,
                ),
                "duration": error(
                    "validation_min_greater_equal_than_required", "Must be no less than 10.", threshold=10
                ),
            },
        },
        id="auth_options",
    ),
    pytest.param(
        {NAME: "x", "type": "auth", "passwordAuth": {"identityFields": ["nick"]}},
        {
            "passwordAuth": {
                "identityFields": error(
                    "validation_missing_field", "Invalid or missing field nick.", fieldName="nick"
                )
            }
        },
        id="identity_field",
    ),
    pytest.param(
        {NAME: "x", "type": "auth", "passwordAuth": {"identityFields": [""]}},
        {"passwordAuth": {"identityFields": REQUIRED}},
        id="no_identity_field",
    ),
    pytest.param(
        {NAME: "x", "type": "auth", "mfa": {"enabled": True}},
        {
            "mfa": {
                "enabled": error(
                    "validation_mfa_not_enough_auths", "MFA requires at least 2 auth methods to be enabled."
                )
            }
        },
        id="mfa_alone",
    ),
    pytest.param(
        {
            NAME: "x",
            "type": "auth",
            "oauth2": {"enabled": True, "providers": [{"name": "nope", "clientId": "c", "authURL": "x"}]},
        },
        {
            "oauth2": {
                "providers": {
                    "0": {
                        "authURL": error("validation_is_url", "Must be a valid URL."),
                        "clientSecret": REQUIRED,
                        "name": error(
                            "validation_missing_provider",
                            "Invalid or missing provider with name nope.",
                            name="nope",
                        ),
                    }
                }
            }
        },
        id="provider",
    ),
]


@pytest.mark.parametrize(("body", "data"), INVALID)
def test_invalid_definitions_say_what_is_wrong(design, body, data):
    assert design("POST", "collections", body) == refusal(CREATE, **data)


def test_what_the_reference_sets_no_limit_to_has_none(design):
    otp = {"enabled": True, "length": 2**62}
    assert design.make("members", type="auth", otp=otp)["otp"]["length"] == 2**62


def test_members_of_fields_match_whatever_their_case(design):
    assert design.make("posts", {"TYPE": "bool", "Name": "b"})["fields"][1]["type"] == "bool"


def test_index_without_a_table_gets_its_collections(design):
    made = design.make("posts", TITLE, indexes=["create index i on (title)"])
    assert made["indexes"] == ["CREATE INDEX `i` ON `posts` (`title`)"]


def test_index_that_the_database_refuses_leaves_nothing(design):
    fields = [text("a")]
    body = {
        "name": "x",
        "fields": fields,
        "indexes": ["create index i1 on x (nope)", "create index i2 on x (a)"],
    }
    status, answer = design("POST", "collections", body)
    assert (status, list(answer["data"]["indexes"])) == (400, ["0"])
    assert answer["data"]["indexes"]["0"]["message"].startswith("Failed to create index i1 - ")
    assert design("GET", "collections/x")[0] == 404
    design.make("x", *fields)


# --- update -------------------------------------------------------------------------------------------


def test_update_changes_only_what_is_sent(design):
    made = design.make("posts", TITLE, listRule="title = 'a'")
    status, changed = design.change("posts", viewRule="")
    assert changed.pop("updated") > made.pop("updated")
    assert (status, changed) == (200, {**made, "viewRule": ""})


def test_created_is_changed_by_who_sends_it(design):
    design.make("posts")
    assert design.change("posts", created="2020-01-01")[1]["created"] == "2020-01-01 00:00:00.000Z"
    assert design.change("posts", created=None)[1]["created"] == ""


def test_rules_know_a_collection_by_the_name_that_it_loses(design):
    design.make("posts", TITLE)
    assert design.change("posts", name="articles", listRule="@collection.posts.title = 'x'")[0] == 200
    again = design.change("articles", listRule="", viewRule="@collection.posts.title = 'x'")
    assert list(again[1]["data"]) == ["viewRule"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "collections/posts", 200),
        ("GET", "collections?filter=name='posts'", 200),
        ("DELETE", "collections/posts", 204),
    ],
)
def test_bodies_that_nobody_asked_for_are_not_read(design, method, path, status):
    design.make("posts")
    assert design(method, path, "{}", kind="text/plain")[0] == status


def test_update_keeps_rows_through_renames_and_conversions(design):
    design.make(
        "posts", text("a"), text("b"), {"type": "select", "name": "s", "id": "s", "values": ["x", "y"]}
    )
    design.add("posts", id="post00000000001", a="1", b="2", s="x")
    fields = [
        text("a", name="b"),
        text("b", name="a"),
        {"type": "select", "name": "tags", "id": "s", "values": ["x", "y"], "maxSelect": 2},
    ]
    assert design.change("posts", name="Articles", fields=fields)[0] == 200
    assert design.values("articles", "a", "b", "tags") == [("2", "1", ["x"])]
    fields[2]["maxSelect"] = 1
    assert design.change("articles", fields=fields[1:])[0] == 200
    assert design.values("articles", "a", "tags") == [("2", "x")]


def test_rename_moves_indexes_and_leaves_relations(design):
    posts = design.make("posts", text("t"), indexes=["create index i on posts (t)"])
    relation = {"type": "relation", "name": "post", "collectionId": posts["id"], "maxSelect": 1}
    design.make("notes", relation)
    design.add("posts", id="post00000000001")
    design.add("notes", post="post00000000001")
    assert design.change("posts", name="articles")[1]["indexes"] == ["CREATE INDEX `i` ON `articles` (`t`)"]
    _, page = design("GET", "collections/notes/records?expand=post&fields=*,expand.post.collectionName")
    assert page["items"][0]["expand"] == {"post": {"collectionName": "articles"}}


def test_dropped_column_that_an_index_needs_is_refused(design):
    design.make("posts", text("t"), indexes=["create index i on posts (t)"])
    status, answer = design.change("posts", fields=[])
    assert (status, list(answer["data"]["indexes"])) == (400, ["0"])
    design.add("posts", id="post00000000001", t="still here")
    assert design.values("posts", "t") == [("still here",)]


UPDATES = [
    pytest.param(
        {"type": "auth", "fields": [{"type": "number", "name": "t", "id": "t"}]},
        ["authToken", "fields", "type"],
        id="other_type",
    ),
    pytest.param({"system": True}, ["system"], id="system"),
    pytest.param({"listRule": "nope = 1"}, ["listRule"], id="rule"),
    pytest.param({"fields": [{"type": "number", "name": "t", "id": "t"}]}, ["fields"], id="field_type"),
]


@pytest.mark.parametrize(("body", "keys"), UPDATES)
def test_update_refuses(design, body, keys):
    made = design.make("posts", text("t"))
    status, answer = design.change("posts", **body)
    assert (status, answer["message"]) == (400, UPDATE)
    assert set(keys) <= set(answer["data"])
    assert design("GET", "collections/posts") == (200, made)


def test_the_id_never_changes(design):
    design.make("posts")
    assert design.change("posts", id="other") == refusal(
        "Failed to update collection. Raw error: \n"
        "failed to retrieve old cached collection: sql: no rows in result set."
    )


def test_relation_target_stays(design):
    first, second = design.make("first"), design.make("second")
    relation = {"type": "relation", "name": "r", "id": "r", "maxSelect": 1}
    design.make("notes", {**relation, "collectionId": first["id"]})
    assert design.change("notes", fields=[{**relation, "collectionId": second["id"]}]) == refusal(
        UPDATE,
        fields={
            "1": {
                "collectionId": error(
                    "validation_field_relation_change", "The relation collection cannot be changed."
                )
            }
        },
    )


# --- secrets, providers, system collections -----------------------------------------------------------


def options_of(name):
    collection = find_collection(name)
    assert collection is not None
    return collection.options


def test_secrets_are_kept_and_never_shown(design):
    google = {"name": "google", "clientId": "a", "clientSecret": "hush"}
    made = design.make("members", type="auth", oauth2={"enabled": True, "providers": [google]})
    shown = made["oauth2"]["providers"][0]
    assert ("clientSecret" in shown, made["authToken"]) == (False, {"duration": 432000})
    secret = options_of("members")["authToken"]["secret"]
    status, changed = design.change(
        "members", authToken={"duration": 60}, oauth2={"providers": [{"name": "github"}]}
    )
    assert (status, changed["authToken"]) == (200, {"duration": 60})
    assert options_of("members")["authToken"] == {"secret": secret, "duration": 60}
    # By position: an omitted secret is that of whatever stood there before.
    provider = options_of("members")["oauth2"]["providers"][0]
    assert (provider["name"], provider["clientId"], provider["clientSecret"]) == ("github", "a", "hush")


@pytest.mark.parametrize("fields", [None, []], ids=["null", "empty"])
def test_no_list_of_fields_takes_all_of_ones_own_away(design, fields):
    design.make("posts", text("t"))
    _, changed = design.change("posts", fields=fields, listRule="")
    assert ([field["name"] for field in changed["fields"]], changed["listRule"]) == (["id"], "")


def test_null_takes_all_providers_away(design):
    google = {"name": "google", "clientId": "a", "clientSecret": "hush"}
    design.make("members", type="auth", oauth2={"enabled": True, "providers": [google]})
    status, changed = design.change("members", oauth2={"enabled": False, "providers": None})
    assert (status, changed["oauth2"]["providers"]) == (200, [])


@pytest.mark.parametrize(
    ("rule", "ends_tokens"), [("verified = true", True), ("", False), (None, False)], ids=str
)
def test_another_auth_rule_ends_every_token(design, rule, ends_tokens):
    design.make("members", type="auth")
    before = options_of("members")["authToken"]["secret"]
    assert design.change("members", authRule=rule)[0] == 200
    assert (options_of("members")["authToken"]["secret"] != before) is ends_tokens


def test_superusers_never_sign_in_by_oauth2_or_a_code_alone(design):
    status, changed = design.change("_superusers", oauth2={"enabled": True}, passwordAuth={"enabled": False})
    assert (status, changed["oauth2"]["enabled"], changed["passwordAuth"]["enabled"]) == (200, False, True)
    _, changed = design.change("_superusers", otp={"enabled": True})
    assert (changed["otp"]["enabled"], changed["mfa"]["enabled"]) == (True, True)


def test_system_collections_are_locked(design):
    status, answer = design.change("_mfas", name="x", system=False, deleteRule="", fields=[])
    codes = {
        key: value.get("code") for key, value in answer["data"].items() if key not in {"listRule", "viewRule"}
    }
    assert (status, codes) == (
        400,
        {
            "deleteRule": "validation_collection_system_rule_change",
            "fields": "validation_system_field_change",
            "name": "validation_collection_system_name_change",
            "system": "validation_collection_system_flag_change",
        },
    )
    assert design("DELETE", "collections/_mfas") == refusal("Failed to delete collection.")


def test_unique_index_on_a_system_field_stays(design):
    design.make("things", text("key", system=True), indexes=["create unique index i on things (`key`)"])
    assert design.change("things", indexes=["create index i on things (`key`)"]) == refusal(
        UPDATE,
        indexes=error(
            "validation_invalid_unique_system_field_index",
            "Unique index definition on system fields (key) is invalid or missing.",
            fieldName="key",
        ),
    )
    other = "create unique index j on things (`key` desc) where `key` != ''"
    assert design.change("things", indexes=[other])[0] == 200


# --- delete and truncate ------------------------------------------------------------------------------


def test_delete_takes_the_table(design):
    design.make("members", type="auth")
    assert design("DELETE", "collections/members") == (204, None)
    assert design("GET", "collections/members")[0] == 404
    design.make("members", type="auth")


def test_delete_takes_what_is_kept_about_its_people(design):
    made = design.make("members", type="auth")
    person = {"password": "1234567890", "passwordConfirm": "1234567890", "email": "ann@example.com"}
    design.add("members", id="person000000001", **person)
    row = {"collectionRef": made["id"], "recordRef": "person000000001", "method": "otp"}
    before = design.values("_mfas", "id")
    design.add("_mfas", **row)
    assert len(design.values("_mfas", "id")) == len(before) + 1
    assert design("DELETE", "collections/members") == (204, None)
    assert design.values("_mfas", "id") == before


def test_rate_limits_follow_a_new_name(design):
    design.make("posts")
    rule = {"label": "posts:create", "maxRequests": 5, "duration": 10, "audience": ""}
    assert design("PATCH", "settings", {"rateLimits": {"rules": [rule]}})[0] == 200
    assert design.change("posts", name="articles")[0] == 200
    _, settings = design("GET", "settings")
    assert settings["rateLimits"]["rules"] == [{**rule, "label": "articles:create"}]


def test_delete_is_refused_while_relations_point_at_it(design):
    posts = design.make("posts")
    design.make("notes", {"type": "relation", "name": "r", "maxSelect": 1, "collectionId": posts["id"]})
    assert design("DELETE", "collections/posts") == refusal(
        "Failed to delete collection probably due to existing reference in notes."
    )
    assert design("DELETE", "collections/notes") == (204, None)
    assert design("DELETE", "collections/posts") == (204, None)


def test_truncate_deletes_the_records_and_keeps_the_collection(design):
    made = design.make("posts", text("t"))
    for number in range(3):
        design.add("posts", id=f"post0000000000{number}")
    assert design("DELETE", "collections/posts/truncate") == (204, None)
    assert design.values("posts", "id") == []
    assert design("GET", "collections/posts") == (200, made)


def test_truncate_is_refused_while_records_must_point_at_them(design):
    posts = design.make("posts")
    relation = {
        "type": "relation",
        "name": "r",
        "maxSelect": 1,
        "collectionId": posts["id"],
        "required": True,
    }
    design.make("notes", relation)
    design.add("posts", id="post00000000001")
    design.add("notes", r="post00000000001")
    assert design("DELETE", "collections/posts/truncate") == refusal(
        "Failed to truncate collection (most likely due to required cascade delete record references)."
    )
    collection = find_collection("posts")
    assert collection is not None and find_record(collection, "post00000000001") is not None


# --- meta ---------------------------------------------------------------------------------------------


def test_scaffolds_are_blank_collections(design):
    status, blank = design("GET", "collections/meta/scaffolds")
    assert (status, list(blank)) == (200, ["auth", "base", "view"])
    assert {(one["id"], one["name"], one["created"], one["updated"]) for one in blank.values()} == {("",) * 4}
    assert (blank["base"]["fields"], blank["view"]["fields"]) == ([ID_FIELD], [])
    assert blank["auth"]["indexes"][0].endswith("` ON `` (`tokenKey`)")
    assert "secret" not in str(blank)


def test_providers_are_listed_in_their_order(design):
    status, providers = design("GET", "collections/meta/oauth2-providers")
    assert (status, [one["name"] for one in providers][:2], providers[-1]["name"]) == (
        200,
        ["apple", "google"],
        "oidc3",
    )
    assert {tuple(one) for one in providers} == {("name", "displayName", "logo")}
