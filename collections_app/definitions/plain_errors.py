"""Validation errors as plain texts, where the reference puts them inside another message."""

from collections.abc import Mapping
from typing import Any

from platform_app.wire.errors import ErrorTree, FieldError

# Codes whose sentences the reference keeps in lower case and without a full stop until they are answered.
_PLAIN_CODES = frozenset(
    {
        "validation_empty",
        "validation_in_invalid",
        "validation_invalid_autogenerate_pattern",
        "validation_invalid_regex",
        "validation_is_domain",
        "validation_is_url",
        "validation_length_out_of_range",
        "validation_match_invalid",
        "validation_max_less_equal_than_required",
        "validation_min_greater_equal_than_required",
        "validation_nil",
        "validation_nil_or_not_empty_required",
        "validation_not_in_invalid",
        "validation_required",
    }
)
# Codes whose sentences only get their full stop when they are answered.
_OPEN_CODES = frozenset(
    {
        "validation_invalid_autogenerate_pattern_value",
        "validation_min_number_constraint",
        "validation_only_int_constraint",
    }
)


def plain_messages(errors: ErrorTree) -> Mapping[str, Any]:
    """The messages in the same tree, keys sorted."""
    return {
        key: plain_message(error) if isinstance(error, FieldError) else plain_messages(error)
        for key, error in sorted(errors.items())
    }


def plain_message(error: FieldError) -> str:
    if error.code in _PLAIN_CODES:
        return error.message[:1].lower() + error.message[1:].removesuffix(".")
    return error.message.removesuffix(".") if error.code in _OPEN_CODES else error.message


def plain_line(errors: ErrorTree) -> str:
    """The messages in one line: `name: cannot be blank; options: (0: must be ...).`"""
    texts = (
        f"{key}: {plain_message(error) if isinstance(error, FieldError) else f'({plain_line(error)})'}"
        for key, error in sorted(errors.items())
    )
    return "; ".join(texts) + "."
