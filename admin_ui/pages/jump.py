"""Jump to: collections, pages, and records by their id. A page without scripts, a dialog with them."""

import re
from dataclasses import dataclass

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.pages.settings.navigation import sections_of
from admin_ui.records.addresses import record_address
from admin_ui.records.labels import label_of
from admin_ui.shell import Place, collection_address, collection_icon, pages_of
from admin_ui.staff.guarding import may, may_open
from admin_ui.staff.members import member_of
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.records.querying.finding import find_record
from collections_app.records.reading.presenting import present
from platform_app.database.lanes import check_time

MOST_COLLECTIONS = 12
# Every collection is asked for an id, each by its primary key.
MOST_ASKED = 200
_ID = re.compile(r"[A-Za-z0-9_-]{5,255}")


@dataclass(frozen=True)
class Section:
    title: str
    places: list[Place]


@require_safe
@answering
def jump(request: HttpRequest) -> HttpResponse:
    said = request.GET.get("q", "").strip()
    sections = [
        Section(_("Records"), _records(request, said) if _ID.fullmatch(said) else []),
        Section(_("Collections"), _collections(request, said)),
        Section(_("Pages"), _pages(request, said)),
        Section(_("Settings"), _settings(request, said)),
        Section(_("Do"), _actions(request, said)),
    ]
    context = {"said": said, "sections": [section for section in sections if section.places]}
    if request.META.get("HTTP_X_PART") == "jump":
        return render(request, "admin_ui/jump_list.html", context)
    return render(
        request, "admin_ui/jump.html", {**admin.site.each_context(request), "title": _("Jump to"), **context}
    )


def _matching(request: HttpRequest, said: str) -> list[Collection]:
    """Those that begin with it, before those that have it inside."""
    low = said.lower()
    found = [one for one in catalog().collections if low in one.name.lower() and may(request, "view", one)]
    return sorted(
        found,
        key=lambda one: (not one.name.lower().startswith(low), one.system, len(one.name), one.name.lower()),
    )


def _collections(request: HttpRequest, said: str) -> list[Place]:
    return [
        Place(one.name, collection_icon(one), collection_address(one))
        for one in _matching(request, said)[:MOST_COLLECTIONS]
    ]


def _pages(request: HttpRequest, said: str) -> list[Place]:
    overview = Place(_("Collections"), "database", reverse("admin:collections"))
    named = [page for page in (*pages_of(request), overview) if said.lower() in page.label.lower()]
    return [page for page in named if may_open(request, page.address)]


def _settings(request: HttpRequest, said: str) -> list[Place]:
    """Only for superusers who say something: there are many."""
    if not said or member_of(request) is not None:
        return []
    places = [place for group in sections_of(request) for place in group.places]
    return [place for place in places if said.lower() in place.label.lower()]


def _actions(request: HttpRequest, said: str) -> list[Place]:
    if not said:
        return []
    writable = [one for one in _matching(request, said) if may(request, "add", one)][:3]
    return [
        Place(
            _("New record in %(collection)s") % {"collection": one.name},
            "plus",
            reverse("admin:new_record", args=[one.name]),
        )
        for one in writable
    ]


def _records(request: HttpRequest, record_id: str) -> list[Place]:
    """Views are left out: to find a row of one by its id may take as long as all of it."""
    found = []
    info = acting_info(request)
    asked = [one for one in catalog().collections if not one.is_view and may(request, "view", one)]
    for collection in asked[:MOST_ASKED]:
        check_time()
        record = find_record(collection, record_id)
        if record is not None:
            item = present([record], info)[0]
            label = f"{label_of(collection, item)} · {collection.name}"
            found.append(Place(label, collection_icon(collection), record_address(collection, record_id)))
    return found
