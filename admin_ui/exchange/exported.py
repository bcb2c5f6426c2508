"""Definitions of collections as they travel to another installation (contract/dashboard.md EX-01).

Reference: ui/src/settings/sync/pageExportCollections.js, PocketBase v0.39.11.
"""

from collections.abc import Collection as Ids
from typing import Any

from admin_ui.pretty_json import pretty_json
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.definitions.definition_json import definition_as_json

Json = dict[str, Any]

FILE_NAME = "pb_schema.json"
_TYPES = ("auth", "base", "view")


def listed_collections() -> list[Collection]:
    """All of them: by type, those of the system last."""
    return sorted(
        catalog().collections, key=lambda one: (one.system, _TYPES.index(one.type), one.name.lower())
    )


def exported(ids: Ids[str]) -> str:
    """The definitions of these as JSON, for people to read, too.

    Timestamps and what signs in to providers stay here.
    """
    return as_text([_exported(one) for one in listed_collections() if one.id in ids])


def as_text(definitions: list[Any]) -> str:
    # Numbers are written as the API writes them.
    return pretty_json(definitions)


def _exported(collection: Collection) -> Json:
    definition = definition_as_json(collection)
    del definition["created"], definition["updated"]
    if "oauth2" in definition:
        oauth2 = definition["oauth2"]
        definition["oauth2"] = {key: value for key, value in oauth2.items() if key != "providers"}
    return definition
