"""From an answer that is certain to the writer of the log."""

import logging
import time

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from system_app.logs.requests import note_of, request_row
from system_app.logs.writing import log_writer

logger = logging.getLogger(__name__)

# A member of an answer: what `activity_log` has noted of its request.
NOTE = "_log_note"


def tell_answered(response: HttpResponseBase, seconds: float) -> None:
    """Put the entry of an answered request; called once for each, on the event loop."""
    note = response.__dict__.pop(NOTE, None)
    if note is not None:
        log_writer.put_entry((request_row, time.time(), seconds, note))


def tell_refused(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Put the entry of a request that no middleware has seen, on the event loop; nobody knows who sent it."""
    settings = log_writer.settings
    if not log_writer.is_open or not log_writer.keeps or settings is None:
        return
    try:
        note = note_of(request, response, settings)
    except Exception:
        logger.exception("a request that was refused could not be logged")
        return
    if note is not None:
        log_writer.put_entry((request_row, time.time(), seconds, note))
