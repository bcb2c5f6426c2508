"""The field types by name: every class that a `*_field.py` file of this folder registers."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from collections_app.fields.base import Field
from collections_app.fields.options import MalformedOptions

FieldClass = TypeVar("FieldClass", bound=type[Field])

_types: dict[str, type[Field]] = {}


def register(cls: FieldClass) -> FieldClass:
    """Class decorator: make a field type known. A second type of the same name stops start-up."""
    if cls.type in _types:
        raise RuntimeError(f"field type {cls.type!r} is registered twice")
    _types[cls.type] = cls
    return cls


def field_types() -> dict[str, type[Field]]:
    """All registered types by name."""
    _import_all()
    return _types


@cache
def _import_all() -> None:
    # Some modules may be imported already, by whoever needed just one type.
    for path in sorted(Path(__file__).parent.glob("*_field.py")):
        import_module(f"collections_app.fields.{path.stem}")


def field_from_json(data: Mapping[str, Any]) -> Field:
    """The field that a stored or submitted definition describes.

    Raises MalformedOptions for an unknown `type` or a member of the wrong JSON type.
    """
    kind = data.get("type")
    cls = field_types().get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise MalformedOptions(f"missing or unknown field type {kind!r}")
    return cls.from_json(data)
