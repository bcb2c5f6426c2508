"""Uploads on their way to the storage: PendingFile, and the names under which files are stored.

Reference: contract/fields.md 12.1; tools/filesystem/file.go and tools/inflector, PocketBase v0.39.11.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Self

from platform_app.database.ids import LOWER_ALPHANUMERIC, random_text
from platform_app.wire.mime.sniffing import detect_mime_type
from platform_app.wire.mime.types import SNIFFED_BYTES, MimeType

_RANDOM_LENGTH = 10
_ORIGINAL_BYTES = 300
_EXTENSION_LENGTH = 20
_SHORTEST_BASE = 3
_LONGEST_BASE = 100

_NOT_IN_EXTENSION = re.compile(r"[^A-Za-z0-9_.*\-+=#]+")
_WORD_BREAK = re.compile(r"[\W_]+", re.ASCII)
_CAPITAL = re.compile(r"(?<=[^A-Z])(?=[A-Z])")


@dataclass(frozen=True, eq=False)
class PendingFile:
    """An upload that is not stored yet; `name` is the one that it will have in the storage.

    `open` gives a new reader at the start of the content, each time it is called.
    """

    name: str
    original_name: str
    size_bytes: int
    open: Callable[[], IO[bytes]]

    @classmethod
    def of(cls, original_name: str, size_bytes: int, open_content: Callable[[], IO[bytes]]) -> Self:
        """An upload under its generated name."""
        name = stored_name(original_name, lambda: _sniff(open_content))
        return cls(name, original_name, size_bytes, open_content)

    @classmethod
    def from_bytes(cls, original_name: str, content: bytes) -> Self:
        return cls.of(original_name, len(content), lambda: BytesIO(content))

    @classmethod
    def from_path(cls, path: str | Path) -> Self:
        """A file of this machine; it has to stay there until the record is saved."""
        path = Path(path)
        return cls.of(path.name, path.stat().st_size, lambda: path.open("rb"))

    def mime_type(self) -> MimeType:
        """The type that the content has, whatever the client said."""
        return _sniff(self.open)


def _sniff(open_content: Callable[[], IO[bytes]]) -> MimeType:
    with open_content() as content:
        return detect_mime_type(content.read(SNIFFED_BYTES))


def stored_name(original_name: str, sniff: Callable[[], MimeType]) -> str:
    """A new name for a file: snake-cased, with a random part, the extension kept.

    `sniff` is asked for the content's type only when the name has no usable extension.
    """
    name = original_name.encode(errors="surrogatepass")[-_ORIGINAL_BYTES:].decode(errors="replace")
    original_extension = _extension_of(name)
    extension = "." + _NOT_IN_EXTENSION.sub("", original_extension).strip(".")
    if extension == ".":
        extension = sniff().extension
    if len(extension) > _EXTENSION_LENGTH:
        extension = "." + extension[-_EXTENSION_LENGTH:].strip(".")
    base = snake_case(name.removesuffix(original_extension).strip("."))
    if len(base) < _SHORTEST_BASE:
        base += _random_part()
    return f"{base[:_LONGEST_BASE]}_{_random_part()}{extension}"


def _random_part() -> str:
    return random_text(_RANDOM_LENGTH, LOWER_ALPHANUMERIC)


def _extension_of(name: str) -> str:
    """From the last dot but one, if there are two, else from the last: `.tar.gz`, `.txt`."""
    last = name.rfind(".")
    if last < 0:
        return ""
    before = name.rfind(".", 0, last)
    return name[before:] if before >= 0 else name[last:]


def snake_case(text: str) -> str:
    """ASCII words in lower case, joined by underscores.

    >>> snake_case("My Photo-testDB")
    'my_photo_test_db'
    """
    words = (word for word in _WORD_BREAK.split(text) if word)
    return "_".join(_CAPITAL.sub("_", word) for word in words).lower()
