"""A proxy before servers that hands on answers as they come, as nginx does it with streams."""

import select
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_SECONDS = 180.0  # only for what hangs
_BYTES = 65536

# From the method and path of a request to the port of the server that gets it.
Route = Callable[[str, str], int]


class StreamingFront(socketserver.ThreadingTCPServer):
    """Answers wait here until they are whole, but for those with `X-Accel-Buffering: no`: nginx does so."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, route: Route) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.route = route
        self.streams: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def cut_streams(self) -> None:
        """Break them off in the middle, as a proxy does with those that are silent for too long."""
        for stream in tuple(self.streams):
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)


class _Exchange(socketserver.StreamRequestHandler):
    """One request on a connection of its own."""

    server: StreamingFront
    rbufsize = 0  # nothing of what follows a head may be in a buffer

    def handle(self) -> None:
        request_line, *headers = _head_of(self.connection)
        if not request_line:
            return  # browsers open connections that they then do not need
        method, path, _ = request_line.decode().split(" ", 2)
        kept = [header for header in headers if not header.lower().startswith(b"connection:")]
        address = "127.0.0.1", self.server.route(method, path.partition("?")[0])
        with socket.create_connection(address, _SECONDS) as upstream:
            upstream.sendall(b"\r\n".join([request_line, *kept, b"Connection: close", b"", b""]))
            upstream.sendall(self.rfile.read(_length_of(headers)))
            self._hand_back(upstream)

    def _hand_back(self, upstream: socket.socket) -> None:
        head = _head_of(upstream)
        self.wfile.write(b"\r\n".join([*head, b"", b""]))
        if b"x-accel-buffering: no" in (header.lower() for header in head):
            self.server.streams.add(self.connection)
            self._stream(upstream)
            self.server.streams.discard(self.connection)
        else:
            self.wfile.write(b"".join(iter(lambda: upstream.recv(_BYTES), b"")))

    def _stream(self, upstream: socket.socket) -> None:
        while True:
            ready, _, _ = select.select([upstream, self.connection], [], [], _SECONDS)
            if upstream not in ready:
                return  # the client has gone, or was cut off
            part = upstream.recv(_BYTES)
            if not part:
                return
            self.wfile.write(part)


def _head_of(connection: socket.socket) -> list[bytes]:
    """The first line and the headers."""
    with connection.makefile("rb", buffering=0) as stream:
        return list(iter(lambda: stream.readline().rstrip(b"\r\n"), b"")) or [b""]


def _length_of(headers: list[bytes]) -> int:
    named = (header.lower().partition(b":") for header in headers)
    return next((int(value) for name, _, value in named if name == b"content-length"), 0)


@contextmanager
def streaming_front(route: Route) -> Iterator[StreamingFront]:
    with StreamingFront(route) as front:
        threading.Thread(target=front.serve_forever, daemon=True).start()
        try:
            yield front
        finally:
            front.shutdown()
