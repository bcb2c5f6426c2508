"""Carries letters between the outbox of this process, the others, and its handlers, on one event loop."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Protocol

import orjson
from channels.layers import BaseChannelLayer

from platform_app.wire.json_encoding import encode
from realtime_app.bus.broadcast_layer import BroadcastLayer, owner_of
from realtime_app.bus.errors import AskFailed, NoAnswer, NoSuchProcess
from realtime_app.bus.hearing import Hearing
from realtime_app.bus.outbox import MOST_PAYLOAD_BYTES, Letter, Outbox
from realtime_app.bus.peers import Peers
from realtime_app.bus.questions import Questions
from realtime_app.bus.unix_layer import UnixLayer

logger = logging.getLogger(__name__)

GROUP = "bus"
BEAT_SECONDS = 3.0
# Who was not heard for so long does not count any more, until it is heard again.
SILENT_SECONDS = 3 * BEAT_SECONDS
# Who has no socket any more may have said good-bye: that is read first.
GONE_SECONDS = 1.0
# What others may take to say that they are there. Sockets say who is there; elsewhere this is waited for.
WELCOME_SECONDS = 0.5
SEND_SECONDS = 10.0
RETRY_SECONDS = 1.0
FLUSH_SECONDS = 1.0
_CLOSE_SECONDS = 0.25

_HERE = ":here"
_HELLO = ":hello"
_BYE = ":bye"

Handler = Callable[[Any], Any]


class Office(Protocol):
    """What the courier works for: the part of the bus that any thread uses."""

    tag: str
    outbox: Outbox
    announced: Mapping[str, Any]
    members: Peers

    def handler_of(self, kind: str) -> Handler | None: ...

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
        self._is_settled = False  # it has been here for long enough to know all others
        self._is_ending = False
        self._has_outage = False
        self._hearing = Hearing()
        self._hears_from: int | None = None
        self._filled = asyncio.Event()
        self._is_sending = False
        self._letters_to: list[tuple[str, dict[str, Any]]] = []  # to one process each
        self._questions = Questions()
        self._has_greeted = asyncio.Event()
        self._welcomed = asyncio.Event()
        if office.outbox:
            self._filled.set()
        work = [self._send_forever()]
        if is_member:
            work += [self._receive_forever(), self._beat_forever()]
            if isinstance(layer, BroadcastLayer):
                layer.on_missed = office.tell_missed
                layer.on_gone = self._gone
            elif hasattr(layer, "on_reconnected"):  # RedisLayer, whose packages need not be there
                layer.on_reconnected = self._hear_again
        self._tasks = [self.loop.create_task(task) for task in work]

    @property
    def knows_all(self) -> bool:
        """Whether there is nobody but those that it knows."""
        return self._is_settled and not self._has_outage

    # --- called by any thread

    def wake(self) -> None:
        """There is something to send. Raises RuntimeError when the loop has ended."""
        self.loop.call_soon_threadsafe(self._filled.set)

    # --- on the loop

    async def welcomed(self) -> None:
        """Until the others are known, and know this process; what they did before it has missed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WELCOME_SECONDS):
                await self._has_greeted.wait()
                await self.flush()
                if not isinstance(self._layer, UnixLayer) or self._layer.others():
                    await self._welcomed.wait()
        self._is_settled = True
        self._office.tell_missed()

    async def flush(self) -> None:
        """Until all is sent."""
        while self._office.outbox or self._letters_to or self._is_sending or self._has_backlog():
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Takes `FLUSH_SECONDS` and some, at most."""
        if self.is_member:
            self._publish(_BYE, b"{}")
        self._is_ending = True
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self.flush()
        except TimeoutError:
            logger.warning("not all that was published at the end reached the other processes")
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=_CLOSE_SECONDS)
        self._questions.fail_all()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._layer.flush()
        except Exception as error:  # noqa: BLE001 - whatever its network says; it ends anyway
            logger.warning("the bus did not close in good order: %r", error)

    def ask(self, tag: str, kind: str, data: bytes, seconds: float, answer: "Future[Any]") -> None:
        peer = self._office.members.by_tag.get(tag)
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

    def _publish(self, kind: str, data: bytes) -> None:
        if self._office.outbox.put(kind, data):
            self._filled.set()

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
                await self._send_letters_to()
                letters = self._office.outbox.take()
                if letters:
                    message = {"type": "bus.letters", "from": self._office.tag, "letters": letters}
                    await self._sent(self._layer.group_send(GROUP, message))
                await asyncio.sleep(0)  # others have their turn, also where a layer never waits

    async def _send_letters_to(self) -> None:
        letters_to, self._letters_to = self._letters_to, []
        went = True
        for channel, message in letters_to:
            # After one that did not go the others are not tried: each would take its time to fail.
            if went and await self._sent(self._layer.send(channel, message)):
                continue
            went = False
            if message["type"] == "bus.ask":
                self._questions.fail(message["number"], NoAnswer("the bus does not reach others"))

    async def _sent(self, sending: Any) -> bool:
        """What fails is lost: the numbers of the next letters say so."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await sending
        except Exception as error:  # noqa: BLE001 - whatever its network says
            self._begin_outage("the bus does not reach other processes", error)
            await asyncio.sleep(RETRY_SECONDS)
            return False
        if self._has_outage:
            self._has_outage = False
            logger.warning("the bus reaches other processes again")
            self._hear_again()
        return True

    def _begin_outage(self, what: str, error: Exception) -> None:
        if not self._has_outage:
            logger.error("%s: %r", what, error)
        self._has_outage = True

    def _has_backlog(self) -> bool:
        return isinstance(self._layer, UnixLayer) and self._layer.has_backlog

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._beat()
            for tag in self._office.members.silent(SILENT_SECONDS):
                self._lose(tag)

    def _beat(self, kind: str = _HERE) -> None:
        if self._channel and not self._is_ending:
            self._publish(kind, encode(self._presence()))

    def _presence(self) -> dict[str, Any]:
        return {"channel": self._channel, "announced": self._office.announced}

    # --- receiving

    async def _receive_forever(self) -> None:
        while True:
            try:
                self._channel = await self._layer.new_channel(GROUP)
                await self._layer.group_add(GROUP, self._channel)
                if self._is_settled:
                    self._hear_again(_HELLO)
                else:
                    self._beat(_HELLO)
                self._has_greeted.set()
                while True:
                    self._try_to_open(await self._layer.receive(self._channel))
                    await asyncio.sleep(0)  # what has arrived already is taken without a pause
            except Exception as error:  # noqa: BLE001 - whatever its network says
                self._channel = ""
                self._begin_outage("the bus does not hear other processes", error)
                with suppress(Exception):
                    await self._layer.flush()  # what a half made channel left
                await asyncio.sleep(RETRY_SECONDS)

    def _hear_again(self, kind: str = _HERE) -> None:
        """Something was missed, and may still be until what this process sends comes back to it."""
        self._beat(kind)
        self._hears_from = self._office.outbox.number

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
            if self._hearing.has_gap(sender, number, is_new_here=not self._is_settled):
                self._office.tell_missed()
            if sender == self._office.tag:
                self._heard_itself(number)
            elif kind == _HELLO:
                self._meet(sender, orjson.loads(data), is_newcomer=True)
                self._welcome(sender)
            elif kind == _HERE:
                self._meet(sender, orjson.loads(data))
            elif kind == _BYE:
                self._forget(sender)
            else:
                self._handle(kind, data)

    def _heard_itself(self, number: int) -> None:
        if self._hears_from is not None and number >= self._hears_from:
            self._hears_from = None
            self._office.tell_missed()

    def _handle(self, kind: str, data: bytes) -> None:
        handler = self._office.handler_of(kind)
        if handler is None:
            return  # this process does not want to know
        payload = orjson.loads(data)
        try:
            handler(payload)
        except Exception:
            logger.exception("a handler of %r on the bus failed", kind)

    def _answer(self, question: dict[str, Any]) -> None:
        kind, data = question["kind"], orjson.loads(question["data"])
        if kind == self.ANNOUNCED:
            self._meet(question["from"], {"channel": question["back"], "announced": data})
            self._send_answer(question, None)
            return
        handler = self._office.handler_of(kind)
        if handler is None:
            self._send_answer(question, None, LookupError(f"nothing here answers {kind!r}"))
            return
        try:
            value = handler(data)
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
        except (TypeError, ValueError, RecursionError) as bad:
            data, said = b"null", str(bad)
        if len(data) > MOST_PAYLOAD_BYTES:
            data, said = b"null", f"the answer has {len(data)} bytes, too many for the bus"
        answer = {"type": "bus.answer", "number": question["number"], "data": data, "error": said}
        self._send_to(question["back"], answer)

    # --- who is there

    def _welcome(self, tag: str) -> None:
        welcome = {"type": "bus.here", "from": self._office.tag, "at": self._office.outbox.number}
        peer = self._office.members.by_tag[tag]
        self._send_to(peer.channel, {**welcome, "data": encode(self._presence())})

    def _count_welcomes(self) -> None:
        layer = self._layer
        if isinstance(layer, UnixLayer) and len(self._office.members.by_tag) >= len(layer.others()):
            self._welcomed.set()

    def _meet(self, tag: str, presence: Mapping[str, Any], *, is_newcomer: bool = False) -> None:
        is_known = self._office.members.meet(tag, presence["channel"], presence["announced"])
        if not is_known and not is_newcomer and self._is_settled:
            # Both were here already. Each may have thought that it was alone, and have told nothing.
            self._office.outbox.skip()
            self._beat()
            self._office.tell_missed()

    def _lose(self, tag: str) -> None:
        """It may have done something that it could not tell any more."""
        if self._forget(tag):
            self._office.tell_missed()

    def _forget(self, tag: str) -> bool:
        self._questions.fail_all(tag)
        return self._office.members.forget(tag)

    def _gone(self, name: str) -> None:
        self.loop.call_later(GONE_SECONDS, self._lose_owner, name)

    def _lose_owner(self, name: str) -> None:
        for tag, peer in self._office.members.by_tag.items():
            if owner_of(peer.channel) == name:
                self._lose(tag)
