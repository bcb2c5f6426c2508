"""Record: one row of a collection in decoded form."""

from collections.abc import Iterator, Mapping
from typing import Any

from collections_app.collection import Collection


class Record:
    """A row's values by field name, with the collection that gives them meaning.

    `original` holds the values as they were loaded (None for a new record); `expand` what an expand
    request found; `extra` computed values that a hook adds to the answer; `shown` and `concealed` are
    field names whose visibility a hook or the caller's rights changed.
    """

    __slots__ = ("collection", "concealed", "expand", "extra", "original", "shown", "values")

    def __init__(
        self,
        collection: Collection,
        values: dict[str, Any],
        *,
        original: Mapping[str, Any] | None = None,
    ) -> None:
        self.collection = collection
        self.values = values
        self.original = original
        self.expand: dict[str, Any] | None = None
        self.extra: dict[str, Any] | None = None
        self.shown: frozenset[str] = frozenset()
        self.concealed: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        value: str = self.values["id"]
        return value

    @property
    def is_new(self) -> bool:
        return self.original is None

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a field from raw input; it is cast as the field's type casts input."""
        field = self.collection.fields_by_name.get(name)
        if field is None:
            raise KeyError(f"{self.collection.name} has no field {name!r}")
        self.values[name] = field.clean(value)

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def __repr__(self) -> str:
        return f"<Record {self.collection.name}/{self.values.get('id', '')}>"
