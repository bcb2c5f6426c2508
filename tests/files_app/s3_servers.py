"""S3 on loopback: moto's server, buckets on it, and a server that does what it is told instead."""

import logging
import socketserver
import threading
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import count

from moto.server import ThreadedMotoServer

from files_app.s3_storage import S3RecordStorage
from platform_app.runtime_settings.shape import S3Settings

_numbers = count(1)


@cache
def moto_url():
    """The address of moto's server, which runs until the process ends."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


def settings_for(endpoint, bucket="files", **changes):
    settings = S3Settings(
        enabled=True,
        bucket=bucket,
        region="us-east-1",
        endpoint=endpoint,
        access_key="key",
        secret="secret",
        is_path_style=True,
    )
    return replace(settings, **changes)


def as_json(s3):
    """The settings as they are submitted."""
    return {
        "enabled": s3.enabled,
        "bucket": s3.bucket,
        "region": s3.region,
        "endpoint": s3.endpoint,
        "accessKey": s3.access_key,
        "secret": s3.secret,
        "forcePathStyle": s3.is_path_style,
    }


def new_bucket():
    """The settings of an empty bucket on moto's server."""
    s3 = settings_for(moto_url(), f"bucket{next(_numbers)}")
    _client().create_bucket(Bucket=s3.bucket)
    return s3


@cache
def _client():
    return client_of(S3RecordStorage(settings_for(moto_url())))


def client_of(storage):
    return storage.connection.meta.client


@contextmanager
def credentials_checked():
    """While it lasts moto knows no access key, and asks for one that it knows."""
    _check_after("0")
    try:
        yield
    finally:
        _check_after("inf")


def _check_after(actions):
    url, body, headers = f"{moto_url()}/moto-api/reset-auth", actions.encode(), {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(url, body, headers)).close()  # noqa: S310 - moto's own


class Told(socketserver.ThreadingTCPServer):
    """Answers each request with what is next in `answers`: functions of a connection, the last one for ever.

    `seen` has the methods of the requests and what they ask for by Range; `connections` is of how many.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *answers):
        self.answers = list(answers)
        self.seen = []
        self.connections = 0
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), _Connection)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        self.s3 = settings_for(f"http://127.0.0.1:{self.server_address[1]}")

    def next_answer(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def stop(self):
        self.closing.set()
        self.shutdown()
        self.server_close()


class _Connection(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        while self._handle_one():
            pass

    def _handle_one(self):
        """Whether the connection stays open."""
        line = self.rfile.readline().decode()
        headers = {}
        while line and (header := self.rfile.readline().decode().strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        self.rfile.read(int(headers.get("content-length", 0)))
        if line:
            self.server.seen.append((line.split()[0], headers.get("range", "")))
            return self.server.next_answer()(self)
        return False


def answer(status, body=b"", length=None, *, stays=False, **headers):
    """An answer whose Content-Length may lie; then the connection is closed, unless it `stays`."""

    def send(connection):
        size = len(body) if length is None else length
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {size}"]
        lines += [] if stays else ["Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)
        return stays

    return send


def silence(connection):
    """No answer until the test is over."""
    connection.server.closing.wait(60)


def drip(connection):
    """An answer that never ends, a byte every few milliseconds."""
    connection.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not connection.server.closing.wait(0.005):
        try:
            connection.wfile.write(b"x")
        except OSError:
            return
