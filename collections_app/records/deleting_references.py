"""What happens to the records that point at a record which is going (contract/records.md 10.2)."""

from collections.abc import Callable, Iterator

from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.database import fetch_all
from collections_app.errors import RequiredReference
from collections_app.fields.relation_field import RelationField
from collections_app.records.decoding import decode_rows
from collections_app.records.record import Record
from collections_app.records.reference_sql import referencing_sql

BATCH = 1000

Save = Callable[..., None]
Delete = Callable[[Record], None]


def delete_references(record: Record, save: Save, delete: Delete) -> None:
    """Delete, or take the id out of, every record that refers to `record`; its own row is already gone.

    Raises RequiredReference when a relation that must not be empty would become so.
    """
    for collection, field in _relations_to(record.collection):
        while batch := _referring(collection, field, record):
            for referring in batch:
                _release(referring, field, record.id, save, delete)
            if len(batch) < BATCH:
                break


def _relations_to(target: Collection) -> Iterator[tuple[Collection, RelationField]]:
    for collection in sorted(catalog().collections, key=lambda one: one.name):
        if collection.is_view:
            continue
        for field in collection.fields:
            if isinstance(field, RelationField) and field.collection_id == target.id:
                yield collection, field


def _referring(collection: Collection, field: RelationField, record: Record) -> list[Record]:
    statement = referencing_sql(collection, field.name, record.id, multiple=field.is_multiple, limit=BATCH)
    return decode_rows(collection, fetch_all(*statement))


def _release(referring: Record, field: RelationField, record_id: str, save: Save, delete: Delete) -> None:
    left = [one for one in field.as_list(referring.values[field.name]) if one != record_id]
    if field.cascade_delete and not left:
        delete(referring)
        return
    if field.required and not left:
        raise RequiredReference(
            f"{referring!r} must refer to {record_id} through {field.name}, so that record cannot go"
        )
    referring[field.name] = left
    # The other fields may refer to records that went a moment ago, so nothing is checked.
    save(referring, validate=False)
