"""What is logged of an error that was answered: its sentence, and what lies behind it.

The texts of rejected values are those of the reference, which logs them before it makes sentences of them.
Reference: apis/middlewares.go, PocketBase v0.39.11; contract/system.md 5 and 18.
"""

from typing import Any

from platform_app.requests.answers import leaf_json
from platform_app.wire.errors import ApiError, BatchRequestFailed, ErrorTree, FieldError, sentenize
from system_app.logs.attributes import reason_text, trace_text

_CRASH = 500
# The codes of the reference's validation library, whose texts begin small and have no full stop.
_PLAIN = frozenset(
    {
        "validation_date_invalid",
        "validation_date_out_of_range",
        "validation_in_invalid",
        "validation_invlaid_ip_or_subnet",
        "validation_length_invalid",
        "validation_length_out_of_range",
        "validation_length_too_long",
        "validation_length_too_short",
        "validation_match_invalid",
        "validation_max_less_equal_than_required",
        "validation_min_greater_equal_than_required",
        "validation_nil",
        "validation_nil_or_not_empty_required",
        "validation_not_in_invalid",
        "validation_not_nil_required",
        "validation_required",
    }
)


def message_of(error: ApiError) -> str:
    return sentenize(error.message)


def details_of(error: ApiError) -> Any:
    """A JSON value: the rejected values, or the cause, or None where the answer says it all.

    Of a crash it is the traceback.
    """
    if error.data:
        return _texts(error.data)
    cause = error.__cause__
    if cause is None:
        return None
    return trace_text(cause) if error.status == _CRASH else reason_text(cause, said=error.message)


def _texts(tree: ErrorTree) -> dict[str, Any]:
    return {
        key: _text(node) if isinstance(node, FieldError) else _texts(node)
        for key, node in sorted(tree.items())
    }


def _text(error: FieldError) -> Any:
    if isinstance(error, BatchRequestFailed):
        return leaf_json(error)
    if error.code in _PLAIN or error.code.startswith("validation_is_"):
        return f"{error.message[:1].lower()}{error.message[1:].removesuffix('.')}"
    return error.message
