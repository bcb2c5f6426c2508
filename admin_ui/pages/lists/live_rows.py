"""Rows of a list as they are now: asked for by a page that has heard of changes (`live.js`)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from admin_ui.answering import answering
from admin_ui.records.listing import place_of, read_rows

MOST_ROWS = 100


@require_safe
@answering
def live_rows(request: HttpRequest, collection: str) -> HttpResponse:
    """Those of `ids` that there are and that the list's filter leaves."""
    place = place_of(request, collection)
    ids = list(dict.fromkeys(request.GET.getlist("ids")))[:MOST_ROWS]
    listing = read_rows(request, place, ids)
    context = {
        "listing": listing,
        "collection": place.collection,
        "place": place,
        "shows_pictures": "pictures" in request.GET,
    }
    return render(request, "admin_ui/records/rows_alone.html", context)
