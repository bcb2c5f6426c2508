"""What Channels layers have in common that carry messages to processes, which know their own channels.

A channel that `new_channel` makes belongs to the process that made it and is read there. On a channel with a
plain name every process hears what is sent, from when it first reads on. Groups are kept where their channels
are.
Reference: https://channels.readthedocs.io/en/latest/channel_layer_spec.html
"""

import asyncio
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import msgpack
from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer

logger = logging.getLogger(__name__)

_SWEEP_SECONDS = 5.0
# What another event loop waits for the one that reads, which may end meanwhile.
_HOME_SECONDS = 10.0

Message = dict[str, Any]


def _nothing(*arguments: object) -> None:
    return None


def owner_of(channel: str) -> str:
    """The name of the process that made this channel; "" for one with a plain name.

    >>> owner_of("bus.3fa9c1d20b6e!x8Qb"), owner_of("thumbs")
    ('3fa9c1d20b6e', '')
    """
    return channel.partition("!")[0].rpartition(".")[2] if "!" in channel else ""


class _Queue:
    """What waits on a channel, each with the time at which it expires; entered by who reads it."""

    def __init__(self) -> None:
        self.messages: deque[tuple[float, Message]] = deque()
        self._readers = 0
        self._filled = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        return not self.messages and not self._readers

    def __enter__(self) -> None:
        self._readers += 1

    def __exit__(self, *_: object) -> None:
        self._readers -= 1

    def put(self, deadline: float, message: Message) -> None:
        self.messages.append((deadline, message))
        self._filled.set()

    async def take(self) -> Message:
        while True:
            while not self.messages:
                self._filled.clear()
                await self._filled.wait()
            deadline, message = self.messages.popleft()
            if deadline > time.monotonic():
                return message

    def drop_expired(self, now: float) -> bool:
        """Whether there were any."""
        before = len(self.messages)
        while self.messages and self.messages[0][0] <= now:
            self.messages.popleft()
        return len(self.messages) < before


