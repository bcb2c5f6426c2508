"""Regular expressions in Go's RE2 syntax, found in time that grows only in proportion to the text.

Parsing them ourselves refuses what RE2 refuses (look-around, back-references) in Go's words, and gives the
tree that random texts and matchers are made from, so that `\\d`, `\\w`, `.`, `$` and classes mean what they
mean in Go.
Reference: contract/fields.md 2.
"""

import threading
from functools import lru_cache

from platform_app.wire.errors import FieldError, sentenize
from platform_app.wire.patterns.matching import Matcher, matcher_of
from platform_app.wire.patterns.measuring import steps_of
from platform_app.wire.patterns.nodes import Node
from platform_app.wire.patterns.parser import InvalidPattern, read_pattern, too_deep, too_large

# Go takes programs of 128 MB.
_MOST_STEPS = 150_000
# A tree takes some 200 bytes for a character.
_LONGEST_KEPT = 500
_MOST_BYTES_KEPT = 64 << 20


class Pattern:
    """A pattern to hold against texts, and what finds it."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self.memory_bytes = matcher.memory_bytes

    def matches(self, text: str) -> bool:
        """Whether the pattern is somewhere in `text`, as in Go; halves of surrogate pairs count as U+FFFD."""
        if not text.isascii():
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return self._matcher.matches(text)

    def is_short(self, text: str) -> bool:
        """Whether even the worst text of this length takes no more than a millisecond, about."""
        return self._matcher.is_short(text)


class _Compiled:
    """The patterns that were asked for last, in no more memory than they may take."""

    def __init__(self) -> None:
        self._patterns: dict[str, Pattern] = {}
        self._lock = threading.Lock()

    def get(self, pattern: str) -> Pattern | None:
        with self._lock:
            found = self._patterns.pop(pattern, None)
            if found is not None:
                self._patterns[pattern] = found
            return found

    def keep(self, pattern: str, compiled: Pattern) -> None:
        with self._lock:
            self._patterns[pattern] = compiled
            size_bytes = sum(one.memory_bytes for one in self._patterns.values())
            while size_bytes > _MOST_BYTES_KEPT:
                size_bytes -= self._patterns.pop(next(iter(self._patterns))).memory_bytes


_compiled = _Compiled()


def compiled_before(pattern: str) -> Pattern | None:
    """What `compile_pattern` gives at once; it may take half a second for a large pattern."""
    return _compiled.get(pattern)


def compile_pattern(pattern: str) -> Pattern:
    """What matches a pattern. Raises InvalidPattern."""
    compiled = _compiled.get(pattern)
    if compiled is None:
        tree = parse_pattern(pattern)
        try:
            if steps_of(tree) > _MOST_STEPS:
                raise too_large(pattern)
            compiled = Pattern(matcher_of(tree))
        except RecursionError as error:
            raise too_deep(pattern) from error
        _compiled.keep(pattern, compiled)
    return compiled


def parse_pattern(pattern: str) -> Node:
    """The tree of a pattern. Raises InvalidPattern."""
    return _kept_tree(pattern) if len(pattern) <= _LONGEST_KEPT else read_pattern(pattern)


@lru_cache(maxsize=64)
def _kept_tree(pattern: str) -> Node:
    return read_pattern(pattern)


def pattern_error(pattern: str) -> FieldError | None:
    """What is wrong with the pattern in an option; an empty one means "not set"."""
    if not pattern:
        return None
    try:
        compile_pattern(pattern)
    except InvalidPattern as error:
        return FieldError("validation_invalid_regex", sentenize(str(error)))
    return None
