"""A snapshot of all collections is a state: a new directory that applies it has exactly these definitions."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from collections_app.migration_operations import ImportCollections, MigrationRefused
from tests.collections_app.designing import Designer, text
from tests.collections_app.migrating.installations import definitions, in_any_order, start_over, tables
from tests.collections_app.migrating.project import operations, run
from tests.served import ROOT, manage

USERS = "_pb_users_auth_"


@pytest.fixture
def folder(db, settings, tmp_path):
    settings.JOEY_MIGRATIONS_DIR = tmp_path / "pb_migrations"
    return settings.JOEY_MIGRATIONS_DIR


@pytest.fixture
def fresh(folder):
    """A superuser who designs collections in a new installation."""
    start_over()
    return Designer()


def snapshot(folder, *arguments: str) -> list[Any]:
    """The operations of a snapshot, read from the file that the command writes."""
    call_command("collections", "snapshot", *arguments, verbosity=0)
    [path] = folder.glob("*.py")
    found = operations(path)
    path.unlink()
    return found


def import_all(design: Designer, *collections: dict[str, Any]) -> None:
    status, answer = design("PUT", "collections/import", {"collections": list(collections)})
    assert status == 204, answer


def relation(name: str, target: str, **options: Any) -> dict[str, Any]:
    return {"type": "relation", "name": name, "collectionId": target, "maxSelect": 1, **options}


# --- what real projects look like ---------------------------------------------------------------------


def users_with_another_id(design: Designer) -> None:
    assert design("DELETE", "collections/users")[0] == 204
    users = design.make("users", text("nick"), type="auth", id="users_of_ours01", listRule="")
    design.make("posts", relation("author", users["id"]), listRule="author = @request.auth.id")


def users_with_another_id_and_the_indexes_of_the_default_ones(design: Designer) -> None:
    assert design("DELETE", "collections/users")[0] == 204
    indexes = [
        f"CREATE UNIQUE INDEX `idx_tokenKey_{USERS}` ON `users` (`tokenKey`)",
        f"CREATE UNIQUE INDEX `idx_email_{USERS}` ON `users` (`email`) WHERE `email` != ''",
    ]
    design.make("users", type="auth", id="users_of_ours01", indexes=indexes)


def users_whose_own_fields_have_the_default_names(design: Designer) -> None:
    users = design("GET", "collections/users")[1]
    kept = [field for field in users["fields"] if field["name"] not in ("avatar", "name")]
    assert design.change("users", fields=kept)[0] == 200
    own = [{"type": "url", "name": "avatar", "id": "own_avatar"}, text("own_name", name="name", max=7)]
    assert design.change("users", fields=[*own, *kept])[0] == 200


def users_without_the_default_fields(design: Designer) -> None:
    users = design("GET", "collections/users")[1]
    kept = [field for field in users["fields"] if field["system"]]
    assert design.change("users", fields=kept, listRule=None, createRule=None)[0] == 200


def users_that_swapped_their_default_fields(design: Designer) -> None:
    users = design("GET", "collections/users")[1]
    fields = {field["name"]: field for field in users["fields"]}
    fields["name"]["name"], fields["avatar"]["name"] = "avatar", "name"
    assert design.change("users", fields=list(reversed(fields.values())))[0] == 200


def users_under_another_name_and_others_under_theirs(design: Designer) -> None:
    assert design.change("users", name="people")[0] == 200
    design.make("users", text("t", name="avatar"))


def no_users(design: Designer) -> None:
    assert design("DELETE", "collections/users")[0] == 204


def users_that_are_a_base_collection(design: Designer) -> None:
    assert design("DELETE", "collections/users")[0] == 204
    design.make("users", text("avatar"), id=USERS)


def users_with_other_options(design: Designer) -> None:
    status, answer = design.change(
        "users",
        authRule="verified = true",
        manageRule="id = @request.auth.id",
        oauth2={"enabled": True, "mappedFields": {"name": "", "avatarURL": "avatar"}},
        otp={"enabled": True, "duration": 99, "length": 6},
        mfa={"enabled": True, "rule": "verified = true"},
        authToken={"duration": 12345},
        verificationTemplate={"subject": "\"Hi\" 'there' \\ {APP_NAME}", "body": "<p>\n\u202e\u2028\t</p>"},
    )
    assert status == 200, answer


def views_on_users_in_any_order(design: Designer) -> None:
    """The older view selects from the newer one."""
    design.make("posts", relation("author", USERS), text("title"), {"type": "number", "name": "n"})
    design.make("best", type="view", viewQuery="select id, email from users")
    query = "select users.id, users.name, count(posts.id) as posts from users left join posts"
    design.make("sums", type="view", viewQuery=f"{query} on posts.author = users.id group by users.id")
    assert design.change("best", viewQuery="select id, posts from sums", listRule="posts > 1")[0] == 200


def relations_in_circles(design: Designer) -> None:
    import_all(
        design,
        {"id": "id_one", "name": "one", "fields": [relation("r", "id_two"), relation("self", "id_one")]},
        {"id": "id_two", "name": "two", "fields": [relation("r", "id_one", maxSelect=5)]},
    )
    assert design.change("one", viewRule="r.r.self = id", listRule="two_via_r.id ?= id")[0] == 200


def indexes_named_alike(design: Designer) -> None:
    indexes = [
        "CREATE UNIQUE INDEX `idx_name` ON `one` (`t`)",
        "CREATE INDEX `idx_name_2` ON `one` (`t` DESC)",
    ]
    design.make("one", text("t"), indexes=indexes)
    other = "CREATE UNIQUE INDEX `idx_Name_3` ON `two` (\n  `t` COLLATE NOCASE\n) WHERE `t` != ''"
    design.make("two", text("t"), indexes=[other])


def every_type_of_field(design: Designer) -> None:
    design.make(
        "things",
        {"type": "number", "name": "number", "min": -1.5, "max": 9007199254740991, "onlyInt": False},
        {"type": "select", "name": "select", "values": ["a", "\"b'"], "maxSelect": 2},
        {"type": "file", "name": "file", "maxSelect": 3, "thumbs": ["10x10"], "mimeTypes": ["image/png"]},
        {"type": "json", "name": "json", "maxSize": 77},
        {"type": "editor", "name": "editor", "convertURLs": True, "help": "some\nhelp"},
        {"type": "geoPoint", "name": "point"},
        {"type": "date", "name": "date", "min": "2024-01-01 00:00:00.000Z"},
        {"type": "email", "name": "mail", "exceptDomains": ["a.example"]},
        {"type": "autodate", "name": "made", "onCreate": True},
        {"type": "password", "name": "pin", "cost": 4, "pattern": "^\\d+$"},
        text("text", pattern="^[\\w\"']+$", autogeneratePattern="[a-z]{3}"),
    )


def changed_system_collections(design: Designer) -> None:
    superusers = design("GET", "collections/_superusers")[1]
    fields = [*superusers["fields"], text("note")]
    status, answer = design.change("_superusers", fields=fields, otp={"enabled": True}, mfa={"duration": 99})
    assert status == 200, answer


def rules_and_views_that_broke(design: Designer) -> None:
    posts = design.make("posts", text("t1", name="title"))
    design.make("notes", listRule="@collection.posts.title != ''")
    design.make("titles", type="view", viewQuery="select id, title from posts")
    with connection.cursor() as cursor:
        # A table does not lose a column that a view selects while the database knows of it.
        cursor.execute('DROP VIEW "titles"')
    assert design.change("posts", fields=posts["fields"][:1])[0] == 200
    assert design.change("titles")[0] == 400


PROJECTS = [
    users_with_another_id,
    users_with_another_id_and_the_indexes_of_the_default_ones,
    users_whose_own_fields_have_the_default_names,
    users_without_the_default_fields,
    users_that_swapped_their_default_fields,
    users_under_another_name_and_others_under_theirs,
    no_users,
    users_that_are_a_base_collection,
    users_with_other_options,
    views_on_users_in_any_order,
    relations_in_circles,
    indexes_named_alike,
    every_type_of_field,
    changed_system_collections,
    rules_and_views_that_broke,
]


@pytest.mark.parametrize("arguments", [(), ("--delete-missing",)], ids=["plain", "delete_missing"])
@pytest.mark.parametrize("build", PROJECTS, ids=lambda build: build.__name__)
def test_a_new_directory_gets_exactly_the_definitions_of_a_snapshot(fresh, folder, build, arguments):
    build(fresh)
    wanted, made = definitions(), tables()
    [operation] = snapshot(folder, *arguments)
    start_over()
    run(operation)
    assert definitions() == wanted
    assert in_any_order(tables()) == in_any_order(made)


def test_what_a_new_directory_gets_works(fresh, folder):
    users_whose_own_fields_have_the_default_names(fresh)
    fresh.make("posts", relation("author", USERS))
    [operation] = snapshot(folder)
    start_over()
    run(operation)
    design = Designer()
    design.add(
        "users",
        id="user00000000001",
        avatar="https://a.example",
        name="Bo",
        password="1234567890",
        passwordConfirm="1234567890",
        email="bo@example.com",
    )
    design.add("posts", author="user00000000001")
    assert design.values("users", "avatar", "name") == [("https://a.example", "Bo")]


def views_on_our_users(design: Designer) -> None:
    design.make("older", type="view", viewQuery="select id from users")
    design.make("newer", type="view", viewQuery="select id, nick from users")
    assert design.change("older", viewQuery="select id, nick from newer")[0] == 200


def test_a_snapshot_may_be_applied_twice(fresh, folder):
    for build in (users_with_another_id, views_on_our_users):
        build(fresh)
    [operation] = snapshot(folder)
    wanted = definitions(), tables()
    run(operation)
    assert (definitions(), tables()) == wanted


REPLACE_USERS = """
from collections_app.catalog import load_catalog
from collections_app.definitions.importing import import_collections
from collections_app.definitions.saving import delete_collection
delete_collection(load_catalog().find("users"))
avatar = {"name": "avatar", "type": "url", "id": "own_avatar"}
users = {"id": "users_of_ours01", "name": "users", "type": "auth", "fields": [avatar]}
import_collections([users], delete_missing=False)
"""
TELL_ALL = """
import json
from collections_app.catalog import load_catalog
from collections_app.migration_operations import portable_definition
print(json.dumps([portable_definition(one) for one in load_catalog().collections]))
"""


def test_migrate_makes_a_new_directory_from_a_snapshot(tmp_path):
    first, second = tmp_path / "a" / "pb_data", tmp_path / "b" / "pb_data"
    call(first, "migrate")
    call(first, "shell", "--no-imports", "-c", REPLACE_USERS)
    call(first, "collections", "snapshot")
    second.parent.mkdir()
    (tmp_path / "a" / "pb_migrations").rename(tmp_path / "b" / "pb_migrations")
    call(second, "migrate")
    wanted, made = (json.loads(call(one, "shell", "--no-imports", "-c", TELL_ALL)) for one in (first, second))
    assert by_id(made) == by_id(wanted)
    assert "users_of_ours01" in by_id(made)


def call(data_dir: Path, *arguments: str) -> str:
    command = manage(data_dir, *arguments)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return done.stdout


def by_id(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in found}


def test_what_is_broken_where_a_snapshot_is_taken_is_told(fresh, folder, capsys):
    rules_and_views_that_broke(fresh)
    capsys.readouterr()
    call_command("collections", "snapshot")
    notes, titles = capsys.readouterr().err.splitlines()
    assert notes == (
        "The collection notes has faults, and will have them where the snapshot is applied: "
        'listRule: Invalid rule. Raw error: invalid left operand "@collection.posts.title" - '
        'unknown field "title".'
    )
    assert titles.startswith("The collection titles has faults, and will have them where the snapshot is ")


# --- directories in use -------------------------------------------------------------------------------


@pytest.fixture
def project(fresh, folder):
    """The snapshot of a project, and a designer in another installation, where nothing has been made yet."""

    def take(build: Any, *arguments: str) -> tuple[Any, Designer]:
        build(fresh)
        [operation] = snapshot(folder, *arguments)
        start_over()
        return operation, Designer()

    return take


def add_user(design: Designer, **values: Any) -> None:
    secret = {"password": "1234567890", "passwordConfirm": "1234567890"}
    design.add("users", id="user00000000001", email="bo@example.com", **secret, **values)


WAY_OUT = (
    "Rename what is here, or write the snapshot with --delete-missing, which says that what it lacks may go."
)


def refusal(operation: Any) -> str:
    """Why the snapshot is not applied; that nothing was changed is made sure of."""
    before = definitions(), tables()
    with pytest.raises(MigrationRefused) as refused:
        run(operation)
    assert (definitions(), tables()) == before
    return str(refused.value)


def test_a_collection_without_records_makes_way_for_its_namesake(project):
    operation, design = project(users_with_another_id)
    design.make("extra")
    run(operation)
    names = {one["name"]: key for key, one in definitions().items() if not one["system"]}
    assert names.pop("extra")
    assert names == {"users": "users_of_ours01", "posts": "pbc_1125843985"}


def test_a_collection_with_records_makes_way_only_where_the_snapshot_says_so(project):
    operation, design = project(users_with_another_id)
    add_user(design)
    assert refusal(operation) == (
        "The collection users cannot be imported: here it is the auth collection with the id "
        "_pb_users_auth_, in the snapshot the auth collection with the id users_of_ours01, and 1 record "
        f"would be deleted. {WAY_OUT}"
    )
    run(ImportCollections(operation.definitions, delete_missing=True))
    assert design.values("users", "id") == []


def test_a_collection_of_another_type_makes_way_only_without_records(project):
    operation, design = project(users_that_are_a_base_collection)
    add_user(design)
    assert "auth collection with the id _pb_users_auth_, in the snapshot the base coll" in refusal(operation)
    assert design("DELETE", "collections/users/truncate")[0] == 204
    run(operation)
    assert definitions()[USERS]["type"] == "base"


def test_a_field_of_another_type_makes_way_only_where_no_record_has_a_value(project):
    operation, design = project(users_whose_own_fields_have_the_default_names)
    add_user(design, name="Bo")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users SET avatar = 'me.png'")
    assert refusal(operation) == (
        "The collection users cannot be imported: the field avatar (file) makes way for another one, and "
        f"1 record would lose its value. {WAY_OUT}"
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users SET avatar = ''")
    wanted = {one["name"]: one for one in operation.definitions}["users"]["fields"]
    run(operation)
    # The namesake of the same type is the same field: under the snapshot's id, with its values.
    assert definitions()[USERS]["fields"] == wanted
    assert design.values("users", "avatar", "name") == [("", "Bo")]


def test_a_snapshot_that_says_what_may_go_takes_it(project):
    operation, design = project(users_whose_own_fields_have_the_default_names, "--delete-missing")
    add_user(design, name="Bo")
    design.make("extra")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users SET avatar = 'me.png'")
    run(operation)
    assert design.values("users", "avatar", "name") == [("", "Bo")]
    assert [one["name"] for one in definitions().values() if not one["system"]] == ["users"]


def test_a_list_is_not_cut_unasked(project):
    def one_value(design):
        select = {"type": "select", "name": "tags", "id": "s1", "values": ["a", "b"], "maxSelect": 1}
        design.make("posts", select)

    operation, design = project(one_value)
    select = {"type": "select", "name": "labels", "id": "s1", "values": ["a", "b"], "maxSelect": 2}
    design.make("posts", select)
    design.add("posts", id="post00000000001", labels=["a", "b"])
    design.add("posts", id="post00000000002", labels=["b"])
    assert refusal(operation) == (
        "The collection posts cannot be imported: the field labels keeps its last value alone, and 1 record "
        f"would lose others. {WAY_OUT}"
    )
    assert design("PATCH", "collections/posts/records/post00000000001", {"labels": ["a"]})[0] == 200
    run(operation)
    assert design.values("posts", "tags") == [("a",), ("b",)]


def test_a_relation_that_stays_must_find_its_target(project):
    operation, design = project(users_with_another_id)
    design.make("extra", relation("owner", USERS))
    assert refusal(operation) == (
        "The collection users cannot be imported: extra.owner leads to it under the id _pb_users_auth_. "
        f"{WAY_OUT}"
    )


def test_what_the_snapshot_does_not_have_stays(project):
    operation, design = project(no_users)
    design.make("extra", text("t"))
    before = definitions()
    run(operation)
    assert definitions() == before


def test_names_that_were_swapped_are_swapped_with_their_records(project):
    def swapped(design):
        design.make("one", text("t"), id="id_two")
        design.make("two", text("t"), id="id_one")

    operation, design = project(swapped)
    for number in ("one", "two"):
        design.make(number, text("t"), id=f"id_{number}")
        design.add(number, t=number)
    run(operation)
    assert (design.values("one", "t"), design.values("two", "t")) == ([("two",)], [("one",)])


def test_views_are_in_nobodys_way(project):
    def narrow(design):
        design.make("posts", text("t2", name="title"))
        design.make("titles", type="view", viewQuery="select id, title as t from posts")

    operation, design = project(narrow, "--delete-missing")
    design.make("posts", text("t1", name="heading"), text("t3"))
    design.make("titles", type="view", viewQuery="select id, heading as t, t3 from posts")
    run(operation)
    design.add("posts", title="x")
    assert design.values("titles", "t") == [("x",)]
