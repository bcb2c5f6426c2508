"""What every save does to a definition first: ids, default fields, forced flags, index tables.

Reference: contract/collections.md 2.4, 2.5 and 3; core/collection_model.go, PocketBase v0.39.11.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from collections_app.collection import Collection
from collections_app.definitions.scaffolds import auth_fields, auth_indexes, collection_id, id_field
from collections_app.fields.base import Field
from collections_app.fields.field_list import merged_fields
from collections_app.fields.text_field import DEFAULT_ID_PATTERN
from collections_app.system_names import SUPERUSERS
from collections_app.tables.indexes import index_text_for, parse_index
from platform_app.database.dates import now

_MOST_TRIES = 1000
_FORCED: dict[str, dict[str, bool]] = {
    "id": {"system": True, "required": True, "primary_key": True, "hidden": False},
    "password": {"system": True, "hidden": True, "required": True},
    "tokenKey": {"system": True, "hidden": True, "required": True},
    "email": {"system": True, "hidden": False},
    "emailVisibility": {"system": True},
    "verified": {"system": True},
}


def normalized(
    collection: Collection, *, is_new: bool, is_taken: Callable[[str], bool], generated_id: str = ""
) -> Collection:
    """The definition as it is going to be judged and stored.

    `generated_id` is the id that the collection got without being asked for one; it follows the name.
    `is_taken` tells whether another collection has an id.
    """
    moment = now()
    own_id = collection.id
    if is_new and not own_id:
        own_id = generated_id = collection_id(collection.type or "base", collection.name)
    result = replace(
        collection,
        id=own_id,
        type=collection.type or "base",
        created=moment if is_new else collection.created,
        updated=moment,
        fields=merged_fields(collection.fields),
    )
    result = _with_default_fields(result)
    if result.is_auth:
        result = replace(result, options=_without_missing_mapped_fields(result))
    if is_new and own_id == generated_id:
        result = _with_generated_id(result, is_taken)
    return replace(result, indexes=tuple(index_text_for(text, result.name) for text in result.indexes))


def forced_for_superusers(collection: Collection) -> Collection:
    """What `_superusers` may not be, whoever asks: renamed, signed in to by OAuth2 or by a code alone."""
    if collection.name != SUPERUSERS or not collection.is_auth:
        return collection
    options = dict(collection.options)
    options["oauth2"] = {**options["oauth2"], "enabled": False, "providers": None}
    options["passwordAuth"] = {**options["passwordAuth"], "enabled": True}
    if options["otp"]["enabled"]:
        options["mfa"] = {**options["mfa"], "enabled": True}
    return replace(collection, options=options)


def _with_default_fields(collection: Collection) -> Collection:
    if collection.type not in ("base", "auth"):
        return collection
    fields = _with_field(collection.fields, id_field(), at_front=True)
    if not collection.is_auth:
        return replace(collection, fields=fields)
    for default in auth_fields():
        fields = _with_field(fields, default)
    return replace(collection, fields=fields, indexes=(*collection.indexes, *_missing_indexes(collection)))


def _with_field(fields: tuple[Field, ...], default: Field, *, at_front: bool = False) -> tuple[Field, ...]:
    """`fields` with the default one, or with the flags forced on the one that has its name and type."""
    found = next((field for field in fields if field.name == default.name), None)
    if found is None or found.type != default.type:
        # Without an id, it takes the place and the id of a namesake of another type.
        added = replace(default, id="")
        return merged_fields((added, *fields) if at_front else (*fields, added))
    flags: dict[str, Any] = dict(_FORCED[default.name])
    if default.name == "id" and not getattr(found, "pattern", ""):
        flags["pattern"] = DEFAULT_ID_PATTERN
    return tuple(replace(field, **flags) if field is found else field for field in fields)


def _missing_indexes(collection: Collection) -> Iterator[str]:
    for name, text in zip(("tokenKey", "email"), auth_indexes(collection.id, collection.name), strict=True):
        if collection.unique_index_of(name) is None:
            yield text


def _without_missing_mapped_fields(collection: Collection) -> dict[str, Any]:
    names = {field.name for field in collection.fields}
    oauth2 = collection.options["oauth2"]
    mapped = {key: name if name in names else "" for key, name in oauth2["mappedFields"].items()}
    return {**collection.options, "oauth2": {**oauth2, "mappedFields": mapped}}


def _with_generated_id(collection: Collection, is_taken: Callable[[str], bool]) -> Collection:
    base = collection_id(collection.type, collection.name)
    new_id = base
    for number in range(2, _MOST_TRIES):
        if not is_taken(new_id):
            break
        new_id = f"{base}{number}"
    if new_id == collection.id:
        return collection
    indexes = tuple(_renamed_index(text, collection.id, new_id) for text in collection.indexes)
    return replace(collection, id=new_id, indexes=indexes)


def _renamed_index(text: str, old_id: str, new_id: str) -> str:
    index = parse_index(text)
    if index is None or old_id not in index.name:
        return text
    return replace(index, name=index.name.replace(old_id, new_id)).sql()
