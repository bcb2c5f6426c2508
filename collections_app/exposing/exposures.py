"""expose: a model of somebody's own, served as a collection beside those that are designed at run time.

    # shop/exposed.py
    expose(Book, name="books", fields=["title", "author"], list_rule="", view_rule="")

What reads it is a view collection over the model's table, which stays Django's to migrate; what writes goes
through the model (`collections_app.records.writing.exposed`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from django.db import DEFAULT_DB_ALIAS, connection, models, router

from collections_app.collection import Collection
from collections_app.exposing.exposed_sql import exposed_query
from collections_app.fields.base import Field
from collections_app.fields.registry import field_from_json
from collections_app.fields.text_field import DEFAULT_ID_PATTERN
from platform_app.database.ids import checksum

ModelField: TypeAlias = "models.Field[Any, Any]"

# From the special to the general: a DateTimeField is a DateField, too.
_TYPES: tuple[tuple[type[ModelField], Mapping[str, Any]], ...] = (
    (models.BooleanField, {"type": "bool"}),
    (models.IntegerField, {"type": "number", "onlyInt": True}),
    (models.FloatField, {"type": "number"}),
    (models.DecimalField, {"type": "number"}),
    (models.DateField, {"type": "date"}),
    (models.JSONField, {"type": "json"}),
    (models.CharField, {"type": "text"}),
    (models.TextField, {"type": "text"}),
)


@dataclass(frozen=True, eq=False)
class Exposure:
    """One exposed model; rules are those of any collection: None is for superusers, "" for everybody."""

    model: type[models.Model]
    name: str
    field_names: tuple[str, ...]
    known: tuple["Exposure", ...]  # what was exposed before it
    writable: bool
    list_rule: str | None
    view_rule: str | None
    create_rule: str | None
    update_rule: str | None
    delete_rule: str | None

    @property
    def id(self) -> str:
        """The id of its collection: the one that a view of this name gets."""
        return "pbc_" + checksum(f"view{self.name}")

    @cached_property
    def model_fields(self) -> dict[str, ModelField]:
        """Those that are exposed, by name, without the key. Raises TypeError for one that cannot be."""
        found = {name: self.model._meta.get_field(name) for name in self.field_names}
        for name, field in found.items():
            if field.model._meta.concrete_model is not self.model._meta.concrete_model:
                raise TypeError(f"{self.model.__name__}.{name} is in the table of {field.model.__name__}")
            if not isinstance(field, models.ForeignKey) and _type_of(field) is None:
                raise TypeError(
                    f"{self.model.__name__}.{name} is a {type(field).__name__}, not exposed so far"
                )
        return found  # type: ignore[return-value]  # what is no column was refused

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(
            field_from_json({"id": definition["type"] + checksum(definition["name"]), **definition})
            for definition in (_ID, *(self._definition(field) for field in self.model_fields.values()))
        )

    def _definition(self, field: ModelField) -> Mapping[str, Any]:
        if isinstance(field, models.ForeignKey):
            for one in self.known:
                if one.model is field.related_model:
                    return {"type": "relation", "name": field.name, "maxSelect": 1, "collectionId": one.id}
            return {"type": "text", "name": field.name}
        return {**(_type_of(field) or {}), "name": field.name}

    @property
    def query(self) -> str:
        """What its view selects, for the engine at hand."""
        return exposed_query(self.model, self.model_fields, connection.vendor)

    def collection(self) -> Collection:
        return Collection(
            id=self.id,
            name=self.name,
            type="view",
            fields=self.fields,
            list_rule=self.list_rule,
            view_rule=self.view_rule,
            options={"viewQuery": self.query},
        )


_ID: Mapping[str, Any] = {
    "type": "text",
    "name": "id",
    "system": True,
    "required": True,
    "primaryKey": True,
    "pattern": DEFAULT_ID_PATTERN,
}

# Process-wide, because apps say at start-up what they expose; by the name of the collection.
_exposures: dict[str, Exposure] = {}


def expose(
    model: type[models.Model],
    *,
    name: str,
    fields: Sequence[str],
    list_rule: str | None = None,
    view_rule: str | None = None,
    writable: bool = False,
    create_rule: str | None = None,
    update_rule: str | None = None,
    delete_rule: str | None = None,
) -> Exposure:
    """Serve `model` as the collection `name`, with these fields and its key as `id`.

    Call it in the `exposed.py` of an app. A foreign key to a model that is exposed before it is a relation.
    Raises ValueError for a name that is taken, for a model in another database, or for rules that nothing
    would ask; TypeError for a field of a kind that has no counterpart.
    """
    if name in _exposures:
        raise ValueError(f"{name!r} is exposed already, for {_exposures[name].model.__name__}")
    if router.db_for_read(model) != DEFAULT_DB_ALIAS:
        raise ValueError(f"{model.__name__} is in another database than the collections")
    if not writable and {create_rule, update_rule, delete_rule} != {None}:
        raise ValueError(f"{name!r} has rules for writing, and is not writable")
    exposure = Exposure(
        model,
        name,
        tuple(fields),
        known=tuple(exposures()),
        writable=writable,
        list_rule=list_rule,
        view_rule=view_rule,
        create_rule=create_rule,
        update_rule=update_rule,
        delete_rule=delete_rule,
    )
    assert exposure.model_fields is not None  # noqa: S101 - asked for now: a mistake is to stop the start
    _exposures[name] = exposure
    return exposure


def conceal(name: str) -> None:
    """Forget an exposure, for tests; its collection stays until somebody deletes it."""
    del _exposures[name]


def exposures() -> list[Exposure]:
    return list(_exposures.values())


def exposure_of(collection: Collection) -> Exposure | None:
    """What a view collection exposes; None for one that people have designed."""
    found = _exposures.get(collection.name)
    return found if found is not None and found.id == collection.id else None


def accepts_writes(collection: Collection) -> bool:
    """Whether records can be written: views are read only, but for models that are exposed as writable."""
    if not collection.is_view:
        return True
    found = exposure_of(collection)
    return found is not None and found.writable


def declared_fields(query: str) -> tuple[Field, ...] | None:
    """The fields of an exposed model's view; None for a query of somebody else, which has to be read."""
    return next((one.fields for one in exposures() if one.query == query), None)


def _type_of(field: object) -> Mapping[str, Any] | None:
    return next((options for kind, options in _TYPES if isinstance(field, kind)), None)
