"""The static site: what is in JOEY_PUBLIC_DIR, for every path that has no route (JOEY_UNROUTED_VIEW)."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from platform_app.requests.answers import error_response, not_found
from platform_app.wire.errors import NotFound
from system_app.site.folder import Folder


def site(request: HttpRequest) -> HttpResponseBase:
    """`GET /...`; without a folder, or without a file in it, what there would be without a site."""
    if request.method not in {"GET", "HEAD"}:
        return not_found(request)
    folder = Folder(Path(settings.JOEY_PUBLIC_DIR), has_fallback=settings.JOEY_INDEX_FALLBACK)
    try:
        return folder.answer(request, request.path_info.removeprefix("/"))
    except NotFound as error:
        return error_response(error)
