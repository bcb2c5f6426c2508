"""The server that the tests here attack: one for each module, small, and with short deadlines."""

from collections.abc import Iterator

import pytest

from tests.attacks.asking import Asker, Reply, sign_in
from tests.attacks.serving import EMAIL, SUPERUSER_PASSWORD, attacked
from tests.attacks.siege import Hit
from tests.attacks.world import World
from tests.served import Server

# What an attack's queries may take: long beside what they should, so that a deadline is what ends them.
QUERY_TIMEOUT_SECONDS = "2"


class Arena:
    """The server, its collections, and a guest."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = server.url
        self.world = World(server.url, sign_in(server.url, EMAIL, SUPERUSER_PASSWORD))
        self.world.build()

    def ask(self, hit: Hit) -> Reply:
        """The answer to one request of a guest, on a connection of its own."""
        asker = Asker(self.url)
        try:
            return asker.ask(hit.method, hit.target, hit.body, hit.headers)
        finally:
            asker.close()


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    folder = tmp_path_factory.mktemp("attacked")
    with attacked(folder, QUERY_TIMEOUT=QUERY_TIMEOUT_SECONDS) as server:
        yield Arena(server)
