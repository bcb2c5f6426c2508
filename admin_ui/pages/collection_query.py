"""The tab "Query" of a view's editor, and what a query would give: its fields and first records."""

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from admin_ui.answering import answering
from admin_ui.collection.saving import edited_collection, require_controls
from admin_ui.pages.collection_frame import DEED, frame_context, saved_or_reviewed, wants_form
from admin_ui.records.columns import ICONS
from admin_ui.records.labels import text_of
from collections_app.catalog import load_catalog
from collections_app.collection import Collection
from collections_app.definitions.view_fields import sample_view
from collections_app.records.reading.presenting import present
from collections_app.request_info import RequestInfo
from collections_app.tables.view_query import InvalidViewQuery
from collections_app.views.collections import MAX_QUERY_BYTES
from platform_app.database.lanes import require_pool
from platform_app.wire.errors import BadRequest, FieldError, NotFound, sentenize

_VIEW = "edit_collection_query"
_DRY_RUN = "try"
_MEMBER = "viewQuery"


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def query_page(request: HttpRequest, collection: str) -> HttpResponse:
    """`collections/NAME/edit/query/`. Raises NotFound for a collection that is no view."""
    found = edited_collection(collection)
    if not found.is_view:
        raise NotFound
    if request.method != "POST":
        return _show(request, found, found.view_query)
    query = request.POST.get(_MEMBER, "")
    if wants_form(request):
        return _show(request, found, query)
    if request.POST.get(DEED) == _DRY_RUN:
        return _show(request, found, query, **sample_context(query))
    if request.POST.get("was") != found.updated:
        problem = gettext(
            "Nothing was saved: somebody has changed this collection meanwhile. What you filled in is here; "
            "look at it once more before you save it."
        )
        return _show(request, found, query, problem=problem)
    try:
        return saved_or_reviewed(request, found, {_MEMBER: query}, _VIEW)
    except BadRequest as error:
        told = error.data.get(_MEMBER)
        at_query = told.message if isinstance(told, FieldError) else ""
        return _show(request, found, query, problem=error.message, query_error=at_query, **_others(error))


@require_POST
@answering
def view_sample(request: HttpRequest) -> HttpResponse:
    """The part of the page that says what the posted `viewQuery` would give; nothing is kept."""
    require_controls()
    return render(request, "admin_ui/rules/sample.html", sample_context(request.POST.get(_MEMBER, "")))


def sample_context(query: str) -> dict[str, Any]:
    """`sample_fields` and `sample_rows` of what the query selects, or `sample_problem`."""
    require_pool()
    if not query.strip():
        return {"sample_problem": gettext("There is no query yet.")}
    if len(query.encode(errors="replace")) > MAX_QUERY_BYTES:
        return {"sample_problem": gettext("The query is too long.")}
    try:
        sample = sample_view(query, load_catalog())
    except InvalidViewQuery as error:
        return {"sample_problem": sentenize(str(error))}
    fields = sample.collection.fields
    # As a guest would see them, as the API's dry run shows them.
    items = present(sample.records, RequestInfo())
    return {
        "sample_fields": [(field, ICONS.get(field.type, "puzzle")) for field in fields],
        "sample_rows": [
            [(text_of(field, item.get(field.name)), field) for field in fields] for item in items
        ],
    }


def _others(error: BadRequest) -> dict[str, Any]:
    others = {name: told.message for name, told in error.data.items() if isinstance(told, FieldError)}
    others.pop(_MEMBER, None)
    return {"other_errors": others}


def _show(request: HttpRequest, collection: Collection, query: str, **more: Any) -> HttpResponse:
    context = frame_context(
        request,
        collection,
        "query",
        errors=[_MEMBER] if more.get("query_error") else [],
        query=query,
        dialect=connection.vendor,
        **more,
    )
    return render(request, "admin_ui/rules/query.html", context)
