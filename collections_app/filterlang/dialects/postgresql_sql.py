"""The SQL of PostgreSQL, with the results of SQLite.

SQLite compares values by their own types after applying the affinity of columns; PostgreSQL wants types
that fit. So every value knows how it is held, and comparisons convert: where the types agree (the usual
case) plain operators serve and indexes work, otherwise both sides become `joey_value`. The functions are in
`postgresql_functions_sql`.
Reference: contract/filters.md 2 and 3; https://www.sqlite.org/datatype3.html, section 4.2.
"""

from collections.abc import Sequence
from typing import Any

from collections_app.filterlang.dialects.base import (
    Assembled,
    Column,
    CompareSign,
    Join,
    JsonKind,
    SortItem,
    Source,
)
from collections_app.filterlang.fragments_sql import Affinity, Fragment, Param, Value, joined
from platform_app.database.quoting_sql import quoted
from platform_app.database.row_counter import ROW_COUNTER

_CASTS = {"text": "text", "real": "float8", "integer": "float8", "list": "text[]"}
_SIGNS: dict[CompareSign, str] = {"IS": "IS NOT DISTINCT FROM", "IS NOT": "IS DISTINCT FROM"}
_JSON_TYPES: dict[JsonKind, str] = {"bool": "boolean", "text": "string"}
_FLAGS = {"1": "TRUE", "0": "FALSE"}


