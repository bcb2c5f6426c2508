"""How long the names of tables, columns and indexes may be.

PostgreSQL takes 63 bytes and cuts off the rest without an error: two long names would become one, and a
column would not be called what its field is called. So a longer name is refused before it gets there.
"""

from collections.abc import Iterator

from django.db import DatabaseError, connection

from collections_app.collection import Collection
from collections_app.fields.options import length_error
from collections_app.tables.plan import (
    AddColumn,
    CreateIndex,
    CreateTable,
    CreateView,
    RenameColumn,
    RenameTable,
    Step,
)
from platform_app.wire.errors import FieldError


class NameTooLong(DatabaseError):
    """A name that the database would cut off."""


def name_length_error(name: str) -> FieldError | None:
    """Refuse a name that is too long for this installation's database; SQLite takes any."""
    longest = connection.ops.max_name_length()
    return None if longest is None else length_error(name, longest)


def has_unstorable_name(collection: Collection) -> bool:
    """Whether the database can make no table with this name or these columns; SQLite takes any.

    Views are not asked: what is wrong with a query shows only when everything that it selects from is there.
    """
    if collection.is_view or connection.ops.max_name_length() is None:
        return False
    names = (collection.name, *(field.name for field in collection.fields))
    return any(not name or name_length_error(name) is not None for name in names)


def check_names(step: Step) -> None:
    """Raises NameTooLong when a step would give something a name that the database cuts off."""
    for name in _new_names(step):
        if name_length_error(name) is not None:
            longest = connection.ops.max_name_length()
            raise NameTooLong(
                f'{connection.display_name} takes names of at most {longest} bytes, not "{name}"'
            )


def _new_names(step: Step) -> Iterator[str]:
    if isinstance(step, CreateTable):
        yield step.collection.name
        yield from (field.name for field in step.collection.fields)
    elif isinstance(step, RenameTable | RenameColumn):
        yield step.new_name
    elif isinstance(step, AddColumn):
        yield step.field.name
    elif isinstance(step, CreateIndex):
        yield step.index.name
    elif isinstance(step, CreateView):
        yield step.name
