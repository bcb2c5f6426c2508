"""Requests that failed because another process had just changed the schema.

A process looks for a new schema every half second. In between, a request may name a column that is gone or
miss a collection that is there by now; it fails then, nothing is written, and it can simply be run again.
"""

from django.db import DatabaseError, OperationalError, ProgrammingError

from collections_app.catalog import forget_catalog, known_version
from collections_app.database import fetch_one, require_pool
from collections_app.errors import NotFound
from collections_app.filterlang.errors import FilterError

_VERSION = "SELECT number FROM collections_app_schemaversion WHERE id = 1"
_SIGNS = (FilterError, NotFound, OperationalError, ProgrammingError)


def is_worth_another_try(error: BaseException, version: int | None) -> bool:
    """Whether `error` may come from an outdated schema, and the schema moved on since the request began.

    `version` is what the process knew then. The next try sees the new schema.
    """
    if version is None or not any(isinstance(one, _SIGNS) for one in _chain(error)):
        return False
    try:
        row = fetch_one(_VERSION)
    except DatabaseError:
        return False  # the caller's own transaction is broken; there is nothing to try in it
    if row is None or row[0] == version:
        return False
    if row[0] != known_version():
        forget_catalog()
    require_pool()  # the next try may have to load all definitions
    return True


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