class PostgresqlDialect:
    """PostgreSQL, 14 or newer, in an UTF-8 database."""

    def render(self, fragment: Fragment) -> str:
        return "".join(
            f"%s::{_CASTS[piece.kind]}" if isinstance(piece, Param) else piece.replace("%", "%%")
            for piece in fragment
        )

    def bound(self, param: Param) -> Param:
        read = param.read
        if param.kind != "list" or read is None:
            return param
        return Param(param.kind, read=lambda request: _texts(read(request)))

    # --- values and comparisons ---

    def column(self, column: Column) -> Value:
        name = f"{quoted(column.table)}.{quoted(column.name)}"
        if column.is_loose:
            # The columns of a view have whatever type its query gives them.
            name = {
                "number": f"{name}::float8",
                "bool": f"({name}::text IN ('1', 't', 'true'))",
            }.get(column.kind, f'({name}::text COLLATE "C")')
        affinity: Affinity = "none"
        if column.has_affinity:
            affinity = "text" if column.kind == "text" else "numeric"
        return Value((name,), column.kind, affinity)

    def compare(self, sign: CompareSign, left: Value, right: Value) -> Fragment:
        if left.kind == "null" or right.kind == "null":
            return _compare_with_null(sign, left, right)
        flag = _flag_comparison(left, right)
        left, right = flag if flag else _aligned(left, right)
        is_order = sign not in ("=", "IS", "IS NOT")
        if is_order and left.kind == "text" and "text" not in (left.affinity, right.affinity):
            left = Value(("(", *left.sql, ' COLLATE "C")'), "text")
        return ("(", *left.sql, f" {_SIGNS.get(sign, sign)} ", *right.sql, ")")

    def is_null(self, value: Value) -> Fragment:
        return ("(", *value.sql, " IS NULL)")

    def or_empty(self, value: Value) -> Value:
        if value.kind == "text":
            return Value(("COALESCE(", *value.sql, ", '')"), "text")
        return Value(("COALESCE(", *_as_any(value).sql, ", joey_any(''::text))"), "any")

    def like(self, value: Value, pattern: Value, *, negated: bool) -> Fragment:
        sign = "NOT joey_like(" if negated else "joey_like("
        return (sign, *_as_text(value).sql, ", ", *_as_text(pattern).sql, ")")

    def containing(self, value: Value) -> Value:
        return Value(("('%' || ", *_as_text(value).sql, " || '%')"), "text")

    def lower(self, value: Value) -> Value:
        return Value(("lower(", *_as_text(value).sql, ' COLLATE "C")'), "text")

    def is_true(self, column: Value) -> Fragment:
        return (*column.sql, " = TRUE")

    def flag(self, *, is_set: bool) -> Value:
        return Value(("1" if is_set else "0",), "number")

    def truth(self, condition: Fragment) -> Value:
        return Value(("(", *condition, ")::int::float8"), "number")

    # --- JSON ---

    def json_value(self, column: Value, path: Sequence[str | int]) -> Value:
        steps = ", ".join(f"'[{part}]'" if isinstance(part, int) else f"'{part}'" for part in path)
        return Value(("joey_json_extract(", *_as_text(column).sql, f", ARRAY[{steps}]::text[])"), "any")

    def holds_json(self, column: Value, kind: JsonKind) -> Fragment:
        text = _as_text(column).sql
        held = (
            "CASE WHEN ",
            *text,
            " IS NULL THEN 'null' ELSE COALESCE(json_typeof(joey_json(",
            *text,
            ")), ",
        )
        return ("(", *held, f"'string') END = '{_JSON_TYPES.get(kind, kind)}')")

    def list_length(self, column: Value) -> Value:
        return Value(("joey_list_length(", *_as_text(column).sql, ")"), "number")

    def elements_of_column(self, column: Value) -> Fragment:
        return ("joey_elements(", *_as_text(column).sql, ")")

    def elements_of_param(self, param: Param) -> Fragment:
        return ("unnest(", param, ") WITH ORDINALITY")

    def element(self, alias: str) -> Value:
        return Value((f'{quoted(alias)}."value"',), "text")

    def element_of(self, value: Value, column: Value) -> Fragment:
        elements = self.elements_of_column(column)
        return ("(", *value.sql, ' IN (SELECT "item"."value" FROM ', *elements, ' AS "item"))')

    def one_of(self, value: Value, ids: Param) -> Fragment:
        return (*value.sql, " = ANY(", ids, ")")

    # --- functions ---

    def geo_distance(self, arguments: Sequence[Value]) -> Value:
        numbers = joined(", ", (_as_number(argument) for argument in arguments))
        return Value(("joey_geo_distance(", *numbers, ")"), "number")

    def strftime(self, arguments: Sequence[Value], format_text: str) -> Value:
        form = arguments[0].sql
        moment = _as_text(arguments[1]).sql if len(arguments) > 1 else ("'now'",)
        modifiers = joined(", ", (argument.sql for argument in arguments[2:]))
        return Value(("joey_strftime(", *form, ", ", *moment, ", ARRAY[", *modifiers, "]::text[])"), "text")

    # --- statements ---

    def join(self, join: Join) -> Fragment:
        if join.is_elements:
            return (
                " LEFT JOIN LATERAL ",
                *join.source,
                f' AS {quoted(join.alias)}("value", "position") ON TRUE',
            )
        on = join.on or ("TRUE",)
        return (" LEFT JOIN ", *join.source, f" AS {quoted(join.alias)} ON ", *on)

    def random(self) -> str:
        return "random()"

    def row_number(self, source: Source) -> Value:
        return Value((f"{quoted(source.alias)}.{quoted(ROW_COUNTER)}",), "number")

    def row_id(self, source: Source) -> str:
        return f'{quoted(source.alias)}."id"'

    def assemble(
        self,
        source: Source,
        joins: Sequence[Join],
        where: Fragment,
        order: Sequence[SortItem | str],
    ) -> Assembled:
        """A statement with joins finds its rows in a subselect, one row per record.

        SELECT DISTINCT could neither sort by a joined column nor compare all columns of a row.
        """
        base = quoted(source.alias)
        order = [*order, *self._ties(source, order, has_joins=bool(joins))]
        if not joins:
            terms = [self._term(item) for item in order]
            return Assembled((base,), where, ", ".join(terms), distinct=False)
        kept: list[Fragment] = []
        terms = []
        for item in order:
            if isinstance(item, str) or not item.is_joined:
                terms.append(self._term(item))
                continue
            name = f"s{len(kept) + 1}"
            kept.append((", ", *item.value.sql, f' AS "{name}"'))
            value = Value((f'"@q"."{name}"',), item.value.kind)
            terms.append(self._term(SortItem(value, item.direction)))
        rows: Fragment = (f'SELECT DISTINCT ON ({base}."id") {base}."id" AS "id"',)
        rows += tuple(piece for fragment in kept for piece in fragment)
        rows += (f" FROM {base}",) + tuple(piece for join in joins for piece in self.join(join))
        if where:
            rows += (" WHERE ", *where)
        if kept:
            rows += (f' ORDER BY {base}."id"' + "".join(self._position(join) for join in joins),)
        from_sql: Fragment = (f"{base} JOIN (", *rows, f') AS "@q" ON "@q"."id" = {base}."id"')
        return Assembled(from_sql, (), ", ".join(terms), distinct=False)

    def _position(self, join: Join) -> str:
        """What brings the first joined row to the front: the place in a list, or in the table."""
        alias = quoted(join.alias)
        if join.is_elements:
            return f', {alias}."position"'
        place = f", {alias}.{quoted(ROW_COUNTER)}"
        return place if join.has_rowid else f'{place}, {alias}."id"'

    def _ties(self, source: Source, order: Sequence[SortItem | str], *, has_joins: bool) -> list[SortItem]:
        """What decides between rows that `order` leaves equal: PostgreSQL may swap them from page to page."""
        if not source.has_rowid and not source.is_view:
            return []  # a row that is not stored yet is the only one
        if source.keeps_order and not order and not has_joins:
            return []
        place = self.row_number(source)
        record_id = self.column(Column(source.alias, "id", "text", is_loose=source.is_view))
        ties = [place, record_id] if source.is_view else [place]
        decided = {item.value.sql for item in order if not isinstance(item, str)}
        if record_id.sql in decided or (place.sql in decided and not source.is_view):
            return []
        return [SortItem(tie, "ASC", never_null=True) for tie in ties]

    def _term(self, item: SortItem | str) -> str:
        if isinstance(item, str):
            return self.random()
        text = self.render(item.value.sql)
        if item.never_null:
            return f"{text} {item.direction}"
        if item.value.kind == "text" and item.value.affinity != "text":
            text = f'({text}) COLLATE "C"'
        return f"{text} {item.direction} NULLS {'FIRST' if item.direction == 'ASC' else 'LAST'}"


