"""Formats that are text.

Reference: gabriel-vasile/mimetype 1.4.13, internal/magic/text.go and netpbm.go; mimesniff.spec.whatwg.org for
what is text at all.
"""

import re
from collections.abc import Iterator

from platform_app.wire.mime.checks import BLANKS, Check, Format, starts
from platform_app.wire.mime.json_outline import Outline, outline
from platform_app.wire.mime.markup import after_comment, attributes
from platform_app.wire.mime.separated import is_table
from platform_app.wire.mime.types import SNIFFED_BYTES

_UTF8_MARK = b"\xef\xbb\xbf"
_MARKS = (_UTF8_MARK, b"\0\0\xfe\xff", b"\xff\xfe", b"\xfe\xff")
_BINARY_BYTE = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")

_HTML_START = re.compile(
    rb"<(?:!DOCTYPE HTML|HTML|HEAD|SCRIPT|IFRAME|H1|DIV|FONT|TABLE|A|STYLE|TITLE|B|BODY|BR|P|!--)"
    rb"[\t\n\x0c\r >]",
    re.IGNORECASE,
)
_XML_START = re.compile(rb"<\?XML[\t\n\x0c\r >]", re.IGNORECASE)
_XHTML = re.compile(rb"<!DOCTYPE[\t\n\x0c\r ]+HTML|<HTML[\t\n\x0c\r ]+XMLNS=", re.IGNORECASE)
_PHP_START = re.compile(rb"<\?(?:PHP|[\n\r ])(?s:.)", re.IGNORECASE)
_SVG_SPACE = b"http://www.w3.org/2000/svg"
_SUBTITLE = re.compile(
    rb"((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d,\d{3}) --> ((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d,\d{3})"
)
_SIZE = re.compile(rb"([+]?\d+)[\t\n\x0c\r ]+([+]?\d+)(?:[\t\n\x0c\r ]|\Z)")
_LARGEST = 2**63 - 1
_HEADER_LINES, _MAIL_LINES = 128, 20
_PAM_MEMBERS = (b"WIDTH ", b"HEIGHT ", b"DEPTH ", b"MAXVAL ")
_MAIL_HEADER = re.compile(
    rb"From: |To: |(?i:CC): |Date: |Subject: |Received: |Relay-Version: |N?#! rnews|Forward to|Pipe to|"
    rb"(?i:DELIVERED-TO): |(?i:RETURN-PATH): |Content-Type: |Content-Transfer-Encoding: "
)


def is_text(head: bytes) -> bool:
    """Whether `head` is free of bytes that no text holds, or starts with a byte order mark."""
    return head.startswith(_MARKS) or _BINARY_BYTE.search(head) is None


def _lines(text: bytes) -> Iterator[bytes]:
    """The lines, without what ends them; an empty one after the last line feed does not count."""
    start = 0
    while start < len(text):
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        yield line.removesuffix(b"\r")
        start = end + 1


# --- markup ---------------------------------------------------------------------------------------------


def _begins(pattern: re.Pattern[bytes]) -> Check:
    """As `pattern`, behind a mark and blanks."""
    return lambda head: pattern.match(head.removeprefix(_UTF8_MARK).lstrip(BLANKS)) is not None


def _is_svg(head: bytes) -> bool:
    body = head.lstrip(BLANKS)
    return _is_xml_with_svg(body) or _is_bare_svg(body)


def _is_bare_svg(body: bytes) -> bool:
    start = 0
    while (end := after_comment(body, start)) != start:
        start = end
    return body.startswith(b"<svg", start) and any(
        (found.name, found.value) == (b"xmlns", _SVG_SPACE) for found in attributes(body, start)
    )


def _is_xml_with_svg(body: bytes) -> bool:
    if not body.startswith(b"<?xml"):
        return False
    version = next((found for found in attributes(body, 0) if found.name == b"version"), None)
    return version is not None and b"<svg" in body[version.end :]


def _root(tag: bytes, *spaces: bytes) -> Check:
    """An element near the beginning, of any name for b"", and behind it one of the name spaces."""

    def fits(head: bytes) -> bool:
        near = head.lstrip(BLANKS)[:512]
        where = near.find(tag)
        if not spaces:
            return where > 0
        if not tag:
            return any(near.find(space) > 0 for space in spaces)
        return where >= 0 and any(where < near.find(space) for space in spaces)

    return fits


def _space(name: str) -> bytes:
    return f'xmlns="{name}"'.encode()


