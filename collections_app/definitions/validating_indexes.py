"""What is wrong with the indexes of a collection (contract/collections.md 4.2).

Reference: core/collection_validate.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping
from dataclasses import replace

from collections_app.collection import Collection
from collections_app.tables.identifiers import name_length_error
from collections_app.tables.indexes import Index, IndexColumn, parse_index
from platform_app.wire.errors import ErrorTree, FieldError


def index_errors(
    collection: Collection, stored: Collection | None, used_by: Mapping[str, str]
) -> "FieldError | ErrorTree | None":
    """The first error; `used_by` has the table of every index in the database, by lower-case name."""
    if collection.is_view and collection.indexes:
        return FieldError("validation_indexes_not_supported", "View collections don't support indexes.")
    own_tables = {collection.name.lower(), (stored or collection).name.lower()}
    elsewhere = {name: table for name, table in used_by.items() if table.lower() not in own_tables}
    names: set[str] = set()
    known: list[Index] = []
    for place, text in enumerate(collection.indexes):
        index = parse_index(text)
        error = _own_error(index, names, known, elsewhere)
        if error is not None or index is None:
            return {str(place): error} if error else None
        names.add(index.name.lower())
        known.append(index.retable(""))
    if stored is not None and (error := _system_index_error(collection, stored)):
        return error
    return _missing_index_error(collection) if collection.is_auth else None


def unreadable_index() -> FieldError:
    return FieldError("validation_invalid_index_expression", "Invalid CREATE INDEX expression.")


def _own_error(
    index: Index | None, names: set[str], known: list[Index], elsewhere: Mapping[str, str]
) -> FieldError | None:
    if index is None:
        return unreadable_index()
    if error := name_length_error(index.name):
        return error
    if index.name.lower() in names:
        return FieldError("validation_duplicated_index_name", "The index name already exists.")
    table = elsewhere.get(index.name.lower())
    if table is not None:
        return FieldError(
            "validation_existing_index_name",
            f"The index name is already used in {table} collection.",
            {"usedTableName": table},
        )
    if any(index.retable("").same_definition(other) for other in known):
        return FieldError("validation_duplicated_index_definition", "The index definition already exists.")
    return None


def _system_index_error(collection: Collection, stored: Collection) -> FieldError | None:
    """Refuse to lose what keeps a system field unique; its name, order, collation and WHERE may change."""
    system_names = {field.name.lower(): field.name for field in stored.fields if field.system}
    kept = {_constraint(index) for index in collection.parsed_indexes}
    for index in stored.parsed_indexes:
        name = next(
            (system_names[c.name.lower()] for c in index.columns if c.name.lower() in system_names), ""
        )
        if index.unique and name and _constraint(index) not in kept:
            return FieldError(
                "validation_invalid_unique_system_field_index",
                f"Unique index definition on system fields ({name}) is invalid or missing.",
                {"fieldName": name},
            )
    return None


def _constraint(index: Index) -> Index:
    columns = tuple(IndexColumn(column.name) for column in index.columns)
    return replace(index, name="", schema="", table="", where="", columns=columns)


def _missing_index_error(collection: Collection) -> FieldError | None:
    for name in ("tokenKey", "email"):
        if collection.unique_index_of(name) is None:
            return FieldError(
                "validation_missing_required_unique_index",
                f'Missing required unique index for field "{name}".',
                {"fieldName": name},
            )
    return None
