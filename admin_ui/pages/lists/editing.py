"""Pages that change several records at once: one field of all selected, or short fields row by row."""

from dataclasses import dataclass

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.lists.editing import Refused, bulk_fields, change_records, row_fields
from admin_ui.maps import allow_map, map_context
from admin_ui.pages.record import texts_of_errors
from admin_ui.pages.records import MOST_SELECTED
from admin_ui.records.addresses import record_address
from admin_ui.records.columns import ICONS
from admin_ui.records.inputs import digest, inputs_of, read_value, texts_of
from admin_ui.records.labels import label_of
from admin_ui.records.listing import PER_PAGE, Place, find_items, place_columns
from admin_ui.shell import collection_icon
from admin_ui.unlocking import asks_to_unlock, problem_of_lock
from collections_app.collection import Collection
from collections_app.exposing.exposures import accepts_writes
from collections_app.fields.base import Field
from collections_app.fields.select_field import SelectField
from collections_app.records.querying.finding import find_records
from collections_app.records.reading.presenting import Json, present
from collections_app.records.writing.submitted import new_record
from collections_app.views.guards import require_collection, require_writable
from platform_app.wire.errors import BadRequest, FieldError

# What is longer, or has lines, is edited in the record's own form.
MOST_CHARACTERS = 200


@require_POST
@answering
def edit_selected(request: HttpRequest, collection: str) -> HttpResponse:
    """Ask which field gets which value, and give it to all selected records, or to none of them."""
    found = require_collection(collection)
    place = Place.read(found, request.GET)
    ids = list(dict.fromkeys(request.POST.getlist("ids")))[:MOST_SELECTED]
    if not ids or not accepts_writes(found):
        return HttpResponseRedirect(place.address)
    fields = {field.name: field for field in bulk_fields(found)}
    chosen = fields.get(request.POST.get("field", ""))
    errors: dict[str, str] = {}
    problem = ""
    if "confirmed" in request.POST:
        if chosen is None:
            problem = _("Choose a field.")
        elif not (problem := problem_of_lock(request)):
            try:
                value = read_value(chosen, _texts(request, chosen))
                info = acting_info(request, method="PATCH")
                changed = change_records(found, ((one, {chosen.name: value}) for one in ids), info=info)
            except FieldError as error:
                errors = {chosen.name: error.message}
            except Refused as refused:
                errors = texts_of_errors(refused.error.data)
                problem = f"{_label(request, found, refused.record_id)}: {refused.sentence}"
            else:
                told = ngettext("Changed %(count)d record.", "Changed %(count)d records.", changed)
                messages.success(request, told % {"count": changed})
                return HttpResponseRedirect(place.address)
    blank = new_record(found)
    values = {name: field.to_json(blank.values[name]) for name, field in fields.items()}
    inputs = [one for one in inputs_of(found, None, values=values, errors=errors) if one.field.name in fields]
    title = ngettext("Edit %(count)d record", "Edit %(count)d records", len(ids)) % {"count": len(ids)}
    context = {
        **_context(request, place, title),
        **map_context(found),
        "ids": ids,
        "inputs": inputs,
        "chosen": chosen.name if chosen else "",
        "problem": problem,
        "other_errors": {name: text for name, text in errors.items() if name not in fields},
    }
    response = render(request, "admin_ui/lists/edit_selected.html", context)
    allow_map(response, found)
    return response


def _texts(request: HttpRequest, field: Field) -> tuple[str, ...]:
    texts = request.POST.getlist(f"field.{field.name}")
    is_choice = field.type in {"select", "relation"}
    return tuple(text.replace("\r\n", "\n") for text in texts if text or not is_choice)


def _label(request: HttpRequest, collection: Collection, record_id: str) -> str:
    items = present(find_records(collection, [record_id]), acting_info(request))
    return label_of(collection, items[0]) if items else record_id


# --- row by row -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EditedCell:
    """`name` is that of its control, "" for a value that is only shown; `was` is a digest of what it was."""

    field: Field
    name: str
    text: str
    was: str
    error: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """Those that there are, and the one that the record has."""
        values = tuple(self.field.values or ()) if isinstance(self.field, SelectField) else ()
        return values if not self.text or self.text in values else (*values, self.text)


