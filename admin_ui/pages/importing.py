"""`/_/settings/import/`: definitions that are pasted or loaded, what they would do, and doing it."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from admin_ui.acting import acting_info
from admin_ui.answering import answering
from admin_ui.collection.saving import require_controls
from admin_ui.confirming import has_typed
from admin_ui.exchange.original_ids import names_with_other_ids, with_original_ids
from admin_ui.exchange.reading import MOST_CHARACTERS, Json, Unreadable, read_definitions
from admin_ui.exchange.reviewing import Review, review_of
from admin_ui.pages.record import texts_of_errors
from admin_ui.pages.settings.navigation import settings_context
from collections_app.catalog import load_catalog
from collections_app.definitions.submitting_import import submit_import
from platform_app.database.lanes import require_pool
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import ApiError, Invalid


@require_safe
@answering
def import_page(request: HttpRequest) -> HttpResponse:
    require_controls()
    return _form(request)


@require_POST
@answering
def review_import(request: HttpRequest) -> HttpResponse:
    """What it would do; nothing is written."""
    require_controls()
    found = _sent_and_review(request)
    return found if isinstance(found, HttpResponse) else _review(request, *found)


@require_POST
@answering
def run_import(request: HttpRequest) -> HttpResponse:
    require_controls()
    require_pool()
    found = _sent_and_review(request)
    if isinstance(found, HttpResponse):
        return found
    sent, review = found
    if review.loses and not has_typed(request, _name_to_type()):
        return _review(request, sent, review, typed_wrong="typed_name" in request.POST)
    body = {"collections": sent.items, "deleteMissing": sent.delete_missing}
    info = acting_info(request, method="PUT", body=body)
    try:
        is_done = submit_import(sent.items, delete_missing=sent.delete_missing, info=info) is True
    except ApiError as error:
        problem = "\n".join([error.message, *texts_of_errors(error.data).values()])
        return _review(request, sent, review, problem=problem)
    if is_done:
        messages.success(request, _("Imported: %(what)s.") % {"what": review.summary or _("nothing changed")})
        return HttpResponseRedirect(reverse("admin:import"))
    return _review(request, sent, review, problem=_("A hook stopped the import."))


class _Sent:
    """What somebody wants to import, and how. Raises Unreadable."""

    def __init__(self, request: HttpRequest, text: str) -> None:
        self.text = text
        read = read_definitions(text)
        catalog = load_catalog()
        self.others = names_with_other_ids(read, catalog)
        # At first what is safe: under other ids they would be refused, or their fields lose their values.
        self.keeps_ids = "keep_ids" in request.POST or "reviewed" not in request.POST
        self.delete_missing = "delete_missing" in request.POST
        self.items: list[Json] = with_original_ids(read, catalog) if self.others and self.keeps_ids else read

    def review(self) -> Review:
        """Raises Invalid."""
        return review_of(self.items, delete_missing=self.delete_missing)


def _sent_and_review(request: HttpRequest) -> "tuple[_Sent, Review] | HttpResponse":
    """What is to be imported and what it would do, or the form again with what is wrong."""
    text = _text(request)
    try:
        sent = _Sent(request, text)
        return sent, sent.review()
    except Unreadable as error:
        return _form(request, text, str(error))
    except Invalid as error:
        return _form(request, text, next(iter(texts_of_errors(error.errors).values()), ""))


def _text(request: HttpRequest) -> str:
    """The file's where one is chosen."""
    file: UploadedFile[Any] | None = request.FILES.get("file")
    if not file:
        return request.POST.get("collections", "").replace("\r\n", "\n")
    content: bytes = file.read(MOST_CHARACTERS * 4 + 1)
    return content.decode("utf-8-sig", errors="replace")


def _form(request: HttpRequest, text: str = "", problem: str = "") -> HttpResponse:
    context = {**settings_context(request, "import"), "text": text, "problem": problem}
    return render(request, "admin_ui/exchange/import.html", context)


def _review(
    request: HttpRequest, sent: _Sent, review: Review, *, problem: str = "", typed_wrong: bool = False
) -> HttpResponse:
    context = {
        **settings_context(request, "import"),
        "sent": sent,
        "review": review,
        "problem": problem,
        "typed_wrong": typed_wrong,
        "name_to_type": _name_to_type(),
    }
    return render(request, "admin_ui/exchange/review.html", context)


def _name_to_type() -> str:
    """The app's: it says which installation loses data."""
    return current().meta.app_name or "import"
