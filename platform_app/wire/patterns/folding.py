"""Letters that are one when case is ignored.

Such as `k`, `K` and U+212A, the sign for kelvin. Reference: unicode.SimpleFold of Go 1.26 (Unicode 15).
"""

from bisect import bisect_left, bisect_right
from functools import cache, lru_cache

from platform_app.wire.patterns.nodes import Ranges, merge

# The last letter that has another case.
_LAST = 0x1E943
# Python makes an I of the dotless i, and an i of the dotted I; ignoring case does neither.
_NOT_FOLDED = frozenset("\u0130\u0131")


def variants(character: str) -> str:
    """All that `character` stands for when case is ignored, itself included, in order of code points.

    >>> variants("K")
    'Kk\u212a'
    >>> variants("1")
    '1'
    """
    return _orbits().get(character, character)


@lru_cache(maxsize=64)
def fold(ranges: Ranges) -> Ranges:
    """`ranges` with all other cases of their letters."""
    orbits = _orbits_by_code()
    codes = list(orbits)
    found = list(ranges)
    for first, last in ranges:
        for code in codes[bisect_left(codes, first) : bisect_right(codes, last)]:
            found += orbits[code]
    return merge(tuple(found))


@cache
def _orbits_by_code() -> dict[int, Ranges]:
    """In order of the codes."""
    return {
        ord(letter): tuple((ord(case), ord(case)) for case in cases)
        for letter, cases in sorted(_orbits().items())
    }


@cache
def _orbits() -> dict[str, str]:
    """Of each letter that has other cases, all of them with itself."""
    together: dict[str, set[str]] = {}
    for code in range(_LAST + 1):
        letter = chr(code)
        for other in {letter.lower(), letter.upper(), letter.casefold()} - {letter}:
            if len(other) == 1 and letter not in _NOT_FOLDED:
                joined = together.get(letter, {letter}) | together.get(other, {other})
                together.update(dict.fromkeys(joined, joined))
    return {letter: "".join(sorted(letters)) for letter, letters in together.items()}
