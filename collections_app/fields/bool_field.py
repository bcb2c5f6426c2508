"""`bool`: true or false; required means that it must be true."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from collections_app.fields import columns_sql
from collections_app.fields.base import Affinity, Field, ValueContext
from collections_app.fields.model_fields import BoolColumn, model_field
from collections_app.fields.python_values import as_bool
from collections_app.fields.registry import register
from platform_app.database.engines.vendor import Vendor
from platform_app.wire.casting import format_short, to_bool
from platform_app.wire.errors import FieldError, required


def bool_from_db(stored: Any) -> bool:
    """A stored bool: SQLite holds 0 and 1, by hand perhaps other numbers or text."""
    if type(stored) is int:
        return stored != 0
    if isinstance(stored, float):
        return to_bool(format_short(stored))  # as the reference's driver hands it over: as text
    return to_bool(stored)


@register
@dataclass(frozen=True, kw_only=True)
class BoolField(Field):
    type: ClassVar[str] = "bool"
    affinity: ClassVar[Affinity] = "numeric"

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.bool_column()

    def model_field(self) -> Any:
        return model_field(BoolColumn, self)

    @property
    def zero(self) -> bool:
        return False

    def clean(self, raw: Any) -> bool:
        return to_bool(raw)

    def plain(self, given: Any) -> Any:
        return as_bool(given)

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        return required() if self.required and not value else None

    def from_db(self, stored: Any) -> bool:
        """What a view holds is read as text, where only 1 is true; in a table other numbers are too."""
        return stored == 1 if type(stored) is int else bool_from_db(stored)

    def to_db(self, value: Any) -> bool:
        return bool(value)

    @cached_property
    def decoder(self) -> Any:
        return bool_from_db
