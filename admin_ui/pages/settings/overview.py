"""`/_/settings/`: what there is to set, and the person; what the Settings tab of a phone opens."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from admin_ui.answering import answering
from admin_ui.pages.settings.navigation import sections_of


@require_safe
@answering
def settings_overview(request: HttpRequest) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Settings"),
        "settings_sections": sections_of(request),
    }
    return render(request, "admin_ui/settings/overview.html", context)
