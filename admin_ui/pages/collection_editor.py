"""The collection's editor: its name, fields and indexes, for one that is there and for a new one."""

from typing import Any

from django.contrib import admin, messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from admin_ui.answering import answering
from admin_ui.collection.design import (
    KINDS,
    Design,
    base_like,
    copied_design,
    design_of,
    new_design,
    read_design,
)
from admin_ui.collection.field_options import FILE_PRESETS, MORE_FILE_TYPES, TYPES
from admin_ui.collection.field_rows import Row, new_row, shown_options
from admin_ui.collection.index_rows import IndexRow
from admin_ui.collection.saving import Json, create, edited_collection, require_controls
from admin_ui.pages.collection_frame import DEED, frame_context, saved_or_reviewed, wants_form
from admin_ui.records.columns import ICONS
from admin_ui.shell import collection_icon
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.definitions.blank import blank_collection
from collections_app.definitions.definition_json import definition_as_json
from collections_app.definitions.submitting import submitted_collection
from platform_app.wire.errors import BadRequest, NotFound

_VIEW = "edit_collection"
_NOT_COPIED = ("id", "created", "updated", "system")


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def collection_editor(request: HttpRequest, collection: str) -> HttpResponse:
    """`collections/NAME/edit/`."""
    found = edited_collection(collection)
    if request.method != "POST":
        return _show(request, design_of(found))
    design = read_design(request.POST, found)
    if _wants_summary(request):
        return _summary(design)
    if wants_form(request):
        return _show(request, design)
    if request.POST.get(DEED):
        design.do(request.POST[DEED])
        return _show(request, design)
    if request.POST.get("was") != found.updated:
        design.problem = gettext(
            "Nothing was saved: somebody has changed this collection meanwhile. What you filled in is here; "
            "look at it once more before you save it."
        )
        return _show(request, design)
    try:
        return saved_or_reviewed(request, found, _readable_changes(design), _VIEW)
    except BadRequest as error:
        design.tell(error)
        return _show(request, design)


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def new_collection_page(request: HttpRequest) -> HttpResponse:
    """`collections/new-collection/`; `?type=` says of which type, `?like=NAME` like which one.

    No collection has a hyphen in its name, so this is at nobody's address.
    """
    require_controls()
    like = _like(request)
    if request.method != "POST":
        taken = [collection.name for collection in catalog().collections]
        return _show(request, copied_design(like, taken) if like else new_design(request.GET.get("type", "")))
    kind = request.POST.get("type", "")
    blank = blank_collection(kind if kind in KINDS else "base", "")
    design = read_design(request.POST, base_like(like) if like else blank, is_new=True)
    if _wants_summary(request):
        return _summary(design)
    if request.POST.get(DEED):
        design.do(request.POST[DEED])
        return _show(request, design)
    try:
        made = create(request, _definition(design, like))
    except BadRequest as error:
        design.tell(error)
        return _show(request, design)
    messages.success(request, gettext("Created {name}.").format(name=made.name))
    return HttpResponseRedirect(reverse("admin:records", args=[made.name]))


@require_safe
@answering
def new_field_row(request: HttpRequest) -> HttpResponse:
    """A row for a field of `?type=`, as the form has it; `key` and `name` are the script's."""
    require_controls()
    kind = request.GET.get("type", "")
    if kind not in TYPES:
        raise NotFound
    row = new_row(kind, request.GET.get("key", "n0")[:20], ())
    row.definition["name"] = request.GET.get("name", kind)[:100]
    owner = blank_collection("base", "")
    context = {"row": row, "options": _options(row, owner), **_files()}
    return render(request, "admin_ui/collection/field.html", context)


def _wants_summary(request: HttpRequest) -> bool:
    return request.META.get("HTTP_X_PART") == "summary"


def _summary(design: Design) -> HttpResponse:
    """What the options of the first row say in few words; a script sends that one alone."""
    words = design.rows[0].summary(_collection_names()) if design.rows else ""
    return HttpResponse(words, content_type="text/plain; charset=utf-8")


def _collection_names() -> dict[str, str]:
    return {collection.id: collection.name for collection in catalog().collections}


def _like(request: HttpRequest) -> Collection | None:
    name = request.POST.get("like") or request.GET.get("like", "")
    return submitted_collection(name) if name else None


def _readable_changes(design: Design) -> Json:
    """Raises BadRequest for what is no value of its kind."""
    if design.is_unreadable:
        raise BadRequest(gettext("Nothing was saved: look at what is marked."))
    return design.changes()


def _definition(design: Design, like: Collection | None) -> Json:
    """The members of a POST; like another collection it has its rules and options, tokens of its own."""
    definition: Json = {}
    if like:
        definition = {key: value for key, value in definition_as_json(like).items() if key not in _NOT_COPIED}
        if like.is_auth:
            # With the secrets, which answers do not show: without them the providers could not be saved.
            definition["oauth2"] = like.options["oauth2"]
    return {**definition, **_readable_changes(design), "type": design.base.type}


def _show(request: HttpRequest, design: Design) -> HttpResponse:
    base = design.base
    names = _collection_names()
    more: dict[str, Any] = {
        "design": design,
        "rows": [(row, _options(row, base), row.summary(names)) for row in design.rows],
        "blank_index": IndexRow("__key__", "", is_open=True),
        "types": [(kind, ICONS[kind]) for kind in TYPES],
        **_files(),
        "problem": design.problem,
        "other_errors": design.errors,
    }
    if design.is_new:
        context = {
            **admin.site.each_context(request),
            "title": gettext("New collection"),
            "collection_icon": collection_icon(base),
            "kinds": [(kind, collection_icon(blank_collection(kind, ""))) for kind in KINDS],
            "like": _like(request),
            "dialect": connection.vendor,
            **more,
        }
        return render(request, "admin_ui/collection/new.html", context)
    context = frame_context(request, base, "fields", errors=design.faulty_members, **more)
    return render(request, "admin_ui/collection/fields.html", context)


def _files() -> dict[str, Any]:
    """The MIME types that are offered: a label and some lines, and all of them."""
    presets = FILE_PRESETS.values()
    return {
        "file_presets": [(label, "\n".join(kinds)) for label, kinds in presets],
        "file_types": sorted({*MORE_FILE_TYPES, *(one for _, kinds in presets for one in kinds)}),
    }


def _options(row: Row, owner: Collection) -> list[Any]:
    return shown_options(row, owner, catalog().collections)
