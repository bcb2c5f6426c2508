"""Archives and compressed files, but for ZIP.

Reference: gabriel-vasile/mimetype 1.4.13, internal/magic/archive.go.
"""

import re

from platform_app.wire.mime.checks import Format, at, little, starts
from platform_app.wire.mime.zip_formats import is_zip

_RECORD_BYTES = 512
_OCTAL = re.compile(rb"[0-7]+")


def _is_tar(head: bytes) -> bool:
    # Packages of Gentoo look like archives.
    if len(head) < _RECORD_BYTES or b"/gpkg-1\0" in head[:100]:
        return False
    digits = head[148:156].strip(b" \0").partition(b"\0")[0]
    if not _OCTAL.fullmatch(digits):
        return False
    rest = head[:148] + head[156:_RECORD_BYTES]
    unsigned = sum(rest) + 8 * ord(" ")  # the sum is made with blanks in its place
    # Some programs have added signed bytes.
    return int(digits, 8) in {unsigned, unsigned - 256 * sum(byte > 127 for byte in rest)}


def _is_chrome_extension(head: bytes) -> bool:
    """A ZIP archive behind a key and a signature."""
    return (
        len(head) >= 16
        and head.startswith(b"Cr24")
        and is_zip(head[16 + little(head, 8, 4) + little(head, 12, 4) :])
    )


def _is_zstandard(head: bytes) -> bool:
    signature = little(head, 0, 4) if len(head) >= 4 else 0
    return 0xFD2FB522 <= signature <= 0xFD2FB528 or 0x184D2A50 <= signature <= 0x184D2A5F


def _is_installshield(head: bytes) -> bool:
    return len(head) > 7 and head.startswith(b"ISc(") and head[6] == 0 and head[7] in {1, 2, 4}


SEVEN_ZIP = Format.of("application/x-7z-compressed", ".7z", starts(b"7z\xbc\xaf\x27\x1c"))
AR = Format.of(
    "application/x-archive",
    ".a",
    starts(b"!<arch>"),
    Format.of("application/vnd.debian.binary-package", ".deb", at(8, b"debian-binary")),
    aliases=("application/x-unix-archive",),
)
TAR = Format.of("application/x-tar", ".tar", _is_tar)
XAR = Format.of("application/x-xar", ".xar", starts(b"xar!"))
BZIP2 = Format.of("application/x-bzip2", ".bz2", starts(b"BZh"))
GZIP = Format.of(
    "application/gzip",
    ".gz",
    starts(b"\x1f\x8b"),
    aliases=(
        "application/x-gzip",
        "application/x-gunzip",
        "application/gzipped",
        "application/gzip-compressed",
        "application/x-gzip-compressed",
        "gzip/document",
    ),
)
CHROME_EXTENSION = Format.of("application/x-chrome-extension", ".crx", _is_chrome_extension)
RAR = Format.of(
    "application/x-rar-compressed",
    ".rar",
    starts(b"Rar!\x1a\x07\0", b"Rar!\x1a\x07\x01\0"),
    aliases=("application/x-rar",),
)
PACKED = (
    Format.of("application/zstd", ".zst", _is_zstandard),
    Format.of("application/vnd.ms-cab-compressed", ".cab", starts(b"MSCF\0\0\0\0")),
    Format.of("application/x-rpm", ".rpm", starts(b"\xed\xab\xee\xdb", b"drpm")),
    Format.of("application/x-xz", ".xz", starts(b"\xfd7zXZ\0")),
    Format.of("application/lzip", ".lz", starts(b"LZIP"), aliases=("application/x-lzip",)),
    Format.of("application/x-bittorrent", ".torrent", starts(b"d8:announce")),
    Format.of("application/x-cpio", ".cpio", starts(b"\xc7\x71", b"070707", b"070701", b"070702")),
)
INSTALLSHIELD = Format.of("application/x-installshield", ".cab", _is_installshield)
