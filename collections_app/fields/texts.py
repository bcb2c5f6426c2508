"""What the types whose values are plain text share: how a column is read, and the values' model field."""

from typing import Any

from collections_app.fields.casting import format_short, to_string


def text_from_db(stored: Any) -> str:
    """A stored text; NULL is the empty text, other types are shown as the reference's driver shows them."""
    if type(stored) is str:
        return stored
    if isinstance(stored, float):
        return format_short(stored)
    if isinstance(stored, bytes | memoryview):
        return bytes(stored).decode(errors="replace")
    return to_string(stored)
