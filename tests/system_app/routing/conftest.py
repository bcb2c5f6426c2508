"""Routes for the time of a test, and clients that find them."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from system_app.routing.router import router
from system_app.routing.table import route_table


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Client]]:
    """No routes and no global middlewares; call it for a client when the test's own are there."""
    monkeypatch.setattr(router, "routes", [])
    monkeypatch.setattr(router, "removed", set())
    monkeypatch.setattr(router.root, "use", [])
    route_table.cache_clear()

    def client() -> Client:
        route_table.cache_clear()
        return Client()  # which makes its layers with the first request

    yield client
    route_table.cache_clear()
