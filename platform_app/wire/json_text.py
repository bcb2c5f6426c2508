"""JSON as text: is it JSON, and without its white space; texts as Go's literals.

Reference: contract/fields.md 11 and 19.2; encoding/json of Go 1.25.
"""

import re

import orjson

MAX_DEPTH = 10_000

_BLANK = re.compile(r"[ \t\r\n]")
_STRING = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_TOKEN = re.compile(rf"[ \t\r\n]*(?:([\[\]{{}},:])|({_STRING})|({_NUMBER}|true|false|null))")
_STRING_OR_BLANKS = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\r\n]+', re.DOTALL)
_QUOTED = {
    "\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v",
    '"': r"\"", "\\": r"\\",
}  # fmt: skip


def is_json(text: str) -> bool:
    """Whether `text` is one JSON value with nothing but blanks around it."""
    try:
        orjson.loads(str(text))  # orjson takes no subclasses of str
    except orjson.JSONDecodeError:
        # orjson refuses lone surrogates, numbers beyond doubles and deep nesting, which are fine as text.
        return _is_json(text)
    return True


def _is_json(text: str) -> bool:
    at = 0
    closers: list[str] = []
    wanted = "value"
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            return False
        at = match.end()
        mark, string, _ = match.groups()
        if wanted in ("key", "key or end") and string:
            wanted = "colon"
            continue
        if wanted == "colon" and mark == ":":
            wanted = "value"
            continue
        if wanted == "more" and mark == ",":
            wanted = "key" if closers[-1] == "}" else "value"
            continue
        if wanted in ("value", "value or end") and mark in ("[", "{"):
            closers.append("]" if mark == "[" else "}")
            if len(closers) > MAX_DEPTH:
                return False
            wanted = "value or end" if mark == "[" else "key or end"
            continue
        if wanted in ("more", "value or end", "key or end") and mark == closers[-1]:
            closers.pop()
        elif wanted not in ("value", "value or end") or mark:
            return False
        if not closers:
            return not text[at:].strip(" \t\r\n")
        wanted = "more"


def compact(text: str) -> str:
    """Valid JSON without the white space between its tokens.

    >>> compact('[1, "a b"]')
    '[1,"a b"]'
    """
    if _BLANK.search(text) is None:
        return text
    return _STRING_OR_BLANKS.sub(lambda match: match[1] or "", text)


def quote(text: str) -> str:
    r"""`text` as a Go string literal, which is JSON too unless it holds control or odd characters.

    >>> quote("a\n\x00")
    '"a\\n\\x00"'
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_quoted(character) for character in text) + '"'


def _quoted(character: str) -> str:
    escape = _QUOTED.get(character)
    if escape is not None:
        return escape
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
