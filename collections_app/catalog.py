"""The catalog: an immutable snapshot of all collections, shared by every request of the process.

A schema change bumps the `SchemaVersion` row in its own transaction; each process looks at that row at
most every CHECK_SECONDS and loads a new snapshot when it moved, so no process serves an old schema for
longer than that. What is compiled from collections (decoders, filters) hangs on the snapshot and goes
with it.
"""

import threading
import time
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from collections_app.collection import Collection
from collections_app.models import SchemaVersion, StoredCollection
from platform_app.database.lanes import Held, forget_slow_statements, has_written_inline, require_pool
from platform_app.database.rows import usual_connection
from platform_app.wire.weighed_cache import WeighedCache

CHECK_SECONDS = 0.5
_MOST_COMPILED_BYTES = 16 * 1024 * 1024


class Catalog:
    """All collections at one schema version; find them by id (exact) or name (ignoring case)."""

    def __init__(self, collections: Iterable[Collection], version: int = 0) -> None:
        self.version = version
        self.collections = tuple(collections)
        self._by_id = {collection.id: collection for collection in self.collections}
        self._by_name = {collection.name.lower(): collection for collection in self.collections}
        # What was compiled against this snapshot, by its inputs (records/querying/resolving.py). Clients may
        # ask for as many filters as they like: these push out each other, never a rule.
        self.compiled_rules: WeighedCache[Any, Any] = WeighedCache(_MOST_COMPILED_BYTES)
        self.compiled_filters: WeighedCache[Any, Any] = WeighedCache(_MOST_COMPILED_BYTES)

    def find(self, name_or_id: str) -> Collection | None:
        return self._by_id.get(name_or_id) or self._by_name.get(name_or_id.lower())

    def by_id(self, collection_id: str) -> Collection | None:
        return self._by_id.get(collection_id)

    def by_name(self, name: str) -> Collection | None:
        """The collection of this name, ignoring case, also where the name is another one's id."""
        return self._by_name.get(name.lower())

    @cached_property
    def auth_collections(self) -> tuple[Collection, ...]:
        return tuple(collection for collection in self.collections if collection.is_auth)


class _Current:
    """The process-wide snapshot: module state because every thread must see the same one."""

    def __init__(self) -> None:
        self.loading = threading.Lock()  # one thread reads the database, the others wait for what it finds
        self.assigning = threading.Lock()
        self.catalog: Catalog | None = None
        self.times_forgotten = 0
        self.checked_at = 0.0


class _Thread(threading.local):
    """The version that this thread found when it last had to look, until somebody asks anew."""

    found: int | None = None


_current = _Current()
_thread = _Thread()


def catalog() -> Catalog:
    """The snapshot to serve the current request with."""
    snapshot = _current.catalog
    now = time.monotonic()
    if snapshot is not None and (now - _current.checked_at < CHECK_SECONDS or has_written_inline()):
        return snapshot
    with Held(_current.loading), usual_connection():
        times_forgotten = _current.times_forgotten
        snapshot = _current.catalog
        if snapshot is None or SchemaVersion.current() != snapshot.version:
            require_pool()  # to look is short, to load is not
            snapshot = load_catalog()
            forget_slow_statements()
        with _current.assigning:
            # Forgotten meanwhile: what was read may be older than the change that made somebody forget it.
            if _current.times_forgotten == times_forgotten:
                _current.catalog = snapshot
                _current.checked_at = now
        if _thread.found is None:
            _thread.found = snapshot.version
        return snapshot


def find_collection(name_or_id: str) -> Collection | None:
    return catalog().find(name_or_id)


def named_collection(given: Collection | str) -> Collection:
    """A collection by its name or id, or as it is given. Raises LookupError when there is none."""
    if isinstance(given, Collection):
        return given
    found = find_collection(given)
    if found is None:
        raise LookupError(f"there is no collection {given!r}")
    return found


def load_catalog() -> Catalog:
    """Read all definitions. The version is read first: a change in between only loads once more."""
    version = SchemaVersion.current()
    return Catalog((row.as_collection() for row in StoredCollection.all_in_order()), version)


def known_version() -> int | None:
    """The schema version that this process last saw, without looking again; None when it has to look.

    `found_version` tells later what this thread saw when it did.
    """
    snapshot = _current.catalog
    if snapshot is None:
        _thread.found = None
        return None
    return snapshot.version


def found_version() -> int | None:
    """The version that this thread first worked with since `known_version` answered None."""
    return known_version() if _thread.found is None else _thread.found


def forget_catalog() -> None:
    """Make the next request load the snapshot again; for the process that changed the schema."""
    with _current.assigning:
        _current.catalog = None
        _current.times_forgotten += 1
