"""Checks that several options of a collection share; each returns an error or None.

Reference: contract/collections.md 4; ozzo-validation 4.
"""

from collections.abc import Mapping
from typing import Any

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.fields.options import length_error, range_error
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.resolving import check_rule
from platform_app.database.rows import vendor
from platform_app.wire.errors import ErrorTree, FieldError, required
from platform_app.wire.nul_characters import NUL, REFUSED

# Where the reference sets no limit, the one of its integers is left.
MAX_INTEGER = 2**63 - 1

Errors = dict[str, "FieldError | ErrorTree"]


def present(errors: Mapping[str, "FieldError | ErrorTree | None"]) -> Errors:
    """The errors that are there; an empty tree is none."""
    return {key: error for key, error in errors.items() if error}


def text_error(value: str, maximum: int, minimum: int = 1) -> FieldError | None:
    """Refuse an empty text and one of too few or too many bytes."""
    if not value:
        return required()
    if minimum <= len(value.encode()) <= maximum:
        return None
    if minimum == 1:
        return length_error(value, maximum)
    return FieldError(
        "validation_length_out_of_range",
        f"The length must be between {minimum} and {maximum}.",
        {"min": minimum, "max": maximum},
    )


def number_error(value: int, minimum: int, maximum: int = MAX_INTEGER) -> FieldError | None:
    return range_error(value, minimum, maximum) if value else required()


def rule_error(rule: str | None, collection: Collection, catalog: Catalog) -> FieldError | None:
    """Refuse a rule that does not compile against the new definition.

    Under a name that it loses the collection is still known as it is stored.
    """
    if not rule:
        return None
    if NUL in rule and vendor() != "sqlite":
        return FieldError("validation_invalid_rule", f"Invalid rule. Raw error: {REFUSED.message}")
    try:
        check_rule(collection, rule, Catalog((*catalog.collections, collection)))
    except FilterError as error:
        return FieldError("validation_invalid_rule", f"Invalid rule. Raw error: {error}")
    return None


def system_rule_error(new: Any, old: Any, stored: Collection | None) -> FieldError | None:
    """Refuse another rule for a stored system collection."""
    if stored is None or not stored.system or new == old:
        return None
    return FieldError(
        "validation_collection_system_rule_change", "System collection API rule cannot be changed."
    )
