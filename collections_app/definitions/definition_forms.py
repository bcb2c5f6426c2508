"""Definitions that are sent as forms: one text for each member, `name=posts&authToken.duration=60`.

Reference: contract/system.md 2; tools/router/unmarshal_request_data.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from collections_app.definitions.definition_json import (
    AUTH_SHAPE,
    BASE_SHAPE,
    FIELDS,
    MOMENT,
    SHORT_INT,
    VIEW_SHAPE,
    Json,
    Shape,
    Struct,
    Texts,
)
from platform_app.requests.struct_body import Form, from_text


def definition_from_form(form: Form, payloads: Sequence[Json]) -> Json:
    """The members as JSON would have them, the objects in `payloads` laid over them.

    What was not sent is left out. Raises ValueError for a text that does not fit its member.
    """
    definition: Json = {}
    for shape in (BASE_SHAPE, AUTH_SHAPE, VIEW_SHAPE):
        definition |= _members(shape, form, "")
    for payload in payloads:
        for key, value in payload.items():
            before = definition.get(key)
            both = isinstance(before, dict) and isinstance(value, dict)
            definition[key] = {**before, **value} if both and before else value
    return definition


def _members(shape: Mapping[str, Shape], form: Form, prefix: str) -> Json:
    """As the reference goes through a struct: what stands behind an object is looked for in that object."""
    found: Json = {}
    for key, member in shape.items():
        if isinstance(member, Struct):
            prefix = key
            if inner := _members(member, form, prefix):
                found[key] = inner
        elif member == MOMENT:
            prefix = key
        elif not isinstance(member, list) and (texts := form.get(f"{prefix}.{key}" if prefix else key)):
            found[key] = _value(member, texts)
    return found


def _value(member: Shape, texts: Sequence[str]) -> Any:
    if member == FIELDS:
        raise ValueError("fields cannot be sent as texts")
    if isinstance(member, Texts):
        return list(texts)
    if member in (bool, int, SHORT_INT):
        return from_text(texts[0], bool if member is bool else int)
    return texts[0]
