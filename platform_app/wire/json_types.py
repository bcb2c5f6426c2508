"""JSON values of the wrong type, in the words of the reference's decoder (encoding/json of Go 1.25)."""

from typing import Any

from platform_app.wire.json_encoding import encode

INT64 = range(-(2**63), 2**63)


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


def folded(name: str) -> str:
    """A member's name without its case, for comparing: letter by letter, as Go folds it.

    >>> folded("Key"), folded("\\u212aEY"), folded("pa\\u017fs"), folded("pa\\u00df") == folded("pass")
    ('key', 'key', 'pass', False)
    """
    return name.lower().replace("\u017f", "s")
