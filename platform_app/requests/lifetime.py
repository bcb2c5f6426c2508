"""What runs beside requests in a server process: started before the first one, stopped after the last.

An app registers it when Django is ready (docs/explanation/lanes.md):

    class ShopConfig(AppConfig):
        def ready(self) -> None:
            lifetime.register(Companion("price feed", start=feed.start, stop=feed.stop))

Servers that speak ASGI's lifespan protocol (`serve`, uvicorn, gunicorn with uvicorn's worker) start and stop
it; `runserver` does so itself. For others, such as daphne, the first request does, and the process's end.
WSGI servers and commands start nothing.
"""

import asyncio
import atexit
import inspect
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal

from django.db import connections

from platform_app.requests.asgi import Receive, Send

logger = logging.getLogger(__name__)

Step = Callable[[], object]
State = Literal["new", "starting", "started", "stopped"]


class StartFailed(Exception):
    """Something that must run beside requests does not; the process must not serve."""


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Companion:
    """Something that runs beside requests; the seconds are what its steps may take.

    A step that is an async function runs on the event loop, any other on a thread of its own. `closing` is
    called on the event loop as soon as the server lets nobody in any more, while requests may still be in
    progress; it is for what would never end by itself, and not every server says when that is.
    """

    name: str
    start: Step = _nothing
    stop: Step = _nothing
    closing: Step = _nothing
    start_seconds: float = 10.0
    stop_seconds: float = 2.0


class Lifetime:
    """Starts companions in the order in which they registered, and stops them in reverse."""

    def __init__(self) -> None:
        self.state: State = "new"
        self._companions: list[Companion] = []
        self._above: list[Companion] = []
        self._running: list[Companion] = []
        self._starting: asyncio.Future[None] | None = None
        self._is_closing = False

    def register(self, companion: Companion) -> None:
        """Raises ValueError for a name that is taken, RuntimeError when the process serves already.

        The same one may come twice: Django says more than once that it is ready when tests change the apps.
        """
        if companion in self._companions:
            return
        self._check(companion)
        self._companions.append(companion)

    def register_above(self, companion: Companion) -> None:
        """The same for what stands on all others: it starts after them, and stops before them."""
        if companion in self._above:
            return
        self._check(companion)
        self._above.append(companion)

    def register_below(self, companion: Companion) -> None:
        """The same for what the others stand on: it starts before them, and stops after them."""
        self._check(companion)
        self._companions.insert(0, companion)

    async def start(self) -> None:
        """Raises StartFailed, after stopping what had started."""
        self.state = "starting"
        for companion in (*self._companions, *self._above):
            try:
                await _done(companion.start, companion.start_seconds)
            except Exception as error:
                logger.exception("%s did not start", companion.name)
                await self.stop()
                raise StartFailed(f"{companion.name} did not start: {_said(error)}") from error
            self._running.append(companion)
        self.state = "started"

    def announce_closing(self) -> None:
        """Say, on the event loop, that the server begins to stop; only the first call counts."""
        if self._is_closing:
            return
        self._is_closing = True
        for companion in reversed(self._running):
            try:
                companion.closing()
            except Exception:
                logger.exception("%s does not close", companion.name)

    async def stop(self) -> None:
        """What fails or takes too long is logged, and the next one stopped."""
        self.state = "stopped"
        while self._running:
            companion = self._running.pop()
            try:
                await _done(companion.stop, companion.stop_seconds)
            except Exception:
                logger.exception("%s did not stop", companion.name)

    async def ensure_started(self) -> None:
        """Start at the first request, for servers that never say when they start. Raises StartFailed."""
        if self._starting is None:
            if self.state != "new":
                return
            self._starting = asyncio.ensure_future(self.start())
            atexit.register(self.stop_at_exit, asyncio.get_running_loop())
        await asyncio.shield(self._starting)

    def stop_at_exit(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop from outside of the event loop that it was started on, running or not."""
        if self.state != "started":
            return
        if loop.is_running():  # on a thread that ends with the process
            seconds = sum(companion.stop_seconds for companion in self._running)
            asyncio.run_coroutine_threadsafe(self.stop(), loop).result(seconds)
        elif loop.is_closed():
            asyncio.run(self.stop())
        else:
            loop.run_until_complete(self.stop())

    async def follow(self, receive: Receive, send: Send) -> None:
        """Speak ASGI's lifespan protocol."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.start()
                except StartFailed as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _check(self, companion: Companion) -> None:
        if self.state != "new":
            raise RuntimeError(f"{companion.name} registers too late: the process serves already")
        if companion.name in {other.name for other in (*self._companions, *self._above)}:
            raise ValueError(f"two companions are called {companion.name!r}")


async def _done(step: Step, seconds: float) -> None:
    """Raises TimeoutError, or what the step raises."""
    if inspect.iscoroutinefunction(step):
        await asyncio.wait_for(step(), seconds)
        return
    ended: Future[None] = Future()
    # A daemon: a step that hangs must not keep the process from ending.
    threading.Thread(target=_run, args=(step, ended), daemon=True).start()
    await asyncio.wait_for(asyncio.wrap_future(ended), seconds)


def _run(step: Step, ended: "Future[None]") -> None:
    ended.set_running_or_notify_cancel()
    try:
        step()
    except BaseException as error:  # noqa: BLE001 - handed to who waits
        ended.set_exception(error)
    else:
        ended.set_result(None)
    finally:
        connections.close_all()


def _said(error: Exception) -> str:
    return "it took too long" if isinstance(error, TimeoutError) else str(error) or type(error).__name__


# Of this process: what runs in it is started once.
lifetime = Lifetime()
