"""Work for later: a function that a worker calls when it is free, again if it fails.

    enqueue(send_invoice, order.id, pauses_seconds=(60, 600, 3600))

django-q2's queue underneath, and its worker. What it lacks on a database beside the data's own is the commit:
an entry must not be taken before what it is about is there.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone
from django_q.conf import Conf
from django_q.exceptions import TimeoutException
from django_q.tasks import async_task

from platform_app.database.transactions import after_commit
from system_app.jobs.broker import Queue
from system_app.jobs.times import LONGEST_SECONDS, USUAL_SECONDS

logger = logging.getLogger(__name__)


class _Later(Queue):
    """Puts entries into the queue that nobody takes before a while is over."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._pause = timedelta(seconds=seconds)

    def enqueue(self, task: str) -> int:
        key = self.list_key or Conf.CLUSTER_NAME
        entry = self.get_connection().create(key=key, payload=task, lock=timezone.now() + self._pause)
        return int(entry.pk)


def enqueue(
    function: Callable[..., object],
    *args: Any,
    delay_seconds: float = 0,
    pauses_seconds: Sequence[float] = (),
    timeout_seconds: int = USUAL_SECONDS,
    **kwargs: Any,
) -> None:
    """Have a worker call a function of a module, with arguments that pickle can write.

    It is put into the queue with the commit of the open transaction, and not at all if that fails. What fails
    is called again after the first of `pauses_seconds`, then after the second, and so on. So it may have done
    half its work already: it should be able to begin twice. It is not called again when its process dies.

    Raises TypeError for what the worker could not find again, ValueError for a time that is out of bounds.
    """
    if not _is_found_again(function):
        raise TypeError(f"a job must be a function of a module, not {function!r}")
    name = f"{function.__module__}.{function.__qualname__}"
    if not 1 <= timeout_seconds <= LONGEST_SECONDS:
        raise ValueError(f"job {name!r}: timeout_seconds must be from 1 to {LONGEST_SECONDS}")
    put = partial(_put, name, function, args, kwargs, tuple(pauses_seconds), timeout_seconds, delay_seconds)
    after_commit(put, lambda error: None)


def _is_found_again(function: Any) -> bool:
    """Whether module and name lead to it, by which it travels to the worker."""
    found: Any = sys.modules.get(getattr(function, "__module__", None) or "")
    for part in getattr(function, "__qualname__", "").split("."):
        found = getattr(found, part, None)
    return found is function


def _put(
    name: str,
    function: Callable[..., object],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    pauses: tuple[float, ...],
    timeout_seconds: int,
    delay_seconds: float,
) -> None:
    async_task(
        attempt,
        name,
        function,
        args,
        kwargs,
        pauses,
        timeout_seconds,
        # What went wrong is in the log; nothing of it is kept with django-q2.
        q_options={
            "task_name": name[-100:],
            "timeout": timeout_seconds,
            "save": False,
            "broker": _Later(delay_seconds),
        },
    )


def attempt(
    name: str,
    function: Callable[..., object],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    pauses: tuple[float, ...],
    timeout_seconds: int,
) -> None:
    """Call the function, here and now; what fails is told, and put into the queue again while it may be."""
    try:
        function(*args, **kwargs)
    except (Exception, SystemExit) as error:
        what = (
            f"took more than {timeout_seconds} seconds" if isinstance(error, TimeoutException) else "failed"
        )
        if not pauses:
            logger.exception("job %r %s", name, what, extra={"job": name})
            return
        logger.warning(
            "job %r %s, again in %g seconds: %s",
            name,
            what,
            pauses[0],
            str(error) or type(error).__name__,
            extra={"job": name},
        )
        _put(name, function, args, kwargs, pauses[1:], timeout_seconds, pauses[0])
