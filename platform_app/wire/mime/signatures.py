"""The signatures of binary formats, in the order in which they are tried.

The formats are those that people upload.
Reference: gabriel-vasile/mimetype 1.4.13 (its names and order).
"""

import re
from collections.abc import Callable

from platform_app.wire.mime.types import MimeType

Detect = Callable[[bytes], bool]


def _prefix(*signatures: bytes) -> Detect:
    return lambda head: head.startswith(signatures)


def _at(offset: int, *signatures: bytes) -> Detect:
    return lambda head: head.startswith(signatures, offset)


def _both(*checks: Detect) -> Detect:
    return lambda head: all(check(head) for check in checks)


# --- containers -----------------------------------------------------------------------------------------


def _is_zip(head: bytes) -> bool:
    return head[:2] == b"PK" and head[2:3] in (b"\3", b"\5", b"\7") and head[3:4] in (b"\4", b"\6", b"\x08")


def _zip_names(head: bytes, most: int) -> list[bytes]:
    """The names of the first entries whose local headers are in `head`."""
    names: list[bytes] = []
    at = head.find(b"PK\3\4")
    while at >= 0 and len(names) < most:
        length = int.from_bytes(head[at + 26 : at + 28], "little")
        name = head[at + 30 : at + 30 + length]
        if not name or len(name) < length:
            break
        names.append(name)
        at = head.find(b"PK\3\4", at + 30)
    return names


_OFFICE_FIRST = (b"_rels/", b"docProps/", b"customXml/", b"[trash]/")


def _office(folder: bytes) -> Detect:
    def fits(head: bytes) -> bool:
        names = _zip_names(head, 100) if _is_zip(head) else []
        if any(name.startswith(folder) for name in names[:1]):
            return True
        opens = names and (names[0] == b"[Content_Types].xml" or names[0].startswith(_OFFICE_FIRST))
        return bool(opens) and any(name.startswith(folder) for name in names)

    return fits


def _zipped(mimetype: bytes) -> Detect:
    return _both(_is_zip, _at(30, b"mimetype" + mimetype))


def _zip_has(*wanted: bytes, most: int = 100) -> Detect:
    return lambda head: _is_zip(head) and any(name in wanted for name in _zip_names(head, most))


def _is_mp4(head: bytes) -> bool:
    return len(head) >= 12 and head[0] == 0 and head[4:8] == b"ftyp"


def _brand(*brands: bytes) -> Detect:
    return lambda head: _is_mp4(head) and head[8:12] in brands


def _riff(kind: bytes) -> Detect:
    return lambda head: len(head) > 12 and head.startswith(b"RIFF") and head.startswith(kind, 8)


def _matroska(kind: bytes) -> Detect:
    def fits(head: bytes) -> bool:
        at = head.find(b"\x42\x82") if head.startswith(b"\x1a\x45\xdf\xa3") else -1
        return at > 0 and kind in head[at + 3 : at + 11 + len(kind)]

    return fits


def _is_quicktime(head: bytes) -> bool:
    if head[4:12] in (b"ftypqt  ", b"ftypmoov"):
        return head[0] == 0
    atoms = (b"moov\0", b"mdat\0", b"free\0", b"skip\0", b"pnot\0")
    return len(head) >= 12 and (head[4:9] in atoms or head.startswith(b"\0\0\0\x08wide"))


def _is_mp3(head: bytes) -> bool:
    if len(head) < 3:
        return False
    return head.startswith(b"ID3") or (int.from_bytes(head[:2], "big") & 0xFFFE) in (0xFFFA, 0xFFF2, 0xFFE2)


def _is_bmp(head: bytes) -> bool:
    sizes = (12, 16, 24, 40, 48, 52, 56, 64, 108, 124)
    return len(head) >= 18 and head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in sizes


# The first tables by which the reference knows a font; it counts fewer than 49 of them.
_TRUETYPE_TABLES = frozenset(
    (
        b"EBSC OS/2 acnt ankr avar bdat bhed bloc bsln cmap cvar fdsc feat fmtx fond fpgm fvar gasp gcid "
        b"glyf gvar hdmx head hhea hmtx hvgl hvpm just kern kerx lcar loca ltag maxp meta mort morx name opbd"
    ).split()
) | {b"cvt "}


def _font(version: bytes, tables: frozenset[bytes]) -> Detect:
    def fits(head: bytes) -> bool:
        return head.startswith(version) and int.from_bytes(head[4:6]) < 49 and head[12:16] in tables

    return fits


def _is_tar(head: bytes) -> bool:
    if len(head) < 512:
        return False
    field = head[148:156].strip(b" \0").partition(b"\0")[0]
    blanked = head[:148] + b" " * 8 + head[156:512]
    return re.fullmatch(rb"[0-7]+", field) is not None and int(field, 8) == sum(blanked)


_OASIS = b"application/vnd.oasis.opendocument."
_OPENXML = "application/vnd.openxmlformats-officedocument."

