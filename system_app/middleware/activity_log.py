"""Notes every request for the log (contract/system.md 3 and 5).

It stands behind the layers whose answers are not logged: redirects of untidy paths, and preflights. What it
notes waits in the answer until that is certain: a request may begin again in another lane.
"""

import logging
from collections.abc import Callable

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from platform_app.database.lanes import OutOfTime
from platform_app.runtime_settings.current import current, known_settings
from platform_app.runtime_settings.shape import RuntimeSettings
from system_app.logs.requests import note_of
from system_app.logs.telling import NOTE
from system_app.logs.writing import log_writer

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]


class ActivityLogMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not log_writer.is_open:
            return self.get_response(request)
        before = _settings()
        if before is None:
            return self.get_response(request)  # whoever needs the settings says what is wrong
        response = self.get_response(request)
        # A request that has changed the settings is logged by what it made of them.
        settings = _settings(known_settings()) or before
        if log_writer.keeps:
            _note(request, response, settings)
        return response


def _settings(known: RuntimeSettings | None = None) -> RuntimeSettings | None:
    """The settings, by which the writer goes from now on; None where they cannot be read."""
    try:
        settings = known or current()
    except (DatabaseError, ImproperlyConfigured, OutOfTime):
        return None
    if settings is not log_writer.settings:
        log_writer.use(settings)
    return settings


def _note(request: HttpRequest, response: HttpResponse, settings: RuntimeSettings) -> None:
    try:
        note = note_of(request, response, settings)
    except Exception:
        logger.exception("a request could not be logged")
        return
    if note is not None:
        response.__dict__[NOTE] = note
