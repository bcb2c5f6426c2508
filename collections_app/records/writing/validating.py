"""The checks of a record before it is written: every field, all errors at once (contract/fields.md 18)."""

from collections.abc import Sequence

from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.definitions.known_providers import is_known_provider
from collections_app.derived import derived
from collections_app.events import RecordEvent, model_validate, record_validate
from collections_app.fields.base import Field, ValueContext
from collections_app.fields.relation_field import DANGLING, RelationField
from collections_app.records.querying.reference_sql import count_ids_sql, id_ignoring_case_sql
from collections_app.records.record import Record
from collections_app.records.writing.expressions_sql import Evaluating
from collections_app.records.writing.writing_abilities import generate_texts
from collections_app.system_names import EXTERNAL_AUTHS, OWNED_BY_AUTH_RECORDS
from platform_app.database.rows import fetch_one, vendor
from platform_app.hooks.chains import chain
from platform_app.hooks.groups import HookGroup
from platform_app.wire.errors import FieldError, Invalid, required
from platform_app.wire.nul_characters import REFUSED, has_nul

_HOOKS = HookGroup(record_validate, model_validate)


def validate_record(record: Record, evaluating: Evaluating) -> None:
    """Run the validation hooks and the fields' checks, expressions that a hook set evaluated in between.

    Raises Invalid with the errors of all fields.
    """
    if not _HOOKS.has_receivers_for(record.collection.tags):
        _check(record, evaluating)
        return
    event = RecordEvent(record, "validate")
    with chain(event, model_validate.front(), record_validate.front(), record_validate.rest()) as goes_on:
        if not goes_on:
            return
        _check(event.record, evaluating)
        with chain(event, model_validate.rest()):
            pass


def _check(record: Record, evaluating: Evaluating) -> None:
    if record.is_new:
        generate_texts(record)  # a hook may have emptied what was filled in
    evaluating.settle(record)
    if errors := field_errors(record):
        raise Invalid(errors)
    if record.collection.name in OWNED_BY_AUTH_RECORDS and (errors := _reference_errors(record)):
        raise Invalid(errors)


def field_errors(record: Record) -> dict[str, FieldError]:
    """The first failing check of every field, by name."""
    errors: dict[str, FieldError] = {}
    original = record.original
    takes_nul = vendor() == "sqlite"
    for field, context in _contexts_of(record.collection):
        if original is not None:
            stored = original.get(field.name, context.stored)
            context = ValueContext(False, stored, context.count_records, context.id_exists)
        value = record.values[field.name]
        error = field.error_of(value, context)
        if error is not None:
            if not (record.keeps_dangling and _dangles_as_stored(record, field, error)):
                errors[field.name] = error
        elif not takes_nul and has_nul(value):
            errors[field.name] = REFUSED
    return errors


def _dangles_as_stored(record: Record, field: Field, error: FieldError) -> bool:
    """Whether all that is wrong is that a relation, which nobody changed, leads to what is gone."""
    if not isinstance(field, RelationField) or error.code not in DANGLING:
        return False
    return bool(record.values[field.name] == (record.original or {}).get(field.name))


Contexts = tuple[tuple[Field, ValueContext], ...]


@derived
def _contexts_of(collection: Collection) -> Contexts:
    """Each field with what the value of a new record is judged against."""

    def id_exists(record_id: str) -> bool:
        return fetch_one(*id_ignoring_case_sql(collection, record_id)) is not None

    return tuple(
        (field, ValueContext(True, field.zero, count_records, id_exists)) for field in collection.fields
    )


def count_records(collection_id: str, ids: Sequence[str]) -> int | None:
    """How many of these ids exist in a collection; None when there is no such collection."""
    collection = catalog().by_id(collection_id)
    if collection is None:
        return None
    row = fetch_one(*count_ids_sql(collection, ids))
    return int(row[0]) if row else 0


def _reference_errors(record: Record) -> dict[str, FieldError]:
    """Whether `collectionRef` names an auth collection and `recordRef` one of its records.

    A linked account also needs a provider that we know.
    """
    target = catalog().by_id(record["collectionRef"])
    if not record["collectionRef"]:
        return {"collectionRef": required()}
    if target is None:
        return {
            "collectionRef": FieldError("validation_invalid_collection_id", "Missing or invalid collection.")
        }
    if not target.is_auth:
        error = FieldError("validation_invalid_collection_type", "Invalid collection type - must be auth.")
        return {"collectionRef": error}
    if not record["recordRef"]:
        return {"recordRef": required()}
    if not count_records(target.id, [record["recordRef"]]):
        return {"recordRef": FieldError("validation_invalid_record", "Missing or invalid record.")}
    if record.collection.name == EXTERNAL_AUTHS and not is_known_provider(record["provider"]):
        return {"provider": FieldError("validation_in_invalid", "Must be a valid value.")}
    return {}
