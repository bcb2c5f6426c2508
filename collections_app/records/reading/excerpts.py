"""The `:excerpt(max, withEllipsis?)` modifier of `fields`: the first characters of a text without its HTML.

Reference: contract/records.md 9; tools/picker/excerpt_modifier.go, PocketBase v0.39.11. Go builds a whole
document tree; here the tags are followed as they come, which differs only for markup that HTML repairs in
surprising ways (text misplaced in tables, for example).
"""

import re
from collections import Counter

from collections_app.records.reading.html_tokens import tokens
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
# fmt: on
_ONLY_IN_TABLES = frozenset({"caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"})
_FOREIGN = frozenset({"math", "svg"})
_DOCUMENT = frozenset({"html", "head", "body"})
# What is done in one go to a text that may be long.
_WINDOW = 64 * 1024
_BLANKS = re.compile(r"[ \t\n\f\r]+")


def excerpt(html: str, *, max_characters: int, with_ellipsis: bool) -> str:
    """The beginning of the text in `html`: white space collapsed, blocks set apart by a space.

    >>> excerpt("a <b>x</b><p>y</p>", max_characters=10, with_ellipsis=False)
    'a x y'
    """
    if len(html) > _WINDOW or "<" in html or "&" in html or "\0" in html:
        text = _TextReader(max_characters).read(html).strip(BLANKS)
    else:
        text = _BLANKS.sub(" ", html).strip(BLANKS)
    if len(text) <= max_characters:
        return text
    return text[:max_characters].strip(BLANKS) + ("..." if with_ellipsis else "")


class _TextReader:
    """Gathers the text; once more bytes than asked characters are there, later elements are left out.

    That the reference counts bytes here and characters at the end makes excerpts of non-Latin texts shorter
    than they could be.
    """

    def __init__(self, max_characters: int) -> None:
        self.enough_bytes = max_characters + 2
        self.max_characters = max_characters
        self.pieces: list[str] = []
        self.size_bytes = 1  # the space that sets the document itself apart
        # Without the blanks before the first and after the last other one, which go in the end.
        self.characters = 0
        self.blanks_behind = 0
        self.ends_with_space = True
        self.before_body = True
        self.open_tags: list[str] = []
        self.open_counts: Counter[str] = Counter()
        # How many elements were open when the one began whose content is left out; None: nothing is.
        self.silent_from: int | None = None

    def read(self, html: str) -> str:
        """As much text as can change the excerpt."""
        for kind, content in tokens(html):
            if kind == "text":
                for at in range(0, len(content), _WINDOW):
                    self._take_text(content[at : at + _WINDOW])
                    if self.characters > self.max_characters:
                        break
            elif kind == "end":
                self._end(content)
            elif kind == "start" or content not in _FOREIGN:  # HTML itself has no closed elements
                self._start(content)
            if self.characters > self.max_characters:
                break
        return "".join(self.pieces)

    def _start(self, tag: str) -> None:
        if tag in _DOCUMENT:
            self.before_body = self.before_body and tag != "body"
            return
        if tag in _ONLY_IN_TABLES and not self.open_counts["table"]:
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
        self.open_counts[tag] += 1

    def _end(self, tag: str) -> None:
        if not self.open_counts[tag]:
            if tag == "p":  # the one stray end tag that makes an element
                self._set_apart(tag)
            return
        while self.open_tags:
            closed = self.open_tags.pop()
            self.open_counts[closed] -= 1
            if self.silent_from is not None and len(self.open_tags) <= self.silent_from:
                self.silent_from = None
                if closed in _DROPPED or (closed in _IN_HEAD and self.before_body):
                    if closed == tag:
                        return
                    continue
            self._set_apart(closed)
            if closed == tag:
                return

    def _take_text(self, data: str) -> None:
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
        if not self.characters:
            text = text.lstrip(BLANKS)
        if solid := len(text.rstrip(BLANKS)):
            self.characters += self.blanks_behind + solid
            self.blanks_behind = 0
        self.blanks_behind += len(text) - solid
