"""Records that a relation may lead to, found by a few letters: a list for the picker in a record's form."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from admin_ui.answering import answering
from admin_ui.records.labels import label_of
from admin_ui.records.listing import Place, find_items
from collections_app.views.guards import require_collection
from platform_app.wire.errors import BadRequest

MOST_CHOICES = 20


@require_safe
@answering
def record_choices(request: HttpRequest, collection: str) -> HttpResponse:
    found = require_collection(collection)
    place = Place(found, filter=request.GET.get("q", ""))
    try:
        items = find_items(request, place, ())[:MOST_CHOICES]
    except BadRequest:
        items = []
    choices = [(str(item["id"]), label_of(found, item)) for item in items]
    return render(request, "admin_ui/records/choices.html", {"choices": choices})
