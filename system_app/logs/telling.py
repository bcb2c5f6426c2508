"""From an answer that is certain to the writer of the log."""

import time

from django.http import HttpResponseBase

from system_app.logs.requests import request_row
from system_app.logs.writing import log_writer

# A member of an answer: what `activity_log` has noted of its request.
NOTE = "_log_note"


def tell_answered(response: HttpResponseBase, seconds: float) -> None:
    """Put the entry of an answered request; called once for each, on the event loop."""
    note = response.__dict__.pop(NOTE, None)
    if note is not None:
        log_writer.put_entry((request_row, time.time(), seconds, note))
