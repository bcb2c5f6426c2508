"""Carries letters between the outbox of this process, the others, and its handlers, on one event loop."""

import asyncio
import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from channels.layers import BaseChannelLayer

from platform_app.wire.json_encoding import encode
from realtime_app.bus.broadcast_layer import BroadcastLayer, owner_of
from realtime_app.bus.errors import AskFailed, NoAnswer, NoSuchProcess
from realtime_app.bus.hearing import Hearing
from realtime_app.bus.outbox import Letter, Outbox
from realtime_app.bus.questions import Questions
from realtime_app.bus.unix_layer import UnixLayer

logger = logging.getLogger(__name__)

GROUP = "bus"
BEAT_SECONDS = 5.0
# Who was not heard for so long does not count any more, until it is heard again.
SILENT_SECONDS = 3 * BEAT_SECONDS
# What others may take to say that they are there. Sockets say who is there; elsewhere this is waited for.
WELCOME_SECONDS = 0.5
SEND_SECONDS = 10.0
RETRY_SECONDS = 1.0

_HERE = ":here"
_HELLO = ":hello"
_BYE = ":bye"


@dataclass(frozen=True)
class Peer:
    """Another process, and what it has announced."""

    channel: str
    announced: Mapping[str, Any]
    heard_at: float


class Office(Protocol):
    """What the courier works for: the part of the bus that any thread uses."""

    tag: str
    outbox: Outbox
    announced: Mapping[str, Any]
    peers_by_tag: Mapping[str, Peer]

    def handle(self, kind: str, payload: Any) -> Any:
        """Raises what the handler raises, LookupError when there is none."""

    def tell_missed(self) -> None: ...


