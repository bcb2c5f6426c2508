"""Reads RE2 patterns into trees, refusing what Go refuses in Go's words.

Reference: regexp/syntax/parse.go of Go 1.25.
"""

import re
from dataclasses import dataclass

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
_ESCAPES = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class InvalidPattern(ValueError):
    """A pattern that RE2 refuses; the text is what Go says about it."""

    def __init__(self, reason: str, part: str) -> None:
        super().__init__(f"error parsing regexp: {reason}: `{part}`")


def read_pattern(pattern: str) -> Node:
    """The tree of a pattern. Raises InvalidPattern."""
    return _Parser(pattern).parse()


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
            lazy = self._peek() == "?"
            self.at += lazy
            operator = self.text[start : self.at]
            if repeated_from >= 0:
                raise InvalidPattern("invalid nested repetition operator", self.text[repeated_from : self.at])
            if not parts:
                raise InvalidPattern("missing argument to repetition operator", operator)
            least, most = repeat
            part = parts.pop()
            if _repeat_product(part) * max(least, most or 0, 1) > MAX_REPEAT and "{" in operator:
                raise InvalidPattern("invalid repeat count", operator)
            parts.append(Repeat(part, least, most, lazy != self.flags.swap_greed))
            repeated_from = start
        return parts[0] if len(parts) == 1 else Concat(tuple(parts))

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
        least = int(match["least"])
        most = least if not match["comma"] else int(match["most"]) if match["most"] else None
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
        return Literal(character, self.flags.ignore_case)

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
            raise InvalidPattern("expression nests too deeply", self.text)
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
            quoted, _, _ = self.text[start + 2 :].partition(r"\E")
            self.at = min(start + 2 + len(quoted) + 2, len(self.text))
            return [Literal(character, self.flags.ignore_case) for character in quoted]
        ranges = self._class_escape()
        if ranges is not None:
            return Class(ranges)
        return Literal(self._escaped_character(), self.flags.ignore_case)

    def _class_escape(self) -> Ranges | None:
        r"""The ranges of `\d`, `\W`, `\pL`, `\p{Greek}` and the like, or None."""
        letter = self.text[self.at + 1 : self.at + 2]
        if letter and letter in "dswDSW":
            self.at += 2
            ranges = PERL_CLASSES[letter.lower()]
            return negate(ranges) if letter.isupper() else ranges
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
        if self.flags.ignore_case:
            known = _folded(known)
        return negate(known) if is_negated else known

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
            bad = _HEX_START.match(self.text, end)
            end = bad.end() if bad else end
        raise InvalidPattern("invalid escape sequence", self.text[start:end])

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
                    ranges = _folded(ranges)
            found.extend(ranges)
        self.at += 1
        merged = merge(tuple(found))
        return Class(negate(merged) if is_negated else merged)

    def _posix_class(self) -> Ranges | None:
        match = _POSIX_NAME.match(self.text, self.at)
        if match is None:
            return None
        ranges = POSIX_CLASSES.get(match["name"].removeprefix("^"))
        if ranges is None:
            raise InvalidPattern("invalid character class range", match.group())
        self.at = match.end()
        return negate(ranges) if match["name"].startswith("^") else ranges

    def _class_character(self, class_start: int) -> str:
        character = self._peek()
        if not character:
            raise InvalidPattern("missing closing ]", self.text[class_start:])
        if character == "\\":
            return self._escaped_character()
        self.at += 1
        return character


_COUNT = re.compile(r"\{(?P<least>0|[1-9][0-9]*)(?P<comma>,(?P<most>0|[1-9][0-9]*)?)?\}")
_NAMED = re.compile(r"\(\?P?<")
_FLAGS = re.compile(r"\(\?(?P<on>[imsU]*)(?:-(?P<off>[imsU]+))?(?P<end>[:)])")
_FLAGS_START = re.compile(r"\(\?[imsU]*(?:-[imsU]*)?")
_FLAG_NAMES = {"i": "ignore_case", "m": "multi_line", "s": "dot_all", "U": "swap_greed"}
_PROPERTY = re.compile(r"\\[pP](?:\{(?P<name>[^}]*)\}|(?P<letter>[^{]))")
_NUMERIC_ESCAPE = re.compile(
    r"\\(?:(?P<octal>0[0-7]{0,2}|[1-7][0-7]{1,2})|x\{(?P<braced>[0-9a-fA-F]+)\}|x(?P<hex>[0-9a-fA-F]{2}))"
)
_HEX_START = re.compile(r"\{[0-9a-fA-F]*.?|.{0,2}", re.DOTALL)
_POSIX_NAME = re.compile(r"\[:(?P<name>.*?):\]", re.DOTALL)


def _folded(ranges: Ranges) -> Ranges:
    """`ranges` with the other case of every letter."""
    found = list(ranges)
    for first, last in ranges:
        if last - first < 0x3000:
            for code in range(first, last + 1):
                for other in (chr(code).lower(), chr(code).upper()):
                    if len(other) == 1:
                        found.append((ord(other), ord(other)))
    return merge(tuple(found))


def _repeat_product(node: Node) -> int:
    """How often the innermost part of nested counted repeats occurs at most."""
    if isinstance(node, Repeat):
        count = max(node.least, node.most or 0, 1)
        return count * _repeat_product(node.part)
    if isinstance(node, Concat):
        return max((_repeat_product(part) for part in node.parts), default=1)
    if isinstance(node, Alternate):
        return max(_repeat_product(choice) for choice in node.choices)
    return 1
