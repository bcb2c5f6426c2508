"""Other looks at a record: as JSON, as a card beside what leads to it, and its files."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.pages.record_sheet import find_item, sheet
from admin_ui.records.addresses import id_in, record_address
from admin_ui.records.cells import as_list, file_address
from admin_ui.records.json_text import json_text
from admin_ui.records.labels import cut, label_of
from admin_ui.records.listing import file_token
from collections_app.collection import Collection
from collections_app.fields.file_field import FileField
from collections_app.records.querying.finding import find_records
from collections_app.records.reading.presenting import Json, present
from collections_app.views.guards import require_collection
from platform_app.wire.errors import NotFound

_MOST_CARD_CHARACTERS = 1500


@require_safe
@answering
def json_page(request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
    """The record as the API would send it, to copy; with `download` as a file."""
    found = require_collection(collection)
    item = find_item(request, found, id_in(record_id))
    plain = {name: value for name, value in item.items() if name != "expand"}
    text = json_text(plain)
    if "download" in request.GET:
        name = f"{found.name}-{item['id']}.json"
        headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
        return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)
    return sheet(request, found, item, "admin_ui/records/json.html", text=text)


@require_safe
@answering
def record_card(request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
    """What a record is, in short: for whom a chip with its name is not enough."""
    found = require_collection(collection)
    item = _one(request, found, id_in(record_id))
    text = cut(json_text(item), _MOST_CARD_CHARACTERS)
    context = {"label": label_of(found, item), "collection": found, "text": text}
    context["address"] = record_address(found, str(item["id"]))
    return render(request, "admin_ui/records/card.html", context)


@require_safe
@never_cache
@answering
def record_file(request: HttpRequest, collection: str, record_id: str, name: str) -> HttpResponse:
    """To a file of the record, with a token of this moment where it is protected."""
    found = require_collection(collection)
    item = _one(request, found, id_in(record_id))
    wanted = id_in(name)
    for field in found.fields:
        if isinstance(field, FileField) and wanted in as_list(item.get(field.name)):
            token = file_token(request, found) if field.protected else ""
            return HttpResponseRedirect(file_address(found, str(item["id"]), wanted, token=token))
    raise Http404


def _one(request: HttpRequest, collection: Collection, record_id: str) -> Json:
    """Without what its relations lead to. Raises NotFound."""
    items = present(find_records(collection, [record_id]), acting_info(request))
    if not items:
        raise NotFound
    return items[0]
