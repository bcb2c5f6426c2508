"""The tree of a pattern, and the character ranges that classes are made of.

Reference: regexp/syntax of Go 1.26 (the names of classes and the numbers of operators).
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from platform_app.wire.patterns.scripts import SCRIPTS

MAX_RUNE = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """One character; when case is ignored it is the first of those that are the same."""

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
    """A place in the text: its name in RE2's syntax, and the number that Go gives it in messages."""

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
    """`most` None means without end; `product` is how often the innermost counted repeat occurs at most."""

    part: "Node"
    least: int
    most: int | None
    product: int = 1


Node = Literal | Class | AnyCharacter | Assertion | Concat | Alternate | Repeat

EMPTY_MATCH_OPERATOR = 2

BEGIN_LINE = Assertion(r"(?m:^)", 7)
END_LINE = Assertion(r"(?m:$)", 8)
BEGIN_TEXT = Assertion(r"\A", 9)
END_TEXT = Assertion(r"\z", 10)
BOUNDARY = Assertion(r"\b", 11)
NO_BOUNDARY = Assertion(r"\B", 12)

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


_ALIASES = {
    "casedletter": "LC", "closepunctuation": "Pe", "combiningmark": "M", "connectorpunctuation": "Pc",
    "control": "Cc", "currencysymbol": "Sc", "dashpunctuation": "Pd", "decimalnumber": "Nd",
    "enclosingmark": "Me", "finalpunctuation": "Pf", "format": "Cf", "initialpunctuation": "Pi",
    "letter": "L", "letternumber": "Nl", "lineseparator": "Zl", "lowercaseletter": "Ll", "mark": "M",
    "mathsymbol": "Sm", "modifierletter": "Lm", "modifiersymbol": "Sk", "nonspacingmark": "Mn",
    "number": "N", "openpunctuation": "Ps", "other": "C", "otherletter": "Lo", "othernumber": "No",
    "otherpunctuation": "Po", "othersymbol": "So", "paragraphseparator": "Zp", "privateuse": "Co",
    "punctuation": "P", "separator": "Z", "spaceseparator": "Zs", "spacingmark": "Mc", "surrogate": "Cs",
    "symbol": "S", "titlecaseletter": "Lt", "unassigned": "Cn", "uppercaseletter": "Lu",
    "cntrl": "Cc", "digit": "Nd", "punct": "P",
}  # fmt: skip
# By the name in small letters.
_CATEGORIES = {
    category.lower(): category
    for category in (
        "C", "Cc", "Cf", "Cn", "Co", "Cs", "L", "LC", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn",
        "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So",
        "Z", "Zl", "Zp", "Zs",
    )
}  # fmt: skip
_SCRIPTS = {name.lower(): name for name in SCRIPTS}
_IGNORED = str.maketrans("", "", "_- ")


def unicode_ranges(name: str) -> Ranges | None:
    """The ranges of a category or script such as `Lu`, `Letter` or `Greek`, None when there is no such thing.

    Case, blanks, hyphens and underscores in the name do not matter. What belongs to a category depends on the
    Unicode version of this Python.
    """
    return _ranges_named(name.translate(_IGNORED).lower()) if name.isascii() else None


@lru_cache(maxsize=256)
def _ranges_named(name: str) -> Ranges | None:
    if name == "any":
        return ((0, MAX_RUNE),)
    if name == "ascii":
        return ((0, 127),)
    if name == "assigned":
        return negate(_category("Cn"))
    category = _CATEGORIES.get(name) or _ALIASES.get(name)
    if category is not None:
        return (
            merge(_category("Lu") + _category("Ll") + _category("Lt"))
            if category == "LC"
            else _category(category)
        )
    script = _SCRIPTS.get(name)
    return None if script is None else tuple(_range(text) for text in SCRIPTS[script].split())


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first, 16), int(last or first, 16)


@lru_cache(maxsize=64)
def _category(prefix: str) -> Ranges:
    belongs = (code for code in range(MAX_RUNE + 1) if unicodedata.category(chr(code)).startswith(prefix))
    return merge(tuple((code, code) for code in belongs))
