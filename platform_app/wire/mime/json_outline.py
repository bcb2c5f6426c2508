"""JSON as far as formats are told by it: how far a text can be read as such, and what members it has.

Laxer than JSON, as the reference is: a comma may end a list, and a number may lack digits. But what is broken
off within a list or an object ends the text here; the reference goes on behind its first character.
Reference: gabriel-vasile/mimetype 1.4.13, internal/json.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_SPACES = re.compile(rb"[ \t\r\n]*+")
_CHARACTERS = re.compile(rb'(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')
_BROKEN_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?")
_NUMBER = re.compile(rb"-?[0-9]*(?:\.[0-9]*)?")
_EXPONENT = re.compile(rb"[eE][+-]?([0-9]*)")
_CONSTANTS = {b"t": b"true", b"f": b"false", b"n": b"null"}

Path = tuple[bytes, ...]
# The members that tell a kind, by their paths: the values that do, as they are written; None for any.
_GEOGRAPHIC = (
    b"Feature FeatureCollection Point LineString Polygon MultiPoint MultiLineString MultiPolygon "
    b"GeometryCollection"
)
_GEO: Mapping[Path, frozenset[bytes] | None] = {
    (b"type",): frozenset(b'"%s"' % name for name in _GEOGRAPHIC.split())
}
_HAR: Mapping[Path, frozenset[bytes] | None] = {
    (b"log", b"version"): None,
    (b"log", b"creator"): None,
    (b"log", b"entries"): None,
}
_GLTF: Mapping[Path, frozenset[bytes] | None] = {(b"asset", b"version"): frozenset({b'"1.0"', b'"2.0"'})}
_TELLING = {**_GEO, **_HAR, **_GLTF}
_LONGEST = max(map(len, _TELLING))


@dataclass(frozen=True)
class Outline:
    """What was read: up to where, whether that is a whole value, and the telling members on the way."""

    end: int
    is_whole: bool
    telling: frozenset[Path]

    @property
    def is_geographic(self) -> bool:
        return not self.telling.isdisjoint(_GEO)

    @property
    def is_har(self) -> bool:
        return not self.telling.isdisjoint(_HAR)

    @property
    def is_gltf(self) -> bool:
        return not self.telling.isdisjoint(_GLTF)


class _Unreadable(Exception):
    """The text ends, or cannot be read any further."""


@lru_cache(maxsize=4)  # one file is asked about for each kind
def outline(text: bytes) -> Outline:
    """The outline of the value that the text begins with. Each byte is read once, whatever nests in what."""
    reader = _Reader(text)
    try:
        reader.read()
        is_whole = True
    except _Unreadable:
        is_whole = False
    return Outline(reader.at, is_whole, frozenset(reader.telling))


@dataclass
class _Object:
    """An object that is open: where the value of its member begins, and the path of one that may tell."""

    start: int = 0
    path: Path | None = None


class _Reader:
    """Reads to `at`. The path is the reference's: of a list with elements one step is not taken back."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at = 0
        self.telling: set[Path] = set()
        self._path: list[bytes] = []
        self._open: list[_Object | None] = []  # None for a list

    def read(self) -> None:
        self._skip()
        begins = True  # a value here; else one has ended
        while begins or self._open:
            begins = self._begin() if begins else self._go_on()

    def _begin(self) -> bool:
        """Read a value, or its opening: whether another one begins in it."""
        sign = self._sign()
        if sign == b"[":
            self._path.append(sign)
            self._open.append(None)
        elif sign == b"{":
            self._open.append(_Object())
        else:
            self._scalar(sign)
            self._skip()
            return False
        self.at += 1
        return self._next()

    def _next(self) -> bool:
        """Go to the next value of what is open: whether there is one; else it is closed."""
        self._skip()
        sign, within = self._sign(), self._open[-1]
        if within is None:
            if sign != b"]":
                return True
            self._path.pop()
        elif sign == b'"':
            self._member(within)
            return True
        elif sign != b"}":
            raise _Unreadable
        self._close()
        return False

    def _member(self, within: _Object) -> None:
        """Read the name of a member, up to its value."""
        self.at += 1
        start = self.at
        self._string()
        self._path.append(self.text[start : self.at - 1])
        self._skip()
        if self._sign() != b":":
            raise _Unreadable
        self.at += 1
        self._skip()
        path = tuple(self._path) if len(self._path) <= _LONGEST else None
        within.start, within.path = self.at, path if path in _TELLING else None

    def _go_on(self) -> bool:
        """A value in what is open has ended: whether another one begins."""
        within = self._open[-1]
        if within is not None and within.path is not None:
            wanted = _TELLING[within.path]
            if wanted is None or self.text[within.start : self.at].strip() in wanted:
                self.telling.add(within.path)
        sign = self._sign()
        if sign not in {b",", b"]" if within is None else b"}"}:
            raise _Unreadable
        if within is not None:
            self._path.pop()
        if sign == b",":
            self.at += 1
            return self._next()
        self._close()
        return False

    def _close(self) -> None:
        self.at += 1
        self._open.pop()
        self._skip()

    def _scalar(self, sign: bytes) -> None:
        if sign == b'"':
            self.at += 1
            self._string()
        elif sign in _CONSTANTS:
            for byte in _CONSTANTS[sign]:
                if self._sign()[0] != byte:
                    raise _Unreadable
                self.at += 1
        else:
            self._number()

    def _string(self) -> None:
        """Read to behind the closing quote."""
        self._past(_CHARACTERS)
        if self._sign() != b'"':
            self._past(_BROKEN_ESCAPE)
            raise _Unreadable
        self.at += 1

    def _number(self) -> None:
        has_digits = any(byte in b"0123456789" for byte in self._past(_NUMBER)[0])
        if has_digits and self.text[self.at : self.at + 1] in {b"e", b"E"}:
            has_digits = bool(self._past(_EXPONENT)[1])
        if not has_digits:
            raise _Unreadable

    def _sign(self) -> bytes:
        if self.at >= len(self.text):
            raise _Unreadable
        return self.text[self.at : self.at + 1]

    def _skip(self) -> None:
        self._past(_SPACES)

    def _past(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise _Unreadable
        self.at = found.end()
        return found
