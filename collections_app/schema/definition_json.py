"""Definitions of collections as JSON: merged from what a client sends, written as answers show them.

Sent members are laid over a definition the way Go decodes JSON over a struct: only sent keys change, nested
objects are merged, items of a list are decoded over the ones in the same place, names match in any case.
Reference: contract/collections.md 2.1, 2.2 and 3; core/collection_model.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from collections_app.collection import Collection, CollectionType
from collections_app.fields.base import Field, MalformedOptions
from collections_app.fields.datetimes import parse_datetime
from collections_app.fields.field_list import merged_fields
from collections_app.fields.registry import field_from_json, field_types
from collections_app.json_encoding import encode

Json = dict[str, Any]

# --- shapes -------------------------------------------------------------------------------------------

NULLABLE_TEXT = "text or null"
NULLABLE_FLAG = "flag or null"
TEXTS = "list of texts or null"
ANY_OBJECT = "object or null"

# A type, one of the words above, an object (its members in the order in which they are written),
# or a list with the shape of its items.
Shape = Any

_MAIL: Shape = {"subject": str, "body": str}
_TOKEN: Shape = {"secret": str, "duration": int}
_PROVIDER: Shape = {
    "pkce": NULLABLE_FLAG,
    "name": str,
    "clientId": str,
    "clientSecret": str,
    "authURL": str,
    "tokenURL": str,
    "userInfoURL": str,
    "displayName": str,
    "extra": ANY_OBJECT,
}
AUTH_SHAPE: Shape = {
    "authRule": NULLABLE_TEXT,
    "manageRule": NULLABLE_TEXT,
    "authAlert": {"enabled": bool, "emailTemplate": _MAIL},
    "oauth2": {
        "providers": [_PROVIDER],
        "mappedFields": {"id": str, "name": str, "username": str, "avatarURL": str},
        "enabled": bool,
    },
    "passwordAuth": {"enabled": bool, "identityFields": TEXTS},
    "mfa": {"enabled": bool, "duration": int, "rule": str},
    "otp": {"enabled": bool, "duration": int, "length": int, "emailTemplate": _MAIL},
    "authToken": _TOKEN,
    "passwordResetToken": _TOKEN,
    "emailChangeToken": _TOKEN,
    "verificationToken": _TOKEN,
    "fileToken": _TOKEN,
    "verificationTemplate": _MAIL,
    "resetPasswordTemplate": _MAIL,
    "confirmEmailChangeTemplate": _MAIL,
}
VIEW_SHAPE: Shape = {"viewQuery": str}
OPTION_SHAPES: Mapping[str, Shape] = {"auth": AUTH_SHAPE, "view": VIEW_SHAPE}
TOKEN_OPTIONS = tuple(key for key, shape in AUTH_SHAPE.items() if shape is _TOKEN)

_RULES = {
    "listRule": "list_rule",
    "viewRule": "view_rule",
    "createRule": "create_rule",
    "updateRule": "update_rule",
    "deleteRule": "delete_rule",
}
_BASE_SHAPE: Shape = {
    "id": str,
    **dict.fromkeys(_RULES, NULLABLE_TEXT),
    "name": str,
    "type": str,
    "fields": list,
    "indexes": TEXTS,
    "created": object,
    "updated": object,
    "system": bool,
}
_ALL_KEYS = {**_BASE_SHAPE, **AUTH_SHAPE, **VIEW_SHAPE}
_EXACT_KEYS = {key.casefold(): key for key in _ALL_KEYS}


class MalformedDefinition(ValueError):
    """A definition with a member of the wrong JSON type, or a field that cannot be read."""


# --- in -----------------------------------------------------------------------------------------------


def merge_definition(collection: Collection, data: Mapping[str, Any]) -> Collection:
    """`collection` with the sent members laid over it. Raises MalformedDefinition."""
    sent = {_EXACT_KEYS[key.casefold()]: raw for key, raw in data.items() if key.casefold() in _EXACT_KEYS}
    base = _base_members(collection)
    changed = {
        key: _decoded(_BASE_SHAPE[key], base.get(key), sent[key], key)
        for key in sent
        if key in _BASE_SHAPE and key not in {"fields", "created", "updated"}
    }
    kind = cast(CollectionType, changed.get("type", collection.type))
    result = replace(
        collection,
        id=changed.get("id", collection.id),
        name=changed.get("name", collection.name),
        type=kind,
        indexes=tuple(changed.get("indexes", collection.indexes) or ()),
        system=changed.get("system", collection.system),
        created=_moment(sent, "created", collection.created),
        updated=_moment(sent, "updated", collection.updated),
        options=_merged_options(collection, kind, sent),
        **{_RULES[key]: value for key, value in changed.items() if key in _RULES},
    )
    return result if sent.get("fields") is None else replace(result, fields=fields_from(sent["fields"]))


def fields_from(items: Any) -> tuple[Field, ...]:
    """The fields of a list of definitions. Raises MalformedDefinition."""
    if not isinstance(items, list):
        raise MalformedDefinition("fields: expected a list")
    fields: list[Field] = []
    for item in items:
        definition = {} if item is None else _object(item, "fields")
        kind = definition.get("type")
        if not isinstance(kind, str) or kind not in field_types():
            text = encode(dict(sorted(definition.items()))).decode()
            raise MalformedDefinition(f"missing or unknown field type in {text}")
        try:
            fields.append(field_from_json(definition))
        except MalformedOptions as error:
            raise MalformedDefinition(str(error)) from error
    return merged_fields(fields)


def complete_options(kind: str, options: Mapping[str, Any]) -> Json:
    """Stored options with every member that the type has, in the order in which they are written."""
    shape = OPTION_SHAPES.get(kind, {})
    return cast(Json, _decoded(shape, _zero(shape), {k: v for k, v in options.items() if k in shape}, ""))


def _base_members(collection: Collection) -> Json:
    return {
        "id": collection.id,
        "name": collection.name,
        "type": collection.type,
        "indexes": list(collection.indexes),
        "system": collection.system,
        **{key: getattr(collection, name) for key, name in _RULES.items()},
    }


def _merged_options(collection: Collection, kind: str, sent: Mapping[str, Any]) -> Json:
    # Members of other types are not kept, but they are read, and may be malformed.
    for shape in OPTION_SHAPES.values():
        given = {key: raw for key, raw in sent.items() if key in shape}
        _decoded(shape, _zero(shape), given, "")
    shape = OPTION_SHAPES.get(kind, {})
    current = complete_options(kind, collection.options) if collection.type == kind else _zero(shape)
    given = {key: raw for key, raw in sent.items() if key in shape}
    return cast(Json, _decoded(shape, current, given, ""))


def _moment(sent: Mapping[str, Any], key: str, current: str) -> str:
    raw = sent.get(key)
    if raw is None:
        return current
    if not isinstance(raw, str):
        raise MalformedDefinition(f"{key}: expected a date")
    return parse_datetime(raw)


def _decoded(shape: Shape, current: Any, raw: Any, path: str) -> Any:
    """`raw` laid over `current`."""
    if raw is None:
        return None if shape in (NULLABLE_TEXT, NULLABLE_FLAG, TEXTS, ANY_OBJECT) else current
    if isinstance(shape, dict):
        return _decoded_members(shape, current, _object(raw, path), path)
    if isinstance(shape, list):
        return _decoded_items(shape[0], current, raw, path)
    if shape == TEXTS:
        return _decoded_items(str, current, raw, path)
    if shape == ANY_OBJECT:
        return {**(current or {}), **_whole_numbers(_object(raw, path))}
    if shape is int:
        if type(raw) is float and raw.is_integer():
            return int(raw)
        if type(raw) is int:
            return raw
    elif type(raw) is {NULLABLE_TEXT: str, NULLABLE_FLAG: bool}.get(shape, shape):
        return raw
    raise MalformedDefinition(f"{path}: unexpected {type(raw).__name__}")


def _decoded_members(shape: Mapping[str, Shape], current: Any, raw: Json, path: str) -> Json:
    by_folded_name = {name.casefold(): name for name in shape}
    result = {name: current[name] for name in shape}
    for key, item in raw.items():
        name = key if key in shape else by_folded_name.get(key.casefold())
        if name is not None:
            result[name] = _decoded(shape[name], result[name], item, f"{path}.{name}")
    return result


def _decoded_items(shape: Shape, current: Sequence[Any] | None, raw: Any, path: str) -> list[Any]:
    if not isinstance(raw, list):
        raise MalformedDefinition(f"{path}: expected a list")
    before = list(current or ())
    return [
        _decoded(shape, before[place] if place < len(before) else _zero(shape), item, f"{path}.{place}")
        for place, item in enumerate(raw)
    ]


def _object(raw: Any, path: str) -> Json:
    if not isinstance(raw, dict):
        raise MalformedDefinition(f"{path}: expected an object")
    return raw


def _zero(shape: Shape) -> Any:
    if isinstance(shape, dict):
        return {name: _zero(member) for name, member in shape.items()}
    return shape() if shape in (str, int, bool) else None


def _whole_numbers(value: Any) -> Any:
    """`value` with the doubles of a decoded body as integers where they are whole."""
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    return int(value) if type(value) is float and value.is_integer() else value


# --- out ----------------------------------------------------------------------------------------------


def definition_as_json(collection: Collection) -> Json:
    """The collection as answers show it: without secrets."""
    return {
        "id": collection.id,
        **{key: getattr(collection, name) for key, name in _RULES.items()},
        "name": collection.name,
        "type": collection.type,
        "fields": [field.as_json() for field in collection.fields],
        "indexes": list(collection.indexes),
        "created": collection.created,
        "updated": collection.updated,
        "system": collection.system,
        **_shown_options(collection),
    }


def _shown_options(collection: Collection) -> Json:
    options = complete_options(collection.type, collection.options)
    if not collection.is_auth:
        return options
    for key in TOKEN_OPTIONS:
        options[key] = {"duration": options[key]["duration"]}
    providers = options["oauth2"]["providers"] or []
    options["oauth2"] = {
        **options["oauth2"],
        "providers": [{k: v for k, v in one.items() if k != "clientSecret"} for one in providers],
    }
    return options
