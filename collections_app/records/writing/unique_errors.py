"""What a unique index says, told as errors of the fields it covers (contract/records.md 4.2)."""

import re

from django.db import IntegrityError

from collections_app.collection import Collection
from platform_app.wire.errors import FieldError, Invalid

_SQLITE = re.compile(r"UNIQUE constraint failed: (.+)", re.DOTALL)


def as_invalid(error: IntegrityError, collection: Collection) -> Invalid | None:
    """Invalid with an error per covered field; None when the index covers no field of the collection."""
    columns = _columns(error, collection)
    names = {field.name.lower(): field.name for field in collection.fields}
    fields = [names[column.lower()] for column in columns if column.lower() in names]
    if not fields:
        return None
    return Invalid({name: FieldError("validation_not_unique", "Value must be unique.") for name in fields})


def _columns(error: IntegrityError, collection: Collection) -> list[str]:
    cause = error.__cause__
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if constraint is not None:
        return _columns_of_constraint(constraint, collection)
    match = _SQLITE.search(str(error))
    if match is None:
        return []
    table = collection.name.lower() + "."
    parts = (part.strip() for part in match[1].split(","))
    return [part[len(table) :] for part in parts if part.lower().startswith(table)]


def _columns_of_constraint(constraint: str, collection: Collection) -> list[str]:
    """The columns of a PostgreSQL index by its name; the primary key's name ends with `_pkey`."""
    for index in collection.parsed_indexes:
        if index.name.lower() == constraint.lower():
            return [column.name for column in index.columns if not column.is_expression]
    return ["id"] if constraint.endswith("_pkey") else []
