"""What requests of each endpoint took, and which took longest: of the newest ones, so many and no more."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from platform_app.database.lanes import check_time
from system_app.logs.browsing import Entry, Range, entries_before

# What is looked at: a page comes within the time of a page, however many there are.
MOST_REQUESTS = 20_000
_REQUESTS = 'data.type = "request"'
_ROWS_AT_A_TIME = 2000
_BAD_STATUS = 400
# What stands for one thing among many: ids of records, numbers, names of files, tokens.
_ONE_OF_MANY = re.compile(r"(?=[^/]*\d)[A-Za-z0-9]{15}|\d+|[^/]*\.[^/]+|[^/]{32,}")


@dataclass(frozen=True)
class Endpoint:
    """Times are milliseconds; `share` is of the time that all took together, from 0 to 1."""

    method: str
    route: str
    count: int
    failed: int
    median: float
    p95: float
    most: float
    share: float

    @property
    def percent(self) -> int:
        return round(self.share * 100)


@dataclass(frozen=True)
class Measured:
    """`count` requests were looked at, the newest ones; with `is_all` there are no others."""

    count: int
    is_all: bool
    since: str
    endpoints: tuple[Endpoint, ...]
    slowest: tuple[Entry, ...]


def route_of(url: str) -> str:
    """The path of an address without what is one of many.

    >>> route_of("/api/collections/posts/records/k3v9c2m8q1xw7tz?expand=author")
    '/api/collections/posts/records/:id'
    >>> route_of("/api/files/media/9dk2ab81k0zxq3m/quay.webp"), route_of("/api/health"), route_of("/a/12/b")
    ('/api/files/media/:id/:id', '/api/health', '/a/:id/b')
    """
    path = url.partition("?")[0]
    return "/".join(":id" if _ONE_OF_MANY.fullmatch(part) else part for part in path.split("/"))


def measure(
    filter_text: str, within: Range | None = None, *, most_endpoints: int, most_slow: int
) -> Measured:
    """Raises UnusableFilter."""
    wanted = f"({filter_text}) && {_REQUESTS}" if filter_text else _REQUESTS
    row: int | None = None
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    failed: dict[tuple[str, str], int] = defaultdict(int)
    slow: list[Entry] = []
    count, since = 0, ""
    while count < MOST_REQUESTS:
        check_time()
        found = entries_before(wanted, row, min(_ROWS_AT_A_TIME, MOST_REQUESTS - count), within=within)
        for entry in found:
            data = entry.item["data"]
            key = str(data.get("method", ""))[:50], route_of(str(data.get("url", "")))
            taken[key].append(milliseconds_of(data))
            failed[key] += _status_of(data) >= _BAD_STATUS
        slow = _slowest([*slow, *found], most_slow)
        count += len(found)
        if found:
            row, since = found[-1].row, found[-1].item["created"]
        if len(found) < _ROWS_AT_A_TIME:
            break
    all_ = sum(map(sum, taken.values())) or 1.0
    endpoints = [_endpoint(*key, times, failed[key], all_) for key, times in taken.items()]
    endpoints.sort(key=lambda one: -one.share)
    return Measured(count, count < MOST_REQUESTS, since, tuple(endpoints[:most_endpoints]), tuple(slow))


def milliseconds_of(data: dict[str, Any]) -> float:
    took = data.get("execTime")
    return float(took) if isinstance(took, int | float) else 0.0


def _status_of(data: dict[str, Any]) -> int:
    status = data.get("status")
    return status if isinstance(status, int) else 0


def _slowest(entries: Iterable[Entry], most: int) -> list[Entry]:
    return sorted(entries, key=lambda entry: -milliseconds_of(entry.item["data"]))[:most]


def _endpoint(method: str, route: str, times: list[float], failed: int, all_: float) -> Endpoint:
    times.sort()
    return Endpoint(
        method=method,
        route=route,
        count=len(times),
        failed=failed,
        median=times[len(times) // 2],
        p95=times[min(len(times) * 95 // 100, len(times) - 1)],
        most=times[-1],
        share=sum(times) / all_,
    )
