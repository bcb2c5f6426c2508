"""Reads RE2 patterns into trees, refusing what Go refuses in Go's words.

Reference: regexp/syntax/parse.go of Go 1.26.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from string import hexdigits

from platform_app.wire.patterns.folding import fold, variants
from platform_app.wire.patterns.nodes import (
    BEGIN_LINE,
    BEGIN_TEXT,
    BOUNDARY,
    END_LINE,
    END_TEXT,
    MAX_RUNE,
    NO_BOUNDARY,
    PERL_CLASSES,
    POSIX_CLASSES,
    Alternate,
    AnyCharacter,
    Class,
    Concat,
    Literal,
    Node,
    Ranges,
    Repeat,
    merge,
    negate,
    unicode_ranges,
)

MAX_REPEAT = 1000
_MAX_DEPTH = 200
# Where Go stops at 128 MB: its text, and the ranges of all its classes.
_MAX_CHARACTERS = 131_072
_MAX_RANGES = 200_000
_ESCAPES = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class InvalidPattern(ValueError):
    """A pattern that RE2 refuses; the text is what Go says about it."""

    def __init__(self, reason: str, part: str) -> None:
        super().__init__(f"error parsing regexp: {reason}: `{part}`")


def too_large(pattern: str) -> InvalidPattern:
    return InvalidPattern("expression too large", pattern)


def too_deep(pattern: str) -> InvalidPattern:
    return InvalidPattern("expression nests too deeply", pattern)


def read_pattern(pattern: str) -> Node:
    """The tree of a pattern. Raises InvalidPattern."""
    if len(pattern) > _MAX_CHARACTERS:
        raise too_large(pattern)
    try:
        return _Parser(pattern).parse()
    except RecursionError as error:
        raise too_deep(pattern) from error


@dataclass(slots=True)
class _Flags:
    ignore_case: bool = False
    multi_line: bool = False
    dot_all: bool = False
    swap_greed: bool = False

    def copy(self) -> "_Flags":
        return _Flags(self.ignore_case, self.multi_line, self.dot_all, self.swap_greed)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.ranges = 0
        self.has_posix_end = True  # until none is found ahead
        self.flags = _Flags()

    def parse(self) -> Node:
        node = self._alternate()
        if self.at < len(self.text):
            raise InvalidPattern("unexpected )", self.text)
        return node

    def _alternate(self) -> Node:
        choices = [self._concat()]
        while self._peek() == "|":
            self.at += 1
            choices.append(self._concat())
        return choices[0] if len(choices) == 1 else Alternate(tuple(choices))

    def _concat(self) -> Node:
        parts: list[Node] = []
        repeated_from = -1  # where the operator started that the last part was repeated with
        while self.at < len(self.text) and self._peek() not in ("|", ")"):
            start = self.at
            repeat = self._repeat_operator()
            if repeat is None:
                node = self._atom()
                if node is not None:
                    parts.extend(node if isinstance(node, list) else [node])
                repeated_from = -1
                continue
            self.at += self._peek() == "?"
            operator = self.text[start : self.at]
            if repeated_from >= 0:
                raise InvalidPattern("invalid nested repetition operator", self.text[repeated_from : self.at])
            if not parts:
                raise InvalidPattern("missing argument to repetition operator", operator)
            parts.append(self._repeated(parts.pop(), repeat, operator))
            repeated_from = start
        return parts[0] if len(parts) == 1 else Concat(tuple(parts))

    def _repeated(self, part: Node, repeat: tuple[int, int | None], operator: str) -> Repeat:
        """`part` repeated. Whether that is greedy matters not: a text is only asked whether it matches."""
        least, most = repeat
        product = _repeat_product(part)
        if operator.startswith("{"):
            product = 1 if most == 0 else product * max(least if most is None else most, 1)
            if product > MAX_REPEAT:
                raise InvalidPattern("invalid repeat count", operator)
        return Repeat(part, least, most, product)

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _repeat_operator(self) -> tuple[int, int | None] | None:
        character = self._peek()
        if character in ("*", "+", "?"):
            self.at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[character]
        match = _COUNT.match(self.text, self.at) if character == "{" else None
        if match is None:
            return None
        least = _count(match["least"])
        most = least if not match["comma"] else _count(match["most"]) if match["most"] else None
        if least > MAX_REPEAT or (most is not None and (most > MAX_REPEAT or most < least)):
            raise InvalidPattern("invalid repeat count", match.group())
        self.at = match.end()
        return least, most

    def _atom(self) -> "Node | list[Node] | None":
        character = self._peek()
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape()
        self.at += 1
        if character == ".":
            return AnyCharacter(self.flags.dot_all)
        if character == "^":
            return BEGIN_LINE if self.flags.multi_line else BEGIN_TEXT
        if character == "$":
            return END_LINE if self.flags.multi_line else END_TEXT
        return self._literal(character)

    def _literal(self, character: str) -> Node:
        cases = variants(character) if self.flags.ignore_case else character
        return Literal(cases[0], ignore_case=len(cases) > 1)

    def _class_of(self, ranges: Ranges) -> Class:
        self.ranges += len(ranges)
        if self.ranges > _MAX_RANGES:
            raise too_large(self.text)
        return Class(ranges)

    def _group(self) -> Node | None:
        """A group's content, or None for flags that hold from here on."""
        outer = self.flags.copy()
        start = self.at
        if self.text.startswith("(?", start):
            if self._named_or_flags(start):
                return None
        else:
            self.at += 1
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise too_deep(self.text)
        node = self._alternate()
        if self._peek() != ")":
            raise InvalidPattern("missing closing )", self.text)
        self.at += 1
        self.depth -= 1
        self.flags = outer
        # A group is one thing to what repeats it, even when it is empty or a concatenation.
        return node

    def _named_or_flags(self, start: int) -> bool:
        """Read what follows `(?`; whether it was flags for the rest of the enclosing group."""
        named = _NAMED.match(self.text, start)
        if named is not None:
            close = self.text.find(">", start)
            if close < 0:
                raise InvalidPattern("invalid named capture", self.text[start:])
            name = self.text[named.end() : close]
            if not re.fullmatch(r"[A-Za-z0-9_]+", name):
                raise InvalidPattern("invalid named capture", self.text[start : close + 1])
            self.at = close + 1
            return False
        flags = _FLAGS.match(self.text, start)
        if flags is None:
            bad = _FLAGS_START.match(self.text, start)
            end = (bad.end() if bad else start) + 1
            raise InvalidPattern("invalid or unsupported Perl syntax", self.text[start:end])
        self.at = flags.end()
        for letters, value in ((flags["on"], True), (flags["off"] or "", False)):
            for letter in letters:
                setattr(self.flags, _FLAG_NAMES[letter], value)
        return flags["end"] == ")"

    # --- escapes and classes ---

    def _escape(self) -> "Node | list[Node]":
        start = self.at
        letter = self.text[start + 1 : start + 2]
        simple = {"A": BEGIN_TEXT, "z": END_TEXT, "b": BOUNDARY, "B": NO_BOUNDARY}.get(letter)
        if simple is not None:
            self.at += 2
            return simple
        if letter == "Q":
            end = self.text.find(r"\E", start + 2)
            end = len(self.text) if end < 0 else end
            self.at = min(end + 2, len(self.text))
            return [self._literal(character) for character in self.text[start + 2 : end]]
        ranges = self._class_escape()
        if ranges is not None:
            return self._class_of(ranges)
        return self._literal(self._escaped_character())

    def _class_escape(self) -> Ranges | None:
        r"""The ranges of `\d`, `\W`, `\pL`, `\p{Greek}` and the like, or None."""
        letter = self.text[self.at + 1 : self.at + 2]
        if letter and letter in "dswDSW":
            self.at += 2
            return _property(PERL_CLASSES[letter.lower()], self.flags.ignore_case, letter.isupper())
        if letter not in ("p", "P"):
            return None
        start = self.at
        match = _PROPERTY.match(self.text, start)
        if match is None:
            raise InvalidPattern("invalid character class range", self.text[start:])
        self.at = match.end()
        name = match["name"] if match["letter"] is None else match["letter"]
        is_negated = (letter == "P") != name.startswith("^")
        known = unicode_ranges(name.removeprefix("^"))
        if known is None:
            raise InvalidPattern("invalid character class range", match.group())
        return _property(known, self.flags.ignore_case, is_negated)

    def _escaped_character(self) -> str:
        start = self.at
        character = self.text[start + 1 : start + 2]
        if not character:
            raise InvalidPattern("trailing backslash at end of expression", "")
        match = _NUMERIC_ESCAPE.match(self.text, start)
        if match is not None:
            digits = match["octal"]
            code = int(digits, 8) if digits else int(match["hex"] or match["braced"], 16)
            if code <= MAX_RUNE:
                self.at = match.end()
                return chr(code)
        self.at += 2
        if character in _ESCAPES:
            return _ESCAPES[character]
        if character.isascii() and not character.isalnum():
            return character
        end = start + 2
        if character == "x":
            is_braced = self.text.startswith("{", end)
            end = self._end_of_bad_hexadecimal(end + 1) if is_braced else min(end + 2, len(self.text))
        raise InvalidPattern("invalid escape sequence", self.text[start:end])

    def _end_of_bad_hexadecimal(self, at: int) -> int:
        """Where Go stops reading a number that starts here: at the first character that spoils it."""
        value = 0
        while at < len(self.text):
            digit = self.text[at]
            at += 1
            if digit not in hexdigits:
                break
            value = value * 16 + int(digit, 16)
            if value > MAX_RUNE:
                break
        return at

    def _class(self) -> Node:
        start = self.at
        self.at += 1
        is_negated = self._peek() == "^"
        self.at += is_negated
        found: list[tuple[int, int]] = []
        is_first = True
        while self._peek() != "]" or is_first:
            is_first = False
            ranges = self._posix_class()
            if ranges is None and self._peek() == "\\":
                ranges = self._class_escape()
            if ranges is None:
                range_start = self.at
                first = last = self._class_character(start)
                if self._peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                    self.at += 1
                    last = self._class_character(start)
                    if last < first:
                        raise InvalidPattern(
                            "invalid character class range", self.text[range_start : self.at]
                        )
                ranges = ((ord(first), ord(last)),)
                if self.flags.ignore_case:
                    ranges = fold(ranges)
            found.extend(ranges)
            if len(found) > _MAX_RANGES:
                raise too_large(self.text)
        self.at += 1
        merged = merge(tuple(found))
        return self._class_of(negate(merged) if is_negated else merged)

    def _posix_class(self) -> Ranges | None:
        if not self.has_posix_end or not self.text.startswith("[:", self.at):
            return None
        end = self.text.find(":]", self.at + 2)
        if end < 0:
            self.has_posix_end = False
            return None
        name = self.text[self.at + 2 : end]
        ranges = POSIX_CLASSES.get(name.removeprefix("^"))
        if ranges is None:
            raise InvalidPattern("invalid character class range", self.text[self.at : end + 2])
        self.at = end + 2
        return _property(ranges, self.flags.ignore_case, name.startswith("^"))

    def _class_character(self, class_start: int) -> str:
        character = self._peek()
        if not character:
            raise InvalidPattern("missing closing ]", self.text[class_start:])
        if character == "\\":
            return self._escaped_character()
        self.at += 1
        return character


