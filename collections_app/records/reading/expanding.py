"""The `expand` query parameter: related records inside their records (contract/records.md 7).

Whatever fails is silent for the client: the path that failed is left out as a whole.
Reference: core/record_query_expand.go, PocketBase v0.39.11.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import DatabaseError

from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.fields.relation_field import RelationField
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.finding import find_viewable, referencing_ids
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.stale_schema import with_fresh_schema
from platform_app.database.transactions import shielded
from platform_app.wire.errors import ApiError

logger = logging.getLogger(__name__)

MAX_DEPTH = 6
MAX_BACK_RELATED = 1000

_BACK_RELATION = re.compile(r"(\w+)_via_(\w+)", re.ASCII)
_OLD_BACK_RELATION = re.compile(r"(\w+)\((\w+)\)", re.ASCII)

Enrich = Callable[[Sequence[Record], RequestInfo], None]


class CannotExpand(Exception):
    """A path names no relation, or one whose records the requester may not view."""


@dataclass(frozen=True)
class _Step:
    """One part of a path, to records of `target`: a record's `field` names them, or theirs names it."""

    key: str
    target: Collection
    field: RelationField
    is_back: bool

    @property
    def is_multiple(self) -> bool:
        if self.is_back:
            return self.target.unique_index_of(self.field.name) is None
        return self.field.is_multiple

    def ids(self, records: Sequence[Record]) -> dict[str, list[str]]:
        """By the id of each record, the ids of its related ones."""
        if self.is_back:
            found = referencing_ids(self.target, self.field, [record.id for record in records])
            return {record_id: found_ids[:MAX_BACK_RELATED] for record_id, found_ids in found.items()}
        multiple = self.field.is_multiple
        return {record.id: _id_list(record.values.get(self.key), multiple) for record in records}


def expand_records(records: Sequence[Record], paths: str, info: RequestInfo, *, enrich: Enrich) -> None:
    """Fill `record.expand` of records of one collection with what the comma separated `paths` name.

    `enrich` is called with every batch of related records before it is attached.
    """
    within = info.within("expand")

    def expand(path: str) -> None:
        with shielded():
            _expand(records, path.split("."), within, enrich)

    for path in expand_paths(paths):
        try:
            # The records may be written by now: only this may be done again.
            with_fresh_schema(partial(expand, path))
        except (CannotExpand, ApiError, FilterError, DatabaseError) as error:
            logger.info("cannot expand %r: %s", path, error)


def expand_paths(text: str) -> list[str]:
    """The distinct paths in `text`, without those that are the beginning of another.

    >>> expand_paths(" a.b, a ,c.,,c")
    ['a.b', 'c']
    """
    paths = [path for part in text.split(",") if (path := part.replace(" ", "").strip("."))]
    return [path for path in dict.fromkeys(paths) if not any(other.startswith(path + ".") for other in paths)]


def expanded_collections(collection: Collection, paths: str) -> Iterator[Collection]:
    """The collections whose records `paths` bring into the answer about records of `collection`."""
    for path in expand_paths(paths):
        reached = collection
        for part in path.split(".")[:MAX_DEPTH]:
            try:
                reached = _step(reached, part).target
            except CannotExpand:
                break
            yield reached


def _expand(
    records: Sequence[Record], parts: list[str], info: RequestInfo, enrich: Enrich, depth: int = 1
) -> None:
    if not records or depth > MAX_DEPTH:
        return
    step = _step(records[0].collection, parts[0])
    ids, is_multiple = step.ids(records), step.is_multiple
    wanted = list(dict.fromkeys(id_ for some in ids.values() for id_ in some))
    related = find_viewable(step.target, wanted, info)
    if related:
        enrich(related, info)
    if len(parts) > 1:
        _expand(related, parts[1:], info, enrich, depth + 1)
    by_id = {record.id: record for record in related}
    for record in records:
        if record.expand is None:
            record.expand = {}
        found = [by_id[id_] for id_ in ids.get(record.id, ()) if id_ in by_id]
        if found:
            _merge(found, record.expand.get(step.key))
            record.expand[step.key] = found if is_multiple else found[0]


def _step(collection: Collection, part: str) -> _Step:
    """Where a part of a path leads from `collection`. Raises CannotExpand."""
    match = (_OLD_BACK_RELATION if "(" in part else _BACK_RELATION).fullmatch(part)
    if match is not None:
        return _back_step(collection, part, *match.groups())
    field = collection.fields_by_name.get(part)
    if not isinstance(field, RelationField):
        raise CannotExpand(f"{collection.name} has no relation {part!r}")
    target = catalog().by_id(field.collection_id)
    if target is None:
        raise CannotExpand(f"the collection of {collection.name}.{part} does not exist")
    return _Step(part, target, field, is_back=False)


def _back_step(collection: Collection, part: str, name: str, field_name: str) -> _Step:
    source = catalog().find(name)
    field = source.fields_by_name.get(field_name) if source is not None else None
    if source is None or not isinstance(field, RelationField) or field.collection_id != collection.id:
        raise CannotExpand(f"no relation {field_name!r} of {name!r} points to {collection.name}")
    return _Step(part, source, field, is_back=True)


def _id_list(value: object, multiple: bool) -> list[str]:
    if multiple:
        return value if isinstance(value, list) else []
    return [value] if isinstance(value, str) and value else []


def _merge(found: Iterable[Record], expanded_before: Record | list[Record] | None) -> None:
    """Carry over what an earlier path has expanded inside the same related records."""
    if expanded_before is None:
        return
    before = [expanded_before] if isinstance(expanded_before, Record) else expanded_before
    before_by_id = {record.id: record for record in before}
    for record in found:
        earlier = before_by_id.get(record.id)
        if earlier is not None and earlier is not record:
            _merge_expands(record, earlier)


def _merge_expands(record: Record, earlier: Record) -> None:
    if not earlier.expand:
        return
    if record.expand is None:
        record.expand = {}
    for key, before in earlier.expand.items():
        now = record.expand.get(key)
        if now is None:
            record.expand[key] = before
            continue
        listed = now if isinstance(now, list) else [now]
        _merge(listed, before)
        if isinstance(now, list) and isinstance(before, list):
            known = {related.id for related in now}
            record.expand[key] = now + [related for related in before if related.id not in known]
