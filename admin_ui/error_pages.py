"""Pages that say what went wrong, to people; programs get JSON from `platform_app.requests.answers`."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platform_app.requests.answers import error_response
from platform_app.wire.errors import ApiError, Forbidden, sentenize

_FORGED = gettext_lazy(
    "The form could not be checked, so nothing was done. Perhaps you have signed in from another tab since "
    "it was loaded, or cookies are not allowed for this site. Go back, load the page again and repeat what "
    "you did. Where a proxy is before the server, it has to hand on Host and X-Forwarded-Proto, or the "
    "application URL in the settings has to be the address that browsers show."
)
_MESSAGES = {429: gettext_lazy("Too many attempts. Wait a little and try again.")}


def error_page(request: HttpRequest, error: ApiError) -> HttpResponse:
    """The page that says `error`, which middleware finds in it as in other answers, to log it."""
    context = {
        "site_title": admin.site.site_title,
        "site_header": admin.site.site_header,
        "title": _("That did not work"),
        "message": _MESSAGES.get(error.status) or sentenize(error.message),
    }
    response = render(request, "admin_ui/error.html", context, status=error.status)
    response["Cache-Control"] = "no-store"
    response.error = error  # type: ignore[attr-defined]
    return response


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW; `reason` is Django's, for developers."""
    return error_response(Forbidden(str(_FORGED)))
