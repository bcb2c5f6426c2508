"""Migration files as text: laid out as a formatter would, the same for the same change."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_WIDTH = 110
_INDENT = "    "

_FILE = '''"""{title}"""

from django.db import migrations
{imports}

class Migration(migrations.Migration):
    dependencies = {dependencies}

    operations = {operations}
'''
_OPERATIONS = "collections_app.migration_operations"


def migration_text(title: str, dependencies: Sequence[tuple[str, str]], operations: Sequence[Any]) -> str:
    """A module with one migration. Operations are written by their `deconstruct()`."""
    names = sorted(set(_class_names(operations)))
    imports = f"\nfrom {_OPERATIONS} import {', '.join(names)}\n" if names else ""
    if len(imports) > _WIDTH:
        listed = "".join(f"{_INDENT}{name},\n" for name in names)
        imports = f"\nfrom {_OPERATIONS} import (\n{listed})\n"
    return _FILE.format(
        title=_escaped(title.replace("\\", "\\\\").replace('"', '\\"')),
        imports=imports,
        dependencies=literal(list(dependencies), depth=1, used=len("dependencies = ")),
        operations=literal(list(operations), depth=1, used=len("operations = ")),
    )


def literal(value: Any, *, depth: int = 0, used: int = 0) -> str:
    """`value` as Python source, `depth` levels in and `used` columns after that indentation.

    >>> literal({"a": [1, None, "x"]})
    '{"a": [1, None, "x"]}'
    """
    flat = _flat(value)
    # One column for the comma that follows.
    if len(flat) + len(_INDENT) * depth + used < _WIDTH and not _holds_objects(value):
        return flat
    inner = _INDENT * (depth + 1)
    outer = _INDENT * depth
    if isinstance(value, Mapping):
        lines = [
            f"{_text(key)}: {literal(item, depth=depth + 1, used=len(_text(key)) + 2)}"
            for key, item in value.items()
        ]
        return _block("{", lines, "}", inner, outer)
    if isinstance(value, list | tuple):
        opening, closing = "[]" if isinstance(value, list) else "()"
        return _block(opening, [literal(item, depth=depth + 1) for item in value], closing, inner, outer)
    if isinstance(value, str):
        parts = value.splitlines(keepends=True)
        return f"(\n{inner}{f'{chr(10)}{inner}'.join(map(_text, parts))}\n{outer})" if parts[1:] else flat
    if hasattr(value, "deconstruct"):
        name, args, kwargs = _call(value)
        lines = [literal(item, depth=depth + 1) for item in args]
        lines += [f"{k}={literal(v, depth=depth + 1, used=len(k) + 1)}" for k, v in kwargs.items()]
        return _block(f"{name}(", lines, ")", inner, outer)
    return flat


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {_flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flat, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_flat, value))}{',' if len(value) == 1 else ''})"
    if hasattr(value, "deconstruct"):
        name, args, kwargs = _call(value)
        return f"{name}({', '.join([*map(_flat, args), *(f'{k}={_flat(v)}' for k, v in kwargs.items())])})"
    return repr(value)


def _text(text: str) -> str:
    # JSON's escapes are Python's too; repr() would prefer single quotes.
    quoted = _escaped(json.dumps(text, ensure_ascii=False))
    if '"' not in text or "'" in text:
        return quoted
    return "'" + quoted[1:-1].replace('\\"', '"') + "'"


def _escaped(source: str) -> str:
    """`source` with escapes for what a reader would not see, such as letters that turn the line around."""
    return "".join(char if char.isprintable() else _escape(ord(char)) for char in source)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _holds_objects(value: Any) -> bool:
    """Whether `value` is a list of operations, which get a line each."""
    return isinstance(value, list) and any(hasattr(item, "deconstruct") for item in value)


def _call(value: Any) -> tuple[str, Sequence[Any], Mapping[str, Any]]:
    path, args, kwargs = value.deconstruct()
    return path.rpartition(".")[2], args, kwargs


def _block(opening: str, lines: Sequence[str], closing: str, inner: str, outer: str) -> str:
    return f"{opening}\n" + "".join(f"{inner}{line},\n" for line in lines) + f"{outer}{closing}"


def _class_names(value: Any) -> Iterable[str]:
    """The names of everything that is written as a call."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _class_names(item)
    elif hasattr(value, "deconstruct"):
        name, args, kwargs = _call(value)
        yield name
        yield from _class_names([*args, *kwargs.values()])
