"""Errors that nobody caught, and that end a thread or the process, are logged on the way."""

import logging
import sys
import threading
from types import TracebackType

logger = logging.getLogger(__name__)


def log_crashes() -> None:
    """From now on, beside what Python does by itself."""
    if sys.excepthook is not _process_ends:
        sys.excepthook = _process_ends
        threading.excepthook = _thread_ends


def _process_ends(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logger.critical("the process ends: %s", error, exc_info=error)
    sys.__excepthook__(kind, error, traceback)


def _thread_ends(ended: threading.ExceptHookArgs) -> None:
    name = ended.thread.name if ended.thread is not None else "?"
    error = ended.exc_value
    if error is not None and not isinstance(error, SystemExit):
        logger.critical("the thread %s ends: %s", name, error, exc_info=error)
    threading.__excepthook__(ended)
