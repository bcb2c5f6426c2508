"""The tree of a pattern, and the character ranges that classes are made of.

Reference: regexp/syntax of Go 1.25 (the names of classes and the numbers of operators).
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MAX_RUNE = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Literal:
    character: str
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Class:
    """One character out of ranges of code points, first and last included."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class AnyCharacter:
    with_newline: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """A place in the text; `operator` is the number that Go gives it in messages."""

    regex: str
    operator: int


@dataclass(frozen=True, slots=True)
class Concat:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Alternate:
    choices: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """`most` None means without end."""

    part: "Node"
    least: int
    most: int | None
    lazy: bool


Node = Literal | Class | AnyCharacter | Assertion | Concat | Alternate | Repeat

EMPTY_MATCH_OPERATOR = 2

BEGIN_LINE = Assertion(r"(?m:^)", 7)
END_LINE = Assertion(r"(?m:$)", 8)
BEGIN_TEXT = Assertion(r"\A", 9)
END_TEXT = Assertion(r"\Z", 10)
BOUNDARY = Assertion(r"(?a:\b)", 11)
NO_BOUNDARY = Assertion(r"(?a:(?<=\w)(?=\w)|(?<!\w)(?!\w))", 12)

_DIGIT: Ranges = ((48, 57),)
_SPACE: Ranges = ((9, 10), (12, 13), (32, 32))
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
PERL_CLASSES = {"d": _DIGIT, "s": _SPACE, "w": _WORD}
POSIX_CLASSES: dict[str, Ranges] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": _DIGIT,
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": _WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}


def negate(ranges: Ranges) -> Ranges:
    gaps: list[tuple[int, int]] = []
    at = 0
    for first, last in merge(ranges):
        if first > at:
            gaps.append((at, first - 1))
        at = last + 1
    if at <= MAX_RUNE:
        gaps.append((at, MAX_RUNE))
    return tuple(gaps)


def merge(ranges: Ranges) -> Ranges:
    """Sorted, without overlaps."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


@lru_cache(maxsize=64)
def _table(belongs: Callable[[str], bool]) -> Ranges:
    return merge(tuple((code, code) for code in range(MAX_RUNE + 1) if belongs(chr(code))))


_CATEGORIES = frozenset(
    (
        "C",
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "L",
        "Ll",
        "Lm",
        "Lo",
        "Lt",
        "Lu",
        "M",
        "Mc",
        "Me",
        "Mn",
        "N",
        "Nd",
        "Nl",
        "No",
    )
    + ("P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs")
)
# The scripts whose characters are not named after them.
_NAMED_OTHERWISE = {"Han": "CJK UNIFIED IDEOGRAPH"}


@lru_cache(maxsize=64)
def unicode_ranges(name: str) -> Ranges | None:
    """The ranges of a category or script such as `Lu` or `Greek`, None when there is no such thing.

    Scripts are told from the names of characters, so a few shared signs are missing.
    """
    if name == "Any":
        return ((0, MAX_RUNE),)
    if name in _CATEGORIES:
        return _table(lambda character: unicodedata.category(character).startswith(name))
    if not name[:1].isupper():
        return None
    prefix = _NAMED_OTHERWISE.get(name) or name.replace("_", " ").upper() + " "
    return _table(lambda character: unicodedata.name(character, "").startswith(prefix)) or None
