"""The ASGI application: one pass per request on a thread whose database connections stay open.

Django's own ASGI handler gives every request a fresh thread and so a fresh SQLite connection, which costs
ten times what a view does. Here the body is read on the event loop, then middleware and view run together in
the lane that the table of routes names (`lanes.py`): short work on the loop's own thread, everything else on
a thread that is kept. Then the answer is sent, at once or when what it waits for is done (`held_answers.py`).
"""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future as Job
from contextlib import suppress
from functools import cache
from io import BytesIO
from math import inf
from sys import maxsize
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve, set_script_prefix

from platform_app.database.lanes import (
    Allowance,
    NeedsOutcome,
    NeedsPool,
    NeedsTime,
    TooLong,
    run_allowed,
    run_inline,
    wasted_seconds,
)
from platform_app.database.rows import checkpoint, open_inline_lane
from platform_app.requests.activity import Answered, Refused
from platform_app.requests.answers import error_response
from platform_app.requests.app_answers import AppAnswer, hand_over
from platform_app.requests.asgi import BODY_FOLLOWS, AsgiApp, Receive, Scope, Send, until_disconnected
from platform_app.requests.asgi_request import request_of
from platform_app.requests.body_size import CUT_OFF
from platform_app.requests.cold_routes import load_cold_routes
from platform_app.requests.file_answers import FileAnswer, copy_out
from platform_app.requests.held_answers import Held, Wait, attempt, begin, collect, tell, too_late
from platform_app.requests.lane_threads import LaneFull, ThreadLane, stop_threads, threads_of
from platform_app.requests.lanes import (
    MOST_INLINE_BODY_BYTES,
    Entry,
    Lane,
    LaneTable,
    Shape,
    ShapeFinder,
    discover_lanes,
)
from platform_app.requests.lifetime import Companion, StartFailed, lifetime
from platform_app.requests.receiving import BodyLimits, ClientGone, NoRoomForBody, read_body
from platform_app.requests.stream_answers import StreamAnswer, with_answer
from platform_app.requests.streaming import stream
from platform_app.wire.errors import ApiError, as_api_error

logger = logging.getLogger(__name__)

WRITES_PER_CHECKPOINT = 1000
STOP_SECONDS = 2.0
# From then on somebody looks whether the client is still there.
_PATIENCE_SECONDS = 1.0
# What reads may take on the threads that all queries share, before they move to the lane `long`.
SLICE_SECONDS = 0.25
_READS = frozenset({"GET", "HEAD"})
_LEFT_AFTER_A_SLICE = frozenset({"queries", "bulk"})
_WITH_BODIES = frozenset({"pool", "queries"})
_BUFFERED_BYTES = 2048  # what Go's server holds back before it sends the head of an answer

Answer = tuple[HttpResponseBase, Held | None]


class JoeyHandler(BaseHandler):
    """Runs a request through Django's middleware and view, synchronously and in one go."""

    def __init__(self, hot: list[Shape]) -> None:
        self.load_middleware(is_async=False)
        # Django's resolver tries pattern after pattern, a quarter of a whole view request. The routes
        # that carry the load are recognised by their shape; their views still come from the URLconf.
        finder = ShapeFinder(hot)
        self._match = finder.match
        self._views = {group: (_view_of(hot[at]), hot[at].names) for group, at in finder.found.items()}

    def resolve_request(self, request: HttpRequest) -> Any:
        match = self._match(request.path_info)
        if match is None:
            return super().resolve_request(request)
        group = match.lastindex or 0  # never 0: every shape is a group
        view, names = self._views[group]
        values = {}
        for name in names:
            group += 1
            values[name] = match[group]
        return view, (), values

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        # As Django's, but for two things that cost every request: naming the URLconf (there is only one) and
        # logging what clients did wrong (what we did wrong is logged where it becomes an answer).
        response: HttpResponseBase = self._middleware_chain(request)  # type: ignore[attr-defined]
        response._resource_closers.append(request.close)  # type: ignore[attr-defined]
        return response

    def respond(self, scope: Scope, body: IO[bytes], too_large: bool) -> HttpResponseBase:
        try:
            request = request_of(scope, body)
        except (UnicodeDecodeError, ValueError) as error:
            return error_response(as_api_error(error))
        meta = request.META
        meta["RAW_PATH"] = scope.get("raw_path", b"").decode("latin-1")
        if too_large:
            meta[CUT_OFF] = True
        response = self.get_response(request)
        # Every middleware has seen the error. Its traceback leads to all frames of this request, whose
        # variables hold the answer and the body: only the garbage collector would end them.
        vars(response).pop("error", None)
        if not response.streaming:
            request.close()
        return response


