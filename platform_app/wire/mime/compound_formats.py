"""What is in a compound file, as Office wrote them until 2003, told by the class of its root.

Reference: gabriel-vasile/mimetype 1.4.13, internal/magic/ms_office.go.
"""

from uuid import UUID

from platform_app.wire.mime.checks import Check, Format, little, starts

_SECTOR_BYTES, _LARGE_SECTOR_BYTES = 512, 4096
_FIRST_SECTOR = 512  # where the content of a file with the usual sectors begins
_NAMES_FROM = 1152  # where names of streams are looked for


def _root_class(head: bytes) -> bytes:
    """The class of the root as it is stored; b"" when it is not in `head`."""
    if len(head) < _SECTOR_BYTES:
        return b""
    sector_bytes = _LARGE_SECTOR_BYTES if head[26:28] == b"\4\0" else _SECTOR_BYTES
    start = sector_bytes * (1 + little(head, 48, 4)) + 80
    return head[start : start + 16] if len(head) > start + 16 else b""


def _is_of(*classes: str) -> Check:
    known = tuple(UUID(text).bytes_le for text in classes)
    return lambda head: _root_class(head) in known


def _begins_or_names(beginnings: tuple[bytes, ...], name: bytes) -> Check:
    """Whether the first sector begins so, or a stream has this name. The class may be far away."""

    def fits(head: bytes) -> bool:
        if len(head) < _FIRST_SECTOR + 8:
            return False
        return head.startswith(beginnings, _FIRST_SECTOR) or name in head[_NAMES_FROM:]

    return fits


# Of UTF-16, as far as they are looked for.
_POWERPOINT = b"P\0o\0w\0e\0r\0P\0o\0i\0n\0t\0 D\0o\0c\0u\0m\0e\0n\0t"
_EXCEL = b"W\0k\0s\0S\0S\0W\0o\0r\0k\0B\0o\0o\0k"

_is_powerpoint = _is_of("64818d10-4f9b-11cf-86ea-00aa00b929e8", "ea7bae70-fb3b-11cd-a903-00aa00510ea3")
_looks_like_powerpoint = _begins_or_names(
    (b"\xa0\x46\x1d\xf0", b"\0\x6e\x1e\xf0", b"\x0f\0\xe8\x03"), _POWERPOINT
)
_looks_like_excel = _begins_or_names(
    (b"\x09\x08\x10\0\0\x06\x05\0", *(b"\xfd\xff\xff\xff%c" % last for last in b"\x10\x1f\x22\x23\x28\x29")),
    _EXCEL,
)


def _is_excel(head: bytes) -> bool:
    # Only the first half of the class is looked at.
    kind = _root_class(head)[:8]
    return kind in {b"\x10\x08\2\0\0\0\0\0", b"\x20\x08\2\0\0\0\0\0"} or _looks_like_excel(head)


def _is_presentation(head: bytes) -> bool:
    if _is_powerpoint(head) or _looks_like_powerpoint(head):
        return True
    first = head[_FIRST_SECTOR : _FIRST_SECTOR + 8]
    return len(first) == 8 and first.startswith(b"\xfd\xff\xff\xff") and first.endswith(b"\0\0")


COMPOUND = Format.of(
    "application/x-ole-storage",
    "",
    starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    Format.of(
        "application/x-ms-installer",
        ".msi",
        _is_of("000c1084-0000-0000-c000-000000000046"),
        aliases=("application/x-windows-installer", "application/x-msi"),
    ),
    Format.of("application/vnd.ms-outlook", ".msg", _is_of("00020d0b-0000-0000-c000-000000000046")),
    Format.of("application/vnd.ms-excel", ".xls", _is_excel, aliases=("application/msexcel",)),
    Format.of("application/vnd.ms-publisher", ".pub", _is_of("00021201-0000-0000-00c0-000000000046")),
    Format.of(
        "application/vnd.ms-powerpoint", ".ppt", _is_presentation, aliases=("application/mspowerpoint",)
    ),
    Format.of(
        "application/msword",
        ".doc",
        _is_of(
            "00020906-0000-0000-c000-000000000046",
            "00020900-0000-0000-c000-000000000046",
            "00020907-0000-0000-c000-000000000046",
        ),
        aliases=("application/vnd.ms-word",),
    ),
)
