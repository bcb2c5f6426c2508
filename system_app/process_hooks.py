"""The hooks around a process: `bootstrap` and `terminate`, and `serve` for one that takes requests.

A server process runs them with what else runs beside requests (`platform_app.requests.lifetime`), so under
every server that speaks ASGI: `bootstrap` before the rest of it starts, `serve` after that, and `terminate`
after the last request, before the rest stops. A command runs `bootstrap` at its beginning, `terminate` at its
end.
Reference: contract/hooks.md 3 (App); pocketbase.go and core/base.go, PocketBase v0.39.11.
"""

import atexit
import logging
from collections.abc import Callable
from types import TracebackType

from django.core.management import CommandError

from platform_app.database.data_directory import prepare, use_data_directory
from platform_app.database.replacing import is_ordered
from platform_app.hooks import chains
from platform_app.hooks.event import Event
from platform_app.hooks.hook import Hook
from platform_app.requests.lifetime import Companion, lifetime
from system_app.events import BootstrapEvent, ServeEvent, TerminateEvent, bootstrap, serve, terminate

logger = logging.getLogger(__name__)

# gunicorn gives a process two minutes to begin.
_START_SECONDS = 100.0
_CHAINS = chains.__file__


class HookFailed(Exception):
    """A receiver does not let this process begin; the message names it, in one line."""


class _Address:
    """Where this process is going to be reached; whoever starts the server says it, before it forks."""

    url = ""


address = _Address()


def register_process_hooks() -> None:
    """Have server processes run them. What is registered before is there for `bootstrap` already."""
    lifetime.register(Companion("bootstrap", start=begin, start_seconds=_START_SECONDS))
    lifetime.register_above(Companion("terminate", stop=end))
    lifetime.register_above(Companion("serve", start=_announce, start_seconds=_START_SECONDS))


def begin(open_data: Callable[[], object] = use_data_directory) -> None:
    """Begin to use the data, by `open_data`, with `bootstrap` around it.

    Raises HookFailed, and what `open_data` raises.
    """
    _run(bootstrap, BootstrapEvent(), open_data)


def begin_command(open_data: Callable[[], object] = prepare) -> None:
    """The same for a command, whose end is announced, too.

    Raises CommandError, and what `open_data` raises.
    """
    try:
        begin(open_data)
    except HookFailed as error:
        raise CommandError(f"bootstrap: {error}") from error
    atexit.unregister(end)
    atexit.register(end)


def end() -> None:
    """Announce the end with `terminate`; what receivers raise cannot stop it, and is logged."""
    try:
        terminate.trigger(TerminateEvent(is_restart=is_ordered()))
    except Exception:
        logger.exception("a receiver of terminate failed")


def _announce() -> None:
    _run(serve, ServeEvent(address.url), lambda: None)


def _run(hook: Hook, event: Event, action: Callable[[], object]) -> None:
    failures: list[BaseException] = []
    was_done = False

    def act() -> None:
        nonlocal was_done
        try:
            action()
        except BaseException as error:
            failures.append(error)
            raise
        was_done = True

    try:
        hook.trigger(event, act)
    except Exception as error:
        if error in failures:
            raise
        said = " ".join(str(error).split()) or type(error).__name__
        raise HookFailed(f"{_receiver_in(error.__traceback__)}: {said}") from error
    if not was_done:
        raise HookFailed("a receiver has not yielded, or keeps an error to itself") from next(
            iter(failures), None
        )


def _receiver_in(traceback: TracebackType | None) -> str:
    """The name of the receiver that an error came from: what a chain has called last."""
    name = "a receiver"
    was_chain = False
    while traceback is not None:
        frame = traceback.tb_frame
        is_chain = frame.f_code.co_filename == _CHAINS
        if was_chain and not is_chain:
            name = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}"
        was_chain = is_chain
        traceback = traceback.tb_next
    return name
