"""The realtime service of this process: its clients, what is broadcast to them, and their streams."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

from platform_app.requests.lifetime import Companion
from realtime_app.broadcast import Broadcast
from realtime_app.bus.bus import Bus, bus
from realtime_app.clients import Client, frame_tail
from realtime_app.deliveries import Deliveries
from realtime_app.evaluating import Message
from realtime_app.events import realtime_message_send
from realtime_app.groups import AuthKey, Group, auth_key
from realtime_app.hub import Hub
from realtime_app.messages import frame_through_hook
from realtime_app.relay import Relay
from realtime_app.workers import Worker

logger = logging.getLogger(__name__)

# Messages that wait for the receivers of `realtime_message_send`.
MOST_WAITING_FOR_HOOKS = 100_000
MOST_BYTES_FOR_HOOKS = 64 * 1024 * 1024
STOP_SECONDS = 2.0


class RealtimeService:
    """Lives as long as the process; streams can be open while it is started."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.hub = Hub()
        self.broadcast = Broadcast(self.hub, self._tell_in_turn, self._close)
        self.relay = Relay(bus, self.hub, self.broadcast, self.send_to_topic)
        self._is_closing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._deliveries: Deliveries | None = None
        self._hooked = Worker("realtime-hooks", most=MOST_WAITING_FOR_HOOKS, most_bytes=MOST_BYTES_FOR_HOOKS)

    def listen(self) -> None:
        """From now on, to what is committed, here and elsewhere."""
        self.broadcast.listen()
        self.relay.listen()
        self.bus.on_missed(self._close)

    @property
    def companion(self) -> Companion:
        """How a server process starts and stops it."""
        return Companion(
            "realtime",
            start=self._start,
            closing=self._begin_closing,
            stop=self._stop,
            stop_seconds=STOP_SECONDS + 1,
        )

    def admit(self, client: Client) -> bool:
        """Let a client in whose stream is open; False when the server is about to end. On the event loop."""
        if not self._is_closing:
            self.hub.register(client)
        return not self._is_closing

    def send(self, clients: Iterable[Client], name: str, data: bytes) -> None:
        """Send one message to each client of this process, subscribed or not; from any thread."""
        if realtime_message_send.has_listeners():
            for client in clients:
                if not self._hooked.put(partial(self._send_through_hook, client, name, data), len(data)):
                    self._end([client])
            return
        self._deliver([(list(clients), frame_tail(name, data))])

    def send_to_topic(self, topic: str, data: bytes, to: Sequence[AuthKey] | None = None) -> None:
        """Send one message to the clients of this process that are subscribed to a topic; from any thread.

        Without options in `topic` those with any are meant; each hears it under the name that it subscribed
        to. `to` leaves only those that are signed in as one of these.
        """
        wanted = None if to is None else set(to)
        by_text: dict[str, list[Group]] = defaultdict(list)
        for group in self.hub.groups_of([topic.partition("?")[0]]):
            text = group.topic.text
            if "?" in topic and text != topic:
                continue
            if wanted is None or auth_key(group.info.auth) in wanted:
                by_text[text].append(group)
        self._tell([Message(groups, text, data) for text, groups in by_text.items()])

    # --- beside requests ---

    async def _start(self) -> None:
        self._is_closing = False
        self._loop = asyncio.get_running_loop()
        self._deliveries = Deliveries(self._loop)

    def _begin_closing(self) -> None:
        self._is_closing = True
        self._close()

    def _stop(self) -> None:
        self.broadcast.stop(STOP_SECONDS / 2)
        self._hooked.stop(STOP_SECONDS / 2)

    # --- messages ---

    def _tell(self, messages: Sequence[Message]) -> None:
        if realtime_message_send.has_listeners():
            for message in messages:
                self.send(message.clients, message.topic, message.data)
        else:
            self._deliver(
                [(message.clients, frame_tail(message.topic, message.data)) for message in messages]
            )

    def _tell_in_turn(self, messages: Sequence[Message]) -> None:
        """The same from a thread that can wait until it is their turn."""
        self._tell(messages)
        if self._deliveries is not None:
            self._deliveries.wait_for_room()

    def _deliver(self, deliveries: Sequence[tuple[list[Client], bytes]]) -> None:
        if self._deliveries is None or self._deliveries.put(deliveries):
            return
        logger.warning("more messages are on their way than memory should hold: streams are closed")
        self._end([client for clients, _ in deliveries for client in clients])

    def _send_through_hook(self, client: Client, name: str, data: bytes) -> None:
        frame = frame_through_hook(client, name, data)
        if frame is None:
            self._end([client])
        elif frame and self._loop is not None and client.is_open:
            self._loop.call_soon_threadsafe(lambda: client.push(frame))

    # --- ending streams ---

    def _close(self, groups: Sequence[Group] | None = None) -> None:
        """End the streams of the clients of these groups, or of all: they come back by themselves."""
        if groups is None:
            self._end(self.hub.clients())
        else:
            self._end([client for group in groups for client in group.members(None)])

    def _end(self, clients: Sequence[Client]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_end_all, clients)


def _end_all(clients: Sequence[Client]) -> None:
    for client in clients:
        client.close()


# Of this process: its streams are.
service = RealtimeService(bus)
