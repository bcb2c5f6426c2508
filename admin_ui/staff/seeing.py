"""What staff sees of records that lead elsewhere: nothing of collections that it may not see."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.http import HttpRequest

from admin_ui.records.cells import Cell, Item
from admin_ui.records.columns import Column
from admin_ui.records.inputs import Input
from admin_ui.staff.guarding import may
from admin_ui.staff.members import member_of
from collections_app.catalog import catalog
from collections_app.fields.base import Field
from collections_app.fields.file_field import FileField
from collections_app.fields.relation_field import RelationField


def expandable(request: HttpRequest, fields: Iterable[Field]) -> list[RelationField]:
    """The relations to what may be seen."""
    return [field for field in fields if isinstance(field, RelationField) and not _is_closed(request, field)]


def cells_for_staff(
    request: HttpRequest, columns: Sequence[Column], cells: tuple[Cell, ...]
) -> tuple[Cell, ...]:
    """The cells of a row, without marks and links that say something about closed collections."""
    if member_of(request) is None:
        return cells
    return tuple(
        replace(cell, items=_plain(cell.items)) if _is_closed(request, column.field) else cell
        for column, cell in zip(columns, cells, strict=True)
    )


def inputs_for_staff(request: HttpRequest, inputs: list[Input]) -> list[Input]:
    """The same for a form, where such relations are locked: there is nothing to choose from.

    Of what may be seen, new records are offered to those only who may make them.
    """
    if member_of(request) is None:
        return inputs
    return [
        replace(one, items=_plain(one.items), is_locked=one.is_locked or isinstance(one.field, RelationField))
        if _is_closed(request, one.field)
        else replace(one, may_add_related=one.target is not None and may(request, "add", one.target))
        for one in inputs
    ]


def _is_closed(request: HttpRequest, field: Field) -> bool:
    """Protected files are closed, too: a token for them is one of the API's, which knows no staff."""
    member = member_of(request)
    if member is None:
        return False
    if isinstance(field, RelationField):
        target = catalog().by_id(field.collection_id)
        return target is None or not may(request, "view", target)
    return isinstance(field, FileField) and field.protected


def _plain(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(Item(item.text, id=item.id) for item in items)
