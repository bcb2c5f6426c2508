"""Writing records of exposed models: through the model, with its checks, its `save` and Django's signals.

The request hooks are those of every record, the rules too; a create rule is asked about the row as it was
written, and takes it back when it says no. Hooks of models and records do not fire: this is Django's model.
"""

import logging
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from collections_app.collection import Collection
from collections_app.commits import Kind, RecordChange, is_witnessed, show_witness
from collections_app.events import (
    RecordRequestEvent,
    record_create_request,
    record_delete_request,
    record_update_request,
)
from collections_app.exposing.exposures import Exposure, exposure_of
from collections_app.records.querying.finding import find_record, find_satisfying
from collections_app.records.reading.presenting import present
from collections_app.records.record import Record
from collections_app.records.uploads import Uploads
from collections_app.records.writing.request_writes import Json, RequestWrite
from collections_app.records.writing.submitted import new_record, resolve_submitted
from collections_app.request_info import RequestInfo
from platform_app.database.transactions import unit_of_work
from platform_app.hooks.hook import Hook
from platform_app.wire.errors import ApiError, BadRequest, ErrorTree, FieldError, Forbidden, NotFound
from platform_app.wire.json_decoding import decode_stored_json

logger = logging.getLogger(__name__)

_CREATE_FAILED = "Failed to create record."
_UPDATE_FAILED = "Failed to update record."
_DELETE_FAILED = (
    "Failed to delete record. Make sure that the record is not part of a required relation reference."
)


def exposed_creation(collection: Collection, *, info: RequestInfo, uploads: Uploads) -> RequestWrite:
    """What comes before the request hook of a create; raises BadRequest and Forbidden."""
    exposure = _writable(collection)
    rule = exposure.create_rule
    is_above_rules = info.is_above_rules("add", collection)
    _check_is_somebodys(rule, is_above_rules=is_above_rules)
    record = new_record(collection)
    before = dict(record.values)
    submitted = resolve_submitted(record, info.body, uploads, with_hidden=is_above_rules)
    submitted.load_into(record)
    info = info.with_body(submitted.as_rule_body(collection))

    def write(event: RecordRequestEvent) -> str:
        values = event.record.values
        names = {name for name in values if name in submitted.values or values[name] != before[name]}
        instance = exposure.model()
        key = instance._meta.pk
        if "id" in names and not isinstance(key, models.AutoField):
            setattr(instance, key.attname, values["id"])
        _fill(instance, exposure, values, names)
        _save(instance, exposure, _CREATE_FAILED)
        _show_witness("create", collection, str(instance.pk), None)
        return str(instance.pk)

    def is_allowed(record_id: str) -> bool:
        return not rule or is_above_rules or find_satisfying(collection, record_id, rule, info) is not None

    event = RecordRequestEvent(collection=collection, info=info, record=record)
    return _request_write(record_create_request, event, write, _CREATE_FAILED, is_allowed)


def exposed_change(
    collection: Collection, record_id: str, *, info: RequestInfo, uploads: Uploads
) -> RequestWrite:
    """The same for an update; raises NotFound, too."""
    exposure = _writable(collection)
    is_above_rules = info.is_above_rules("change", collection, record_id)
    _check_is_somebodys(exposure.update_rule, is_above_rules=is_above_rules)
    stored, body = _found(collection, record_id), info.body
    submitted = resolve_submitted(stored, body, uploads, with_hidden=is_above_rules)
    info = info.with_body(submitted.as_rule_body(collection))
    record = _permitted(collection, record_id, None if is_above_rules else exposure.update_rule, info)
    submitted.load_into(record)

    def write(event: RecordRequestEvent) -> str:
        instance = _locked(exposure, record_id)
        current = _found(collection, record_id)
        if current.values != stored.values:
            # It was changed meanwhile: the same again, with what is stored now; what hooks set stays.
            anew = submitted.anew(current, body, uploads, with_hidden=is_above_rules)
            rule = None if is_above_rules else exposure.update_rule
            _permitted(collection, record_id, rule, info.with_body(anew.as_rule_body(collection)))
            anew.load_over(submitted, event.record, current)
        values = event.record.values
        names = {name for name in values if values[name] != current.values[name]}
        _fill(instance, exposure, values, names)
        untouched = {field.name for field in exposure.model._meta.get_fields()} - names
        _save(instance, exposure, _UPDATE_FAILED, untouched)
        _show_witness("update", collection, record_id, current.values)
        return record_id

    event = RecordRequestEvent(collection=collection, info=info, record=record)
    return _request_write(record_update_request, event, write, _UPDATE_FAILED)


