"""Where one statement of a PostgreSQL text ends and the next begins."""

import re
from collections.abc import Iterator

# What may hold a semicolon that ends nothing. A word comes whole, so that the `$` in `a$b` opens no quote.
_PIECE = re.compile(
    r"""
    --[^\n]*
  | /\*
  | [eE]'(?:[^'\\]|\\.|'')*'
  | '(?:[^']|'')*'
  | "(?:[^"]|"")*"
  | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
  | [^\W\d][\w$]*
  | .
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def split_statements(text: str) -> Iterator[str]:
    """The statements of `text` without their semicolons; what is only blanks may be among them.

    >>> list(split_statements("select 'a;b'; select $x$;$x$ /* ; /* ; */ ; */"))
    ["select 'a;b'", ' select $x$;$x$ /* ; /* ; */ ; */']
    """
    start = position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None:
            raise AssertionError("a piece is at least one character")
        position = match.end()
        if match[0] == "/*":
            position = _end_of_comment(text, position)
        elif match[0] == ";":
            yield text[start : position - 1]
            start = position
    yield text[start:]


def _end_of_comment(text: str, position: int) -> int:
    """Where the comment ends that opened just before `position`: comments nest on PostgreSQL."""
    depth = 1
    while depth:
        edge = _COMMENT_EDGE.search(text, position)
        if edge is None:
            return len(text)
        depth += 1 if edge[0] == "/*" else -1
        position = edge.end()
    return position
