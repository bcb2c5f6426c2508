"""The text part of a mail that was written as HTML.

Reference: tools/mailer/html2text.go, PocketBase v0.39.11.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

import nh3

# Neither these nor what is in them has a text.
_SKIPPED_NAMES = """
    applet button form iframe img input object option script select style svg template textarea
"""
# These do not begin a line, all others do.
_INLINE_NAMES = "a b em i small span strike strong sub sup u"
# These are there without being written.
_IMPLIED_NAMES = "colgroup p tbody tr"
_SKIPPED, _INLINE, _IMPLIED = (
    set(names.split()) for names in (_SKIPPED_NAMES, _INLINE_NAMES, _IMPLIED_NAMES)
)
_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9:_.-]{0,40})")
_SCHEME = re.compile(r"(?<![a-zA-Z0-9+.-])([a-zA-Z][a-zA-Z0-9+.-]{0,40}):")
_TOKEN = re.compile(r'<(/?)([a-z][a-z0-9:_.-]*)((?: [a-z-]+="[^"]*")*)>|([^<]+)')
_BLANKS = re.compile(r"[\t\n\f\r ]+")


def as_text(html: str) -> str:
    """The texts of `html`: a line for each block and `<br>`, `- ` before items, links as `[text](address)`.

    >>> as_text('<p>Hello,</p><ul><li>one</li><li><a href="https://example.com">two</a></li></ul>')
    'Hello,\\n- one\\n- [two](https://example.com)'
    """
    text = _Text()
    for is_end, tag, attributes, run in _tokens(html):
        if run:
            text.add_run(run)
        elif not is_end:
            text.begin(tag, attributes)
        elif tag == "a":
            text.end_link()
    return "".join(text.written).strip()


def _tokens(html: str) -> Iterator[tuple[str, str, str, str]]:
    """The tags and texts of `html`, tidied as a browser does it: `("/" or "", tag, attributes, text)`.

    The tidying takes long for thousands of elements in each other, but holds up nobody else: it is done
    without the interpreter lock.
    """
    tidied = nh3.clean(
        html,
        tags=_IMPLIED | {name.lower() for name in _TAG.findall(html)} - _SKIPPED,
        clean_content_tags=_SKIPPED,
        attributes={"a": {"href"}},
        # All that occur: whose links go where is up to the author of the mail.
        url_schemes={scheme.lower() for scheme in _SCHEME.findall(html)},
        link_rel=None,
    )
    for match in _TOKEN.finditer(tidied):
        is_end, tag, attributes, run = match.groups(default="")
        yield is_end, tag, attributes, unescape(run)


@dataclass
class _Text:
    """What was written so far; `link` collects the text of the link that is open."""

    written: list[str] = field(default_factory=list)
    link: list[str] | None = None
    href: str = ""
    has_line: bool = False  # something stands on the line, so that the next block begins another

    def add_run(self, text: str) -> None:
        collapsed = _BLANKS.sub(" ", text)
        if not self.has_line:
            collapsed = collapsed.lstrip(" ")
        if collapsed:
            self._write(collapsed)
            self.has_line = True

    def begin(self, tag: str, attributes: str) -> None:
        if tag == "br" or (self.has_line and tag not in _INLINE):
            self._write("\n")
            self.has_line = False
        if tag == "li":
            self._write("- ")
        if tag == "a":
            self.link = []
            self.href = unescape(attributes.partition('href="')[2][:-1])

    def end_link(self) -> None:
        label = "".join(self.link or ()).strip() or "LINK"
        self.link = None
        self._write(f"[{label}]({self.href})" if self.href else f"[{label}]")

    def _write(self, text: str) -> None:
        (self.written if self.link is None else self.link).append(text)
