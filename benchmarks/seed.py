"""Makes the data under measurement, and has the plan of the measurement written down.

`DATA_DIR=... python -m benchmarks.seed PLAN.json`: collections of the same 10,000 rows, open ones and ones
with a rule, and their users.
"""

import json
import random
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import django

from benchmarks.plan import Work, reading, writing

ROWS = 10_000
USERS = 100
OPEN, OWNED = "bench_posts", "bench_notes"
WRITTEN, WRITTEN_BY_RULE = "bench_new", "bench_own"
_RULE = "@request.auth.id != '' && author = @request.auth.id"
_CREATE_RULE = "@request.auth.id != '' && @request.body.author = @request.auth.id"
_LOREM = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt. " * 6


def identifier(kind: str, number: int) -> str:
    """15 characters, spread like generated ids and the same in every run."""
    source = random.Random(f"{kind}/{number}")  # noqa: S311 - reproducible, not secret
    return "".join(source.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=15))


def _rows() -> list[tuple[Any, ...]]:
    """id, title, description, public, type, views, author, created, updated"""
    source = random.Random(1)  # noqa: S311 - reproducible, not secret
    rows = []
    for number in range(ROWS):
        first = source.randrange(4)
        kinds = json.dumps([*{"abcd"[first], "abcd"[(first + 1) % 4]}], separators=(",", ":"))
        author = identifier("user", source.randrange(USERS))
        moment = f"2026-01-01 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000Z"
        text = f"<p>Entry number {number}. {_LOREM}</p>"
        rows.append(
            (identifier("row", number), f"Post {number}", text, number % 2, kinds, number % 97, author)
            + (moment, moment)
        )
    return rows


def _make_data() -> str:
    """Make collections, rows and users; returns the token of the first user."""
    from django.db import connection, transaction

    from auth_app.tokens import issue_auth_token
    from collections_app.catalog import find_collection
    from collections_app.collection import Collection
    from collections_app.definitions.saving import create_collection
    from collections_app.definitions.scaffolds import autodate_fields, field_of, id_field
    from collections_app.records.querying.finding import find_record
    from platform_app.database.data_directory import prepare

    prepare()
    users = find_collection("users")
    assert users is not None  # noqa: S101 - a new data directory has it
    fields = (
        id_field(),
        field_of("text", "title"),
        field_of("editor", "description"),
        field_of("bool", "public"),
        field_of("select", "type", maxSelect=3, values=["a", "b", "c", "d"]),
        field_of("number", "views"),
        field_of("relation", "author", collectionId=users.id, maxSelect=1),
        *autodate_fields(),
    )
    opened = Collection(id="bench0000000001", name=OPEN, fields=fields, list_rule="", view_rule="")
    index = f"CREATE INDEX `idx_bench_author` ON `{OWNED}` (`author`)"
    owned = replace(
        opened, id="bench0000000002", name=OWNED, list_rule=_RULE, view_rule=_RULE, indexes=(index,)
    )
    rows = _rows()
    written = replace(opened, id="bench0000000003", name=WRITTEN, create_rule="", update_rule="")
    by_rule = replace(opened, id="bench0000000004", name=WRITTEN_BY_RULE, create_rule=_CREATE_RULE)
    with transaction.atomic(), connection.cursor() as cursor:
        for collection in (opened, owned, written, by_rule):
            create_collection(collection)
            cursor.executemany(_insert_sql(collection.name), rows)
        for number in range(USERS):
            name = f"user{number}"
            cursor.execute(
                "INSERT INTO users (id, password, tokenKey, email, emailVisibility, verified, name, created, "
                "updated) VALUES (%s, 'x', %s, %s, 0, 1, %s, '2026-01-01 00:00:00.000Z', '')",
                (identifier("user", number), f"{name:0>40}", f"{name}@example.com", name),
            )
    user = find_record(users, identifier("user", 0))
    assert user is not None  # noqa: S101 - just made
    return issue_auth_token(user)


def _insert_sql(table: str) -> str:
    columns = "id, title, description, public, type, views, author, created, updated"
    return f"INSERT INTO {table} ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 - constants


def _new_rows() -> list[str]:
    """Bodies of new records, each value its own."""
    source = random.Random(2)  # noqa: S311 - reproducible, not secret
    return [
        json.dumps(
            {
                "title": f"New {number}",
                "description": f"<p>New entry {number}. {_LOREM}</p>",
                "public": True,
                "type": ["abcd"[number % 4], "bcda"[number % 4]],
                "views": source.randrange(1000, 1000000),
                "author": identifier("user", 0),
            }
        )
        for number in range(20)
    ]


def _changes() -> list[str]:
    """Bodies of changes; their number shares no divisor with that of the records, so that no record meets the
    same one twice in a row."""
    return [json.dumps({"title": f"Changed {number}", "views": 1000 + number}) for number in range(7)]


def _plan(token: str) -> list[Work]:
    opened, owned, written, by_rule = (
        f"/api/collections/{name}/records" for name in (OPEN, OWNED, WRITTEN, WRITTEN_BY_RULE)
    )
    ids = [identifier("row", number * 37) for number in range(200)]
    return [
        reading("view", OPEN, [f"{opened}/{record_id}" for record_id in ids], per_page=0),
        reading("list", OPEN, [f"{opened}?perPage=20"], per_page=20),
        reading("list-skip-total", OPEN, [f"{opened}?perPage=20&skipTotal=1"], per_page=20),
        reading("list-own-signed-in", OWNED, [f"{owned}?perPage=20"], per_page=20, token=token),
        writing("create", WRITTEN, "POST", [written], _new_rows()),
        writing("create-rule", WRITTEN_BY_RULE, "POST", [by_rule], _new_rows(), token),
        writing("update", WRITTEN, "PATCH", [f"{written}/{record_id}" for record_id in ids], _changes()),
    ]


def main() -> None:
    django.setup()
    plan = _plan(_make_data())
    Path(sys.argv[1]).write_text(json.dumps([asdict(work) for work in plan]), encoding="utf-8")


if __name__ == "__main__":
    main()