class Application:
    """The HTTP application; it also starts and stops what runs beside requests in this process."""

    def __init__(
        self,
        limits: BodyLimits,
        table: LaneTable | None = None,
        *,
        streams: AsgiApp | None = None,
        answered: Answered | None = None,
        refused: Refused | None = None,
        find_lane: Callable[[Scope], Lane | None] | None = None,
    ) -> None:
        """`table` defaults to what the installed apps say; `streams` holds what a `StreamAnswer` opens;
        `answered` is told every answer before it goes, `refused` those to requests that nothing had room for;
        `find_lane` goes before the table.

        Raises ImproperlyConfigured for a bad table.
        """
        set_script_prefix("/")
        self.table = table or discover_lanes()
        self.handler = JoeyHandler(self.table.hot)
        self.limits = limits
        self.streams = streams
        self.answered = answered
        self.refused = refused
        self.find_lane = find_lane
        self.query_seconds: float = getattr(settings, "JOEY_QUERY_TIMEOUT", 30)
        self.inline_writes = 0
        # This is the thread that later runs the event loop.
        self.inline_lane = getattr(settings, "JOEY_INLINE_LANE", True) and open_inline_lane()
        self._settling: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifetime.follow(receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"unsupported connection type {scope['type']!r}")
        if lifetime.state != "started":
            await _late_start()
        body: IO[bytes] | None = None
        held: Held | None = None
        began = time.perf_counter()
        try:
            body, too_large = await read_body(scope, receive, self._limit, self.limits)
            (response, held), lane = await self._answered(scope, receive, body, too_large)
            if held is not None:
                # A server that ends waits for nothing more: the answer is ready.
                with suppress(asyncio.CancelledError):
                    await self._settled(held)
            if self.answered is not None:
                self.answered(response, time.perf_counter() - began)
            if isinstance(response, AppAnswer):
                await hand_over(response, scope, body, receive, send, _headers_of(response))
            else:
                await self._send(scope, response, receive, send, lane)
        except LaneFull:
            await self._refuse(scope, _busy(), receive, send, began)
        except NoRoomForBody as error:
            logger.error("a body for %s cannot be kept: %s", scope["path"], error.__cause__)
            await self._refuse(scope, _no_room(), receive, send, began)
        except ClientGone:
            pass
        finally:
            if body is not None:
                body.close()
            if held is not None:
                begin(held.beside)  # only now: the answer is not to tell whether there is something to do

    async def _refuse(
        self, scope: Scope, response: HttpResponse, receive: Receive, send: Send, began: float
    ) -> None:
        """Answer a request that no middleware has seen."""
        if self.refused is not None:
            self.refused(scope, response, time.perf_counter() - began)
        await self._send(scope, response, receive, send, "pool")

    async def _answered(
        self, scope: Scope, receive: Receive, body: IO[bytes], too_large: bool
    ) -> tuple[Answer, ThreadLane]:
        """The answer with what it waits for, and the lane whose threads make the rest of one that streams.

        Raises LaneFull, or ClientGone when nobody waits for it.
        """
        # Django closes what it has read; a request that begins again needs another one.
        content = body.getvalue() if isinstance(body, BytesIO) else None
        size_bytes = maxsize if content is None else len(content)
        own = None if self.find_lane is None else self.find_lane(scope)
        entry = None if own is not None else self.table.entry_of(scope, size_bytes)
        short = entry if entry is not None and entry.lane == "inline" else None
        lane: ThreadLane = "pool"
        answer, is_long = None, False
        if short is not None and self.inline_lane and content is not None:
            answer, is_long = self._inline(short, scope, body, content)
        if answer is None:
            wanted = own or ("pool" if entry is None else entry.lane)
            lane = "queries" if is_long else _lane_with_threads(wanted, scope, size_bytes)
            is_read = scope["method"] in _READS

            def respond() -> HttpResponseBase:
                anew = _Kept(body) if content is None else BytesIO(content)
                return self.handler.respond(scope, cast(IO[bytes], anew), too_large)

            answer = await self._in_lane(
                lane,
                None if too_large else receive,
                respond,
                moves=lane in _LEFT_AFTER_A_SLICE and (is_read or short is not None),
                may_be_cut=is_read,
            )
        return answer, lane

    @property
    def companion(self) -> Companion:
        """What this application does beside requests; all else that runs there may need it."""
        return Companion("lanes", start=self._start, stop=self._stop, stop_seconds=STOP_SECONDS + 1)

    def _start(self) -> None:
        load_cold_routes()

    def _stop(self) -> None:
        """Work SQLite's log in, which inline writes leave to others, and end the threads."""
        if self.inline_writes:
            threads_of("pool").submit_admitted(checkpoint)
        stop_threads(STOP_SECONDS)

    async def _limit(self, scope: Scope) -> int:
        """The limit of this request's route; it may take the database to know."""
        return await asyncio.wrap_future(threads_of("pool").submit(self.limits.find, scope))

    def _inline(
        self, entry: Entry, scope: Scope, body: IO[bytes], content: bytes
    ) -> tuple[Answer | None, bool]:
        """The answer, or None when the request needs a thread after all; and whether it is a long one."""
        if entry.strain.is_high():
            return None, True
        try:
            answer = run_inline(lambda: collect(self.handler.respond, scope, body, False))
        except TooLong:
            entry.strain.add(wasted_seconds())
            return None, True
        except NeedsPool:
            return None, False
        if content:
            self.inline_writes += 1
            if self.inline_writes % WRITES_PER_CHECKPOINT == 0:
                threads_of("pool").submit_admitted(checkpoint)
        return answer, False

    async def _in_lane(
        self,
        lane: ThreadLane,
        receive: Receive | None,
        work: Callable[[], HttpResponseBase],
        *,
        moves: bool,
        may_be_cut: bool,
    ) -> Answer:
        """The same, made by `work` on a thread of the lane; what `moves` may begin again in the lane `long`.

        `receive` None: nobody looks whether the client goes.
        """
        awaited: Job[Any] | None = None
        while True:
            allowance = Allowance(
                self.query_seconds,
                moves_after=SLICE_SECONDS if moves else inf,
                may_be_cut=may_be_cut,
                awaited=awaited,
            )
            try:
                answer = await _Job(lane, allowance).run(receive, work)
            except NeedsOutcome as needs:
                awaited = needs.job
                await _done(needs, receive)
                continue
            if answer is not None:
                return answer
            lane, moves = "long", False

    async def _settled(self, held: Held) -> None:
        """Wait for what the answer waits for; its outcome is dealt with even if the client is gone."""
        if held.waits:
            task = asyncio.ensure_future(self._deal_with(held.waits))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)
            await asyncio.shield(task)
        if held.delay_seconds:
            await asyncio.sleep(held.delay_seconds)

    async def _deal_with(self, waits: list[Wait]) -> None:
        for wait in waits:
            error = await _outcome(wait)
            job = threads_of("pool").submit_admitted(collect, tell, wait, error)
            _, more = await asyncio.wrap_future(job)
            if more is not None:
                await self._settled(more)
                begin(more.beside)

    async def _send(
        self, scope: Scope, response: HttpResponseBase, receive: Receive, send: Send, lane: ThreadLane
    ) -> None:
        is_head = scope["method"] == "HEAD"
        headers = _headers_of(response)
        if isinstance(response, StreamAnswer) and self.streams is not None and not is_head:
            response.close()
            await self.streams(with_answer(scope, response, headers), receive, send)
            return
        if isinstance(response, HttpResponse):
            content = response.content
            if _tells_length(response, len(content), is_head=is_head):
                headers.append((b"Content-Length", str(len(content)).encode()))
            start = {"type": "http.response.start", "status": response.status_code, "headers": headers}
            if content and not is_head:
                start[BODY_FOLLOWS] = True
            await send(start)
            await send({"type": "http.response.body", "body": b"" if is_head else content})
            return
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        if isinstance(response, FileAnswer) and response.can_be_copied(scope) and not is_head:
            await copy_out(response, send)
        else:
            await stream(response, receive, send, threads_of(lane), is_head=is_head)


