"""Blank collections per type: what the dashboard starts from, and what a new definition is laid over."""

from typing import Any

from collections_app.collection import Collection
from collections_app.definitions.definition_json import definition_as_json
from collections_app.definitions.scaffolds import (
    auth_fields,
    auth_indexes,
    auth_options,
    collection_id,
    id_field,
)
from platform_app.database.ids import LOWER_ALPHANUMERIC, random_text

_SUFFIX_LENGTH = 10


def blank_collection(kind: str, name: str, own_id: str = "") -> Collection:
    """A new collection with the defaults of its type; an unknown type gets those of `base`.

    Without an id it has the generated one, which also names its indexes.
    """
    if kind == "auth":
        own_id = own_id or collection_id("auth", name)
        return Collection(
            id=own_id,
            name=name,
            type="auth",
            fields=(id_field(), *auth_fields()),
            indexes=auth_indexes(own_id, name),
            options=auth_options(),
        )
    if kind == "view":
        return Collection(
            id=own_id or collection_id("view", name), name=name, type="view", options={"viewQuery": ""}
        )
    return Collection(id=own_id or collection_id("base", name), name=name, fields=(id_field(),))


def scaffolds() -> dict[str, Any]:
    """A blank collection per type, as JSON without id and name."""
    suffix = random_text(_SUFFIX_LENGTH, LOWER_ALPHANUMERIC)
    return {
        kind: {**definition_as_json(blank_collection(kind, "", suffix)), "id": ""}
        for kind in ("auth", "base", "view")
    }
