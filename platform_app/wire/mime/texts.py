"""Tells text formats apart.

Reference: gabriel-vasile/mimetype 1.4.13; mimesniff.spec.whatwg.org for what is text at all.
"""

import re
from typing import Any

import orjson

from platform_app.wire.mime.types import SNIFFED_BYTES, MimeType

TEXT = MimeType("text/plain", ".txt")
_SVG = MimeType("image/svg+xml", ".svg")
_HTML = MimeType("text/html", ".html")
_XML = MimeType("text/xml", ".xml", ("application/xml",))
_JSON = MimeType("application/json", ".json")
_NDJSON = MimeType("application/x-ndjson", ".ndjson")
_GEOJSON = MimeType("application/geo+json", ".geojson")
_HAR = MimeType("application/json", ".har")
_GLTF = MimeType("model/gltf+json", ".gltf")

_GEOGRAPHIC = frozenset(
    {
        "Feature",
        "FeatureCollection",
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
        "GeometryCollection",
    }
)

_BOMS = (b"\xef\xbb\xbf", b"\0\0\xfe\xff", b"\xff\xfe", b"\xfe\xff")
_BINARY_BYTE = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_BARE_SVG = re.compile(
    rb"""\s*(?>(?:<!--(?>.*?-->))*)<svg\b[^>]*\sxmlns=["']http://www.w3.org/2000/svg["']""", re.DOTALL
)
_XML_SVG = re.compile(rb"\s*<\?xml\b[^>]*\bversion\b.*<svg", re.DOTALL)
_HTML_START = re.compile(
    rb"<(?:!DOCTYPE HTML|HTML|HEAD|SCRIPT|IFRAME|H1|DIV|FONT|TABLE|A|STYLE|TITLE|B|BODY|BR|P)[\s>]|<!--[\s>]",
    re.IGNORECASE,
)
_XML_START = re.compile(rb"<\?XML[\s>]", re.IGNORECASE)
_PHP_START = re.compile(rb"<\?PHP(?s:.)", re.IGNORECASE)
_XML_KINDS = (
    (MimeType("application/rss+xml", ".rss", ("text/rss",)), b"<rss", b""),
    (MimeType("application/atom+xml", ".atom"), b"<feed", b"http://www.w3.org/2005/Atom"),
    (MimeType("application/vnd.google-earth.kml+xml", ".kml"), b"<kml", b""),
    (MimeType("application/gpx+xml", ".gpx"), b"<gpx", b""),
    (MimeType("application/xhtml+xml", ".html"), b"<html", b"xmlns="),
)
_INTERPRETERS = (
    (MimeType("text/x-php", ".php"), rb"php"),
    (
        MimeType("text/javascript", ".js", ("application/x-javascript", "application/javascript")),
        rb"node(?:js)?",
    ),
    (MimeType("text/x-lua", ".lua"), rb"lua"),
    (MimeType("text/x-perl", ".pl"), rb"perl"),
    (MimeType("text/x-python", ".py", ("text/x-script.python", "application/x-python")), rb"python[23]?"),
    (MimeType("text/x-ruby", ".rb", ("application/x-ruby",)), rb"ruby"),
    (
        MimeType("text/x-shellscript", ".sh", ("text/x-sh", "application/x-shellscript", "application/x-sh")),
        rb"(?:ba|c|da|k|tc|z)?sh",
    ),
)
_TEXT_STARTS = (
    (MimeType("text/rtf", ".rtf", ("application/rtf",)), re.compile(rb"\{\\rtf")),
    (MimeType("text/vcard", ".vcf"), re.compile(rb"BEGIN:VCARD\r?\n(?s:.)", re.IGNORECASE)),
    (MimeType("text/calendar", ".ics"), re.compile(rb"BEGIN:VCALENDAR\r?\n(?s:.)", re.IGNORECASE)),
    (MimeType("text/vtt", ".vtt"), re.compile(rb"(?:\xef\xbb\xbf)?WEBVTT(?:[\n\r \t]|\Z)")),
)
_SRT_START = re.compile(rb"1\r?\n\d\d:\d\d:\d\d,\d{3} --> ")


def is_text(head: bytes) -> bool:
    """Whether `head` is free of bytes that no text holds, or starts with a byte order mark."""
    return head.startswith(_BOMS) or _BINARY_BYTE.search(head) is None


def text_type(head: bytes) -> MimeType:
    """The type of a text file that starts with `head`; only markup, subtitles and tables may have a BOM."""
    body = head.removeprefix(_BOMS[0])
    markup = body.lstrip()
    if _BARE_SVG.match(body) or _XML_SVG.match(body):
        return _SVG
    if _HTML_START.match(markup):
        return _HTML
    if _XML_START.match(markup):
        return next((kind for kind, tag, hint in _XML_KINDS if tag in body and hint in body), _XML)
    if _PHP_START.match(head):
        return _INTERPRETERS[0][0]
    for kind, program in _INTERPRETERS:
        if re.match(rb"#!\s*/(?:usr/)?(?:local/)?bin/(?:env\s+(?:-S\s+)?)?" + program + rb"(?:\s|$)", head):
            return kind
    if head.lstrip()[:1] in (b"{", b"["):
        kind_of_json = _json_type(head)
        if kind_of_json is not None:
            return kind_of_json
    for kind, start in _TEXT_STARTS:
        if start.match(head):
            return kind
    if _SRT_START.match(head):
        return MimeType("application/x-subrip", ".srt", ("application/x-srt", "text/x-srt"))
    return _separated(body) or TEXT


def _json_type(head: bytes) -> MimeType | None:
    """JSON of some kind where `head` is a document, or the start of one where the file is longer."""
    if len(head) >= SNIFFED_BYTES:
        opens = re.match(rb'\s*(?:\{\s*["}]|\[\s*[\[\]{"\-0-9tfn])', head)
        return _JSON if opens else None
    try:
        value = orjson.loads(head)
    except orjson.JSONDecodeError:
        return _NDJSON if _is_ndjson(head) else None
    return _JSON if isinstance(value, list) else _object_type(value)


def _object_type(value: dict[str, Any]) -> MimeType:
    kind, log, asset = value.get("type"), value.get("log"), value.get("asset")
    if isinstance(kind, str) and kind in _GEOGRAPHIC:
        return _GEOJSON
    if isinstance(log, dict) and not log.keys().isdisjoint({"version", "creator", "entries"}):
        return _HAR
    if isinstance(asset, dict) and asset.get("version") in ("1.0", "2.0"):
        return _GLTF
    return _JSON


def _is_ndjson(head: bytes) -> bool:
    try:
        values = [orjson.loads(line) for line in head.splitlines()]
    except orjson.JSONDecodeError:
        return False
    return len(values) > 1 and any(isinstance(value, dict | list) for value in values)


def _separated(head: bytes) -> MimeType | None:
    """CSV or TSV: at least two lines, all with the same number of separators, one at least."""
    lines = head.splitlines()
    if len(head) >= SNIFFED_BYTES:
        lines = lines[:-1]
    for name, extension, separator in (
        ("text/csv", ".csv", b","),
        ("text/tab-separated-values", ".tsv", b"\t"),
    ):
        counts = {re.sub(rb'"[^"]*"', b"", line).count(separator) for line in lines if line}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            return MimeType(name, extension)
    return None
