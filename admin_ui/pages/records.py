"""The list of a collection's records: one family of views for all, made per request of the catalog."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.lists.saved_views import view_tabs
from admin_ui.maps import allow_map, map_context
from admin_ui.preferences import keep_words, words_of
from admin_ui.records.labels import label_of
from admin_ui.records.listing import Place, count_items, place_of, read_listing
from admin_ui.shell import collection_icon
from admin_ui.staff.guarding import may
from admin_ui.staff.members import member_of
from admin_ui.unlocking import asks_to_unlock, problem_of_lock
from collections_app.collection import Collection
from collections_app.exposing.exposures import accepts_writes, exposure_of
from collections_app.records.querying.finding import find_records
from collections_app.records.reading.presenting import present
from collections_app.records.writing.deleting import delete_record
from collections_app.views.guards import require_collection
from platform_app.database.transactions import unit_of_work
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import ApiError, BadRequest

MOST_SELECTED = 1000
# What a link sends that wants the second sheet only, or that to be gone.
_ONLY_PANEL = "HTTP_X_PART"


@require_safe
@answering
def records_page(request: HttpRequest, collection: str) -> HttpResponse:
    return with_panel(request, require_collection(collection), {})


def with_panel(request: HttpRequest, collection: Collection, panel: dict[str, Any]) -> HttpResponse:
    """The list with the second sheet beside it; that alone for links that ask for it."""
    panel = {**map_context(collection), **panel}
    if request.META.get(_ONLY_PANEL) == "panel":
        place = Place.read(collection, request.GET)
        context = {"collection": collection, "place": place, **rights_in(request, collection)}
        response = render(request, "admin_ui/records/panel_alone.html", {**context, **panel})
    else:
        response = render(request, "admin_ui/records/list.html", list_context(request, collection, **panel))
    patch_vary_headers(response, ["X-Part"])
    if words_of(request, "last") != (collection.id,):
        keep_words(response, "last", (collection.id,))
    allow_map(response, collection)
    return response


def list_context(request: HttpRequest, collection: Collection, **more: Any) -> dict[str, Any]:
    """What `records/list.html` shows; with `panel` in `more` it has a second sheet."""
    listing = read_listing(request, collection)
    return {
        **admin.site.each_context(request),
        "title": collection.name,
        "collection": collection,
        "collection_icon": collection_icon(collection),
        "is_pinned": collection.id in (words_of(request, "pinned") or ()),
        **rights_in(request, collection),
        "has_editor": not current().meta.hides_controls
        and exposure_of(collection) is None
        and member_of(request) is None,
        "listing": listing,
        "place": listing.place,
        "views": view_tabs(listing.place, str(request.user.pk)),
        "unsorted": listing.place.sorted_by("").address,
        "shown_columns": sum(column.is_shown for column in listing.columns),
        **more,
    }


def rights_in(request: HttpRequest, collection: Collection) -> dict[str, bool]:
    """What the buttons of the list, and of the sheet beside it, go by."""
    return {
        "asks_to_unlock": asks_to_unlock(),
        "may_add": may(request, "add", collection),
        "may_change": may(request, "change", collection),
        "may_delete": may(request, "delete", collection),
        "is_staff": member_of(request) is not None,
    }


@require_safe
@answering
def record_count(request: HttpRequest, collection: str) -> HttpResponse:
    """How many records the list has, for the foot of it: asked for when the rows are there."""
    place = place_of(request, collection)
    try:
        total = count_items(request, place)
    except BadRequest:
        return render(request, "admin_ui/records/count.html", {"place": place, "total": None})
    return render(request, "admin_ui/records/count.html", {"place": place, "total": total})


@require_POST
@answering
def delete_selected(request: HttpRequest, collection: str) -> HttpResponse:
    """Ask, and then delete all selected records in one transaction, or none of them."""
    found = require_collection(collection)
    place = Place.read(found, request.GET)
    ids = list(dict.fromkeys(request.POST.getlist("ids")))[:MOST_SELECTED]
    if not ids or not accepts_writes(found):
        return HttpResponseRedirect(place.address)
    problem = problem_of_lock(request) if "confirmed" in request.POST else ""
    if "confirmed" in request.POST and not problem:
        try:
            with unit_of_work():
                info = acting_info(request, method="DELETE")
                # A hook may keep one of them, which is no failure.
                gone = sum(delete_record(found, record_id, info=info) for record_id in ids)
        except ApiError as error:
            problem = error.message
        else:
            told = ngettext("Deleted %(count)d record.", "Deleted %(count)d records.", gone)
            messages.success(request, told % {"count": gone})
            return HttpResponseRedirect(place.address)
    records = present(find_records(found, ids), acting_info(request))
    context = {
        **admin.site.each_context(request),
        "title": ngettext("Delete %(count)d record", "Delete %(count)d records", len(ids))
        % {"count": len(ids)},
        "collection": found,
        "collection_icon": collection_icon(found),
        "place": place,
        "ids": ids,
        "labels": [label_of(found, item) for item in records],
        "problem": problem,
        "asks_to_unlock": asks_to_unlock(),
    }
    return render(request, "admin_ui/records/delete_selected.html", context)