_COUNT = re.compile(r"\{(?P<least>0|[1-9][0-9]*)(?P<comma>,(?P<most>0|[1-9][0-9]*)?)?\}")
_NAMED = re.compile(r"\(\?P?<(?=.)", re.DOTALL)
_FLAGS = re.compile(r"\(\?(?P<on>[imsU]*)(?:-(?P<off>[imsU]+))?(?P<end>[:)])")
_FLAGS_START = re.compile(r"\(\?[imsU]*(?:-[imsU]*)?")
_FLAG_NAMES = {"i": "ignore_case", "m": "multi_line", "s": "dot_all", "U": "swap_greed"}
_PROPERTY = re.compile(r"\\[pP](?:\{(?P<name>[^}]*)\}|(?P<letter>[^{]))")
_NUMERIC_ESCAPE = re.compile(
    r"\\(?:(?P<octal>0[0-7]{0,2}|[1-7][0-7]{1,2})|x\{(?P<braced>[0-9a-fA-F]+)\}|x(?P<hex>[0-9a-fA-F]{2}))"
)


@lru_cache(maxsize=128)
def _property(ranges: Ranges, ignore_case: bool, is_negated: bool) -> Ranges:
    """Of a class that has a name; the same object each time, as one has some hundred ranges."""
    ranges = fold(ranges) if ignore_case else ranges
    return negate(ranges) if is_negated else ranges


def _count(digits: str) -> int:
    """A count, or one that is too many: Python reads no numbers of thousands of digits."""
    return int(digits) if len(digits) <= len(str(MAX_REPEAT)) else MAX_REPEAT + 1


def _repeat_product(node: Node) -> int:
    """How often the innermost part of nested counted repeats occurs at most."""
    if isinstance(node, Repeat):
        return node.product
    if isinstance(node, Concat):
        return max((_repeat_product(part) for part in node.parts), default=1)
    if isinstance(node, Alternate):
        return max(_repeat_product(choice) for choice in node.choices)
    return 1
