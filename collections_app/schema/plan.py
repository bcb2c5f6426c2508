"""What has to happen to a collection's table: `plan(old, new)` compares definitions and yields steps.

Pure: nothing here touches a database. Fields are compared by id, so a new name is a rename that keeps the
data. Reference: contract/collections.md 6; the outcome is the reference's, with fewer detours: names are
parked only where they are swapped, and an index is rebuilt only when something it mentions changed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.schema.indexes import Index, parse_index

_PARKED_LENGTH = 50


@dataclass(frozen=True)
class CreateTable:
    collection: Collection


@dataclass(frozen=True)
class DropTable:
    collection: Collection


@dataclass(frozen=True)
class RenameTable:
    old_name: str
    new_name: str


@dataclass(frozen=True)
class AddColumn:
    table: str
    field: Field


@dataclass(frozen=True)
class RenameColumn:
    """`field` is the definition that the column follows; its own name may be neither of the two."""

    table: str
    field: Field
    old_name: str
    new_name: str


@dataclass(frozen=True)
class DropColumn:
    table: str
    field: Field


@dataclass(frozen=True)
class ConvertColumn:
    """Turn the stored values of `field` (new definition) into lists, or lists into their last item."""

    table: str
    field: Field
    to_multiple: bool


@dataclass(frozen=True)
class DropIndex:
    name: str


@dataclass(frozen=True)
class CreateIndex:
    """`position` is the place in the collection's list of indexes, which error answers mention."""

    collection: Collection
    index: Index
    position: int


@dataclass(frozen=True)
class CreateView:
    name: str
    query: str


@dataclass(frozen=True)
class DropView:
    name: str


Step = (
    CreateTable
    | DropTable
    | RenameTable
    | AddColumn
    | RenameColumn
    | DropColumn
    | ConvertColumn
    | DropIndex
    | CreateIndex
    | CreateView
    | DropView
)


def plan(old: Collection | None, new: Collection | None) -> list[Step]:
    """The steps from one definition to the other, in order.

    `old` None: the collection is new; `new` None: it goes. The type of a collection never changes.
    """
    if new is None:
        return _drop(old) if old is not None else []
    if old is None:
        return _create(new)
    if new.is_view:
        # Also when the text is the same: what it selects from may be another column by now.
        return [DropView(old.name), CreateView(new.name, new.view_query)]
    return _change(old, new)


def _drop(old: Collection) -> list[Step]:
    return [DropView(old.name) if old.is_view else DropTable(old)]


def _create(new: Collection) -> list[Step]:
    if new.is_view:
        return [CreateView(new.name, new.view_query)]
    return [
        CreateTable(new),
        *(CreateIndex(new, index, position) for position, index in _indexes(new)),
    ]


def _change(old: Collection, new: Collection) -> list[Step]:
    new_by_id = {field.id: field for field in new.fields}
    dropped = [field for field in old.fields if field.id not in new_by_id]
    columns = list(_column_steps(old, new))
    touched = {field.name.lower() for field in dropped}
    for step in columns:
        if isinstance(step, RenameColumn):
            touched |= {step.old_name.lower(), step.new_name.lower()}
        elif isinstance(step, ConvertColumn):
            touched.add(step.field.name.lower())

    stale, fresh = _index_steps(old, new, touched)
    steps: list[Step] = list(stale)
    if old.name != new.name:
        steps.append(RenameTable(old.name, new.name))
    steps += (DropColumn(new.name, field) for field in dropped)
    return [*steps, *columns, *fresh]


def _column_steps(old: Collection, new: Collection) -> Iterator[Step]:
    """Renames, additions and conversions, for a table that already lost its dropped columns."""
    old_by_id = {field.id: field for field in old.fields}
    kept = [(old_by_id[field.id], field) for field in new.fields if field.id in old_by_id]
    yield from _renames(new.name, kept)
    for field in new.fields:
        if field.id not in old_by_id:
            yield AddColumn(new.name, field)
    for before, after in kept:
        if before.is_multiple != after.is_multiple:
            yield ConvertColumn(new.name, after, to_multiple=after.is_multiple)


def _renames(table: str, kept: list[tuple[Field, Field]]) -> Iterator[RenameColumn]:
    """Rename in an order in which every new name is free; a circle is opened by parking one column."""
    current = {after.id: before.name for before, after in kept}
    definition = {after.id: before for before, after in kept}
    pending = {after.id: after.name for before, after in kept if before.name != after.name}
    while pending:
        taken = {name.lower(): field_id for field_id, name in current.items()}
        ready = [
            field_id for field_id, name in pending.items() if taken.get(name.lower(), field_id) == field_id
        ]
        if ready:
            field_id = ready[0]
            target = pending.pop(field_id)
        else:
            field_id = next(iter(pending))
            # The longest name that PostgreSQL takes must not become one that it cuts off.
            target = _free_name(f"_{current[field_id]}"[:_PARKED_LENGTH], taken, pending)
        yield RenameColumn(table, definition[field_id], current[field_id], target)
        current[field_id] = target


def _free_name(wanted: str, taken: dict[str, str], pending: dict[str, str]) -> str:
    reserved = set(taken) | {name.lower() for name in pending.values()}
    name, number = wanted, 1
    while name.lower() in reserved:
        number += 1
        name = f"{wanted}{number}"
    return name


def _index_steps(
    old: Collection, new: Collection, touched: set[str]
) -> tuple[list[DropIndex], list[CreateIndex]]:
    before = {index.name.lower(): index for _, index in _indexes(old)}
    after = {index.name.lower(): (position, index) for position, index in _indexes(new)}
    stays = {
        name
        for name, (_, index) in after.items()
        if name in before
        and before[name].retable(new.name).sql() == index.sql()
        and not touched & _words(index)
    }
    drops = [DropIndex(index.name) for name, index in before.items() if name not in stays]
    creates = [
        CreateIndex(new, index, position) for name, (position, index) in after.items() if name not in stays
    ]
    return drops, creates


def _indexes(collection: Collection) -> Iterator[tuple[int, Index]]:
    """The readable indexes with their places, always on the collection's own table."""
    for position, text in enumerate(collection.indexes):
        index = parse_index(text)
        if index is not None:
            yield position, index.retable(collection.name)


def _words(index: Index) -> set[str]:
    texts = [column.name for column in index.columns] + [index.where]
    return {word.lower() for text in texts for word in re.findall(r"\w+", text)}
