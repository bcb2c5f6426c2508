"""The pages that links in mails and sign-ins with a provider lead to; everybody may open them.

They know nobody and change nothing. What a link is about is in its fragment, which stays in the browser: the
page's script reads it and calls the API, with whatever bounds and hooks that has.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.http import require_safe

from admin_ui.pages.languages import language_for
from admin_ui.pages.texts import SCRIPT_TEXTS
from auth_app.superusers import superusers_collection
from platform_app.runtime_settings.current import current

_HEADERS = {
    # A form that its script does not send goes nowhere: a browser by itself would show it to the server.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}


def open_page(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """The view of one of `OPEN_PAGES`."""
    template = f"admin_ui/pages/{name.replace('-', '_')}.html"

    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        context = {
            "app_name": current().meta.app_name,
            "superusers": superusers_collection().id,
            "texts": SCRIPT_TEXTS,
        }
        with translation.override(language_for(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))):
            # Without the request, which the templates have no use for: they know nobody.
            content = render_to_string(template, context)
        return HttpResponse(content, headers=_HEADERS)

    return view
