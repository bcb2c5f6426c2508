"""`{:name}` in a filter: a place for a value, which is written there so that it can mean nothing else.

Reference: tools/search/filter.go, PocketBase v0.39.11. All places are found before any is filled: what a
value holds is never one itself.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from collections_app.fields.python_values import Unfit, as_json, as_text, is_record, simplified
from collections_app.filterlang.errors import FilterError
from platform_app.wire.casting import format_plain
from platform_app.wire.json_encoding import encode

_PLACE = re.compile(r"\{:(\w+)\}", re.ASCII)
_TO_ESCAPE = re.compile(r'[\\"]')


def filled(text: str, params: Mapping[str, Any]) -> str:
    r"""`text` with the values in their places. Raises FilterError for a place without one.

    >>> filled("title = {:title} && views > {:least}", {"title": 'a "b" \\', "least": 5})
    'title = "a \\"b\\" \\\\" && views > 5'
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in params:
            raise FilterError(f"no value is given for {found[0]}")
        return _literal(params[found[1]])

    return _PLACE.sub(value, text)


def _literal(value: Any) -> str:
    value = simplified(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return format_plain(float(value))
    return '"' + _TO_ESCAPE.sub(r"\\\g<0>", _text(value)) + '"'


def _text(value: Any) -> str:
    """A text as it is, the id of a record, a moment in its stored form, anything else as JSON."""
    if is_record(value):
        return str(value.id)
    try:
        return as_text(value)
    except Unfit:
        return encode(as_json(value)).decode()
