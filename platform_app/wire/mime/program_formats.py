"""Programs, databases, maps and measurements.

Reference: gabriel-vasile/mimetype 1.4.13, internal/magic/binary.go, database.go, geo.go and meteo.go.
"""

from platform_app.wire.mime.checks import Check, Format, at, little, longer_than, starts

_DBASE_TYPES = frozenset(
    b"\x02\x03\x04\x05\x30\x31\x32\x42\x62\x7b\x82\x83\x87\x8a\x8b\x8e\xb3\xcb\xe5\xf5\xf4\xfb"
)
_SHAPES = frozenset({0, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28, 31})


def _elf(kind: int) -> Check:
    return at(16, bytes((kind, 0)), bytes((0, kind)))


def _is_java_class(head: bytes) -> bool:
    # Fat programs of macOS begin like this, too, and are of less than twenty processors.
    return len(head) >= 8 and head.startswith(b"\xca\xfe\xba\xbe") and head[7] > 30


def _is_macho(head: bytes) -> bool:
    if len(head) >= 8 and head.startswith(b"\xca\xfe\xba\xbe") and head[7] < 0x14:
        return True
    return head.startswith(
        (b"\xfe\xed\xfa\xce", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe")
    )


def _is_shape(head: bytes) -> bool:
    return (
        len(head) >= 112
        and head.startswith(b"\0\0\x27\x0a" + bytes(20))
        and little(head, 28, 4) == 1000
        and little(head, 108, 4) in _SHAPES
    )


def _is_dbase(head: bytes) -> bool:
    return (
        len(head) >= 68
        and head[0] in _DBASE_TYPES
        and 1 <= head[2] <= 12
        and 1 <= head[3] <= 31
        and not any((head[12], head[13], head[30], head[31]))
        and head[28] <= 1
    )


def _is_marc(head: bytes) -> bool:
    return head[20:24] == b"4500" and head[:5].isdigit() and b"\x1e" in head[:2048]


def _is_time_zone(head: bytes) -> bool:
    return len(head) >= 44 and head.startswith(b"TZif") and any(head[36:40]) and head[4] in b"\x0023"


def _edition(signature: bytes, *editions: int) -> Check:
    return longer_than(7, lambda head: head.startswith(signature) and head[7] in editions)


EXE = Format.of("application/vnd.microsoft.portable-executable", ".exe", starts(b"MZ"))
ELF = Format.of(
    "application/x-elf",
    "",
    starts(b"\x7fELF"),
    Format.of("application/x-object", "", _elf(1)),
    Format.of("application/x-executable", "", _elf(2)),
    Format.of("application/x-sharedlib", ".so", _elf(3)),
    Format.of("application/x-coredump", "", _elf(4)),
)
JAVA_CLASS = Format.of("application/x-java-applet", ".class", _is_java_class)
FLASH = Format.of("application/x-shockwave-flash", ".swf", starts(b"CWS", b"FWS", b"ZWS"))
TABLES = (
    Format.of("application/wasm", ".wasm", starts(b"\0asm")),
    Format.of(
        "application/vnd.shx",
        ".shx",
        starts(b"\0\0\x27\x0a"),
        Format.of("application/vnd.shp", ".shp", _is_shape),
    ),
    Format.of("application/x-dbf", ".dbf", _is_dbase),
    Format.of("application/dicom", ".dcm", at(128, b"DICM")),
)
CBOR = Format.of("application/cbor", ".cbor", starts(b"\xd9\xd9\xf7"))
SQLITE = Format.of(
    "application/vnd.sqlite3", ".sqlite", starts(b"SQLite format 3\0"), aliases=("application/x-sqlite3",)
)
MACHINES = (
    Format.of("application/vnd.nintendo.snes.rom", ".nes", starts(b"NES\x1a")),
    Format.of("application/x-ms-shortcut", ".lnk", starts(b"L\0\0\0\x01\x14\x02\0")),
    Format.of("application/x-mach-binary", ".macho", _is_macho),
)
DATABASES = (
    Format.of("application/marc", ".mrc", _is_marc),
    Format.of("application/x-msaccess", ".mdb", at(4, b"Standard Jet DB")),
    Format.of("application/x-msaccess", ".accdb", at(4, b"Standard ACE DB")),
)
TIME_ZONE = Format.of("application/tzif", "", _is_time_zone)
GLTF_BINARY = Format.of("model/gltf-binary", ".glb", starts(b"glTF\2\0\0\0", b"glTF\1\0\0\0"))
PARQUET = Format.of(
    "application/vnd.apache.parquet", ".parquet", starts(b"PAR1"), aliases=("application/x-parquet",)
)
GRIB = Format.of("application/grib", ".grb", _edition(b"GRIB", 1, 2))
BUFR = Format.of("application/bufr", ".bufr", _edition(b"BUFR", 3, 4))
