"""`PATCH .../records/{id}`: a record changed as a request may change it (contract/records.md 10.1)."""

from collections_app.collection import Collection
from collections_app.events import RecordRequestEvent, record_update_request
from collections_app.records.querying.finding import find_record, find_satisfying
from collections_app.records.querying.rights import may_manage
from collections_app.records.receivers import UPDATING, require_pool_for_receivers, require_short_answer
from collections_app.records.record import Record
from collections_app.records.uploads import Uploads
from collections_app.records.writing.auth_form import AuthForm
from collections_app.records.writing.exposed import exposed_change
from collections_app.records.writing.request_writes import Json, RequestWrite, requested_save
from collections_app.records.writing.submitted import resolve_submitted
from collections_app.request_info import RequestInfo
from platform_app.wire.errors import Forbidden, Invalid, NotFound

FAILED = "Failed to update record."


def update_record(
    collection: Collection,
    record_id: str,
    *,
    info: RequestInfo,
    uploads: Uploads,
    keeps_dangling: bool = False,
) -> Json | None:
    """Change a record as `info.body` says and return it as the requester may see it.

    The rule is asked about the stored record, `@request.body.*` about the new values. None is returned when a
    hook stopped the request. With `keeps_dangling` relations that stay as they are may lead to what is gone,
    which the API refuses. Raises BadRequest with the errors of the refused fields, Forbidden for a null
    rule, NotFound when the rule is not satisfied.
    """
    write = change(collection, record_id, info=info, uploads=uploads, keeps_dangling=keeps_dangling)
    return write.run()


def change(
    collection: Collection,
    record_id: str,
    *,
    info: RequestInfo,
    uploads: Uploads,
    keeps_dangling: bool = False,
) -> RequestWrite:
    """Check what comes before the request hook; raises as `update_record`."""
    if collection.is_view:
        return exposed_change(collection, record_id, info=info, uploads=uploads)
    is_above_rules = info.is_above_rules("change", collection, record_id)
    if collection.update_rule is None and not is_above_rules:
        raise Forbidden("Only superusers can perform this action.")
    require_pool_for_receivers(UPDATING, collection, info.query)
    require_short_answer(collection, info.query)
    read = find_record(collection, record_id)
    if read is None:
        raise NotFound
    submitted = resolve_submitted(read, info.body, uploads, with_hidden=is_above_rules)
    resolved = info.with_body(submitted.as_rule_body(collection))
    record = _permitted(read, record_id, resolved)
    # The row that the values come from: should the rule have seen a newer one, the write finds out.
    record.stored_row = read.stored_row
    record.keeps_dangling = keeps_dangling
    submitted.load_into(record)

    def renew(current: Record, stored: Record) -> None:
        """Do the same again with the row as it is now; what hooks set stays."""
        if current is not record:
            current.follow(stored)  # a hook put it in the place of ours
            return
        anew = submitted.anew(stored, info.body, uploads, with_hidden=is_above_rules)
        resolved = info.with_body(anew.as_rule_body(collection))
        _permitted(stored, record_id, resolved)
        anew.load_over(submitted, record, stored)
        if (form := _form(record, resolved)) is not None and (errors := form.errors_of(record)):
            raise Invalid(errors)

    event = RecordRequestEvent(collection=collection, info=resolved, record=record)
    return requested_save(record_update_request, event, _form(record, resolved), FAILED, renew)


def _permitted(record: Record, record_id: str, info: RequestInfo) -> Record:
    """The stored record, if the update rule lets the request through. Raises NotFound."""
    collection = record.collection
    if not collection.update_rule or info.is_above_rules("change", collection, record_id):
        return record
    found = find_satisfying(collection, record_id, collection.update_rule, info)
    if found is None:
        raise NotFound
    return found


def _form(record: Record, info: RequestInfo) -> AuthForm | None:
    if not record.collection.is_auth:
        return None
    is_above_rules = info.is_above_rules("change", record.collection, record.id)
    return AuthForm.read(info.body, has_manage_access=is_above_rules or may_manage(record, info))
