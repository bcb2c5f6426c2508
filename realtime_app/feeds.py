"""Feeds: live views of what the server is doing, one way and for superusers only (docs/reference/feeds.md).

    feeds.send("copies", "progress", {"to": "s3", "done": 120})

What is sent waits for a moment, so that it goes out as one event with a list: to the streams of this process,
and over the bus to those of the others. Nothing is kept for who comes later.
"""

import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Literal, NewType, Protocol, get_args

from platform_app.wire.json_encoding import encode
from realtime_app.workers import Worker

Channel = Literal["logs", "backups", "crons", "imports", "copies"]
CHANNELS: frozenset[str] = frozenset(get_args(Channel))
# And one for the records of each collection: which of them were written and deleted (`record_feed.py`).
RecordsChannel = NewType("RecordsChannel", str)
_RECORDS = "records"
_RECORDS_CHANNEL = re.compile(rf"{_RECORDS}\.\w{{1,100}}", re.ASCII)

BATCH_SECONDS = 0.25
# Of one batch: a person reads no more, and a stream has several of them waiting at most.
MOST_ENTRIES = 500
MOST_BYTES = 64 * 1024
STOP_SECONDS = 2.0

_KIND = "feed"


def records_channel(collection_id: str) -> RecordsChannel:
    return RecordsChannel(f"{_RECORDS}.{collection_id}")


def is_channel(name: str) -> bool:
    return name in CHANNELS or _RECORDS_CHANNEL.fullmatch(name) is not None


class Others(Protocol):
    """The other processes of this installation, as the bus reaches them (`realtime_app.bus.bus`)."""

    def publish(self, kind: str, payload: Any) -> None:
        """Tell all of them, without waiting."""

    def on(self, kind: str, handler: Callable[[Any], Any]) -> None:
        """Call `handler(payload)` for what they publish."""

    def has_anybody(self, key: str) -> bool:
        """Whether one of them has announced a true value, or may have."""

    def announce(self, key: str, value: Any) -> "Future[None]":
        """Let them know; done when they do, or cannot."""


