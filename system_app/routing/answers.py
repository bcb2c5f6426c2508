"""Answers of every kind, for routes and middlewares: `answers.html("<h1>Hello</h1>", status=201)`.

A route that returns a JSON value, a text or nothing needs none of them.
Reference: tools/router/event.go, PocketBase v0.39.11.
"""

import mimetypes
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote
from xml.etree import ElementTree

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.response import ResponseHeaders

from collections_app.records.storage import StoredFile
from files_app.preconditions import conditions_of
from files_app.serving import Wish, file_answer
from platform_app.requests.activity import skip_success_log
from platform_app.requests.file_answers import Span
from platform_app.wire.errors import ApiError, NotFound
from system_app.routing.answering import empty, json_answer

_INDEX = "index.html"
_XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_FOR_PAGES = ("Content-Disposition", "Content-Security-Policy", "Cache-Control")


def json(request: HttpRequest, value: Any, status: int = 200) -> HttpResponse:
    """A JSON value, reduced to what the request's `?fields=` asks for if it is no error."""
    return json_answer(request, value, status)


def text(value: str, status: int = 200) -> HttpResponse:
    return HttpResponse(value, status=status, content_type="text/plain; charset=utf-8")


def html(value: str, status: int = 200) -> HttpResponse:
    return HttpResponse(value, status=status, content_type="text/html; charset=utf-8")


def xml(value: "str | ElementTree.Element", status: int = 200) -> HttpResponse:
    """An element, or the text of one; the declaration is put before it."""
    body = value if isinstance(value, str) else ElementTree.tostring(value, encoding="unicode")
    return HttpResponse(_XML_HEAD + body, status=status, content_type="application/xml; charset=utf-8")


def blob(content: bytes, content_type: str = "application/octet-stream", status: int = 200) -> HttpResponse:
    return HttpResponse(content, status=status, content_type=content_type)


def stream(
    chunks: Iterable[bytes], content_type: str = "application/octet-stream", status: int = 200
) -> StreamingHttpResponse:
    """What an open file or a generator gives, as it comes; it is closed at the end."""
    return StreamingHttpResponse(chunks, status=status, content_type=content_type)


def no_content(status: int = 204) -> HttpResponse:
    return empty(status)


def redirect(url: str, status: int = 307) -> HttpResponse:
    """To wherever: an address that a client sent is for the caller to check. Raises ApiError for no 3xx."""
    if not 300 <= status <= 399:
        raise ApiError("Invalid redirect status code", status=500)
    response = empty(status)
    response["Location"] = url
    return response


def file(request: HttpRequest, folder: str | Path, name: str) -> HttpResponseBase:
    """A file below a folder, whole or the part that is asked for; of a folder its `index.html`.

    A link in the folder may lead out of it, a name may not. Raises NotFound.
    """
    root = Path(folder).resolve()
    path = root.joinpath(*(part for part in name.split("/") if part))
    if ".." in Path(name).parts or "\x00" in name:
        raise NotFound("File not found.")
    if path.is_dir():
        path = path / _INDEX
    headers = ResponseHeaders({})
    wish = Wish(is_head=request.method == "HEAD", conditions=conditions_of(request))
    try:
        response = file_answer(_Disk(), str(path), path.name, wish=wish, headers=headers)  # type: ignore[arg-type]  # of a storage it reads only
    except OSError as error:
        raise NotFound("File not found.") from error
    for header in _NOT_FOR_PAGES:
        response.headers.pop(header, None)
    response.xframe_options_exempt = False  # type: ignore[attr-defined]
    return response


def static(
    request: HttpRequest, folder: str | Path, name: str, *, index_fallback: bool = False
) -> HttpResponseBase:
    """A folder as a site: addresses of folders end with a slash, of files without, `index.html` goes unnamed.

    Others are sent there with 301. With `index_fallback` the folder's own `index.html` stands for what is
    missing, for pages that find their way by themselves. Only failures are logged. Raises NotFound.
    """
    skip_success_log(request)
    path = request.META.get("RAW_PATH") or quote(request.path)
    found = Path(folder, *(part for part in name.split("/") if part))
    if ".." not in found.parts and "\x00" not in name:
        tidy = path
        if found.is_dir():
            tidy = f"{path.rstrip('/')}/"
        elif found.is_file():
            tidy = path.rstrip("/").removesuffix(_INDEX) if found.name == _INDEX else path.rstrip("/")
        if tidy != path:
            return redirect(tidy.replace("\\", "%5C"), 301)
    try:
        return file(request, folder, name)
    except NotFound:
        if not index_fallback:
            raise
        return file(request, folder, _INDEX)


class _Disk:
    """Files of this machine by their whole paths."""

    def attributes(self, path: str) -> StoredFile:
        found = Path(path)
        if not found.is_file():
            raise FileNotFoundError(path)
        stat = found.stat()
        content_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
        if content_type.startswith("text/"):
            content_type += "; charset=utf-8"
        return StoredFile(stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC), content_type)

    def open(self, path: str, *, part: Span | None = None) -> IO[bytes]:
        return Path(path).open("rb")
