"""Single facts of a provider's description of somebody, by their JSON paths; other types are refused.

A missing member and null are the fact's zero value. Paths are names and list positions: `images.0.url`.
"""

from typing import Any

from auth_app.providers.user import UserRefused
from platform_app.wire.struct_decoding import INT64


def find(raw: Any, path: str) -> Any:
    """What stands at `path`; None when nothing does.

    >>> find({"images": [{"url": "a"}]}, "images.0.url"), find({"images": []}, "images.0.url")
    ('a', None)
    """
    value = raw
    for step in path.split("."):
        if isinstance(value, dict) and not step.isdigit():
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        elif value is not None:
            raise UserRefused(f"{path}: {_kind(value)} is in the way")
    return value


def text(raw: Any, path: str) -> str:
    value = find(raw, path)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise UserRefused(f"{path}: expected a text, got {_kind(value)}")


def truth(raw: Any, path: str) -> bool:
    value = find(raw, path)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise UserRefused(f"{path}: expected true or false, got {_kind(value)}")


def number_text(raw: Any, path: str) -> str:
    """A whole number as text; 0, which nobody's id is, as ""."""
    value = find(raw, path)
    if not value and not isinstance(value, str | list | dict | bool):
        return ""
    if type(value) is int and value in INT64:
        return str(value)
    raise UserRefused(f"{path}: expected a whole number, got {_kind(value)}")


def items(raw: Any, path: str = "") -> list[Any]:
    """The items of a list, at `path` or of `raw` itself."""
    value = find(raw, path) if path else raw
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise UserRefused(f"{path or 'the answer'}: expected a list, got {_kind(value)}")


def _kind(value: Any) -> str:
    names = {bool: "true or false", str: "a text", dict: "an object", list: "a list"}
    return names.get(type(value), "a number")
