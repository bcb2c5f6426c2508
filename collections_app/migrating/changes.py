"""What changed between two definitions: small changes that can be laid over a definition, and taken back.

They are written into migration files, so they name things by id (fields) or name (indexes) and still apply
when somebody else changed another part of the collection meanwhile.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

Json = dict[str, Any]
KeyOf = Callable[[Any], str]

_PUBLIC_MODULE = "collections_app.migration_operations"


class _Written:
    """Lets Django's migration writer, and ours, write an instance as the call that makes it."""

    def deconstruct(self) -> tuple[str, list[Any], Json]:
        first, *others = ((field.name, getattr(self, field.name)) for field in fields(self))  # type: ignore[arg-type]
        return f"{_PUBLIC_MODULE}.{type(self).__name__}", [first[1]], dict(others)


@dataclass(frozen=True)
class Added(_Written):
    """`item` came into the list, at position `at` of the new one."""

    item: Any
    at: int


@dataclass(frozen=True)
class Removed(_Written):
    """`item` left the list; it was at position `at` of the old one."""

    item: Any
    at: int


@dataclass(frozen=True)
class Changed(_Written):
    """Members of the item with this key have other values."""

    key: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Reordered(_Written):
    """The items that stay changed places; both lists hold all keys."""

    before: Sequence[str]
    after: Sequence[str]


ListChange = Added | Removed | Changed | Reordered


def list_changes(before: Sequence[Any], after: Sequence[Any], key_of: KeyOf) -> list[ListChange]:
    """The changes that make `after` of `before`; items are JSON objects, or texts, which change whole."""
    old, new = {key_of(item): item for item in before}, {key_of(item): item for item in after}
    replaced = {key for key in old.keys() & new.keys() if isinstance(old[key], str) and old[key] != new[key]}
    kept = (old.keys() & new.keys()) - replaced
    changes: list[ListChange] = [
        Removed(item, at) for at, (key, item) in enumerate(old.items()) if key not in kept
    ]
    changes += [Added(item, at) for at, (key, item) in enumerate(new.items()) if key not in kept]
    for key in (key for key in new if key in kept and old[key] != new[key]):
        changes.append(Changed(key, *object_changes(old[key], new[key])))
    if [key for key in old if key in kept] != [key for key in new if key in kept]:
        changes.append(Reordered(list(old), list(new)))
    return changes


def changed_list(
    items: Iterable[Any], changes: Iterable[ListChange], key_of: KeyOf, *, backwards: bool = False
) -> list[Any]:
    """`items` with the changes made, or taken back; what is not there any more is left alone."""
    changes = [_inverse(change) for change in changes] if backwards else list(changes)
    gone = {key_of(change.item) for change in changes if isinstance(change, Removed)}
    result = [item for item in items if key_of(item) not in gone]
    for added in sorted((c for c in changes if isinstance(c, Added)), key=lambda one: one.at):
        result = [item for item in result if key_of(item) != key_of(added.item)]
        result.insert(added.at, added.item)
    for change in changes:
        if isinstance(change, Changed):
            result = [{**item, **change.after} if key_of(item) == change.key else item for item in result]
        elif isinstance(change, Reordered):
            result = _reordered(result, change.after, key_of)
    return result


def object_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Json, Json]:
    """The old and the new values of the members that differ; of objects in them only what differs."""
    old: Json = {}
    new: Json = {}
    for key in before.keys() & after.keys():
        was, now = before[key], after[key]
        if isinstance(was, dict) and isinstance(now, dict):
            was, now = object_changes(was, now)
            if not now:
                continue
        elif was == now and type(was) is type(now):
            continue
        old[key], new[key] = was, now
    order = [key for key in after if key in new]
    return {key: old[key] for key in order}, {key: new[key] for key in order}


def _inverse(change: ListChange) -> ListChange:
    if isinstance(change, Added):
        return Removed(change.item, change.at)
    if isinstance(change, Removed):
        return Added(change.item, change.at)
    if isinstance(change, Changed):
        return Changed(change.key, before=change.after, after=change.before)
    return Reordered(before=change.after, after=change.before)


def _reordered(items: list[Any], order: Sequence[str], key_of: KeyOf) -> list[Any]:
    """The items in the given order; those that it does not know keep their places."""
    place = {key: at for at, key in enumerate(order)}
    known = iter(sorted((i for i in items if key_of(i) in place), key=lambda item: place[key_of(item)]))
    return [next(known) if key_of(item) in place else item for item in items]
