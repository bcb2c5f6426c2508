"""`collection_model("posts")`: collections as ordinary Django models, for everybody who extends Joey.

`save` and `delete` of an instance, and `delete` of a query set, take the road that every record takes:
checks, hooks, files, references, realtime. `update`, `bulk_create` and `bulk_update` are bare SQL, as they
are in Django, where they send no signals either.
"""

import copy
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Self, TypeVar, overload

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import signals

from collections_app.catalog import Catalog, catalog
from collections_app.derived import derived
from collections_app.fields.password_field import PasswordField
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.submitted import new_record
from collections_app.tables.dynamic_models import CollectionModel, DynamicModels, collection_field_of
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import ErrorTree, FieldError, Invalid, RecordGone

Model = TypeVar("Model", bound="RecordModel")

# A hash that somebody brings along, as opposed to a password that is to be hashed.
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")


@overload
def collection_model(name_or_id: str) -> "type[RecordModel]": ...


# An abstract class is no `type[Model]` to mypy, but a callable.
@overload
def collection_model(name_or_id: str, base: Callable[..., Model]) -> type[Model]: ...


def collection_model(name_or_id: str, base: Any = None) -> "type[RecordModel]":
    """The model of a collection in the current schema snapshot.

    Ask for it where you use it, rather than once at import: after a schema change the old class is stale.
    `base` is an abstract model of your own that the class derives from, as a `RecordModel`: its methods and
    annotations are those of the instances. Raises LookupError when there is no such collection, TypeError
    for a base that is none.

    Example: `collection_model("posts").objects.filter(title__startswith="a")`.
    """
    base = base or RecordModel
    if not (isinstance(base, type) and issubclass(base, RecordModel) and base._meta.abstract):
        raise TypeError(f"{base!r} is no abstract RecordModel")
    snapshot = catalog()
    by_base = _models(snapshot)
    models_of_base = by_base.get(base) or by_base.setdefault(base, DynamicModels(snapshot.find, base))
    model = models_of_base.model(name_or_id)
    assert issubclass(model, base)  # noqa: S101 - for mypy: it was built from that base
    return model


@derived
def _models(snapshot: Catalog) -> "dict[type[RecordModel], DynamicModels]":
    """The models of a snapshot by what they derive from."""
    return {}


