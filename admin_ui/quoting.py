"""Texts of people as the filter language writes them, and back."""

import re

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def quoted(text: str) -> str:
    r"""
    >>> print(quoted('C:\\temp "x"'))
    "C:\\temp \"x\""
    """
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'


def unquoted(text: str) -> str:
    """What stands between the quotation marks, with its escapes decoded."""
    return _ESCAPED.sub(lambda match: _UNESCAPES.get(match[1], match[1]), text)
