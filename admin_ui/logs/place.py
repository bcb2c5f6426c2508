"""What an address says of the log's list: which entries, of which time, from which row on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from admin_ui.quoting import quoted
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.parse import parse
from system_app.logs.browsing import LEVELS, Range
from system_app.logs.levels import ERROR, INFO, WARN
from system_app.logs.tail import UnusableFilter

# How far back, by the names that addresses have for it.
PERIODS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}
STATUSES = ("2", "3", "4", "5")  # the first digits
LONGEST_FILTER = 3000
_LOWEST, _HIGHEST = -(10**6), 10**6
_LEVELS = {"debug": (_LOWEST, INFO), "info": (INFO, WARN), "warn": (WARN, ERROR), "error": (ERROR, _HIGHEST)}
_OPERATORS = "=~<>"
_ROW = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True)
class LogPlace:
    """All links of the list keep what it says, but for the row.

    `said` is a filter or a plain term, `period` one of PERIODS, which `since` and `until` take the place of.
    `before` is the row that the list goes on from, None for the newest entry.
    """

    said: str = ""
    level: str = ""
    status: str = ""
    period: str = ""
    since: datetime | None = None
    until: datetime | None = None
    has_superusers: bool = False
    before: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], *, has_superusers: bool) -> "LogPlace":
        """`has_superusers` is what the browser remembers; what makes no sense is left out."""
        level, status, period = (query.get(name, "") for name in ("level", "status", "last"))
        since, until = _moment(query.get("from", "")), _moment(query.get("until", ""))
        superusers, before = query.get("superusers", ""), query.get("before", "")
        return cls(
            said=query.get("filter", "")[:LONGEST_FILTER],
            level=level if level in LEVELS else "",
            status=status if status in STATUSES else "",
            period=period if period in PERIODS and not (since or until) else "",
            since=since,
            until=until,
            has_superusers=superusers == "1" if superusers in {"0", "1"} else has_superusers,
            before=int(before) if _ROW.fullmatch(before) else None,
        )

    @property
    def query(self) -> str:
        """With its question mark, "" for the newest of everything."""
        said = {
            "filter": self.said,
            "level": self.level,
            "status": self.status,
            "last": self.period,
            "from": self.from_text,
            "until": self.until_text,
        }
        query = urlencode({name: text for name, text in said.items() if text})
        return f"?{query}" if query else ""

    @property
    def address(self) -> str:
        return reverse("admin:logs") + self.query

    @property
    def from_text(self) -> str:
        """In UTC, as addresses have it."""
        return _address_of(self.since)

    @property
    def until_text(self) -> str:
        return _address_of(self.until)

    def older_than(self, row: int) -> str:
        """The address of what comes behind a row."""
        return f"{self.address}{'&' if self.query else '?'}before={row}"

    @property
    def within(self) -> Range:
        if self.period:
            return Range(datetime.now(UTC) - PERIODS[self.period])
        return Range(self.since, self.until)

    def with_(self, **changes: object) -> "LogPlace":
        return replace(self, before=None, **changes)  # type: ignore[arg-type]

    def filter(self, *, of_all_levels: bool = False) -> str:
        """As the API's filter, but for the range. Raises UnusableFilter."""
        parts = [f"({text}\n)"] if (text := filter_for(self.said)) else []
        if not self.has_superusers:
            parts.append('data.auth != "_superusers"')
        if self.status:
            parts.append(f"data.status >= {self.status}00 && data.status <= {self.status}99")
        if self.level and not of_all_levels:
            low, high = _LEVELS[self.level]
            parts.append(f"level >= {low} && level < {high}")
        return " && ".join(parts)


def filter_for(said: str) -> str:
    """An expression as it is, a plain term over level, message and data; "" for nothing said.

    Raises UnusableFilter. Reference: ui/src/utils.js (normalizeSearchFilter), PocketBase v0.39.11.

    >>> filter_for("level > 0"), filter_for(' it"s ')
    ('level > 0', 'level~"it\\\\"s"||message~"it\\\\"s"||data~"it\\\\"s"')
    """
    said = said.strip()
    if not said:
        return ""
    if not any(operator in said for operator in _OPERATORS):
        return "||".join(f"{name}~{quoted(said)}" for name in ("level", "message", "data"))
    try:
        parse(said)  # by itself, so that nothing that stands around it is part of it
    except FilterError as error:
        raise UnusableFilter(str(error)) from error
    return said


def _moment(text: str) -> datetime | None:
    """A moment of an address, which is in UTC.

    >>> _moment("2026-11-29T12:00"), _moment("yesterday"), _moment("9999-12-31T23:00-05:00")
    (datetime.datetime(2026, 11, 29, 12, 0, tzinfo=datetime.timezone.utc), None, None)
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _address_of(moment: datetime | None) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z" if moment else ""
