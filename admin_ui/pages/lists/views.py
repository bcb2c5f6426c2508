"""Saved views: a form that keeps a list under a name, and what takes one away again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from admin_ui.acting import superuser_record
from admin_ui.answering import answering
from admin_ui.lists.saved_views import MOST_NAME_CHARACTERS, delete_view, save_view, view_tabs
from admin_ui.pages.records import with_panel
from admin_ui.preferences import words_of
from admin_ui.records.listing import Place, names_in
from collections_app.views.guards import require_collection
from platform_app.wire.errors import BadRequest


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def saved_views(request: HttpRequest, collection: str) -> HttpResponse:
    """The sheet with a form for the list as it is, and one's own views."""
    found = require_collection(collection)
    place = Place.read(found, request.GET)
    owner_id = superuser_record(request).id
    problem = ""
    if request.method == "POST":
        kept = place
        if "with_columns" in request.POST and not place.columns:
            kept = place.with_columns(names_in(found, ".".join(words_of(request, "columns") or ())))
        elif "with_columns" not in request.POST:
            kept = place.with_columns(())
        try:
            save_view(kept, owner_id, request.POST.get("name", ""), is_shared="is_shared" in request.POST)
        except BadRequest as error:
            problem = error.message
        else:
            messages.success(request, _("View saved."))
            return HttpResponseRedirect(kept.at_page(1).address)
    panel = {
        "panel": "admin_ui/lists/views.html",
        "label": _("Views of %(collection)s") % {"collection": found.name},
        "saved": view_tabs(place, owner_id),
        "problem": problem,
        "name": request.POST.get("name", ""),
        "most_characters": MOST_NAME_CHARACTERS,
    }
    return with_panel(request, found, panel)


@require_POST
@answering
def delete_saved_view(request: HttpRequest, collection: str, view_id: str) -> HttpResponse:
    found = require_collection(collection)
    delete_view(found, superuser_record(request).id, view_id)
    messages.success(request, _("View deleted."))
    return HttpResponseRedirect(Place.read(found, request.GET).address)
