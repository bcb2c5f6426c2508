"""`PATCH .../records/{id}`: a record changed as a request may change it (contract/records.md 10.1)."""

from collections_app.collection import Collection
from collections_app.errors import BadRequest, Forbidden, NotFound
from collections_app.events import RecordRequestEvent, record_update_request
from collections_app.records.auth_form import AuthForm
from collections_app.records.creating import Json, Then, persist
from collections_app.records.presenting import present
from collections_app.records.rights import may_manage
from collections_app.records.submitting import Uploads, resolve_submitted
from collections_app.records.viewing import find_record, find_satisfying
from collections_app.request_info import RequestInfo

FAILED = "Failed to update record."


def update_record(
    collection: Collection,
    record_id: str,
    *,
    info: RequestInfo,
    uploads: Uploads,
    then: Then | None = None,
) -> Json | None:
    """Change a record as `info.body` says and return it as the requester may see it.

    The rule is asked about the stored record, `@request.body.*` about the new values. `then` and None are as
    in `create_record`. Raises BadRequest, Forbidden for a null rule, NotFound when the rule is not satisfied.
    """
    if collection.is_view:
        raise BadRequest("Unsupported collection type.")
    if collection.update_rule is None and not info.is_superuser:
        raise Forbidden("Only superusers can perform this action.")
    record = find_record(collection, record_id)
    if record is None:
        raise NotFound
    submitted = resolve_submitted(record, info.body, uploads, with_hidden=info.is_superuser)
    info = info.with_body(submitted.as_rule_body(collection))
    if collection.update_rule and not info.is_superuser:
        record = find_satisfying(collection, record_id, collection.update_rule, info)
        if record is None:
            raise NotFound
    form = None
    if collection.is_auth:
        form = AuthForm.read(info.body, has_manage_access=info.is_superuser or may_manage(record, info))
    submitted.load_into(record)
    event = RecordRequestEvent(collection=collection, info=info, record=record)

    def act() -> Json:
        persist(event.record, form, FAILED)
        (answer,) = present([event.record], info, info.query.get("expand", ""))
        if then is not None:
            then()
        return answer

    answer: Json | None = record_update_request.trigger(event, act)
    return answer
