"""One client's connection to a server under attack: small requests, each with an answer or a failure."""

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

# Far above what any answer may take: what is not answered by then counts as never.
PATIENCE_SECONDS = 60.0
JSON = {"Content-Type": "application/json"}

NO_ANSWER = 0


@dataclass(frozen=True)
class Reply:
    """`status` is NO_ANSWER when the connection failed or nothing came in time."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> Any:
        return json.loads(self.body)


class Asker:
    """Asks over one kept connection, opened anew when the server closed it; for one thread at a time."""

    def __init__(self, url: str, token: str = "", *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            address.hostname or "127.0.0.1", address.port, timeout=patience_seconds
        )
        self._headers = {"Authorization": token} if token else {}

    def ask(
        self, method: str, target: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """A `body` that is neither bytes nor None is sent as JSON."""
        sent = dict(headers or {}) | self._headers
        if body is not None and not isinstance(body, bytes):
            body, sent = json.dumps(body).encode(), sent | JSON
        began = time.monotonic()
        try:
            self._connection.request(method, target, body=body, headers=sent)
            with self._connection.getresponse() as response:
                reply = Reply(response.status, response.read(), time.monotonic() - began)
                if response.will_close:
                    self._connection.close()
                return reply
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Reply(NO_ANSWER, b"", time.monotonic() - began)

    def close(self) -> None:
        self._connection.close()


def sign_in(url: str, email: str, password: str, collection: str = "_superusers") -> str:
    """The token of an account. Raises AssertionError when it is refused."""
    asker = Asker(url)
    reply = asker.ask(
        "POST",
        f"/api/collections/{collection}/auth-with-password",
        {"identity": email, "password": password},
    )
    asker.close()
    assert reply.status == 200, (reply.status, reply.body)
    token: str = reply.json()["token"]
    return token
