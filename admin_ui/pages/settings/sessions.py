"""Who is signed in to the dashboard with which browser, and signing them out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from admin_ui.answering import answering
from admin_ui.pages.settings.navigation import settings_context
from admin_ui.sessions import are_listed, end_sessions, open_sessions


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def sessions_page(request: HttpRequest) -> HttpResponse:
    """Ends those that a form names, or all but this browser's with `others`."""
    if request.method == "POST":
        handles = set(request.POST.getlist("session"))
        if "others" in request.POST:
            handles = {one.handle for one in open_sessions(request) if not one.is_own}
        ended = end_sessions(handles)
        if ended:
            words = ngettext("%(count)d session was ended.", "%(count)d sessions were ended.", ended)
            messages.success(request, words % {"count": ended})
        else:
            messages.info(request, _("It had ended already."))
        return HttpResponseRedirect(request.path)
    sessions = open_sessions(request)
    context = {
        **settings_context(request, "settings_sessions"),
        "sessions": sessions,
        "has_others": any(not one.is_own for one in sessions),
        "are_listed": are_listed(),
    }
    return render(request, "admin_ui/settings/sessions.html", context)