class BroadcastLayer(BaseChannelLayer):  # type: ignore[misc] # Channels has no types
    """The channels and groups of this process.

    It reads on the event loop that uses it first, until that ends; from other loops one may send. A subclass
    says how to open the road to the others, and how messages travel.
    """

    extensions = ["groups", "flush"]

    def __init__(self, expiry: int = 60, capacity: int = 10_000, channel_capacity: Any = None) -> None:
        super().__init__(expiry=expiry, capacity=capacity)
        self.channel_capacity = self.compile_capacities(channel_capacity or {})
        self.name = secrets.token_hex(6)
        # Called when messages of others did not get here, and with the name of a process that is gone.
        self.on_missed: Callable[[], object] = _nothing
        self.on_gone: Callable[[str], object] = _nothing
        self._home: asyncio.AbstractEventLoop | None = None
        self._home_lock = threading.Lock()
        self._queues: dict[str, _Queue] = {}
        self._groups: dict[str, set[str]] = {}
        self._plain: set[str] = set()
        self._swept = 0.0

    # --- of a subclass

    async def _open(self) -> None:
        """Begin to hear the others; called often."""
        raise NotImplementedError

    async def _transmit(self, to: str | None, packed: bytes) -> None:
        """Send to the process `to`, or to all others."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop hearing the others; what is used again is opened again."""
        raise NotImplementedError

    # --- the interface of Channels

    async def send(self, channel: str, message: Message) -> None:
        """Raises ChannelFull for a channel of this process, and when the loop that reads does not get to it.

        What does not fit elsewhere is lost there.
        """
        self._require_message(message)
        self.require_valid_channel_name(channel)
        await self._at_home(self._send, channel, message)

    async def receive(self, channel: str) -> Message:
        self.require_valid_channel_name(channel)
        owner = owner_of(channel)
        if owner not in {"", self.name}:
            raise ValueError(f"the channel {channel} is read by the process that made it")
        if not self._is_at_home():
            raise RuntimeError("this layer is read on another event loop")
        if not owner:
            self._plain.add(channel)
        await self._open()
        queue = self._queues.setdefault(channel, _Queue())
        try:
            with queue:
                return await queue.take()
        finally:
            if queue.is_idle and self._queues.get(channel) is queue:
                del self._queues[channel]

    async def new_channel(self, prefix: str = "specific") -> str:
        if self._is_at_home():
            await self._open()
        return f"{prefix.rstrip('.')}.{self.name}!{secrets.token_hex(6)}"

    async def group_add(self, group: str, channel: str) -> None:
        await self._at_home(self._change_group, "add", group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        await self._at_home(self._change_group, "discard", group, channel)

    async def group_send(self, group: str, message: Message) -> None:
        self._require_message(message)
        self.require_valid_group_name(group)
        await self._at_home(self._send_to_group, group, message)

    async def flush(self) -> None:
        self._queues = {}
        self._groups = {}
        self._plain = set()
        await self.close()

    # --- on the home loop

    async def _send(self, channel: str, message: Message) -> None:
        packed = msgpack.packb({"channel": channel, "message": message})
        owner = owner_of(channel)
        if owner != self.name:
            await self._transmit(owner or None, packed)
        if owner == self.name or channel in self._plain:
            self._put(channel, msgpack.unpackb(packed)["message"])

    async def _send_to_group(self, group: str, message: Message) -> None:
        packed = msgpack.packb({"group": group, "message": message})
        self._received(packed)
        await self._transmit(None, packed)

    async def _change_group(self, change: str, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        owner = owner_of(channel)
        if owner in {"", self.name}:
            self._changed(change, group, channel)
        if owner != self.name:
            packed = msgpack.packb({"change": change, "group": group, "channel": channel})
            await self._transmit(owner or None, packed)

    def _changed(self, change: str, group: str, channel: str) -> None:
        members = self._groups.setdefault(group, set())
        if change == "add":
            members.add(channel)
        else:
            members.discard(channel)
        if not members:
            del self._groups[group]

    def _received(self, packed: bytes) -> None:
        """What another process sent."""
        try:
            self._deliver(packed)
        except (LookupError, TypeError, ValueError, msgpack.UnpackException):
            logger.exception("a message of another process cannot be read; it may be of another version")
            self.on_missed()

    def _deliver(self, packed: bytes) -> None:
        content = msgpack.unpackb(packed)
        if "change" in content:
            self._changed(content["change"], content["group"], content["channel"])
            return
        message = content["message"]
        if "channel" in content:
            channels = [content["channel"]]
        else:
            channels = list(self._groups.get(content["group"], ()))
        for channel in channels:
            if owner_of(channel) != self.name and channel not in self._plain:
                continue
            try:
                self._put(channel, message if len(channels) == 1 else msgpack.unpackb(packed)["message"])
            except ChannelFull:
                self.on_missed()

    def _put(self, channel: str, message: Message) -> None:
        self._sweep()
        queue = self._queues.setdefault(channel, _Queue())
        if len(queue.messages) >= self.get_capacity(channel):
            raise ChannelFull(channel)
        queue.put(time.monotonic() + self.expiry, message)

    def _sweep(self) -> None:
        """Nobody reads a channel whose messages expire: it leaves its groups."""
        now = time.monotonic()
        if now < self._swept + _SWEEP_SECONDS:
            return
        self._swept = now
        for channel, queue in list(self._queues.items()):
            if not queue.drop_expired(now):
                continue
            for group in [group for group, members in self._groups.items() if channel in members]:
                self._changed("discard", group, channel)
            if queue.is_idle:
                del self._queues[channel]

    # --- whose loop

    def _is_at_home(self) -> bool:
        """Whether the running loop is the one that reads: the first one, or the first after that ended."""
        loop = asyncio.get_running_loop()
        with self._home_lock:
            if self._home is not loop and (self._home is None or not self._home.is_running()):
                if self._home is not None:
                    self._left()
                self._home = loop
            return self._home is loop

    def _left(self) -> None:
        """The loop that read has ended; forget what belonged to it."""

    async def _at_home(self, work: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
        home = self._home
        if self._is_at_home() or home is None:
            await work(*arguments)
            return
        working = asyncio.run_coroutine_threadsafe(work(*arguments), home)
        try:
            await asyncio.wait_for(asyncio.wrap_future(working), _HOME_SECONDS)
        except TimeoutError as error:
            raise ChannelFull from error

    def _require_message(self, message: Message) -> None:
        if not isinstance(message, dict):
            raise TypeError("a message is a dict")
