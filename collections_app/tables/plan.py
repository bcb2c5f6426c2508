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
from collections_app.tables.indexes import Index, parse_index

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
    """`parked_as` is the name to begin with, where the field's own is not free."""

    table: str
    field: Field
    parked_as: str = ""

    @property
    def column(self) -> str:
        return self.parked_as or self.field.name


@dataclass(frozen=True)
class CheckViews:
    """Refuse the change where some view is broken; SQLite notices it only when a column is renamed.

    `column` of `table` is there to be looked at.
    """

    table: str
    column: str


@dataclass(frozen=True)
class RenameColumn:
    """`field` is the definition that the column follows; its own name may be neither of the two."""

    table: str
    field: Field
    old_name: str
    new_name: str
    was_parked: bool = False


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
    | CheckViews
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
        renamed = [DropView(old.name)] if old.name != new.name else []
        return [*renamed, *_view_steps(new)]
    return _change(old, new)


def _drop(old: Collection) -> list[Step]:
    return [DropView(old.name) if old.is_view else DropTable(old)]


def _create(new: Collection) -> list[Step]:
    if new.is_view:
        return _view_steps(new)
    return [
        CreateTable(new),
        *(CreateIndex(new, index, position) for position, index in _indexes(new)),
    ]


def _view_steps(new: Collection) -> list[Step]:
    # What has its name already is told apart: another view goes until the row is refused, a table refuses.
    return [DropView(new.name), CreateView(new.name, new.view_query)]


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
    """Renames, additions and conversions, for a table that already lost its dropped columns.

    A column whose name is not free yet, as when two are swapped, is parked under another one first. What is
    parked gets its name at the end, even where that never became free: then it is the database that refuses.
    """
    old_by_id = {field.id: field for field in old.fields}
    kept = [(old_by_id[field.id], field) for field in new.fields if field.id in old_by_id]
    taken = {before.name.lower() for before, _ in kept}
    reserved = taken | {field.name.lower() for field in new.fields}
    parked: list[RenameColumn] = []

    def park(field: Field, wanted: str, final_name: str) -> str:
        name = _free_name(wanted, reserved)
        reserved.add(name.lower())
        parked.append(RenameColumn(new.name, field, name, final_name, was_parked=True))
        return name

    waiting = [(before, after) for before, after in kept if before.name != after.name]
    while waiting:
        pair = next((one for one in waiting if _is_free(one[1].name, taken, own=one[0].name)), waiting[0])
        waiting.remove(pair)
        before, after = pair
        target = after.name
        if not _is_free(target, taken, own=before.name):
            target = park(before, f"_{before.name}", target)
        yield RenameColumn(new.name, before, before.name, target)
        taken = taken - {before.name.lower()} | {target.lower()}
    taken |= {step.new_name.lower() for step in parked}
    added = [field for field in new.fields if field.id not in old_by_id]
    for field in added:
        if not field.is_multiple:
            is_free = field.name.lower() not in taken
            step = AddColumn(new.name, field, "" if is_free else park(field, f"_{field.name}", field.name))
            yield step
            taken.add(step.column.lower())
    yield from parked
    # The reference makes every column of lists from one of single values, and so after all others.
    for field in new.fields:
        known = old_by_id.get(field.id)
        if known is None and field.is_multiple:
            yield AddColumn(new.name, field)
        elif known is not None and known.is_multiple != field.is_multiple:
            yield ConvertColumn(new.name, field, to_multiple=field.is_multiple)
    if added:
        yield CheckViews(new.name, added[0].name)


def _is_free(name: str, taken: set[str], *, own: str) -> bool:
    return name.lower() == own.lower() or name.lower() not in taken


def _free_name(wanted: str, reserved: set[str]) -> str:
    # The longest name that PostgreSQL takes must not become one that it cuts off.
    wanted = wanted[:_PARKED_LENGTH]
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
