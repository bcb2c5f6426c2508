"""Records that a relation may lead to, found by a few letters: a list for the picker in a record's form."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from admin_ui.answering import answering
from admin_ui.records.addresses import record_address
from admin_ui.records.labels import label_of
from admin_ui.records.listing import PER_PAGE, Place, find_items
from collections_app.views.guards import require_collection
from platform_app.wire.errors import BadRequest


@dataclass(frozen=True)
class Choice:
    """`more` tells apart who is called the same."""

    id: str
    label: str
    more: str
    address: str


@require_safe
@answering
def record_choices(request: HttpRequest, collection: str) -> HttpResponse:
    """A page of them; the button at its end has the number of the next one."""
    found = require_collection(collection)
    place = Place.read(found, {"filter": request.GET.get("q", ""), "page": request.GET.get("page", "")})
    problem = ""
    try:
        items = find_items(request, place, ())
    except BadRequest:
        items, problem = [], _("The filter cannot be used.")
    choices = []
    for item in items:
        id_, label = str(item["id"]), label_of(found, item)
        email = str(item.get("email") or "") if found.is_auth else ""
        more = email if email and email != label else id_
        choices.append(Choice(id_, label, more, record_address(found, id_)))
    context = {
        "choices": choices,
        "is_person": found.is_auth,
        "is_first": place.page == 1,
        "next": place.page + 1 if len(items) == PER_PAGE else 0,
        "problem": problem,
    }
    return render(request, "admin_ui/records/choices.html", context)
