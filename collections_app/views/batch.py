"""HTTP in and out of batches: the request's shape, and what is wrong with it (contract/records.md 11.1)."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse

from collections_app.collection import Collection
from collections_app.records.batch_item import BatchItem
from collections_app.records.writing.batch import run_batch
from collections_app.views.api_view import APIView, request_info
from collections_app.views.uploads import pending_uploads
from platform_app.requests.body import parse_body, with_payloads
from platform_app.requests.body_size import is_over
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import BadRequest, FieldError, Forbidden, TooLarge, required
from platform_app.wire.form_values import MalformedPairs, first_values, grouped, read_pairs

UNREADABLE = "Failed to read the submitted batch data."
DEFAULT_TIMEOUT_SECONDS = 3.0
MAX_URL_BYTES = 2000

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
# The numbers as they are counted, so without zeros in front.
_FILE_PART = re.compile(
    r"requests(?:\.(0|[1-9]\d{0,17})\.|\[(0|[1-9]\d{0,17})\]\.)(.+)", re.DOTALL | re.ASCII
)


# (request, collection, "create" | "update" | "delete", method, path)
CheckRate = Callable[[HttpRequest, Collection, str, str, str], None]


def unlimited(request: HttpRequest, collection: Collection, action: str, method: str, path: str) -> None:
    """Lets every item pass."""


class Batch(APIView):
    """`check_rate` raises when an item comes too soon after others; whoever names the route sets it."""

    check_rate: CheckRate = staticmethod(unlimited)

    def post(self, request: HttpRequest) -> Any:
        settings = current().batch
        if not settings.enabled or settings.max_requests <= 0:
            raise Forbidden("Batch requests are not allowed.")
        if is_over(request, settings.body_limit_bytes):
            # What was cut off while it was read is, to the reference, a body that cannot be read.
            raise TooLarge if request.META.get("CONTENT_LENGTH") else BadRequest(UNREADABLE)
        items = _read_items(request)
        _validate(items, settings.max_requests)
        info = request_info(request)
        results = run_batch(
            items,
            info=info,
            timeout_seconds=settings.timeout_seconds or DEFAULT_TIMEOUT_SECONDS,
            read_query=_read_query,
            check_rate=partial(self.check_rate, request),
        )
        return HttpResponse() if results is None else results


def _read_query(text: str) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """The query as such, and as the part of a form's body that it is."""
    try:
        pairs = read_pairs(text, strict=True)
    except MalformedPairs as error:
        raise BadRequest from error
    return first_values(pairs), with_payloads(grouped(pairs))


def _read_items(request: HttpRequest) -> list[BatchItem]:
    """Raises BadRequest for a body that is no list of requests."""
    try:
        body = parse_body(request)
    except BadRequest as error:
        raise BadRequest(UNREADABLE) from error
    requests: Any = None
    for key, value in body.items():
        if key.lower() == "requests":
            requests = value  # of several spellings the last one counts
    if requests is None:
        return []
    if not isinstance(requests, list):
        raise BadRequest(UNREADABLE)
    items = [_item(one) for one in requests]
    for name, files in pending_uploads(request).items():
        match = _FILE_PART.fullmatch(name)
        at = int(match[1] or match[2]) if match else len(items)
        if match and at < len(items):
            items[at].files.setdefault(match[3], []).extend(files)
            items[at].body.pop(match[3], None)  # the files stand in its place
    return items


def _item(one: Any) -> BatchItem:
    if not isinstance(one, Mapping):
        raise BadRequest(UNREADABLE)
    members = {key.lower(): value for key, value in one.items()}
    headers, body = members.get("headers"), members.get("body")
    texts = [
        members.get("method"),
        members.get("url"),
        *(headers.values() if isinstance(headers, dict) else ()),
    ]
    is_readable = all(text is None or isinstance(text, str) for text in texts) and all(
        one is None or isinstance(one, dict) for one in (headers, body)
    )
    if not is_readable:
        raise BadRequest(UNREADABLE)
    return BatchItem(
        method=members.get("method") or "",
        url=members.get("url") or "",
        headers={name: value or "" for name, value in (headers or {}).items()},
        body=dict(body or {}),
    )


def _validate(items: list[BatchItem], max_requests: int) -> None:
    errors: dict[str, Any] = {}
    if not items:
        errors["requests"] = required()
    elif len(items) > max_requests:
        errors["requests"] = _too_long(max_requests)
    else:
        nested = {str(at): found for at, item in enumerate(items) if (found := _item_errors(item))}
        if nested:
            errors["requests"] = nested
    if errors:
        raise BadRequest("Invalid batch request data.", errors)


def _item_errors(item: BatchItem) -> dict[str, FieldError]:
    errors: dict[str, FieldError] = {}
    if not item.method:
        errors["method"] = required()
    elif item.method not in _METHODS:
        errors["method"] = FieldError("validation_in_invalid", "Must be a valid value.")
    if not item.url:
        errors["url"] = required()
    elif len(item.url.encode()) > MAX_URL_BYTES:
        errors["url"] = _too_long(MAX_URL_BYTES)
    return errors


def _too_long(maximum: int) -> FieldError:
    return FieldError(
        "validation_length_too_long",
        f"The length must be no more than {maximum}.",
        {"max": maximum, "min": 0},
    )