SIGNATURES: tuple[tuple[MimeType, Detect], ...] = (
    (MimeType("application/x-7z-compressed", ".7z"), _prefix(b"7z\xbc\xaf\x27\x1c")),
    (MimeType(f"{_OPENXML}wordprocessingml.document", ".docx"), _office(b"word/")),
    (MimeType(f"{_OPENXML}presentationml.presentation", ".pptx"), _office(b"ppt/")),
    (MimeType(f"{_OPENXML}spreadsheetml.sheet", ".xlsx"), _office(b"xl/")),
    (MimeType("application/epub+zip", ".epub"), _zipped(b"application/epub+zip")),
    (
        MimeType("application/vnd.android.package-archive", ".apk"),
        _zip_has(b"AndroidManifest.xml", b"classes.dex", b"resources.arsc"),
    ),
    (
        MimeType(
            "application/java-archive",
            ".jar",
            ("application/jar", "application/jar-archive", "application/x-java-archive"),
        ),
        _zip_has(b"META-INF/", b"META-INF/MANIFEST.MF", most=1),
    ),
    *(
        (
            MimeType(
                f"application/vnd.oasis.opendocument.{kind}",
                extension,
                (f"application/x-vnd.oasis.opendocument.{kind}",),
            ),
            _zipped(_OASIS + kind.encode()),
        )
        for kind, extension in (
            ("text-template", ".ott"),
            ("text", ".odt"),
            ("spreadsheet-template", ".ots"),
            ("spreadsheet", ".ods"),
            ("presentation-template", ".otp"),
            ("presentation", ".odp"),
            ("graphics-template", ".otg"),
            ("graphics", ".odg"),
            ("formula", ".odf"),
            ("chart", ".odc"),
        )
    ),
    (MimeType("application/vnd.google-earth.kmz", ".kmz"), _zip_has(b"doc.kml")),
    (
        MimeType("application/zip", ".zip", ("application/x-zip", "application/x-zip-compressed")),
        _is_zip,
    ),
    (MimeType("application/pdf", ".pdf", ("application/x-pdf",)), lambda head: b"%PDF-" in head[:1024]),
    (MimeType("application/vnd.fdf", ".fdf"), _prefix(b"%FDF")),
    (MimeType("application/x-ole-storage"), _prefix(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
    (MimeType("application/postscript", ".ps"), _prefix(b"%!PS-Adobe-")),
    (
        MimeType("image/vnd.adobe.photoshop", ".psd", ("image/x-psd", "application/photoshop")),
        _prefix(b"8BPS"),
    ),
    (
        MimeType("audio/ogg", ".oga"),
        _both(_prefix(b"OggS"), _at(28, b"\x7fFLAC", b"\x01vorbis", b"OpusHead", b"Speex   ")),
    ),
    (
        MimeType("video/ogg", ".ogv"),
        _both(_prefix(b"OggS"), _at(28, b"\x80theora", b"fishead\0", b"\x01video\0\0\0")),
    ),
    (MimeType("application/ogg", ".ogg", ("application/x-ogg",)), _prefix(b"OggS\0")),
    (
        MimeType("image/vnd.mozilla.apng", ".png"),
        _both(_prefix(b"\x89PNG\r\n\x1a\n"), _at(37, b"acTL")),
    ),
    (MimeType("image/png", ".png"), _prefix(b"\x89PNG\r\n\x1a\n")),
    (MimeType("image/jpeg", ".jpg"), _prefix(b"\xff\xd8\xff")),
    (MimeType("image/jxl", ".jxl"), _prefix(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
    *(
        (MimeType(name, extension), _both(_at(4, b"jP  ", b"jP2 "), _at(20, brand)))
        for name, extension, brand in (
            ("image/jp2", ".jp2", b"jp2 "),
            ("image/jpx", ".jpf", b"jpx "),
            ("image/jpm", ".jpm", b"jpm "),
        )
    ),
    (MimeType("image/gif", ".gif"), _prefix(b"GIF87a", b"GIF89a")),
    (MimeType("image/webp", ".webp"), _riff(b"WEBP")),
    (MimeType("application/vnd.microsoft.portable-executable", ".exe"), _prefix(b"MZ")),
    (MimeType("application/x-elf"), _prefix(b"\x7fELF")),
    (MimeType("application/x-tar", ".tar"), _is_tar),
    (MimeType("application/x-bzip2", ".bz2"), _prefix(b"BZh")),
    (MimeType("image/tiff", ".tiff"), _prefix(b"II*\0", b"MM\0*")),
    (MimeType("image/bmp", ".bmp", ("image/x-bmp", "image/x-ms-bmp")), _is_bmp),
    (MimeType("image/x-icon", ".ico"), _prefix(b"\0\0\1\0", b"\0\0\2\0")),
    (MimeType("audio/mpeg", ".mp3", ("audio/x-mpeg", "audio/mp3")), _is_mp3),
    (MimeType("audio/flac", ".flac"), _prefix(b'fLaC\0\0\0"')),
    (
        MimeType("audio/midi", ".midi", ("audio/mid", "audio/sp-midi", "audio/x-mid", "audio/x-midi")),
        _prefix(b"MThd"),
    ),
    (MimeType("audio/amr", ".amr", ("audio/amr-nb",)), _prefix(b"#!AMR")),
    (MimeType("audio/wav", ".wav", ("audio/x-wav", "audio/vnd.wave", "audio/wave")), _riff(b"WAVE")),
    (MimeType("audio/aiff", ".aiff", ("audio/x-aiff",)), _both(_prefix(b"FORM"), _at(8, b"AIFF"))),
    (
        MimeType("video/mpeg", ".mpeg"),
        lambda head: head.startswith(b"\0\0\1") and len(head) > 3 and 0xB0 <= head[3] <= 0xBF,
    ),
    (MimeType("video/quicktime", ".mov"), _is_quicktime),
    (MimeType("image/avif", ".avif"), _brand(b"avif", b"avis")),
    (
        MimeType("video/3gpp", ".3gp", ("video/3gp", "audio/3gpp")),
        _brand(*(b"3gp%d" % number for number in range(1, 8)), b"3gs7", b"3ge6", b"3ge7", b"3gg6"),
    ),
    (
        MimeType("video/3gpp2", ".3g2", ("video/3g2", "audio/3gpp2")),
        _brand(b"3g24", b"3g25", b"3g26", b"3g2a", b"3g2b", b"3g2c", b"KDDI"),
    ),
    (
        MimeType("audio/mp4", ".mp4", ("audio/x-mp4a",)),
        _brand(b"F4A ", b"F4B ", b"M4B ", b"M4P ", b"MSNV", b"NDAS"),
    ),
    (MimeType("audio/x-m4a", ".m4a"), _brand(b"M4A ")),
    (MimeType("video/x-m4v", ".m4v"), _brand(b"M4V ", b"M4VH", b"M4VP")),
    (MimeType("image/heic", ".heic"), _brand(b"heic", b"heix")),
    (MimeType("image/heic-sequence", ".heic"), _brand(b"hevc", b"hevx")),
    (MimeType("image/heif", ".heif"), _brand(b"mif1", b"heim", b"heis", b"avic")),
    (MimeType("image/heif-sequence", ".heif"), _brand(b"msf1", b"hevm", b"hevs", b"avcs")),
    (MimeType("video/mp4", ".mp4"), _is_mp4),
    (MimeType("video/webm", ".webm", ("audio/webm",)), _matroska(b"webm")),
    (MimeType("video/x-msvideo", ".avi", ("video/avi", "video/msvideo")), _riff(b"AVI LIST")),
    (MimeType("video/x-flv", ".flv"), _prefix(b"FLV\x01")),
    (MimeType("video/x-matroska", ".mkv"), _matroska(b"matroska")),
    (MimeType("audio/aac", ".aac"), _prefix(b"\xff\xf1", b"\xff\xf9")),
    (
        MimeType("application/vnd.apple.mpegurl", ".m3u", ("audio/mpegurl", "application/x-mpegurl")),
        _prefix(b"#EXTM3U\n", b"#EXTM3U\r\n"),
    ),
    (
        MimeType(
            "application/gzip",
            ".gz",
            (
                "application/x-gzip",
                "application/x-gunzip",
                "application/gzipped",
                "application/gzip-compressed",
                "application/x-gzip-compressed",
                "gzip/document",
            ),
        ),
        _prefix(b"\x1f\x8b"),
    ),
    (
        MimeType("font/ttf", ".ttf", ("font/sfnt", "application/x-font-ttf", "application/font-sfnt")),
        _font(b"\0\1\0\0", _TRUETYPE_TABLES),
    ),
    (MimeType("font/woff", ".woff"), _prefix(b"wOFF")),
    (MimeType("font/woff2", ".woff2"), _prefix(b"wOF2")),
    (MimeType("font/otf", ".otf"), _font(b"OTTO", frozenset({b"CFF "}))),
    (MimeType("application/wasm", ".wasm"), _prefix(b"\0asm")),
    (
        MimeType("application/x-rar-compressed", ".rar", ("application/x-rar",)),
        _prefix(b"Rar!\x1a\x07\0", b"Rar!\x1a\x07\x01\0"),
    ),
    (
        MimeType("application/vnd.sqlite3", ".sqlite", ("application/x-sqlite3",)),
        _prefix(b"SQLite format 3\0"),
    ),
    (
        MimeType("application/zstd", ".zst"),
        _prefix(*(bytes((byte,)) + b"\xb5\x2f\xfd" for byte in range(0x22, 0x29))),
    ),
    (MimeType("application/x-xz", ".xz"), _prefix(b"\xfd7zXZ\0")),
    (MimeType("model/gltf-binary", ".glb"), _prefix(b"glTF\2\0\0\0", b"glTF\1\0\0\0")),
)
