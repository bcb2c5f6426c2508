"""What a write is going to store, known before the transaction that it is made in (`files.stored_early`).

A guess: writes before it in that transaction, and hooks, may still change what comes of it. What was stored
and is not needed goes, what was not is stored when the write comes to it.
"""

from typing import Any

from collections_app.collection import Collection
from collections_app.fields.base import ValueContext
from collections_app.records.record import Record
from collections_app.records.uploads import Uploads
from collections_app.records.writing.submitted import new_record, resolve_submitted
from collections_app.records.writing.validating import count_records
from collections_app.records.writing.writing_abilities import abilities_of, generate_texts
from collections_app.request_info import RequestInfo
from platform_app.wire.errors import BadRequest, Forbidden


def foreseen(collection: Collection, stored: Record | None, *, info: RequestInfo, uploads: Uploads) -> Record:
    """The record with its id and its uploads as a create leaves it, or an update of the `stored` one.

    No rule is asked: an earlier write may have made it let this one through. Raises ApiError when the write
    is refused whatever comes before it.
    """
    if collection.is_view:
        raise BadRequest("Unsupported collection type.")
    rule = collection.create_rule if stored is None else collection.update_rule
    is_above_rules = info.is_above_rules("add" if stored is None else "change", collection)
    if rule is None and not is_above_rules:
        raise Forbidden("Only superusers can perform this action.")
    record = stored or new_record(collection)
    resolve_submitted(record, info.body, uploads, with_hidden=is_above_rules).load_into(record)
    if stored is None:
        generate_texts(record)
    if _is_refused(record):
        raise BadRequest
    return record


def to_be_stored(collection: Collection, record_id: str) -> Record:
    """The record with this id that an earlier write in the transaction is going to make."""
    record = new_record(collection)
    record.values["id"] = record_id
    return record


def _is_refused(record: Record) -> bool:
    """Whether something is wrong with the id, which is a part of paths, or with the uploads themselves."""
    fields = record.collection.fields_by_name
    values: dict[str, Any] = {
        name: pending
        for name, field in abilities_of(record.collection).with_files
        if (pending := field.pending_files(record.values[name]))
    }
    if record.is_new:
        values["id"] = record.id
    # An id that is taken now may be free by then.
    return any(
        fields[name].error_of(value, ValueContext(True, fields[name].zero, count_records, lambda _: False))
        for name, value in values.items()
    )
