"""The clients that wait for somebody to come back from an OAuth2 provider, as `auth_app` asks for them."""

from auth_app.oauth2_clients import TOPIC, WaitingClient
from realtime_app.clients import Client
from realtime_app.service import service


class _Waiting:
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


def find_waiting(client_id: str) -> WaitingClient | None:
    client = service.hub.find(client_id)
    return None if client is None else _Waiting(client)
