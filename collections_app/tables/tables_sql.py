"""SQL of schema changes that Django's editors have no template for: indexes, views, converted columns."""

import re
from collections.abc import Mapping, Sequence

from collections_app.tables.indexes import Index, IndexColumn
from collections_app.tables.marked_names import with_quoted_names
from collections_app.tables.postgresql_translation_sql import Names, translate
from platform_app.database.engines.vendor import Vendor
from platform_app.database.quoting_sql import quoted
from platform_app.database.row_counter import ROW_COUNTER


def text_literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# --- tables ----------------------------------------------------------------------------------------


def create_table(name: str, columns: Mapping[str, str], vendor: Vendor) -> str:
    """Makes a table; `columns` are the definitions by name, and stand in alphabetical order."""
    # The reference's quotes, because SQLite repeats them where it complains.
    quote = _backticked if vendor == "sqlite" else quoted
    listed = ", ".join(f"{quote(column)} {columns[column]}" for column in sorted(columns))
    return f"CREATE TABLE {quote(name)} ({listed})"


def _backticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


# --- the counter of inserted rows ------------------------------------------------------------------


def add_row_counter(table: str) -> str:
    """Give a new table of PostgreSQL its counter; the index serves lists that are not sorted otherwise."""
    counter = f"{quoted(ROW_COUNTER)} BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE"
    return f"ALTER TABLE {quoted(table)} ADD COLUMN {counter}"


def number_rows(table: str, created_column: str | None) -> tuple[str, ...]:
    """Give a PostgreSQL table that has rows its counter: by date of creation, then by their place on disk."""
    name, counter = quoted(table), quoted(ROW_COUNTER)
    order = f"{quoted(created_column)}, ctid" if created_column else "ctid"
    places = f'SELECT ctid AS "row", row_number() OVER (ORDER BY {order}) AS "place" FROM {name}'
    return (
        f"ALTER TABLE {name} ADD COLUMN {counter} BIGINT",
        f'UPDATE {name} SET {counter} = "numbered"."place" '
        f'FROM ({places}) AS "numbered" WHERE {name}.ctid = "numbered"."row"',
        f"ALTER TABLE {name} ALTER COLUMN {counter} SET NOT NULL, "
        f"ALTER COLUMN {counter} ADD GENERATED ALWAYS AS IDENTITY, ADD UNIQUE ({counter})",
        f"SELECT setval(pg_get_serial_sequence({text_literal(name)}, {text_literal(ROW_COUNTER)}), "
        f"(SELECT COALESCE(MAX({counter}), 0) + 1 FROM {name}), FALSE)",
    )


POSTGRESQL_NUMBERED = """
    SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = current_schema()::regnamespace AND attname = %s AND NOT attisdropped
"""


# --- indexes ---------------------------------------------------------------------------------------


def create_index(index: Index, vendor: Vendor, names: Names) -> str:
    """The statement that makes an index; PostgreSQL gets a translation of the SQLite text."""
    if vendor == "sqlite":
        return with_quoted_names(index.sql())
    columns = ", ".join(_postgresql_column(column, names) for column in index.columns)
    return "".join(
        (
            "CREATE UNIQUE INDEX " if index.unique else "CREATE INDEX ",
            "IF NOT EXISTS " if index.if_not_exists else "",
            f"{quoted(index.name)} ON {quoted(index.table)} ({columns})",
            f" WHERE {translate(index.where, names)}" if index.where else "",
        )
    )


def drop_index(name: str) -> str:
    return f"DROP INDEX IF EXISTS {quoted(name)}"


def _postgresql_column(column: IndexColumn, names: Names) -> str:
    name = column.name
    text = f"({translate(name, names)})" if column.is_expression else quoted(names.exact(name))
    if column.ignores_case:
        # Every text column is COLLATE "C" here; ignoring case is an expression, as in the filters' SQL.
        text = f"LOWER({text})"
    return f"{text} {column.sort}".rstrip()


# --- views -----------------------------------------------------------------------------------------


_VIEW_HEAD = re.compile(
    r"\s*CREATE\s+VIEW\s+(?:`[^`]*`|\"[^\"]*\"|\[[^\]]*\]|\w+)(?=\s+AS\b)", re.IGNORECASE | re.ASCII
)


def create_view(
    name: str, query: str, vendor: Vendor, columns: Sequence[str] = (), *, replaces: bool = False
) -> str:
    """Makes a view; with `columns` it keeps these names even when a column that it selects is renamed.

    Only PostgreSQL can replace one, by one with the same columns and perhaps more behind them.
    """
    alias = "" if vendor == "sqlite" else " AS query"
    create = "CREATE OR REPLACE VIEW" if replaces else "CREATE VIEW"
    return f"{create} {quoted(name)}{_column_list(columns)} AS SELECT * FROM ({query}){alias}"


def with_view_columns(sql: str, columns: Sequence[str]) -> str | None:
    """A stored CREATE VIEW with its columns named; None when they are, or when it is of another form."""
    head = _VIEW_HEAD.match(sql)
    return None if head is None else f"{head[0]}{_column_list(columns)}{sql[head.end() :]}"


