"""A client's connection before it is encrypted: watched like any other while it does nothing."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from system_app.connections.watch import Watch, Watched

logger = logging.getLogger(__name__)


class Handshake(asyncio.Protocol):
    """Ends with the connection that `connect` makes in its place, or with what cannot be encrypted.

    Instead of the event loop's own, which counts no such connections and gives each a minute: whoever opens
    many and says nothing would use up the process's descriptors.
    """

    def __init__(
        self, watch: Watch, context: ssl.SSLContext, connect: Callable[[Watched], asyncio.Protocol]
    ) -> None:
        self._watch = watch
        self._context = context
        self._connect = connect
        self._plain: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None  # the event loop would forget it

    def connection_made(self, transport: Any) -> None:
        # uvloop's start_tls may lose what comes before it is called. So the socket is taken away from this
        # transport, which has not begun to read, for one that is encrypted from the beginning.
        self._plain = transport.get_extra_info("socket").dup()
        transport.abort()
        loop = asyncio.get_running_loop()
        self._watch.begin(loop)
        self._watch.join(self)
        self._task = loop.create_task(self._encrypt(loop, self._plain))

    def cut(self) -> None:
        """The handshake fails then, and cleans up."""
        with suppress(OSError):  # it has ended already
            cast(socket.socket, self._plain).shutdown(socket.SHUT_RDWR)

    def is_event_stream(self) -> bool:
        return False

    async def _encrypt(self, loop: asyncio.AbstractEventLoop, plain: socket.socket) -> None:
        try:
            await loop.connect_accepted_socket(
                lambda: self._connect(self),
                plain,
                ssl=self._context,
                ssl_handshake_timeout=self._watch.bounds.head_seconds,
                # What is left of an answer when the connection is closed has as much time as all of it.
                ssl_shutdown_timeout=self._watch.bounds.write_seconds,
            )
        except OSError as error:  # TLS has its errors below this one
            logger.debug("a connection could not be encrypted: %s", error)
        finally:
            self._watch.leave(self)