XML = Format.of(
    "text/xml",
    ".xml",
    _begins(_XML_START),
    Format.of("application/rss+xml", ".rss", _root(b"<rss"), aliases=("text/rss",)),
    Format.of("application/atom+xml", ".atom", _root(b"<feed", _space("http://www.w3.org/2005/Atom"))),
    Format.of(
        "model/x3d+xml", ".x3d", _root(b"<X3D", b'xmlns:xsd="http://www.w3.org/2001/XMLSchema-instance"')
    ),
    Format.of(
        "application/vnd.google-earth.kml+xml",
        ".kml",
        _root(
            b"<kml",
            _space("http://www.opengis.net/kml/2.2"),
            *(_space(f"http://earth.google.com/kml/2.{minor}") for minor in range(3)),
        ),
    ),
    Format.of(
        "application/x-xliff+xml", ".xlf", _root(b"<xliff", _space("urn:oasis:names:tc:xliff:document:1.2"))
    ),
    Format.of(
        "model/vnd.collada+xml",
        ".dae",
        _root(b"<COLLADA", _space("http://www.collada.org/2005/11/COLLADASchema")),
    ),
    Format.of(
        "application/gml+xml",
        ".gml",
        _root(
            b"",
            *(
                f'xmlns:gml="http://www.opengis.net/gml{version}"'.encode()
                for version in ("", "/3.2", "/3.3/exr")
            ),
        ),
    ),
    Format.of("application/gpx+xml", ".gpx", _root(b"<gpx", _space("http://www.topografix.com/GPX/1/1"))),
    Format.of(
        "application/vnd.garmin.tcx+xml",
        ".tcx",
        _root(
            b"<TrainingCenterDatabase",
            _space("http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"),
        ),
    ),
    Format.of("application/x-amf", ".amf", _root(b"<amf")),
    Format.of(
        "application/vnd.ms-package.3dmanufacturing-3dmodel+xml",
        ".3mf",
        _root(b"<model", _space("http://schemas.microsoft.com/3dmanufacturing/core/2015/02")),
    ),
    Format.of("application/vnd.adobe.xfdf", ".xfdf", _root(b"<xfdf", _space("http://ns.adobe.com/xfdf/"))),
    Format.of("application/owl+xml", ".owl", _root(b"<Ontology", _space("http://www.w3.org/2002/07/owl#"))),
    Format.of("application/xhtml+xml", ".html", lambda head: _XHTML.search(head[:1024]) is not None),
    aliases=("application/xml",),
)

# --- programs -------------------------------------------------------------------------------------------


def _run_by(places: str, by_env: str, *, is_exact: bool = False) -> Check:
    """A first line that names one of the programs; with `is_exact` nothing may follow its name at once."""
    named = [
        *places.split(),
        *(f"/usr/bin/env {how}{name}" for name in by_env.split() for how in ("", "-S ")),
    ]
    blanks, end = (" ", r"(?:[\t\f\r ]|\Z)") if is_exact else (r"[\t\f\r ]+", "")
    calls = "|".join(call.replace(" ", blanks) for call in named)
    line = re.compile(rf"#![\t\f\r ]*(?:{calls}){end}".encode())
    return lambda head: head.startswith(b"#!") and line.match(next(_lines(head))) is not None


_runs_php = _run_by("/usr/local/bin/php /usr/bin/php", "php")
PROGRAMS = (
    Format.of("text/x-php", ".php", lambda head: _PHP_START.match(head) is not None or _runs_php(head)),
    Format.of(
        "text/javascript",
        ".js",
        _run_by("/bin/node /usr/bin/node", "node"),
        aliases=("application/x-javascript", "application/javascript"),
    ),
    Format.of("text/x-lua", ".lua", _run_by("/usr/bin/lua /usr/local/bin/lua", "lua", is_exact=True)),
    Format.of("text/x-perl", ".pl", _run_by("/usr/bin/perl", "perl", is_exact=True)),
    Format.of(
        "text/x-python",
        ".py",
        _run_by("/usr/bin/python /usr/local/bin/python", "python"),  # of whatever version
        aliases=("text/x-script.python", "application/x-python"),
    ),
    Format.of(
        "text/x-ruby",
        ".rb",
        _run_by("/usr/bin/ruby /usr/local/bin/ruby", "ruby"),
        aliases=("application/x-ruby",),
    ),
)
TCL = Format.of(
    "text/x-tcl",
    ".tcl",
    _run_by("/usr/bin/tcl /usr/local/bin/tcl /usr/bin/wish /usr/local/bin/wish", "tcl wish"),
    aliases=("application/x-tcl",),
)
SHELL = Format.of(
    "text/x-shellscript",
    ".sh",
    _run_by(
        "/bin/sh /bin/bash /bin/csh /bin/dash /bin/ksh /bin/tcsh /bin/zsh "
        "/usr/local/bin/bash /usr/local/bin/csh /usr/local/bin/dash /usr/local/bin/ksh /usr/local/bin/tcsh "
        "/usr/local/bin/zsh",
        "bash csh dash ksh tcsh zsh",
        is_exact=True,
    ),
    aliases=("text/x-sh", "application/x-shellscript", "application/x-sh"),
)


# --- data -----------------------------------------------------------------------------------------------


