"""`PATCH .../records/{id}`: a record changed as a request may change it (contract/records.md 10.1)."""

from collections_app.collection import Collection
from collections_app.events import RecordRequestEvent, record_update_request
from collections_app.records.querying.finding import find_record, find_satisfying
from collections_app.records.querying.rights import may_manage
from collections_app.records.receivers import UPDATING, require_pool_for_receivers
from collections_app.records.writing.auth_form import AuthForm
from collections_app.records.writing.request_writes import Json, Submission, saving
from collections_app.records.writing.submitted import Uploads, resolve_submitted
from collections_app.request_info import RequestInfo
from platform_app.wire.errors import BadRequest, Forbidden, NotFound

FAILED = "Failed to update record."


def update_record(
    collection: Collection, record_id: str, *, info: RequestInfo, uploads: Uploads
) -> Json | None:
    """Change a record as `info.body` says and return it as the requester may see it.

    The rule is asked about the stored record, `@request.body.*` about the new values. None is returned when a
    hook stopped the request. Raises BadRequest with the errors of the refused fields, Forbidden for a null
    rule, NotFound when the rule is not satisfied.
    """
    return change(collection, record_id, info=info, uploads=uploads).run()


def change(collection: Collection, record_id: str, *, info: RequestInfo, uploads: Uploads) -> Submission:
    """Check what comes before the request hook; raises as `update_record`."""
    if collection.is_view:
        raise BadRequest("Unsupported collection type.")
    if collection.update_rule is None and not info.is_superuser:
        raise Forbidden("Only superusers can perform this action.")
    require_pool_for_receivers(UPDATING, collection, info.query)
    record = find_record(collection, record_id)
    if record is None:
        raise NotFound
    submitted = resolve_submitted(record, info.body, uploads, with_hidden=info.is_superuser)
    info = info.with_body(submitted.as_rule_body(collection))
    if collection.update_rule and not info.is_superuser:
        record = find_satisfying(collection, record_id, collection.update_rule, info)
        if record is None:
            raise NotFound
    submitted.load_into(record)
    form = None
    if collection.is_auth:
        form = AuthForm.read(info.body, has_manage_access=info.is_superuser or may_manage(record, info))
    event = RecordRequestEvent(collection=collection, info=info, record=record)
    return saving(record_update_request, event, form, FAILED)
