"""Drafts: definitions that code works on, from `new_collection` or `edit_collection` to `save`.

A `Collection` never changes, since many read it at once; its draft does. Saving takes the road of the API:
what is missing is merged in, the checks, the hooks, the table.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from django.db.models import Q

from collections_app.collection import Collection, CollectionType
from collections_app.definitions.blank import blank_collection
from collections_app.definitions.definition_json import complete_options, merge_definition
from collections_app.definitions.saving import save_collection
from collections_app.fields.base import Field
from collections_app.fields.field_list import merged_fields
from collections_app.fields.registry import field_from_json
from collections_app.models import StoredCollection
from collections_app.tables.indexes import index_text, parse_index

Json = Mapping[str, Any]


def new_collection(
    name: str, kind: CollectionType = "base", definition: Json | None = None
) -> "CollectionDraft":
    """A draft with the defaults of its type, and `definition`, spelled as in the API, laid over them.

    Raises MalformedDefinition for a member that cannot be read.
    """
    blank = blank_collection(kind, name)
    draft = CollectionDraft(blank, generated_id=blank.id)
    draft.load(definition or {})
    return draft


def edit_collection(collection: Collection | str) -> "CollectionDraft":
    """A draft of a collection as the database has it now, by its name, by its id or as it is given.

    Raises LookupError when there is none.
    """
    if isinstance(collection, Collection):
        rows = StoredCollection.objects.filter(id=collection.id)
    else:
        rows = StoredCollection.objects.filter(Q(id=collection) | Q(name__iexact=collection))
    found = sorted(rows, key=lambda row: row.id != collection)
    if not found:
        raise LookupError(f"there is no collection {collection!r}")
    stored = found[0].as_collection()
    return CollectionDraft(stored, stored)


class FieldList:
    """The fields of a draft, in their order. A field never changes: `change` puts another in its place."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = tuple(fields)

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def get(self, name: str) -> Field | None:
        return next((field for field in self._fields if field.name == name), None)

    def add(self, *fields: Field | Json) -> None:
        """Add fields, or definitions of some as the API takes them.

        One takes the place of the field that has its id, or without an id of that which has its name.
        Raises MalformedOptions.
        """
        self._fields = merged_fields((*self._fields, *map(_as_read, fields)))

    def change(self, name: str, /, **options: Any) -> None:
        """Other options for a field, in Python's spelling: `fields.change("title", max=100)`.

        Raises LookupError when there is no such field, TypeError for what is none of its options.
        """
        field = self.get(name)
        if field is None:
            raise LookupError(f"there is no field {name!r}")
        changed = _as_read(replace(field, **options))
        self._fields = tuple(changed if other is field else other for other in self._fields)

    def remove(self, name: str) -> None:
        """Without the field, if there is one; saving drops what it holds."""
        self._fields = tuple(field for field in self._fields if field.name != name)


def _as_read(field: Field | Json) -> Field:
    """The field with options of the types that are read from JSON: lists are tuples, limits are doubles."""
    return field_from_json(field.as_json() if isinstance(field, Field) else field)


class CollectionDraft:
    """The members of a definition; `options` are those of the type, spelled as in the API."""

    def __init__(
        self, collection: Collection, stored: Collection | None = None, *, generated_id: str = ""
    ) -> None:
        self._stored = stored
        self._generated_id = generated_id
        self._take(collection)

    def _take(self, collection: Collection) -> None:
        self._collection = collection
        self.id = collection.id
        self.name = collection.name
        self.fields = FieldList(collection.fields)
        self.indexes = list(collection.indexes)
        self.list_rule = collection.list_rule
        self.view_rule = collection.view_rule
        self.create_rule = collection.create_rule
        self.update_rule = collection.update_rule
        self.delete_rule = collection.delete_rule
        self.system = collection.system
        self.options = deepcopy(complete_options(collection.type, collection.options))

    @property
    def type(self) -> CollectionType:
        return self._collection.type

    def __repr__(self) -> str:
        return f"<CollectionDraft {self.name}>"

    def load(self, definition: Json) -> None:
        """Lay members over this, as a PATCH does: `fields` and `indexes` replace the whole lists.

        Raises MalformedDefinition.
        """
        self._take(merge_definition(self.as_collection(), definition))

    def add_index(self, name: str, columns: str, *, unique: bool = False, where: str = "") -> None:
        """Add an index, in the place of one of that name; `columns` as in SQL: `"slug, created DESC"`."""
        self.remove_index(name)
        self.indexes.append(index_text(name, self.name, columns, unique=unique, where=where))

    def remove_index(self, name: str) -> None:
        """Without the index of this name, in any case, if there is one."""
        self.indexes = [text for text in self.indexes if _index_name(text) != name.lower()]

    def as_collection(self) -> Collection:
        """The definition as it is by now; not checked, and without what a save merges in."""
        return replace(
            self._collection,
            id=self.id,
            name=self.name,
            fields=tuple(self.fields),
            indexes=tuple(self.indexes),
            list_rule=self.list_rule,
            view_rule=self.view_rule,
            create_rule=self.create_rule,
            update_rule=self.update_rule,
            delete_rule=self.delete_rule,
            system=self.system,
            options=deepcopy(self.options),
        )

    def save(self, *, validate: bool = True) -> Collection:
        """Store it and bring its table in line; the draft then is one of what was stored, which is returned.

        Raises Invalid when the checks refuse it, CollectionRefused (ChangedMeanwhile when somebody else
        changed the collection since the draft was made), the database's errors, and whatever a hook raises.
        """
        saved = save_collection(
            self.as_collection(), self._stored, validate=validate, generated_id=self._generated_id
        )
        self._stored, self._generated_id = saved, ""
        self._take(saved)
        return saved


def _index_name(text: str) -> str:
    index = parse_index(text)
    return index.name.lower() if index else ""
