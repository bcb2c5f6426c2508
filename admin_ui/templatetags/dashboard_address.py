"""Addresses of the dashboard in templates."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from admin_ui.addresses import DASHBOARD, EXTENSIONS_SCRIPT, way_up
from admin_ui.extensions import extensions
from admin_ui.static_files import version_of

register = template.Library()


@register.simple_tag(takes_context=True)
def up_to_dashboard(context: dict[str, Any]) -> str:
    """What leads from the page to `/_/`: `<script src="{% up_to_dashboard %}static/x.js">`."""
    return way_up(context["request"].path_info)


@register.simple_tag(takes_context=True)
def extension_script(context: dict[str, Any]) -> SafeString | str:
    """The script of all extensions, "" when they have none; as a module it may wait at its top."""
    script = extensions.script()
    if not script:
        return ""
    address = way_up(context["request"].path_info) + EXTENSIONS_SCRIPT.removeprefix(DASHBOARD)
    return format_html('<script type="module" src="{}?v={}"></script>', address, version_of(script))
