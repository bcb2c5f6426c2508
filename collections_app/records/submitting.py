"""What a request wants to write: its body with modifiers resolved, uploads attached, hidden fields dropped.

Reference: contract/records.md 6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collections_app.collection import Collection
from collections_app.database import require_pool
from collections_app.fields.base import Field
from collections_app.fields.casting import to_unique_strings
from collections_app.fields.file_names import PendingFile
from collections_app.records.record import Record
from collections_app.records.writing_abilities import abilities_of

# Names that a body may carry for an auth record without there being such fields.
_PASSWORD_FORM_KEYS = frozenset({"passwordConfirm", "oldPassword"})

Uploads = Mapping[str, Sequence[PendingFile]]


@dataclass(frozen=True)
class Submitted:
    """A body made ready: `values` are cleaned field values by name, `rest` what belongs to no field."""

    values: dict[str, Any]
    rest: dict[str, Any]

    def as_rule_body(self, collection: Collection) -> dict[str, Any]:
        """The body as `@request.body.*` shows it."""
        fields = collection.fields_by_name
        return {**self.rest, **{name: fields[name].to_rule(value) for name, value in self.values.items()}}

    def load_into(self, record: Record) -> None:
        record.values.update(self.values)


def new_record(collection: Collection) -> Record:
    """A record that is not stored yet, every field at its zero value."""
    return Record(collection, {field.name: field.zero for field in collection.fields})


def resolve_submitted(
    record: Record, body: Mapping[str, Any], uploads: Uploads, *, with_hidden: bool
) -> Submitted:
    """Resolve `body` against the record it is going to change (a new one for a create).

    Keys are applied shortest first, so that `tags` comes before `tags+`, each to what the one before made.
    """
    collection = record.collection
    if uploads or abilities_of(collection).hiding_secrets:
        require_pool()  # files take their time to store, passwords to hash
    keys = _keys_of(collection)
    values: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key in sorted(body, key=lambda name: len(name.encode())):
        known = keys.get(key)
        if known is None:
            rest[key] = body[key]
        else:
            _apply(record, values, key, *known, raw=body[key])
    if uploads:
        _attach(record, values, body, uploads)
    if not with_hidden:
        for field in collection.fields:
            if field.hidden and not (collection.is_auth and field.name == "password"):
                values.pop(field.name, None)
    return Submitted(values, rest)


def _keys_of(collection: Collection) -> dict[str, tuple[str, Any]]:
    """Every key that a body may use: the name of its field, and the modifier, None for the plain name."""
    keys: dict[str, tuple[str, Any]] = {field.name: (field.name, None) for field in collection.fields}
    for name, field in abilities_of(collection).modifiable:
        keys.update((key, (name, modify)) for key, modify in field.modifiers.items() if key != name)
    return keys


def _apply(record: Record, values: dict[str, Any], key: str, name: str, modify: Any, *, raw: Any) -> None:
    if modify is not None:
        values[name] = modify(values.get(name, record.values[name]), raw)
    elif name in dict(abilities_of(record.collection).set_on_write):
        values[name] = record.values[name]  # what a body says about an autodate is ignored
    else:
        values[name] = record.collection.fields_by_name[name].clean(raw)


def _attach(record: Record, values: dict[str, Any], body: Mapping[str, Any], uploads: Uploads) -> None:
    """Add the uploads; a plain key keeps the existing files whose names came with it as text."""
    keys = _keys_of(record.collection)
    file_fields = dict(abilities_of(record.collection).with_files)
    for key in sorted(uploads, key=lambda name: len(name.encode())):
        name, modify = keys.get(key, ("", None))
        if name not in file_fields or key.endswith("-"):
            continue
        files = list(uploads[key])
        if modify is not None:
            values[name] = modify(values.get(name, record.values[name]), files)
            continue
        existing = to_unique_strings(body[key]) if body.get(key) is not None else []
        values[name] = _field(record, name).clean([*existing, *files])


def _field(record: Record, name: str) -> Field:
    return record.collection.fields_by_name[name]
