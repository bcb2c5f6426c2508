"""Addresses of the dashboard in templates."""

from typing import Any

from django import template

from admin_ui.addresses import way_up

register = template.Library()


@register.simple_tag(takes_context=True)
def up_to_dashboard(context: dict[str, Any]) -> str:
    """What leads from the page to `/_/`: `<script src="{% up_to_dashboard %}static/x.js">`."""
    return way_up(context["request"].path_info)
