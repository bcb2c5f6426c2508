"""One client's connection: uvicorn's protocol for httptools, within bounds that it does not know."""

import sys
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import partial
from typing import Any, cast

import httptools
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from platform_app.requests.asgi import BODY_FOLLOWS, Message, Send
from platform_app.requests.file_answers import ZERO_COPY
from platform_app.requests.lifetime import lifetime
from platform_app.requests.stream_answers import PIECE_WRITER
from system_app.connections.heads import (
    BAD_REQUEST,
    MOST_HEAD_BYTES,
    MOST_HEADER_LINES,
    TOO_LARGE,
    HeadRefused,
    check_escapes,
    check_headers,
    check_version,
    declared_length,
    has_body,
    with_ascii_target,
    without_blanks,
)
from system_app.connections.joining import JoiningTransport
from system_app.connections.watch import Watch, Watched
from system_app.connections.zero_copy import Gone, SocketSender, can_send

_END = b"\r\n\r\n"  # of a head, and of a body in chunks
# What is parsed at once of a long head or body.
_PIECE_BYTES = 64 * 1024
# A body in chunks may have many such ends within; it is not cut at each of them.
_SMALLEST_PIECE_BYTES = 512
# Of larger heads nothing is kept after the answer.
_SMALL_HEAD_BYTES = 4096
# What httptools can tell apart into path and query.
_LONGEST_TARGET_BYTES = 65535
# Chunk extensions, leading zeros and trailers that go by without a byte of the body.
_MOST_BARREN_BYTES = 16 * 1024
# After a refusal what still comes is thrown away for so long; else the client may never see why.
_LINGER_SECONDS = 1.0


_EXTENSIONS: dict[str, dict[object, object]] = {ZERO_COPY: {}, PIECE_WRITER: {}}


class _Reading(Enum):
    NOTHING = 0
    HEAD = 1
    BODY = 2


_NOTHING, _HEAD, _BODY = _Reading.NOTHING, _Reading.HEAD, _Reading.BODY


