"""What is in a ZIP archive, told by the names of its first entries.

Reference: gabriel-vasile/mimetype 1.4.13, internal/magic/zip.go and ms_office.go.
"""

from collections.abc import Iterator

from platform_app.wire.mime.checks import Check, Format, at, little

_MOST_ENTRIES = 100
_ENTRY = b"PK\3\4"
# What office programs write before the folder that tells which one it was.
_OFFICE_FIRST = (b"_rels/", b"docProps/", b"customXml/", b"[trash]/")
_OFFICE_FIRST_FILE = b"[Content_Types].xml"
_OPENXML = "application/vnd.openxmlformats-officedocument."
_OASIS = "vnd.oasis.opendocument."


def is_zip(head: bytes) -> bool:
    return head[:2] == b"PK" and head[2:3] in {b"\3", b"\5", b"\7"} and head[3:4] in {b"\4", b"\6", b"\x08"}


def _names(head: bytes) -> Iterator[bytes]:
    """The names of the entries whose headers and names are in `head` whole; up to the first without one."""
    start = head.find(_ENTRY)
    while start >= 0:
        length = little(head, start + 26, 2)
        name = head[start + 30 : start + 30 + length]
        if not name or len(name) < length:
            return
        yield name
        start = head.find(_ENTRY, start + 30)


def _has(*wanted: bytes, most: int = _MOST_ENTRIES) -> Check:
    return lambda head: any(name in wanted for name, _ in zip(_names(head), range(most), strict=False))


def _office(folder: bytes) -> Check:
    def fits(head: bytes) -> bool:
        for count, name in enumerate(_names(head)):
            if count >= _MOST_ENTRIES:
                return False
            if name.startswith(folder):
                return True
            if count == 0 and name != _OFFICE_FIRST_FILE and not name.startswith(_OFFICE_FIRST):
                return False
        return False

    return fits


_has_manifest = _has(b"META-INF/", b"META-INF/MANIFEST.MF", most=1)


def _is_jar(head: bytes) -> bool:
    # The mark of one that can be run, in the extra field of the first entry.
    extra = 28 + little(head, 26, 2) + 2
    mark = extra if extra <= len(head) else 28
    return head[mark : mark + 2] == b"\xfe\xca" or _has_manifest(head)


def _of_oasis(kind: str, extension: str, template: str = "") -> Format:
    """A document that says what it is; that of a template begins in the same way."""
    name = f"{_OASIS}{kind}"
    kinds = (_of_oasis(f"{kind}-template", template),) if template else ()
    says = at(30, f"mimetypeapplication/{name}".encode())
    return Format.of(f"application/{name}", extension, says, *kinds, aliases=(f"application/x-{name}",))


ZIP = Format.of(
    "application/zip",
    ".zip",
    is_zip,
    Format.of(f"{_OPENXML}wordprocessingml.document", ".docx", _office(b"word/")),
    Format.of(f"{_OPENXML}presentationml.presentation", ".pptx", _office(b"ppt/")),
    Format.of(f"{_OPENXML}spreadsheetml.sheet", ".xlsx", _office(b"xl/")),
    Format.of("application/epub+zip", ".epub", at(30, b"mimetypeapplication/epub+zip")),
    Format.of(
        "application/vnd.android.package-archive",
        ".apk",
        _has(
            b"AndroidManifest.xml",
            b"META-INF/com/android/build/gradle/app-metadata.properties",
            b"classes.dex",
            b"resources.arsc",
            b"res/drawable",
        ),
    ),
    Format.of(
        "application/java-archive",
        ".jar",
        _is_jar,
        aliases=("application/jar", "application/jar-archive", "application/x-java-archive"),
    ),
    _of_oasis("text", ".odt", ".ott"),
    _of_oasis("spreadsheet", ".ods", ".ots"),
    _of_oasis("presentation", ".odp", ".otp"),
    _of_oasis("graphics", ".odg", ".otg"),
    _of_oasis("formula", ".odf"),
    _of_oasis("chart", ".odc"),
    Format.of("application/vnd.sun.xml.calc", ".sxc", at(30, b"mimetypeapplication/vnd.sun.xml.calc")),
    Format.of("application/vnd.google-earth.kmz", ".kmz", _has(b"doc.kml")),
    Format.of("application/vnd.ms-visio.drawing.main+xml", ".vsdx", _office(b"visio/")),
    aliases=("application/x-zip", "application/x-zip-compressed"),
)
