"""Where a change of the history leads."""

from django import template

from admin_ui.models import Change
from admin_ui.records.addresses import record_address
from collections_app.catalog import catalog

register = template.Library()


@register.simple_tag
def record_link(change: Change) -> str:
    """The record's address, "" when its collection is gone."""
    collection = catalog().by_id(change.collection_id)
    return record_address(collection, change.record_id) if collection is not None else ""
