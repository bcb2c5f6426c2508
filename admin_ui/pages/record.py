"""One record on a sheet of its own beside the list: to look at, to change, to make, to copy and to delete."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_http_methods

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.pages.record_sheet import deeds_of, find_item, tabs_of
from admin_ui.pages.records import with_panel
from admin_ui.records.addresses import id_in, record_address
from admin_ui.records.inputs import Submitted, inputs_of, read_form
from admin_ui.records.labels import label_of
from admin_ui.records.listing import Place, file_token
from admin_ui.staff.guarding import may
from admin_ui.staff.seeing import inputs_for_staff
from admin_ui.unlocking import problem_of_lock
from collections_app.collection import Collection
from collections_app.fields.autodate_field import AutodateField
from collections_app.fields.file_field import FileField
from collections_app.records.reading.presenting import Json
from collections_app.records.writing.creating import create_record
from collections_app.records.writing.deleting import delete_record
from collections_app.records.writing.submitted import new_record
from collections_app.records.writing.updating import update_record
from collections_app.views.guards import require_collection, require_writable
from platform_app.wire.errors import ApiError, BadRequest, ErrorTree, FieldError, Forbidden, Invalid, NotFound


@method_decorator(answering, name="dispatch")
class RecordPage(View):
    """`collections/NAME/records/ID/`: the record in its form; locked where nobody can write."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
        found = require_collection(collection)
        return _record(request, found, find_item(request, found, id_in(record_id)))

    def post(self, request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
        found = require_writable(collection)
        id_ = id_in(record_id)
        submitted = read_form(request, found, is_new=False)
        if locked := problem_of_lock(request):
            return _record(request, found, find_item(request, found, id_), submitted, problem=locked)
        if submitted.errors:
            return _record(request, found, find_item(request, found, id_), submitted, submitted.errors)
        info = acting_info(request, method="PATCH", body=submitted.body)
        try:
            # What somebody did not change is nothing that they have to mend first.
            update_record(found, id_, info=info, uploads=submitted.uploads, keeps_dangling=True)
        except NotFound:
            raise
        except BadRequest as error:
            item = find_item(request, found, id_)
            return _record(request, found, item, submitted, texts_of_errors(error.data), _told(error))
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(record_address(found, id_) + Place.read(found, request.GET).query)


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def new_record_page(request: HttpRequest, collection: str) -> HttpResponse:
    """A record to be filled in, empty or as a copy of the one that `from` names."""
    found = require_writable(collection)
    original = find_item(request, found, request.GET["from"]) if request.GET.get("from") else None
    if request.method != "POST":
        return _record(request, found, None, original=original)
    submitted = read_form(request, found, is_new=True)
    if submitted.errors:
        return _record(request, found, None, submitted, submitted.errors, original=original)
    info = acting_info(request, method="POST", body=submitted.body)
    try:
        created = create_record(found, info=info, uploads=submitted.uploads)
    except BadRequest as error:
        errors = texts_of_errors(error.data)
        return _record(request, found, None, submitted, errors, _told(error), original=original)
    place = Place.read(found, request.GET)
    if created is None:  # a hook stopped it
        return HttpResponseRedirect(place.address)
    messages.success(request, _("Created."))
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
    item = find_item(request, found, id_)
    problem = problem_of_lock(request)
    if request.method == "POST" and not problem:
        try:
            delete_record(found, id_, info=acting_info(request, method="DELETE"))
        except NotFound:
            raise
        except ApiError as error:
            problem = error.message
        else:
            messages.success(request, _("Deleted %(label)s.") % {"label": label_of(found, item)})
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


def _told(error: BadRequest) -> str:
    """What people are told of a write that failed; of a cause for the log alone, that it is there."""
    is_logged = error.__cause__ is not None and not isinstance(error.__cause__, Invalid)
    where = _("The log says why.")
    return f"{error.message} {where}" if is_logged else error.message


def _record(
    request: HttpRequest,
    collection: Collection,
    item: Json | None,
    submitted: Submitted | None = None,
    errors: dict[str, str] | None = None,
    problem: str = "",
    original: Json | None = None,
) -> HttpResponse:
    """The sheet with the form, with what somebody filled in and what is wrong about it.

    `original` is what a new record begins as a copy of.
    """
    blank = _blank(collection)
    may_save = may(request, "change" if item else "add", collection, str(item["id"]) if item else "")
    inputs = inputs_of(
        collection,
        item or original,
        values=item or (blank if original is None else _copied(collection, original, blank)),
        file_token=file_token(request, collection),
        submitted=submitted,
        errors=errors,
        is_locked=not may_save,
        blank=blank if original else None,
    )
    inputs = inputs_for_staff(request, inputs)
    errors = errors or {}
    known = {one.field.name for one in inputs} | {"password", "passwordConfirm"}
    panel = {
        "panel": "admin_ui/records/form.html",
        "item": item,
        "current_id": str(item["id"]) if item else "",
        "label": label_of(collection, item)
        if item
        else _("New record in %(name)s") % {"name": collection.name},
        "inputs": inputs,
        "problem": _("Nothing was saved: look at what is marked.") if errors else problem,
        "other_errors": {name: text for name, text in errors.items() if name not in known},
        "password_error": errors.get("password", ""),
        "confirm_error": errors.get("passwordConfirm", ""),
        "tabs": tabs_of(request, collection, str(item["id"])) if item else [],
        "deeds": deeds_of(request, collection, item) if item else [],
        "autodates": [field.name for field in collection.fields if isinstance(field, AutodateField)],
        "is_changed": submitted is not None or original is not None,
        "is_inside": "inside" in request.GET,
        "may_save": may_save,
    }
    return with_panel(request, collection, panel)


def _blank(collection: Collection) -> Json:
    values = new_record(collection).values
    return {field.name: field.to_json(values[field.name]) for field in collection.fields}


def _copied(collection: Collection, original: Json, blank: Json) -> Json:
    """What a copy begins with: not the files, which belong to the other record, nor its id and dates."""
    own = {field.name for field in collection.fields if isinstance(field, AutodateField | FileField)} | {"id"}
    return {name: blank[name] if name in own else original.get(name, blank[name]) for name in blank}
