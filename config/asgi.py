"""The ASGI application: one pass per request on a thread whose database connections stay open.

Django's own ASGI handler gives every request a fresh thread and so a fresh SQLite connection, which costs
ten times what a view does. Here the body is read on the event loop, then middleware and view run together:
short work on the loop's own thread (`platform_app.database.rows` holds it to a budget), everything else on a
thread of a small pool. Then the answer is sent.
"""

import asyncio
import gc
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import IO, Any

import django

# What is loaded here stays until the end: the garbage collector need not look at it, now or ever (see below).
gc.disable()

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")  # noqa: TID251 - Django's own contract
django.setup(set_prefix=False)

from django.core.handlers.asgi import ASGIRequest  # noqa: E402 - the apps must be loaded first
from django.core.handlers.base import BaseHandler  # noqa: E402
from django.db import close_old_connections, reset_queries  # noqa: E402
from django.http import HttpRequest, HttpResponse, HttpResponseBase  # noqa: E402
from django.urls import resolve, set_script_prefix  # noqa: E402

from config import env  # noqa: E402
from platform_app.database import rows  # noqa: E402
from platform_app.requests.answers import error_response  # noqa: E402
from platform_app.requests.body_size import CUT_OFF  # noqa: E402
from platform_app.requests.receiving import ClientGone, read_body  # noqa: E402
from platform_app.wire.errors import as_api_error  # noqa: E402
from system_app.middleware.body_limit import limit_for_reading  # noqa: E402

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

UPKEEP_SECONDS = 1.0
MOST_INLINE_BODY_BYTES = 64 * 1024
WRITES_PER_CHECKPOINT = 1000
_BUFFERED_BYTES = 2048  # what Go's server holds back before it sends the head of an answer


class JoeyHandler(BaseHandler):
    """Runs a request through Django's middleware and view, synchronously and in one go."""

    def __init__(self) -> None:
        self.load_middleware(is_async=False)
        # Django's resolver tries pattern after pattern, a quarter of a whole view request. The routes
        # that carry the load are recognised by their shape; their views still come from the URLconf.
        self.record_list = resolve("/api/collections/c/records").func
        self.record_view = resolve("/api/collections/c/records/r").func
        self.auth_refresh = resolve("/api/collections/c/auth-refresh").func

    def resolve_request(self, request: HttpRequest) -> Any:
        match request.path_info.split("/"):
            case ["", "api", "collections", collection, "records"] if collection:
                return self.record_list, (), {"collection": collection}
            case ["", "api", "collections", collection, "records", record_id] if collection and record_id:
                return self.record_view, (), {"collection": collection, "record_id": record_id}
            case ["", "api", "collections", collection, "auth-refresh"] if collection:
                return self.auth_refresh, (), {"collection": collection}
        return super().resolve_request(request)

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        # As Django's, but for two things that cost every request: naming the URLconf (there is only one) and
        # logging what clients did wrong (what we did wrong is logged by `platform_app.wire.errors`).
        response: HttpResponseBase = self._middleware_chain(request)  # type: ignore[attr-defined]
        response._resource_closers.append(request.close)  # type: ignore[attr-defined]
        return response

    def respond(self, scope: Scope, body: IO[bytes], *, too_large: bool) -> HttpResponseBase:
        try:
            request = ASGIRequest(scope, body)
        except (UnicodeDecodeError, ValueError) as error:
            return error_response(as_api_error(error))
        meta = request.META
        meta["RAW_PATH"] = scope.get("raw_path", b"").decode("latin-1")
        if too_large:
            meta[CUT_OFF] = True
        response = self.get_response(request)
        if not response.streaming:
            request.close()
        return response


class Upkeep(threading.local):
    """Does on each pool thread, now and then, what Django's request signals do around every request.

    Sending the signals costs more than a primary key query; what hangs on them (closing connections that
    broke or grew too old) matters every second, not every time.
    """

    next_at = 0.0

    def check(self) -> None:
        now = time.monotonic()
        if now >= self.next_at:
            self.next_at = now + UPKEEP_SECONDS
            close_old_connections()
            reset_queries()


