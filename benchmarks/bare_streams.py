"""The yardstick of realtime: an ASGI application that keeps streams and sends what is posted to all of them.

It speaks as much of the API as `benchmarks.realtime` asks for. `GET /api/realtime` opens a stream, and
`POST /api/collections/NAME/records` sends the same bytes to all streams as Joey would: every one has a queue
and a coroutine that waits for it, as in any tutorial. It knows no topics, rules, records or database;
anything else is answered with an empty object.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from secrets import token_hex
from typing import Any

import uvicorn

from config import env

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_EVENT_STREAM = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
_NOW = "2026-01-01 00:00:00.000Z"


class BareStreams:
    def __init__(self) -> None:
        self.queues: dict[str, asyncio.Queue[bytes]] = {}

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["path"] == "/api/realtime" and scope["method"] == "GET":
            await self._stream(receive, send)
            return
        body = await _body(receive) if scope["method"] == "POST" else b""
        answer = self._broadcast(scope["path"], body) if scope["path"].endswith("/records") else b"{}"
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _stream(self, receive: Receive, send: Send) -> None:
        client_id = token_hex(20)
        queue = self.queues[client_id] = asyncio.Queue()
        await send({"type": "http.response.start", "status": 200, "headers": _EVENT_STREAM})
        await receive()  # the empty body
        gone = asyncio.ensure_future(receive())
        gone.add_done_callback(lambda _: queue.put_nowait(b""))
        frame = _frame("PB_CONNECT", json.dumps({"clientId": client_id}).encode())
        try:
            while frame:
                whole = b"id:" + client_id.encode() + frame
                await send({"type": "http.response.body", "body": whole, "more_body": True})
                frame = await queue.get()
        finally:
            gone.cancel()
            del self.queues[client_id]

    def _broadcast(self, path: str, body: bytes) -> bytes:
        name = path.split("/")[3]
        stored = {"collectionId": "pbc_0000000000", "collectionName": name, "created": _NOW}
        record = stored | {"id": token_hex(7), **json.loads(body), "updated": _NOW}
        frame = _frame(f"{name}/*", json.dumps({"record": record, "action": "create"}).encode())
        for queue in self.queues.values():
            queue.put_nowait(frame)
        return json.dumps(record).encode()


def _frame(name: str, data: bytes) -> bytes:
    return b"\nevent:" + name.encode() + b"\ndata:" + data + b"\n\n"


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


if __name__ == "__main__":
    uvicorn.run(
        BareStreams(),
        host="127.0.0.1",
        port=env.integer("PORT", 8091),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        log_level="warning",
        backlog=8192,
    )
