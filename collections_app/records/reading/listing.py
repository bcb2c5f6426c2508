"""A page of records, as a request may list and filter them (contract/records.md 2)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DataError, OperationalError, ProgrammingError

from collections_app.collection import Collection
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.resolving import RecordQuery, compile_query
from collections_app.records.querying.select_sql import all_ids_sql, among_ids_sql, count_sql, page_sql
from collections_app.records.querying.stored_columns import stored_fields
from collections_app.records.reading.empty_searches import empty_searches
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from platform_app.database.rows import fetch_all, fetch_into, fetch_one
from platform_app.wire.casting import parse_bool
from platform_app.wire.errors import BadRequest, Forbidden

DEFAULT_PER_PAGE = 30
MAX_PER_PAGE = 1000
MAX_FILTER_BYTES = 3500
MAX_SORT_ITEMS = 8
MAX_SORT_ITEM_BYTES = 255

_MAX_INTEGER = 2**63 - 1
_INTEGER = re.compile(r"[+-]?[0-9]+")
_FOR_SUPERUSERS = ("@collection.", "@request.")


@dataclass(frozen=True, slots=True)
class Page:
    """The records of one page; both totals are -1 when they were not asked for.

    `delay_seconds` is how long the answer should wait (see `empty_searches`).
    """

    records: list[Record]
    page: int
    per_page: int
    total_items: int
    total_pages: int
    delay_seconds: float = 0.0

    def as_json(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        """The list envelope around the presented records."""
        return {
            "items": items,
            "page": self.page,
            "perPage": self.per_page,
            "totalItems": self.total_items,
            "totalPages": self.total_pages,
        }


@dataclass(frozen=True, slots=True)
class PageParams:
    """The query parameters of a list, read and clamped."""

    page: int
    per_page: int
    skip_total: bool
    filter: str
    sort: str

    @classmethod
    def read(cls, params: Mapping[str, str]) -> "PageParams":
        """Raises BadRequest for a parameter of the wrong form or over its limit."""
        page = _integer(params.get("page"), 1)
        per_page = _integer(params.get("perPage"), DEFAULT_PER_PAGE)
        filter_text = params.get("filter", "")
        sort = params.get("sort", "")
        if filter_text and len(filter_text.encode()) > MAX_FILTER_BYTES:
            raise BadRequest
        if sort:
            items = [item.strip().lstrip("+-") for item in sort.split(",")]
            if len(items) > MAX_SORT_ITEMS or any(len(item.encode()) > MAX_SORT_ITEM_BYTES for item in items):
                raise BadRequest
        return cls(
            page=max(page, 1),
            per_page=min(per_page, MAX_PER_PAGE) if per_page > 0 else DEFAULT_PER_PAGE,
            skip_total=_boolean(params.get("skipTotal")),
            filter=filter_text,
            sort=sort,
        )

    @property
    def offset(self) -> int:
        # The product is an int64 in Go: a page far enough out wraps around; below zero there is no offset.
        product = (self.page - 1) * self.per_page
        return max((product + _MAX_INTEGER + 1) % 2**64 - _MAX_INTEGER - 1, 0)


def list_records(
    collection: Collection,
    *,
    info: RequestInfo,
    params: Mapping[str, str],
    client_ip: Callable[[], str] | None = None,
) -> Page:
    """One page of what the list rule and the client's filter leave.

    `params` are the query parameters; without `client_ip` empty searches are not counted.
    Raises Forbidden for a null rule and for filters that only superusers may use; BadRequest for
    parameters that cannot be read and filters that cannot be compiled.
    """
    rule = _checked_rule(collection, info, params)
    wanted = PageParams.read(params)
    try:
        query = compile_query(collection, info=info, rule=rule, filter=wanted.filter, sort=wanted.sort)
        fields = stored_fields(collection) if query.distinct else None
        sql, values = page_sql(collection, query, limit=wanted.per_page, offset=wanted.offset, fields=fields)
        records = decode_rows(collection, fetch_all(sql, values), fields)
        total = -1 if wanted.skip_total else _total(collection, query, wanted, len(records))
    except (FilterError, DataError, OperationalError, ProgrammingError) as error:
        # Also what the compiler lets through and the engine refuses, such as a malformed JSON path.
        raise BadRequest from error
    is_suspicious = bool(rule and wanted.filter and not records)
    return Page(
        records=records,
        page=wanted.page,
        per_page=wanted.per_page,
        total_items=total,
        total_pages=-1 if wanted.skip_total else -(-total // wanted.per_page),
        delay_seconds=_delay(collection, client_ip) if is_suspicious and client_ip else 0.0,
    )


def take_ids(
    collection: Collection,
    take: Callable[[Iterable[str]], None],
    *,
    info: RequestInfo,
    params: Mapping[str, str],
) -> None:
    """Give `take` the ids of everything that `list_records` has on its pages, one by one, in its order.

    Not for views, whose ids may repeat. Raises as `list_records`.
    """
    rule = _checked_rule(collection, info, params)
    wanted = PageParams.read(params)
    try:
        query = compile_query(collection, info=info, rule=rule, filter=wanted.filter, sort=wanted.sort)
        fetch_into(lambda rows: take(row[0] for row in rows), *all_ids_sql(collection, query))
    except (FilterError, DataError, OperationalError, ProgrammingError) as error:
        raise BadRequest from error


def listed_ids(
    collection: Collection, ids: Sequence[str], *, info: RequestInfo, params: Mapping[str, str]
) -> set[str]:
    """Which of these `list_records` has on its pages. Raises as that."""
    rule = _checked_rule(collection, info, params)
    wanted = PageParams.read(params)
    try:
        query = compile_query(collection, info=info, rule=rule, filter=wanted.filter)
        return {row[0] for row in fetch_all(*among_ids_sql(collection, ids, query, only_ids=True))}
    except (FilterError, DataError, OperationalError, ProgrammingError) as error:
        raise BadRequest from error


def _checked_rule(collection: Collection, info: RequestInfo, params: Mapping[str, str]) -> str | None:
    """The rule that narrows the list, None for none. Raises Forbidden."""
    is_above_rules = info.is_above_rules("view", collection)
    if info.is_superuser:
        return None
    if not is_above_rules and collection.list_rule is None:
        raise Forbidden("Only superusers can perform this action.")
    for name in ("filter", "sort"):
        text = params.get(name)
        if text and "@" in text:
            for words in _FOR_SUPERUSERS:
                if words in text:
                    raise Forbidden(f"Only superusers can filter by {words}")
    return None if is_above_rules else collection.list_rule or None


def _total(collection: Collection, query: RecordQuery, wanted: PageParams, found: int) -> int:
    # A page that is not full is the last one, so the total is known. The rows of a view may share an id
    # and only distinct ids count, so there the database has to say.
    if not collection.is_view and found < wanted.per_page and (found or wanted.page == 1):
        return wanted.offset + found
    sql, values = count_sql(collection, query)
    row = fetch_one(sql, values)
    return int(row[0]) if row else 0


def _delay(collection: Collection, client_ip: Callable[[], str]) -> float:
    return empty_searches.delay_seconds(f"{collection.id}/{client_ip()}")


def _integer(text: str | None, default: int) -> int:
    if not text:
        return default
    if len(text) > 100 or not _INTEGER.fullmatch(text) or not -_MAX_INTEGER - 1 <= int(text) <= _MAX_INTEGER:
        raise BadRequest
    return int(text)


def _boolean(text: str | None) -> bool:
    if not text:
        return False
    try:
        return parse_bool(text)
    except ValueError as error:
        raise BadRequest from error