class _Kept:
    """A body on disk, from its beginning: who has read it closes this, and it may be read again."""

    def __init__(self, body: Any) -> None:
        body.seek(0)
        self.read, self.readinto, self.readline = body.read, body.readinto, body.readline
        self.seek, self.seekable = body.seek, body.seekable

    def close(self) -> None:
        """Nothing: the one who received it does."""


class _Job:
    """A request on a thread of a lane, until it is done, its time is over or its client is gone.

    What writes is done to its end once it has begun: it may be about to commit.
    """

    def __init__(self, lane: ThreadLane, allowance: Allowance) -> None:
        self._threads = threads_of(lane)
        self._allowance = allowance
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []
        self._watch: asyncio.Task[None] | None = None

    async def run(self, receive: Receive | None, work: Callable[[], HttpResponseBase]) -> Answer | None:
        """The answer, or None when the request has to begin again in the lane `long`."""
        # Who waited for something without a thread was let in before.
        is_admitted = self._allowance.awaited is not None
        submit = self._threads.submit_admitted if is_admitted else self._threads.submit
        job = submit(_attempt, self._allowance, work)
        # Timers cost next to nothing; nearly every job has ended before them.
        if receive is not None:
            self._timers.append(self._loop.call_later(_PATIENCE_SECONDS, self._follow, receive, job))
        if not _asks_by_itself():
            self._timers.append(self._loop.call_later(SLICE_SECONDS, self._interrupt_again))
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            if self._allowance.is_dropped:
                raise ClientGone from None
            raise
        finally:
            for timer in self._timers:
                timer.cancel()
            if self._watch is not None:
                self._watch.cancel()

    def _follow(self, receive: Receive, job: "Job[Answer | None]") -> None:
        self._watch = asyncio.ensure_future(self._drop_when_gone(receive, job))

    async def _drop_when_gone(self, receive: Receive, job: "Job[Answer | None]") -> None:
        await until_disconnected(receive)
        if job.cancel() or self._allowance.may_be_cut:
            self._allowance.drop()
            self._interrupt()

    def _interrupt_again(self) -> None:
        self._interrupt()
        self._timers[-1] = self._loop.call_later(SLICE_SECONDS, self._interrupt_again)

    def _interrupt(self) -> None:
        """End the statement that runs, if its time is over."""
        with suppress(LaneFull):
            threads_of("waiting").submit(self._allowance.interrupt)


