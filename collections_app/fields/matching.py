"""Texts of records against the patterns of their fields."""

from platform_app.database.lanes import require_pool
from platform_app.wire.patterns.parser import InvalidPattern
from platform_app.wire.patterns.patterns import compile_pattern, compiled_before


def matches_pattern(pattern: str, text: str) -> bool:
    """Whether the pattern is somewhere in `text`; one that cannot be read never is.

    What is not surely short happens in the pool: reading a pattern for the first time, and long texts.
    """
    found = compiled_before(pattern)
    if found is None:
        require_pool()
        try:
            found = compile_pattern(pattern)
        except InvalidPattern:
            return False
    if not found.is_short(text):
        require_pool()
    return found.matches(text)
