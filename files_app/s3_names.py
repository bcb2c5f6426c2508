"""How paths and metadata are spelled where S3 or HTTP headers have no place for all characters.

As PocketBase spells them, so that a bucket of its files is ours to read, and the other way round.
Reference: tools/filesystem/internal/s3blob, PocketBase v0.39.11.
"""

import re
from urllib.parse import quote, unquote

_NOT_IN_KEYS = re.compile(r"[\x00-\x1f]|(?<=\.\.)/")
_ESCAPED = re.compile(r"__0x([0-9a-fA-F]{1,6})__")
# What Go leaves as it is in a part of a path.
_KEPT_IN_METADATA = "$&+=:@"


def key_of(path: str) -> str:
    """The key of an object: its path, with control characters and the slash of `../` spelled out.

    Everything else is left to the one place that makes addresses of keys and signs them, botocore.

    >>> key_of("c1/r1/größe 1.txt"), key_of("a/../b")
    ('c1/r1/größe 1.txt', 'a/..__0x2f__b')
    """
    return _NOT_IN_KEYS.sub(lambda match: f"__{ord(match[0]):#x}__", path)


def keys_of(path: str) -> tuple[str, ...]:
    """The keys under which a file may lie: its own, and the one that PocketBase has for a name with a `#`.

    What comes behind it PocketBase takes for a fragment of the address, which is not sent.

    >>> keys_of("c1/r1/nr_abcdefghij.#5.mp3"), keys_of("c1/r1/a.txt")
    (('c1/r1/nr_abcdefghij.#5.mp3', 'c1/r1/nr_abcdefghij.'), ('c1/r1/a.txt',))
    """
    key = key_of(path)
    cut = key.partition("#")[0]
    # Not those of thumbs: PocketBase has all sizes of one under the same key.
    return (key, cut) if cut.count("/") == key.count("/") and cut != key else (key,)


def path_of(key: str) -> str:
    """The path that has this key.

    >>> path_of("a/..__0x2f__b")
    'a/../b'
    """
    return _ESCAPED.sub(_character, key)


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else match[0]


def escaped_metadata(text: str) -> str:
    """A text in ASCII, for a header.

    >>> escaped_metadata("größe 1.txt")
    'gr%C3%B6%C3%9Fe%201.txt'
    """
    return quote(text, safe=_KEPT_IN_METADATA, errors="replace")


def unescaped_metadata(text: str) -> str:
    return unquote(text, errors="replace")