class Feeds:
    """Those of one process. Any thread may send."""

    def __init__(self, batch_seconds: float = BATCH_SECONDS) -> None:
        self._batch_seconds = batch_seconds
        self._others: Others | None = None
        self.begin()

    def begin(self) -> None:
        """Know of no streams and nothing to send: what a process that was forked does first."""
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        # How many there are by channel, and of each kind of channel.
        self._streams: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._here: dict[str, _Batch] = {}
        self._elsewhere: dict[str, _Batch] = {}
        self._is_flush_due = False
        self._ended = threading.Event()
        self._worker = Worker("feeds", most=1, most_bytes=1)

    def through(self, others: Others) -> None:
        """Reach the streams of other processes, and be reached by what these send."""
        self._others = others
        others.on(_KIND, self._hear)

    # --- sending ---

    def send(self, channel: Channel | RecordsChannel, event: str, data: Any, *, key: str = "") -> None:
        """Tell who watches the channel, now: also of what is not committed yet, as progress has to be.

        `data` is JSON. With a `key` this takes the place of what still waits under the same one. While nobody
        watches, this does nothing. Raises ValueError for a channel that there is not, TypeError for data that
        is not JSON.
        """
        if not is_channel(channel):
            raise ValueError(f"there is no feed {channel!r}")
        is_elsewhere = self._is_watched_elsewhere(channel)
        if not (is_elsewhere or self._streams[channel]):
            return
        entry = encode({"event": event, "data": data}).decode()
        with self._lock:
            if self._streams[channel]:
                self._here.setdefault(channel, _Batch()).put(entry, key)
            if is_elsewhere:
                self._elsewhere.setdefault(channel, _Batch()).put(entry, key)
            self._flush_soon()

    def is_watched(self, channel: Channel) -> bool:
        """Whether `send` would do anything; for who has much to send."""
        return self._streams[channel] > 0 or self._is_watched_elsewhere(channel)

    def are_records_watched(self) -> bool:
        """Whether somebody may look at the records of any collection."""
        return self._kinds[_RECORDS] > 0 or self._is_watched_elsewhere(_RECORDS)

    def _is_watched_elsewhere(self, channel: str) -> bool:
        return self._others is not None and self._others.has_anybody(_interest(_kind_of(channel)))

    def flush(self) -> None:
        """Send what waits, now; for commands, which end without further ado."""
        with self._flushing:
            with self._lock:
                self._is_flush_due = False
                here, self._here = self._here, {}
                elsewhere, self._elsewhere = self._elsewhere, {}
            for channel, batch in elsewhere.items():
                if self._others is not None:
                    self._others.publish(_KIND, {"channel": channel, **batch.parts()})
            for channel, batch in here.items():
                _deliver(channel, batch)

    def stop(self) -> None:
        """Send the last of it; afterwards only `flush` sends."""
        self._ended.set()
        self._worker.stop(STOP_SECONDS)
        self.flush()

    def _flush_soon(self) -> None:
        if not self._is_flush_due:
            self._is_flush_due = True
            self._worker.put(self._flush_later)

    def _flush_later(self) -> None:
        self._ended.wait(self._batch_seconds)
        self.flush()

    def _hear(self, told: Mapping[str, Any]) -> None:
        """What another process has sent, on the event loop."""
        channel = told["channel"]
        with self._lock:
            if self._streams.get(channel):
                self._here.setdefault(channel, _Batch()).add(told["entries"], told["dropped"])
                self._flush_soon()

    # --- who watches ---

    def opened(self, channel: str) -> "Future[None]":
        """A stream of this process begins; done when the other processes send for it, too."""
        with self._lock:
            self._streams[channel] += 1
            return self._announce(channel, 1)

    def closed(self, channel: str) -> None:
        """That stream is over."""
        with self._lock:
            self._streams[channel] -= 1
            if not self._streams[channel]:
                del self._streams[channel]
            self._announce(channel, -1)

    def _announce(self, channel: str, more: int) -> "Future[None]":
        """By their kind: who watches the records of one collection hears of all from other processes."""
        kind = _kind_of(channel)
        was_watched = self._kinds[kind] > 0
        self._kinds[kind] += more
        is_watched = self._kinds[kind] > 0
        if self._others is not None and is_watched != was_watched:
            return self._others.announce(_interest(kind), is_watched)
        done: Future[None] = Future()
        done.set_result(None)
        return done


class _Batch:
    """What waits on one channel. Beyond the bounds the oldest entries go, and are counted."""

    def __init__(self) -> None:
        self._entries: dict[str | int, str] = {}  # by their keys, or numbers where they have none
        self._size = 0
        self._count = 0
        self._dropped = 0

    def put(self, entry: str, key: str = "") -> None:
        self._count += 1
        self._size += len(entry) - len(self._entries.pop(key, ""))
        self._entries[key or self._count] = entry
        while self._size > MOST_BYTES or len(self._entries) > MOST_ENTRIES:
            self._size -= len(self._entries.pop(next(iter(self._entries))))
            self._dropped += 1

    def add(self, entries: list[str], dropped: int) -> None:
        """Another batch behind this one."""
        self._dropped += dropped
        for entry in entries:
            self.put(entry)

    def parts(self) -> dict[str, Any]:
        return {"dropped": self._dropped, "entries": list(self._entries.values())}

    def as_json(self) -> str:
        return f'{{"dropped":{self._dropped},"entries":[{",".join(self._entries.values())}]}}'


def _kind_of(channel: str) -> str:
    return channel.partition(".")[0]


def _interest(kind: str) -> str:
    """What a process announces while it has streams of channels of this kind."""
    return f"feed {kind}"


def _deliver(channel: str, batch: _Batch) -> None:
    # Imported late: only who holds streams needs it.
    from django_eventstream import send_event

    send_event(channel, "message", batch.as_json(), json_encode=False)


# Of this process.
feeds = Feeds()
os.register_at_fork(after_in_child=feeds.begin)
