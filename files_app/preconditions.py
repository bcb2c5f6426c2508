"""Whether a request still wants the file: If-Match and its relatives.

Files have no ETag unless a hook sets one, so mostly the date decides.
Reference: RFC 9110 13; net/http ServeContent of Go 1.25.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from django.http import HttpRequest

from files_app.http_dates import parse_http_date

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BLANKS = " \t\r\n"
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')

Outcome = Literal["send", "not modified", "failed"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """The headers of a request that are about a part or a state of a file; "" for one that is not there."""

    if_match: str = ""
    if_unmodified_since: str = ""
    if_none_match: str = ""
    if_modified_since: str = ""
    if_range: str = ""
    range: str = ""


NO_CONDITIONS = Conditions()

_HEADERS = {
    "HTTP_IF_MATCH": "if_match",
    "HTTP_IF_UNMODIFIED_SINCE": "if_unmodified_since",
    "HTTP_IF_NONE_MATCH": "if_none_match",
    "HTTP_IF_MODIFIED_SINCE": "if_modified_since",
    "HTTP_IF_RANGE": "if_range",
    "HTTP_RANGE": "range",
}


def conditions_of(request: HttpRequest) -> Conditions:
    """What a request says about the part or the state that it wants."""
    meta = request.META
    sent = {name: _first(request, key) for key, name in _HEADERS.items() if key in meta}
    return Conditions(**sent) if sent else NO_CONDITIONS


def _first(request: HttpRequest, key: str) -> str:
    """A header's value; of several headers of that name the first one counts."""
    value: str = request.META[key]
    if "," not in value:
        return value
    # Django has joined them, and a single one may hold commas, too.
    name = key.removeprefix("HTTP_").replace("_", "-").lower().encode()
    headers = getattr(request, "scope", {}).get("headers", ())
    return next((sent.decode("latin-1") for other, sent in headers if other.lower() == name), value)


def outcome(asked: Conditions, modified: datetime, etag: str = "") -> Outcome:
    """What to do for a file that was modified then; `etag` is "" for none."""
    if asked.if_match:
        if not _has_match(asked.if_match, etag, is_strong=True):
            return "failed"
    elif _is_newer(modified, asked.if_unmodified_since):
        return "failed"
    if asked.if_none_match:
        return "not modified" if _has_match(asked.if_none_match, etag, is_strong=False) else "send"
    return "not modified" if _is_newer(modified, asked.if_modified_since) is False else "send"


def wanted_range(asked: Conditions, modified: datetime, etag: str = "") -> str:
    """The Range header, unless If-Range says that the file may be another one by now."""
    if not asked.range or not asked.if_range:
        return asked.range
    found = _ETAG.match(asked.if_range.lstrip(_BLANKS))
    if found is not None:
        same = found.group() == etag and not etag.startswith("W/")
    else:
        same = parse_http_date(asked.if_range) == int(modified.timestamp())
    return asked.range if same else ""


def _is_newer(modified: datetime, date: str) -> bool | None:
    """Whether the file was modified after the date; None when one of the two says nothing."""
    moment = parse_http_date(date) if date and modified != EPOCH else None
    return None if moment is None else int(modified.timestamp()) > moment


def _has_match(header: str, etag: str, *, is_strong: bool) -> bool:
    for tag in _tags(header):
        if tag == "*":
            return True
        if is_strong and tag == etag and not tag.startswith("W/"):
            return True
        if not is_strong and tag.removeprefix("W/") == etag.removeprefix("W/"):
            return True
    return False


def _tags(header: str) -> Iterator[str]:
    """The tags of a list, as far as it is one."""
    at, end = 0, len(header)
    while at < end:
        if header[at] in _BLANKS or header[at] == ",":
            at += 1
        elif header[at] == "*":
            yield "*"
            return
        elif found := _ETAG.match(header, at):
            yield found.group()
            at = found.end()
        else:
            return
