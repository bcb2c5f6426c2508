"""`DELETE .../records/{id}`: a record gone, with what hangs on it (contract/records.md 10.2)."""

import logging

from collections_app.collection import Collection
from collections_app.events import RecordRequestEvent, record_delete_request
from collections_app.records.querying.finding import find_record, find_satisfying
from collections_app.records.record import Record
from collections_app.records.writing.exposed import exposed_deletion
from collections_app.records.writing.request_writes import Json, RequestWrite
from collections_app.records.writing.saving import delete_stored_record as delete_stored_record
from collections_app.request_info import RequestInfo
from platform_app.wire.errors import ApiError, BadRequest, Forbidden, Invalid, NotFound

logger = logging.getLogger(__name__)

FAILED = "Failed to delete record. Make sure that the record is not part of a required relation reference."


def delete_record(collection: Collection, record_id: str, *, info: RequestInfo) -> bool:
    """Delete a record that `info` may delete; False when a hook stopped the request.

    Raises BadRequest when a required reference holds the record, Forbidden for a null rule, NotFound when the
    rule is not satisfied.
    """
    return deletion(collection, record_id, info=info).run() is not None


def deletion(collection: Collection, record_id: str, *, info: RequestInfo) -> RequestWrite:
    """Check what comes before the request hook; raises as `delete_record`."""
    if collection.is_view:
        return exposed_deletion(collection, record_id, info=info)
    is_above_rules = info.is_above_rules("delete", collection, record_id)
    if is_above_rules or collection.delete_rule == "":
        record = find_record(collection, record_id)
    elif collection.delete_rule is None:
        raise Forbidden("Only superusers can perform this action.")
    else:
        record = find_satisfying(collection, record_id, collection.delete_rule, info)
    if record is None:
        raise NotFound
    event = RecordRequestEvent(collection=collection, info=info, record=record)

    def renew(current: Record, stored: Record) -> None:
        """Ask the rule again: the row is not the one that it let go."""
        current.follow(stored)
        rule = collection.delete_rule
        if rule and not is_above_rules and find_satisfying(collection, record_id, rule, info) is None:
            raise NotFound

    def act() -> Json:
        try:
            delete_stored_record(event.record, renew=renew)
        except ApiError:
            raise
        except Invalid as error:  # of a record that had to let go of this one
            raise BadRequest(FAILED, error.errors) from error
        except Exception as error:
            logger.info("deleting %r failed: %s", event.record, error)
            raise BadRequest(FAILED) from error
        return {}

    return RequestWrite(record_delete_request, event, act)
