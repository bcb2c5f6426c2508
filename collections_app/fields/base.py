"""Field: what every field type knows about its options, its column and its values.

A type is one `*_field.py` file with one frozen dataclass, found by `fields.registry`. What only some
types can do is a Protocol in `fields.abilities`, never another method here.
Reference: contract/fields.md.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol, Self

from django.db import models

from collections_app.fields.options import (
    OptionError,
    OptionTable,
    id_error,
    length_error,
    name_error,
    only_errors,
)
from collections_app.fields.python_values import Unfit, described
from platform_app.database.engines.vendor import Vendor
from platform_app.wire.errors import FieldError

# How a column compares: SQLite's type affinity, which the PostgreSQL dialect reproduces with casts.
Affinity = Literal["text", "numeric"]

_HELP_BYTES = 300

# One table per class, made when its first definition is read.
_tables: dict[type, OptionTable] = {}


class OwningCollection(Protocol):
    """What a field may ask of the collection that it stands in, or that it refers to."""

    @property
    def id(self) -> str: ...

    @property
    def fields(self) -> "tuple[Field, ...]": ...

    @property
    def is_view(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class OptionContext:
    """What the options of a field are judged against.

    `find_collection` looks up an id or name; `stored` is the same field (by id) as it is stored now,
    None for a new one; `collection` is the definition being saved.
    """

    collection: OwningCollection
    find_collection: Callable[[str], OwningCollection | None]
    stored: "Field | None" = None


@dataclass(frozen=True, slots=True)
class ValueContext:
    """What a value of a field is judged against.

    `stored` is the value in the database (the type's zero value for a new record);
    `count_records(collection_id, ids)` tells how many of the ids exist, None: no such collection;
    `id_exists(id)` looks for an id in this collection, ignoring case.
    """

    is_new: bool
    stored: Any
    count_records: Callable[[str, Sequence[str]], int | None]
    id_exists: Callable[[str], bool]


@dataclass(frozen=True, kw_only=True)
class Field(ABC):
    """One column of a collection: an immutable set of options plus what follows from them.

    Dataclass fields are the options, in snake case; `key` in their metadata gives the outside
    spelling where it differs from the camelCase of the name.
    """

    type: ClassVar[str]
    is_secret: ClassVar[bool] = False  # values are not shown in messages
    affinity: ClassVar[Affinity] = "text"
    # Options of this class that the type does not have (autodate knows neither help nor required).
    without_options: ClassVar[frozenset[str]] = frozenset()

    id: str = ""
    name: str = ""
    system: bool = False
    hidden: bool = False
    presentable: bool = False
    help: str = ""
    required: bool = False

    # --- options ---

    @classmethod
    def _options(cls) -> OptionTable:
        table = _tables.get(cls)
        if table is None:
            table = _tables[cls] = OptionTable(cls, without=cls.without_options)
        return table

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a definition as the API sends it or `_collections` stores it.

        Missing and null options take their zero default, unknown keys are ignored.
        Raises MalformedOptions for a member of the wrong JSON type.
        """
        return cls(**cls._options().read(data))

    def as_json(self) -> dict[str, Any]:
        """The definition with all its options and `type`, keys sorted."""
        return self._options().write(self)

    def option_errors(self, context: OptionContext) -> dict[str, OptionError]:
        """The first failing check of every option, by its outside spelling; empty when all pass.

        An option that is a list may have an error per item, by position.
        """
        return only_errors(
            {
                "id": id_error(self.id),
                "name": name_error(self.name),
                "help": length_error(self.help, _HELP_BYTES),
                **self.own_option_errors(context),
            }
        )

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        """The first failing check, or None, of the options that only this type has."""
        return {}

    # --- column ---

    @abstractmethod
    def column_sql(self, vendor: Vendor) -> str:
        """The column's type, default and constraints, without its name."""

    @abstractmethod
    def model_field(self) -> "models.Field[Any, Any]":
        """The Django model field for dynamic models; its name and column are set by the caller."""

    # --- values ---

    @property
    @abstractmethod
    def zero(self) -> Any:
        """The value of a record that never set this field."""

    @abstractmethod
    def clean(self, raw: Any) -> Any:
        """Cast JSON or form input to a value; never fails, garbage becomes the zero value."""

    def accept(self, given: Any) -> Any:
        """The value for what Python code sets: only what has an obvious form in this type.

        Raises TypeError, naming the field, for everything else.
        """
        return self.clean(self.accept_input(given))

    def accept_input(self, given: Any) -> Any:
        """The same as input for `clean` and for modifiers, such as the items that `tags+` adds."""
        try:
            return self.plain(given)
        except Unfit as error:
            detail = "what was given" if self.is_secret else described(given)
            raise TypeError(f"{self.name} is a {self.type} field and cannot hold {detail}") from error

    @abstractmethod
    def plain(self, given: Any) -> Any:
        """What `clean` takes for a Python value, see `python_values`. Raises Unfit."""

    @abstractmethod
    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        """The first failing check of a cleaned value, or None."""

    @abstractmethod
    def from_db(self, stored: Any) -> Any:
        """The value that a column holds; tolerant of whatever older versions and views leave there."""

    @abstractmethod
    def to_db(self, value: Any) -> Any:
        """The parameter that stores `value` (str, int, float, bool or None)."""

    def to_json(self, value: Any) -> Any:
        """`value` as `json_encoding.encode` takes it."""
        return value

    def to_rule(self, value: Any) -> Any:
        """`value` as `@request.body.*` shows it to rules (str, float, bool, None, list or dict)."""
        return value

    @property
    def is_multiple(self) -> bool:
        """Whether a value is a list (only select, relation and file with `maxSelect` over 1)."""
        return False

    # --- the hot path ---

    @cached_property
    def decoder(self) -> Callable[[Any], Any] | None:
        """What turns a column of the collection's own table into a value; None: it is the value as it is.

        Columns of a view can hold anything (a left join gives NULL): they need `from_db`.
        """
        return self.from_db

    @cached_property
    def column_decoder(self) -> Callable[[Sequence[Any]], Sequence[Any]] | None:
        """`decoder` for the same column of several rows at once; None: the values are as they are."""
        decoder = self.decoder
        return None if decoder is None else lambda column: list(map(decoder, column))

    @cached_property
    def encoder(self) -> Callable[[Any], Any] | None:
        """`to_json`, or None when that changes nothing."""
        return None if type(self).to_json is Field.to_json else self.to_json
