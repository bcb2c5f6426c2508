"""Realtime clients in the process of a test, without a server: what they are sent can be looked at."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.test import Client as HttpClient

from auth_app.tokens import issue_auth_token
from collections_app.records.record import Record
from joey_testing.api import Answer, Api
from realtime_app.connecting import Opening
from realtime_app.service import service

# Only for what hangs.
_LONGEST_SECONDS = 60


@dataclass(frozen=True)
class Message:
    """`data` is what the JSON of the message says."""

    event: str
    data: Any


class RealtimeClient:
    """One open stream. `messages()` has all that it was sent since it was last asked."""

    def __init__(self, opening: Opening, auth: Record | None, settle: Callable[[], None]) -> None:
        self.id = opening.client.id
        self.is_open = True
        self._opening = opening
        self._auth = auth
        self._settle = settle
        self._frames: list[bytes] = []

    def subscribe(self, *topics: str) -> Answer:
        """Replace its subscriptions, with the request that the SDK sends."""
        body = {"clientId": self.id, "subscriptions": list(topics)}
        answer = Api().as_(self._auth).post("/api/realtime", body)
        if answer.status != 204:
            raise AssertionError(f"subscribing is answered {answer.status}: {answer.text}")
        return answer

    def messages(self) -> list[Message]:
        """What came since the last call; all that was committed before has been told then."""
        self._settle()
        frames, self._frames[:] = list(self._frames), []
        return [_message(frame) for frame in frames]

    def close(self) -> None:
        """End the stream, as a client does that goes."""
        if self.is_open:
            self.is_open = False
            service.hub.unregister(self._opening.client)
            self._opening.client.detach()
            self._opening.end()

    def open(self) -> None:
        """As the consumer does it, which a server's connection has (realtime_app.consumers)."""
        client = self._opening.client
        client.attach(self._frames.append, self.close, service.send)
        if self._opening.first_frame is None or not service.admit(client):
            self.close()
        elif self._opening.first_frame:
            client.push(self._opening.first_frame)


class Realtime:
    """Opens clients, as a guest or signed in; the fixture `realtime`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._clients: list[RealtimeClient] = []

    def connect(self, *topics: str, auth: Record | None = None) -> RealtimeClient:
        """A client that is subscribed to `topics`, with the rights of `auth`."""
        headers = {"authorization": issue_auth_token(auth)} if auth else {}
        response = HttpClient().get("/api/realtime", headers=headers)
        opening = getattr(response, "subject", None)
        if opening is None:
            raise AssertionError(f"no stream is opened, the answer is {response.status_code}")
        client = RealtimeClient(opening, auth, self._settle)
        client.open()
        self._clients.append(client)
        if topics:
            client.subscribe(*topics)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def _settle(self) -> None:
        """Return when all that was committed has been told: each thread on the way has come so far."""
        broadcast = service.broadcast
        for put in (broadcast.submit, broadcast._late.put, service._hooked.put):
            done = threading.Event()
            put(done.set)
            if not done.wait(_LONGEST_SECONDS):
                raise AssertionError("what was committed is not told")
        asyncio.run_coroutine_threadsafe(self._delivered(), self._loop).result(_LONGEST_SECONDS)

    async def _delivered(self) -> None:
        deliveries = service._deliveries
        while deliveries is not None and deliveries._is_scheduled:
            await asyncio.sleep(0)


@contextmanager
def started() -> Iterator[Realtime]:
    """The realtime service, with an event loop on a thread of its own as a server has."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="joey-testing-realtime")
    thread.start()
    realtime = Realtime(loop)
    try:
        asyncio.run_coroutine_threadsafe(service._start(), loop).result(_LONGEST_SECONDS)
        yield realtime
    finally:
        realtime.close()
        service._stop()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _message(frame: bytes) -> Message:
    lines = dict(line.split(":", 1) for line in frame.decode().splitlines() if line)
    return Message(lines["event"], json.loads(lines["data"]))
