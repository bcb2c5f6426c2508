"""The shapes that ASGI servers and applications exchange."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

# A key in the start of an answer whose whole body is the next message, and not empty. Other servers than
# system_app.connections do not look at it.
BODY_FOLLOWS = "body_follows"


async def until_disconnected(receive: Receive) -> None:
    """Return when the client is gone; only for requests whose body was read to its end."""
    while (await receive())["type"] != "http.disconnect":
        pass
