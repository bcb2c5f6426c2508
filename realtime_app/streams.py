"""Stream: the sending end of one client's connection, on the event loop.

A frame goes out at once where the connection takes it, without a task and without waiting. Where it does not,
frames queue up to a bound, and a client that falls further behind is cut off: it comes back by itself, and
nobody waits for it. Ends after `idle_seconds` without a delivery, and after `max_seconds` in any case.
Reference: contract/realtime.md 2.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any, cast

from platform_app.requests.asgi import Message, Send
from platform_app.requests.stream_answers import WritePiece

MOST_QUEUED_BYTES = 1024 * 1024
MOST_QUEUED_FRAMES = 10_000
# Of all streams of the process: many slow clients are not to take all memory together.
MOST_QUEUED_BYTES_OF_ALL = 256 * 1024 * 1024


class _Queued:
    """What the streams of this process have in their queues; changed on the event loop alone."""

    bytes = 0


class Stream:
    """Call everything on the event loop. `on_end` is called once, when no frame can be sent any more."""

    __slots__ = (
        "_ends_at",
        "_idle_seconds",
        "_is_over",
        "_last_at",
        "_loop",
        "_on_end",
        "_queue",
        "_queued_bytes",
        "_send",
        "_timer",
        "_waiting",
        "_write_piece",
    )

    def __init__(
        self,
        send: Send,
        on_end: Callable[[], None],
        *,
        idle: float,
        longest: float,
        write_piece: WritePiece | None = None,
    ) -> None:
        """`idle` and `longest` are the seconds after which it ends."""
        self._send = send
        self._write_piece = write_piece
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._idle_seconds = idle
        self._last_at = time.monotonic()
        self._ends_at = self._last_at + longest
        self._is_over = False
        self._queue: deque[bytes] | None = None  # made when it is needed: most never are, and it is large
        self._queued_bytes = 0
        self._waiting: asyncio.Task[None] | None = None  # for the client to take what was sent
        self._timer = self._loop.call_later(min(idle, longest), self._look_at_clock)

    def push(self, frame: bytes) -> None:
        """Send a frame, now or when the client has taken those before."""
        if self._is_over:
            return
        if self._waiting is None:
            if self._write_piece is not None and self._write_piece(frame):
                self._last_at = time.monotonic()
            else:
                self._write({"type": "http.response.body", "body": frame, "more_body": True})
            return
        if self._queue is None:
            self._queue = deque()
        self._queue.append(frame)
        self._count(len(frame))
        if (
            self._queued_bytes > MOST_QUEUED_BYTES
            or len(self._queue) > MOST_QUEUED_FRAMES
            or _Queued.bytes > MOST_QUEUED_BYTES_OF_ALL
        ):
            self.close()

    def close(self) -> None:
        """End the answer; frames that wait are lost, as is what the client has missed."""
        if self._is_over:
            return
        self._end()
        if self._waiting is None:
            self._write({"type": "http.response.body", "body": b"", "more_body": False})

    def abandon(self) -> None:
        """The connection is gone: nothing is sent any more, not even the end."""
        self._end()
        if self._waiting is not None:
            self._waiting.cancel()

    # --- writing ---

    def _write(self, message: Message) -> None:
        # What servers give is a coroutine, and one that seldom waits.
        sending = cast(Coroutine[Any, Any, None], self._send(message))
        try:
            waits_for = sending.send(None)
        except StopIteration:
            self._last_at = time.monotonic()
        except Exception:  # noqa: BLE001 - whatever a server raises, nothing can be sent
            self._end()
        else:
            going_on = self._go_on(_Rest(sending, waits_for), is_end=not message["more_body"])
            self._waiting = self._loop.create_task(going_on)

    async def _go_on(self, rest: "_Rest", *, is_end: bool) -> None:
        """Wait until the client has taken a frame, or the end; then send what has queued up."""
        try:
            await rest
            while self._queue:
                self._last_at = time.monotonic()
                frame = self._queue.popleft()
                self._count(-len(frame))
                await self._send({"type": "http.response.body", "body": frame, "more_body": True})
            self._last_at = time.monotonic()
            if self._is_over and not is_end:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        except Exception:  # noqa: BLE001 - as above
            self._end()
        finally:
            self._waiting = None

    # --- ending ---

    def _look_at_clock(self) -> None:
        now = time.monotonic()
        until = min(self._last_at + self._idle_seconds, self._ends_at)
        if now >= until:
            self.close()
        else:
            self._timer = self._loop.call_later(until - now, self._look_at_clock)

    def _end(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._timer.cancel()
        self._queue = None
        self._count(-self._queued_bytes)
        self._on_end()

    def _count(self, size_bytes: int) -> None:
        self._queued_bytes += size_bytes
        _Queued.bytes += size_bytes


class _Rest:
    """A coroutine that was begun, to be awaited from where it waits."""

    def __init__(self, sending: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._sending = sending
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        with suppress(StopIteration):
            while True:
                try:
                    value = yield waits_for
                except BaseException as error:  # noqa: BLE001 - it is the coroutine that waits
                    waits_for = self._sending.throw(error)
                else:
                    waits_for = self._sending.send(value)