class Courier:
    """A member hears the others and is known to them; who is none only sends."""

    ANNOUNCED = ":announced"  # a question of the bus's own: the answer says that it is known

    def __init__(self, office: Office, layer: BaseChannelLayer, *, is_member: bool) -> None:
        """Belongs to the event loop that is running."""
        self.loop = asyncio.get_running_loop()
        self.is_member = is_member
        self._office = office
        self._layer = layer
        self._channel = ""
        self._began = time.monotonic()
        self._hearing = Hearing()
        self._filled = asyncio.Event()
        self._is_sending = False
        self._letters_to: list[tuple[str, dict[str, Any]]] = []  # to one process each
        self._questions = Questions()
        self._has_outage = False
        self._has_greeted = asyncio.Event()
        self._welcomed = asyncio.Event()
        work = [self._send_forever()]
        if is_member:
            work += [self._receive_forever(), self._beat_forever()]
            if isinstance(layer, BroadcastLayer):
                layer.on_missed = office.tell_missed
                layer.on_gone = self._lose_owner
        self._tasks = [self.loop.create_task(task) for task in work]

    @property
    def is_settled(self) -> bool:
        """Whether it has been here for long enough to know all others."""
        return time.monotonic() > self._began + 2 * WELCOME_SECONDS

    # --- called by any thread

    def wake(self) -> None:
        """There is something to send. Raises RuntimeError when the loop has ended."""
        self.loop.call_soon_threadsafe(self._filled.set)

    # --- on the loop

    async def welcomed(self) -> None:
        """Until the others are known."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WELCOME_SECONDS):
                await self._has_greeted.wait()
                await self.flush()
                if not isinstance(self._layer, UnixLayer) or self._layer.others():
                    await self._welcomed.wait()

    async def flush(self) -> None:
        """Until all is sent."""
        while self._office.outbox or self._letters_to or self._is_sending or self._has_backlog():
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        if self.is_member:
            self.publish(_BYE, b"{}")
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self.flush()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._questions.fail_all()
        try:
            async with asyncio.timeout(0.5):
                await self._layer.flush()
        except Exception as error:  # noqa: BLE001 - whatever its network says; it ends anyway
            logger.warning("the bus did not close in good order: %s", error)

    def publish(self, kind: str, data: bytes) -> None:
        if self._office.outbox.put(kind, data):
            self._filled.set()

    def ask(self, tag: str, kind: str, data: bytes, seconds: float, answer: "Future[Any]") -> None:
        peer = self._office.peers_by_tag.get(tag)
        if peer is None:
            answer.set_exception(NoSuchProcess(f"no process has the tag {tag!r}"))
            return
        try:
            number = self._questions.add(tag, answer, seconds=seconds)
        except NoAnswer as error:
            answer.set_exception(error)
            return
        question = {"type": "bus.ask", "from": self._office.tag, "back": self._channel}
        self._send_to(peer.channel, {**question, "number": number, "kind": kind, "data": data})

    # --- sending

    def _send_to(self, channel: str, message: dict[str, Any]) -> None:
        self._letters_to.append((channel, message))
        self._filled.set()

    async def _send_forever(self) -> None:
        while True:
            self._is_sending = False
            await self._filled.wait()
            self._is_sending = True
            self._filled.clear()
            while self._letters_to or self._office.outbox:
                letters_to, self._letters_to = self._letters_to, []
                went = True
                for channel, message in letters_to:
                    # After one that did not go the others are not tried: each would take its time to fail.
                    if went and await self._sent(self._layer.send(channel, message)):
                        continue
                    went = False
                    if message["type"] == "bus.ask":
                        self._questions.fail(message["number"], NoAnswer("the bus does not reach others"))
                letters = self._office.outbox.take()
                if letters:
                    message = {"type": "bus.letters", "from": self._office.tag, "letters": letters}
                    await self._sent(self._layer.group_send(GROUP, message))
                await asyncio.sleep(0)  # others have their turn, also where a layer never waits

    async def _sent(self, sending: Any) -> bool:
        """What fails is lost: the numbers of the next letters say so."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await sending
        except Exception as error:  # noqa: BLE001 - whatever its network says
            if not self._has_outage:
                logger.error("the bus does not reach other processes: %r", error)
            self._has_outage = True
            await asyncio.sleep(RETRY_SECONDS)
            return False
        if self._has_outage:
            self._has_outage = False
            logger.warning("the bus reaches other processes again")
            self._beat()
            if self.is_member:
                self._office.tell_missed()
        return True

    def _has_backlog(self) -> bool:
        return isinstance(self._layer, UnixLayer) and self._layer.has_backlog

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._beat()
            limit = time.monotonic() - SILENT_SECONDS
            for tag, peer in list(self._office.peers_by_tag.items()):
                if peer.heard_at < limit:
                    self._lose(tag)

    def _beat(self, kind: str = _HERE) -> None:
        if self._channel:
            self.publish(kind, encode(self._presence()))

    def _presence(self) -> dict[str, Any]:
        return {"channel": self._channel, "announced": self._office.announced}

    # --- receiving

    async def _receive_forever(self) -> None:
        while True:
            try:
                self._channel = await self._layer.new_channel(GROUP)
                await self._layer.group_add(GROUP, self._channel)
                self._beat(_HELLO)
                self._has_greeted.set()
                while True:
                    self._try_to_open(await self._layer.receive(self._channel))
                    await asyncio.sleep(0)  # what has arrived already is taken without a pause
            except Exception as error:
                if not self._has_outage:
                    logger.exception("the bus does not hear other processes: %s", error)
                self._has_outage = True
                await asyncio.sleep(RETRY_SECONDS)

    def _try_to_open(self, message: dict[str, Any]) -> None:
        try:
            self._open(message)
        except (LookupError, TypeError, ValueError):
            logger.exception("a message on the bus cannot be read; it may be of another version")
            self._office.tell_missed()

    def _open(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "bus.letters":
                self._open_letters(message["from"], message["letters"])
            case "bus.here":
                self._hearing.begin(message["from"], message["at"])
                self._meet(message["from"], orjson.loads(message["data"]))
                self._count_welcomes()
            case "bus.ask":
                self._answer(message)
            case "bus.answer" if message["error"]:
                self._questions.fail(message["number"], AskFailed(message["error"]))
            case "bus.answer":
                self._questions.settle(message["number"], orjson.loads(message["data"]))

    def _open_letters(self, sender: str, letters: list[Letter]) -> None:
        for number, kind, data in letters:
            if self._hearing.has_gap(sender, number, is_new_here=not self.is_settled):
                self._office.tell_missed()
            if sender == self._office.tag:
                continue  # some layers bring back what one sends, and so show that it goes round
            if kind in (_HERE, _HELLO):
                self._meet(sender, orjson.loads(data))
                if kind == _HELLO:
                    self._welcome(sender)
            elif kind == _BYE:
                self._lose(sender)
            else:
                self._handle(kind, data)

    def _handle(self, kind: str, data: bytes) -> None:
        try:
            self._office.handle(kind, orjson.loads(data))
        except LookupError:
            return  # this process does not want to know
        except Exception:
            logger.exception("a handler of %r on the bus failed", kind)

    def _answer(self, question: dict[str, Any]) -> None:
        kind, data = question["kind"], orjson.loads(question["data"])
        if kind == self.ANNOUNCED:
            self._meet(question["from"], {"channel": question["back"], "announced": data})
            self._send_answer(question, None)
            return
        try:
            value = self._office.handle(kind, data)
        except Exception as error:
            logger.exception("a handler of %r on the bus failed", kind)
            self._send_answer(question, None, error)
            return
        if not isinstance(value, Future | asyncio.Future):
            self._send_answer(question, value)
            return

        def tell(done: "Future[Any] | asyncio.Future[Any]") -> None:
            error = asyncio.CancelledError() if done.cancelled() else done.exception()
            result = done.result() if error is None else None
            with suppress(RuntimeError):  # the loop has ended
                self.loop.call_soon_threadsafe(self._send_answer, question, result, error)

        value.add_done_callback(tell)

    def _send_answer(self, question: dict[str, Any], value: Any, error: BaseException | None = None) -> None:
        said = "" if error is None else str(error) or type(error).__name__
        try:
            data = encode(value)
        except (TypeError, ValueError) as bad:
            data, said = b"null", str(bad)
        answer = {"type": "bus.answer", "number": question["number"], "data": data, "error": said}
        self._send_to(question["back"], answer)

    # --- who is there

    def _welcome(self, tag: str) -> None:
        welcome = {"type": "bus.here", "from": self._office.tag, "at": self._office.outbox.number}
        peer = self._office.peers_by_tag[tag]
        self._send_to(peer.channel, {**welcome, "data": encode(self._presence())})

    def _count_welcomes(self) -> None:
        layer = self._layer
        if isinstance(layer, UnixLayer) and len(self._office.peers_by_tag) >= len(layer.others()):
            self._welcomed.set()

    def _meet(self, tag: str, presence: Mapping[str, Any]) -> None:
        peer = Peer(presence["channel"], presence["announced"], time.monotonic())
        self._office.peers_by_tag = {**self._office.peers_by_tag, tag: peer}

    def _lose(self, tag: str) -> None:
        self._office.peers_by_tag = {
            other: peer for other, peer in self._office.peers_by_tag.items() if other != tag
        }
        self._questions.fail_all(tag)

    def _lose_owner(self, name: str) -> None:
        for tag, peer in self._office.peers_by_tag.items():
            if owner_of(peer.channel) == name:
                self._lose(tag)
