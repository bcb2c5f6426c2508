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
from collections_app.records.querying.back_relations import back_relation
from collections_app.records.querying.finding import find_records, find_viewable, referencing_ids
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.stale_schema import with_fresh_schema
from platform_app.database.lanes import check_time
from platform_app.database.transactions import shielded
from platform_app.wire.errors import ApiError

logger = logging.getLogger(__name__)

MAX_DEPTH = 6
MAX_BACK_RELATED = 1000
# Bounds of our own (docs/compatibility.md). What is over is a path that failed.
MAX_PATHS = 200
MAX_LOADED = 50_000

_OLD_BACK_RELATION = re.compile(r"(\w+)\((\w+)\)", re.ASCII)

Enrich = Callable[[Sequence[Record], RequestInfo], None]
# Finds those of these records that are to be attached.
Load = Callable[[Collection, Sequence[str]], list[Record]]
# The parts of a path such as `author.posts_via_author`.
Path = tuple[str, ...]


class CannotExpand(Exception):
    """A path names no relation, one whose records the requester may not view, or too many records."""


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
            ids = [record.id for record in records]
            return referencing_ids(self.target, self.field, ids, most=MAX_BACK_RELATED)
        multiple = self.field.is_multiple
        return {record.id: _id_list(record.values.get(self.key), multiple) for record in records}


def expand_records(records: Sequence[Record], paths: str, info: RequestInfo, *, enrich: Enrich) -> None:
    """Fill `record.expand` of records of one collection with what the comma separated `paths` name.

    `enrich` is called with every batch of related records before it is attached.
    """
    info = info.within("expand")

    def load(target: Collection, ids: Sequence[str]) -> list[Record]:
        related = find_viewable(target, ids, info)
        if related:
            enrich(related, info)
        return related

    for path, error in _expand(records, paths, load):
        logger.info("cannot expand %r: %s", ".".join(path), error)


def expand_relations(
    records: Sequence[Record], paths: Iterable[str], load: Load | None = None
) -> dict[str, Exception]:
    """Fill `record.expand` of records of one collection, for code that may see everything.

    No rule is asked and no hook runs. `load` finds the records of a collection by their ids, in any order, if
    not all of them are to be there. Returns why paths failed; those are left out as a whole.
    """
    failed = _expand(records, ",".join(paths), load or find_records)
    return {".".join(path): error for path, error in failed}


def _expand(records: Sequence[Record], paths: str, load: Load) -> Iterator[tuple[Path, Exception]]:
    """Expand the comma separated paths, and tell which failed and why."""
    expansion = _Expansion(load)

    def expand(path: Path) -> None:
        with shielded():
            expansion.follow(records, path)

    for path in expand_paths(paths):
        check_time()
        try:
            # The records may be written by now: only this may be done again.
            with_fresh_schema(partial(expand, path))
        except (CannotExpand, ApiError, FilterError, DatabaseError) as error:
            yield path, error


def expand_paths(text: str) -> list[Path]:
    """The distinct paths in `text`, without those that are the beginning of another.

    What lies deeper than MAX_DEPTH is cut off, and what comes after MAX_PATHS left out.

    >>> expand_paths(" a.b, a ,c.,,c")
    [('a', 'b'), ('c',)]
    """
    paths: dict[Path, None] = {}
    for part in text.split(","):
        if trimmed := part.replace(" ", "").strip("."):
            paths[tuple(trimmed.split(".", MAX_DEPTH)[:MAX_DEPTH])] = None
            if len(paths) == MAX_PATHS:
                break
    beginnings = {path[:length] for path in paths for length in range(1, len(path))}
    return [path for path in paths if path not in beginnings]


def expanded_collections(collection: Collection, paths: str) -> Iterator[Collection]:
    """The collections whose records `paths` bring into the answer about records of `collection`."""
    for path in expand_paths(paths):
        reached = collection
        for part in path:
            try:
                reached = _step(reached, part).target
            except CannotExpand:
                break
            yield reached


class _Expansion:
    """The expanding of one answer, which may load so many records and no more."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._left = MAX_LOADED
        self._merged: set[tuple[int, int]] = set()

    def follow(self, records: Sequence[Record], path: Path) -> None:
        """Attach what the first part of `path` names to all of `records`, expanded by the rest. Raises."""
        if not records:
            return
        step = _step(records[0].collection, path[0])
        ids, is_multiple = step.ids(records), step.is_multiple
        wanted = list(dict.fromkeys(id_ for some in ids.values() for id_ in some))
        self._left -= len(wanted)
        if self._left < 0:
            raise CannotExpand(f"more than {MAX_LOADED} records in one answer")
        related = self._load(step.target, wanted)
        if len(path) > 1:
            self.follow(related, path[1:])
        by_id = {record.id: record for record in related}
        for record in records:
            if record.expand is None:
                record.expand = {}
            found = [by_id[id_] for id_ in ids.get(record.id, ()) if id_ in by_id]
            if found:
                self._merge(found, record.expand.get(step.key))
                record.expand[step.key] = found if is_multiple else found[0]

    def _merge(self, found: Iterable[Record], expanded_before: Record | list[Record] | None) -> None:
        """Carry over what an earlier path has expanded inside the same related records."""
        if expanded_before is None:
            return
        before = [expanded_before] if isinstance(expanded_before, Record) else expanded_before
        before_by_id = {record.id: record for record in before}
        for record in found:
            earlier = before_by_id.get(record.id)
            if earlier is not None and earlier is not record:
                self._merge_expands(record, earlier)

    def _merge_expands(self, record: Record, earlier: Record) -> None:
        # Many records share the same related ones: each pair is looked at once. Both live as long as this.
        pair = (id(record), id(earlier))
        if not earlier.expand or pair in self._merged:
            return
        self._merged.add(pair)
        if record.expand is None:
            record.expand = {}
        for key, before in earlier.expand.items():
            now = record.expand.get(key)
            if now is None:
                record.expand[key] = before
                continue
            listed = now if isinstance(now, list) else [now]
            self._merge(listed, before)
            if isinstance(now, list) and isinstance(before, list):
                known = {related.id for related in now}
                record.expand[key] = now + [related for related in before if related.id not in known]


def _step(collection: Collection, part: str) -> _Step:
    """Where a part of a path leads from `collection`. Raises CannotExpand."""
    old = _OLD_BACK_RELATION.fullmatch(part)
    back = (old[1], old[2]) if old else back_relation(part)
    if back is not None:
        return _back_step(collection, part, *back)
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
