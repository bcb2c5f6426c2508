"""What the log's writer is given when a server process starts."""

from django.conf import settings

from system_app.logs.crashes import log_crashes
from system_app.logs.feed import tell_feed
from system_app.logs.writing import log_writer


def start_log() -> None:
    """Take entries from now on."""
    if settings.JOEY_LOG_FORMAT == "json":
        from system_app.logs.json_lines import print_requests

        log_writer.prints = print_requests
    if tell_feed not in log_writer.written:
        log_writer.written.append(tell_feed)
    log_crashes()
    log_writer.start()
