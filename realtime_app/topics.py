"""Topics: what a client subscribes to, as text with options.

Reference: contract/realtime.md 4; tools/subscriptions/client.go, PocketBase v0.39.11.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platform_app.wire.casting import to_string
from platform_app.wire.form_values import first_values, read_pairs
from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.spelling import snake_case
from platform_app.wire.struct_decoding import Members

_OPTIONS = Members({"query": "query", "headers": "headers"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class Topic:
    """One subscription: `text` is what the client sent, and the name of the events that it gets.

    `base` is what stands before the options, `query` and `headers` are what rules read as a request's.
    """

    text: str
    base: str
    query: Mapping[str, str]
    headers: Mapping[str, str]

    @classmethod
    def read(cls, text: str) -> "Topic":
        """Any text is a topic; options that cannot be read are none."""
        base, has_query, _ = text.partition("?")
        options = _options(text) if has_query else {}
        return cls(
            text,
            base,
            {key: to_string(value) for key, value in options.get("query", {}).items()},
            {snake_case(key): to_string(value) for key, value in options.get("headers", {}).items()},
        )


def _options(text: str) -> dict[str, dict[str, Any]]:
    raw = first_values(read_pairs(_query(text))).get("options")
    if not raw:
        return {}
    try:
        value = decode_json(raw.encode("utf-8", "replace"), whole=True)
    except MalformedJson:
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: member for name, member in _OPTIONS.of(value) if isinstance(member, dict)}


def _query(text: str) -> str:
    """The query of a topic read as a URL, empty for one that Go cannot read.

    What stands after `//` may be any host here: such a topic is of no collection.
    """
    address, _, fragment = text.partition("#")
    path, _, query = address.partition("?")
    if _CONTROL.search(address) or _BROKEN_ESCAPE.search(fragment):
        return ""
    if scheme := _SCHEME.match(path):
        path = path[scheme.end() :]
        is_readable = not path.startswith("/") or not _BROKEN_ESCAPE.search(path)
    else:
        is_readable = not _BROKEN_ESCAPE.search(path) and ":" not in path.partition("/")[0]
    return query if is_readable else ""
