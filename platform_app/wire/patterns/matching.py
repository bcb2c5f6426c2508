"""What finds patterns in texts in time that grows only in proportion to them: RE2, else a matcher of our own.

The one place that chooses. Why, and what was ruled out: docs/decisions/0009-linear-time-patterns.md.
"""

import re
from typing import Protocol

from platform_app.wire.patterns.measuring import byte_steps_of
from platform_app.wire.patterns.nodes import BEGIN_TEXT, END_TEXT, Class, Concat, Node, Repeat
from platform_app.wire.patterns.re2_syntax import re2_syntax
from platform_app.wire.patterns.state_matcher import StateMatcher

try:
    import re2
except ImportError:  # a platform without its wheel
    re2 = None

IS_RE2 = re2 is not None

_MOST_SHORT_STEPS = 200_000
# What RE2 may use for a pattern, with all that it remembers of texts: enough for programs up to these sizes.
_MEMORY_BYTES = ((300, 1 << 18), (2_000, 1 << 20), (20_000, 8 << 20))


class Matcher(Protocol):
    memory_bytes: int

    def matches(self, text: str) -> bool:
        """Whether the pattern is somewhere in `text`, which holds no lone surrogates."""

    def is_short(self, text: str) -> bool:
        """Whether even the worst text of this length takes no more than a millisecond, about."""


class Re2Matcher:
    """Looks for one pattern, without holding the interpreter's lock."""

    def __init__(self, tree: Node, *, byte_steps: int, memory_bytes: int) -> None:
        options = re2.Options()
        options.max_mem = memory_bytes
        options.log_errors = False
        self._steps = byte_steps
        self.memory_bytes = memory_bytes
        self._regexp = re2.compile(re2_syntax(tree).encode(), options)
        re2.purge()  # else it would keep 128 of them for itself

    def matches(self, text: str) -> bool:
        return self._regexp.search(text.encode()) is not None

    def is_short(self, text: str) -> bool:
        return self._steps * len(text) <= _MOST_SHORT_STEPS


class ClassMatcher:
    """Takes texts whose characters are all of one class, as ids are: the commonest pattern of all.

    Python's own expressions do that in a tenth of the time, and cannot backtrack: such a text can be read in
    one way only.
    """

    memory_bytes = 2_000

    def __init__(self, part: Class, least: int, most: int | None) -> None:
        ranges = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in part.ranges)
        times = f"{{{least},{'' if most is None else most}}}"
        self._fullmatch = re.compile(f"[{ranges}]{times}").fullmatch

    def matches(self, text: str) -> bool:
        return self._fullmatch(text) is not None

    def is_short(self, text: str) -> bool:
        return len(text) <= _MOST_SHORT_STEPS


def matcher_of(tree: Node) -> Matcher:
    """The matcher for a pattern: RE2 where it is, as long as its program is not too large for it."""
    match tree:
        case Concat(parts=(first, Repeat(Class() as part, least, most), last)) if (
            first == BEGIN_TEXT and last == END_TEXT and part.ranges
        ):
            return ClassMatcher(part, least, most)
    if IS_RE2:
        byte_steps = byte_steps_of(tree)
        for largest, memory_bytes in _MEMORY_BYTES:
            if byte_steps <= largest:
                return Re2Matcher(tree, byte_steps=byte_steps, memory_bytes=memory_bytes)
    return StateMatcher(tree)