# --- conversions --------------------------------------------------------------------------------------


def _compare_with_null(sign: CompareSign, left: Value, right: Value) -> Fragment:
    if sign not in ("IS", "IS NOT"):
        return ("NULL::boolean",)
    other = right if left.kind == "null" else left
    if other.kind == "null":
        return ("TRUE" if sign == "IS" else "FALSE",)
    return ("(", *other.sql, f" {sign} NULL)")


def _flag_comparison(left: Value, right: Value) -> tuple[Value, Value] | None:
    """A boolean column beside 0 or 1, compared as a boolean."""
    for column, literal in ((left, right), (right, left)):
        flag = _FLAGS.get(literal.sql[0]) if isinstance(literal.sql[0], str) else None
        if column.kind == "bool" and literal.kind == "number" and len(literal.sql) == 1 and flag:
            return (column, Value((flag,), "bool"))
    return None


def _aligned(left: Value, right: Value) -> tuple[Value, Value]:
    """Both sides after SQLite's affinity conversions, in one type."""
    left, right = _as_double(left), _as_double(right)
    if "numeric" in (left.affinity, right.affinity):
        if right.affinity != "numeric":
            right = _numeric(right)
        if left.affinity != "numeric":
            left = _numeric(left)
    elif left.affinity == "text" and right.affinity == "none":
        right = _as_text(right)
    elif right.affinity == "text" and left.affinity == "none":
        left = _as_text(left)
    if _family(left) != _family(right):
        left, right = _as_any(left), _as_any(right)
    return left, right


def _family(value: Value) -> str:
    return "number" if value.kind in ("real", "number") else value.kind


def _as_double(value: Value) -> Value:
    if value.kind == "bool":
        return Value((*value.sql, "::int::float8"), "number", value.affinity)
    if value.kind == "number" and value.sql in (("1",), ("0",)):
        return Value((f"{value.sql[0]}::float8",), "number", value.affinity)
    return value


def _numeric(value: Value) -> Value:
    """What numeric affinity makes of a value."""
    return Value(("joey_numeric(", *value.sql, ")"), "any") if value.kind in ("text", "any") else value


def _as_any(value: Value) -> Value:
    value = _as_double(value)
    if value.kind == "any":
        return value
    if value.kind == "null":
        return Value(("NULL::joey_value",), "any")
    cast = "::text" if value.kind == "text" else "::float8"
    return Value(("joey_any((", *value.sql, f"){cast})"), "any")


def _as_text(value: Value) -> Value:
    value = _as_double(value)
    if value.kind == "text":
        return value
    if value.kind == "null":
        return Value(("NULL::text",), "text")
    function = "joey_real_text(" if value.kind == "real" else "joey_text("
    return Value((function, *value.sql, ")"), "text")


def _as_number(value: Value) -> Fragment:
    """A number, or NULL for what does not look like one."""
    if value.kind == "null":
        return ("NULL::float8",)
    return ("joey_number(", *_as_double(value).sql, ")")


def _texts(values: list[Any]) -> list[str | None]:
    return [None if value is None else _element_text(value) for value in values]


def _element_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() else repr(value)
