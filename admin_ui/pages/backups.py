"""`/_/settings/backups/`: making, bringing along, looking at, restoring and deleting backups."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.response import ResponseHeaders
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_ui.acting import superuser_record
from admin_ui.answering import answering
from admin_ui.confirming import has_typed
from admin_ui.operating.backup_rows import BackupList, read_backups
from admin_ui.pages.record import texts_of_errors
from admin_ui.pages.settings.navigation import settings_context
from files_app.preconditions import conditions_of
from files_app.serving import Wish, file_answer
from platform_app.wire.errors import BadRequest, NotFound
from system_app.backups.asking import ask_for_backup, ask_for_restore, ask_for_verifying, delete_backup
from system_app.backups.places import Backup, backup_place
from system_app.backups.uploading import store_upload
from system_app.backups.verdicts import Verdict, verdicts_of


@require_safe
@answering
def backups_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@answering
def new_backup(request: HttpRequest) -> HttpResponse:
    """Begin one; the list says how far it is."""
    superuser_record(request)
    name = request.POST.get("name", "").strip()
    # Who types a name means the zip of it.
    if name and not name.endswith(".zip"):
        name += ".zip"
    try:
        ask_for_backup(name)
    except BadRequest as error:
        return _page(request, error, making=request.POST.get("name", ""))
    messages.success(request, _("The backup has begun. It goes on when this page is closed."))
    return HttpResponseRedirect(reverse("admin:backups"))


@require_POST
@answering
def upload_backup(request: HttpRequest) -> HttpResponse:
    superuser_record(request)
    file = request.FILES.get("file")
    name = (file.name or "") if file else ""
    try:
        store_upload(file, name)
    except BadRequest as error:
        return _page(request, error)
    messages.success(request, _("%(name)s is here now.") % {"name": name})
    return HttpResponseRedirect(reverse("admin:backups"))


@require_safe
@answering
def download_backup(request: HttpRequest, key: str) -> HttpResponseBase:
    wish = Wish(is_head=request.method == "HEAD", is_download=True, conditions=conditions_of(request))
    try:
        place = backup_place()
        place.attributes(key)
        answer = file_answer(place.storage, key, key, wish=wish, headers=ResponseHeaders({}))
    except OSError as error:
        raise NotFound from error
    answer.xframe_options_exempt = False  # type: ignore[attr-defined]
    return answer


@require_POST
@answering
def verify_one(request: HttpRequest, key: str) -> HttpResponse:
    """Begin to look at it; what came of it is in the list then."""
    superuser_record(request)
    _deed(request, lambda: ask_for_verifying(key), _("The look at %(name)s has begun.") % {"name": key})
    return HttpResponseRedirect(reverse("admin:backups"))


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def delete_one(request: HttpRequest, key: str) -> HttpResponse:
    """Asks, and deletes."""
    backup = _backup(key)
    superuser_record(request)
    if request.method == "POST":
        _deed(request, lambda: delete_backup(key), _("Deleted %(name)s.") % {"name": key})
        return HttpResponseRedirect(reverse("admin:backups"))
    return _asking(request, "admin_ui/operating/backup_delete.html", backup)


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def restore_one(request: HttpRequest, key: str) -> HttpResponse:
    """Says what is going to happen, has the name typed, and begins; a page waits for the end then."""
    backup = _backup(key)
    superuser_record(request)
    if request.method != "POST":
        return _asking(request, "admin_ui/operating/backup_restore.html", backup)
    if not has_typed(request, key):
        return _asking(request, "admin_ui/operating/backup_restore.html", backup, typed_wrong=True)
    try:
        ask_for_restore(key, backs_up_first="backup_first" in request.POST)
    except BadRequest as error:
        return _asking(request, "admin_ui/operating/backup_restore.html", backup, problem=error.message)
    return _asking(request, "admin_ui/operating/backup_restoring.html", backup)


def _page(request: HttpRequest, error: BadRequest | None = None, **more: Any) -> HttpResponse:
    now = datetime.now(UTC)
    backups: BackupList = read_backups(now)
    errors = texts_of_errors(error.data) if error else {}
    context = {
        **settings_context(request, "backups"),
        "backups": backups,
        "now": now,
        "name_error": errors.get("name", ""),
        "file_error": errors.get("file", ""),
        "problem": error.message if error and not errors else "",
        **more,
    }
    return render(request, "admin_ui/operating/backups.html", context)


def _asking(request: HttpRequest, template: str, backup: Backup, **more: Any) -> HttpResponse:
    verdict: Verdict | None = verdicts_of([backup]).get(backup.key)
    context = {**settings_context(request, "backups"), "backup": backup, "verdict": verdict, **more}
    return render(request, template, context)


def _backup(key: str) -> Backup:
    try:
        return backup_place().attributes(key)
    except OSError as error:
        raise NotFound from error


def _deed(request: HttpRequest, do: Callable[[], object], done: str) -> None:
    try:
        do()
    except BadRequest as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
