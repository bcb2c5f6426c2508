"""One record on a sheet of its own beside the list: to look at, to change, to make and to delete."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import require_http_methods

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.pages.records import with_panel
from admin_ui.records.addresses import deletion_address, id_in, record_address
from admin_ui.records.inputs import Submitted, inputs_of, read_form
from admin_ui.records.labels import label_of
from admin_ui.records.listing import Place, file_token
from admin_ui.staff.guarding import may
from admin_ui.staff.seeing import expandable, inputs_for_staff
from collections_app.collection import Collection
from collections_app.events import RecordRequestEvent, record_view_request
from collections_app.records.querying.finding import view_record
from collections_app.records.reading.presenting import Json, present
from collections_app.records.writing.creating import create_record
from collections_app.records.writing.deleting import delete_record
from collections_app.records.writing.submitted import new_record
from collections_app.records.writing.updating import update_record
from collections_app.views.guards import require_collection, require_writable
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import ApiError, BadRequest, ErrorTree, FieldError, Forbidden, NotFound

_LOCKED = "Nothing was saved: controls are locked in the settings, so unlock this record first."


@method_decorator(answering, name="dispatch")
class RecordPage(View):
    """`collections/NAME/records/ID/`: the record in its form; locked where nobody can write."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
        found = require_collection(collection)
        return _record(request, found, _item(request, found, id_in(record_id)))

    def post(self, request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
        found = require_writable(collection)
        id_ = id_in(record_id)
        submitted = read_form(request, found, is_new=False)
        if current().meta.hides_controls and "unlocked" not in request.POST:
            return _record(request, found, _item(request, found, id_), submitted, problem=_LOCKED)
        if submitted.errors:
            return _record(request, found, _item(request, found, id_), submitted, submitted.errors)
        info = acting_info(request, method="PATCH", body=submitted.body)
        try:
            update_record(found, id_, info=info, uploads=submitted.uploads)
        except NotFound:
            raise
        except BadRequest as error:
            item = _item(request, found, id_)
            return _record(request, found, item, submitted, texts_of_errors(error.data), error.message)
        messages.success(request, "Saved.")
        return HttpResponseRedirect(record_address(found, id_) + Place.read(found, request.GET).query)


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def new_record_page(request: HttpRequest, collection: str) -> HttpResponse:
    found = require_writable(collection)
    if request.method != "POST":
        return _record(request, found, None)
    submitted = read_form(request, found, is_new=True)
    if submitted.errors:
        return _record(request, found, None, submitted, submitted.errors)
    info = acting_info(request, method="POST", body=submitted.body)
    try:
        created = create_record(found, info=info, uploads=submitted.uploads)
    except BadRequest as error:
        return _record(request, found, None, submitted, texts_of_errors(error.data), error.message)
    place = Place.read(found, request.GET)
    if created is None:  # a hook stopped it
        return HttpResponseRedirect(place.address)
    messages.success(request, "Created.")
    return HttpResponseRedirect(record_address(found, str(created["id"])) + place.query)


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def delete_page(request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
    """Asks, and deletes."""
    found = require_writable(collection)
    id_ = id_in(record_id)
    if not may(request, "delete", found, id_):
        raise Forbidden("You may not delete this record.")
    place = Place.read(found, request.GET)
    item = _item(request, found, id_)
    problem = ""
    if request.method == "POST":
        try:
            delete_record(found, id_, info=acting_info(request, method="DELETE"))
        except NotFound:
            raise
        except ApiError as error:
            problem = error.message
        else:
            messages.success(request, f"Deleted {label_of(found, item)}.")
            return HttpResponseRedirect(place.address)
    panel = {
        "panel": "admin_ui/records/delete.html",
        "current_id": id_,
        "label": label_of(found, item),
        "problem": problem,
        "back": record_address(found, id_) + place.query,
    }
    return with_panel(request, found, panel)


def texts_of_errors(errors: ErrorTree) -> dict[str, str]:
    """Each field's error as one sentence.

    >>> texts_of_errors({"a": FieldError("x", "No."), "b": {"0": FieldError("y", "Not so.")}})
    {'a': 'No.', 'b': 'Not so.'}
    """
    told = {}
    for name, error in errors.items():
        while isinstance(error, Mapping) and error:
            error = next(iter(error.values()))
        if isinstance(error, FieldError):
            told[name] = error.message
    return told


def _item(request: HttpRequest, collection: Collection, record_id: str) -> Json:
    """The record as the API presents it, with what its relations lead to. Raises NotFound."""
    relations = ",".join(field.name for field in expandable(request, collection.fields))
    info = acting_info(request, query={"expand": relations})
    event = RecordRequestEvent(info, collection, view_record(collection, record_id, info=info))
    item: Json | None = record_view_request.trigger(
        event, lambda: present([event.record], event.info, relations)[0]
    )
    if item is None:
        raise NotFound
    return item


def _record(
    request: HttpRequest,
    collection: Collection,
    item: Json | None,
    submitted: Submitted | None = None,
    errors: dict[str, str] | None = None,
    problem: str = "",
) -> HttpResponse:
    """The sheet with the form, with what somebody filled in and what is wrong about it."""
    place = Place.read(collection, request.GET)
    blank = new_record(collection)
    values = item or {field.name: field.to_json(blank.values[field.name]) for field in collection.fields}
    record_id = str(item["id"]) if item else ""
    may_save = may(request, "change" if item else "add", collection, record_id)
    inputs = inputs_of(
        collection,
        item,
        values=values,
        file_token=file_token(request, collection),
        submitted=submitted,
        errors=errors,
        is_locked=not may_save,
    )
    inputs = inputs_for_staff(request, inputs)
    errors = errors or {}
    known = {one.field.name for one in inputs} | {"password", "passwordConfirm"}
    panel = {
        "panel": "admin_ui/records/form.html",
        "item": item,
        "current_id": str(item["id"]) if item else "",
        "label": label_of(collection, item) if item else f"New record in {collection.name}",
        "inputs": inputs,
        "problem": "Nothing was saved: look at what is marked." if errors else problem,
        "other_errors": {name: text for name, text in errors.items() if name not in known},
        "password_error": errors.get("password", ""),
        "confirm_error": errors.get("passwordConfirm", ""),
        "deletion": deletion_address(collection, str(item["id"])) + place.query if item else "",
        "is_changed": submitted is not None,
        "may_save": may_save,
        "may_delete": item is not None and may(request, "delete", collection, record_id),
    }
    return with_panel(request, collection, panel)
