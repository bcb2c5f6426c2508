"""Definitions of collections as JSON: merged from what a client sends, written as answers show them.

Sent members are laid over a definition the way Go decodes JSON over a struct: only sent keys change, nested
objects are merged, items of a list are decoded over the ones in the same place, names match in any case.
Reference: contract/collections.md 2.1, 2.2 and 3; core/collection_model.go, PocketBase v0.39.11.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, cast

from collections_app.collection import Collection, CollectionType
from collections_app.fields.base import Field
from collections_app.fields.field_list import merged_fields
from collections_app.fields.options import MalformedOptions
from collections_app.fields.registry import field_from_json, field_types
from platform_app.wire.json_encoding import encode, json_number
from platform_app.wire.struct_decoding import (
    Members,
    Unfit,
    read_bool,
    read_int,
    read_int64,
    read_items,
    read_moment,
    read_object,
    read_text,
)

Json = dict[str, Any]

_FIRST_WITH_EXPONENT = 1e21

# --- shapes -------------------------------------------------------------------------------------------

NULLABLE_TEXT = "text or null"
NULLABLE_FLAG = "flag or null"
ANY_OBJECT = "object or null"
SHORT_INT = "integer of the machine"
MOMENT = "moment"
FIELDS = "list of fields"

# Members with a decoder of their own: what does not fit them ends the reading, and is told before the rest.
_READ_BY_THEMSELVES = (FIELDS, MOMENT)
_NULLABLE = (NULLABLE_TEXT, NULLABLE_FLAG, ANY_OBJECT)
_SCALARS: Mapping[Any, Callable[[Any], Any]] = {
    str: read_text,
    NULLABLE_TEXT: read_text,
    MOMENT: read_moment,
    bool: read_bool,
    NULLABLE_FLAG: read_bool,
    int: read_int64,
    SHORT_INT: read_int,
}

# A type, one of the words above, Texts, an object (its members in the order in which they are written),
# or a list with the shape of its items.
Shape = Any


class Struct(dict[str, Shape]):
    """An object with these members; `name` is what the reference calls its type."""

    def __init__(self, name: str, members: Mapping[str, Shape]) -> None:
        super().__init__(members)
        self.name = name
        self.members = Members({name: (name, shape) for name, shape in members.items()})


@dataclass(frozen=True)
class Texts:
    """A list of texts or null."""

    go_type: str = "[]string"


_MAIL = Struct("EmailTemplate", {"subject": str, "body": str})
_TOKEN = Struct("TokenConfig", {"secret": str, "duration": int})
_PROVIDER = Struct(
    "OAuth2ProviderConfig",
    {
        "pkce": NULLABLE_FLAG,
        "name": str,
        "clientId": str,
        "clientSecret": str,
        "authURL": str,
        "tokenURL": str,
        "userInfoURL": str,
        "displayName": str,
        "extra": ANY_OBJECT,
    },
)
_MAPPED = Struct("OAuth2KnownFields", {"id": str, "name": str, "username": str, "avatarURL": str})
AUTH_SHAPE = Struct(
    "",
    {
        "authRule": NULLABLE_TEXT,
        "manageRule": NULLABLE_TEXT,
        "authAlert": Struct("AuthAlertConfig", {"enabled": bool, "emailTemplate": _MAIL}),
        "oauth2": Struct(
            "OAuth2Config", {"providers": [_PROVIDER], "mappedFields": _MAPPED, "enabled": bool}
        ),
        "passwordAuth": Struct("PasswordAuthConfig", {"enabled": bool, "identityFields": Texts()}),
        "mfa": Struct("MFAConfig", {"enabled": bool, "duration": int, "rule": str}),
        "otp": Struct(
            "OTPConfig", {"enabled": bool, "duration": int, "length": SHORT_INT, "emailTemplate": _MAIL}
        ),
        "authToken": _TOKEN,
        "passwordResetToken": _TOKEN,
        "emailChangeToken": _TOKEN,
        "verificationToken": _TOKEN,
        "fileToken": _TOKEN,
        "verificationTemplate": _MAIL,
        "resetPasswordTemplate": _MAIL,
        "confirmEmailChangeTemplate": _MAIL,
    },
)
VIEW_SHAPE = Struct("", {"viewQuery": str})
_NO_OPTIONS = Struct("", {})
OPTION_SHAPES: Mapping[str, Struct] = {"auth": AUTH_SHAPE, "view": VIEW_SHAPE}
TOKEN_OPTIONS = tuple(key for key, shape in AUTH_SHAPE.items() if shape is _TOKEN)

_RULES = {
    "listRule": "list_rule",
    "viewRule": "view_rule",
    "createRule": "create_rule",
    "updateRule": "update_rule",
    "deleteRule": "delete_rule",
}
BASE_SHAPE: Shape = {
    "id": str,
    **dict.fromkeys(_RULES, NULLABLE_TEXT),
    "name": str,
    "type": str,
    "fields": FIELDS,
    "indexes": Texts("types.JSONArray[string]"),
    "created": MOMENT,
    "updated": MOMENT,
    "system": bool,
}
_ALL_KEYS = {**BASE_SHAPE, **AUTH_SHAPE, **VIEW_SHAPE}
_MEMBERS = Members({key: key for key in _ALL_KEYS})


class MalformedDefinition(ValueError):
    """A definition with a member of the wrong JSON type, or a field that cannot be read."""


# --- in -----------------------------------------------------------------------------------------------


def merge_definition(collection: Collection, data: Mapping[str, Any]) -> Collection:
    """`collection` with the sent members laid over it. Raises MalformedDefinition."""
    base = _base_members(collection)
    sent: Json = {}
    changed: Json = {}
    misfit: Unfit | None = None
    # In the order in which they come. A member that is sent twice, in other letters, is read twice, and the
    # last one stays.
    for key, raw in _MEMBERS.of(data):
        sent[key] = raw
        try:
            if key in BASE_SHAPE:
                changed[key] = _decoded(BASE_SHAPE[key], base[key], raw)
            else:
                # Options of other types are not kept, but they are read, and may be malformed.
                _decoded(_ALL_KEYS[key], _zero(_ALL_KEYS[key]), raw)
        except Unfit as error:
            error.inside("Collection", f"{_embedded(key)}.{key}")
            if BASE_SHAPE.get(key) in _READ_BY_THEMSELVES:
                raise MalformedDefinition(str(error)) from error
            misfit = misfit or error
    if misfit is not None:
        raise MalformedDefinition(str(misfit)) from misfit
    kind = cast(CollectionType, changed.get("type", collection.type))
    return replace(
        collection,
        **{_RULES.get(key, key): value for key, value in changed.items() if key != "indexes"},
        indexes=tuple(changed.get("indexes", collection.indexes) or ()),
        options=_merged_options(collection, kind, sent),
    )


def _embedded(key: str) -> str:
    """The reference's part of a collection that has the member."""
    if key in BASE_SHAPE:
        return "baseCollection"
    return "collectionViewOptions" if key in VIEW_SHAPE else "collectionAuthOptions"


