"""Record: one row of a collection in decoded form."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collections_app.collection import Collection
from collections_app.fields.python_values import is_expression


class Record:
    """A row's values by field name, with the collection that gives them meaning.

    `original` holds the values as they were loaded (None for a new record); `loaded` are the same as a row
    in the order of the collection's fields, from which `original` is made when somebody asks. `expand` is
    what an expand request found; `extra` computed values that a hook adds to the answer; `shown` and
    `concealed` are field names whose visibility a hook or the caller's rights changed; `expressions` those
    that are evaluated when the record is saved. `stored_row` is the row as the database gave it, until this
    is written: a write compares the stored one with it. `reserved_id` is the id that a new record gets when
    it is saved without one: its files may be stored already.
    """

    # Most records of a list never differ from these, and are made by the hundred.
    expand: dict[str, Any] | None = None
    extra: dict[str, Any] | None = None
    shown: frozenset[str] = frozenset()
    expressions: frozenset[str] = frozenset()
    concealed: frozenset[str] = frozenset()
    stored_row: Sequence[Any] | None = None
    reserved_id: str = ""

    def __init__(
        self,
        collection: Collection,
        values: dict[str, Any],
        *,
        original: Mapping[str, Any] | None = None,
        loaded: Sequence[Any] | None = None,
    ) -> None:
        self.collection = collection
        self.values = values
        self._original = original
        self._loaded = loaded

    @property
    def original(self) -> Mapping[str, Any] | None:
        if self._original is None and self._loaded is not None:
            names = (field.name for field in self.collection.fields)
            self._original = dict(zip(names, self._loaded, strict=True))
        return self._original

    @original.setter
    def original(self, values: Mapping[str, Any] | None) -> None:
        self._original = values
        self._loaded = None

    @property
    def id(self) -> str:
        value: str = self.values["id"]
        return value

    @property
    def is_new(self) -> bool:
        return self._loaded is None and self._original is None

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a field to a value that has an obvious form in it, or to an expression such as `F("n") + 1`.

        Raises TypeError, naming the field, for anything else.
        """
        field = self.collection.fields_by_name.get(name)
        if field is None:
            raise KeyError(f"{self.collection.name} has no field {name!r}")
        if is_expression(value):
            self.values[name] = value
            self.expressions |= {name}
            return
        self.values[name] = field.accept(value)
        if self.expressions:
            self.expressions -= {name}

    def follow(self, stored: "Record") -> None:
        """Take over what changed in the database since this was read, but for what was set here since."""
        read = self.original or {}
        for name, value in stored.values.items():
            if self.values[name] == read.get(name):
                self.values[name] = value
        self.original = stored.original

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def __repr__(self) -> str:
        return f"<Record {self.collection.name}/{self.values.get('id', '')}>"
