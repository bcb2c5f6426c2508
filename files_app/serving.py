"""The answer that sends a stored file: its headers, the parts that are asked for, and when not to send it.

Reference: contract/files.md 2; tools/filesystem/filesystem.go (Serve), PocketBase v0.39.11, and net/http
ServeContent of Go 1.25.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any, TypeVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import ResponseHeaders
from django.utils.http import http_date

from collections_app.records.storage import BucketStorage, RecordStorage, StoredFile
from files_app.preconditions import EPOCH, NO_CONDITIONS, Conditions, conditions_of, outcome, wanted_range
from files_app.ranges import (
    RangeRefused,
    content_range,
    is_one_part,
    multipart_pieces,
    new_boundary,
    parse_ranges,
)
from platform_app.requests.file_answers import FileAnswer, Pieces, Span, chunks_of
from platform_app.wire.casting import is_bool_text, parse_bool

Response = TypeVar("Response", bound=HttpResponseBase)

# Up to here a file is read at once and sent with its head.
SMALL_BYTES = 64 * 1024

SANDBOX = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
# A browser may use a file for 30 days, and for one more while it asks anew.
CACHING = "max-age=2592000, stale-while-revalidate=86400"

# What a browser may show by itself; everything else is to be saved.
_SHOWN = frozenset(
    (
        *(f"image/{kind}" for kind in ("png", "jpg", "jpeg", "gif", "webp", "x-icon", "bmp")),
        *(f"video/{kind}" for kind in ("webm", "mp4", "3gpp", "quicktime", "x-ms-wmv")),
        *(f"audio/{kind}" for kind in ("basic", "aiff", "mpeg", "midi", "mp3", "wave", "wav")),
        *(f"audio/{kind}" for kind in ("x-wav", "x-mpeg", "x-m4a", "aac")),
        *(f"application/{kind}" for kind in ("pdf", "x-pdf")),
    )
)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TYPES_BY_EXTENSION = {
    ".svg": "image/svg+xml",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Wish:
    """How a client wants a file; `is_head`: its headers alone."""

    is_head: bool = False
    is_download: bool = False
    conditions: Conditions = NO_CONDITIONS


def wish_of(request: HttpRequest, query: Mapping[str, str]) -> Wish:
    """What a request wants; `query` is what stands behind its address."""
    download = query.get("download", "")
    return Wish(
        is_head=request.method == "HEAD",
        is_download=is_bool_text(download) and parse_bool(download),
        conditions=conditions_of(request),
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a content is sent, in order; its headers are set."""

    status: int
    pieces: Pieces
    length: int


def file_answer(
    storage: RecordStorage, path: str, name: str, *, wish: Wish, headers: ResponseHeaders
) -> HttpResponseBase:
    """The answer with the file at `path`, or with why it is not sent; `headers` are kept as they are.

    Raises FileNotFoundError and other OSErrors of the storage.
    """
    stored, file = _looked_at(storage, path, wish)
    try:
        for key, value in _own_headers(path, name, stored, is_download=wish.is_download):
            headers.setdefault(key, value)
        parts = wanted_parts(stored.size_bytes, stored.modified, wish=wish, headers=headers)
        if not isinstance(parts, Parts):
            return _exempt(parts)
        if file is None:
            file = _opened(storage, path, parts, stored.size_bytes)
        answer, file = sent(file, parts, headers), None
        return _exempt(answer)
    finally:
        if file is not None:
            file.close()


def _looked_at(storage: RecordStorage, path: str, wish: Wish) -> tuple[StoredFile, IO[Any] | None]:
    """What is known of a file; with its content, where that comes with it and will be sent."""
    if wish.is_head or not hasattr(storage, "open_known"):
        return storage.attributes(path), None
    asked = wish.conditions
    # Other conditions may keep it from being sent, and several parts are sent one by one.
    if replace(asked, range="") != NO_CONDITIONS or not is_one_part(asked.range):
        return storage.attributes(path), None
    return cast(BucketStorage, storage).open_known(path, asked.range)


def _opened(storage: RecordStorage, path: str, parts: Parts, size_bytes: int) -> IO[Any]:
    """The content of a file, at the first part of it that is sent."""
    spans = [piece for piece in parts.pieces if isinstance(piece, Span) and piece.length]
    # Of a small file all parts are in one request for all of it.
    if parts.status == 206 and spans and (len(spans) == 1 or size_bytes > SMALL_BYTES):
        return storage.open(path, part=spans[0])
    return storage.open(path)


