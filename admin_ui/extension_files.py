"""`/_/extensions.js` and `/_/extensions/{name}/...`: what extensions of the dashboard consist of."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from admin_ui.extensions import extensions
from admin_ui.static_files import ASKED_FOR, caching_of, version_of
from platform_app.wire.errors import NotFound
from system_app.site.folder import Folder


def extension_scripts(request: HttpRequest) -> HttpResponse:
    """The scripts of all of them as one module, empty without any."""
    if request.method not in {"GET", "HEAD"}:
        raise Http404
    script = extensions.script()
    response = HttpResponse(script, content_type="text/javascript")
    response["Cache-Control"] = caching_of(request, version_of(script))
    return response


def extension_file(request: HttpRequest, name: str, rest: str) -> HttpResponseBase:
    """A file of one; raises Http404."""
    extension = extensions.find(name)
    if extension is None or request.method not in {"GET", "HEAD"}:
        raise Http404
    try:
        folder = Folder(extension.folder, caching=ASKED_FOR, compresses=True)
        return folder.answer(request, rest.removeprefix("/"))
    except NotFound as error:
        raise Http404 from error
