"""`POST .../records`: a new record as a request may make it (contract/records.md 4).

The order of the checks is part of the contract: the create rule sees the submitted values before any of them
is validated, and what it refuses is not explained.
"""

from django.db import DatabaseError

from collections_app.collection import Collection
from collections_app.events import RecordRequestEvent, record_create_request
from collections_app.fields.password_field import Password
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.rights import may_manage, planned_record_satisfies
from collections_app.records.receivers import CREATING, require_pool_for_receivers, require_short_answer
from collections_app.records.record import Record
from collections_app.records.uploads import Uploads
from collections_app.records.writing.auth_form import AuthForm
from collections_app.records.writing.exposed import exposed_creation
from collections_app.records.writing.request_writes import Json, RequestWrite, requested_save
from collections_app.records.writing.submitted import new_record, resolve_submitted
from collections_app.request_info import RequestInfo
from platform_app.database.ids import LOWER_ALPHANUMERIC, random_text
from platform_app.wire.errors import BadRequest, Forbidden

FAILED = "Failed to create record."


def create_record(collection: Collection, *, info: RequestInfo, uploads: Uploads) -> Json | None:
    """Create what `info.body` describes and return it as the requester may see it.

    None is returned when a hook stopped the request. Raises BadRequest with the errors of the refused fields;
    Forbidden for a null rule.
    """
    return creation(collection, info=info, uploads=uploads).run()


def creation(
    collection: Collection, *, info: RequestInfo, uploads: Uploads, unknown_password: Password | None = None
) -> RequestWrite:
    """Check what comes before the request hook; raises as `create_record`.

    `unknown_password` is for an account that signs in elsewhere: one that nobody knows, for a body without a
    password. The field's own checks do not apply to it. Hash it before a transaction opens.
    """
    if collection.is_view:
        return exposed_creation(collection, info=info, uploads=uploads)
    is_above_rules = info.is_above_rules("add", collection)
    if collection.create_rule is None and not is_above_rules:
        raise Forbidden("Only superusers can perform this action.")
    require_pool_for_receivers(CREATING, collection, info.query)
    require_short_answer(collection, info.query)
    record = new_record(collection)
    submitted = resolve_submitted(record, info.body, uploads, with_hidden=is_above_rules)
    is_unknown = unknown_password is not None and "password" not in submitted.values
    if unknown_password is not None and is_unknown:
        submitted.values["password"] = unknown_password
        submitted.rest["passwordConfirm"] = unknown_password.plain
    info = info.with_body(submitted.as_rule_body(collection))
    submitted.load_into(record)
    if unknown_password is not None and is_unknown:
        record.values["password"] = unknown_password.hash  # a mere hash is not checked
    has_manage_access = is_above_rules or _passes_rules(record, info)
    form = AuthForm.read(info.body, has_manage_access=has_manage_access) if collection.is_auth else None
    event = RecordRequestEvent(collection=collection, info=info, record=record)
    return requested_save(record_create_request, event, form, FAILED)


def _passes_rules(record: Record, info: RequestInfo) -> bool:
    """Check the create rule on the planned record; returns whether the requester manages it.

    Raises BadRequest when the rule refuses the record, or cannot be evaluated.
    """
    if any(isinstance(value, Password) and value.is_too_long for value in record.values.values()):
        raise BadRequest(FAILED)  # there is no hash of it that could stand in the planned row
    if not record.collection.create_rule and not record.collection.is_auth:
        return False
    planned = Record(record.collection, dict(record.values))
    if not planned.values["id"]:
        # Some rules ask for an id; its value means nothing, the real one is made later.
        planned.values["id"] = f"__temp_id__{random_text(6, LOWER_ALPHANUMERIC)}"
    if "verified" in planned.values and record.collection.is_auth:
        planned.values["verified"] = False
    try:
        passes = planned_record_satisfies(planned, record.collection.create_rule or "", info)
    except (FilterError, DatabaseError) as error:
        raise BadRequest(FAILED) from error
    if not passes:
        raise BadRequest(FAILED)
    return may_manage(planned, info)
