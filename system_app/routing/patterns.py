"""Patterns of routes as Go's ServeMux has them: what they match, and which of two goes first.

`[METHOD ][HOST]/[PATH]`: a segment is a literal, or `{name}` for any one. The last one may be `{name...}` or
empty, for the rest of the path, or `{$}` for the end behind a slash.

Reference: net/http, "Patterns" and "Precedence", Go 1.22 and newer.
"""

import re
from dataclasses import dataclass
from enum import Enum, Flag
from typing import Self
from urllib.parse import unquote

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


class InvalidPattern(ValueError):
    """A text is no pattern of a route; the message says why."""


class Relation(Flag):
    """How what one pattern matches relates to what another one does, if they have anything in common.

    SAME: equal. WIDER and NARROWER: more, or less, than the other. CROSSING: each has what the other lacks.
    """

    SAME = 0
    WIDER = 1
    NARROWER = 2
    CROSSING = 3


class Kind(Enum):
    LITERAL = "literal"
    ONE = "one segment"
    REST = "the rest of the path"
    END = "the end, behind a slash"


@dataclass(frozen=True, slots=True)
class Segment:
    """`text` is a literal's own, decoded, or the name of a value; "" for a rest without a name."""

    kind: Kind
    text: str = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """`method` "" is any; GET is HEAD as well. `host` "" is any."""

    method: str
    host: str
    segments: tuple[Segment, ...]
    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises InvalidPattern."""
        method, separator, rest = text.strip().partition(" ")
        if not separator:
            method, rest = "", method
        rest = rest.strip()
        if separator and not _METHOD.fullmatch(method):
            raise InvalidPattern(f"{text!r}: {method!r} is no method")
        host, slash, path = rest.partition("/")
        if not slash:
            raise InvalidPattern(f"{text!r}: expected a path that begins with /")
        if "{" in host:
            raise InvalidPattern(f"{text!r}: a host has no names in braces; does its path begin with /?")
        try:
            segments = tuple(_segments(path))
        except InvalidPattern as error:
            raise InvalidPattern(f"{text!r}: {error}") from None
        return cls(method.upper(), host.lower(), segments, f"{method.upper()} {rest}".strip())

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the values in the path, in order."""
        return tuple(one.text for one in self.segments if one.kind in _VALUES and one.text)

    @property
    def is_open(self) -> bool:
        """Whether it ends in the rest of a path."""
        return self.segments[-1].kind is Kind.REST

    def takes(self, method: str) -> bool:
        return self.method in {"", method} or (self.method == "GET" and method == "HEAD")

    def relation(self, other: Self) -> Relation | None:
        """None when no request fits both; hosts are not looked at."""
        methods = self._methods(other)
        if methods is None:
            return None
        paths = self._paths(other)
        return None if paths is None else methods | paths

    def goes_before(self, other: Self) -> bool:
        """Whether this is the one for requests that fit both."""
        if self.host != other.host:
            return bool(self.host) and not other.host
        return self.relation(other) is Relation.NARROWER

    def conflicts_with(self, other: Self) -> bool:
        """Whether there are requests that fit both, and none of the two goes before the other."""
        return self.host == other.host and self.relation(other) in _CONFLICTS

    def _methods(self, other: Self) -> Relation | None:
        if self.method == other.method:
            return Relation.SAME
        if not self.method or (self.method == "GET" and other.method == "HEAD"):
            return Relation.WIDER
        if not other.method or (other.method == "GET" and self.method == "HEAD"):
            return Relation.NARROWER
        return None

    def _paths(self, other: Self) -> Relation | None:
        mine, theirs = self.segments, other.segments
        relation = Relation.SAME
        for one, another in zip(mine, theirs, strict=False):
            step = _segment_relation(one, another)
            if step is None:
                return None
            relation |= step
        if len(mine) == len(theirs):
            return relation
        shorter = self if len(mine) < len(theirs) else other
        if not shorter.is_open:
            return None
        return relation | (Relation.WIDER if shorter is self else Relation.NARROWER)


_VALUES = (Kind.ONE, Kind.REST)
_CONFLICTS = (Relation.SAME, Relation.CROSSING)
# How much a segment may be; a segment without a fixed text is wider than one with.
_WIDTHS = {Kind.LITERAL: 0, Kind.END: 0, Kind.ONE: 1, Kind.REST: 2}


def _segment_relation(one: Segment, another: Segment) -> Relation | None:
    mine, theirs = _WIDTHS[one.kind], _WIDTHS[another.kind]
    if mine == theirs:
        return Relation.SAME if mine or one == another else None
    if {one.kind, another.kind} == {Kind.ONE, Kind.END}:
        return None  # a value is not empty
    return Relation.WIDER if mine > theirs else Relation.NARROWER


def _segments(path: str) -> list[Segment]:
    """Those of a path, which comes without its first slash. Raises InvalidPattern."""
    parts = path.split("/")
    found: list[Segment] = []
    for at, part in enumerate(parts):
        is_last = at == len(parts) - 1
        if not part:
            if not is_last:
                raise InvalidPattern("two slashes in a row match no path")
            found.append(Segment(Kind.REST))
        elif "{" not in part:
            if part in {".", ".."}:
                raise InvalidPattern(f"no path has the segment {part!r}")
            found.append(Segment(Kind.LITERAL, unquote(part)))
        else:
            found.append(_value(part, is_last=is_last))
    names = [one.text for one in found if one.kind in _VALUES and one.text]
    if len(set(names)) < len(names):
        raise InvalidPattern("a name is there twice")
    return found


def _value(part: str, *, is_last: bool) -> Segment:
    if part[0] != "{" or part[-1] != "}":
        raise InvalidPattern(f"{part!r}: a name in braces is a whole segment")
    name = part[1:-1]
    kind = Kind.ONE
    if name == "$":
        name, kind = "", Kind.END
    elif name.endswith("..."):
        name, kind = name[:-3], Kind.REST
    if kind is not Kind.ONE and not is_last:
        raise InvalidPattern(f"{part!r} stands at the end only")
    if kind is not Kind.END and not name.isidentifier():
        raise InvalidPattern(f"{name!r} is no name")
    return Segment(kind, name)
