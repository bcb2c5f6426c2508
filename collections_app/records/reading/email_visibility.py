"""Who may see the e-mail addresses of auth records (contract/records.md 8)."""

import logging
from collections.abc import Iterable, Sequence

from django.db import DatabaseError

from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.finding import satisfying_ids
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.stale_schema import with_fresh_schema
from platform_app.database.transactions import shielded
from platform_app.wire.errors import ApiError

logger = logging.getLogger(__name__)

_EMAIL = frozenset({"email"})


def show_emails(records: Sequence[Record], info: RequestInfo) -> None:
    """Add `email` to what `records` (of one collection) show, where `info` entitles to it.

    Superusers see everything anyway. The manage rule is asked once for all records together.
    """
    collection = records[0].collection
    if not collection.is_auth or info.sees_all_of(collection):
        return
    hiding = [record for record in records if not record.values.get("emailVisibility")]
    if not hiding:
        return
    auth = info.auth
    if auth is not None:
        # Ids are unique across auth collections, so the id alone tells one's own record.
        _show(record for record in hiding if record.id == auth.id)
    if not collection.auth.manage_rule:
        return
    ids = [record.id for record in hiding]
    try:
        # The records may be written by now: only this may be done again.
        managed = with_fresh_schema(lambda: _managed(collection, ids, info))
    except (ApiError, FilterError, DatabaseError) as error:
        logger.warning("manage rule of %s cannot be evaluated: %s", collection.name, error)
        return
    _show(record for record in hiding if record.id in managed)


def _managed(collection: Collection, ids: Sequence[str], info: RequestInfo) -> set[str]:
    current = catalog().by_id(collection.id)
    rule = current.auth.manage_rule if current is not None and current.is_auth else None
    if current is None or not rule:
        return set()
    with shielded():
        return satisfying_ids(current, ids, rule, info)


def _show(records: Iterable[Record]) -> None:
    for record in records:
        record.shown |= _EMAIL
