"""All collections on one page: what the Data tab of a phone opens."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from admin_ui.answering import answering


@require_safe
@answering
def collection_overview(request: HttpRequest) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("Collections"), "is_overview": True}
    return render(request, "admin_ui/collections.html", context)
