"""Real Django models for collections, built when asked for in a registry of their own.

One `DynamicModels` belongs to one schema snapshot; when the snapshot goes, the classes are collected with
it, because nothing global refers to them.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

from django.apps.registry import Apps
from django.db import models

from collections_app.collection import Collection
from collections_app.fields.base import Field

APP_LABEL = "collections"

# Names that a field may have but an attribute of a model may not: they would shadow what Django needs.
_TAKEN = frozenset(dir(models.Model)) | {
    "DoesNotExist",
    "MultipleObjectsReturned",
    "_meta",
    "_state",
    "collection",
    "objects",
    "pk",
}


class CollectionModel(models.Model):
    """What every dynamic model is: `collection` is the definition that it was built from."""

    collection: Collection
    objects: "ClassVar[models.Manager[Any]]"

    class Meta:
        abstract = True
        app_label = APP_LABEL

    def __str__(self) -> str:
        return str(self.pk)


class DynamicModels:
    """The models of one snapshot, derived from `base`; `find` looks a collection up by id or name."""

    def __init__(
        self, find: Callable[[str], Collection | None], base: type[CollectionModel] = CollectionModel
    ) -> None:
        self._find = find
        self._base = base
        self._apps = Apps()
        self._models: dict[str, type[CollectionModel]] = {}
        self._lock = threading.Lock()

    def model(self, name_or_id: str) -> type[CollectionModel]:
        """The model of a collection. Raises LookupError when there is no such collection."""
        collection = self._find(name_or_id)
        if collection is None:
            raise LookupError(f"there is no collection {name_or_id!r}")
        with self._lock:
            model = self._models.get(collection.id)
            if model is None:
                model = self._models[collection.id] = build_model(collection, self._apps, self._base)
        return model


def build_model(
    collection: Collection, apps: Apps | None = None, base: type[CollectionModel] = CollectionModel
) -> type[CollectionModel]:
    """A new model class over the collection's table, columns in alphabetical order."""
    fields = {field.name: field for field in collection.fields}
    return table_model(collection.name, fields, apps, base, collection=collection)


def table_model(
    table: str,
    columns: Mapping[str, Field],
    apps: Apps | None = None,
    base: type[CollectionModel] = CollectionModel,
    *,
    collection: Collection | None = None,
) -> type[CollectionModel]:
    """A model class over some columns of a table; each of its fields remembers its `collection_field`."""
    attributes: dict[str, Any] = {
        "__module__": __name__,
        "collection": collection,
        "Meta": type(
            "Meta",
            (),
            {
                "apps": apps or Apps(),
                "app_label": APP_LABEL,
                "db_table": table,
                "managed": False,
                "verbose_name": table,
                "verbose_name_plural": table,
            },
        ),
    }
    for column in sorted(columns):
        attributes[attribute_name(column, attributes)] = _model_field(columns[column], column)
    return cast(type[CollectionModel], type(table, (base,), attributes))


def attribute_name(column: str, taken: Mapping[str, Any]) -> str:
    """The Python attribute for a column: its own name wherever Django allows it.

    Django reads `__` as a path and refuses a trailing `_`; a name that Django itself needs gets a prefix.

    >>> attribute_name("title", {}), attribute_name("save", {}), attribute_name("a__b", {})
    ('title', 'field_save', 'a_b')
    """
    name = column
    while "__" in name:
        name = name.replace("__", "_")
    name = name.rstrip("_") or "field"
    if name in _TAKEN:
        name = f"field_{name}"
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}{number}"
    return candidate


def collection_field_of(field: "models.Field[Any, Any]") -> Field:
    """The collection field that a dynamic model's field was built from."""
    return cast(Field, field.collection_field)  # type: ignore[attr-defined]


def _model_field(field: Field, column: str) -> "models.Field[Any, Any]":
    model_field = field.model_field()
    model_field.db_column = column
    model_field.collection_field = field  # type: ignore[attr-defined]
    return model_field
