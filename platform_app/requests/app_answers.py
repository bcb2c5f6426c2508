"""AppAnswer: an answer that another ASGI application makes, once the layers have let the request through."""

import logging
from typing import IO

from django.http import HttpResponse

from platform_app.requests.asgi import AsgiApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

_PIECE_BYTES = 64 * 1024


class AppAnswer(HttpResponse):
    """Its headers go out with those of the application, which it replaces none of."""

    def __init__(self, app: AsgiApp, root_path: str) -> None:
        """`root_path` is the beginning of the path that belongs to whoever mounted the application."""
        super().__init__()
        del self.headers["Content-Type"]
        self.app = app
        self.root_path = root_path


async def hand_over(
    answer: AppAnswer,
    scope: Scope,
    body: IO[bytes],
    receive: Receive,
    send: Send,
    headers: list[tuple[bytes, bytes]],
) -> None:
    """Have the application answer; it reads the body from its beginning.

    Raises what it raises once its answer has begun.
    """
    body.seek(0)
    has_begun = is_read = False

    async def read() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()  # nothing comes but the end of the connection
        piece = body.read(_PIECE_BYTES)
        is_read = len(piece) < _PIECE_BYTES
        return {"type": "http.request", "body": piece, "more_body": not is_read}

    async def write(message: Message) -> None:
        nonlocal has_begun
        if message["type"] == "http.response.start":
            has_begun = True
            own = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
            names = {name.lower() for name, _ in own} - {b"vary"}
            message = {**message, "headers": [*(one for one in headers if one[0].lower() not in names), *own]}
        await send(message)

    inner = {**scope, "root_path": scope.get("root_path", "") + answer.root_path, "extensions": {}}
    try:
        await answer.app(inner, read, write)
    except Exception:
        if has_begun:
            raise
        logger.exception("the application at %s failed", answer.root_path)
        await send({"type": "http.response.start", "status": 500, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
