"""What is measured, and the statements behind it, seen through SQLite's trace.

Every measured request is made once in each lane (docs/explanation/lanes.md): on the pool's terms, and inline,
where it has to be short enough to stay. The plan holds exactly the statements that Joey runs, for
`benchmarks.bare_app` to run too.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_SIGN_IN = 'SELECT "users"."id"'
# Asked every half second, whatever comes in.
_SETTINGS = "SELECT value FROM _params"
_MADE_UP_ID = re.compile(r"'__temp_id__\w+'")
# What an UPDATE asks of the row: that it still is as it was read.
_UNCHANGED = re.compile(r'AND \(("\w+"(?:, "\w+")*)\) IS \(.*\)$', re.DOTALL)


@dataclass(frozen=True)
class Work:
    """One kind of request: its paths, its bodies, and the statements it takes.

    Reading: `rows_sql` yields the records; a `?` in it stands for the id that ends the path. `count_sql` is
    "" where nothing is counted. Writing: `statements` in order, `:name` standing for a field's value; the
    last one writes, and before a change the first one yields the record. `collection` is the collection's
    id and name.
    """

    name: str
    targets: list[str]
    collection: tuple[str, str]
    token: str = ""
    rows_sql: str = ""
    count_sql: str = ""
    per_page: int = 0
    method: str = "GET"
    bodies: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": self.token} if self.token else {}


def reading(name: str, table: str, targets: list[str], *, per_page: int, token: str = "") -> Work:
    """Pages of records, or single records where `per_page` is 0."""
    pool, inline = (seen for _, seen in _traced("GET", targets[0], token, ["", "", ""]))
    counts = [sql for sql in pool if table in sql and "COUNT(" in sql.upper()]
    others = [sql for sql in pool if table in sql and "COUNT(" not in sql.upper()]
    if pool != inline or len(others) != 1 or len(counts) > 1:
        raise SystemExit(f"GET {targets[0]}: expected one query and at most one count, got {pool}, {inline}")
    rows_sql = others[0]
    if not per_page:
        rows_sql = rows_sql.replace(f"'{targets[0].rsplit('/', 1)[-1]}'", "?")
    count_sql = counts[0] if counts else ""
    return Work(name, targets, _collection(table), token, rows_sql, count_sql, per_page)


def writing(
    name: str, table: str, method: str, targets: list[str], bodies: list[str], token: str = ""
) -> Work:
    """New records (POST), or changes (PATCH) that every body after the other makes."""
    # Different bodies: a change to what is there already would not be written.
    traced = _traced(method, targets[0], token, bodies[:3])
    pool, inline = (
        [_with_names(sql, record) for sql in seen if not sql.startswith(_SIGN_IN)] for record, seen in traced
    )
    verb = "INSERT" if method == "POST" else "UPDATE"
    if pool != inline or not pool[-1].startswith(verb):
        raise SystemExit(f"{method} {targets[0]}: no plan is made of {pool} in the pool, {inline} inline")
    return Work(name, targets, _collection(table), token, method=method, bodies=bodies, statements=pool)


def _collection(name: str) -> tuple[str, str]:
    from collections_app.catalog import find_collection

    found = find_collection(name)
    assert found is not None  # noqa: S101 - just made
    return found.id, found.name


def _with_names(sql: str, record: Mapping[str, Any]) -> str:
    """The statement with `:name` in place of the record's values, `:was_name` for those that it had.

    >>> _with_names("INSERT INTO t VALUES ('x', 'it''s', 7.0)", {"id": "x", "title": "it's", "views": 7})
    'INSERT INTO t VALUES (:id, :title, :views)'
    """
    sql = _UNCHANGED.sub(_with_names_of_the_row, _MADE_UP_ID.sub(":id", sql))
    for name, value in record.items():
        if isinstance(value, bool) or name in {"collectionId", "collectionName"}:
            continue
        if isinstance(value, list):
            literal = _quoted(json.dumps(value, separators=(",", ":")))
        elif isinstance(value, int | float):
            literal = repr(float(value))
        else:
            # The existence check of a relation takes a list of ids.
            sql = sql.replace(_quoted(json.dumps([value])), f"json_array(:{name})")
            literal = _quoted(value)
        sql = sql.replace(literal, f":{name}")
    # Of a new record the two moments may be the same or a millisecond apart; the bare application takes one.
    return sql.replace(":updated", ":created") if sql.startswith("INSERT") else sql


def _with_names_of_the_row(unchanged: re.Match[str]) -> str:
    names = re.findall(r'"(\w+)"', unchanged[1])
    return f"AND ({unchanged[1]}) IS ({', '.join(f':was_{name}' for name in names)})"


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _traced(method: str, target: str, token: str, bodies: list[str]) -> list[tuple[Any, list[str]]]:
    """The answer and the statements of a request, in the pool's lane and inline."""
    from platform_app.database import lanes, rows

    _request(method, target, token, bodies[0])  # loads and compiles what later requests find ready
    pool = _seen(method, target, token, bodies[1])
    if not rows.open_inline_lane():
        raise SystemExit("there is no inline lane on this database")
    try:
        return [pool, lanes.run_inline(lambda: _seen(method, target, token, bodies[2]))]
    except lanes.NeedsPool:
        raise SystemExit(f"{method} {target} does not run inline") from None


def _seen(method: str, target: str, token: str, body: str) -> tuple[Any, list[str]]:
    from django.db import connection

    time.sleep(0.002)  # within a millisecond `updated` would stay the same, and not be written
    statements: list[str] = []
    connection.ensure_connection()
    connection.connection.set_trace_callback(statements.append)
    try:
        answer = _request(method, target, token, body)
        return answer, [sql for sql in statements if not sql.startswith(_SETTINGS)]
    finally:
        connection.connection.set_trace_callback(None)


def _request(method: str, target: str, token: str, body: str) -> Any:
    from django.test import Client

    client = Client(headers={"Authorization": token} if token else {})
    answer = client.generic(method, target, body, content_type="application/json" if body else "")
    if answer.status_code != 200:
        raise SystemExit(f"{method} {target}: {answer.status_code} {answer.content!r}")
    return answer.json()
