"""What a line and the sheet of an entry show: of requests what people look for, of others what they have."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import reverse

from admin_ui.acting import acting_info
from admin_ui.logs.place import LogPlace
from admin_ui.pretty_json import pretty_json
from admin_ui.records.addresses import record_address
from admin_ui.records.labels import cut, label_of
from collections_app.catalog import find_collection
from collections_app.records.querying.finding import find_records
from collections_app.records.reading.presenting import present
from platform_app.wire.json_encoding import encode
from system_app.logs.browsing import Entry, level_name
from system_app.logs.endpoints import milliseconds_of
from system_app.logs.levels import name_of

# From here on a request is marked as slow.
SLOW_MILLISECONDS = 500
_METHOD_HUES = {"GET": 1, "POST": 2, "PATCH": 3, "PUT": 3, "DELETE": 4}
_BEGINNINGS = ("/api/collections/", "/api/")
_MOST_FACTS = 6
_MOST_CHARACTERS = 200
_MOST_COLLECTIONS = 8
_BAD_STATUS = 400
# The order of the official dashboard: ui/src/logs/logPreviewModal.js, PocketBase v0.39.11.
_FIRST_KEYS = (
    "status",
    "execTime",
    "type",
    "auth",
    "authId",
    "method",
    "url",
    "referer",
    "remoteIP",
    "userIP",
    "userAgent",
)
_LAST_KEYS = ("error", "details", "trace")

# (collection, id): what the record is called, and its address.
People = Mapping[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True)
class Line:
    """A row of the list. `beginning` and `rest` are the address of a request, or the message alone."""

    id: str
    row: int
    address: str
    created: str
    level: str
    level_text: str
    label: str
    method: str
    hue: int
    beginning: str
    rest: str
    error: str
    status: str
    is_bad: bool
    took: str
    is_slow: bool
    who: str
    who_address: str
    ip: str
    referer: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Fact:
    """A key of the sheet: a line of text, or with `is_block` lines of code."""

    key: str
    text: str
    is_block: bool = False
    is_bad: bool = False
    label: str = ""
    address: str = ""


def lines_of(request: HttpRequest, entries: Sequence[Entry], place: LogPlace) -> list[Line]:
    """One query for each auth collection that is named, whatever the number of entries."""
    people = people_of(request, entries)
    return [_line(entry, place, people) for entry in entries]


def people_of(request: HttpRequest, entries: Iterable[Entry]) -> People:
    """Who made the requests, of those who are still there."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        data = entry.item["data"]
        if isinstance(data.get("auth"), str) and isinstance(data.get("authId"), str):
            wanted[data["auth"]].add(data["authId"])
    people = {}
    for name, ids in list(wanted.items())[:_MOST_COLLECTIONS]:
        collection = find_collection(name)
        if collection is None or not collection.is_auth:
            continue
        items = present(find_records(collection, sorted(ids)), acting_info(request))
        for item in items:
            address = record_address(collection, str(item["id"]))
            people[collection.name, str(item["id"])] = (label_of(collection, item), address)
    return people


def _line(entry: Entry, place: LogPlace, people: People) -> Line:
    item, data = entry.item, entry.item["data"]
    is_request = data.get("type") == "request"
    method, url = _text(data.get("method")), _text(data.get("url"))
    if not (is_request and url):
        method, url = "", item["message"]
    beginning = next((text for text in _BEGINNINGS if method and url.startswith(text)), "")
    auth, auth_id = _text(data.get("auth")), _text(data.get("authId"))
    who, who_address = people.get((auth, auth_id), (f"{auth} {auth_id}".strip(), ""))
    status = data.get("status")
    return Line(
        id=item["id"],
        row=entry.row,
        address=entry_address(item["id"]) + place.query,
        created=item["created"],
        level=level_name(item["level"]),
        level_text=name_of(item["level"]).lower(),
        label=cut(item["message"], _MOST_CHARACTERS),
        method=method,
        hue=_METHOD_HUES.get(method, 5),
        beginning=beginning,
        rest=cut(url.removeprefix(beginning), _MOST_CHARACTERS),
        error=cut(_text(data.get("error")), _MOST_CHARACTERS),
        status=_text(status),
        is_bad=isinstance(status, int) and status >= _BAD_STATUS,
        took=f"{milliseconds_of(data):,.1f}" if "execTime" in data else "",
        is_slow=milliseconds_of(data) >= SLOW_MILLISECONDS,
        who=who,
        who_address=who_address,
        ip=_text(data.get("userIP")),
        referer=_without_scheme(_text(data.get("referer"))),
        facts=() if is_request else _facts(data),
    )


def _facts(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The first six keys of what is no request; what went wrong has its own place."""
    keys = [key for key in data if key not in _LAST_KEYS][:_MOST_FACTS]
    return tuple((key, cut(_text(data[key]), _MOST_CHARACTERS)) for key in keys)


def sheet_facts(item: Mapping[str, Any], people: People) -> list[Fact]:
    """All that an entry holds: requests' keys first and in one order, what went wrong last."""
    data = item["data"]
    first = [key for key in _FIRST_KEYS if key in data]
    last = [key for key in _LAST_KEYS if key in data]
    others = sorted(key for key in data if key not in {*first, *last})
    nobody = ("", "")
    person = people.get((_text(data.get("auth")), _text(data.get("authId"))), nobody)
    keys = (*first, *others, *last)
    return [_fact(key, data[key], person if key == "authId" else nobody) for key in keys]


def _fact(key: str, value: Any, person: tuple[str, str]) -> Fact:
    is_block = isinstance(value, dict | list) or (isinstance(value, str) and "\n" in value.strip())
    text = pretty_json(value) if isinstance(value, dict | list) else _text(value)
    if key == "execTime":
        text = f"{text} ms"
    return Fact(key, text, is_block, key in _LAST_KEYS, *person)


def entry_address(log_id: str) -> str:
    return reverse("admin:log", args=[log_id])


def _text(value: Any) -> str:
    """A value as a line of text; of JSON the text that the API would send."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return encode(value).decode()


def _without_scheme(url: str) -> str:
    """
    >>> _without_scheme("https://fernweh.example/cart"), _without_scheme("odd")
    ('fernweh.example/cart', 'odd')
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return url.removeprefix(f"{parts.scheme}://") if parts.netloc else url
