"""The tables that hold collection definitions: PocketBase's `_collections` and our schema version."""

import json
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection, models

from collections_app.collection import Collection, CollectionType
from collections_app.fields.registry import field_from_json
from platform_app.database.rows import fetch_all, fetch_one

if TYPE_CHECKING:
    # What a JsonText is set to and read as is any JSON value.
    _TextField = models.Field[Any, Any]
else:
    _TextField = models.TextField


class JsonText(_TextField):
    """A JSON value kept as compact text, as PocketBase stores it.

    Django's own JSONField would make it `jsonb` on PostgreSQL, which forgets the order of keys.
    """

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return _json_of(value)

    def get_prep_value(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _json_of(text: str | None) -> Any:
    return json.loads(text) if text else None


_VERSION = 'SELECT "number" FROM "collections_app_schemaversion" WHERE "id" = 1'


class StoredCollection(models.Model):
    """A row of `_collections`; the table is PocketBase's own, so Django does not manage it."""

    id = models.TextField(primary_key=True)
    system = models.BooleanField(default=False)
    type = models.TextField(default="base")
    name = models.TextField(unique=True)
    fields = JsonText(default=list)
    indexes = JsonText(default=list)
    listRule = models.TextField(null=True)  # noqa: DJ001 - null means "superusers only"
    viewRule = models.TextField(null=True)  # noqa: DJ001
    createRule = models.TextField(null=True)  # noqa: DJ001
    updateRule = models.TextField(null=True)  # noqa: DJ001
    deleteRule = models.TextField(null=True)  # noqa: DJ001
    options = JsonText(default=dict)
    created = models.TextField(default="")
    updated = models.TextField(default="")

    objects: ClassVar[models.Manager["StoredCollection"]] = models.Manager()

    class Meta:
        managed = False
        db_table = "_collections"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def all_in_order(cls) -> list["StoredCollection"]:
        """All rows, oldest first; read without the ORM, which refuses to work on the event loop's thread."""
        return [cls._from_row(row) for row in cls.raw()]

    @classmethod
    def _from_row(cls, row: tuple[Any, ...]) -> "StoredCollection":
        columns = zip(cls._meta.concrete_fields, row, strict=True)
        return cls(
            **{
                field.attname: _json_of(value) if isinstance(field, JsonText) else value
                for field, value in columns
            }
        )

    @classmethod
    def raw(cls) -> list[tuple[Any, ...]]:
        """All rows as the database has them, oldest first."""
        columns = ", ".join(f'"{field.column}"' for field in cls._meta.concrete_fields)
        return fetch_all(f'SELECT {columns} FROM "_collections" ORDER BY "created", "id"')  # noqa: S608 - our own

    def as_collection(self) -> Collection:
        """The definition that this row stores."""
        kinds: dict[str, CollectionType] = {"auth": "auth", "view": "view"}
        return Collection(
            id=self.id,
            name=self.name,
            type=kinds.get(self.type, "base"),
            fields=tuple(field_from_json(item) for item in self.fields or ()),
            indexes=tuple(self.indexes or ()),
            list_rule=self.listRule,
            view_rule=self.viewRule,
            create_rule=self.createRule,
            update_rule=self.updateRule,
            delete_rule=self.deleteRule,
            system=bool(self.system),
            options=self.options or {},
            created=self.created,
            updated=self.updated,
        )

    @classmethod
    def from_collection(cls, collection: Collection) -> "StoredCollection":
        return cls(
            id=collection.id,
            name=collection.name,
            type=collection.type,
            fields=[field.as_json() for field in collection.fields],
            indexes=list(collection.indexes),
            listRule=collection.list_rule,
            viewRule=collection.view_rule,
            createRule=collection.create_rule,
            updateRule=collection.update_rule,
            deleteRule=collection.delete_rule,
            system=collection.system,
            options=dict(collection.options),
            created=collection.created,
            updated=collection.updated,
        )


class SchemaVersion(models.Model):
    """One row whose number grows with every schema change; see `collections_app.catalog`."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        row = fetch_one(_VERSION)
        return row[0] if row else 0

    @classmethod
    def lock(cls) -> None:
        """Let one schema change in at a time, until the transaction ends. On SQLite every writer is alone."""
        if connection.vendor != "sqlite":
            cls.objects.select_for_update().filter(id=1).first()

    @classmethod
    def bump(cls) -> None:
        """Announce a schema change; call it in the transaction that makes the change."""
        cls.objects.get_or_create(id=1)
        cls.objects.filter(id=1).update(number=models.F("number") + 1)
