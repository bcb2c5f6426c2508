"""Bringing a database to a snapshot: the collections as they were somewhere else.

A snapshot is a state. A new data directory gets exactly its definitions; its initial collections make way. In
any other one a collection is known by its id, or else by its name, and so is a field in it. Nothing that
records hold is lost unless the snapshot says that what it lacks may go.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from collections_app.catalog import Catalog, forget_catalog, load_catalog
from collections_app.collection import Collection
from collections_app.definitions.blank import blank_collection
from collections_app.definitions.definition_json import merge_definition, text_member
from collections_app.definitions.initial_collections import is_untouched
from collections_app.definitions.plain_errors import plain_line
from collections_app.definitions.saving import delete_collection, replayed_from, save_collection
from collections_app.definitions.validating import definition_errors
from collections_app.definitions.view_fields import view_fields
from collections_app.fields.base import Field
from collections_app.migrating.refusals import explained, refuse
from collections_app.migrating.waiting_views import store_waiting_view
from collections_app.models import SchemaVersion, StoredCollection
from collections_app.tables.losses_sql import count_longer_lists, count_records, count_values
from collections_app.tables.plan import ConvertColumn, DropColumn, plan
from collections_app.tables.view_query import InvalidViewQuery
from platform_app.database.ids import random_text
from platform_app.database.transactions import unit_of_work

Json = Mapping[str, Any]

_WAY_OUT = (
    "Rename what is here, or write the snapshot with --delete-missing, which says that what it lacks may go"
)
_PARKED_LENGTH = 15


def apply_snapshot(
    definitions: Sequence[Json], *, delete_missing: bool, broken: Container[str] = frozenset()
) -> None:
    """Create and update the collections of the snapshot; all or none.

    With `delete_missing`, collections and fields that it lacks go, except those of the system. `broken` has
    the ids of collections that did not pass the checks where they come from: they are taken as they are.
    Raises MigrationRefused.
    """
    try:
        with unit_of_work():
            SchemaVersion.lock()
            if _is_new(load_catalog()):
                _delete(one for one in load_catalog().collections if not one.system)
            here = load_catalog()
            arrivals = _arrivals(definitions, here, delete_missing=delete_missing)
            if not delete_missing:
                _refuse_losses(arrivals)
            gone = [one.replaced for one in arrivals if one.replaced is not None]
            if delete_missing:
                matched = {one.stored.id for one in arrivals if one.stored} | {one.id for one in gone}
                gone += [one for one in here.collections if one.id not in matched and not one.system]
            _delete(gone)
            _judge(list(_save(arrivals, broken)), broken)
            if not delete_missing:
                _refuse_dangling({one.id: one for one in gone})
    finally:
        forget_catalog()


def faults(catalog: Catalog) -> dict[str, str]:
    """By id, what is wrong with collections that would not pass the checks now; such a snapshot is taken
    all the same, and says which they are."""
    found = {
        one.id: plain_line(errors)
        for one in catalog.collections
        if (errors := definition_errors(one, one, catalog))
    }
    sound = [one for one in catalog.collections if one.is_view and one.id not in found]
    broken = [one for one in catalog.collections if one.is_view and one.id in found]
    # A view that SQLite still answers from may not be made again, and then neither those upon it.
    while broken:
        name = broken.pop().name
        for view in [one for one in sound if re.search(rf"\b{name}\b", one.view_query, re.IGNORECASE)]:
            found[view.id] = f"it selects from the view {name}, which has faults."
            sound.remove(view)
            broken.append(view)
    return found


def _is_new(catalog: Catalog) -> bool:
    """Whether nobody has designed anything here, nor added a record."""
    own = [one for one in catalog.collections if not one.system]
    return all(is_untouched(one) and not count_records(one.name) for one in own)


# --- what becomes of what -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Arrival:
    """A collection that the snapshot has.

    `stored` is what it is made from, its fields under the snapshot's ids; `replaced` is what must go first,
    because it cannot become this one.
    """

    target: Collection
    stored: Collection | None = None
    replaced: Collection | None = None
    generated_id: str = ""


def _arrivals(definitions: Sequence[Json], here: Catalog, *, delete_missing: bool) -> list[_Arrival]:
    ids = {text_member(one, "id") for one in definitions}
    namesakes = {one.name.lower(): one for one in here.collections if one.id not in ids}
    arrivals: list[_Arrival] = []
    for definition in definitions:
        own_id, name = text_member(definition, "id"), text_member(definition, "name")
        found = (here.by_id(own_id) if own_id else None) or namesakes.get(name.lower())
        with explained("imported", name or own_id):
            if found is not None and _can_become(found, definition):
                arrivals.append(_updated(found, definition, delete_missing=delete_missing))
            else:
                arrivals.append(_created(found, definition))
    if any(one.stored and not one.target.is_view and plan(one.stored, one.target) for one in arrivals):
        # Views hold no records. Made anew, they are in nobody's way while the tables change.
        return [
            replace(one, stored=None, replaced=one.stored) if one.target.is_view and one.stored else one
            for one in arrivals
        ]
    return arrivals


def _can_become(stored: Collection, definition: Json) -> bool:
    return text_member(definition, "id") in ("", stored.id) and text_member(definition, "type") in (
        "",
        stored.type,
    )


def _created(replaced: Collection | None, definition: Json) -> _Arrival:
    own_id, name, kind = (text_member(definition, key) for key in ("id", "name", "type"))
    blank = blank_collection(kind, name, own_id)
    # Without default fields: a definition is complete, and its fields may have other ids.
    if definition.get("fields") is not None:
        blank = replace(blank, fields=(), indexes=())
    target = merge_definition(blank, definition)
    return _Arrival(target, replaced=replaced, generated_id="" if own_id else target.id)


def _updated(stored: Collection, definition: Json, *, delete_missing: bool) -> _Arrival:
    target = merge_definition(stored, definition)
    if stored.is_view:
        return _Arrival(target, stored=stored)
    base = replace(stored, fields=_under_ids_of(target.fields, stored.fields))
    ids = {field.id for field in target.fields}
    names = {field.name.lower() for field in target.fields}
    others = (field for field in base.fields if field.id not in ids and field.name.lower() not in names)
    kept = (field for field in others if field.system or not delete_missing)
    return _Arrival(replace(target, fields=(*target.fields, *kept)), stored=base)


def _under_ids_of(wanted: Iterable[Field], fields: Sequence[Field]) -> tuple[Field, ...]:
    """`fields` under the ids of the wanted ones that they are: of the same id, or else name, and type.

    An id of a wanted field that is another one is given up for a new one.
    """
    by_id = {field.id: field for field in wanted}
    same = {one.id for one in fields if one.id in by_id and by_id[one.id].type == one.type}
    by_name = {field.name.lower(): field for field in by_id.values() if field.id not in same}
    renamed: list[Field] = []
    for field in fields:
        namesake = by_name.get(field.name.lower())
        if field.id in same:
            renamed.append(field)
        elif namesake is not None and namesake.type == field.type:
            renamed.append(replace(field, id=namesake.id))
        elif field.id in by_id:
            renamed.append(replace(field, id=random_text(_PARKED_LENGTH)))
        else:
            renamed.append(field)
    return tuple(renamed)


# --- what nobody asked to lose ------------------------------------------------------------------------


def _refuse_losses(arrivals: Iterable[_Arrival]) -> None:
    """Raises MigrationRefused where records would lose something, or go."""
    for arrival in arrivals:
        reason = next(_losses(arrival), "")
        if reason:
            refuse("imported", arrival.target.name, f"{reason}. {_WAY_OUT}")


def _losses(arrival: _Arrival) -> Iterator[str]:
    replaced, stored = arrival.replaced, arrival.stored
    if replaced is not None and not replaced.is_view and (count := count_records(replaced.name)):
        was, will_be = (f"{one.type} collection with the id {one.id}" for one in (replaced, arrival.target))
        yield f"here it is the {was}, in the snapshot the {will_be}, and {_records(count)} would be deleted"
    if stored is None or stored.is_view:
        return
    names = {field.id: field.name for field in stored.fields}
    for step in plan(stored, arrival.target):
        if isinstance(step, DropColumn) and (count := count_values(stored.name, step.field)):
            field = f"{step.field.name} ({step.field.type})"
            yield f"the field {field} makes way for another one, and {_records(count)} would lose its value"
        elif isinstance(step, ConvertColumn) and not step.to_multiple:
            name = names[step.field.id]
            if count := count_longer_lists(stored.name, name):
                yield f"the field {name} keeps its last value alone, and {_records(count)} would lose others"


def _records(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"


def _refuse_dangling(gone: Mapping[str, Collection]) -> None:
    """Raises MigrationRefused when a relation that stays leads to a collection that has another id by now."""
    after = load_catalog()
    for collection in after.collections:
        for field in collection.fields:
            target = getattr(field, "collection_id", "")
            if target in gone and after.by_id(target) is None:
                refuse(
                    "imported",
                    gone[target].name,
                    f"{collection.name}.{field.name} leads to it under the id {target}. {_WAY_OUT}",
                )


# --- carrying it out ----------------------------------------------------------------------------------


def _delete(collections: Iterable[Collection]) -> None:
    """Views first: what they select from may be about to go."""
    for collection in sorted(collections, key=lambda one: not one.is_view):
        with explained("replaced", collection.name):
            delete_collection(collection, checks_references=False)


def _save(
    arrivals: Sequence[_Arrival], broken: Container[str]
) -> Iterator[tuple[Collection, Collection | None]]:
    """Save all, views last; yields what was saved, and what it was made from."""
    wanted = {one.target.name.lower() for one in arrivals}
    ready = [_out_of_the_way(one, wanted) for one in arrivals if not one.target.is_view]
    for arrival in ready:
        yield _save_one(arrival), arrival.stored
    yield from _save_views([one for one in arrivals if one.target.is_view], broken)


def _out_of_the_way(arrival: _Arrival, wanted: Container[str]) -> _Arrival:
    """The arrival with what it is made from as the database has to have it: under the snapshot's ids of
    fields, and not under a name that another collection is about to get."""
    stored = arrival.stored
    if stored is None:
        return arrival
    StoredCollection.from_collection(stored).save(force_update=True)
    SchemaVersion.bump()
    if arrival.target.name.lower() != stored.name.lower() and stored.name.lower() in wanted:
        parked = replace(stored, name=f"_{random_text(_PARKED_LENGTH)}")
        with explained("imported", stored.name):
            stored = save_collection(parked, stored, validate=False)
    return replace(arrival, stored=stored)


def _save_one(arrival: _Arrival) -> Collection:
    with explained("imported", arrival.target.name):
        return save_collection(
            arrival.target, arrival.stored, validate=False, generated_id=arrival.generated_id
        )


def _save_views(
    arrivals: Sequence[_Arrival], broken: Container[str]
) -> Iterator[tuple[Collection, Collection | None]]:
    """Save each view after those that it selects from, whatever their order is."""
    waiting = list(arrivals)
    while waiting:
        ready = [one for one in waiting if _works(one.target)]
        if not ready and all(one.target.id in broken for one in waiting):
            yield from ((store_waiting_view(one.target, one.stored), one.stored) for one in waiting)
            return
        # When none works, the first one that should tells what is wrong.
        ready = ready or [next(one for one in waiting if one.target.id not in broken)]
        for arrival in ready:
            yield _save_one(arrival), arrival.stored
            waiting.remove(arrival)


def _works(view: Collection) -> bool:
    try:
        view_fields(view.view_query, load_catalog())
    except InvalidViewQuery:
        return False
    return True


def _judge(saved: Iterable[tuple[Collection, Collection | None]], broken: Container[str]) -> None:
    """Check the definitions, now that every relation can find its target. Raises MigrationRefused."""
    after = load_catalog()
    for collection, stored in saved:
        current = after.by_id(collection.id)
        if current is None or current.id in broken:
            continue
        errors = definition_errors(current, replayed_from(stored, current) or current, after)
        if errors:
            refuse("imported", current.name, plain_line(errors))


__all__ = ["apply_snapshot", "faults"]
