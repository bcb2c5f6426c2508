"""Documents, books and fonts.

Reference: gabriel-vasile/mimetype 1.4.13, internal/magic/document.go and font.go.
"""

import re

from platform_app.wire.mime.checks import Format, at, both, longer_than, starts

_SIGNED_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
_FRAMEMAKER = re.compile(rb"<MakerFile|<MakerDictionary|<(?i:BOOKFILE)")
# The first tables by which a font is known; it counts fewer than 49 of them.
_TRUETYPE_TABLES = frozenset(
    (
        b"EBSC OS/2 acnt ankr avar bdat bhed bloc bsln cmap cvar fdsc feat fmtx fond fpgm fvar gasp gcid "
        b"glyf gvar hdmx head hhea hmtx hvgl hvpm just kern kerx lcar loca ltag maxp meta mort morx name opbd"
    ).split()
) | {b"cvt "}


def _is_pkcs7(head: bytes) -> bool:
    if head.startswith(b"-----BEGIN PKCS7"):
        return True
    # A sequence, whose length has as many bytes as the second one says.
    return (
        len(head) >= 20
        and head[0] == 0x30
        and 0x80 <= head[1] <= 0x84
        and head.startswith(_SIGNED_DATA, 2 + head[1] - 0x80)
    )


def _is_lotus(head: bytes) -> bool:
    if len(head) <= 20:
        return False
    if head.startswith(b"\0\0\2\0"):
        return head[6] != 0 and head[7] == 0
    return head.startswith(b"\0\0\x1a\0") and 0 < head[20] < 32


def _is_truetype(head: bytes) -> bool:
    return head.startswith(b"\0\1\0\0") and int.from_bytes(head[4:6]) < 49 and head[12:16] in _TRUETYPE_TABLES


def _is_opentype(head: bytes) -> bool:
    return len(head) > 48 and head.startswith(b"OTTO\0") and b"CFF " in head[12:48]


def _is_framemaker(head: bytes) -> bool:
    return _FRAMEMAKER.match(head) is not None and b"\0" in head[:512]


PDF = Format.of(
    "application/pdf", ".pdf", lambda head: b"%PDF-" in head[:1024], aliases=("application/x-pdf",)
)
FDF = Format.of("application/vnd.fdf", ".fdf", starts(b"%FDF"))
POSTSCRIPT = Format.of("application/postscript", ".ps", starts(b"%!PS-Adobe-"))
PKCS7 = Format.of("application/pkcs7-signature", ".p7s", _is_pkcs7)
FITS = Format.of("application/fits", ".fits", starts(b"SIMPLE  =" + b"T".rjust(21)), aliases=("image/fits",))
LOTUS = Format.of("application/vnd.lotus-1-2-3", ".123", _is_lotus)
FONTS = (
    Format.of(
        "font/ttf",
        ".ttf",
        _is_truetype,
        aliases=("font/sfnt", "application/x-font-ttf", "application/font-sfnt"),
    ),
    Format.of("font/woff", ".woff", starts(b"wOFF")),
    Format.of("font/woff2", ".woff2", starts(b"wOF2")),
    Format.of("font/otf", ".otf", _is_opentype),
    Format.of("font/collection", ".ttc", starts(b"ttcf\0\1\0\0", b"ttcf\0\2\0\0")),
    Format.of(
        "application/vnd.ms-fontobject",
        ".eot",
        both(at(34, b"LP"), at(8, b"\2\0\1", b"\1\0\0", b"\2\0\2")),
    ),
)
BOOKS = (
    Format.of("application/x-mobipocket-ebook", ".mobi", at(60, b"BOOKMOBI")),
    Format.of("application/x-ms-reader", ".lit", starts(b"ITOLITLS")),
)
NOTES = (
    Format.of(
        "application/onenote",
        ".one",
        starts(b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"),
    ),
    Format.of("application/vnd.ms-htmlhelp", ".chm", starts(b"ITSF\3\0\0\0\x60\0\0\0")),
    Format.of(
        "application/vnd.wordperfect", ".wpd", longer_than(9, both(starts(b"\xffWPC"), at(8, b"\1\x0a")))
    ),
)
HELP = (
    Format.of("application/x-os2-inf", ".inf", starts(b"HSP\x01\x9b\0")),
    Format.of("application/x-os2-hlp", ".hlp", starts(b"HSP\x10\x9b\0")),
    Format.of("application/vnd.framemaker", ".fm", _is_framemaker),
)
