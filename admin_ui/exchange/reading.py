"""The JSON that somebody pastes or loads to be imported: a list of definitions, or where it is none."""

import json
from typing import Any

from django.utils.translation import gettext

from platform_app.wire.json_decoding import MalformedJson, decode_json

Json = dict[str, Any]

# Far more than a thousand collections have; it is compared, and comes back with the page.
MOST_CHARACTERS = 4_000_000


class Unreadable(Exception):
    """The text is nothing that could be imported; the message says where and why."""


def read_definitions(text: str) -> list[Json]:
    """The definitions of a text as the API would read them. Raises Unreadable."""
    if not text.strip():
        raise Unreadable(gettext("There is nothing to import yet: paste JSON, or choose a file."))
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(gettext("This is too long to be definitions of collections."))
    items = _decoded(text)
    if not isinstance(items, list):
        raise Unreadable(gettext("Expected a list of collections, beginning with [."))
    if not items:
        raise Unreadable(gettext("The list has no collections."))
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise Unreadable(gettext("Entry {number} is no object.").format(number=number))
        if not (item.get("name") or item.get("id")):
            raise Unreadable(gettext("Entry {number} has no name.").format(number=number))
    return items


def _decoded(text: str) -> Any:
    try:
        return decode_json(text.encode("utf-8", errors="replace"), whole=True, keeps_integers=True)
    except MalformedJson as error:
        raise Unreadable(_where(text)) from error


def _where(text: str) -> str:
    """Where it stops being JSON, which the quicker decoder does not say."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        said = gettext("This is no JSON: {problem} in line {line}, column {column}.")
        return said.format(problem=error.msg, line=error.lineno, column=error.colno)
    except (ValueError, RecursionError):
        pass  # what only that one accepts has no place
    return gettext("This is no JSON that the API would read.")
