"""compile_query: rules, filters and sorts of a collection as SQL, compiled once per shape of the request.

What is compiled hangs on the catalog's snapshot. An entry knows the questions about the request that
shaped its SQL (is somebody signed in? is that header empty?) and keeps one variant per set of answers.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from collections_app.catalog import Catalog
from collections_app.catalog import catalog as current_catalog
from collections_app.collection import Collection
from collections_app.filterlang.dialects.base import Dialect, Source
from collections_app.filterlang.dialects.postgresql_sql import PostgresqlDialect
from collections_app.filterlang.dialects.sqlite_sql import SqliteDialect
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.fragments_sql import (
    Fragment,
    Param,
    params_of,
    with_whole_texts,
)
from collections_app.filterlang.nodes import Comparison, Group, Identifier, Text
from collections_app.filterlang.order_sql import parse_sort, sort_items
from collections_app.filterlang.parse import parse, parse_rule
from collections_app.filterlang.where_sql import Compiler, conjunction
from collections_app.records.querying.joins_sql import Shapes, StatementContext
from collections_app.records.querying.paths_sql import Base
from collections_app.records.querying.rule_sql import RecordResolver
from collections_app.records.querying.view_marks_sql import view_mark
from collections_app.request_info import RequestInfo
from collections_app.tables.view_order_sql import sorts_itself
from platform_app.database.engines.vendor import Vendor
from platform_app.database.rows import vendor

MAX_FILTER_BYTES = 3500
_MOST_VARIANTS = 64
# Measured: what a template, a parameter and a name in the key take beside their texts.
_TEMPLATE_BYTES = 2000
_PARAM_BYTES = 200


class RecordQuery(NamedTuple):
    """The pieces of a SELECT over one collection.

    `from_sql` names the base table first (its alias is the collection's name, or the caller's
    `base_table`); `where_sql` and `order_sql` are empty when there is nothing to say. `distinct` asks for
    SELECT DISTINCT, because joins may repeat rows. `params` belong to `from_sql`, then `where_sql`; a
    CTE of the caller stands before them. `row_id` is the column to count: COUNT(DISTINCT row_id).
    `fragments` are `from_sql` and `where_sql` as they were before they were rendered.
    """

    from_sql: str
    where_sql: str
    order_sql: str
    distinct: bool
    params: tuple[Any, ...]
    row_id: str
    fragments: tuple[Fragment, Fragment]


def compile_query(
    collection: Collection,
    *,
    info: RequestInfo,
    rule: str | None = None,
    filter: str = "",  # noqa: A002 - the name of the query parameter
    sort: str = "",
    base_table: str | None = None,
    allows_hidden: bool | None = None,
    max_filter_bytes: int = MAX_FILTER_BYTES,
    catalog: Catalog | None = None,
    dialect: Dialect | None = None,
) -> RecordQuery:
    """Compile a trusted rule and a client's filter and sort.

    An empty or absent rule adds nothing: the caller decides about null rules. `base_table` is the name of
    a CTE of the caller whose rows stand in for the collection's (a record that is not stored yet).
    `allows_hidden` says whether filter and sort may use hidden fields; by default those of superusers may,
    and with grants those in the collections that may be seen.
    Raises FilterError.
    """
    snapshot = catalog or current_catalog()
    engine = dialect or dialect_of(vendor())
    if allows_hidden is None:
        allows_hidden = info.is_superuser
    opened = info.grants.viewed if info.grants is not None else None
    key = (collection.id, rule, filter, sort, allows_hidden, opened, base_table, engine)
    cache = snapshot.compiled_filters if filter or sort else snapshot.compiled_rules
    entry = cache.get(key)
    if entry is None or entry.collection is not collection:
        entry = _Entry(collection, _TEMPLATE_BYTES + 2 * (len(rule or "") + len(filter) + len(sort)))
    template = entry.variants.get(entry.signature(info))
    if template is None:
        shapes = Shapes()
        if len(filter.encode(errors="replace")) > max_filter_bytes:
            raise FilterError(f"expected a filter of at most {max_filter_bytes} bytes")
        request = _Request(collection, rule or "", filter, sort, base_table, allows_hidden, opened)
        template = _compile(request, StatementContext(snapshot, info, engine, shapes))
        entry.store(shapes, info, template)
        cache.put(key, entry, entry.weight_bytes)
    return template.query(info)


def check_rule(collection: Collection, rule: str, catalog: Catalog, dialect: Dialect | None = None) -> None:
    """Raise FilterError unless `rule` compiles for `collection`, as a guest's empty request would use it."""
    request = _Request(collection, rule, "", "", None, allows_hidden=False)
    engine = dialect or dialect_of(vendor())
    _compile(request, StatementContext(catalog, RequestInfo(), engine, Shapes()), only_checks=True)


@lru_cache(maxsize=2)
def dialect_of(engine: Vendor) -> Dialect:
    return SqliteDialect() if engine == "sqlite" else PostgresqlDialect()