def wanted_parts(
    size_bytes: int, modified: datetime, *, wish: Wish, headers: ResponseHeaders, content_type: str = ""
) -> Parts | HttpResponse:
    """What of a content of this size is to be sent, or the answer that sends none of it, as to HEAD.

    `content_type` is for headers without one, where something is sent.
    """
    if modified != EPOCH:
        headers["Last-Modified"] = http_date(modified.timestamp())
    etag = headers.get("ETag", "")
    match outcome(wish.conditions, modified, etag):
        case "failed":
            return _answer(b"", headers, status=412)
        case "not modified":
            return _not_modified(headers, etag)
    if content_type:
        headers.setdefault("Content-Type", content_type)
    try:
        spans = parse_ranges(wanted_range(wish.conditions, modified, etag), size_bytes)
    except RangeRefused as refusal:
        return _refused(refusal, headers, size_bytes)
    pieces: Pieces = spans or (Span(0, size_bytes),)
    if len(spans) == 1:
        headers["Content-Range"] = content_range(spans[0], size_bytes)
    elif spans:
        boundary = new_boundary()
        pieces = multipart_pieces(spans, boundary, headers["Content-Type"], size_bytes)
        headers["Content-Type"] = f"multipart/byteranges; boundary={boundary}"
    headers["Accept-Ranges"] = "bytes"
    length = sum(len(piece) if isinstance(piece, bytes) else piece.length for piece in pieces)
    if spans or "Content-Encoding" not in headers:
        headers["Content-Length"] = str(length)
    status = 206 if spans else 200
    if wish.is_head:
        return _answer(b"", headers, status=status)
    return Parts(status, pieces, length)


def sent(file: IO[Any], parts: Parts, headers: ResponseHeaders) -> HttpResponseBase:
    """The answer with parts of an open file, which is the answer's from now on."""
    if parts.length > SMALL_BYTES:
        large = FileAnswer(file, parts.pieces, status=parts.status)
        large.headers = headers
        return large
    with file:
        return _answer(b"".join(chunks_of(file, parts.pieces)), headers, status=parts.status)


def _own_headers(path: str, name: str, stored: StoredFile, *, is_download: bool) -> list[tuple[str, str]]:
    is_shown = not is_download and stored.content_type in _SHOWN
    shown_type = _TYPES_BY_EXTENSION.get(_extension(path), stored.content_type)
    return [
        ("Content-Disposition", f"{'inline' if is_shown else 'attachment'}; filename={_as_header(name)}"),
        ("Content-Type", _as_header(shown_type)),
        ("Content-Security-Policy", SANDBOX),
        ("Cache-Control", CACHING),
    ]


def _extension(path: str) -> str:
    """From the last dot of the name on; unlike elsewhere in Python, a name may be nothing else."""
    name = path.rpartition("/")[2]
    at = name.rfind(".")
    return name[at:] if at >= 0 else ""


def _as_header(text: str) -> str:
    """The text as it goes into a header: UTF-8, as the reference sends it, in one line."""
    return _CONTROLS.sub(" ", text).strip().encode("utf-8", errors="replace").decode("latin-1")


def _answer(content: bytes, headers: ResponseHeaders, *, status: int) -> HttpResponse:
    """The answer with just these headers."""
    response = HttpResponse(content, status=status)
    response.headers = headers
    return response


def _exempt(response: Response) -> Response:
    """The response as one that other sites may show in a frame."""
    response.xframe_options_exempt = True  # type: ignore[attr-defined]
    return response


def _not_modified(headers: ResponseHeaders, etag: str) -> HttpResponse:
    for name in ("Content-Type", "Content-Encoding", *(("Last-Modified",) if etag else ())):
        headers.pop(name, None)
    return _answer(b"", headers, status=304)


def _refused(refusal: RangeRefused, headers: ResponseHeaders, size_bytes: int) -> HttpResponse:
    for name in ("Cache-Control", "Content-Encoding", "ETag", "Last-Modified"):
        headers.pop(name, None)
    if refusal.has_size:
        headers["Content-Range"] = f"bytes */{size_bytes}"
    headers["Content-Type"] = "text/plain; charset=utf-8"
    content = f"{refusal}\n".encode()
    headers["Content-Length"] = str(len(content))
    return _answer(content, headers, status=416)
