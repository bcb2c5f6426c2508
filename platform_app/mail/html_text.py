"""The text part of a mail that was written as HTML."""

from html import unescape

import nh3


def as_text(html: str) -> str:
    """The texts of `html`, a paragraph for each line that has one."""
    text = unescape(nh3.clean(html, tags=set()))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)
