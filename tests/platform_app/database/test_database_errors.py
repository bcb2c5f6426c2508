"""Errors of the database read the same whichever SQLite library tells them."""

from contextlib import closing

import pytest

from platform_app.database.database_errors import database_error_text
from platform_app.database.sqlite_driver import sqlite3

TABLES = """
CREATE TABLE parents (id TEXT PRIMARY KEY NOT NULL);
CREATE TABLE posts (
    id TEXT PRIMARY KEY NOT NULL, title TEXT UNIQUE NOT NULL,
    n NUMERIC CHECK (n < 9), up TEXT REFERENCES parents, UNIQUE (n, up)
);
CREATE TABLE "a.b" (id TEXT PRIMARY KEY NOT NULL, "unique x" TEXT UNIQUE);
INSERT INTO posts VALUES ('a', 'one', 1, NULL);
INSERT INTO parents VALUES ('p');
INSERT INTO posts VALUES ('b', 'two', 2, 'p');
INSERT INTO "a.b" VALUES ('a', 'one');
"""


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        pytest.param(
            "INSERT INTO posts VALUES ('c', 'one', 3, NULL)",
            "constraint failed: UNIQUE constraint failed: posts.title (2067)",
            id="unique",
        ),
        pytest.param(
            "INSERT INTO posts VALUES ('c', 'three', 2, 'p')",
            "constraint failed: UNIQUE constraint failed: posts.n, posts.up (2067)",
            id="unique_of_two",
        ),
        pytest.param(
            "INSERT INTO posts VALUES ('a', 'three', 3, NULL)",
            "constraint failed: UNIQUE constraint failed: posts.id (1555)",
            id="primary_key",
        ),
        pytest.param(
            """INSERT INTO "a.b" VALUES ('b', 'one')""",
            "constraint failed: UNIQUE constraint failed: a.b.unique x (2067)",
            id="odd_names",
        ),
        pytest.param(
            "INSERT INTO posts VALUES ('c', NULL, 3, NULL)",
            "constraint failed: NOT NULL constraint failed: posts.title (1299)",
            id="not_null",
        ),
        pytest.param(
            "INSERT INTO posts VALUES ('c', 'three', 10, NULL)",
            "constraint failed: CHECK constraint failed: n < 9 (275)",
            id="check",
        ),
        pytest.param(
            "INSERT INTO posts VALUES ('c', 'three', 3, 'nobody')",
            "constraint failed: FOREIGN KEY constraint failed (787)",
            id="foreign_key",
        ),
        pytest.param("SELECT nope FROM posts", "SQL logic error: no such column: nope (1)", id="no_column"),
    ],
)
def test_what_sqlite_refuses_is_told_with_its_extended_code(statement, text):
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA foreign_keys = ON")
        database.executescript(TABLES)

        with pytest.raises(sqlite3.Error) as refused:
            database.execute(statement)

    assert database_error_text(refused.value) == text
