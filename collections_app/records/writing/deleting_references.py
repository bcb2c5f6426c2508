"""What happens to the records that point at a record which is going (contract/records.md 10.2)."""

from collections.abc import Iterator

from collections_app.catalog import Catalog, catalog
from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.events import RECORD_HOOKS
from collections_app.fields.relation_field import RelationField
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.finding import find_record
from collections_app.records.querying.reference_sql import referencing_sql
from collections_app.records.record import Record
from platform_app.database.rows import fetch_all
from platform_app.wire.errors import RequiredReference

BATCH = 1000

Relations = tuple[tuple[Collection, RelationField], ...]


def references_to(record: Record) -> Iterator[tuple[Record, bool]]:
    """The records that refer to `record`, whose own row is already gone, and whether each must go too.

    One that may stay has lost the reference and is to be saved. The next one is looked for when the caller
    has dealt with the last. Raises RequiredReference when a relation that must not be empty would become so.
    """
    for collection, field in _relations_to(record.collection):
        seen: set[str] = set()
        while page := _referring(collection, field, record):
            fresh = [referring for referring in page if referring.id not in seen]
            is_outdated = False
            for read in fresh:
                referring = _read_again(read, field, record.id) if is_outdated else read
                if referring is None:
                    continue
                must_go = _release(referring, field, record.id)
                yield referring, must_go
                # What went may have taken others of this page along, or was named by them.
                is_outdated = (
                    is_outdated
                    or must_go
                    or RECORD_HOOKS["update"].group.has_receivers_for(read.collection.tags)
                )
            if len(page) < BATCH or not fresh:
                break  # a page without news: a hook keeps these records as they are
            seen.update(referring.id for referring in fresh)


def _relations_to(target: Collection) -> Relations:
    return _all_relations(catalog()).get(target.id, ())


@derived
def _all_relations(snapshot: Catalog) -> dict[str, Relations]:
    """By the id of the collection that they lead to."""
    found: dict[str, list[tuple[Collection, RelationField]]] = {}
    for collection in sorted(snapshot.collections, key=lambda one: one.name):
        for field in () if collection.is_view else collection.fields:
            if isinstance(field, RelationField):
                found.setdefault(field.collection_id, []).append((collection, field))
    return {target: tuple(relations) for target, relations in found.items()}


def _referring(collection: Collection, field: RelationField, record: Record) -> list[Record]:
    statement = referencing_sql(collection, field.name, record.id, multiple=field.is_multiple, limit=BATCH)
    found = decode_rows(collection, fetch_all(*statement))
    is_same = collection.id == record.collection.id
    return [one for one in found if one.id != record.id] if is_same else found


def _read_again(read: Record, field: RelationField, record_id: str) -> Record | None:
    """The record as it is now, None when it is gone or no longer refers to `record_id`."""
    referring = find_record(read.collection, read.id)
    if referring is None or record_id not in field.as_list(referring.values[field.name]):
        return None
    return referring


def _release(referring: Record, field: RelationField, record_id: str) -> bool:
    """Take the id out of the relation; whether the record must be deleted instead."""
    left = [one for one in field.as_list(referring.values[field.name]) if one != record_id]
    if field.cascade_delete and not left:
        return True
    if field.required and not left:
        raise RequiredReference(
            f"{referring!r} must refer to {record_id} through {field.name}, so that record cannot go"
        )
    referring[field.name] = left
    return False
