"""Whether a requester may write: rules over records that are stored, planned or about to change."""

import logging

from django.db import DatabaseError

from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.finding import find_satisfying
from collections_app.records.querying.planned_sql import PLANNED_TABLE, planned_sql
from collections_app.records.querying.resolving import compile_query
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.stale_schema import unless_outdated
from platform_app.database.rows import fetch_one
from platform_app.database.transactions import shielded

logger = logging.getLogger(__name__)


def planned_record_satisfies(record: Record, rule: str, info: RequestInfo) -> bool:
    """Whether a record that is not stored yet passes a rule, its values standing in for a row.

    Raises FilterError and DatabaseError for a rule that cannot be evaluated.
    """
    if not rule:
        return True
    query = compile_query(record.collection, info=info, rule=rule, base_table=PLANNED_TABLE)
    return fetch_one(*planned_sql(record, query)) is not None


def may_manage(record: Record, info: RequestInfo) -> bool:
    """Whether the manage rule of an auth collection lets a signed-in requester manage this record.

    A stored record is judged as it is stored, but found by the id that it is about to have: who submits
    another id manages nothing. A rule that cannot be evaluated lets nobody manage.
    """
    collection = record.collection
    if not collection.is_auth or info.auth is None or not collection.auth.manage_rule:
        return False
    rule = collection.auth.manage_rule
    if record.original is not None:
        return find_satisfying(collection, record.id, rule, info) is not None
    try:
        with shielded():
            return planned_record_satisfies(record, rule, info)
    except (FilterError, DatabaseError) as error:
        unless_outdated(error)
        logger.exception("the manage rule of %s cannot be evaluated", collection.name)
        return False
