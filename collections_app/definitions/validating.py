"""What is wrong with a collection: every code and message of contract/collections.md 4.

Reference: core/collection_validate.go, PocketBase v0.39.11.
"""

import re
from dataclasses import replace
from typing import Any

from django.db import connection

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.definitions.checks import Errors, present, rule_error, system_rule_error, text_error
from collections_app.definitions.validating_auth import auth_option_errors
from collections_app.definitions.validating_fields import field_errors
from collections_app.definitions.validating_indexes import index_errors
from collections_app.definitions.view_fields import NoIdColumn, sample_view, view_fields
from collections_app.fields.options import match_error
from collections_app.tables import tables_sql
from collections_app.tables.identifiers import name_length_error
from collections_app.tables.view_query import InvalidViewQuery
from platform_app.wire.errors import FieldError, required

_WORD = re.compile(r"[A-Za-z0-9_]+")
_MAX_ID_BYTES = 100
_MAX_NAME_BYTES = 255
_MAX_REASON_BYTES = 500
_RULES = ("list_rule", "view_rule", "create_rule", "update_rule", "delete_rule")
_WRITE_RULES = ("create_rule", "update_rule", "delete_rule")


def definition_errors(collection: Collection, stored: Collection | None, catalog: Catalog) -> Errors:
    """The errors by option, outside spelling; empty when the definition is fine.

    `stored` is the definition that it replaces, None for a new collection; `catalog` what the database holds.
    """
    judged = replace(collection, fields=_derived_fields(collection, catalog))
    errors = present(
        {
            "id": _id_error(judged, stored, catalog),
            "system": _system_error(judged, stored),
            "type": _type_error(judged, stored),
            "name": _name_error(judged, stored, catalog),
            "fields": field_errors(judged, stored, catalog),
            **{_outside(name): _rule_error(name, judged, stored, catalog) for name in _RULES},
            "indexes": index_errors(judged, stored, index_tables()),
        }
    )
    if judged.is_auth:
        errors |= auth_option_errors(judged, stored, catalog)
    elif judged.is_view:
        errors |= present({"viewQuery": _view_query_error(judged.view_query, catalog)})
    return errors


def index_tables() -> dict[str, str]:
    """The table of every index in the database, by the index's lower-case name."""
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(tables_sql.SQLITE_INDEX_TABLES if is_sqlite else tables_sql.POSTGRESQL_INDEX_TABLES)
        return dict(cursor.fetchall())


def _outside(name: str) -> str:
    return name.replace("_rule", "Rule")


def _derived_fields(collection: Collection, catalog: Catalog) -> tuple[Any, ...]:
    if not collection.is_view:
        return collection.fields
    try:
        return view_fields(collection.view_query, catalog)
    except NoIdColumn as error:
        return error.fields
    except InvalidViewQuery:
        return ()


def _id_error(collection: Collection, stored: Collection | None, catalog: Catalog) -> FieldError | None:
    own_id = collection.id
    if stored is not None:
        return (
            None if own_id == stored.id else FieldError("validation_values_mismatch", "Values don't match.")
        )
    error = text_error(own_id, _MAX_ID_BYTES)
    if error is not None:
        return error
    if not _WORD.fullmatch(own_id):
        return match_error()
    if catalog.by_id(own_id) is not None:
        return FieldError("validation_invalid_or_existing_id", "The model id is invalid or already exists.")
    return None


def _system_error(collection: Collection, stored: Collection | None) -> FieldError | None:
    if stored is None or collection.system == stored.system:
        return None
    return FieldError(
        "validation_collection_system_flag_change", "System collection state cannot be changed."
    )


def _type_error(collection: Collection, stored: Collection | None) -> FieldError | None:
    if not collection.type:
        return required()
    if collection.type not in ("base", "auth", "view"):
        return FieldError("validation_in_invalid", "Must be a valid value.")
    if stored is None or collection.type == stored.type:
        return None
    return FieldError("validation_collection_type_change", "Collection type cannot be changed.")


def _name_error(collection: Collection, stored: Collection | None, catalog: Catalog) -> FieldError | None:
    name = collection.name
    error = text_error(name, _MAX_NAME_BYTES) or name_length_error(name)
    if error is not None:
        return error
    if "_via_" in name.lower():
        return FieldError("validation_found_via", 'The value cannot contain "_via_".')
    if not _WORD.fullmatch(name):
        return match_error()
    if stored is not None and stored.system and name != stored.name:
        return FieldError(
            "validation_collection_system_name_change", "System collection name cannot be changed."
        )
    return _taken_name_error(collection, stored, catalog)


def _taken_name_error(
    collection: Collection, stored: Collection | None, catalog: Catalog
) -> FieldError | None:
    name = collection.name
    own_id = stored.id if stored else None
    namesakes = [other for other in catalog.collections if other.name.lower() == name.lower()]
    if any(other.id != own_id for other in namesakes):
        return FieldError(
            "validation_collection_name_exists", "Collection name must be unique (case insensitive)."
        )
    if catalog.by_id(name) is not None:
        return FieldError(
            "validation_collection_name_id_duplicate", "The name must not match an existing collection id."
        )
    is_new_name = stored is None or stored.name != name
    if is_new_name and not namesakes and _has_table(name):
        return FieldError(
            "validation_collection_name_invalid", "The name shouldn't match with an existing internal table."
        )
    return None


def _has_table(name: str) -> bool:
    tables = connection.introspection.table_names(include_views=True)
    return any(table.lower() == name.lower() for table in tables)


def _rule_error(
    name: str, collection: Collection, stored: Collection | None, catalog: Catalog
) -> FieldError | None:
    rule: str | None = getattr(collection, name)
    if collection.is_view and name in _WRITE_RULES and rule is not None:
        return FieldError("validation_nil", "Must be blank.")
    return rule_error(rule, collection, catalog) or system_rule_error(
        rule, getattr(stored, name, None), stored
    )


def _view_query_error(query: str, catalog: Catalog) -> FieldError | None:
    if not query:
        return required()
    try:
        sample_view(query, catalog)
    except InvalidViewQuery as error:
        reason = str(error).encode()[:_MAX_REASON_BYTES].decode(errors="replace")
        return FieldError("validation_invalid_view_query", f"Invalid query - {reason}")
    return None
