"""Makes the data under measurement, and writes down what the bare application has to do with it.

`DATA_DIR=... python -m benchmarks.seed PLAN.json`: two collections of the same 10,000 rows, one open and one
with a rule, and a user. Then every measured request is made once with SQLite's trace on, so that the plan
holds exactly the statements that Joey runs, for `benchmarks.bare_app` to run too.
"""

import json
import random
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import django

ROWS = 10_000
USERS = 100
OPEN, OWNED = "bench_posts", "bench_notes"
_RULE = "@request.auth.id != '' && author = @request.auth.id"
_LOREM = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt. " * 6


@dataclass(frozen=True)
class Work:
    """One kind of request: its paths, and the statements it takes.

    `rows_sql` yields the records; a `?` in it stands for the id that ends the path. `count_sql` is "" where
    nothing is counted. `collection` is the collection's id and name.
    """

    name: str
    targets: list[str]
    rows_sql: str
    count_sql: str
    per_page: int
    collection: tuple[str, str]
    token: str = ""


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
    from collections_app.records.viewing import find_record
    from collections_app.schema.saving import create_collection
    from collections_app.schema.scaffolds import autodate_fields, field_of, id_field
    from system_app.data_directory import prepare

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
    with transaction.atomic(), connection.cursor() as cursor:
        for collection in (opened, owned):
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


def _statements(target: str, token: str, table: str) -> tuple[str, str]:
    """The statements on `table` that this request runs: the one that yields rows, and the one that counts."""
    from django.db import connection
    from django.test import Client

    client = Client(headers={"Authorization": token} if token else {})
    client.get(target)  # loads and compiles what later requests find ready
    seen: list[str] = []
    connection.ensure_connection()
    connection.connection.set_trace_callback(seen.append)
    answer = client.get(target)
    connection.connection.set_trace_callback(None)
    if answer.status_code != 200:
        raise SystemExit(f"GET {target}: {answer.status_code} {answer.content!r}")
    counts = [sql for sql in seen if table in sql and "COUNT(" in sql.upper()]
    others = [sql for sql in seen if table in sql and "COUNT(" not in sql.upper()]
    if len(others) != 1 or len(counts) > 1:
        raise SystemExit(f"GET {target}: expected one query and at most one count, got {seen}")
    return others[0], counts[0] if counts else ""


def _plan(token: str) -> list[Work]:
    from collections_app.catalog import find_collection

    def work(name: str, table: str, targets: list[str], per_page: int, token: str = "") -> Work:
        collection = find_collection(table)
        assert collection is not None  # noqa: S101 - just made
        rows_sql, count_sql = _statements(targets[0], token, table)
        if not per_page:
            rows_sql = rows_sql.replace(f"'{targets[0].rsplit('/', 1)[-1]}'", "?")
        return Work(name, targets, rows_sql, count_sql, per_page, (collection.id, collection.name), token)

    opened, owned = f"/api/collections/{OPEN}/records", f"/api/collections/{OWNED}/records"
    views = [f"{opened}/{identifier('row', number * 37)}" for number in range(200)]
    return [
        work("view", OPEN, views, 0),
        work("list", OPEN, [f"{opened}?perPage=20"], 20),
        work("list-skip-total", OPEN, [f"{opened}?perPage=20&skipTotal=1"], 20),
        work("list-own-signed-in", OWNED, [f"{owned}?perPage=20"], 20, token),
    ]


def main() -> None:
    django.setup()
    plan = _plan(_make_data())
    Path(sys.argv[1]).write_text(json.dumps([asdict(work) for work in plan]), encoding="utf-8")


if __name__ == "__main__":
    main()
