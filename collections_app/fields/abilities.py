"""What only some field types can do: small protocols that writers ask a field for with `isinstance`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from collections_app.fields.file_names import PendingFile

# (current value, raw input) -> new value
Modify = Callable[[Any, Any], Any]


@runtime_checkable
class MultipleValues(Protocol):
    """Holds one or several texts, depending on `maxSelect`."""

    max_select: int

    @property
    def is_multiple(self) -> bool: ...

    def as_list(self, value: Any) -> list[Any]:
        """The value's items, whether one or several; the empty text is none."""
        ...


@runtime_checkable
class Modifiable(Protocol):
    """Understands more keys in a body than its name, such as `tags+`, `+tags` and `tags-`."""

    @property
    def modifiers(self) -> Mapping[str, Modify]:
        """By key: what it makes of the current value and the raw input."""
        ...


@runtime_checkable
class Autogenerates(Protocol):
    """Fills itself in when a new record has no value for it."""

    @property
    def autogenerates(self) -> bool: ...

    def generate(self) -> str:
        """A random value; the empty text when the field has no pattern."""
        ...


@runtime_checkable
class SetOnWrite(Protocol):
    """Is set by every write and never by a request: what a body says about it is ignored."""

    def value_on_write(self, *, is_new: bool) -> str | None:
        """The value of right now, or None when this kind of write leaves the field alone."""
        ...


@runtime_checkable
class HasFiles(Protocol):
    """Names files in the storage, some of which may still have to be written there."""

    def pending_files(self, value: Any) -> list[PendingFile]:
        """The uploads in `value`, in order."""
        ...

    def file_names(self, value: Any) -> list[str]:
        """The names of all files in `value`, uploads under their final names."""
        ...

    def settled(self, value: Any) -> Any:
        """`value` once its uploads are stored: plain names."""
        ...


@runtime_checkable
class HidesSecret(Protocol):
    """Holds a secret whose plain form is known only until it is written."""

    def settled(self, value: Any) -> Any:
        """`value` once it is stored: without the plain form."""
        ...


@runtime_checkable
class LimitsBody(Protocol):
    """Allows values so large that the body limit has to know."""

    @property
    def body_limit_bytes(self) -> int: ...


@runtime_checkable
class RefersToRecords(Protocol):
    """Holds ids of records of another collection."""

    collection_id: str
    cascade_delete: bool

    def as_list(self, value: Any) -> Sequence[str]: ...
