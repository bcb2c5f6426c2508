"""Submitted settings laid over the current ones, and settings as answers show them (contract/system.md 4).

`DEFAULTS` is the shape: a member has the type of its default, an object is merged member by member, and
every other value replaces the old one.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from platform_app.requests.struct_body import Form, from_text, typed
from platform_app.runtime_settings.shape import DEFAULTS, NEW_RULE
from platform_app.wire.struct_decoding import Members, read_items, read_object

# Each is a path to a member that answers never show.
SECRETS = (("smtp", "password"), ("s3", "secret"), ("backups", "s3", "secret"))


def merged_json(settings: Mapping[str, Any], submitted: Any) -> dict[str, Any]:
    """`settings` with a submitted JSON object over them. Raises ValueError for a member of a wrong type."""
    if submitted is None:
        raise ValueError("no settings")
    merged: dict[str, Any] = _over(settings, submitted, DEFAULTS)
    return merged


def _over(old: Any, new: Any, shape: Any) -> Any:
    """What `new`, of the type of `shape`, makes of `old`: null keeps all but lists, which it empties."""
    if isinstance(shape, Mapping):
        return _object_over(old, new, shape)
    if isinstance(shape, list):
        return _list_over(old, new, shape)
    return old if new is None else typed(new, type(shape))


def _object_over(old: Mapping[str, Any], new: Any, shape: Mapping[str, Any]) -> dict[str, Any]:
    merged = {key: old[key] for key in shape}
    if new is None:
        return merged
    for name, value in Members({key: key for key in shape}).of(read_object(new, "struct")):
        merged[name] = _over(merged[name], value, shape[name])
    return merged


def _list_over(old: Sequence[Any], new: Any, shape: list[Any]) -> list[Any]:
    """A new list; its objects still start from the old ones at their place, as in the reference."""
    if new is None:
        return []
    element: Any = NEW_RULE if _holds_rules(shape) else ""

    def over(before: Any, item: Any) -> Any:
        return _over(before, item, element)

    return read_items(new, "slice", over, before=old, blank=lambda: element)


def _holds_rules(shape: list[Any]) -> bool:
    return bool(shape) and isinstance(shape[0], Mapping)


def merged_form(settings: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """`settings` with the form's dotted names over them. Raises ValueError for a text of a wrong type.

    Only the innermost group names a member, so `s3.bucket` also reaches the S3 settings of the backups:
    the reference reads forms like this. Lists of objects cannot be sent.
    """
    return _form_over(settings, form, DEFAULTS, "")


def _form_over(old: Mapping[str, Any], form: Form, shape: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    merged = {key: old[key] for key in shape}
    for key, default in shape.items():
        texts = form.get(prefix + key)
        if isinstance(default, Mapping):
            merged[key] = _form_over(old[key], form, default, key + ".")
        elif not texts or (isinstance(default, list) and _holds_rules(default)):
            continue
        elif isinstance(default, list):
            merged[key] = list(texts)
        else:
            merged[key] = from_text(texts[0], type(default))
    return merged


def shown(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as an answer has them: without secrets."""
    answer = deepcopy(dict(settings))
    for *groups, secret in SECRETS:
        holder = answer
        for group in groups:
            holder = holder[group]
        del holder[secret]
    return answer
