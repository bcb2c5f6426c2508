"""The clients that wait for somebody to come back from an OAuth2 provider, as `auth_app` asks for them.

One that another process holds is asked for over the bus, once: whether it waits, and it waits no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auth_app.oauth2_clients import TOPIC, WaitingClient
from realtime_app.bus.errors import AskFailed, NoAnswer, NoSuchProcess
from realtime_app.clients import Client
from realtime_app.forwarding import ANSWER_SECONDS, ask, owner_elsewhere, owner_of
from realtime_app.service import service

_TAKE = "realtime oauth2 take"
_SEND = "realtime oauth2 send"


class _Here:
    """A client of this process."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def ip(self) -> str:
        return self._client.ip

    def take_subscription(self) -> bool:
        return service.hub.unsubscribe(self._client, TOPIC)

    def send(self, event: str, data: str) -> None:
        service.send([self._client], event, data.encode())


@dataclass(frozen=True)
class _Elsewhere:
    """A client of another process, whose subscription is taken already, if it had one."""

    id: str
    ip: str
    has_waited: bool

    def take_subscription(self) -> bool:
        return self.has_waited

    def send(self, event: str, data: str) -> None:
        told = {"id": self.id, "event": event, "data": data}
        service.bus.ask(owner_of(self.id), _SEND, told, seconds=ANSWER_SECONDS)


def find_waiting(client_id: str) -> WaitingClient | None:
    if owner := owner_elsewhere(service.bus, client_id):
        return _find_elsewhere(client_id, owner)
    client = service.hub.find(client_id)
    return None if client is None else _Here(client)


def _find_elsewhere(client_id: str, owner: str) -> WaitingClient | None:
    try:
        told = ask(service.bus, owner, _TAKE, client_id)
    except (NoSuchProcess, NoAnswer, AskFailed, TimeoutError):
        return None
    return None if told is None else _Elsewhere(client_id, told["ip"], told["has_waited"])


def listen() -> None:
    """From now on, to the other processes' questions."""
    service.bus.on(_TAKE, _take)
    service.bus.on(_SEND, _send)


def _take(client_id: str) -> dict[str, Any] | None:
    client = service.hub.find(client_id)
    if client is None:
        return None
    return {"ip": client.ip, "has_waited": service.hub.unsubscribe(client, TOPIC)}


def _send(told: Mapping[str, Any]) -> None:
    client = service.hub.find(told["id"])
    if client is not None:
        service.send([client], told["event"], told["data"].encode())
