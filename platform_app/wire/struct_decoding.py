"""JSON values as members that have a type, as Go decodes them into structs, and its words for misfits.

The readers take exact types (to Python a bool is an int, to the contract it is not) and know nothing of null:
what it means hangs on the member.
Reference: encoding/json of Go 1.25.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from platform_app.wire.datetimes import parse_datetime
from platform_app.wire.json_encoding import encode

INT64 = range(-(2**63), 2**63)

Value = TypeVar("Value")
Member = TypeVar("Member")


class Unfit(ValueError):
    """A value that does not fit its member; `go_type` is what Go calls the member's type.

    Whoever reads the members of an object adds their names on the way out.

    >>> str(Unfit(1.5, "int64").inside("OTPConfig", "duration").inside("Collection", "otp"))
    'json: cannot unmarshal number 1.5 into Go struct field OTPConfig.otp.duration of type int64'
    """

    def __init__(self, raw: Any, go_type: str) -> None:
        super().__init__()
        self.raw = raw
        self.go_type = go_type
        self._struct: str | None = None
        self._path = ""

    def inside(self, struct: str, name: str) -> "Unfit":
        """The same, as the member `name` of a type; of several around a value, Go names the innermost."""
        if self._struct is None:
            self._struct = struct
        self._path = f"{name}.{self._path}" if self._path else name
        return self

    def __str__(self) -> str:
        kind = _kind(self.raw)
        if kind == "number" and self.go_type.startswith("int"):
            kind = f"number {self.raw if type(self.raw) is int else encode(self.raw).decode()}"
        place = f"struct field {self._struct}.{self._path}" if self._path else "value"
        return f"json: cannot unmarshal {kind} into Go {place} of type {self.go_type}"


def _kind(raw: Any) -> str:
    if isinstance(raw, bool):
        return "bool"
    if isinstance(raw, str):
        return "string"
    if isinstance(raw, dict):
        return "object"
    return "array" if isinstance(raw, list | tuple) else "number"


# --- names --------------------------------------------------------------------------------------------


def folded(name: str) -> str:
    """A member's name without its case, for comparing: letter by letter, as Go folds it.

    >>> folded("Key"), folded("\\u212aEY"), folded("pa\\u017fs"), folded("pa\\u00df") == folded("pass")
    ('key', 'key', 'pass', False)
    """
    return name.lower().replace("\u017f", "s")


class Members(Generic[Member]):
    """What is known of each member of a struct, by its name in any case; the exact spelling is asked first.

    Of members that differ in case only, the first has the other spellings.

    >>> members = Members({"minSelect": "min", "maxSelect": "max"})
    >>> members.of({"MINSELECT": 1, "other": 2, "maxSelect": 3, "maxselect": 4})
    [('min', 1), ('max', 3), ('max', 4)]
    """

    def __init__(self, members: Mapping[str, Member]) -> None:
        folded_names = {folded(name): members[name] for name in reversed(list(members))}
        self._by_spelling = {**folded_names, **members}

    def of(self, values: Mapping[str, Value]) -> list[tuple[Member, Value]]:
        """What is known of each member among `values`, and its value, in the order in which they came."""
        known = self._by_spelling
        return [
            (member, value)
            for key, value in values.items()
            if (member := known.get(key) or known.get(folded(key))) is not None
        ]


# --- values -------------------------------------------------------------------------------------------


def read_text(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    raise Unfit(raw, "string")


def read_bool(raw: Any) -> bool:
    if raw is True or raw is False:
        return bool(raw)
    raise Unfit(raw, "bool")


def read_int64(raw: Any, go_type: str = "int64") -> int:
    if type(raw) is int and raw in INT64:
        return raw
    raise Unfit(raw, go_type)


def read_int(raw: Any) -> int:
    """An integer that Go keeps in as many bits as the machine has: it differs in the words only."""
    return read_int64(raw, "int")


def read_float(raw: Any) -> float:
    if type(raw) is float or type(raw) is int:
        try:
            return float(raw)
        except OverflowError:
            pass
    raise Unfit(raw, "float64")


def read_moment(raw: Any) -> str:
    """A moment as it is stored; a text that cannot be read as one is no moment, which fits."""
    return parse_datetime(read_text(raw))


def read_object(raw: Any, go_type: str) -> dict[str, Any]:
    if isinstance(raw, dict):
        return raw
    raise Unfit(raw, go_type)


def read_items(
    raw: Any,
    go_type: str,
    read_item: Callable[[Value, Any], Value],
    *,
    before: Sequence[Value] | None = None,
    blank: Callable[[], Value],
) -> list[Value]:
    """The items of a list, each read over the one that was in its place before, or over a blank one."""
    if not isinstance(raw, list | tuple):
        raise Unfit(raw, go_type)
    started = before or ()
    return [
        read_item(started[place] if place < len(started) else blank(), item) for place, item in enumerate(raw)
    ]
