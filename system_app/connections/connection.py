"""One client's connection: uvicorn's protocol for httptools, within bounds that it does not know."""

from collections.abc import Sequence
from enum import Enum
from functools import partial
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from platform_app.requests.asgi import Message, Send
from system_app.connections.heads import (
    BAD_REQUEST,
    MOST_HEAD_BYTES,
    MOST_HEADER_LINES,
    NO_ANSWER,
    TOO_LARGE,
    HeadRefused,
    check_escapes,
    check_headers,
    check_version,
    has_body,
    with_ascii_target,
)
from system_app.connections.watch import Watch

# What is parsed at once between two requests, as by Go; a whole read could hold 10,000 requests.
_FIRST_PIECE_BYTES = 4096
# And in the midst of a long head or body.
_PIECE_BYTES = 64 * 1024
# What httptools can tell apart into path and query.
_LONGEST_TARGET_BYTES = 65535
# Requests that may wait behind one: more than a first piece holds, so that only who aims at it gets there.
MOST_WAITING = 256
# About what one of them takes in memory.
_WAITING_BYTES = 3 * 1024
# Chunk extensions, leading zeros and trailers that go by without a byte of the body.
_MOST_BARREN_BYTES = 16 * 1024
# After a refusal what still comes is thrown away for so long; else the client may never see why.
_LINGER_SECONDS = 1.0


class _Reading(Enum):
    NOTHING = 0
    HEAD = 1
    BODY = 2


_NOTHING, _HEAD, _BODY = _Reading.NOTHING, _Reading.HEAD, _Reading.BODY