def exposed_deletion(collection: Collection, record_id: str, *, info: RequestInfo) -> RequestWrite:
    """The same for a delete, which has no answer."""
    exposure = _writable(collection)
    is_above_rules = info.is_above_rules("delete", collection, record_id)
    _check_is_somebodys(exposure.delete_rule, is_above_rules=is_above_rules)
    record = _permitted(collection, record_id, None if is_above_rules else exposure.delete_rule, info)

    def act() -> Json:
        try:
            with unit_of_work():
                _locked(exposure, record_id).delete()
                _show_witness("delete", collection, record_id, record.values)
        except ApiError:
            raise
        except Exception as error:
            logger.info("deleting %r failed: %s", record, error)
            raise BadRequest(_DELETE_FAILED) from error
        return {}

    event = RecordRequestEvent(collection=collection, info=info, record=record)
    return RequestWrite(record_delete_request, event, act)


def _request_write(
    hook: Hook,
    event: RecordRequestEvent,
    write: Callable[[RecordRequestEvent], str],
    failed: str,
    is_allowed: Callable[[str], bool] = lambda record_id: True,
) -> RequestWrite:
    """`write` returns the id of what it wrote, which goes again where that is not allowed."""

    def act() -> Json:
        try:
            with unit_of_work():
                record_id = write(event)
                if not is_allowed(record_id):
                    raise BadRequest(failed)
        except ApiError:
            raise
        except Exception as error:
            logger.exception("writing %r failed", event.record)
            raise BadRequest(failed) from error
        written = _found(event.collection, record_id)
        (answer,) = present([written], event.info, event.info.query.get("expand", ""))
        return answer

    return RequestWrite(hook, event, act)


def _writable(collection: Collection) -> Exposure:
    exposure = exposure_of(collection)
    if exposure is None or not exposure.writable:
        raise BadRequest("Unsupported collection type.")
    return exposure


def _check_is_somebodys(rule: str | None, *, is_above_rules: bool) -> None:
    if rule is None and not is_above_rules:
        raise Forbidden("Only superusers can perform this action.")


def _permitted(collection: Collection, record_id: str, rule: str | None, info: RequestInfo) -> Record:
    if not rule:
        return _found(collection, record_id)
    record = find_satisfying(collection, record_id, rule, info)
    if record is None:
        raise NotFound
    return record


def _found(collection: Collection, record_id: str) -> Record:
    record = find_record(collection, record_id)
    if record is None:
        raise NotFound
    return record


def _locked(exposure: Exposure, record_id: str) -> models.Model:
    """The row, which nobody else changes meanwhile. Raises NotFound."""
    rows = exposure.model._default_manager.select_for_update()
    instance = rows.filter(pk=record_id).first()
    if instance is None:
        raise NotFound
    return instance


def _show_witness(kind: Kind, collection: Collection, record_id: str, old: dict[str, Any] | None) -> None:
    new = None if kind == "delete" or not is_witnessed() else _found(collection, record_id).values
    show_witness(RecordChange(kind, collection, record_id, old, new))


def _fill(instance: models.Model, exposure: Exposure, values: dict[str, Any], names: set[str]) -> None:
    for name, field in exposure.model_fields.items():
        if name in names:
            setattr(instance, field.attname, _model_value(field, values[name]))


def _model_value(field: "models.Field[Any, Any]", value: Any) -> Any:
    """A record's value as the model's field takes it; what is empty there is None where it may be."""
    match field:
        case models.ForeignKey() | models.DateTimeField():
            return value or None
        case models.DateField():
            return value[:10] or None
        case models.DecimalField():
            return Decimal(str(value))
        case models.JSONField():
            return decode_stored_json(value) if isinstance(value, str) else value
    return value


def _save(
    instance: models.Model, exposure: Exposure, failed: str, unchecked: AbstractSet[str] = frozenset()
) -> None:
    """Raises BadRequest with what the model's own checks say; `unchecked` fields are not asked."""
    try:
        instance.full_clean(exclude=unchecked)
    except ValidationError as error:
        raise BadRequest(failed, _errors(error, exposure)) from error
    instance.save()


def _errors(error: ValidationError, exposure: Exposure) -> ErrorTree:
    """By exposed field; what concerns the model as a whole, or a field that is not exposed, is the key's."""
    found: dict[str, Any] = {}
    for name, errors in error.error_dict.items():
        key = name if name in exposure.model_fields and name != NON_FIELD_ERRORS else "id"
        first = errors[0]
        found.setdefault(key, FieldError(f"validation_{first.code or 'invalid'}", first.messages[0]))
    return found
