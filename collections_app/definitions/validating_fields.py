"""What is wrong with the list of fields of a collection (contract/collections.md 4.1).

Reference: core/collection_validate.go, PocketBase v0.39.11.
"""

from collections.abc import Iterator

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.definitions.checks import present
from collections_app.fields.base import Field, OptionContext
from collections_app.tables.identifiers import name_length_error
from platform_app.wire.errors import ErrorTree, FieldError, required
from platform_app.wire.json_text import quote

_RESERVED_IN_AUTH = frozenset({"passwordConfirm", "oldPassword"})
# By name: the type of a system field of auth collections, and whether it must be hidden.
_AUTH_FIELDS = {
    "password": ("password", True),
    "tokenKey": ("text", True),
    "email": ("email", False),
    "emailVisibility": ("bool", False),
    "verified": ("bool", False),
}


def field_errors(
    collection: Collection, stored: Collection | None, catalog: Catalog
) -> "FieldError | ErrorTree | None":
    """The errors of the first check that fails."""
    return next((error for error in _checks(collection, stored, catalog) if error), None)


def _checks(
    collection: Collection, stored: Collection | None, catalog: Catalog
) -> "Iterator[FieldError | ErrorTree | None]":
    yield _duplicate_error(collection.fields)
    yield _missing_error(collection)
    if stored is not None and not collection.is_view:
        yield _lost_system_field_error(collection, stored)
        yield _type_errors(collection, stored)
    if collection.is_auth:
        yield _reserved_errors(collection)
    yield _option_errors(collection, catalog)


def _duplicate_error(fields: tuple[Field, ...]) -> ErrorTree | None:
    ids: set[str] = set()
    names: set[str] = set()
    for place, field in enumerate(fields):
        if field.id in ids:
            message = f"Duplicated or invalid field id {quote(field.id)}"
            return {str(place): {"id": FieldError("validation_duplicated_field_id", message)}}
        if field.name.lower() in names:
            message = f"Duplicated or invalid field name {field.name}"
            params = {"fieldName": field.name}
            return {str(place): {"name": FieldError("validation_duplicated_field_name", message, params)}}
        ids.add(field.id)
        names.add(field.name.lower())
    return None


def _missing_error(collection: Collection) -> "FieldError | ErrorTree | None":
    if not collection.fields:
        return required()
    key = collection.fields_by_name.get("id")
    if key is None or not getattr(key, "primary_key", False):
        return FieldError("validation_missing_primary_key", 'Missing or invalid "id" PK field.')
    if not collection.is_auth:
        return None
    for name, (kind, must_be_hidden) in _AUTH_FIELDS.items():
        field = collection.fields_by_name.get(name)
        if field is None or field.type != kind:
            return FieldError(f"validation_missing_{name}_field", f'System "{name}" field is required.')
        if must_be_hidden and not (field.hidden and field.system):
            return {
                name: FieldError(
                    "validation_must_be_system_and_hidden",
                    'The field must be marked as "System" and "Hidden".',
                )
            }
        if not field.system:
            return {name: FieldError("validation_must_be_system", 'The field must be marked as "System".')}
    return None


def _lost_system_field_error(collection: Collection, stored: Collection) -> FieldError | None:
    names = {field.id: field.name for field in collection.fields}
    if all(names.get(field.id) == field.name for field in stored.fields if field.system):
        return None
    return FieldError("validation_system_field_change", "System fields cannot be deleted or renamed.")


def _type_errors(collection: Collection, stored: Collection) -> ErrorTree:
    types = {field.id: field.type for field in stored.fields}
    return {
        str(place): FieldError("validation_field_type_change", "Field type cannot be changed.")
        for place, field in enumerate(collection.fields)
        if types.get(field.id, field.type) != field.type
    }


def _reserved_errors(collection: Collection) -> ErrorTree:
    message = "The field name is reserved and cannot be used."
    return {
        str(place): {"name": FieldError("validation_reserved_field_name", message)}
        for place, field in enumerate(collection.fields)
        if field.name in _RESERVED_IN_AUTH
    }


def _option_errors(collection: Collection, catalog: Catalog) -> ErrorTree:
    # What the database has now: in an import, which stores first, that is the new definition.
    known = catalog.by_id(collection.id)
    stored = {field.id: field for field in (known.fields if known else ())}
    errors = {
        str(place): present({"name": name_length_error(field.name)})
        | field.option_errors(OptionContext(collection, catalog.find, stored.get(field.id)))
        for place, field in enumerate(collection.fields)
    }
    return {place: error for place, error in errors.items() if error}
