"""A Channels layer over PostgreSQL's LISTEN and NOTIFY, for processes on several machines.

Two connections of its own, so that no transaction of a request notifies or waits for one that does. Nothing
is stored: a process that is not connected misses what is sent, and is told so when it is again. Why it is our
own is in docs/decisions/0013-a-bus-of-channel-layers.md.
"""

import asyncio
import logging
from base64 import b64decode, b64encode
from typing import Any

from psycopg import AsyncConnection, Error

from realtime_app.bus.broadcast_layer import BroadcastLayer
from realtime_app.bus.parts import Assembly, NotAPart, split

logger = logging.getLogger(__name__)

# A payload has less than 8,000 bytes, and base64 makes four of three.
PART_BYTES = 5_900
# What is sent with one statement, so that the memory for it stays small on both sides.
_PARTS_AT_ONCE = 200
_NOTIFY = "SELECT pg_notify(%s, part) FROM unnest(%s::text[]) AS part"
_ALL = "joey_bus"
_CONNECT_SECONDS = 10
_RETRY_SECONDS = 1.0
# A server that is gone without a word is noticed after about so long.
_KEEPALIVES: dict[str, Any] = {
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


class PostgresLayer(BroadcastLayer):
    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(**options)
        self._url = url
        self._sender: AsyncConnection[Any] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._assembly = Assembly()
        self._number = 0
        self._lock = asyncio.Lock()

    async def close(self) -> None:
        await self._stop_listening()
        sender, self._sender = self._sender, None
        if sender is not None:
            await sender.close()

    async def _open(self) -> None:
        """Raises psycopg.Error when the server cannot be reached the first time; later it is tried again."""
        async with self._lock:
            if self._listening is None:
                hears: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._listening = asyncio.create_task(self._listen(hears))
                try:
                    await hears
                except BaseException:
                    await self._stop_listening()
                    raise

    def _left(self) -> None:
        self._listening = self._sender = None
        self._lock = asyncio.Lock()

    async def _transmit(self, to: str | None, packed: bytes) -> None:
        """Raises psycopg.Error."""
        self._number += 1
        parts = split(self.name, self._number, packed, PART_BYTES)
        channel = _ALL if to is None else f"{_ALL}_{to}"
        async with self._lock:  # the parts of one message follow each other
            for start in range(0, len(parts), _PARTS_AT_ONCE):
                texts = [b64encode(part).decode() for part in parts[start : start + _PARTS_AT_ONCE]]
                await self._notify(channel, texts)

    async def _notify(self, channel: str, texts: list[str]) -> None:
        if self._sender is None:
            self._sender = await self._connected()
        try:
            await self._sender.execute(_NOTIFY, (channel, texts))
        except Error:
            sender, self._sender = self._sender, None
            await sender.close()
            raise

    # --- listening

    async def _connected(self) -> AsyncConnection[Any]:
        connection = await AsyncConnection.connect(self._url, autocommit=True, **_KEEPALIVES)
        connection.prepare_threshold = None  # a pooler in between need not know our statements
        return connection

    async def _listen(self, hears: "asyncio.Future[None]") -> None:
        is_deaf = False
        while True:
            try:
                async with await self._connected() as listener:
                    await listener.execute(f"LISTEN {_ALL}; LISTEN {_ALL}_{self.name}")
                    if is_deaf:
                        is_deaf = False
                        logger.warning("the bus hears PostgreSQL again")
                        self.on_missed()
                    elif not hears.done():
                        hears.set_result(None)
                    async for notify in listener.notifies():
                        self._take(notify.payload)
            except Error as error:  # also of a server that lets nobody listen: it may be a standby
                if not hears.done():
                    hears.set_exception(error)
                    return
                if not is_deaf:
                    logger.error("the bus does not hear PostgreSQL: %s", error)
                is_deaf = True
                await asyncio.sleep(_RETRY_SECONDS)

    async def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            await asyncio.wait([listening])

    def _take(self, payload: str) -> None:
        try:
            packed = self._assembly.add(b64decode(payload))
        except (NotAPart, ValueError):  # from another version
            self.on_missed()
            return
        self._assembly.forget_old()
        if self._assembly.lost:
            self._assembly.lost = 0
            self.on_missed()
        if packed is not None:
            self._received(packed)
