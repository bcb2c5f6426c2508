"""Forms by which a browser keeps how somebody likes the dashboard: theme, language, pins, columns."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from admin_ui.addresses import DASHBOARD
from admin_ui.answering import answering
from admin_ui.pages.languages import languages
from admin_ui.preferences import THEMES, keep, keep_words, words_of
from admin_ui.records.listing import Place
from admin_ui.shell import collection_address
from collections_app.views.guards import require_collection


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """For everybody, who has not signed in as well."""
    response = _back(request, reverse("admin:index"))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        keep(response, "theme", theme)
    return response


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """For everybody; none goes back to what the browser asks for."""
    response = _back(request, reverse("admin:index"))
    language = request.POST.get("language", "")
    if language in languages():
        keep(response, "language", language)
    else:
        response.delete_cookie("language", path=DASHBOARD, samesite="Lax")
    return response


@require_POST
@answering
def set_pin(request: HttpRequest, collection: str) -> HttpResponse:
    """Pin a collection, or take it off when it is."""
    found = require_collection(collection)
    pinned = words_of(request, "pinned") or ()
    others = tuple(one for one in pinned if one != found.id)
    response = _back(request, collection_address(found))
    keep_words(response, "pinned", others if found.id in pinned else (*pinned, found.id))
    return response


@require_POST
@answering
def set_columns(request: HttpRequest, collection: str) -> HttpResponse:
    """Show just these columns; none chosen goes back to those that are shown by themselves."""
    found = require_collection(collection)
    address = collection_address(found)
    names = tuple(name for name in request.POST.getlist("columns") if name in found.fields_by_name)
    place = Place.read(found, QueryDict(urlsplit(request.POST.get("back", "")).query))
    if place.columns:
        # The address says them, as that of a saved view does: so it goes on to say them.
        return HttpResponseRedirect(place.with_columns(() if "reset" in request.POST else names).address)
    response = _back(request, address)
    if names and "reset" not in request.POST:
        # It goes with requests for this collection only, so that however many there are, it stays small.
        keep_words(response, "columns", names, path=address)
    else:
        response.delete_cookie("columns", path=address, samesite="Lax")
    return response


def _back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To where the form was, never to another host."""
    to = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(to, allowed_hosts=None) and to.startswith("/")
    return HttpResponseRedirect(to if is_ours else otherwise)
