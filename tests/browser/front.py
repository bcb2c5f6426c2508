"""A proxy before a server that takes a path prefix away, and keeps what the server was sent."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_OWN_TO_A_CONNECTION = {"connection", "transfer-encoding", "keep-alive", "date", "server", "content-length"}
_SECONDS = 180.0  # only for what hangs


@dataclass
class Front:
    url: str
    heads: list[str] = field(default_factory=list)  # the request line and headers of every request


@contextmanager
def front_before(port: int, prefix: str) -> Iterator[Front]:
    """Hands on to `port` what comes for addresses below `prefix`; answers 404 to everything else."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _hand_on(self) -> None:
            front.heads.append(f"{self.requestline}\n{self.headers}")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(404)
                return
            upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
            try:
                headers = {name: value for name, value in self.headers.items() if name != "Connection"}
                upstream.request(self.command, self.path.removeprefix(prefix), body or None, headers)
                answer = upstream.getresponse()
                content = answer.read()
            finally:
                upstream.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OWN_TO_A_CONNECTION:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _hand_on

        def log_message(self, *args: Any) -> None:
            """Nothing: the test says what went wrong."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        front = Front(f"http://127.0.0.1:{server.server_address[1]}{prefix}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield front
        finally:
            server.shutdown()
