"""Which lane a request runs in: one table of routes, to which every app adds its own `LANES`.

- inline: on the event loop's own thread, for short indexed work on SQLite, and safe to be begun twice
- pool: on a thread of the pool, for work whose size is ours; what no entry names is here
- queries: on a thread of its own pool, for work whose size the client chooses
- bulk: as well, for large bodies; requests with one are here by themselves
- long: as well, for what takes seconds; from `queries` requests move here by themselves
- waiting: as well, for what waits for the network

An app says it in its `lanes.py`, which is found as Django finds `admin.py` (docs/explanation/lanes.md):

    LANES = (LaneRoute(("POST",), "/shop/{shop}/pay", "waiting"),)
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import module_has_submodule

from platform_app.requests.asgi import Scope
from platform_app.requests.receiving import SMALL_BODY_BYTES

Lane = Literal["inline", "pool", "queries", "bulk", "long", "waiting"]
# Asked about a request's scope and the size of its body in bytes (sys.maxsize when it is large).
Condition = Callable[[Scope, int], bool]

MOST_INLINE_BODY_BYTES = SMALL_BODY_BYTES
MOST_INLINE_QUERY_BYTES = 2048
# What the event loop may waste, for each entry of the table, on requests that it has to give up.
_STRAIN_WINDOW_SECONDS = 1.0
_MOST_WASTED_SECONDS = 0.05
_LANES = ("inline", "pool", "queries", "bulk", "long", "waiting")


class Shape:
    """A path such as "/api/collections/{collection}/records": a name in braces is one segment, not empty.

    Where the last one has three dots, as in "/docs/{path...}", it is all the rest, which may be empty.
    Raises ValueError for a text that is no shape.
    """

    def __init__(self, text: str) -> None:
        self.has_rest = text.endswith("...}")
        parts = (f"{text[:-4]}}}" if self.has_rest else text).split("/")
        names = {at: part[1:-1] for at, part in enumerate(parts) if part[:1] == "{" and part[-1:] == "}"}
        is_plain = all(at in names or not set(part) & {"{", "}"} for at, part in enumerate(parts))
        if parts[0] or len(parts) == 1 or not is_plain:
            raise ValueError(f"{text!r} is no shape: expected a path such as /api/{{name}}/x")
        if len(set(names.values())) < len(names) or not all(name.isidentifier() for name in names.values()):
            raise ValueError(f"{text!r} is no shape: expected different names in its braces")
        self.text = text
        self.names = tuple(names.values())
        self._parts = tuple(None if at in names else part for at, part in enumerate(parts))

    @property
    def pattern(self) -> str:
        """As a regular expression, with a group for every name."""
        patterns = ["([^/]+)" if part is None else re.escape(part) for part in self._parts]
        if self.has_rest:
            patterns[-1] = "((?s:.*))"
        return "/".join(patterns)

    def covers(self, other: "Shape") -> bool:
        """Whether every path of the other shape has this one, too."""
        if self.has_rest:
            mine, theirs = self._parts[:-1], other._parts[: len(self._parts) - 1]
            is_same_length = len(other._parts) >= len(self._parts)
        else:
            mine, theirs = self._parts, other._parts
            is_same_length = len(theirs) == len(mine) and not other.has_rest
        return is_same_length and all(
            other_part != "" if part is None else part == other_part
            for part, other_part in zip(mine, theirs, strict=True)
        )

    def sample(self) -> str:
        """A path of this shape, with every name for its own value."""
        return self.text.replace("{", "").replace("}", "")


class ShapeFinder:
    """Finds the first of several shapes that a path has, in one go: this is done for every request.

    `match(path)` is a match or None. Its `lastindex` is the number of the group around the shape that fits,
    and `found` says by that number which shape it is, counted from 0; the values of its names follow it.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.match = re.compile("|".join(f"({shape.pattern})" for shape in shapes) or "(?!)").fullmatch
        self.found: dict[int | None, int] = {}
        group = 1
        for number, shape in enumerate(shapes):
            self.found[group] = number
            group += 1 + len(shape.names)


@dataclass(frozen=True)
class LaneRoute:
    """The lane of requests with one of these methods, a path of this shape, and what `when` asks for.

    `is_hot` is for routes that carry the load: their view is found by the shape alone, instead of by trying
    one pattern of the URLconf after the other.
    """

    methods: tuple[str, ...]
    shape: str
    lane: Lane
    when: Condition | None = None
    is_hot: bool = False


def without_body(scope: Scope, size_bytes: int) -> bool:
    return not size_bytes


def short_read(scope: Scope, size_bytes: int) -> bool:
    """Whether there is no body, and no query that takes long to read."""
    return not size_bytes and len(scope["query_string"]) <= MOST_INLINE_QUERY_BYTES


def short_json_write(scope: Scope, size_bytes: int) -> bool:
    """Whether there is a JSON body, and neither it nor the query takes long to read."""
    return (
        0 < size_bytes <= MOST_INLINE_BODY_BYTES
        and len(scope["query_string"]) <= MOST_INLINE_QUERY_BYTES
        and any(name == b"content-type" and b"json" in value for name, value in scope["headers"])
    )