class Connection(HttpToolsProtocol):
    """Tells its watch what it waits for, and takes no more from its client than one request needs."""

    def __init__(self, *args: Any, watch: Watch, handshake: Watched | None = None, **kwargs: Any) -> None:
        """`handshake` stands for this one in the watch until it is made."""
        super().__init__(*args, **kwargs)
        self._watch = watch
        self._handshake = handshake
        self._stage = _NOTHING
        self._head_bytes = 0  # of a head that did not come in one piece
        self._has_large_head = False
        self._body_bytes = 0  # of the body that came last
        self._good_headers: Sequence[tuple[bytes, bytes]] = ()  # clients tend to repeat themselves
        self._barren_bytes = 0
        self._since: float | None = None  # when such a head began
        self._is_half_read = False
        self._is_answering = False
        self._has_answered = False  # till then the head's time counts from the connection's beginning
        self._kept = b""  # what came behind the request in progress, to be parsed when that is answered,
        self._kept_from = 0  # from here on
        self._held_bytes = 0
        self._refusal: bytes | None = None
        self._is_refused = False
        self._answer_headers: Any = ()
        self._is_unframed = False  # the answer: neither its length is known nor are there chunks
        self._sender: SocketSender | None = None  # where the kernel can copy files to the socket
        self._joining: JoiningTransport | None = None

    # --- the transport ---

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch.begin(self.loop)
        if self._handshake is not None:
            self._watch.leave(self._handshake)
        self._watch.join(self)
        self._joining = JoiningTransport(transport)
        if can_send(transport):
            self._sender = SocketSender(transport, self.flow, self._tell_stalled)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._sender is not None:
            self._sender.end()
        self._watch.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._stage is _NOTHING and not self._is_answering:
            size = len(data)
            if size <= _SMALL_HEAD_BYTES:
                end = data.find(_END) + len(_END)
                if end == size or data.find(_END, end) < 0:  # so there is no second request in it
                    self._parse(data)
                    if self._stage is not _NOTHING:
                        self._count(size)
                        self._note()
                    return
        elif self._must_wait():
            self._keep(self._kept[self._kept_from :] + data, 0)
            self._note()
            return
        self._parse_in_pieces(data, 0)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._tell_stalled(True)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._tell_stalled(False)
        self._rest()

    def _tell_stalled(self, is_stalled: bool) -> None:
        if is_stalled:
            self._watch.stalled[self] = self._watch.clock()
        else:
            self._watch.stalled.pop(self, None)

    def shutdown(self) -> None:
        """The server stops: uvicorn tells every connection, before it waits for requests to end."""
        lifetime.announce_closing()
        super().shutdown()

    # --- the watch ---

    def cut(self) -> None:
        self._is_refused = True
        self.transport.abort()

    def is_event_stream(self) -> bool:
        """Whether the answer in progress is one; only the application can say so, not the client."""
        return any(
            name.lower() == b"content-type" and value.lower().startswith(b"text/event-stream")
            for name, value in self._answer_headers
        )

    # --- parsing ---

    def _parse_in_pieces(self, data: bytes, at: int) -> None:
        """Parse this from `at` on, as far as one request goes: there could be 10,000 of them in one read."""
        size = len(data)
        while at < size and not self._is_refused:
            if self._must_wait():
                self._keep(data, at)
                break
            end = min(size, self._end_of_piece(data, at), at + MOST_HEAD_BYTES - self._head_bytes)
            if end - at > _SMALL_HEAD_BYTES and self._stage is not _BODY:
                self._has_large_head = True
            self._parse(data[at:end])
            self._count(end - at)
            at = end
        self._note()

    def _must_wait(self) -> bool:
        """Whether what comes next belongs to none of the requests that are being answered."""
        return self._is_answering and (self._stage is _NOTHING or bool(self.pipeline))

    def _end_of_piece(self, data: bytes, at: int) -> int:
        search_from = at
        if self._stage is _BODY:
            left = declared_length(self.scope["headers"]) - self._body_bytes
            if left > 0:
                return at + min(left, _PIECE_BYTES)
            search_from += _SMALLEST_PIECE_BYTES
        limit = at + _PIECE_BYTES
        end = data.find(_END, search_from, limit)
        return limit if end < 0 else end + len(_END)

    def _parse(self, data: bytes) -> None:
        if self._stage is _NOTHING and not data.isascii():
            data = with_ascii_target(data)
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                # Nothing is offered, so it is ignored: what follows is the next request.
                data = data[upgrade.args[0] :]
            except httptools.HttpParserError as error:
                cause = error.__context__
                self._refuse(cause.answer if isinstance(cause, HeadRefused) else BAD_REQUEST)
                return
            else:
                return

    def _count(self, size_bytes: int) -> None:
        """Another piece was parsed; one that grows beyond all bounds is refused."""
        if self._is_refused:
            return
        if self._stage is _HEAD:
            self._head_bytes += size_bytes
            self._has_large_head |= self._head_bytes > _SMALL_HEAD_BYTES
            if self._head_bytes >= MOST_HEAD_BYTES or len(self.headers) > MOST_HEADER_LINES:
                self._refuse(TOO_LARGE)
            return
        self._head_bytes = 0
        if self._stage is _BODY:
            self._barren_bytes += size_bytes
            if self._barren_bytes > _MOST_BARREN_BYTES + _PIECE_BYTES:
                self._refuse(BAD_REQUEST)

    def _note(self) -> None:
        """All that came is parsed, or kept: tell the watch what is waited for now."""
        watch = self._watch
        held_bytes = 0 if self._is_refused else self._head_bytes + len(self._kept)
        if held_bytes != self._held_bytes:
            self._held_bytes = held_bytes
            watch.hold(self, held_bytes)
        if self._is_refused:
            return
        if self._stage is _HEAD:
            if self._since is None:
                self._since = watch.clock()
                if self in watch.idle and self._has_answered:
                    watch.idle[self] = self._since + watch.bounds.head_seconds
        elif self._stage is _BODY:
            if not self._is_half_read:
                self._is_half_read = True
                watch.reading[self] = (self._since or watch.clock()) + watch.bounds.read_seconds
        elif self._is_half_read:
            self._is_half_read = False
            watch.reading.pop(self, None)
            self._rest()

    def _keep(self, data: bytes, at: int) -> None:
        """Past some of it the kernel keeps what comes; so far the end of the connection is seen."""
        self._kept, self._kept_from = data, at
        if len(data) - at > _PIECE_BYTES:
            self.flow.pause_reading()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stage = _HEAD

    def on_headers_complete(self) -> None:
        headers = self.headers
        version = self.parser.get_http_version()
        if version != "1.1":
            check_version(version)
            headers[:] = without_blanks(headers)
            check_headers(version, headers)
            self.expect_100_continue = False
        elif headers != self._good_headers:
            headers[:] = without_blanks(headers)  # in place, as the scope has them too
            check_headers(version, headers)
            self._good_headers = headers
        query = b""
        if b"#" in self.url:
            # Requests have no fragments, so it is a character like others.
            path, _, query = self.url.partition(b"?")
            self.url = path.replace(b"#", b"%23")
        elif len(self.url) > _LONGEST_TARGET_BYTES:
            self.url, _, query = self.url.partition(b"?")
        if b"%" in self.url:
            check_escapes(self.url)
        if self.parser.should_upgrade() and has_body(headers):
            raise HeadRefused(BAD_REQUEST)  # the parser would take its body for the next request
        super().on_headers_complete()
        if query:
            self.scope["query_string"] = query
        self._stage = _BODY
        self._body_bytes = 0
        self._barren_bytes = 0
        self.headers = []  # for trailers: nobody asks for them, and they must not pass for headers

    def on_body(self, body: bytes) -> None:
        self._barren_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stage = _NOTHING
        self._since = None
        super().on_message_complete()

    # --- answering ---

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        watch = self._watch
        self._is_answering = True
        watch.idle.pop(self, None)
        watch.answering[self] = watch.clock() + watch.bounds.write_seconds
        super()._start_asgi_task(cycle, partial(self._run, cycle))

    def _run(self, cycle: RequestResponseCycle, scope: Any, receive: Any, send: Any) -> Any:
        if self._sender is not None:
            scope["extensions"] = _EXTENSIONS
        return self.app(scope, receive, partial(self._send, cycle, send))

    def _send(self, cycle: RequestResponseCycle, send: Send, message: Message) -> Any:
        kind = message["type"]
        if kind == ZERO_COPY:
            return self._send_file(cycle, message)
        if kind == PIECE_WRITER:
            return self._piece_writer(cycle)
        if kind == "http.response.start":
            headers = self._answer_headers = message.get("headers", ())
            if BODY_FOLLOWS in message and self._joining is not None:
                self._joining.begin(cycle)
            if cycle.scope["http_version"] == "1.0" and not _has_length(headers):
                # Its client knows no chunks: the body goes on until the connection ends.
                self._is_unframed, cycle.chunked_encoding = True, False
                cycle.expected_content_length = sys.maxsize
            if self._stage is _BODY and self.cycle.waiting_for_100_continue and not self.pipeline:
                # Its client may send the body or leave it: what comes next could be either.
                self.cycle.keep_alive = False
        elif self._is_unframed and not message.get("more_body", False):
            cycle.expected_content_length = len(message.get("body", b""))  # else it counts as too short
        return send(message)

    async def _piece_writer(self, cycle: RequestResponseCycle) -> Callable[[bytes], bool]:
        def write(piece: bytes) -> bool:
            if cycle.disconnected or cycle.response_complete or self.flow.write_paused:
                return False
            if self._is_unframed:
                self.transport.write(piece)
            elif cycle.chunked_encoding:
                self.transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            else:
                return False
            return True

        return write

    async def _send_file(self, cycle: RequestResponseCycle, message: Message) -> None:
        """Part of a file, as a part of the body; more of that has to follow."""
        if cycle.disconnected or self._sender is None:
            return
        count = message["count"]
        if cycle.chunked_encoding or count > cycle.expected_content_length:
            raise RuntimeError("a file needs a Content-Length that it does not exceed")
        try:
            await self._sender.send(message["file"].fileno(), message["offset"], count)
        except Gone:
            cycle.disconnected = True
            self.transport.close()
        else:
            cycle.expected_content_length -= count

    def on_response_complete(self) -> None:
        # Not uvicorn's, which sets a timer after each answer.
        self.server_state.total_requests += 1
        self._answer_headers = ()
        self._is_answering = False
        self._has_answered = True
        if self.transport.is_closing():
            return  # watched as before, until the client has taken what was written
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._refusal is not None:
            self._send_refusal(self._refusal)
        if self._kept and not self.pipeline:
            kept, self._kept = self._kept, b""
            at, self._kept_from = self._kept_from, 0
            self._parse_in_pieces(kept, at)
        if not self._is_answering:
            self._rest()

    def _rest(self) -> None:
        """Nothing is in progress, unless the answer or the request still has some way to go."""
        if self._is_answering or self.flow.write_paused or self._is_refused or self.transport.is_closing():
            return
        if self._has_large_head:
            self._forget_request()
        watch = self._watch
        watch.answering.pop(self, None)
        if not self._is_half_read:
            bounds = watch.bounds
            watch.idle[self] = watch.clock() + (
                bounds.head_seconds if self._head_bytes else bounds.read_seconds
            )

    def _forget_request(self) -> None:
        """uvicorn keeps the last request until the next one: a megabyte for each idle connection."""
        self._has_large_head = False
        self._good_headers = ()
        if self._stage is _NOTHING:
            self.url = b""
            self.cycle.scope = self.scope = cast("HTTPScope", {})

    # --- refusing ---

    def _refuse(self, answer: bytes) -> None:
        """Read no further, and say why once everything before is answered."""
        if self._stage is _BODY and self._is_answering:
            if self.pipeline:
                self.pipeline.popleft()  # it will never be whole
            elif self.cycle.response_started:
                self.cycle.keep_alive = False
                self._is_refused = True
                return
            else:
                self.cycle.disconnected = True
                self.cycle.message_event.set()
                self._is_answering = False
        if self._is_answering:
            self._refusal = answer
            self._is_refused = True
        else:
            self._send_refusal(answer)

    def _send_refusal(self, answer: bytes) -> None:
        self._is_refused = True
        if self.transport.is_closing():
            return
        watch = self._watch
        watch.answering.pop(self, None)
        watch.reading.pop(self, None)
        watch.idle[self] = watch.clock() + _LINGER_SECONDS
        self.transport.write(answer)
        if not self.transport.can_write_eof():
            self.transport.close()  # TLS has no half an end; what still comes is thrown away all the same
            return
        self.transport.write_eof()
        self.flow.resume_reading()


def _has_length(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-length" for name, _ in headers)
