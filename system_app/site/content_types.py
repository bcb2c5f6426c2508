"""The content type of a site's file: by its name, and by its content where the name says nothing.

A name says the same on every machine. The reference asks the machine's own tables, and so differs with them.
Reference: mime.TypeByExtension and http.ServeContent of Go 1.25.
"""

import mimetypes
from functools import cache

from platform_app.wire.mime.content_types import content_type_of

_CHARSET = "; charset=utf-8"

# What sites are made of. Python's own table differs from version to version, and lacks some.
_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".csv": "text/csv",
    ".eot": "application/vnd.ms-fontobject",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".gz": "application/gzip",
    ".htm": "text/html",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".ics": "text/calendar",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".m4a": "audio/mp4",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "text/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zip": "application/zip",
}


def type_by_name(name: str) -> str:
    """The content type that the ending of a name stands for, "" for none.

    >>> type_by_name("index.html"), type_by_name("LOGO.SVG"), type_by_name("a.b"), type_by_name("a")
    ('text/html; charset=utf-8', 'image/svg+xml', '', '')
    """
    stem, dot, ending = name.rpartition("/")[2].rpartition(".")
    if not dot:
        return ""
    ending = f".{ending.lower()}"
    found = _TYPES.get(ending) or _others().get(ending, "")
    return found + _CHARSET if found.startswith("text/") else found


def type_by_content(head: bytes) -> str:
    """The same for how a file begins."""
    found = content_type_of(head)
    return found + _CHARSET if found == "text/plain" else found


@cache
def _others() -> dict[str, str]:
    """Python's own table, without what this machine's files add to it."""
    return mimetypes.MimeTypes().types_map[True]
