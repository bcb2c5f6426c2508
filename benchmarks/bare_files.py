"""The yardstick of files: an ASGI application that stores and sends them and does nothing else.

It speaks as much of the API as `benchmarks.files` asks for: `POST /api/collections/NAME/records` takes a form
with one file, `GET /api/files/NAME/ID/document` sends it, anything else is answered with an empty object.
Files are read and written in chunks on threads, as by a good FileResponse; opening one brings its first
chunk. It knows no database, rules, types, ranges or conditions, and its parser of forms is two cuts.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

import uvicorn

from config import env

CHUNK_BYTES = 256 * 1024
_FILE_NAME = "document"
_END_OF_HEAD = b"\r\n\r\n"
_FILES = "/api/files/"

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class BareFiles:
    """Keeps the file of a record in `folder` under NAME/ID/document."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path.startswith(_FILES):
            await _send_file(self.folder / path.removeprefix(_FILES), send)
            return
        record = {}
        if scope["method"] == "POST":
            _, _, _, collection, _ = path.split("/")
            record = {"id": token_hex(8), "document": _FILE_NAME}
            content_type = dict(scope["headers"])[b"content-type"]
            target = self.folder / collection / record["id"] / _FILE_NAME
            await _store(target, receive, content_type.rpartition(b"boundary=")[2])
        body = json.dumps(record).encode()
        await send(_start(len(body)))
        await send({"type": "http.response.body", "body": body})


async def _send_file(path: Path, send: Send) -> None:
    file, left, chunk = await asyncio.to_thread(_begun, path)
    with file:
        await send(_start(left))
        while True:
            left -= len(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": left > 0})
            if left <= 0:
                return
            chunk = await asyncio.to_thread(file.read, CHUNK_BYTES)


def _begun(path: Path) -> tuple[IO[bytes], int, bytes]:
    """The open file, its size in bytes, and its first chunk."""
    file = path.open("rb", buffering=0)
    return file, os.fstat(file.fileno()).st_size, file.read(CHUNK_BYTES)


async def _store(target: Path, receive: Receive, boundary: bytes) -> None:
    """Write the only file of a form: what lies between the first empty line and the last boundary."""
    file = await asyncio.to_thread(_new, target)
    behind = len(boundary) + len(b"\r\n----\r\n")
    held, has_content, more = bytearray(), False, True
    with file:
        while more:
            message = await receive()
            held += message.get("body", b"")
            more = message.get("more_body", False)
            if not has_content and (end := held.find(_END_OF_HEAD)) >= 0:
                del held[: end + len(_END_OF_HEAD)]
                has_content = True
            if has_content and (len(held) > CHUNK_BYTES + behind or not more):
                await asyncio.to_thread(file.write, bytes(held[:-behind]))
                del held[:-behind]


def _new(target: Path) -> IO[bytes]:
    target.parent.mkdir(parents=True)
    return target.open("wb", buffering=0)


def _start(size_bytes: int) -> Mapping[str, Any]:
    headers = [
        (b"content-type", b"application/octet-stream"),
        (b"content-length", str(size_bytes).encode()),
    ]
    return {"type": "http.response.start", "status": 200, "headers": headers}


if __name__ == "__main__":
    uvicorn.run(
        BareFiles(env.path("DATA_DIR", Path("pb_data"))),
        host="127.0.0.1",
        port=env.integer("PORT", 8091),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        log_level="warning",
    )
