"""The sheet on which somebody says by field what to look for; it comes back as the list's filter."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from admin_ui.answering import answering
from admin_ui.lists.conditions import conditions_in, said_conditions, text_of
from admin_ui.pages.records import with_panel
from admin_ui.records.listing import Place
from admin_ui.records.searching import filter_for
from collections_app.views.guards import require_collection


@require_safe
@answering
def filter_by_fields(request: HttpRequest, collection: str) -> HttpResponse:
    found = require_collection(collection)
    place = Place.read(found, request.GET)
    # A plain term has to become an expression before anything can stand beside it.
    conditions, rest = conditions_in(found, filter_for(found, place.filter))
    if "apply" in request.GET:
        return HttpResponseRedirect(
            place.filtered_by(text_of(said_conditions(found, request.GET), rest)).address
        )
    panel = {
        "panel": "admin_ui/lists/conditions.html",
        "label": _("Filter %(collection)s") % {"collection": found.name},
        "conditions": conditions,
        "rest": rest,
    }
    return with_panel(request, found, panel)
