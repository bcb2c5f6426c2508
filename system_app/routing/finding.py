"""Finding the route of a request among many: one regular expression for each host and method.

Of the patterns that a path fits, the one that goes first is the one that counts. Patterns that conflict are
refused before, so those that fit one path stand in a row from narrow to wide, and are tried in that order.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from platform_app.requests.lanes import SLASH_IN_SEGMENT
from system_app.routing.patterns import Kind, Pattern, Segment

Subject = TypeVar("Subject")

_EXPRESSIONS = {Kind.ONE: "([^/]+)", Kind.REST: "(.*)", Kind.END: ""}
_VALUES = frozenset({Kind.ONE, Kind.REST})


class Conflict(ValueError):
    """Two patterns of which none goes first; the message names both with their places."""


@dataclass(frozen=True, slots=True)
class Placed(Generic[Subject]):
    """A pattern, what it stands for, and where it was written, for messages."""

    pattern: Pattern
    subject: Subject
    place: str


@dataclass(frozen=True, slots=True)
class Found(Generic[Subject]):
    """What fits a request: with the values of its path, or with the path to send the client to."""

    subject: Subject
    values: Mapping[str, str]
    redirect: str = ""


class Finder(Generic[Subject]):
    """Raises Conflict when one of `routes` conflicts with another one, or with one of `settled`.

    The latter are there anyway, and known not to conflict with each other. Of these only those are looked for
    that may be meant instead of one of `routes`.
    """

    def __init__(self, routes: Sequence[Placed[Subject]], *, settled: Sequence[Placed[Subject]] = ()) -> None:
        for at, one in enumerate(routes):
            for other in (*routes[:at], *settled):
                if one.pattern.conflicts_with(other.pattern):
                    raise Conflict(
                        f"{one.pattern.text} ({one.place}) conflicts with "
                        f"{other.pattern.text} ({other.place})"
                    )
        meant = [one for one in settled if any(_may_be_meant(one.pattern, own.pattern) for own in routes)]
        found = [*routes, *meant]
        methods = {one.pattern.method for one in found}
        self._methods = methods | ({"HEAD"} if "GET" in methods else set())
        self._tables = {
            (method, host): _Table(
                [one for one in found if one.pattern.host == host and one.pattern.takes(method)]
            )
            for method in (*self._methods, "")
            for host in {one.pattern.host for one in found}
        }
        self._has_hosts = any(one.pattern.host for one in found)

    def find(self, method: str, host: str, path: str) -> Found[Subject] | None:
        """The route for a decoded path, in which SLASH_IN_SEGMENT stands for slashes that split nothing.

        `host` may have a port. A path that only lacks the slash at its end is sent there.
        """
        key = method if method in self._methods else ""
        tables = [table for table in (self._tables.get((key, one)) for one in self._hosts(host)) if table]
        placed, match = _first(tables, path)
        if (placed is None or placed.pattern.is_open) and not path.endswith("/"):
            behind, _ = _first(tables, f"{path}/")
            # Its rest is empty, or it has none.
            if behind is not None and len(behind.pattern.segments) == path.count("/") + 1:
                return Found(behind.subject, {}, f"{path}/")
        if placed is None or match is None:
            return None
        return Found(placed.subject, _values(placed.pattern, match))

    def _hosts(self, host: str) -> tuple[str, ...]:
        return (_name_of(host), "") if self._has_hosts else ("",)


class _Table(Generic[Subject]):
    """The patterns of one host that take one method, those that go first in front."""

    def __init__(self, routes: Iterable[Placed[Subject]]) -> None:
        self._routes: list[Placed[Subject]] = []
        for one in routes:
            self._insert(one)
        self._by_group: dict[int | None, Placed[Subject]] = {}
        group, expressions = 1, []
        for one in self._routes:
            self._by_group[group] = one
            group += 1 + sum(segment.kind in _VALUES for segment in one.pattern.segments)
            expressions.append(f"({_expression(one.pattern)})")
        self._match = re.compile("|".join(expressions) or "(?!)", re.DOTALL).fullmatch

    def _insert(self, route: Placed[Subject]) -> None:
        for at, other in enumerate(self._routes):
            if route.pattern.goes_before(other.pattern):
                self._routes.insert(at, route)
                return
        self._routes.append(route)

    def match(self, path: str) -> tuple[Placed[Subject], re.Match[str]] | None:
        match = self._match(path)
        return None if match is None else (self._by_group[match.lastindex], match)


def _first(
    tables: Iterable[_Table[Subject]], path: str
) -> tuple[Placed[Subject], re.Match[str]] | tuple[None, None]:
    return next((found for table in tables if (found := table.match(path))), (None, None))


def _values(pattern: Pattern, match: re.Match[str]) -> dict[str, str]:
    """By the names in the pattern; the groups of its segments follow its own."""
    values = {}
    group = match.lastindex or 0
    for segment in pattern.segments:
        if segment.kind in _VALUES:
            group += 1
            if segment.text:
                values[segment.text] = match[group].replace(SLASH_IN_SEGMENT, "/")
    return values


def _expression(pattern: Pattern) -> str:
    return "".join(f"/{_segment_expression(segment)}" for segment in pattern.segments)


def _segment_expression(segment: Segment) -> str:
    found = _EXPRESSIONS.get(segment.kind)
    return re.escape(segment.text.replace("/", SLASH_IN_SEGMENT)) if found is None else found


def _may_be_meant(settled: Pattern, own: Pattern) -> bool:
    """Whether some requests that fit `own` are for `settled`: it is narrower, or lacks the last slash."""
    if settled.goes_before(own):
        return True
    if own.segments[-1].kind not in {Kind.REST, Kind.END} or len(own.segments) == 1:
        return False
    return settled.relation(replace(own, segments=own.segments[:-1])) is not None


def _name_of(host: str) -> str:
    """The name in a Host header, without the port."""
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    return name.lower()
