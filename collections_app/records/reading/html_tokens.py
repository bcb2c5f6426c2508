"""Cuts HTML into texts and tags, in time that grows with its length, however it is malformed.

Python's own HTMLParser looks at the rest of the text anew for much that is not closed. Here every search that
reaches the end of the text ends the work.
Reference: golang.org/x/net/html v0.58 (Tokenizer).
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Literal

Token = tuple[Literal["text", "start", "closed", "end"], str]

# What stands in these is text, tags and all: the reference parses as if scripts ran.
_HOLDING_TEXT = frozenset(
    {"iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea", "title", "xmp"}
)
_WITH_REFERENCES = frozenset({"textarea", "title"})
# HTML knows no self-closing elements, and its rules for text do not hold, in other languages inside it.
_FOREIGN = frozenset({"math", "svg"})

_MARK = re.compile(r"<(?=[a-zA-Z/!?])")
_NAME = re.compile(r"[a-zA-Z][^ \t\n\f\r/>]*")
# What follows in a tag: blanks and slashes, and attributes; as many as one call may take. The end of the text
# ends whatever is open, so nothing has to be tried a second way.
_ATTRIBUTES = re.compile(
    r"""(?: [ \t\n\f\r/]+
          | (?: =[^ \t\n\f\r/>=]* | [^ \t\n\f\r/>=]+ )
            (?: [ \t\n\f\r]* = [ \t\n\f\r]*
                (?: "[^"]*(?:"|\Z) | '[^']*(?:'|\Z) | ([^ \t\n\f\r>"'][^ \t\n\f\r>]*) )? )?
        ){1,1000}""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"<!---?>")
_COMMENT_END = re.compile(r"--!?>")
_TEXT_ENDS = {name: re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE) for name in _HOLDING_TEXT}
_ZEROS = re.compile(r"(?<=&#)([xX]?)0+(?=[0-9a-fA-F])")
_BEYOND_UNICODE = re.compile(r"&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")


def tokens(html: str) -> Iterator[Token]:
    """Texts, their character references resolved, and lower-case names of tags; comments are left out.

    A tag that ends in a slash is "closed". A tag that is cut off is dropped.

    >>> list(tokens("a&lt;<B class=x>b</b><br/><!-- c -->d<i"))
    [('text', 'a<'), ('start', 'b'), ('text', 'b'), ('end', 'b'), ('closed', 'br'), ('text', 'd')]
    """
    at = 0
    foreign_levels = 0
    while at < len(html):
        found = _MARK.search(html, at)
        start = found.start() if found else len(html)
        if start > at:
            yield "text", unescaped(html[at:start])
        if found is None:
            return
        is_end = html.startswith("</", start)
        named = _NAME.match(html, start + 1 + is_end)
        if named is None:
            if html.endswith("</") and start == len(html) - 2:
                yield "text", "</"
            at = _after_comment(html, start)
            continue
        at, is_closed = _tag_end(html, named.end())
        if at > len(html):
            return
        name = named.group().lower()
        yield "end" if is_end else "closed" if is_closed else "start", name
        if name in _FOREIGN:
            foreign_levels = max(0, foreign_levels + (-1 if is_end else not is_closed))
        elif name in _HOLDING_TEXT and not is_end and not foreign_levels:
            end = _end_of_text(html, name, at)
            if end > at:
                held = html[at:end].replace("\0", "\ufffd")
                yield "text", unescaped(held) if name in _WITH_REFERENCES else held
            at = end


def unescaped(text: str) -> str:
    """`text` with its character references resolved, however many digits they have.

    >>> unescaped("&eacute; &#" + "0" * 5000 + "65; &#" + "9" * 5000 + ";") == "\u00e9 A \ufffd"
    True
    """
    if "&#" in text:  # Python refuses to read numbers of thousands of digits
        text = _BEYOND_UNICODE.sub("\ufffd", _ZEROS.sub(lambda zeros: zeros[1], text))
    return unescape(text)


def _tag_end(html: str, at: int) -> tuple[int, bool]:
    """Where a tag ends whose name ends at `at`, past the text if it is cut off, and whether in a slash."""
    is_closed = False
    while found := _ATTRIBUTES.match(html, at):
        at = found.end()
        # The slash may belong to a value without quotes.
        is_closed = html[at - 1] == "/" and found.end(1) != at
    return at + 1, is_closed


def _after_comment(html: str, start: int) -> int:
    """Where a comment ends, or what is taken for one: declarations, `<?...>` and `</` without a name."""
    if found := _COMMENT.match(html, start):
        return found.end()
    if html.startswith("<!--", start):
        found = _COMMENT_END.search(html, start + 4)
        return found.end() if found else len(html)
    return html.find(">", start) + 1 or len(html)


def _end_of_text(html: str, name: str, at: int) -> int:
    found = _TEXT_ENDS[name].search(html, at) if name != "plaintext" else None
    return found.start() if found else len(html)
