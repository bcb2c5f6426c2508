"""Records of a file, step by step: send it, say which column is what, check it, import it."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from admin_ui.acting import superuser_record
from admin_ui.answering import answering
from admin_ui.lists.file_rows import UnreadableFile
from admin_ui.lists.importing import begin, is_cut_short, read_file, target_fields
from admin_ui.models import RecordImport
from admin_ui.records.listing import Place
from admin_ui.shell import collection_icon
from admin_ui.unlocking import asks_to_unlock, problem_of_lock
from collections_app.collection import Collection
from collections_app.views.guards import require_writable
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import NotFound


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def new_import(request: HttpRequest, collection: str) -> HttpResponse:
    """A form for the file; its rows are read while it is sent."""
    found = require_writable(collection)
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            problem = _("Choose a file.")
        else:
            try:
                made = read_file(found, superuser_record(request).id, file.name or "", file.read)
            except UnreadableFile as error:
                problem = str(error)
            else:
                return HttpResponseRedirect(_address(found, made))
    context = _context(request, found, _("Import into %(collection)s") % {"collection": found.name})
    return render(request, "admin_ui/lists/new_import.html", {**context, "problem": problem})


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def import_page(request: HttpRequest, collection: str, import_id: str) -> HttpResponse:
    """Which column is what, what a check or the import came to, or how far it is."""
    found = require_writable(collection)
    made = _import(request, found, import_id)
    is_at_work = made.state in {"checking", "writing"} and not is_cut_short(made)
    if request.method == "POST" and not is_at_work and made.state != "done":
        return _begin(request, found, made)
    fields = target_fields(found)
    columns = [
        {
            "name": column,
            "control": f"column.{at}",
            "target": made.targets.get(column, ""),
            "samples": [row[column] for row in made.sample if row.get(column)],
        }
        for at, column in enumerate(made.columns)
    ]
    context = {
        **_context(request, found, made.file_name or _("Import")),
        "made": made,
        "columns": columns,
        "fields": fields,
        "is_at_work": is_at_work,
        "is_cut_short": is_cut_short(made),
        "right": made.created + made.changed,
        "asks_to_unlock": asks_to_unlock(),
        "address": _address(found, made),
    }
    return render(request, "admin_ui/lists/import.html", context)


@require_POST
@answering
def drop_import(request: HttpRequest, collection: str, import_id: str) -> HttpResponse:
    """Forget the file; what was imported of it stays."""
    found = require_writable(collection)
    made = _import(request, found, import_id)
    with unit_of_work():
        made.delete()
    return HttpResponseRedirect(reverse("admin:records", args=[found.name]))


def _begin(request: HttpRequest, collection: Collection, made: RecordImport) -> HttpResponse:
    """Check with the columns as they are said, or write what was checked so."""
    names = {field.name for field in target_fields(collection)}
    if "write" not in request.POST:
        said = {column: request.POST.get(f"column.{at}", "") for at, column in enumerate(made.columns)}
        made.targets = {column: name for column, name in said.items() if name in names}
        chosen = list(made.targets.values())
        twice = next((name for name in chosen if chosen.count(name) > 1), "")
        if twice or not chosen:
            told = (
                _("Two columns go to %(field)s.") % {"field": twice}
                if twice
                else _("No column goes anywhere.")
            )
            messages.error(request, told)
            with unit_of_work():
                made.save()
        else:
            begin(made, writes=False)
    elif locked := problem_of_lock(request):
        messages.error(request, locked)
    elif made.state == "checked":
        made.skips_wrong = "skips_wrong" in request.POST
        if made.wrong and not made.skips_wrong:
            messages.error(request, _("Some rows are wrong: mend the file, or choose to skip them."))
        else:
            begin(made, writes=True)
    return HttpResponseRedirect(_address(collection, made))


def _import(request: HttpRequest, collection: Collection, import_id: str) -> RecordImport:
    """One's own. Raises NotFound."""
    own = RecordImport.objects.filter(collection_id=collection.id, owner_id=superuser_record(request).id)
    made = own.filter(pk=import_id).first()
    if made is None:
        raise NotFound
    return made


def _address(collection: Collection, made: RecordImport) -> str:
    return reverse("admin:import", args=[collection.name, made.pk])


def _context(request: HttpRequest, collection: Collection, title: str) -> dict[str, object]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "collection": collection,
        "collection_icon": collection_icon(collection),
        "place": Place(collection),
    }
