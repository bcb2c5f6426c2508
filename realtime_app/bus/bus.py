"""The bus: how the processes of one installation talk (docs/explanation/bus.md).

A server process is a *member*: it hears the others, and its handlers run on its event loop, in the order in
which letters come. Commands, job workers and WSGI servers only publish; for that they have a thread, from the
first time on that somebody hears it.
"""

import asyncio
import atexit
import logging
import os
import secrets
import string
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from channels.layers import BaseChannelLayer, channel_layers, get_channel_layer

from platform_app.requests.lifetime import Companion
from platform_app.wire.json_encoding import encode
from realtime_app.bus.courier import Courier, Peer
from realtime_app.bus.errors import NoSuchProcess
from realtime_app.bus.outbox import Outbox
from realtime_app.bus.parts import MOST_MESSAGE_BYTES
from realtime_app.bus.unix_layer import UnixLayer

logger = logging.getLogger(__name__)

Handler = Callable[[Any], Any]

TAG_LENGTH = 6
# Leaves room for what the layers write around it.
MOST_PAYLOAD_BYTES = MOST_MESSAGE_BYTES - 64 * 1024
ANNOUNCE_SECONDS = 2.0
FLUSH_SECONDS = 1.0
# For so long a process that only publishes believes what the folder of sockets said.
_LOOK_SECONDS = 0.1
_LETTERS = string.ascii_letters + string.digits


