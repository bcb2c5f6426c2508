"""Parts of the dashboard's pages that templates name in a word."""

from typing import Any

from django import template
from django.contrib.admin.utils import quote
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info

from admin_ui.pages.languages import languages
from admin_ui.preferences import theme_of
from admin_ui.theme import accent_colour, theme_address
from platform_app.runtime_settings.current import current
from platform_app.wire.json_encoding import encode

register = template.Library()

_HUES = 8


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """One of `bundles/icons.txt`; `size` is "", "small" or "large", and other classes of an icon."""
    sprite = static("admin_ui/vendor/icons.svg")
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', size, sprite, name
    )


@register.simple_tag
def theme_sheet() -> str:
    return theme_address()


@register.simple_tag
def app_name() -> str:
    return current().meta.app_name


@register.simple_tag(name="accent_colour")
def accent() -> str:
    return accent_colour()


@register.simple_tag
def language_choices() -> list[tuple[str, str]]:
    """The languages of the pages by their codes, each as its own speakers call it."""
    return [(code, get_language_info(code)["name_local"].capitalize()) for code in sorted(languages())]


@register.simple_tag(takes_context=True)
def theme(context: dict[str, Any]) -> str:
    """What this browser has chosen: "light", "dark" or "auto"."""
    return theme_of(context["request"])


@register.filter
def initials(text: str) -> str:
    """At most two letters for a person or a record.

    >>> initials("Ada Nwosu"), initials("ada@example.com"), initials("")
    ('AN', 'A', '·')
    """
    words = str(text).partition("@")[0].replace(".", " ").replace("_", " ").split()
    return "".join(word[0] for word in words[:2]).upper() or "·"


@register.filter
def hue(text: str) -> int:
    """One of the eight hues, always the same one for a text."""
    return sum(map(ord, str(text))) % _HUES + 1


@register.filter
def grouped(number: int) -> str:
    """As the reader's language separates thousands.

    >>> grouped(1234567)
    '1,234,567'
    """
    return number_format(number, force_grouping=True)


@register.filter
def as_key(record_id: str) -> str:
    """An id as a segment of the addresses of records."""
    return quote(record_id)


@register.filter
def as_json(item: dict[str, Any]) -> str:
    """A presented record as the API would send it."""
    return encode(item).decode()


@register.filter
def words(text: str) -> list[str]:
    """
    >>> words("a b")
    ['a', 'b']
    """
    return text.split()
