"""channels_redis's layer over Redis's pub/sub, which says when it has been without a connection.

By itself it connects again in silence, and what was published meanwhile is lost
(https://github.com/django/channels_redis/issues/256).
"""

import logging
import time
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio.connection import AbstractConnection

logger = logging.getLogger(__name__)

# A server that is gone without a word is noticed after about so many seconds.
_PATIENCE = {"socket_connect_timeout": 5, "socket_timeout": 5, "health_check_interval": 15}
_PAUSE_SECONDS = 30.0


def _nothing() -> None:
    return None


class RedisLayer(RedisPubSubChannelLayer):  # type: ignore[misc] # channels_redis has no types
    def __init__(self, url: str, **options: Any) -> None:
        # Called on the event loop when a connection is there again. It may not hear yet.
        self.on_reconnected: Callable[[], object] = _nothing
        self._connected_before: WeakSet[AbstractConnection] = WeakSet()
        host = {"address": url, **_PATIENCE, "redis_connect_func": self._connected}
        super().__init__(hosts=[host], **options)
        logging.getLogger("channels_redis.pubsub").addFilter(_Deafness())

    async def _connected(self, connection: AbstractConnection) -> None:
        await connection.on_connect()
        if connection in self._connected_before:
            logger.warning("the bus is connected to Redis again")
            self.on_reconnected()
        self._connected_before.add(connection)


class _Deafness(logging.Filter):
    """Says now and then that nothing is heard, and not every second with a traceback."""

    _said_at = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info is None:
            return True
        now = time.monotonic()
        if now > self._said_at + _PAUSE_SECONDS:
            self._said_at = now
            logger.error("the bus does not hear Redis: %s", record.exc_info[1])
        return False
