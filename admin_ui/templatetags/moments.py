"""Moments on pages: in UTC as they are stored, which `moments.js` shows in the time of who looks."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# What is left of a moment, such as `2026-11-29 16:24:51.208Z`, without a script.
_PARTS = {"full": slice(0, 23), "short": slice(0, 16), "time": slice(5, 23)}


@register.simple_tag
def moment(text: str, style: str = "full") -> SafeString:
    """A `<time>`: `full` to the millisecond, `short` to the minute; `time` without the day if it is today.

    UTC and local time are both there: one of them to be read, the other one in its title.
    """
    said = str(text).replace("T", " ", 1)
    return format_html(
        '<time datetime="{}" title="{} UTC" data-moment="{}">{}</time>',
        said.replace(" ", "T", 1),
        said.removesuffix("Z"),
        style,
        said[_PARTS[style]].removesuffix("Z"),
    )
