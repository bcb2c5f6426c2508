"""U+0000, which SQLite keeps in texts and PostgreSQL's texts cannot have.

On PostgreSQL a record with one is refused. A text that is only looked for gets another character in its
place: nothing that is stored equals it, so nothing is found.
"""

import re
from collections.abc import Sequence
from typing import Any

from platform_app.wire.errors import FieldError
from platform_app.wire.raw_json import RawJson

NUL = "\0"
REFUSED = FieldError("validation_invalid_format", "Must not contain NUL characters.")

_STAND_IN = "\ufffd"
# In JSON it is written in six characters, of which PostgreSQL cannot read the text that they stand for.
_ESCAPED = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def has_nul(value: Any) -> bool:
    """Whether the value of a field has one: a text, a list of texts, or a text somewhere in JSON."""
    if isinstance(value, RawJson):
        return "\\u0000" in value and _ESCAPED.search(value) is not None
    if isinstance(value, str):
        return NUL in value
    return isinstance(value, list) and any(map(has_nul, value))


def without_nul(text: str, *, is_json: bool) -> str:
    """`text` with nothing in its place, for data that comes from SQLite.

    >>> without_nul("a\\0b", is_json=False), without_nul('["a\\\\u0000b"]', is_json=True)
    ('ab', '["ab"]')
    """
    text = text.replace(NUL, "")
    return _ESCAPED.sub(r"\1", text) if is_json and "\\u0000" in text else text


def to_look_for(params: Sequence[Any]) -> list[Any]:
    """The parameters of a query as PostgreSQL takes them: texts, and lists of texts, with the stand-in."""
    return [_comparable(param) for param in params]


def _comparable(param: Any) -> Any:
    if isinstance(param, str):
        return param.replace(NUL, _STAND_IN)
    return [_comparable(item) for item in param] if isinstance(param, list) else param
