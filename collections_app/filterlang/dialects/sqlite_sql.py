"""The SQL of SQLite: what the reference itself runs (contract/filters.md 3, 4, 5, 8, 9)."""

import json
from collections.abc import Sequence

from collections_app.filterlang.dialects.base import (
    Assembled,
    Column,
    CompareSign,
    Join,
    JsonKind,
    SortItem,
    Source,
)
from collections_app.filterlang.dialects.sqlite_functions import needs_own_strftime
from collections_app.filterlang.fragments_sql import Fragment, Param, Value, joined
from platform_app.database.quoting_sql import quoted
from platform_app.database.sqlite_driver import sqlite3

# Older versions write `Inf` into JSON, and then cannot read it.
_WRITES_INFINITY = (3, 43)


class SqliteDialect:
    """SQLite, 3.35 or newer."""

    def render(self, fragment: Fragment) -> str:
        return "".join("?" if isinstance(piece, Param) else piece for piece in fragment)

    def bound(self, param: Param) -> Param:
        read = param.read
        if param.kind != "list" or read is None:
            return param
        return Param("text", read=lambda request: json.dumps(read(request), ensure_ascii=False))

    # --- values and comparisons ---

    def column(self, column: Column) -> Value:
        return Value((f"{quoted(column.table)}.{quoted(column.name)}",), column.kind)

    def compare(self, sign: CompareSign, left: Value, right: Value) -> Fragment:
        return (*left.sql, f" {sign} ", *right.sql)

    def is_null(self, value: Value) -> Fragment:
        return (*value.sql, " IS NULL")

    def or_empty(self, value: Value) -> Value:
        return Value(("COALESCE(", *value.sql, ", '')"), value.kind)

    def like(self, value: Value, pattern: Value, *, negated: bool) -> Fragment:
        return (*value.sql, " NOT LIKE " if negated else " LIKE ", *pattern.sql, " ESCAPE '\\'")

    def containing(self, value: Value) -> Value:
        return Value(("('%' || ", *value.sql, " || '%')"), "text")

    def lower(self, value: Value) -> Value:
        return Value(("LOWER(", *value.sql, ")"), "text")

    def is_true(self, column: Value) -> Fragment:
        return (*column.sql, " = TRUE")

    def flag(self, *, is_set: bool) -> Value:
        return Value(("TRUE" if is_set else "FALSE",), "number")

    def truth(self, condition: Fragment) -> Value:
        return Value(("(", *condition, ")"), "number")

    # --- JSON ---

    def json_value(self, column: Value, path: Sequence[str | int]) -> Value:
        steps = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
        # A column that is not JSON is read as if it held its own text as a JSON string. The reference puts it
        # into JSON and takes it out again; older versions fail at an infinite number on the way.
        itself: Fragment = ("NULL",) if path else column.sql
        held: Fragment = ("json_valid(", *column.sql, ") THEN json_extract(", *column.sql, f", '${steps}')")
        return Value(("(CASE WHEN ", *held, " ELSE ", *itself, " END)"), "any")

    def holds_json(self, column: Value, kind: JsonKind) -> Fragment:
        c = column.sql
        types = {"bool": "'true', 'false'", "number": "'integer', 'real'"}.get(kind, f"'{kind}'")
        held = ("(CASE WHEN ", *c, " IS NULL THEN 'null' WHEN json_valid(", *c, ") THEN json_type(", *c, ")")
        return (*held, f" ELSE 'text' END IN ({types}))")

    def list_length(self, column: Value) -> Value:
        c = column.sql
        single = joined("", (("CASE WHEN ",), c, (" = '' OR ",), c, (" IS NULL THEN json_array() ELSE ",)))
        otherwise = (*single, *_array_of(column), " END")
        return Value(("json_array_length(", *_array_or(column, otherwise), ")"), "number")

    def elements_of_column(self, column: Value) -> Fragment:
        return ("json_each(", *_array_or(column, _array_of(column)), ")")

    def elements_of_param(self, param: Param) -> Fragment:
        return ("json_each(", param, ")")

    def element(self, alias: str) -> Value:
        return Value((f'{quoted(alias)}."value"',), "any")

    def element_of(self, value: Value, column: Value) -> Fragment:
        return (*value.sql, ' IN (SELECT "value" FROM ', *self.elements_of_column(column), ")")

    def one_of(self, value: Value, ids: Param) -> Fragment:
        return (*value.sql, ' IN (SELECT "value" FROM json_each(', ids, "))")

    # --- functions ---

    def geo_distance(self, arguments: Sequence[Value]) -> Value:
        lon_a, lat_a, lon_b, lat_b = (argument.sql for argument in arguments)
        # Rounding may take the cosine a little beyond 1, where acos is NULL. Of a NULL min and max are NULL.
        sql = (
            "(6371 * acos(min(1, max(-1, ",
            "cos(radians(", *lat_a, ")) * cos(radians(", *lat_b, ")) * cos(radians(", *lon_b,
            ") - radians(", *lon_a, ")) + sin(radians(", *lat_a, ")) * sin(radians(", *lat_b, "))))))",
        )  # fmt: skip
        return Value(sql, "number")

    def strftime(self, arguments: Sequence[Value], format_text: str) -> Value:
        own = needs_own_strftime(format_text, sqlite3.sqlite_version_info)
        name = "joey_strftime(" if own else "strftime("
        return Value((name, *joined(", ", (argument.sql for argument in arguments)), ")"), "text")

    # --- statements ---

    def join(self, join: Join) -> Fragment:
        head: Fragment = (" LEFT JOIN ", *join.source, f" {quoted(join.alias)}")
        return (*head, " ON ", *join.on) if join.on else head

    def random(self) -> str:
        return "RANDOM()"

    def row_number(self, source: Source) -> Value:
        return Value((f"{quoted(source.alias)}._rowid_",), "number")

    def row_id(self, source: Source) -> str:
        return f"{quoted(source.alias)}.{'_rowid_' if source.has_rowid else quoted('id')}"

    def assemble(
        self,
        source: Source,
        joins: Sequence[Join],
        where: Fragment,
        order: Sequence[SortItem | str],
    ) -> Assembled:
        from_sql: Fragment = (quoted(source.alias),)
        for join in joins:
            from_sql += self.join(join)
        terms = (
            self.random() if isinstance(item, str) else f"{self.render(item.value.sql)} {item.direction}"
            for item in order
        )
        return Assembled(from_sql, where, ", ".join(terms), distinct=bool(joins))


def _array_or(column: Value, otherwise: Fragment) -> Fragment:
    """The column when it holds a JSON array, which plain values of older definitions are not."""
    c = column.sql
    is_array = ("iif(json_valid(", *c, "), json_type(", *c, ") = 'array', FALSE)")
    return ("CASE WHEN ", *is_array, " THEN ", *c, " ELSE ", *otherwise, " END")


def _array_of(column: Value) -> Fragment:
    """A JSON array of the column's value."""
    c = column.sql
    if sqlite3.sqlite_version_info >= _WRITES_INFINITY:
        return ("json_array(", *c, ")")
    infinite = ("CASE WHEN typeof(", *c, ") = 'real' AND abs(", *c, ") = 9e999 THEN ")
    return (*infinite, "iif(", *c, " > 0, '[9e999]', '[-9e999]') ELSE json_array(", *c, ") END")
