"""Colours for code that is shown: its words as spans, everything else as text."""

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_WORDS = (
    "import from const final await async new with as for if not else continue in print true false null "
    "True False None curl"
)
_TOKEN = re.compile(
    r"""(?P<s>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    rf"""|(?P<k>\b(?:{_WORDS.replace(" ", "|")})\b)"""
    r"""|(?P<n>\b\d+(?:\.\d+)?\b)"""
    r"""|(?P<c>\#\ .*)""",
    re.VERBOSE,
)
_NAME_IN_JSON = re.compile(r'"(?:[^"\\\n]|\\.)*"(?=:)')


def highlighted(code: str, *, is_json: bool = False) -> SafeString:
    """Markup of the code, for a `<pre>`; the code itself is text, whatever it is.

    >>> highlighted('{"a": 1}', is_json=True)
    '{<span class="f">&quot;a&quot;</span>: <span class="n">1</span>}'
    """
    parts: list[str] = []
    end = 0
    for found in _TOKEN.finditer(code):
        kind = found.lastgroup or ""
        if is_json and kind == "s" and _NAME_IN_JSON.match(code, found.start()):
            kind = "f"
        parts.append(escape(code[end : found.start()]))
        parts.append(f'<span class="{kind}">{escape(found.group())}</span>')
        end = found.end()
    parts.append(escape(code[end:]))
    return mark_safe("".join(parts))  # noqa: S308 - each part is escaped
