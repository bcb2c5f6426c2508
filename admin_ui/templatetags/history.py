"""Where a change of the history leads, and who made it."""

from django import template
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from admin_ui.models import Change, StaffMember
from admin_ui.records.addresses import record_address
from auth_app.models import Superuser
from collections_app.catalog import catalog

register = template.Library()

MOST_DEEDS = 200


@register.simple_tag
def record_link(change: Change) -> str:
    """The record's address, "" when its collection is gone."""
    collection = catalog().by_id(change.collection_id)
    return record_address(collection, change.record_id) if collection is not None else ""


@register.simple_tag
def deeds_on(instance: Model) -> "QuerySet[LogEntry]":
    """The newest entries of Django's history of an object."""
    kind = ContentType.objects.get_for_model(instance, for_concrete_model=False)
    return LogEntry.objects.filter(content_type=kind, object_id=str(instance.pk)).order_by("-action_time")[
        :MOST_DEEDS
    ]


@register.simple_tag
def account_name(account_id: str) -> str:
    """What a superuser or somebody of the staff is called; the id of one that is gone."""
    known = (
        Superuser.objects.filter(pk=account_id).first() or StaffMember.objects.filter(pk=account_id).first()
    )
    return known.email if known is not None else account_id
