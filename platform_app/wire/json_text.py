"""JSON as text: is it JSON, and without its white space; texts as Go's literals.

Reference: contract/fields.md 11 and 19.2; encoding/json of Go 1.25.
"""

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]

import orjson

from platform_app.wire.json_decoding import ShortContainers
from platform_app.wire.json_size import MAX_VALUES_AT_ONCE, count_values

MAX_DEPTH = 10_000

_BLANK = re.compile(r"[ \t\r\n]")
_BLANKS = " \t\r\n"
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_TOKEN = re.compile(rf'[ \t\r\n]*(?:([\[\]{{}},:])|(")|({_NUMBER}|true|false|null))')
_INSIDE_STRING = r'[^"\\]*(?:\\.[^"\\]*)*'
_REST_OF_STRING = re.compile(_INSIDE_STRING, re.DOTALL)
_WHOLE_STRING = re.compile(f'"{_INSIDE_STRING}"', re.DOTALL)
# The last of a text that is cut off may lack its end.
_PIECE = re.compile(f'[^ \\t\\r\\n"]+|"{_INSIDE_STRING}"?', re.DOTALL)
_WINDOW = 64 * 1024
_ODD = re.compile(r"[^\x20-\x7e]+")
_QUOTED = {
    "\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v",
}  # fmt: skip


def is_json(text: str) -> bool:
    """Whether `text` is one JSON value with nothing but blanks around it.

    Numbers may be beyond doubles and surrogates alone, which is fine as text.
    """
    text = str.__str__(text)  # orjson takes no subclasses of str
    if (
        len(text) > MAX_VALUES_AT_ONCE
        and count_values(text.encode(errors="surrogatepass")) > MAX_VALUES_AT_ONCE
    ):
        return _is_json(text)
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return _is_json_at_once(text)
    return True


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


_scan = json.JSONDecoder(parse_int=float, parse_constant=_refuse_constant).scan_once  # type: ignore[attr-defined]


def _is_json_at_once(text: str) -> bool:
    begins = len(text) - len(text.lstrip(_BLANKS))
    try:
        _, end = _scan(text, begins)
    except (ValueError, StopIteration):
        return False
    except RecursionError:
        return _is_json(text)
    return not text[end:].strip(_BLANKS)


def _is_json(text: str) -> bool:
    """The same, token by token: as deep as the contract takes it, and never for long in one call."""
    short = ShortContainers(_scan)
    at = 0
    closers: list[str] = []
    wanted = "value"
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            return False
        at = match.end()
        mark, string, _ = match.groups()
        if string:
            try:
                _, at = scanstring(text, at)
            except ValueError:
                return False
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
            if closers and (read := short.read(text, at - 1, len(closers))):
                _, at = read
                wanted = "more"
                continue
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
    pieces: list[str] = []
    at = 0
    is_quoted = False
    while at < len(text):
        end = at + _WINDOW
        window = text[at:end]
        # Half an escape waits for its other half.
        if end < len(text) and (len(window) - len(window.rstrip("\\"))) % 2:
            end -= 1
        if is_quoted:
            found = _REST_OF_STRING.match(text, at, end)
            closing = found.end() + 1 if found else end
            pieces.append(text[at : min(closing, end)])
            is_quoted = closing > end
            at = min(closing, end)
        else:
            found_pieces = _PIECE.findall(text, at, end)
            pieces += found_pieces
            last = found_pieces[-1] if found_pieces else ""
            is_quoted = last.startswith('"') and _WHOLE_STRING.fullmatch(last) is None
            at = end
    return "".join(pieces)


def quote(text: str) -> str:
    r"""`text` as a Go string literal, which is JSON too unless it holds control or odd characters.

    >>> quote("a\n\x00")
    '"a\\n\\x00"'
    """
    text = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{_ODD.sub(_quoted_run, text)}"'


def _quoted_run(found: re.Match[str]) -> str:
    run = found.group()
    return run if run.isprintable() else "".join(map(_quoted, run))


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