class Strain:
    """Whether too much of the event loop's time is wasted on requests that turn out not to be short.

    Then those of the same entry do not even try for a while: each of them may be another one.
    """

    def __init__(self) -> None:
        self._wasted = 0.0
        self._window_ends = 0.0
        self._until = 0.0

    def add(self, seconds: float) -> None:
        now = time.monotonic()
        if now > self._window_ends:
            self._window_ends, self._wasted = now + _STRAIN_WINDOW_SECONDS, 0.0
        self._wasted += seconds
        if self._wasted > _MOST_WASTED_SECONDS:
            self._until = now + _STRAIN_WINDOW_SECONDS

    def is_high(self) -> bool:
        return self._until > 0 and time.monotonic() < self._until


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A LaneRoute in the table, and how it does."""

    shape: Shape
    when: Condition | None
    lane: Lane
    strain: Strain


# Stands for a decoded slash inside a path segment: a Unicode non-character, so no real name has it.
SLASH_IN_SEGMENT = "\ufdd0"


def decoded_by_segment(path: str) -> str:
    """A path from the wire with its escapes decoded, and SLASH_IN_SEGMENT for slashes that were escaped.

    A segment that is nothing but such a slash becomes an empty one: Go's router takes it for the slash at the
    end of a path, which no `{name}` stands for.
    Reference: net/http/routing_tree.go of Go 1.26.
    """
    decoded = (unquote_to_bytes(segment).decode(errors="replace") for segment in path.split("/"))
    return "/".join(segment.replace("/", SLASH_IN_SEGMENT) if segment != "/" else "" for segment in decoded)


class LaneTable:
    """The entries of all apps in order; the first that fits counts. Those with a rest come after all others.

    Raises ImproperlyConfigured for an entry that is malformed, there twice, or never reached.
    """

    def __init__(self, routes: Iterable[tuple[str, LaneRoute]]) -> None:
        """`routes` are pairs of where an entry stands, for messages, and the entry."""
        self.hot: list[Shape] = []
        self._said: list[tuple[str, LaneRoute, Shape]] = []
        self._entries: dict[str, list[Entry]] = {}  # by method
        for place, route in sorted(routes, key=_has_rest):
            self._add(place, route)
        self._finders = {
            method: ShapeFinder([entry.shape for entry in entries])
            for method, entries in self._entries.items()
        }

    def entry_of(self, scope: Scope, size_bytes: int) -> Entry | None:
        """The entry that counts for a request; without one it is for the pool."""
        method: str = scope["method"]
        finder = self._finders.get(method)
        if finder is None:
            return None
        path: str = scope["path"]
        raw: bytes = scope.get("raw_path") or b""
        if b"%" in raw and (b"%2f" in raw or b"%2F" in raw):
            path = decoded_by_segment(raw.decode("latin-1"))
        match = finder.match(path)
        if match is None:
            return None
        entries = self._entries[method]
        first = finder.found[match.lastindex]
        entry = entries[first]
        if entry.when is None or entry.when(scope, size_bytes):
            return entry
        for entry in entries[first + 1 :]:
            fits = re.fullmatch(entry.shape.pattern, path) is not None
            if fits and (entry.when is None or entry.when(scope, size_bytes)):
                return entry
        return None

    def _add(self, place: str, route: Any) -> None:
        if not isinstance(route, LaneRoute) or route.lane not in _LANES or not route.methods:
            raise ImproperlyConfigured(
                f"{place}: expected a LaneRoute with methods and a lane, got {route!r}"
            )
        try:
            shape = Shape(route.shape)
        except ValueError as error:
            raise ImproperlyConfigured(f"{place}: {error}") from error
        for other_place, other, other_shape in self._said:
            shared = [method for method in route.methods if method in other.methods]
            is_wider = other.when is None or other.when is route.when
            if shared and is_wider and other_shape.covers(shape):
                raise ImproperlyConfigured(
                    f"{place}: {shared[0]} {shape.text} is never reached, "
                    f"{other_place} has {other_shape.text} before it"
                )
        self._said.append((place, route, shape))
        for method in route.methods:
            self._entries.setdefault(method, []).append(Entry(shape, route.when, route.lane, Strain()))
        if route.is_hot and shape.has_rest:
            raise ImproperlyConfigured(f"{place}: {shape.text} cannot be hot, it has a rest")
        if route.is_hot and shape.text not in {one.text for one in self.hot}:
            self.hot.append(shape)


def _has_rest(said: tuple[str, Any]) -> bool:
    return str(getattr(said[1], "shape", "")).endswith("...}")


def discover_lanes() -> LaneTable:
    """The table of all installed apps, in their order. Raises ImproperlyConfigured as LaneTable does."""
    return LaneTable(
        (f"{name}.lanes", route)
        for name, module in ((config.name, config.module) for config in apps.get_app_configs())
        if module_has_submodule(module, "lanes")
        for route in _said_by(f"{name}.lanes")
    )


def _said_by(name: str) -> tuple[Any, ...]:
    said = getattr(import_module(name), "LANES", None)
    if not isinstance(said, tuple):
        raise ImproperlyConfigured(f"{name}: expected LANES, a tuple of LaneRoute")
    return said
