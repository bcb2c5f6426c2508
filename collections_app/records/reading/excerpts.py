"""The `:excerpt(max, withEllipsis?)` modifier of `fields`: the first characters of a text without its HTML.

Reference: contract/records.md 9; tools/picker/excerpt_modifier.go, PocketBase v0.39.11. Go builds a whole
document tree; here the tags are followed as they come, which differs only for markup that HTML repairs in
surprising ways (text misplaced in tables, for example).
"""

import re
from contextlib import suppress
from html.parser import HTMLParser

from platform_app.wire.blanks import BLANKS

# fmt: off
_DROPPED = frozenset({
    "head", "style", "script", "iframe", "embed", "applet", "object", "svg", "img", "picture", "dialog",
    "template", "button", "form", "textarea", "input", "select", "option",
})
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdo", "big", "br", "button", "cite", "code", "em", "i", "label", "q",
    "small", "span", "strong", "strike", "sub", "sup", "time",
})
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link", "meta", "param",
    "source", "track", "wbr",
})
# Elements of the document's head, where they (and their text) land when nothing visible came before.
_IN_HEAD = frozenset({"base", "link", "meta", "noframes", "noscript", "script", "style", "template", "title"})
# What stands in these is text, tags and all: the reference parses as if scripts ran.
_HOLDING_TEXT = frozenset({"iframe", "noembed", "noframes", "noscript", "script", "style", "xmp"})
# fmt: on
_ONLY_IN_TABLES = frozenset({"caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"})
_DOCUMENT = frozenset({"html", "head", "body"})
_TAG_START = re.compile(r"</?[a-zA-Z]|<\?")
_DECLARATION = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))|<![^>]*>?", re.DOTALL)
_BLANKS = re.compile(r"[ \t\n\f\r]+")


def excerpt(html: str, *, max_characters: int, with_ellipsis: bool) -> str:
    """The beginning of the text in `html`: white space collapsed, blocks set apart by a space.

    >>> excerpt("a <b>x</b><p>y</p>", max_characters=10, with_ellipsis=False)
    'a x y'
    """
    if "<" in html or "&" in html or "\0" in html:
        reader = _TextReader(max_characters)
        with suppress(_Enough):
            reader.feed(_without_unfinished_tag(html))
            reader.close()
        text = "".join(reader.pieces).strip(BLANKS)
    else:
        text = _BLANKS.sub(" ", html).strip(BLANKS)
    if len(text) <= max_characters:
        return text
    return text[:max_characters].strip(BLANKS) + ("..." if with_ellipsis else "")


def _without_unfinished_tag(html: str) -> str:
    tail = html.rfind(">") + 1
    match = _TAG_START.search(html, tail)
    return html[: match.start()] if match else html


class _Enough(Exception):
    """More text cannot change the excerpt."""


class _TextReader(HTMLParser):
    """Gathers the text; once more bytes than asked characters are there, later elements are left out.

    That the reference counts bytes here and characters at the end makes excerpts of non-Latin texts shorter
    than they could be.
    """

    def __init__(self, max_characters: int) -> None:
        super().__init__(convert_charrefs=True)
        self.enough_bytes = max_characters + 2
        self.enough_characters = max_characters + 3
        self.pieces: list[str] = []
        self.size_bytes = 1  # the space that sets the document itself apart
        self.characters = 0
        self.ends_with_space = True
        self.before_body = True
        self.open_tags: list[str] = []
        # How many elements were open when the one began whose content is left out; None: nothing is.
        self.silent_from: int | None = None

    def parse_html_declaration(self, i: int) -> int:
        # Python's versions differ here, and raise for `<![...`; HTML skips all of it to the closing mark.
        found = _DECLARATION.match(self.rawdata, i)
        return found.end() if found else i

    def parse_comment(self, i: int, report: bool = True) -> int:
        return self.parse_html_declaration(i)

    def close(self) -> None:
        super().close()
        if self.rawdata:  # the element that holds text was never closed
            self.handle_data(self.rawdata)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HOLDING_TEXT:
            self.set_cdata_mode(tag)
        if tag in _DOCUMENT:
            self.before_body = self.before_body and tag != "body"
            return
        if tag in _ONLY_IN_TABLES and "table" not in self.open_tags:
            return
        in_head = self.before_body and tag in _IN_HEAD
        self.before_body = self.before_body and in_head
        dropped = in_head or tag in _DROPPED
        if not dropped:
            self._set_apart(tag)
        if tag in _VOID:
            if not dropped:
                self._set_apart(tag)
            return
        if self.silent_from is None and (dropped or self.size_bytes > self.enough_bytes):
            self.silent_from = len(self.open_tags)
        self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # HTML knows no self-closing elements, only the languages inside it do.
        if tag not in {"svg", "math"}:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open_tags:
            if tag == "p":  # the one stray end tag that makes an element
                self._set_apart(tag)
            return
        while self.open_tags:
            closed = self.open_tags.pop()
            if self.silent_from is not None and len(self.open_tags) <= self.silent_from:
                self.silent_from = None
                if closed in _DROPPED or (closed in _IN_HEAD and self.before_body):
                    if closed == tag:
                        return
                    continue
            self._set_apart(closed)
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        if self.silent_from is not None:
            return
        text = _BLANKS.sub(" ", data.replace("\0", ""))
        if self.ends_with_space:
            text = text.lstrip(" ")
        if not text:
            return
        if text != " ":
            self.before_body = False
        self.ends_with_space = text.endswith(" ")
        self._write(text)

    def _set_apart(self, tag: str) -> None:
        if self.silent_from is None and tag not in _INLINE and not self.ends_with_space:
            self.ends_with_space = True
            self._write(" ")

    def _write(self, text: str) -> None:
        self.pieces.append(text)
        self.size_bytes += len(text.encode(errors="surrogatepass"))
        self.characters += len(text)
        if self.characters > self.enough_characters:
            raise _Enough
