"""channels_redis's layer over Redis's pub/sub, which says when it has been without a connection.

By itself it connects again in silence, and what was published meanwhile is lost
(https://github.com/django/channels_redis/issues/256).
"""

import logging
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio.connection import AbstractConnection

# A server that is gone without a word is noticed after about so many seconds.
_PATIENCE = {"socket_connect_timeout": 5, "socket_timeout": 5, "health_check_interval": 15}


def _nothing() -> None:
    return None


class RedisLayer(RedisPubSubChannelLayer):  # type: ignore[misc] # channels_redis has no types
    def __init__(self, url: str, **options: Any) -> None:
        # Called on the event loop when a connection is there again. It may not hear yet.
        self.on_reconnected: Callable[[], object] = _nothing
        self._connected_before: WeakSet[AbstractConnection] = WeakSet()
        self._deafness = _Deafness()
        host = {"address": url, **_PATIENCE, "redis_connect_func": self._connected}
        super().__init__(hosts=[host], **options)
        logging.getLogger("channels_redis.pubsub").addFilter(self._deafness)

    async def _connected(self, connection: AbstractConnection) -> None:
        await connection.on_connect()
        self._deafness.is_known = False
        if connection in self._connected_before:
            self.on_reconnected()
        self._connected_before.add(connection)


class _Deafness(logging.Filter):
    """Lets pass that nothing is heard once, and not every second."""

    is_known = False

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info is None:
            return True
        was_known, self.is_known = self.is_known, True
        return not was_known
