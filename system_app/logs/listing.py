"""Entries of the log as superusers read them (contract/system.md 5)."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.db import DataError, OperationalError, ProgrammingError

from collections_app.filterlang.errors import FilterError
from collections_app.records.reading.listing import PageParams
from platform_app.database.routers import log_database
from platform_app.database.rows import fetch_all, fetch_one
from platform_app.wire.errors import BadRequest, NotFound
from platform_app.wire.json_encoding import go_value
from system_app.logs.listing_sql import EmptyStep, item_sql, list_sql, stats_sql

Json = dict[str, Any]

_MAX_INTEGER = 2**63 - 1
_STATS_FAILED = "Failed to generate logs stats."
_QUERY_ERRORS = (DataError, OperationalError, ProgrammingError)


def list_logs(params: Mapping[str, str]) -> Json:
    """The list envelope of the page that the query parameters ask for.

    Raises BadRequest for parameters that cannot be used.
    """
    wanted = PageParams.read(params)
    try:
        sql = list_sql(
            filter_text=wanted.filter,
            sort=wanted.sort,
            limit=wanted.per_page,
            offset=min(wanted.offset, _MAX_INTEGER),
        )
        rows = fetch_all(*sql.page, using=log_database())
        total = -1 if wanted.skip_total else (fetch_one(*sql.total, using=log_database()) or (0,))[0]
    except (FilterError, *_QUERY_ERRORS) as error:
        raise BadRequest from error
    return {
        "items": [item_of(row) for row in rows],
        "page": wanted.page,
        "perPage": wanted.per_page,
        "totalItems": total,
        "totalPages": -1 if wanted.skip_total else -(-total // wanted.per_page),
    }


def log_stats(filter_text: str) -> list[Json]:
    """How many entries there are in each hour that has some. Raises BadRequest for an unusable filter."""
    try:
        rows = fetch_all(*stats_sql(filter_text), using=log_database())
    except FilterError as error:
        is_understood = isinstance(error.__cause__, EmptyStep)
        raise BadRequest(_STATS_FAILED if is_understood else "Invalid filter format.") from error
    except _QUERY_ERRORS as error:
        raise BadRequest(_STATS_FAILED) from error
    return [{"date": date or "", "total": total} for date, total in rows]


def find_log(log_id: str) -> Json:
    """Raises NotFound."""
    row = fetch_one(item_sql(), (log_id,), using=log_database())
    if row is None:
        raise NotFound
    return item_of(row)


def item_of(row: tuple[Any, ...]) -> Json:
    """An entry as it is listed, from the columns that statements of `listing_sql` select."""
    log_id, created, data, message, level = row
    return {
        "id": log_id,
        "created": created,
        "data": _object(data),
        "message": _text(message),
        "level": level,
    }


def _object(text: Any) -> Any:
    """An object as the reference prints it; whatever is none is an empty one."""
    try:
        value = orjson.loads(text)
    except (TypeError, orjson.JSONDecodeError):
        return {}
    return go_value(value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
