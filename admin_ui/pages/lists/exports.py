"""Downloads of records: of all that a list's filter leaves, or of the selected ones."""

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from admin_ui.answering import answering
from admin_ui.lists.exporting import export
from admin_ui.lists.formats import format_of
from admin_ui.pages.records import MOST_SELECTED
from admin_ui.records.listing import Place, place_columns
from collections_app.views.guards import require_collection


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def export_records(request: HttpRequest, collection: str) -> HttpResponseBase:
    """`format` is the format's name; with `shown` the file has the columns that the list shows.

    A form with `ids` gets these records.
    """
    found = require_collection(collection)
    place = Place.read(found, request.GET)
    said = request.POST if request.method == "POST" else request.GET
    format_ = format_of(said.get("format", ""))
    ids = list(dict.fromkeys(request.POST.getlist("ids")))[:MOST_SELECTED]
    if format_ is None or (request.method == "POST" and not ids):
        return HttpResponseRedirect(place.address)
    names = tuple(column.name for column in place_columns(request, place) if column.is_shown)
    return export(request, place, format_, names=names if "shown" in said else (), ids=ids or None)
