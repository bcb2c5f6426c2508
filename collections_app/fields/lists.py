"""What select and relation share: one text or a list of texts, in a text or a JSON column."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from collections_app.fields import columns_sql
from collections_app.fields.abilities import Modify
from collections_app.fields.base import Field
from collections_app.fields.model_fields import TextColumn, model_field
from collections_app.fields.python_values import as_items, as_text, refuse, simplified
from platform_app.database.engines.vendor import Vendor
from platform_app.wire.casting import format_short, to_unique_strings
from platform_app.wire.errors import FieldError
from platform_app.wire.json_encoding import go_json


def list_from_db(stored: Any) -> list[str]:
    """The texts of a stored JSON array; single values of old columns become a list of one."""
    if stored == "[]":
        return []
    if type(stored) is str and stored.startswith('["'):
        try:
            texts: list[str] = orjson.loads(stored)
        except orjson.JSONDecodeError:
            return [stored]
        # What we store ourselves: texts, none empty, none twice.
        if len(set(map(type, texts))) == 1 and all(texts) and len(set(texts)) == len(texts):
            return texts
    return to_unique_strings(format_short(stored) if isinstance(stored, float) else stored)


def last_from_db(stored: Any) -> str:
    """The single text of a column, the last one where it holds a JSON array."""
    if type(stored) is str and "[" not in stored:
        return stored
    texts = list_from_db(stored)
    return texts[-1] if texts else ""


@dataclass(frozen=True, kw_only=True)
class HoldsTexts(Field):
    """A field that holds several texts when `maxSelect` is over 1, else one."""

    max_select: int = 0

    @property
    def is_multiple(self) -> bool:
        return self.max_select > 1

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.list_column(vendor, is_multiple=self.is_multiple)

    def model_field(self) -> Any:
        return model_field(TextColumn, self)

    @property
    def zero(self) -> str | list[str]:
        return [] if self.is_multiple else ""

    def clean(self, raw: Any) -> str | list[str]:
        texts = to_unique_strings(raw)
        if self.is_multiple:
            return texts
        # The reference casts twice, when it reads a body and when it sets the value, so that the last text of
        # a list may itself be the JSON of one.
        last = to_unique_strings(texts[-1]) if texts else texts
        return last[-1] if last else ""

    def plain(self, given: Any) -> str | list[str]:
        given = simplified(given)
        if isinstance(given, str):
            return given  # perhaps the JSON of several
        texts = [self.plain_item(item) for item in as_items(given)]
        return texts if self.is_multiple or len(texts) < 2 else refuse()

    def plain_item(self, item: Any) -> str:
        """One text for one Python value. Raises Unfit."""
        return as_text(item)

    def as_list(self, value: Any) -> list[str]:
        """The texts of a value; even a single one is a list where it is written as a JSON array."""
        return value if isinstance(value, list) else to_unique_strings(value)

    def too_many_error(self, texts: list[str]) -> FieldError | None:
        most = max(self.max_select, 1)
        if len(texts) <= most:
            return None
        return FieldError("validation_too_many_values", f"Select no more than {most}.", {"maxSelect": most})

    def from_db(self, stored: Any) -> str | list[str]:
        return list_from_db(stored) if self.is_multiple else last_from_db(stored)

    def to_db(self, value: Any) -> str:
        return go_json(value) if self.is_multiple else str(value)

    @cached_property
    def decoder(self) -> Any:
        return list_from_db if self.is_multiple else last_from_db

    @property
    def modifiers(self) -> Mapping[str, Modify]:
        return {
            f"{self.name}+": lambda current, raw: self.clean(self.as_list(current) + to_unique_strings(raw)),
            f"+{self.name}": lambda current, raw: self.clean(to_unique_strings(raw) + self.as_list(current)),
            f"{self.name}-": self._without,
        }

    def _without(self, current: Any, raw: Any) -> str | list[str]:
        gone = set(to_unique_strings(raw))
        return self.clean([text for text in self.as_list(current) if text not in gone])