class Bus:
    """All methods but `start` and `stop` may be called by any thread."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self._missed: list[Callable[[], object]] = []
        self._begin()
        os.register_at_fork(after_in_child=self._begin_in_child)

    def _begin(self) -> None:
        self.tag = "".join(secrets.choice(_LETTERS) for _ in range(TAG_LENGTH))
        self.outbox = Outbox()
        self.announced: Mapping[str, Any] = {}
        self.peers_by_tag: Mapping[str, Peer] = {}  # replaced, never changed
        self._courier: Courier | None = None
        self._thread: _CourierThread | None = None
        self._lock = threading.Lock()
        self._looked_at = 0.0
        self._saw_nobody = False

    def _begin_in_child(self) -> None:
        # Threads do not cross a fork, and the parent's sockets are not ours.
        channel_layers.backends = {}
        self._begin()

    # --- to others

    def publish(self, kind: str, payload: Any) -> None:
        """Tell all other processes; at once gone from the caller's mind.

        What does not reach one of them makes its `on_missed` be called there.
        """
        if self.is_alone:
            return
        try:
            data = encode(payload)
        except (TypeError, ValueError, RecursionError):
            logger.exception("what was published as %r is not JSON", kind)
            self.outbox.skip()
            return
        if len(data) > MOST_PAYLOAD_BYTES:
            logger.error("what was published as %r has %d bytes, too many for the bus", kind, len(data))
            self.outbox.skip()
            return
        if self.outbox.put(kind, data):
            self._wake()

    def ask(self, tag: str, kind: str, payload: Any, *, seconds: float) -> "Future[Any]":
        """What the handler for `kind` of that process returns, or the result of the future that it returns.

        The future raises NoSuchProcess, NoAnswer after so many seconds, or AskFailed when the handler raised.
        """
        answer: Future[Any] = Future()
        answer.set_running_or_notify_cancel()  # nobody cancels what the other process has begun
        courier = self._courier
        try:
            data = encode(payload)
            if courier is None:
                raise NoSuchProcess("this process hears no others")
            courier.loop.call_soon_threadsafe(courier.ask, tag, kind, data, seconds, answer)
        except (NoSuchProcess, TypeError, ValueError, RecursionError) as error:
            answer.set_exception(error)
        except RuntimeError:  # the loop has ended
            answer.set_exception(NoSuchProcess("this process ends"))
        return answer

    def announce(self, key: str, value: Any) -> "Future[None]":
        """Let all others know this, and everybody who comes later; done when they know, or cannot."""
        told: Future[None] = Future()
        told.set_running_or_notify_cancel()
        with self._lock:
            self.announced = {**self.announced, key: value}
            announced, tags = self.announced, list(self.peers_by_tag)
        left = set(tags)
        if not left:
            told.set_result(None)

        def heard(tag: str) -> None:
            with self._lock:
                left.discard(tag)
                if not left and not told.done():
                    told.set_result(None)

        for tag in tags:
            asked = self.ask(tag, Courier.ANNOUNCED, announced, seconds=ANNOUNCE_SECONDS)
            asked.add_done_callback(lambda _, tag=tag: heard(tag))  # type: ignore[misc]
        return told

    # --- from others

    def on(self, kind: str, handler: Handler) -> None:
        """Call `handler(payload)` for what others publish or ask. Raises ValueError for a second one."""
        if self._handlers.setdefault(kind, handler) != handler:
            raise ValueError(f"two handlers for {kind!r} on the bus")

    def on_missed(self, callback: Callable[[], object]) -> None:
        """Called on the event loop when letters of others may have been lost."""
        if callback not in self._missed:
            self._missed.append(callback)

    # --- who is there

    @property
    def peers(self) -> dict[str, Mapping[str, Any]]:
        """What every other member has announced, by its tag; nothing in a process that is no member."""
        return {tag: peer.announced for tag, peer in self.peers_by_tag.items()}

    @property
    def is_alone(self) -> bool:
        """Whether nobody hears what is published."""
        courier = self._courier
        if courier is not None:
            return not self.peers_by_tag and courier.is_settled
        now = time.monotonic()
        if now > self._looked_at + _LOOK_SECONDS:
            self._saw_nobody = self._sees_nobody()
            self._looked_at = now
        return self._saw_nobody

    def has_anybody(self, key: str) -> bool:
        """Whether another process has announced a true value for `key`, or may have: who is no member is told
        nothing."""
        if self.is_alone:
            return False
        peers = self.peers_by_tag
        return not peers or any(peer.announced.get(key) for peer in peers.values())

    def _sees_nobody(self) -> bool:
        layer = self._layer()
        return layer is None or (isinstance(layer, UnixLayer) and not layer.others())

    # --- for the courier

    def handle(self, kind: str, payload: Any) -> Any:
        return self._handlers[kind](payload)

    def tell_missed(self) -> None:
        for callback in self._missed:
            try:
                callback()
            except Exception:
                logger.exception("what is to be done after a loss on the bus failed")

    # --- the life of a member

    async def start(self) -> None:
        """On the event loop on which handlers shall run. Raises what is wrong with the settings."""
        if self._thread is not None:
            await asyncio.to_thread(self._thread.stop)
            self._thread = None
        layer = self._layer()
        if layer is None:
            return
        self._courier = Courier(self, layer, is_member=True)
        await self._courier.welcomed()

    async def stop(self) -> None:
        courier, self._courier = self._courier, None
        if courier is not None:
            await courier.stop()
        self.peers_by_tag = {}

    def _layer(self) -> BaseChannelLayer | None:
        return get_channel_layer()

    def _wake(self) -> None:
        courier = self._courier
        try:
            if courier is not None:
                courier.wake()
                return
            with self._lock:
                if self._thread is None:
                    self._thread = _CourierThread(self)
            self._thread.courier.wake()
        except RuntimeError:
            # The process ends, and its threads have ended already.
            logger.warning("what was published at the end of the process went nowhere")


class _CourierThread:
    """Sends what a process publishes that has no event loop, until it ends."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._loop = asyncio.SelectorEventLoop()
        begun: Future[Courier] = Future()
        # A daemon: what hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, args=(begun,), name="bus", daemon=True)
        self._thread.start()
        self.courier = begun.result()
        atexit.register(self.stop)

    def stop(self) -> None:
        """After sending what waits, if that goes within a second."""
        atexit.unregister(self.stop)
        ending = asyncio.run_coroutine_threadsafe(self.courier.stop(), self._loop)
        with suppress(Exception):
            ending.result(FLUSH_SECONDS + 0.5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(FLUSH_SECONDS)

    def _run(self, begun: "Future[Courier]") -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_soon(self._begin, begun)
        self._loop.run_forever()
        self._loop.close()

    def _begin(self, begun: "Future[Courier]") -> None:
        begun.set_result(Courier(self._bus, get_channel_layer(), is_member=False))


# Of this process.
bus = Bus()
companion = Companion("bus", start=bus.start, stop=bus.stop)
