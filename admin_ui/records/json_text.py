"""JSON for people to read: over several lines, and otherwise the same text, to the last digit of a number."""

import re

from platform_app.wire.json_encoding import encode

# What is longer is shown as it is: to take it apart would keep other threads waiting.
_MOST_CHARACTERS = 256 * 1024
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],:]|[^{}\[\],:"\s]+', re.DOTALL)
# The encoder writes these so that JSON may stand in a page; here they are text.
_ESCAPED = {r"\u003c": "<", r"\u003e": ">", r"\u0026": "&"}
_ESCAPES = re.compile(r"\\u003c|\\u003e|\\u0026")


def json_text(value: object) -> str:
    """A presented record, or part of one, as the API would send it."""
    return pretty(encode(value).decode())


def pretty(text: str) -> str:
    """
    >>> print(pretty('{"a":[1.50,{}],"b":"x: {y}"}'))
    {
      "a": [
        1.50,
        {}
      ],
      "b": "x: {y}"
    }
    """
    if len(text) > _MOST_CHARACTERS:
        return text
    parts: list[str] = []
    depth = 0
    before = ""
    for part in _TOKENS.findall(text):
        if part in "}]":
            depth -= 1
            parts.append(part if before in {"{", "["} else f"\n{'  ' * depth}{part}")
        else:
            if before in {"{", "[", ","}:
                parts.append(f"\n{'  ' * depth}")
            parts.append(": " if part == ":" else _ESCAPES.sub(_unescaped, part))
            depth += part in "{["
        before = part
    return "".join(parts)


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPED[found[0]]
