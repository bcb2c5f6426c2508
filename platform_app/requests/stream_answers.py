"""Answers that open a stream: middleware and view decide about it, a consumer holds the connection."""

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpResponse

from platform_app.requests.asgi import Send


class StreamAnswer(HttpResponse):
    """The head of an answer without an end: server-sent events, which nobody on the way may keep back.

    The application that `config/asgi.py` names for streams gets the request's scope with this answer in it,
    as `answer_in` finds it, and with `route` for its path. It sends the head, and what follows whenever it
    wants. HEAD gets the head alone; so does every client of a WSGI server.
    """

    def __init__(self, route: str, subject: object) -> None:
        """`subject` is what the view wants to tell whoever holds the connection."""
        super().__init__(content_type="text/event-stream")
        self["Cache-Control"] = "no-store"
        self["X-Accel-Buffering"] = "no"
        self.route = route
        self.subject = subject


_KEY = "joey.stream_answer"

# The type of a message that `serve` takes once the head is sent: what `send` returns then writes pieces of
# the body at once, without a coroutine for each (a third of what it takes to tell thousands something).
PIECE_WRITER = "joey.http.response.piece_writer"

# False when a piece was not sent: the client has to take what was sent before, or nobody is there.
WritePiece = Callable[[bytes], bool]


def with_answer(scope: Any, answer: StreamAnswer, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """The scope of a stream: that of its request, with the answer and its headers as they go out."""
    return {**scope, "path": answer.route, _KEY: (answer, headers)}


def answer_in(scope: Any) -> tuple[StreamAnswer, list[tuple[bytes, bytes]]]:
    """The answer whose stream this is, and its headers."""
    found: tuple[StreamAnswer, list[tuple[bytes, bytes]]] = scope[_KEY]
    return found


async def piece_writer(scope: Any, send: Send) -> WritePiece | None:
    """What writes pieces of this answer; None on servers that have no such thing."""
    if PIECE_WRITER not in scope.get("extensions", ()):
        return None
    return cast(WritePiece, await send({"type": PIECE_WRITER}))
