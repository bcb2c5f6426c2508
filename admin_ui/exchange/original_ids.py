"""Imported definitions of what is here under other ids: found by name, and given the ids from here.

Reference: ui/src/settings/sync/pageImportCollections.js (replaceIds), PocketBase v0.39.11.
"""

import re
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from collections_app.catalog import Catalog
from collections_app.collection import Collection

Json = dict[str, Any]

_INDEX_HEAD = re.compile(r"^\s*create\s+(?:unique\s+)?index\s+(?:if\s+not\s+exists\s+)?\S+", re.IGNORECASE)


def names_with_other_ids(items: Sequence[Json], catalog: Catalog) -> list[str]:
    """The names of imported collections that are here under another id, or have fields that are."""
    return [str(item.get("name")) for item in items if _has_other_ids(item, _here(item, catalog))]


def with_original_ids(items: Sequence[Json], catalog: Catalog) -> list[Json]:
    """Copies of the definitions with the ids from here: of collections and fields, in relations and names of
    indexes, too."""
    replaced = deepcopy(list(items))
    ids: dict[str, str] = {}
    for item in replaced:
        here = _here(item, catalog)
        if here is None:
            continue
        _take_field_ids(item, here)
        old = str(item.get("id") or "")
        item["id"] = here.id
        if old and old != here.id:
            ids[old] = here.id
            item["indexes"] = [_renamed(text, old, here.id) for text in _list(item, "indexes")]
    for item in replaced:
        for field in _fields(item):
            if field.get("collectionId") in ids:
                field["collectionId"] = ids[field["collectionId"]]
    return replaced


def _here(item: Json, catalog: Catalog) -> Collection | None:
    """The stored one of its name, or else of its id."""
    name = str(item.get("name") or "")
    return (catalog.find(name) if name else None) or catalog.by_id(str(item.get("id") or ""))


def _has_other_ids(item: Json, here: Collection | None) -> bool:
    if here is None:
        return False
    if item.get("id") and item["id"] != here.id:
        return True
    stored = {field.id for field in here.fields}
    by_name = {field.name for field in here.fields}
    return any(
        field.get("id") and field["id"] not in stored and field.get("name") in by_name
        for field in _fields(item)
    )


def _take_field_ids(item: Json, here: Collection) -> None:
    stored = {field.id for field in here.fields}
    by_name = {field.name: field.id for field in here.fields}
    for field in _fields(item):
        # One that has an id from here is that one, under a new name.
        if field.get("id") not in stored and field.get("name") in by_name:
            field["id"] = by_name[field["name"]]


def _fields(item: Json) -> list[Json]:
    return [field for field in _list(item, "fields") if isinstance(field, dict)]


def _list(item: Json, key: str) -> list[Any]:
    found = item.get(key)
    return found if isinstance(found, list) else []


def _renamed(text: Any, old: str, new: str) -> Any:
    """An index whose name has the id in it, as the default ones have."""
    if not isinstance(text, str):
        return text
    return _INDEX_HEAD.sub(lambda head: head[0].replace(old, new), text, count=1)