@cache
def _asks_by_itself() -> bool:
    """Whether the database asks whether to go on, so that nobody has to interrupt it."""
    return bool(connections["default"].vendor == "sqlite")


def _attempt(allowance: Allowance, work: Callable[[], HttpResponseBase]) -> Answer | None:
    """What the request is answered, or None when it was stopped to go on where it holds up nobody."""
    try:
        answer = run_allowed(allowance, collect, work)
    except NeedsTime:
        return None
    return None if allowance.must_move() else answer


async def _done(needs: NeedsOutcome, receive: Receive | None) -> None:
    """Return when the job is done, however it ended, or its time is over. Raises ClientGone."""
    job = asyncio.wrap_future(needs.job)
    job.add_done_callback(lambda done: done.cancelled() or done.exception())  # asked for when it counts
    waits: set[asyncio.Future[Any]] = {job}
    gone = None if receive is None else asyncio.ensure_future(until_disconnected(receive))
    if gone is not None:
        waits.add(gone)
    try:
        done, _ = await asyncio.wait(waits, timeout=needs.seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if gone is not None:
            gone.cancel()
    if gone in done:
        raise ClientGone


def _lane_with_threads(lane: Lane, scope: Scope, size_bytes: int) -> ThreadLane:
    """Where a request runs that does not run inline."""
    if lane == "inline":
        lane = "queries" if scope["query_string"] and scope["method"] in _READS else "pool"
    return "bulk" if size_bytes > MOST_INLINE_BODY_BYTES and lane in _WITH_BODIES else lane


async def _late_start() -> None:
    """For servers without ASGI's lifespan. What does not start ends the process: it must not serve half."""
    try:
        await lifetime.ensure_started()
    except StartFailed as error:
        logger.critical("%s", error)
        os.kill(os.getpid(), signal.SIGTERM)
        raise


async def _outcome(wait: Wait) -> Exception | None:
    """What the work raised on a thread for errands, if anything."""
    try:
        job = threads_of("errands").submit(attempt, wait.work)
    except LaneFull as error:
        return error
    try:
        return await asyncio.wait_for(asyncio.wrap_future(job), wait.deadline_seconds)
    except TimeoutError:
        return too_late(wait)  # cancelled when it had not begun; a thread that hangs is left alone


def _headers_of(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in response.items()]
    if response.cookies:
        cookies = response.cookies.values()
        headers += [(b"Set-Cookie", cookie.output(header="").strip().encode()) for cookie in cookies]
    return headers


def _busy() -> HttpResponse:
    response = error_response(ApiError("The server is busy, try again.", status=503))
    response["Retry-After"] = "1"
    return response


def _no_room() -> HttpResponse:
    response = error_response(
        ApiError("The server has no room for this request, try again later.", status=503)
    )
    response["Retry-After"] = "60"
    return response


def _tells_length(response: HttpResponse, length: int, *, is_head: bool) -> bool:
    """Whether to name the length; to HEAD Go names that of what it buffers, and of no error."""
    if response.has_header("Content-Length"):
        return False
    if is_head:
        return response.status_code < 400 and 0 < length <= _BUFFERED_BYTES
    return response.status_code not in (204, 304)


def _view_of(shape: Shape) -> Callable[..., Any]:
    """The view that the URLconf has for paths of this shape. Raises ImproperlyConfigured."""
    try:
        match = resolve(shape.sample())
    except Resolver404 as error:
        raise ImproperlyConfigured(f"{shape.text}: the URLconf has no view for it") from error
    if match.args or match.kwargs != {name: name for name in shape.names}:
        raise ImproperlyConfigured(
            f"{shape.text}: the URLconf gives its view other arguments, {match.kwargs}"
        )
    return match.func