@dataclass(frozen=True)
class EditedRow:
    id: str
    label: str
    address: str
    cells: tuple[EditedCell, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def edit_rows(request: HttpRequest, collection: str) -> HttpResponse:
    """The short fields of a page of the list as controls; what somebody changed is saved, or nothing."""
    found = require_writable(collection)
    place = Place.read(found, request.GET)
    shown = [column.name for column in place_columns(request, place) if column.is_shown]
    fields = [field for field in row_fields(found) if field.name in shown]
    fields.sort(key=lambda field: shown.index(field.name))
    errors: dict[tuple[str, str], str] = {}
    problem = ""
    if request.method == "POST":
        changes, errors = _changes(request, fields)
        if errors:
            problem = _("Nothing was saved: look at what is marked.")
        elif not (problem := problem_of_lock(request)):
            try:
                changed = change_records(found, changes.items(), info=acting_info(request, method="PATCH"))
            except Refused as refused:
                told = texts_of_errors(refused.error.data)
                errors = {(refused.record_id, name): text for name, text in told.items()}
                label = _label(request, found, refused.record_id)
                problem = f"{label}: {refused.sentence} " + _("Nothing was saved.")
            else:
                text = ngettext("Saved %(count)d record.", "Saved %(count)d records.", changed)
                messages.success(request, text % {"count": changed})
                return HttpResponseRedirect(request.get_full_path())
    try:
        items = _sent_items(request, found) if request.method == "POST" else find_items(request, place, ())
    except BadRequest:
        return HttpResponseRedirect(place.address)  # where it says what is wrong with the filter
    rows = [
        EditedRow(
            str(item["id"]),
            label_of(found, item),
            record_address(found, str(item["id"])) + place.query,
            tuple(_cell(request, number, field, item, errors) for field in fields),
        )
        for number, item in enumerate(items)
    ]
    context = {
        **_context(request, place, _("Edit rows")),
        "fields": [(field, ICONS.get(field.type, "puzzle")) for field in fields],
        "rows": rows,
        "problem": problem,
        "is_changed": request.method == "POST",
    }
    return render(request, "admin_ui/lists/edit_rows.html", context)


def _cell(
    request: HttpRequest,
    number: int,
    field: Field,
    item: Json,
    errors: dict[tuple[str, str], str],
) -> EditedCell:
    texts = texts_of(field, item.get(field.name))
    text = texts[0] if texts else ""
    record_id = str(item["id"])
    if len(text) > MOST_CHARACTERS or "\n" in text:
        return EditedCell(field, "", text[:MOST_CHARACTERS], "")
    name = f"cell.{number}.{field.name}"
    if request.method == "POST":
        # What somebody typed, and what it was when they saw it.
        was = request.POST.get(f"was.{name}", digest([text]))
        error = errors.get((record_id, field.name), "")
        return EditedCell(field, name, request.POST.get(name, ""), was, error)
    return EditedCell(field, name, text, digest([text]))


def _sent_items(request: HttpRequest, collection: Collection) -> list[Json]:
    """The records of a form that comes back, in its order, whatever the list would have by now."""
    sent = (request.POST.get(f"row.{number}", "") for number in range(PER_PAGE))
    return present(
        find_records(collection, [record_id for record_id in sent if record_id]), acting_info(request)
    )


def _changes(
    request: HttpRequest, fields: list[Field]
) -> tuple[dict[str, dict[str, object]], dict[tuple[str, str], str]]:
    """The new values by record and field, and what is wrong with others."""
    changes: dict[str, dict[str, object]] = {}
    errors: dict[tuple[str, str], str] = {}
    for number in range(PER_PAGE):
        record_id = request.POST.get(f"row.{number}", "")
        for field in fields:
            name = f"cell.{number}.{field.name}"
            was = request.POST.get(f"was.{name}")
            text = request.POST.get(name, "")
            if not record_id or was is None or digest([text]) == was:
                continue
            try:
                changes.setdefault(record_id, {})[field.name] = read_value(field, (text,))
            except FieldError as error:
                errors[record_id, field.name] = error.message
    return changes, errors


def _context(request: HttpRequest, place: Place, title: str) -> dict[str, object]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "collection": place.collection,
        "collection_icon": collection_icon(place.collection),
        "place": place,
        "asks_to_unlock": asks_to_unlock(),
    }
