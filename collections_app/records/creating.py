"""`POST .../records`: a new record as a request may make it (contract/records.md 4).

The order of the checks is part of the contract: the create rule sees the submitted values before any of them
is validated, and what it refuses is not explained.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError

from collections_app.collection import Collection
from collections_app.errors import ApiError, BadRequest, Forbidden, Invalid
from collections_app.events import RecordRequestEvent, record_create_request
from collections_app.filterlang.errors import FilterError
from collections_app.ids import LOWER_ALPHANUMERIC, random_text
from collections_app.records.auth_form import AuthForm
from collections_app.records.presenting import present
from collections_app.records.record import Record
from collections_app.records.rights import may_manage, planned_record_satisfies
from collections_app.records.saving import save_record
from collections_app.records.submitting import Uploads, new_record, resolve_submitted
from collections_app.request_info import RequestInfo

logger = logging.getLogger(__name__)

FAILED = "Failed to create record."

Json = dict[str, Any]
Then = Callable[[], None]


def create_record(
    collection: Collection, *, info: RequestInfo, uploads: Uploads, then: Then | None = None
) -> Json | None:
    """Create what `info.body` describes and return it as the requester may see it.

    `then` runs inside the request hook, after everything else: a batch continues there. None is returned
    when a hook stopped the request. Raises BadRequest with the errors of the refused fields; Forbidden for a
    null rule.
    """
    if collection.is_view:
        raise BadRequest("Unsupported collection type.")
    if collection.create_rule is None and not info.is_superuser:
        raise Forbidden("Only superusers can perform this action.")
    record = new_record(collection)
    submitted = resolve_submitted(record, info.body, uploads, with_hidden=info.is_superuser)
    info = info.with_body(submitted.as_rule_body(collection))
    submitted.load_into(record)
    has_manage_access = info.is_superuser or _passes_rules(record, info)
    form = AuthForm.read(info.body, has_manage_access=has_manage_access) if collection.is_auth else None
    event = RecordRequestEvent(collection=collection, info=info, record=record)

    def act() -> Json:
        persist(event.record, form, FAILED)
        (answer,) = present([event.record], info, info.query.get("expand", ""))
        if then is not None:
            then()
        return answer

    answer: Json | None = record_create_request.trigger(event, act)
    return answer


def persist(record: Record, form: AuthForm | None, failed: str) -> None:
    """Save a record that a request has filled in; whatever refuses it becomes a BadRequest saying `failed`."""
    try:
        if form is not None and (errors := form.errors_of(record)):
            raise Invalid(errors)
        save_record(record)
    except ApiError:
        raise
    except Invalid as error:
        raise BadRequest(failed, error.errors) from error
    except Exception as error:
        logger.exception("writing %r failed", record)
        raise BadRequest(failed) from error


def _passes_rules(record: Record, info: RequestInfo) -> bool:
    """Check the create rule on the planned record; returns whether the requester manages it.

    Raises BadRequest when the rule refuses the record, or cannot be evaluated.
    """
    planned = Record(record.collection, dict(record.values))
    if not planned.values["id"]:
        # Some rules ask for an id; its value means nothing, the real one is made later.
        planned.values["id"] = f"__temp_id__{random_text(6, LOWER_ALPHANUMERIC)}"
    if "verified" in planned.values and record.collection.is_auth:
        planned.values["verified"] = False
    try:
        passes = planned_record_satisfies(planned, record.collection.create_rule or "", info)
    except (FilterError, DatabaseError, ValueError) as error:
        raise BadRequest(FAILED) from error
    if not passes:
        raise BadRequest(FAILED)
    return may_manage(planned, info)
