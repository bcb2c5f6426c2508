"""Broker: the clients whose streams this process holds (contract/realtime.md 1).

    from realtime_app import broker

    for client in broker.clients():
        if client.auth is not None and client.has_subscription("orders"):
            client.send("orders", {"number": 17})

Each process has its own: in a command or a job worker there is none. What is to reach the clients of all
processes goes through `realtime_app.realtime`.
"""

from realtime_app.clients import Client
from realtime_app.service import service


def clients() -> list[Client]:
    """All of them, as they are now."""
    return service.hub.clients()


def chunked_clients(size: int) -> list[list[Client]]:
    """The same in lists of so many, for who wants to spread work. Raises ValueError for a size below 1."""
    if size < 1:
        raise ValueError(f"expected chunks of at least 1, got {size}")
    everybody = clients()
    return [everybody[start : start + size] for start in range(0, len(everybody), size)]


def count() -> int:
    return len(service.hub)


def find(client_id: str) -> Client | None:
    return service.hub.find(client_id)