def _of_json(told_by: str = "") -> Check:
    """JSON, or the beginning of it where the file is longer, that is of the kind."""

    def fits(head: bytes) -> bool:
        opening = head.lstrip(BLANKS)[:1]
        if opening not in ({b"{"} if told_by else {b"{", b"["}):
            return False
        read: Outline = outline(head)
        if told_by and not getattr(read, told_by):
            return False
        return read.end == len(head) and (read.is_whole or len(head) >= SNIFFED_BYTES)

    return fits


def _is_json_lines(head: bytes) -> bool:
    """Lines that are JSON, or end within it; one of them at least a list or an object."""
    lines, has_structure = 0, False
    for line in _lines(head):
        opening = line.lstrip(b" \t\r")[:1]
        if opening and outline(line).end != len(line):
            return False
        has_structure = has_structure or opening in {b"{", b"["}
        lines += 1
    return lines > 1 and has_structure


JSON = (
    Format.of(
        "application/json",
        ".json",
        _of_json(),
        Format.of("application/geo+json", ".geojson", _of_json("is_geographic")),
        Format.of("application/json", ".har", _of_json("is_har")),
        Format.of("model/gltf+json", ".gltf", _of_json("is_gltf")),
    ),
    Format.of("application/x-ndjson", ".ndjson", _is_json_lines),
)


def _is_subtitles(head: bytes) -> bool:
    lines = _lines(head)
    if next(lines, b"") != b"1":
        return False
    times = _SUBTITLE.fullmatch(next(lines, b""))
    return times is not None and times[1] <= times[2] and next(lines, b"") != b""


def _is_picture(*signatures: bytes) -> Check:
    """A portable picture: its signature, perhaps comments, and its width and height."""

    def fits(head: bytes) -> bool:
        if not head.startswith(signatures):
            return False
        line = b""
        lines = _lines(head[3:])
        for _ in range(_HEADER_LINES):
            found = next(lines, None)
            if found is None:
                break
            line = found if found.startswith(b"#") else found.lstrip(BLANKS)
            if line and not line.startswith(b"#"):
                break
        size = _SIZE.match(line)
        return size is not None and all(0 < int(side) <= _LARGEST for side in size.groups())

    return fits


def _is_arbitrary_map(head: bytes) -> bool:
    if not head.startswith(b"P7\n"):
        return False
    missing = set(_PAM_MEMBERS)
    for line, _ in zip(_lines(head), range(_HEADER_LINES), strict=False):
        if line.startswith(b"ENDHDR"):
            return not missing
        missing -= {member for member in missing if line.startswith(member)}
    return False


def _is_mail(head: bytes) -> bool:
    lines = _lines(head)
    if not _MAIL_HEADER.match(next(lines, b"")):
        return False
    return any(_MAIL_HEADER.match(line) for line, _ in zip(lines, range(_MAIL_LINES), strict=False))


def _starts_in_any_case(*texts: bytes) -> Check:
    """One of the texts, and something behind it."""
    pattern = re.compile(b"(?:" + b"|".join(texts) + b")(?s:.)", re.IGNORECASE)
    return lambda head: pattern.match(head) is not None


_VTT = re.compile(rb"(?:\xef\xbb\xbf)?WEBVTT(?:[\n\r \t]|\Z)")

TEXT = Format.of(
    "text/plain",
    ".txt",
    is_text,
    Format.of("image/svg+xml", ".svg", _is_svg),
    Format.of("text/html", ".html", _begins(_HTML_START)),
    XML,
    *PROGRAMS,
    *JSON,
    Format.of("text/rtf", ".rtf", starts(b"{\\rtf"), aliases=("application/rtf",)),
    Format.of("application/x-subrip", ".srt", _is_subtitles, aliases=("application/x-srt", "text/x-srt")),
    TCL,
    Format.of("text/csv", ".csv", lambda head: is_table(head, b",")),
    Format.of("text/tab-separated-values", ".tsv", lambda head: is_table(head, b"\t")),
    Format.of("text/vcard", ".vcf", _starts_in_any_case(b"BEGIN:VCARD\\r?\\n")),
    Format.of("text/calendar", ".ics", _starts_in_any_case(b"BEGIN:VCALENDAR\\r?\\n")),
    Format.of("application/warc", ".warc", starts(b"WARC/1.0", b"WARC/1.1")),
    Format.of("text/vtt", ".vtt", lambda head: _VTT.match(head) is not None),
    SHELL,
    Format.of("image/x-portable-bitmap", ".pbm", _is_picture(b"P1\n", b"P4\n")),
    Format.of("image/x-portable-graymap", ".pgm", _is_picture(b"P2\n", b"P5\n")),
    Format.of("image/x-portable-pixmap", ".ppm", _is_picture(b"P3\n", b"P6\n")),
    Format.of("image/x-portable-arbitrarymap", ".pam", _is_arbitrary_map),
    Format.of("message/rfc822", ".eml", _is_mail),
)
