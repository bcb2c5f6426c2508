"""Django model fields that show people who use the ORM the same values as the API.

The table itself is made from `Field.column_sql`; here only values are converted.
"""

from typing import TYPE_CHECKING, Any

from django.db import models

from collections_app.fields.abilities import HasFiles
from collections_app.fields.python_values import is_expression

if TYPE_CHECKING:
    from collections_app.fields.base import Field


class _Converted:
    """Reads and writes a column through the collection field that it belongs to."""

    source: "Field"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.source.from_db(value)

    def get_prep_value(self, value: Any) -> Any:
        """What is stored, or compared with. Raises TypeError for what the field cannot hold."""
        if is_expression(value):
            return value
        accepted = self.source.accept(value)
        if isinstance(self.source, HasFiles) and self.source.pending_files(accepted):
            raise TypeError(f"{self.source.name} cannot hold a file here: it is save() that stores files")
        return self.source.to_db(accepted)

    def to_python(self, value: Any) -> Any:
        return value


class TextColumn(_Converted, models.TextField):  # type: ignore[type-arg]
    """A text column: texts as they are, lists, JSON and geo points as JSON text."""


class NumberColumn(_Converted, models.FloatField):  # type: ignore[type-arg]
    """A column of doubles."""


class BoolColumn(_Converted, models.BooleanField):  # type: ignore[type-arg]
    """A column of bools."""


def model_field(
    cls: type[TextColumn] | type[NumberColumn] | type[BoolColumn], source: "Field", **options: Any
) -> "models.Field[Any, Any]":
    """A model field of class `cls` for a collection field, optional in forms unless that is required."""
    column = cls(blank=not source.required, default=_zero_of(source), **options)
    column.source = source
    return column


def _zero_of(source: "Field") -> Any:
    # A fresh list or dict for every instance of the model.
    return (lambda: source.zero) if isinstance(source.zero, list | dict) else source.zero
