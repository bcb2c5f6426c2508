"""Pictures that are not text.

Reference: gabriel-vasile/mimetype 1.4.13, internal/magic/image.go.
"""

import re

from platform_app.wire.mime.checks import Check, Format, at, both, little, longer_than, starts

_BMP_HEADERS = frozenset({16, 24, 40, 48, 52, 56, 64, 108, 124})
_DWG = re.compile(rb"AC(?:1\.40|1\.50|2\.10|100[23469]|101[2458]|102[14]|1032)")


def _is_bmp(head: bytes) -> bool:
    return len(head) >= 18 and head.startswith(b"BM") and little(head, 14, 4) in _BMP_HEADERS


def _jpeg_2000(brand: bytes) -> Check:
    return both(at(4, b"jP  ", b"jP2 "), at(20, brand))


PNG = Format.of(
    "image/png",
    ".png",
    starts(b"\x89PNG\r\n\x1a\n"),
    Format.of("image/vnd.mozilla.apng", ".png", at(37, b"acTL")),
)
XPM = Format.of("image/x-xpixmap", ".xpm", starts(b"/* XPM */"))
PSD = Format.of(
    "image/vnd.adobe.photoshop", ".psd", starts(b"8BPS"), aliases=("image/x-psd", "application/photoshop")
)
JPEG = Format.of("image/jpeg", ".jpg", starts(b"\xff\xd8\xff"))
JPEG_XL = Format.of("image/jxl", ".jxl", starts(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"))
JPEG_2000 = (
    Format.of("image/jp2", ".jp2", _jpeg_2000(b"jp2 ")),
    Format.of("image/jpx", ".jpf", _jpeg_2000(b"jpx ")),
    Format.of("image/jpm", ".jpm", _jpeg_2000(b"jpm "), aliases=("video/jpm",)),
)
JPEG_XS = Format.of("image/jxs", ".jxs", starts(b"\0\0\0\x0cJXS \r\n\x87\n"))
GIF = Format.of("image/gif", ".gif", starts(b"GIF87a", b"GIF89a"))
WEBP = Format.of("image/webp", ".webp", longer_than(12, both(starts(b"RIFF"), at(8, b"WEBP"))))
TIFF = Format.of("image/tiff", ".tiff", starts(b"II*\0", b"MM\0*"))
BMP = Format.of("image/bmp", ".bmp", _is_bmp, aliases=("image/x-bmp", "image/x-ms-bmp"))
ICO = Format.of("image/x-icon", ".ico", starts(b"\0\0\1\0", b"\0\0\2\0"))
DJVU = Format.of(
    "image/vnd.djvu", ".djvu", both(starts(b"AT&TFORM"), at(12, b"DJVM", b"DJVU", b"DJVI", b"THUM"))
)
BPG = Format.of("image/bpg", ".bpg", starts(b"BPG\xfb"))
DWG = Format.of(
    "image/vnd.dwg",
    ".dwg",
    lambda head: _DWG.match(head) is not None,
    aliases=(
        "image/x-dwg",
        "application/acad",
        "application/x-acad",
        "application/autocad_dwg",
        "application/dwg",
        "application/x-dwg",
        "application/x-autocad",
        "drawing/dwg",
    ),
)
ICNS = Format.of("image/x-icns", ".icns", starts(b"icns"))
RADIANCE = Format.of("image/vnd.radiance", ".hdr", starts(b"#?RADIANCE\n"))
GIMP = (
    Format.of("image/x-xcf", ".xcf", starts(b"gimp xcf")),
    Format.of("image/x-gimp-pat", ".pat", at(20, b"GPAT")),
    Format.of("image/x-gimp-gbr", ".gbr", at(20, b"GIMP")),
)
JPEG_XR = Format.of("image/jxr", ".jxr", starts(b"II\xbc\x01"), aliases=("image/vnd.ms-photo",))
DXF = Format.of(
    "image/vnd.dxf",
    ".dxf",
    starts(b"  0\nSECTION\n", b"  0\r\nSECTION\r\n", b"0\nSECTION\n", b"0\r\nSECTION\r\n"),
)
