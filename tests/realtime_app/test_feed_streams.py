"""A stream of a feed brings what django-eventstream has for it, and ends when it has to."""

import asyncio
import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django_eventstream import eventstream, send_event
from django_eventstream.views import get_listener_manager

from auth_app.models import Superuser
from platform_app.requests.stream_answers import with_answer
from platform_app.wire.errors import BadRequest
from realtime_app import feed_streams
from realtime_app.feed_streams import hold_feed, open_feed
from realtime_app.feeds import MOST_BYTES, Feeds
from realtime_app.streams import MOST_QUEUED_BYTES


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(monkeypatch):
    """Also of what the process has, which is new for each test."""
    feeds = Feeds(batch_seconds=3600)
    monkeypatch.setattr(feed_streams, "feeds", feeds)
    monkeypatch.setattr(feed_streams, "open_feeds", feed_streams._OpenFeeds())
    yield
    feeds.stop()
    assert (open_streams(), get_listener_manager().listeners_by_channel) == (0, {})


def open_streams():
    return sum(feed_streams.feeds._streams.values())


class Client:
    """One client, and the connection that it has; it takes what is sent as long as `takes` is set."""

    def __init__(self, *, user=None, channel="logs", may_go_on=lambda: True, **headers):
        request = HttpRequest()
        request.META.update(headers)
        request.user = user or Superuser(id="root00000000001")
        answer = open_feed(request, channel, may_go_on)
        self.scope = with_answer({"type": "http"}, answer, [])
        self.takes = asyncio.Event()
        self.takes.set()
        self.gone = asyncio.Event()
        self.came = []
        self.changed = asyncio.Condition()
        self.held = asyncio.create_task(hold_feed(self.scope, self._receive, self._send))

    async def _receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        await self.takes.wait()
        self.came.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.gone.set()
        async with self.changed:
            self.changed.notify_all()

    @property
    def frames(self):
        """What came so far: the name and the data of each event."""
        text = b"".join(message.get("body", b"") for message in self.came).decode()
        return [read(frame) for frame in text.split("\n\n") if frame.startswith("event:")]

    async def until(self, name, count=1):
        """Until so many events of this name came."""
        async with self.changed:
            await self.changed.wait_for(lambda: sum(frame[0] == name for frame in self.frames) >= count)

    async def opened(self):
        await self.until("stream-open")
        return self

    async def leave(self):
        self.takes.set()
        self.gone.set()
        await self.held


def read(frame):
    fields = dict(
        line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in frame.split("\n")
    )
    assert set(fields) <= {"event", "data", "id"}
    return fields["event"], fields["data"] and json.loads(fields["data"])


def tell(*data, channel="logs"):
    for one in data:
        send_event(channel, "message", one)


def run(work):
    async def timed():
        async with asyncio.timeout(60):
            await work()

    asyncio.run(timed())


def test_events_of_its_channel_come_in_order():
    async def work():
        one, other = await Client().opened(), await Client(channel="copies").opened()
        tell(1, 2)
        tell(9, channel="copies")
        tell(3)
        await one.until("message", 3)
        await other.until("message")
        assert one.frames == [("stream-open", ""), ("message", 1), ("message", 2), ("message", 3)]
        assert other.frames == [("stream-open", ""), ("message", 9)]
        assert {message["type"] for message in one.came} == {"http.response.start", "http.response.body"}
        await one.leave()
        await other.leave()

    run(work)


def test_what_is_sent_comes_as_one_event():
    async def work():
        client = await Client().opened()
        for text in ("a\r\nb", "c"):
            feed_streams.feeds.send("logs", "entry", {"message": text})
        feed_streams.feeds.flush()
        await client.until("message")
        entries = [{"event": "entry", "data": {"message": text}} for text in ("a\r\nb", "c")]
        assert client.frames[1:] == [("message", {"dropped": 0, "entries": entries})]
        await client.leave()

    run(work)


