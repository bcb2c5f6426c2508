"""What a request carries, read as the contract reads it: body, uploads, query and headers.

Reference: contract/records.md 1.4, 1.5 and 6.1.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import IO, Any

from django.http import HttpRequest

from platform_app.requests.header_texts import text_of_header
from platform_app.requests.receiving import received
from platform_app.wire.errors import BadRequest
from platform_app.wire.form_files import FormFile
from platform_app.wire.form_values import (
    MalformedPairs,
    first_values,
    form_boundary,
    grouped,
    inferred,
    media_type,
    read_pairs,
)
from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.multipart import MalformedForm, read_multipart

JSON_PAYLOAD = "@jsonPayload"
# Go reads no more of an urlencoded body.
MAX_URLENCODED_BYTES = 10 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024

_NOTHING: Mapping[str, str] = {}
_WITH_URLENCODED_BODY = frozenset({"POST", "PUT", "PATCH"})


def parse_body(request: HttpRequest) -> dict[str, Any]:
    """The parsed body as an object, {} for none; read once per request.

    Raises BadRequest for a body that cannot be read or whose type is not supported.
    """
    if not has_body(request):
        return {}
    kept: dict[str, Any] | None = getattr(request, "_parsed_body", None)
    if kept is None:
        kept = _read_body(request, request.META.get("CONTENT_TYPE") or "")
        request._parsed_body = kept  # type: ignore[attr-defined]
    return kept


def has_body(request: HttpRequest) -> bool:
    """Whether one is announced; in chunks it may turn out to be empty."""
    length = request.META.get("CONTENT_LENGTH")
    return length != "0" and (bool(length) or "HTTP_TRANSFER_ENCODING" in request.META)


def uploads(request: HttpRequest) -> dict[str, list[FormFile]]:
    """The files of a multipart body by part name, in the order in which they were sent.

    They can be read as long as the request lasts. Raises BadRequest as `parse_body` does.
    """
    parse_body(request)
    files: dict[str, list[FormFile]] = getattr(request, "_uploads", {})
    return files


def query_values(request: HttpRequest) -> Mapping[str, str]:
    """The first value of every query parameter; pairs that cannot be read are dropped."""
    text = request.META.get("QUERY_STRING")
    if not text:
        return _NOTHING
    kept: Mapping[str, str] | None = getattr(request, "_query_values", None)
    if kept is None:
        kept = first_values(read_pairs(text))
        request._query_values = kept  # type: ignore[attr-defined]
    return kept


class LazyHeaders(Mapping[str, str]):
    """The request's headers by snake-cased name (`x_my_token`), gathered when a rule first reads one.

    Of a header that comes several times the first one counts.
    """

    __slots__ = ("_request", "_values")

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._values: dict[str, str] | None = None

    def _gathered(self) -> dict[str, str]:
        if self._values is None:
            self._values = {}
            for name, value in _header_lines(self._request):
                if name not in _NOT_HEADERS:
                    self._values.setdefault(_snake_cased(name), value)
        return self._values

    def __getitem__(self, name: str) -> str:
        return self._gathered()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._gathered())

    def __len__(self) -> int:
        return len(self._gathered())


# As Go sees it, which keeps them elsewhere.
_NOT_HEADERS = frozenset({"host", "transfer-encoding"})
_UNPREFIXED_HEADERS = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
_SEPARATORS = re.compile(r"[\W_]+", re.ASCII)


def _header_lines(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Names in lower case and values, as they came; under WSGI as the server and Django made them."""
    scope = getattr(request, "scope", None)
    if scope is not None:
        for name, value in scope["headers"]:
            yield name.decode("latin-1"), value.decode(errors="replace")
        return
    for key, text in request.META.items():
        if key.startswith("HTTP_") or (key in _UNPREFIXED_HEADERS and text):
            yield key.removeprefix("HTTP_").replace("_", "-").lower(), text_of_header(text)


def _snake_cased(name: str) -> str:
    # Header names reach us in one case, so there are no inner capitals to split at.
    return _SEPARATORS.sub("_", name).strip("_").lower()


def _read_body(request: HttpRequest, content_type: str) -> dict[str, Any]:
    if content_type.startswith("application/json"):
        return _object(request.body)
    if content_type.startswith("multipart/form-data"):
        return _read_multipart(request, content_type)
    if content_type.startswith("application/x-www-form-urlencoded"):
        return _read_urlencoded(request, content_type)
    if content_type.startswith(("text/xml", "application/xml")):
        raise BadRequest  # XML cannot be decoded into free keys; the reference fails the same way
    raise BadRequest("Unsupported Content-Type.")


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = decode_json(text)
    except MalformedJson as error:
        raise BadRequest from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest
    return value


def _read_multipart(request: HttpRequest, content_type: str) -> dict[str, Any]:
    boundary = form_boundary(content_type)
    if boundary is None:
        raise BadRequest
    try:
        query = read_pairs(request.META.get("QUERY_STRING") or "", strict=True)
        form = read_multipart(_body_of(request), boundary)
    except (MalformedForm, MalformedPairs) as error:
        raise BadRequest from error
    values = grouped(query)
    for name, texts in form.values.items():
        values.setdefault(name, []).extend(texts)
    parsed_values = with_payloads(values)
    request._uploads = form.files  # type: ignore[attr-defined]
    return parsed_values


def _body_of(request: HttpRequest) -> IO[bytes]:
    """The body as a file that can be read from any place of it, as long as the request lasts."""
    request.read(0)  # so that Django knows, and gives nobody the rest of it
    stream: IO[bytes] = request._stream
    if stream.seekable():
        return stream
    return received(iter(partial(stream.read, _CHUNK_BYTES), b""))


def _read_urlencoded(request: HttpRequest, content_type: str) -> dict[str, Any]:
    body: list[tuple[str, str]] = []
    try:
        if request.method in _WITH_URLENCODED_BODY and _is_urlencoded(content_type):
            if len(request.body) > MAX_URLENCODED_BYTES:
                raise BadRequest
            body = read_pairs(request.body.decode("utf-8", errors="replace"), strict=True)
        query = read_pairs(request.META.get("QUERY_STRING") or "", strict=True)
    except MalformedPairs as error:
        raise BadRequest from error
    return with_payloads(grouped(body, query))


def _is_urlencoded(content_type: str) -> bool:
    parsed = media_type(content_type)
    if parsed is None:
        raise BadRequest
    return parsed[0] == "application/x-www-form-urlencoded"


def with_payloads(values: dict[str, list[str]]) -> dict[str, Any]:
    """The values as a body, with the objects under `@jsonPayload` laid over them."""
    payloads = values.pop(JSON_PAYLOAD, [])
    body = inferred(values)
    for payload in payloads:
        try:
            value = decode_json(payload.encode("utf-8", errors="replace"), whole=True)
        except MalformedJson as error:
            raise BadRequest from error
        if value is None:
            # Go sets the whole map to nil; what later payloads bring is all that remains.
            body = {}
            continue
        if not isinstance(value, dict):
            raise BadRequest
        body.update(value)
    return body