def _column_list(columns: Sequence[str]) -> str:
    return f" ({', '.join(map(quoted, columns))})" if columns else ""


def restore_view(name: str, definition: str, *, replaces: bool = False) -> str:
    """Makes a view again from the definition that PostgreSQL kept of it."""
    return f"CREATE {'OR REPLACE ' if replaces else ''}VIEW {quoted(name)} AS {definition}"


def drop_view(name: str) -> str:
    return f"DROP VIEW IF EXISTS {quoted(name)}"


def with_text_id(query: str, columns: Sequence[str], vendor: Vendor) -> str:
    """`query` with its `id` cast to text, other columns as they are (contract/collections.md 7.1)."""
    collation = "" if vendor == "sqlite" else ' COLLATE "C"'
    listed = ", ".join(
        f"CAST({quoted(name)} AS TEXT){collation} AS {quoted(name)}" if name == "id" else quoted(name)
        for name in columns
    )
    alias = "" if vendor == "sqlite" else " AS typed"
    return f"SELECT {listed} FROM ({query}){alias}"


def sample(query: str, columns: Sequence[str], name: str, limit: int, vendor: Vendor) -> str:
    """The first rows of a query; the SELECT around it discourages several statements."""
    listed = ", ".join(f"{quoted(name)}.{quoted(column)}" for column in columns)
    sql = f"SELECT {listed} FROM (SELECT * FROM ({query}) AS query) AS {quoted(name)} LIMIT {limit:d}"
    # There are no parameters, and psycopg looks for them all the same.
    return sql if vendor == "sqlite" else sql.replace("%", "%%")


def sample_as_told(query: str, aliases: Sequence[str] | None, name: str, limit: int) -> str:
    """The text that the reference says has failed, for `sample`; with `aliases` it casts the `id` to text."""
    if aliases is not None:
        listed = ",".join(
            "CAST([[id]] as TEXT) [[id]]" if alias == "id" else f"[[{alias}]]" for alias in aliases
        )
        query = f"SELECT {listed} FROM ({query})"
    return f"SELECT `{name}`.* FROM (SELECT * FROM ({query})) `{name}` LIMIT {limit:d}"


# --- single <-> multiple ---------------------------------------------------------------------------


def convert_values(table: str, source: str, target: str, *, to_multiple: bool, vendor: Vendor) -> str:
    """Fill column `target` from `source`: a value becomes a list, or a list becomes its last item."""
    old = quoted(source)
    if vendor == "sqlite":
        is_list = f"json_valid({old}) AND json_type({old}) = 'array'"
        wrapped, last = f"json_array({old})", f"COALESCE(json_extract({old}, '$[#-1]'), '')"
    else:
        is_list = f"COALESCE(json_typeof(joey_json({old})), '') = 'array'"
        wrapped = f"json_build_array({old})::text"
        last = f"COALESCE({old}::json ->> -1, '')"
    if to_multiple:
        value = f"CASE WHEN COALESCE({old}, '') = '' THEN '[]' WHEN {is_list} THEN {old} ELSE {wrapped} END"
    else:
        value = f"CASE WHEN COALESCE({old}, '[]') = '[]' THEN '' WHEN {is_list} THEN {last} ELSE {old} END"
    return f"UPDATE {quoted(table)} SET {quoted(target)} = {value}"


def set_default(table: str, column: str, default: str) -> str:
    return f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} SET DEFAULT {text_literal(default)}"


# Which table an index belongs to, by the index's lower-case name.
SQLITE_INDEX_TABLES = "SELECT LOWER(name), tbl_name FROM sqlite_master WHERE type = 'index'"
POSTGRESQL_INDEX_TABLES = (
    "SELECT LOWER(indexname), tablename FROM pg_indexes WHERE schemaname = current_schema()"
)

STORED_VIEWS = "SELECT name, sql FROM sqlite_master WHERE type = 'view' AND sql IS NOT NULL"

POSTGRESQL_COLUMNS = """
    SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = quote_ident(%s)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


POSTGRESQL_VIEW_DEFINITION = """
    SELECT pg_get_viewdef(oid) FROM pg_class WHERE oid = to_regclass(quote_ident(%s)) AND relkind = 'v'
"""

POSTGRESQL_DEPENDENT_VIEWS = """
    SELECT DISTINCT view.relname, pg_get_viewdef(view.oid)
    FROM pg_depend
    JOIN pg_rewrite ON pg_rewrite.oid = pg_depend.objid
    JOIN pg_class view ON view.oid = pg_rewrite.ev_class
    WHERE pg_depend.classid = 'pg_rewrite'::regclass AND pg_depend.refclassid = 'pg_class'::regclass
        AND pg_depend.refobjid = to_regclass(quote_ident(%s)) AND view.oid != pg_depend.refobjid
"""


def sqlite_columns(table: str) -> str:
    """Lists the columns of a table or view: `(place, name, declared type, ...)`."""
    return f"PRAGMA table_info({quoted(table)})"


def drop_column(table: str, column: str) -> str:
    # Not Django's template for PostgreSQL: its CASCADE would silently drop the views on this column.
    return f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(column)}"