class Application:
    """The HTTP application: records are read and written inline while that is short, all else in `pool`."""

    def __init__(self) -> None:
        set_script_prefix("/")
        self.handler = JoeyHandler()
        self.pool = ThreadPoolExecutor(env.integer("POOL_THREADS", 4), "joey")
        self.upkeep = Upkeep()
        # This module is imported by the thread that later runs the event loop.
        self.inline_writes = 0
        self.inline_lane = env.boolean("INLINE_LANE", True) and rows.open_inline_lane()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"unsupported connection type {scope['type']!r}")
        try:
            body, too_large = await read_body(scope, receive, self._limit)
        except ClientGone:
            return
        response = None
        if self.inline_lane and isinstance(body, BytesIO) and _may_run_inline(scope, body):
            response, body = self._inline(scope, body)
        if response is None:
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self.pool, self._respond, scope, body, too_large)
        await self._send(scope, response, send)
        body.close()

    async def _limit(self, scope: Scope) -> int:
        """The limit of this request's route; it may take the database to know."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, self._find_limit, scope)

    def _find_limit(self, scope: Scope) -> int:
        self.upkeep.check()
        return limit_for_reading(scope)

    def _inline(self, scope: Scope, body: BytesIO) -> tuple[HttpResponseBase | None, BytesIO]:
        """The answer, or None when the request needs the pool after all; and its body, to be read again."""
        content = body.getvalue()
        try:
            response = rows.run_inline(lambda: self.handler.respond(scope, body, too_large=False))
        except rows.NeedsPool:
            return None, BytesIO(content)
        if content:
            self.inline_writes += 1
            if self.inline_writes % WRITES_PER_CHECKPOINT == 0:
                self.pool.submit(rows.checkpoint)
        return response, body

    def _respond(self, scope: Scope, body: IO[bytes], too_large: bool) -> HttpResponseBase:
        self.upkeep.check()
        return self.handler.respond(scope, body, too_large=too_large)

    async def _send(self, scope: Scope, response: HttpResponseBase, send: Send) -> None:
        head_only = scope["method"] == "HEAD"
        headers = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in response.items()]
        headers += [
            (b"Set-Cookie", cookie.output(header="").strip().encode()) for cookie in response.cookies.values()
        ]
        if isinstance(response, HttpResponse):
            content = response.content
            if _tells_length(response, len(content), head_only=head_only):
                headers.append((b"Content-Length", str(len(content)).encode()))
            await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if head_only else content})
            return
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await self._stream(response, send, head_only=head_only)

    async def _stream(self, response: HttpResponseBase, send: Send, *, head_only: bool) -> None:
        loop = asyncio.get_running_loop()
        chunks: Iterator[bytes] = iter(response)
        try:
            while not head_only:
                chunk = await loop.run_in_executor(self.pool, next, chunks, None)
                if chunk is None:
                    break
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await loop.run_in_executor(self.pool, response.close)


def _tells_length(response: HttpResponse, length: int, *, head_only: bool) -> bool:
    """Whether the answer has a Content-Length; to HEAD Go names that of what it buffers, and of no error."""
    if head_only:
        return response.status_code < 400 and 0 < length <= _BUFFERED_BYTES
    return response.status_code != 204


def _may_run_inline(scope: Scope, body: BytesIO) -> bool:
    """Whether this looks like short work: to read records, to write one from a small JSON body, a new token.

    What is tried here and not short runs again in the pool, so nothing may have happened by then: reads
    change nothing, and `platform_app.database.rows` sends no request away once its row is written.
    """
    size = body.getbuffer().nbytes
    method: str = scope["method"]
    path: str = scope["path"]
    if method in {"GET", "HEAD"}:
        return not size and path.startswith(("/api/collections/", "/api/health"))
    if not path.startswith("/api/collections/") or size > MOST_INLINE_BODY_BYTES:
        return False
    if not size:
        return method == "POST" and path.endswith("/auth-refresh")
    return (
        method in {"POST", "PATCH"}
        and "/records" in path
        and any(name == b"content-type" and b"json" in value for name, value in scope["headers"])
    )


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = Application()

gc.freeze()
gc.set_threshold(700, 10, 10)  # Python's own: requests make what goes again (manage.py sets another)
gc.enable()