class RecordQuerySet(models.QuerySet[Any]):
    """Query sets whose `delete` deletes record by record, all or none."""

    def delete(self) -> tuple[int, dict[str, int]]:
        with unit_of_work():
            count = sum(instance.delete()[0] for instance in self.all())
        return count, {self.model._meta.label: count} if count else {}

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class RecordModel(CollectionModel):
    """A record as a Django model. Django's own save and delete signals are sent as well."""

    objects = RecordQuerySet.as_manager()

    class Meta(CollectionModel.Meta):
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any
    ) -> Self:
        instance = super().from_db(db, field_names, values, **options)
        _remember(instance)
        return instance

    @classmethod
    def from_record(cls, record: Record) -> Self:
        """An instance with the values of a record of this collection; nothing is read or written.

        Raises TypeError for a record of another one.
        """
        if record.collection.id != cls.collection.id:
            raise TypeError(f"{record!r} is no record of {cls.collection.name}")
        instance = cls()
        _refresh(instance, record)
        instance._state.adding = record.is_new
        return instance

    def as_record(self) -> Record:
        """The record behind this, with what was changed on the instance since it was read.

        Raises DoesNotExist when the record is gone.
        """
        record = new_record(self.collection) if self._state.adding else self._stored()
        if record is None:
            raise self.DoesNotExist(f"there is no record {self.pk!r}")
        _fill(record, self, None)
        return record

    def _stored(self) -> Record | None:
        return find_record(self.collection, str(self.pk or ""))

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Self] | None = None,
    ) -> None:
        names = None if fields is None else list(fields)
        super().refresh_from_db(using, names, from_queryset)
        _remember(self, names)

    def save(
        self,
        *,
        force_insert: bool | tuple[models.base.ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write what was changed since the instance was read, or the fields that `update_fields` names.

        Raises ValidationError, with a dictionary of the refused fields, DoesNotExist when the record was
        deleted meanwhile, and whatever a hook raises.
        """
        record = None if force_insert else self._stored()
        if record is None and (force_update or update_fields is not None):
            raise self.DoesNotExist(f"there is no record {self.pk!r} to update")
        is_new = record is None
        if record is None:
            record = new_record(self.collection)
        _fill(record, self, None if update_fields is None else frozenset(update_fields))
        sent = {"sender": type(self), "instance": self, "raw": False, "using": "default"}
        names = None if update_fields is None else frozenset(update_fields)
        signals.pre_save.send(**sent, update_fields=names)
        _fill(record, self, names)  # a receiver may have changed the instance
        try:
            save_record(record)
        except Invalid as error:
            raise ValidationError(_messages(error.errors)) from error
        except RecordGone as error:
            raise self.DoesNotExist(f"the record {self.pk!r} was deleted meanwhile") from error
        _refresh(self, record)
        signals.post_save.send(**sent, created=is_new, update_fields=names)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Raises RequiredReference when another record must point at this one."""
        record = self._stored()
        if record is None:
            return 0, {}
        sent = {"sender": type(self), "instance": self, "using": "default", "origin": self}
        signals.pre_delete.send(**sent)
        try:
            delete_stored_record(record)
        except RecordGone:
            return 0, {}
        signals.post_delete.send(**sent)
        return 1, {self._meta.label: 1}


def _fill(record: Record, instance: RecordModel, only: frozenset[str] | None) -> None:
    """Set what differs on the instance.

    An attribute that was not loaded says nothing, nor does one that is as it was loaded, unless it is asked
    for by name: somebody else may have changed the field since.
    """
    unknown = instance.get_deferred_fields()
    read = {} if record.is_new or only is not None else _read(instance)
    for column in instance._meta.concrete_fields:
        if column.attname in unknown or (only is not None and column.name not in only):
            continue
        field = collection_field_of(column)
        value = getattr(instance, column.attname)
        if isinstance(value, Iterator):
            value = list(value)  # it can be read once only
            setattr(instance, column.attname, value)
        if value == record.values[field.name] or (column.attname in read and value == read[column.attname]):
            continue
        if isinstance(field, PasswordField) and isinstance(value, str) and _BCRYPT.fullmatch(value):
            record.values[field.name] = value
        else:
            record[field.name] = value


def _refresh(instance: RecordModel, record: Record) -> None:
    for column in instance._meta.concrete_fields:
        setattr(instance, column.attname, copy.copy(record.values[collection_field_of(column).name]))
    instance._state.adding = False
    instance._state.db = "default"
    _remember(instance)


def _remember(instance: RecordModel, names: Iterable[str] | None = None) -> None:
    """Keep what some attributes hold, all if no names are given, as what the database holds."""
    values, read = instance.__dict__, _read(instance)
    if names is None:
        names = (column.attname for column in instance._meta.concrete_fields)
    read.update((name, copy.deepcopy(values[name])) for name in names if name in values)


def _read(instance: RecordModel) -> dict[str, Any]:
    """The values of attributes as they were read; kept where no field's name can be in the way."""
    read: dict[str, Any] = vars(instance._state).setdefault("read", {})
    return read


def _messages(errors: ErrorTree) -> dict[str, list[ValidationError]]:
    found: dict[str, list[ValidationError]] = {}
    for name, error in errors.items():
        leaves = list(_leaves(error))
        found[name or NON_FIELD_ERRORS] = [
            ValidationError(leaf.message.replace("%", "%%"), leaf.code, leaf.params) for leaf in leaves
        ]
    return found


def _leaves(error: FieldError | ErrorTree) -> Iterable[FieldError]:
    if isinstance(error, Mapping):
        for inner in error.values():
            yield from _leaves(inner)
    else:
        yield error