# --- compiling ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Request:
    """What is to be compiled."""

    collection: Collection
    rule: str
    filter: str
    sort: str
    base_table: str | None
    allows_hidden: bool
    opened: frozenset[str] | None = None


def _compile(request: _Request, statement: StatementContext, *, only_checks: bool = False) -> "_Template":
    collection, dialect = request.collection, statement.dialect
    name = request.base_table or collection.name
    base = Base(collection, alias=name, table=name, is_planned=request.base_table is not None)
    resolver = RecordResolver(statement, base)
    compiler = Compiler(resolver, dialect, only_checks)
    conditions: list[Fragment] = []
    if request.rule:
        conditions.append(compiler.condition(parse_rule(request.rule)))
    # From here on the client speaks: hidden fields and closed collections are for superusers only.
    resolver.allows_hidden = request.allows_hidden
    resolver.opened = request.opened
    if request.filter:
        conditions.append(compiler.condition(parse(request.filter)))
    source = Source(
        name,
        has_rowid=not collection.is_view and not base.is_planned,
        is_view=collection.is_view and not base.is_planned,
        keeps_order=collection.is_view and sorts_itself(collection.view_query),
    )
    order = sort_items(parse_sort(request.sort), resolver, dialect, source) if request.sort else []
    conditions.extend(_access_conditions(statement))
    assembled = dialect.assemble(source, list(statement.joins.values()), conjunction(conditions), order)
    return _Template(
        RecordQuery(
            from_sql=("" if base.is_planned else view_mark(collection)) + dialect.render(assembled.from_sql),
            where_sql=dialect.render(assembled.where_sql),
            order_sql=assembled.order_sql,
            distinct=assembled.distinct,
            params=(),
            row_id=dialect.row_id(source),
            fragments=(with_whole_texts(assembled.from_sql), with_whole_texts(assembled.where_sql)),
        ),
        tuple(dialect.bound(param) for param in params_of(assembled.from_sql + assembled.where_sql)),
    )


def _access_conditions(statement: StatementContext) -> list[Fragment]:
    """That every joined record is absent, or one that the client may list."""
    result: list[Fragment] = []
    no_record = Comparison(Identifier("id"), "=", Text(""))
    for alias, collection in list(statement.restricted.items()):
        if not collection.list_rule:
            continue
        base = Base(collection, alias=alias, table=collection.name, scope=alias)
        compiler = Compiler(RecordResolver(statement, base), statement.dialect)
        node = Group((("OR", no_record), ("OR", parse_rule(collection.list_rule))))
        result.append(compiler.condition(node))
    return result


# --- reusing ------------------------------------------------------------------------------------------


class _Template:
    """A compiled query whose late-bound parameters are still to be read from a request."""

    __slots__ = ("_params", "_pieces", "_ready", "weight_bytes")

    def __init__(self, pieces: RecordQuery, params: tuple[Param, ...]) -> None:
        # Twice the text of what is kept in fragments, too.
        text_bytes = 2 * (len(pieces.from_sql) + len(pieces.where_sql)) + len(pieces.order_sql)
        self.weight_bytes = _TEMPLATE_BYTES + text_bytes + _PARAM_BYTES * len(params)
        self._params = tuple((param.read, param.value) for param in params)
        self._pieces = (*pieces[:4], *pieces[5:])
        is_constant = all(param.read is None for param in params)
        self._ready = self._fill(tuple(param.value for param in params)) if is_constant else None

    def query(self, info: RequestInfo) -> RecordQuery:
        if self._ready is not None:
            return self._ready
        # A list comprehension, because a generator costs more than these few readings.
        return self._fill(tuple([read(info) if read else value for read, value in self._params]))

    def _fill(self, params: tuple[Any, ...]) -> RecordQuery:
        from_sql, where_sql, order_sql, distinct, row_id, fragments = self._pieces
        return RecordQuery(from_sql, where_sql, order_sql, distinct, params, row_id, fragments)


@dataclass(slots=True)
class _Entry:
    """The variants of one compiled text, by the answers to all questions that any variant asked."""

    collection: Collection
    weight_bytes: int
    probes: dict[Hashable, Callable[[RequestInfo], Hashable]] = field(default_factory=dict)
    variants: dict[Hashable, _Template] = field(default_factory=dict)

    def signature(self, info: RequestInfo) -> Hashable:
        return tuple([probe(info) for probe in self.probes.values()])

    def store(self, shapes: Shapes, info: RequestInfo, template: _Template) -> None:
        with _writing:
            if not shapes.probes.keys() <= self.probes.keys():
                # Earlier signatures lack the new answers; a new dict, because others may be reading.
                self.probes = {**self.probes, **shapes.probes}
                self.weight_bytes -= sum(variant.weight_bytes for variant in self.variants.values())
                self.variants = {}
            while len(self.variants) >= _MOST_VARIANTS:
                self.weight_bytes -= self.variants.pop(next(iter(self.variants))).weight_bytes
            self.variants[self.signature(info)] = template
            self.weight_bytes += template.weight_bytes


# Readers take no lock: they see a dict before or after a change, and either is right.
_writing = threading.Lock()
