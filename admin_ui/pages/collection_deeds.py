"""What one does with a whole collection: read its definition, empty it, delete it."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.collection.review import MOST_LOOKED_AT
from admin_ui.collection.saving import edited_collection
from admin_ui.confirming import has_typed
from admin_ui.pretty_json import pretty_json
from admin_ui.shell import collection_icon
from collections_app.collection import Collection
from collections_app.definitions.definition_json import definition_as_json
from collections_app.definitions.refusals import NeededByViews
from collections_app.definitions.submitting import submit_deletion, submit_truncation
from collections_app.tables.losses_sql import count_records
from platform_app.wire.errors import ApiError, BadRequest, Forbidden


@require_safe
@answering
def collection_json(request: HttpRequest, collection: str) -> HttpResponse:
    """The definition as the API shows it, over several lines."""
    text = pretty_json(definition_as_json(edited_collection(collection)))
    return HttpResponse(text, content_type="application/json")


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def truncate_page(request: HttpRequest, collection: str) -> HttpResponse:
    """Asks for the name, and deletes all records."""
    found = edited_collection(collection)
    if found.is_view:
        raise BadRequest(gettext("A view has no records of its own."))
    problem = ""
    if request.method == "POST" and has_typed(request, found.name):
        try:
            submit_truncation(found)
        except ApiError as error:
            problem = error.message
        else:
            messages.success(request, gettext("Deleted all records of {name}.").format(name=found.name))
            return HttpResponseRedirect(reverse("admin:records", args=[found.name]))
    title = gettext("Delete all records of {name}").format(name=found.name)
    return _ask(request, found, "admin_ui/collection/truncate.html", title, problem)


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def delete_collection_page(request: HttpRequest, collection: str) -> HttpResponse:
    """Asks for the name, and deletes the collection with all it holds."""
    found = edited_collection(collection)
    if found.system:
        raise Forbidden(gettext("Collections of the system stay."))
    problem = ""
    if request.method == "POST" and has_typed(request, found.name):
        try:
            is_done = submit_deletion(found, info=acting_info(request, method="DELETE"))
        except ApiError as error:
            problem = _why_it_stays(error)
        else:
            if is_done:
                messages.success(request, gettext("Deleted {name}.").format(name=found.name))
                return HttpResponseRedirect(reverse("admin:collections"))
            problem = gettext("Nothing was deleted: a hook stopped it.")
    title = gettext("Delete {name}").format(name=found.name)
    return _ask(request, found, "admin_ui/collection/delete.html", title, problem)


def _why_it_stays(error: ApiError) -> str:
    """What the API says, and which views are in the way, which it does not say."""
    cause = error.__cause__
    if isinstance(cause, NeededByViews):
        return f"{error.message}, because views select from it: {', '.join(cause.views)}."
    return error.message


def _ask(
    request: HttpRequest, collection: Collection, template: str, title: str, problem: str
) -> HttpResponse:
    count = 0 if collection.is_view else count_records(collection.name, among=MOST_LOOKED_AT + 1)
    context = {
        **admin.site.each_context(request),
        "title": title,
        "collection": collection,
        "collection_icon": collection_icon(collection),
        "name": collection.name,
        "count": min(count, MOST_LOOKED_AT),
        "has_more": count > MOST_LOOKED_AT,
        "problem": problem,
        "typed_wrong": request.method == "POST" and not problem,
    }
    return render(request, template, context)
