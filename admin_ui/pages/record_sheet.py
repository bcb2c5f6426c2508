"""What the second sheet shows around all about one record: its name, its tabs, what can be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from admin_ui.acting import acting_info
from admin_ui.pages.records import with_panel
from admin_ui.records.addresses import part_address, record_address
from admin_ui.records.labels import label_of
from admin_ui.records.listing import Place
from admin_ui.staff.guarding import may, may_open
from admin_ui.staff.seeing import expandable
from collections_app.collection import Collection
from collections_app.events import RecordRequestEvent, record_view_request
from collections_app.exposing.exposures import accepts_writes
from collections_app.records.querying.finding import view_record
from collections_app.records.reading.presenting import Json, present
from collections_app.system_names import SUPERUSERS
from platform_app.wire.errors import NotFound


@dataclass(frozen=True)
class Link:
    """A tab or an entry of the menu; `is_current` for the tab that is open, `is_page` for no sheet."""

    label: str
    address: str
    icon: str = ""
    is_current: bool = False
    is_dangerous: bool = False
    is_page: bool = False


def find_item(request: HttpRequest, collection: Collection, record_id: str) -> Json:
    """The record as the API presents it, with what its relations lead to. Raises NotFound."""
    relations = ",".join(field.name for field in expandable(request, collection.fields))
    info = acting_info(request, query={"expand": relations})
    event = RecordRequestEvent(info, collection, view_record(collection, record_id, info=info))
    item: Json | None = record_view_request.trigger(
        event, lambda: present([event.record], event.info, relations)[0]
    )
    if item is None:
        raise NotFound
    return item


def sheet(
    request: HttpRequest, collection: Collection, item: Mapping[str, Any], template: str, **context: Any
) -> HttpResponse:
    """A page about the record, with its tabs above it."""
    query = Place.read(collection, request.GET).query
    record_id = str(item["id"])
    panel = {
        "panel": template,
        "item": item,
        "current_id": record_id,
        "label": label_of(collection, item),
        "tabs": tabs_of(request, collection, record_id),
        "deeds": deeds_of(request, collection, item),
        "record_address": record_address(collection, record_id) + query,
        **context,
    }
    return with_panel(request, collection, panel)


def tabs_of(request: HttpRequest, collection: Collection, record_id: str) -> list[Link]:
    """The ways to look at the record, each with an address."""
    query = Place.read(collection, request.GET).query
    names = [(_("Fields"), "record")]
    if collection.is_auth and collection.name != SUPERUSERS:
        names.append((_("Providers"), "record_providers"))
    names += [("JSON", "record_json"), (_("History"), "record_history")]
    known = [(label, part_address(name, collection, record_id)) for label, name in names]
    addresses = [(label, address) for label, address in known if may_open(request, address)]
    return [
        Link(
            label,
            address + query,
            is_current=request.path == address,
            is_page=address.endswith("/history/"),
        )
        for label, address in addresses
    ]


def deeds_of(request: HttpRequest, collection: Collection, item: Mapping[str, Any]) -> list[list[Link]]:
    """What can be done with the record, in groups."""
    if not accepts_writes(collection):
        return []
    place = Place.read(collection, request.GET)
    record_id = str(item["id"])

    def link(label: str, name: str, icon: str, *more: str, is_dangerous: bool = False) -> Link:
        address = part_address(name, collection, record_id, *more) + place.query
        return Link(label, address, icon, is_dangerous=is_dangerous)

    groups: list[list[Link]] = []
    dangerous: list[Link] = []
    if collection.is_auth:
        mails = []
        if item.get("email"):
            if not item.get("verified") and collection.name != SUPERUSERS:
                mails.append(link(_("Send verification mail…"), "record_mail", "mail-check", "verification"))
            if collection.auth.password.enabled:
                mails.append(link(_("Send password reset…"), "record_mail", "mail", "password-reset"))
        groups.append([*mails, link(_("Impersonate…"), "impersonate", "user-check")])
        dangerous.append(link(_("Sign out everywhere…"), "reset_tokens", "key-round", is_dangerous=True))
    copy = f"{reverse('admin:new_record', args=[collection.name])}{place.query or '?'}"
    copy += f"{'&' if place.query else ''}{urlencode({'from': record_id})}"
    groups.append([Link(_("Duplicate"), copy, "copy")])
    groups.append([*dangerous, link(_("Delete…"), "delete_record", "trash-2", is_dangerous=True)])
    if not may(request, "delete", collection, record_id):
        groups.pop()
    return [[one for one in group if may_open(request, one.address)] for group in groups]
