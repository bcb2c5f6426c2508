"""Notes every request for the log (contract/system.md 3 and 5).

It stands behind the layers whose answers are not logged: redirects of untidy paths, and preflights. What it
notes waits in the answer until that is certain: a request may begin again in another lane.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from platform_app.runtime_settings.current import current
from system_app.logs.requests import note_of
from system_app.logs.telling import NOTE
from system_app.logs.writing import log_writer

GetResponse = Callable[[HttpRequest], HttpResponse]


class ActivityLogMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not log_writer.is_open:
            return self.get_response(request)
        settings = current()
        if settings is not log_writer.settings:
            log_writer.use(settings)
        response = self.get_response(request)
        if log_writer.keeps and (note := note_of(request, response, settings)) is not None:
            response.__dict__[NOTE] = note
        return response
