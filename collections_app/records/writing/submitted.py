"""What a request wants to write: its body with modifiers resolved, uploads attached, hidden fields dropped.

Reference: contract/records.md 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collections_app.collection import Collection
from collections_app.fields.abilities import SetOnWrite
from collections_app.records.keys import keys_of
from collections_app.records.record import Record
from collections_app.records.uploads import NO_FORM, Uploads
from collections_app.records.writing.writing_abilities import abilities_of
from platform_app.database.lanes import require_pool
from platform_app.wire.casting import to_unique_strings
from platform_app.wire.errors import BadRequest

# Names that a body may carry for an auth record without there being such fields.
_PASSWORD_FORM_KEYS = frozenset({"passwordConfirm", "oldPassword"})


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

    def anew(
        self, stored: Record, body: Mapping[str, Any], uploads: Uploads, *, with_hidden: bool
    ) -> "Submitted":
        """The same body resolved against the record as it is now.

        Values that nothing stored has a part in stay the same objects: a password is hashed, a file stored.
        """
        anew = resolve_submitted(stored, body, uploads, with_hidden=with_hidden)
        keys = keys_of(stored.collection)
        derived = {
            keys[key][0] for key in (*body, *uploads) if key in keys and _depends_on_stored(key, stored)
        }
        values = {
            name: value if name in derived else self.values[name] for name, value in anew.values.items()
        }
        return Submitted(values, anew.rest)

    def load_over(self, before: "Submitted", record: Record, stored: Record) -> None:
        """Load this into a record that held `before`, now that `stored` is what it changes.

        What somebody (a hook) has set on the record since then stays.
        """
        untouched = {**(record.original or {}), **before.values}
        own = {name: value for name, value in record.values.items() if value != untouched.get(name)}
        record.values.update({**stored.values, **self.values, **own})
        record.original = stored.original


def new_record(collection: Collection) -> Record:
    """A record that is not stored yet, every field at its zero value."""
    return Record(collection, {field.name: field.zero for field in collection.fields})


def resolve_submitted(
    record: Record, body: Mapping[str, Any], uploads: Uploads, *, with_hidden: bool
) -> Submitted:
    """Resolve `body` against the record it is going to change (a new one for a create).

    Keys are applied shortest first, so that `tags` comes before `tags+`, each to what the one before made.

    Raises BadRequest for NO_FORM, when the collection has fields for files.
    """
    collection = record.collection
    abilities = abilities_of(collection)
    if uploads is NO_FORM and abilities.with_files:
        raise BadRequest("Failed to read the submitted data.")
    if uploads or abilities.hiding_secrets:
        require_pool()  # files take their time to store, passwords to hash
    keys = keys_of(collection)
    values: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key in sorted(body, key=lambda name: len(name.encode())):
        known = keys.get(key)
        if known is None:
            rest[key] = body[key]
        else:
            name, modify = known
            values[name] = modify(values.get(name, record.values[name]), body[key])
    if uploads:
        _attach(record, values, body, uploads)
    if not with_hidden:
        for field in collection.fields:
            if field.hidden and not (collection.is_auth and field.name == "password"):
                values.pop(field.name, None)
    return Submitted(values, rest)


def _depends_on_stored(key: str, record: Record) -> bool:
    """Whether what a key makes of its input takes part of the stored value: modifiers, and what is kept."""
    field = record.collection.fields_by_name.get(key)
    return field is None or isinstance(field, SetOnWrite)


def _attach(record: Record, values: dict[str, Any], body: Mapping[str, Any], uploads: Uploads) -> None:
    """Add the uploads; a plain key keeps the existing files whose names came with it as text."""
    keys = keys_of(record.collection)
    file_fields = dict(abilities_of(record.collection).with_files)
    for key in sorted(uploads, key=lambda name: len(name.encode())):
        name, modify = keys.get(key, ("", None))
        if modify is None or name not in file_fields or key.endswith("-"):
            continue
        existing = to_unique_strings(body[key]) if key == name and body.get(key) is not None else []
        values[name] = modify(values.get(name, record.values[name]), [*existing, *uploads[key]])