def text_member(data: Mapping[str, Any], name: str) -> str:
    """One of the texts that decide which blank collection is filled; of several, in other letters, the last.

    Raises MalformedDefinition.
    """
    try:
        return _last_text(data, name, struct="")
    except Unfit as error:
        raise MalformedDefinition(str(error)) from error


def _last_text(data: Mapping[str, Any], name: str, *, struct: str) -> str:
    text = ""
    for _, raw in Members({name: name}).of(data):
        if raw is not None:
            try:
                text = read_text(raw)
            except Unfit as error:
                raise error.inside(struct, name) from None
    return text


def fields_from(items: Any) -> tuple[Field, ...]:
    """The fields of a list of definitions. Raises MalformedDefinition, or Unfit for what is no list."""
    if not isinstance(items, list):
        raise Unfit(items, "[]core.fieldWithType")
    return merged_fields([_field_from(item) for item in items])


def _field_from(item: Any) -> Field:
    try:
        definition = {} if item is None else read_object(item, "core.onlyFieldType")
        kind = _last_text(definition, "type", struct="onlyFieldType")
    except Unfit as error:
        raise MalformedDefinition(f"failed to unmarshal field type: {error}") from error
    if kind not in field_types():
        text = "null" if item is None else encode(_with_doubles(definition)).decode()
        raise MalformedDefinition(f"missing or unknown field type in {text}")
    try:
        return field_from_json({**definition, "type": kind})
    except MalformedOptions as error:
        raise MalformedDefinition(f"failed to unmarshal field: {error}") from error


