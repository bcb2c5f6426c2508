"""The history of changes: of everything, of a collection, of a record; and deleted records made again."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from admin_ui.answering import answering
from admin_ui.history.reading import read_page
from admin_ui.history.restoring import restore_record
from admin_ui.models import Change, HistoryChoice
from admin_ui.records.addresses import id_in, record_address
from admin_ui.records.listing import Place
from admin_ui.shell import collection_icon
from admin_ui.staff.guarding import may
from admin_ui.staff.members import member_of
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.views.guards import require_collection, require_writable
from platform_app.wire.errors import ApiError, ErrorTree, FieldError, NotFound


@require_safe
@answering
def all_history(request: HttpRequest) -> HttpResponse:
    """Everything, or what the query asks for: a collection, a kind of change, somebody."""
    collection, kind, who = (request.GET.get(name, "") for name in ("collection", "kind", "who"))
    changes = Change.objects.all()
    found = catalog().find(collection) if collection else None
    if collection:
        changes = changes.filter(collection_id=found.id if found else collection)
    if kind in Change.KINDS:
        changes = changes.filter(kind=kind)
    if who:
        changes = changes.filter(actor_id=who)
    names = sorted(one.name for one in catalog().collections)
    return _page(
        request,
        changes,
        title=gettext("History"),
        said={"collection": found.name if found else collection, "kind": kind, "who": who},
        names=names,
        kinds=_kinds(),
        is_filtered=bool(collection or kind or who),
        icons={one.id: collection_icon(one) for one in catalog().collections},
    )


@require_safe
@answering
def collection_history(request: HttpRequest, collection: str) -> HttpResponse:
    """Of all records of a collection, and of its definition; that is the superusers' to see."""
    found = require_collection(collection)
    changes = Change.objects.filter(collection_id=found.id)
    is_staff = member_of(request) is not None
    if is_staff:
        changes = changes.exclude(record_id="")
    choice = HistoryChoice.objects.filter(pk=found.id).first()
    return _page(
        request,
        changes,
        title=gettext("History"),
        collection=found,
        collection_icon=collection_icon(found),
        keeps_values=choice is None or choice.keeps_values,
        may_choose=not is_staff,
        may_restore=may(request, "add", found),
    )


@require_safe
@answering
def record_history(request: HttpRequest, collection: str, record_id: str) -> HttpResponse:
    """Of one record, which need not be there any more."""
    found = require_collection(collection)
    id_ = id_in(record_id)
    changes = Change.objects.filter(collection_id=found.id, record_id=id_)
    return _page(
        request,
        changes,
        title=gettext("History"),
        collection=found,
        collection_icon=collection_icon(found),
        record_id=id_,
        record_address=record_address(found, id_) + Place.read(found, request.GET).query,
        may_restore=may(request, "add", found),
    )


@require_POST
@answering
def restore(request: HttpRequest, collection: str, change_id: int) -> HttpResponse:
    """Make a deleted record again, and lead to it."""
    found = require_writable(collection)
    change = Change.objects.filter(pk=change_id, collection_id=found.id, kind="delete").first()
    if change is None or not change.record_id:
        raise NotFound
    try:
        is_made = restore_record(request, found, change)
    except ApiError as error:
        messages.error(request, _told(error))
        return HttpResponseRedirect(reverse("admin:collection_history", args=[found.name]))
    if not is_made:
        return HttpResponseRedirect(reverse("admin:collection_history", args=[found.name]))
    messages.success(request, gettext("%(label)s is back.") % {"label": change.label or change.record_id})
    return HttpResponseRedirect(record_address(found, change.record_id))


@require_POST
@answering
def set_keeping(request: HttpRequest, collection: str) -> HttpResponse:
    """Keep values from now on, or only which fields were changed; then what is kept already goes, too."""
    found = require_collection(collection)
    keeps_values = request.POST.get("keeps_values") == "1"
    HistoryChoice.objects.update_or_create(pk=found.id, defaults={"keeps_values": keeps_values})
    if not keeps_values:
        _forget_values(found)
    messages.success(request, gettext("Saved."))
    return HttpResponseRedirect(reverse("admin:collection_history", args=[found.name]))


def _forget_values(collection: Collection) -> None:
    Change.objects.filter(collection_id=collection.id).exclude(record_id="").update(
        fields="{}", label="", is_whole=False
    )


def _page(request: HttpRequest, changes: Any, **more: Any) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "page": read_page(changes, request.GET.get("before", "")),
        **more,
    }
    return render(request, "admin_ui/history/list.html", context)


def _kinds() -> list[tuple[str, str]]:
    return [("create", gettext("made")), ("update", gettext("changed")), ("delete", gettext("deleted"))]


def _told(error: ApiError) -> str:
    """The error with what it says about fields, as there is no form that could show it."""
    texts = [f"{name}: {_first(one)}" for name, one in error.data.items()]
    return " ".join([error.message, *texts])


def _first(error: FieldError | ErrorTree) -> str:
    while not isinstance(error, FieldError):
        if not error:
            return ""
        error = next(iter(error.values()))
    return error.message
