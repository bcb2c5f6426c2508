"""Has the history written of what requests change: the dashboard's, or (`JOEY_HISTORY`) those of all."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from admin_ui.addresses import DASHBOARD
from admin_ui.history.recording import Recorder
from collections_app.commits import witnessed

GetResponse = Callable[[HttpRequest], HttpResponse]

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class HistoryMiddleware:
    """Who did it is asked when something was done: further in it is found out who is signed in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in _READS or not _is_kept(request.path_info):
            return self.get_response(request)
        with witnessed(Recorder(request)):
            return self.get_response(request)


def _is_kept(path: str) -> bool:
    kept: str = settings.JOEY_HISTORY
    return kept == "all" or (kept == "dashboard" and path.startswith(DASHBOARD))