def complete_options(kind: str, options: Mapping[str, Any]) -> Json:
    """Stored options with every member that the type has, in the order in which they are written."""
    shape = OPTION_SHAPES.get(kind, _NO_OPTIONS)
    return cast(Json, _decoded(shape, _zero(shape), {k: v for k, v in options.items() if k in shape}))


def _base_members(collection: Collection) -> Json:
    return {
        "id": collection.id,
        "name": collection.name,
        "type": collection.type,
        "fields": collection.fields,
        "indexes": list(collection.indexes),
        "created": collection.created,
        "updated": collection.updated,
        "system": collection.system,
        **{key: getattr(collection, name) for key, name in _RULES.items()},
    }


def _merged_options(collection: Collection, kind: str, sent: Mapping[str, Any]) -> Json:
    shape = OPTION_SHAPES.get(kind, _NO_OPTIONS)
    current = complete_options(kind, collection.options) if collection.type == kind else _zero(shape)
    given = {key: raw for key, raw in sent.items() if key in shape}
    return cast(Json, _decoded(shape, current, given))


def _decoded(shape: Shape, current: Any, raw: Any) -> Any:
    """`raw` laid over `current`. Raises Unfit."""
    if raw is None:
        if shape == MOMENT:
            return ""
        if shape == FIELDS:  # the list reads itself, also from null
            return ()
        return None if shape in _NULLABLE or isinstance(shape, Texts | list) else current
    if isinstance(shape, Struct):
        return _decoded_members(shape, current, raw)
    if isinstance(shape, list):
        return _decoded_items(shape[0], current, raw, f"[]core.{shape[0].name}")
    if isinstance(shape, Texts):
        return _decoded_items(str, current, raw, shape.go_type)
    if shape == FIELDS:
        return fields_from(raw)
    if shape == ANY_OBJECT:
        return {**(current or {}), **whole_numbers(read_object(raw, "map[string]interface {}"))}
    return _SCALARS[shape](raw)


def _decoded_members(shape: Struct, current: Any, raw: Any) -> Json:
    result = {name: current[name] for name in shape}
    for (name, member), item in shape.members.of(read_object(raw, f"core.{shape.name}")):
        try:
            result[name] = _decoded(member, result[name], item)
        except Unfit as error:
            raise error.inside(shape.name, name) from None
    return result


def _decoded_items(shape: Shape, current: Sequence[Any] | None, raw: Any, go_type: str) -> list[Any]:
    return read_items(raw, go_type, partial(_decoded, shape), before=current, blank=partial(_zero, shape))


def _zero(shape: Shape) -> Any:
    if isinstance(shape, dict):
        return {name: _zero(member) for name, member in shape.items()}
    if shape in (str, int, bool):
        return shape()
    return 0 if shape == SHORT_INT else None


def whole_numbers(value: Any) -> Any:
    """`value` as Go writes what it read without a type: keys sorted; numbers are doubles, whole ones without
    a point.

    >>> whole_numbers({"b": [1.0, 0.5], "a": 2**60})
    {'a': 1152921504606847000, 'b': [1, 0.5]}
    """
    if isinstance(value, dict):
        return {key: whole_numbers(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    if type(value) is int:
        value = float(value)
    is_whole = type(value) is float and value.is_integer() and abs(value) < _FIRST_WITH_EXPONENT
    # The shortest digits that mean this double, and zeros after them.
    return int(Decimal(repr(value))) if is_whole else value


def _with_doubles(value: Any) -> Any:
    """The same for who writes JSON: whole numbers may be larger than the writer takes."""
    if isinstance(value, dict):
        return {key: _with_doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_doubles(item) for item in value]
    return json_number(float(value)) if type(value) in (int, float) else value


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
