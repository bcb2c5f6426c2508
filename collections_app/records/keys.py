"""The keys that set fields: their names, and modifiers such as `tags+`, `tags-` and `slug:autogenerate`.

Bodies of requests use them, and `Record.set`. Reference: contract/records.md 6.
"""

from collections.abc import Mapping
from typing import Any

from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.fields.abilities import Modifiable, Modify, SetOnWrite
from collections_app.fields.base import Field


@derived
def keys_of(collection: Collection) -> Mapping[str, tuple[str, Modify]]:
    """By key: its field's name, and what makes the new value of the current one and a raw input."""
    keys: dict[str, tuple[str, Modify]] = {}
    for field in collection.fields:
        if isinstance(field, Modifiable):
            keys |= {key: (field.name, modify) for key, modify in field.modifiers.items()}
    # A plain name means the value itself, whatever the field holds now.
    for field in collection.fields:
        keys[field.name] = (field.name, _keep if isinstance(field, SetOnWrite) else _setter(field))
    return keys


def _keep(current: Any, raw: Any) -> Any:
    """What a body says about a field that is set on every write: nothing."""
    return current


def _setter(field: Field) -> Modify:
    return lambda current, raw: field.clean(raw)