def test_a_client_that_went_leaves_nothing_behind():
    async def work():
        clients = [await Client().opened() for _ in range(20)]
        assert (open_streams(), len(get_listener_manager().listeners_by_channel["logs"])) == (20, 20)
        for client in clients:
            await client.leave()

    run(work)


def test_where_events_were_lost_the_client_is_told_to_look_anew():
    async def work():
        client = await Client().opened()
        tell(*range(11))  # one more than django-eventstream keeps for who has not come to take them
        await client.until("stream-reset")
        tell("later")
        await client.until("message", 11)
        assert client.frames[1:] == [
            *(("message", number) for number in range(10)),
            ("stream-reset", {"channels": ["logs"]}),
            ("message", "later"),
        ]
        await client.leave()

    run(work)


def test_so_it_is_where_some_came_while_the_stream_opened(monkeypatch):
    early, look = ["early"], eventstream.get_events

    def look_late(*args):
        found = look(*args)
        while early:
            tell(early.pop())
        return found

    monkeypatch.setattr(eventstream, "get_events", look_late)

    async def work():
        client = await Client().opened()
        await client.until("stream-reset")
        tell("later")
        await client.until("message")
        assert [name for name, _ in client.frames] == ["stream-open", "stream-reset", "message"]
        await client.leave()

    run(work)


def test_so_it_is_where_the_bus_has_lost_letters():
    async def work():
        client = await Client().opened()
        feed_streams.open_feeds.tell_lost()
        await client.until("stream-reset")
        await client.leave()

    run(work)


def test_a_client_that_takes_nothing_is_cut_off_and_holds_up_nobody():
    async def work():
        slow, quick = await Client().opened(), await Client().opened()
        slow.takes.clear()
        most = MOST_QUEUED_BYTES // MOST_BYTES + 2
        for count in range(1, most + 1):
            tell("x" * MOST_BYTES)
            await quick.until("message", count)
        while open_streams() > 1:  # what never ends is ended by `run`
            await asyncio.sleep(0)
        tell("last")
        await quick.until("message", most + 1)
        slow.takes.set()
        await slow.held
        assert slow.came[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
        assert len(slow.frames) == 2  # what was on its way, and none of those that waited
        await quick.leave()

    run(work)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([True, True, False], id="no_longer"),
        pytest.param([True, OSError("no database")], id="unknown"),
    ],
)
def test_it_ends_when_its_superuser_may_not_watch_any_more(monkeypatch, answers):
    monkeypatch.setattr(feed_streams, "CHECK_SECONDS", 0.001)
    left = list(answers)

    def may_go_on():
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def work():
        client = Client(may_go_on=may_go_on)
        await client.held
        assert client.came[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
        assert left == []

    run(work)


def test_all_end_when_the_server_closes_and_so_does_who_comes_later():
    async def work():
        clients = [await Client(channel=channel).opened() for channel in ("logs", "copies")]
        feed_streams.open_feeds.close()
        clients.append(Client())
        for client in clients:
            await client.held
            assert client.came[-1] == {"type": "http.response.body", "body": b"", "more_body": False}

    run(work)


@pytest.mark.parametrize(
    ("user", "channel"),
    [
        pytest.param(AnonymousUser(), "logs", id="no_superuser"),
        pytest.param(None, "other", id="no_feed"),
    ],
)
def test_django_eventstream_refuses_by_itself_too(monkeypatch, user, channel):
    monkeypatch.setitem(feed_streams.feeds._streams, "other", 0)

    async def work():
        client = Client(user=user, channel=channel)
        await client.held
        assert client.frames == [
            (
                "stream-error",
                {
                    "condition": "forbidden",
                    "text": f"Permission denied to channels: {channel}",
                    "channels": [channel],
                },
            )
        ]

    run(work)


def test_a_stream_that_was_refused_is_not_resumed():
    async def work():
        with pytest.raises(BadRequest):
            Client(HTTP_LAST_EVENT_ID="error")

    run(work)
