"""The streams of the feeds: what django-eventstream has to say to each client, on its way there.

Events and keep-alives are its own. Who may watch is looked at again and again while a stream is open.
"""

import asyncio
import logging
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from math import inf

from django.http import HttpRequest, QueryDict, StreamingHttpResponse

from platform_app.requests.asgi import Receive, Scope, Send, until_disconnected
from platform_app.requests.lane_threads import threads_of
from platform_app.requests.lifetime import Companion
from platform_app.requests.stream_answers import StreamAnswer, answer_in
from platform_app.wire.errors import BadRequest
from realtime_app.feeds import STOP_SECONDS, feeds
from realtime_app.streams import Stream

logger = logging.getLogger(__name__)
# It tells of each stream that begins; the log of requests does not need that.
logging.getLogger("django_eventstream").setLevel(logging.WARNING)

# Where `config/asgi.py` finds `hold_feed`.
FEED_ROUTE = "/_/live-feeds"
CHECK_SECONDS = 10.0
# Keep-alives come every 20 seconds; whoever takes none of three is gone.
IDLE_SECONDS = 60.0


@dataclass
class FeedOpening:
    """A stream to be: `events` are its frames, an empty one where some were lost.

    `may_go_on` is called on a thread of the pool.
    """

    channel: str
    events: AsyncIterable[bytes]
    lost: bytes  # the frame that says so
    may_go_on: Callable[[], bool]


def open_feed(request: HttpRequest, channel: str, may_go_on: Callable[[], bool]) -> StreamAnswer:
    """The answer that opens a stream of `channel` for the superuser `request.user`. Raises BadRequest."""
    # Imported late: who does not look at feeds does not pay for it.
    from django_eventstream.utils import sse_encode_event
    from django_eventstream.views import events

    request.GET = QueryDict()  # what it would look for there is for a proxy that speaks GRIP
    found = events(request, channel=channel)
    if not isinstance(found, StreamingHttpResponse):
        raise BadRequest("This stream cannot be resumed.")
    lost = sse_encode_event("stream-reset", {"channels": [channel]}, json_encode=True).encode()
    opening = FeedOpening(channel, found, lost, may_go_on)
    return StreamAnswer(FEED_ROUTE, opening)


async def hold_feed(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application behind FEED_ROUTE: holds the connection until the stream is over."""
    answer, headers = answer_in(scope)
    opening: FeedOpening = answer.subject  # type: ignore[assignment]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    stream = _FeedStream(opening, send)
    try:
        await until_disconnected(receive)
    finally:
        await stream.leave()


class _FeedStream:
    """One client's stream, on the event loop."""

    def __init__(self, opening: FeedOpening, send: Send) -> None:
        self._opening = opening
        self._stream = Stream(send, self._end, idle=IDLE_SECONDS, longest=inf)
        self.close = self._stream.close
        self._tasks = [asyncio.create_task(work) for work in (self._follow(), self._check())]
        open_feeds.add(self)

    def tell_lost(self) -> None:
        self._stream.push(self._opening.lost)

    async def leave(self) -> None:
        """The client is gone, or has been told that this is over."""
        self._stream.abandon()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self) -> None:
        channel = self._opening.channel
        try:
            await asyncio.wrap_future(feeds.opened(channel))
            async for frame in self._opening.events:
                if frame:
                    self._stream.push(frame)
                else:
                    self.tell_lost()
        except Exception:
            logger.exception("a stream of the feed %r failed", channel)
        finally:
            feeds.closed(channel)
            self._stream.close()

    async def _check(self) -> None:
        try:
            while True:
                await asyncio.sleep(CHECK_SECONDS)
                looking = threads_of("pool").submit_admitted(self._opening.may_go_on)
                if not await asyncio.wrap_future(looking):
                    break
        except Exception:
            logger.exception("whether a stream of the feed %r may go on is not known", self._opening.channel)
        self._stream.close()

    def _end(self) -> None:
        open_feeds.discard(self)
        for task in self._tasks:
            task.cancel()


class _OpenFeeds:
    """The streams of this process, on its event loop; none any more once it closes."""

    def __init__(self) -> None:
        self._streams: set[_FeedStream] = set()
        self._is_closing = False

    def add(self, stream: _FeedStream) -> None:
        self._streams.add(stream)
        if self._is_closing:
            stream.close()

    def discard(self, stream: _FeedStream) -> None:
        self._streams.discard(stream)

    def tell_lost(self) -> None:
        """Letters of other processes did not arrive here."""
        for stream in tuple(self._streams):
            stream.tell_lost()

    def close(self) -> None:
        self._is_closing = True
        for stream in tuple(self._streams):
            stream.close()


open_feeds = _OpenFeeds()
companion = Companion("feeds", closing=open_feeds.close, stop=feeds.stop, stop_seconds=STOP_SECONDS + 1)