class Connection(HttpToolsProtocol):
    """Tells its watch what it waits for, and takes no more from its client than one request needs."""

    def __init__(self, *args: Any, watch: Watch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._watch = watch
        self._stage = _NOTHING
        self._head_bytes = 0  # of a head that did not come in one piece
        self._good_headers: Sequence[tuple[bytes, bytes]] = ()  # clients tend to repeat themselves
        self._barren_bytes = 0
        self._since: float | None = None  # when such a head began
        self._is_half_read = False
        self._is_answering = False
        self._has_answered = False  # till then the head's time counts from the connection's beginning
        self._kept = b""  # read, and not to be parsed before the request in progress is answered
        self._refusal: bytes | None = None
        self._is_refused = False
        self._answer_headers: Any = ()

    # --- the transport ---

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch.begin(self.loop)
        self._watch.join(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self.pipeline:  # reading was paused while this was on its way
            self._keep(self._kept + data)
        elif len(data) <= _FIRST_PIECE_BYTES and not self._head_bytes:
            self._parse(data)
            if self._stage is not _NOTHING:
                self._note_unfinished(len(data))
            elif self._is_half_read:
                self._note_read()
        else:
            self._parse_in_pieces(data)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch.stalled[self] = self._watch.clock()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._watch.stalled.pop(self, None)
        self._rest()

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

    def _parse_in_pieces(self, data: bytes) -> None:
        at, size = 0, len(data)
        room = _FIRST_PIECE_BYTES
        while at < size and not self._is_refused:
            if self.pipeline:
                self._keep(data[at:])
                return
            unfinished = self.cycle if self._stage is _BODY else None
            piece = data[at : at + min(room, MOST_HEAD_BYTES - self._head_bytes)]
            at += len(piece)
            self._parse(piece)
            if self._stage is not _NOTHING:
                self._note_unfinished(len(piece))
            else:
                self._note_read()
            is_within_body = self._stage is _BODY and self.cycle is unfinished
            is_within_head = self._head_bytes > _FIRST_PIECE_BYTES
            room = _PIECE_BYTES if is_within_body or is_within_head else _FIRST_PIECE_BYTES

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

    def _note_unfinished(self, size_bytes: int) -> None:
        """The last piece ended in the midst of a request."""
        if self._is_refused:
            return
        watch = self._watch
        if self._stage is _HEAD:
            if not self._head_bytes:
                self._since = watch.clock()
                if self in watch.idle and self._has_answered:
                    watch.idle[self] = self._since + watch.bounds.head_seconds
            self._head_bytes += size_bytes
            if self._head_bytes >= MOST_HEAD_BYTES or len(self.headers) > MOST_HEADER_LINES:
                self._refuse(TOO_LARGE)
            else:
                watch.hold(self, self._head_bytes)
            return
        self._forget_head()
        if not self._is_half_read:
            self._is_half_read = True
            watch.reading[self] = (self._since or watch.clock()) + watch.bounds.read_seconds
            self._since = None
        self._barren_bytes += size_bytes
        if self._barren_bytes > _MOST_BARREN_BYTES + _PIECE_BYTES:
            self._refuse(BAD_REQUEST)

    def _note_read(self) -> None:
        """What was begun of a request has come to its end."""
        self._forget_head()
        self._since = None
        self._barren_bytes = 0
        if self._is_half_read:
            self._is_half_read = False
            self._watch.reading.pop(self, None)
            self._rest()

    def _forget_head(self) -> None:
        if self._head_bytes:
            self._head_bytes = 0
            self._watch.hold(self, 0)

    def _keep(self, data: bytes) -> None:
        """Parse this when the request in progress is answered; the kernel keeps what comes after it."""
        self._kept = data
        self.flow.pause_reading()
        self._watch.hold(self, len(data) + _WAITING_BYTES * len(self.pipeline))

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MOST_WAITING:
            raise HeadRefused(NO_ANSWER)
        super().on_message_begin()
        self._stage = _HEAD

    def on_headers_complete(self) -> None:
        headers = self.headers
        version = self.parser.get_http_version()
        if version != "1.1":
            check_version(version)
            self.expect_100_continue = False
        if headers != self._good_headers or version != "1.1":
            check_headers(version, headers)
            self._good_headers = (
                () if self._head_bytes else headers
            )  # a small head's, of a connection that is kept
        if b"%" in self.url:
            check_escapes(self.url)
        if self.parser.should_upgrade() and has_body(headers):
            raise HeadRefused(BAD_REQUEST)  # the parser would take its body for the next request
        query = b""
        if len(self.url) > _LONGEST_TARGET_BYTES:
            self.url, _, query = self.url.partition(b"?")
        super().on_headers_complete()
        if query:
            self.scope["query_string"] = query
        self._stage = _BODY
        self.headers = []  # for trailers: nobody asks for them, and they must not pass for headers

    def on_body(self, body: bytes) -> None:
        self._barren_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stage = _NOTHING
        super().on_message_complete()

    # --- answering ---

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        watch = self._watch
        self._is_answering = True
        watch.idle.pop(self, None)
        watch.answering[self] = watch.clock() + watch.bounds.write_seconds
        super()._start_asgi_task(cycle, self._run)

    def _run(self, scope: Any, receive: Any, send: Any) -> Any:
        return self.app(scope, receive, partial(self._send, send))

    def _send(self, send: Send, message: Message) -> Any:
        if message["type"] == "http.response.start":
            self._answer_headers = message.get("headers", ())
            if self._stage is _BODY and self.cycle.waiting_for_100_continue and not self.pipeline:
                # Its client may send the body or leave it: what comes next could be either.
                self.cycle.keep_alive = False
        return send(message)

    def on_response_complete(self) -> None:
        # Not uvicorn's, which sets a timer after each answer.
        self.server_state.total_requests += 1
        self._answer_headers = ()
        self._is_answering = False
        self._has_answered = True
        if self.transport.is_closing():
            return  # watched as before, until the client has taken what was written
        if self.pipeline:
            self.flow.resume_reading()
            self._start_asgi_task(*self.pipeline.pop())
            if self._kept and not self.pipeline:
                kept, self._kept = self._kept, b""
                self._watch.hold(self, 0)
                self._parse_in_pieces(kept)
        elif self._refusal is not None:
            self._send_refusal(self._refusal)
        else:
            self.flow.resume_reading()
            self._rest()

    def _rest(self) -> None:
        """Nothing is in progress, unless the answer or the request still has some way to go."""
        if self._is_answering or self.flow.write_paused or self._is_refused or self.transport.is_closing():
            return
        watch = self._watch
        watch.answering.pop(self, None)
        if not self._is_half_read:
            bounds = watch.bounds
            watch.idle[self] = watch.clock() + (
                bounds.head_seconds if self._head_bytes else bounds.read_seconds
            )

    # --- refusing ---

    def _refuse(self, answer: bytes) -> None:
        """Read no further, and say why once everything before is answered."""
        self._forget_head()
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
        if not answer or self.transport.is_closing():
            self.transport.close()
            return
        watch = self._watch
        watch.answering.pop(self, None)
        watch.reading.pop(self, None)
        watch.idle[self] = watch.clock() + _LINGER_SECONDS
        self.transport.write(answer)
        self.transport.write_eof()
        self.flow.resume_reading()
