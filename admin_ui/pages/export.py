"""`/_/settings/export/`: the definitions of chosen collections, to look at, to copy and to download."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from admin_ui.answering import answering
from admin_ui.exchange.exported import FILE_NAME, exported, listed_collections
from admin_ui.pages.settings.navigation import settings_context
from admin_ui.shell import collection_icon


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def export_page(request: HttpRequest) -> HttpResponse:
    """All at first; what is chosen comes with a form, as there may be many."""
    listed = listed_collections()
    chosen = set(request.POST.getlist("ids")) if request.method == "POST" else {one.id for one in listed}
    context = {
        **settings_context(request, "export"),
        "choices": [(one, collection_icon(one), one.id in chosen) for one in listed],
        "chosen_count": sum(one.id in chosen for one in listed),
        "text": exported(chosen),
        "file_name": FILE_NAME,
    }
    return render(request, "admin_ui/exchange/export.html", context)


@require_POST
@answering
def download_export(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(exported(set(request.POST.getlist("ids"))), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response
