"""Event streams as a client without any comfort sees them: bytes on a socket."""

import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Self

from tests.served import START_SECONDS, Answer, Server

END = b""  # of a chunked body
JSON = {"Content-Type": "application/json"}


class Stream:
    """One open `GET /api/realtime`; `id` is what the first message says."""

    def __init__(
        self, server: Server, *, headers: Mapping[str, str] | None = None, receive_bytes: int = 0
    ) -> None:
        """`receive_bytes` is how much the kernel takes for a client that does not read."""
        self._server = server
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(START_SECONDS)
        self.socket.connect(("127.0.0.1", server.port))
        lines = [f"{name}: {value}\r\n" for name, value in {"Host": "joey", **(headers or {})}.items()]
        self.socket.sendall(f"GET /api/realtime HTTP/1.1\r\n{''.join(lines)}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.head = self.lines()
        self.first = self.chunk()
        self.id = self.first.removeprefix(b"id:").partition(b"\n")[0].decode()

    def lines(self) -> list[bytes]:
        """Those of a head, without their ends."""
        lines = []
        while (line := self.file.readline()) != b"\r\n":
            assert line.endswith(b"\r\n"), line
            lines.append(line[:-2])
        return lines

    def chunk(self) -> bytes:
        """The next chunk of the body, or END. Raises EOFError where the connection ends without that."""
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError
        data = self.file.read(int(line, 16))
        assert self.file.read(2) == b"\r\n"
        return data

    def event(self) -> tuple[str, Any]:
        """The name and the data of the next message."""
        head, name, data, *rest = self.chunk().split(b"\n")
        assert (head, rest) == (b"id:" + self.id.encode(), [b"", b""])
        return name.removeprefix(b"event:").decode(), json.loads(data.removeprefix(b"data:"))

    def record(self) -> tuple[str, Any]:
        """What happened, and the title of the record that it happened to."""
        _, data = self.event()
        return data["action"], data["record"]["title"]

    def subscribe(
        self, *topics: str, server: Server | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer of this server, or of another one."""
        body = {"clientId": self.id, "subscriptions": topics}
        return (server or self._server).request(
            "POST", "/api/realtime", {**JSON, **(headers or {})}, json.dumps(body)
        )

    def close(self) -> None:
        self.file.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def ask(server: Server, method: str, path: str, body: Any = None, *, token: str = "") -> Any:
    """The JSON of the answer to a request that has to succeed."""
    headers = {**JSON, **({"Authorization": token} if token else {})}
    answer = server.request(method, path, headers, None if body is None else json.dumps(body))
    assert answer.status < 300, answer
    return json.loads(answer.body) if answer.body else None


def sign_in(server: Server, collection: str, email: str, password: str) -> str:
    path = f"/api/collections/{collection}/auth-with-password"
    token: str = ask(server, "POST", path, {"identity": email, "password": password})["token"]
    return token


def state(server: Server) -> Any:
    """The ids of the clients of this process, and what its receivers noted."""
    return ask(server, "GET", "/streaming/state")


def clients(server: Server) -> Sequence[str]:
    found: Sequence[str] = state(server)["clients"]
    return found
