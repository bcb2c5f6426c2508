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
import socket
import string
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from channels.layers import BaseChannelLayer, channel_layers, get_channel_layer

from platform_app.requests.lifetime import Companion
from platform_app.wire.json_encoding import encode
from realtime_app.bus.courier import FLUSH_SECONDS, Courier, Handler
from realtime_app.bus.errors import NoSuchProcess
from realtime_app.bus.outbox import MOST_PAYLOAD_BYTES, Outbox
from realtime_app.bus.peers import Peers
from realtime_app.bus.unix_layer import UnixLayer

logger = logging.getLogger(__name__)

TAG_LENGTH = 6
ANNOUNCE_SECONDS = 2.0
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
        self.members = Peers()
        self._courier: Courier | None = None
        self._thread: _CourierThread | None = None
        self._is_starting = False
        self._lock = threading.Lock()

    def _begin_in_child(self) -> None:
        # Threads do not cross a fork, and the parent's sockets are not ours.
        if self._thread is not None:
            atexit.unregister(self._thread.stop)
        layers, channel_layers.backends = channel_layers.backends, {}
        for layer in layers.values():
            if isinstance(layer, UnixLayer):
                layer.abandon()
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
        if self.outbox.put(kind, data) or (self._courier or self._thread) is None:
            self._wake()

    def ask(self, tag: str, kind: str, payload: Any, *, seconds: float) -> "Future[Any]":
        """What the handler for `kind` of that process returns, or the result of the future that it returns.

        The future raises NoSuchProcess, NoAnswer after so many seconds, AskFailed when the handler raised, or
        TypeError or ValueError for a payload that is not JSON or too large.
        """
        answer: Future[Any] = Future()
        answer.set_running_or_notify_cancel()  # nobody cancels what the other process has begun
        courier = self._courier
        try:
            data = encode(payload)
            if len(data) > MOST_PAYLOAD_BYTES:
                raise ValueError(f"a question of {len(data)} bytes; the most are {MOST_PAYLOAD_BYTES}")
            if courier is None:
                raise NoSuchProcess("this process hears no others")
            courier.loop.call_soon_threadsafe(courier.ask, tag, kind, data, seconds, answer)
        except (NoSuchProcess, TypeError, ValueError, RecursionError) as error:
            answer.set_exception(error)
        except RuntimeError:  # the loop has ended
            answer.set_exception(NoSuchProcess("this process ends"))
        return answer

    def announce(self, key: str, value: Any) -> "Future[None]":
        """Let all others know this, and everybody who comes later; done when they know, or cannot.

        Raises TypeError or ValueError for what is not JSON.
        """
        encode(value)  # everybody would stumble over it later
        told: Future[None] = Future()
        told.set_running_or_notify_cancel()
        with self._lock:
            self.announced = {**self.announced, key: value}
            announced, left = self.announced, set(self.members.by_tag)
        if not left:
            told.set_result(None)

        def heard(tag: str) -> None:
            with self._lock:
                left.remove(tag)
                was_last = not left
            if was_last:
                told.set_result(None)

        for tag in tuple(left):
            asked = self.ask(tag, Courier.ANNOUNCED, announced, seconds=ANNOUNCE_SECONDS)
            asked.add_done_callback(lambda _, tag=tag: heard(tag))  # type: ignore[misc]
        return told

    # --- from others

    def on(self, kind: str, handler: Handler) -> None:
        """Call `handler(payload)` for what others publish or ask. Raises ValueError for a second one."""
        if self._handlers.setdefault(kind, handler) != handler:
            raise ValueError(f"two handlers for {kind!r} on the bus")

    def on_missed(self, callback: Callable[[], object]) -> None:
        """Called on the event loop when something that others did may not be known here.

        Also once when this process begins to hear them, as it has heard nothing before.
        """
        if callback not in self._missed:
            self._missed.append(callback)

    # --- who is there

    @property
    def peers(self) -> dict[str, Mapping[str, Any]]:
        """What every other member has announced, by its tag; nothing in a process that is no member."""
        return {tag: peer.announced for tag, peer in self.members.by_tag.items()}

    def is_peer(self, tag: str) -> bool:
        """Whether another member has this tag."""
        return tag in self.members.by_tag

    @property
    def is_alone(self) -> bool:
        """Whether nobody hears what is published."""
        courier = self._courier
        if courier is not None:
            return not self.members.by_tag and courier.knows_all
        layer = get_channel_layer()
        return layer is None or (isinstance(layer, UnixLayer) and not layer.others())

    def has_anybody(self, key: str) -> bool:
        """Whether another process has announced a true value, or may have: only members are told."""
        peers = self.members.by_tag
        if peers:
            return any(peer.announced.get(key) for peer in peers.values())
        return not self.is_alone

    # --- for the courier

    def handler_of(self, kind: str) -> Handler | None:
        return self._handlers.get(kind)

    def tell_missed(self) -> None:
        for callback in self._missed:
            try:
                callback()
            except Exception:
                logger.exception("what is to be done after a loss on the bus failed")

    # --- the life of a member

    async def start(self) -> None:
        """On the event loop on which handlers shall run. Raises what is wrong with the settings."""
        with self._lock:
            self._is_starting = True
            thread, self._thread = self._thread, None
        try:
            if thread is not None:
                await asyncio.to_thread(thread.stop)
            layer = get_channel_layer()
            if layer is None:
                return
            self._courier = Courier(self, layer, is_member=True)
        finally:
            self._is_starting = False
        await self._courier.welcomed()

    async def stop(self) -> None:
        courier, self._courier = self._courier, None
        if courier is not None:
            await courier.stop()
        self.members.by_tag = {}

    def finish(self) -> None:
        """Send what waits, within a second or two; for a process that ends without Python's own end."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()

    def _wake(self) -> None:
        try:
            with self._lock:
                if self._is_starting:
                    return  # the courier that comes looks for letters first
                courier = self._courier
                if courier is None:
                    if self._thread is None:
                        self._thread = _CourierThread(self)
                    courier = self._thread.courier
            courier.wake()
        except (RuntimeError, OSError) as error:
            # The process ends, and its threads have ended already; or there is no room for one or its files.
            logger.warning("what is published goes nowhere: %s", error)


class _CourierThread:
    """Sends what a process publishes that has no event loop, until it ends."""

    def __init__(self, bus: Bus) -> None:
        self._loop = _LoopUntilTheEnd()
        begun: Future[Courier] = Future()
        begin = partial(self._begin, bus, get_channel_layer(), begun)
        # A daemon: what hangs must not keep the process from ending.
        threading.Thread(target=self._run, args=(begin,), name="bus", daemon=True).start()
        self.courier = begun.result()
        atexit.register(self.stop)

    def stop(self) -> None:
        """After sending what waits, if that goes within a second."""
        atexit.unregister(self.stop)
        ending = asyncio.run_coroutine_threadsafe(self.courier.stop(), self._loop)
        with suppress(TimeoutError):
            ending.result(2 * FLUSH_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, begin: Callable[[], None]) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_soon(begin)
        self._loop.run_forever()
        self._loop.close()

    def _begin(self, bus: Bus, layer: BaseChannelLayer, begun: "Future[Courier]") -> None:
        begun.set_result(Courier(bus, layer, is_member=False))


class _LoopUntilTheEnd(asyncio.SelectorEventLoop):
    """Finds servers by their names also while the process ends: Python's pools take no more work then."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        found: Future[Any] = Future()

        def find() -> None:
            try:
                found.set_result(socket.getaddrinfo(host, port, **options))
            except Exception as error:  # noqa: BLE001 - handed to who waits
                found.set_exception(error)

        threading.Thread(target=find, daemon=True).start()
        return await asyncio.wrap_future(found)


# Of this process.
bus = Bus()
companion = Companion("bus", start=bus.start, stop=bus.stop)
