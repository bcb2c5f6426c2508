"""Requests to other servers: addresses, connections and certificates.

Deadlines, sizes and redirects are in tests/auth_app/test_provider_exchange.py, where they matter.
"""

import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import pytest

from platform_app.outgoing import bounded_client
from platform_app.outgoing.answer import RequestFailed
from platform_app.outgoing.bounded_client import BoundedClient


class Echo(BaseHTTPRequestHandler):
    """Answers with the request's target and its Host header."""

    def do_GET(self):
        body = f"{self.path} {self.headers['Host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def got(url):
    with BoundedClient(seconds=30) as client:
        return client.send("GET", url).body.decode()


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        pytest.param("", "/", id="no_path"),
        pytest.param("?a=1", "/?a=1", id="query_alone"),
        pytest.param("/a/../b//c", "/a/../b//c", id="path_as_it_is"),
        pytest.param(
            "/me?fields=name,picture.type(large)", "/me?fields=name,picture.type(large)", id="signs"
        ),
        pytest.param("/a%2Fb?x=%5By%5D", "/a%2Fb?x=%5By%5D", id="escaped_already"),
        pytest.param("/ä b?x=ü y#frag", "/%C3%A4%20b?x=%C3%BC%20y", id="characters_to_escape"),
        pytest.param('/a"<>\\^`{|}', "/a%22%3C%3E%5C%5E%60%7B%7C%7D", id="characters_of_no_address"),
    ],
)
def test_target_of_a_request(server, asked, target):
    host = f"127.0.0.1:{server.server_port}"
    assert got(f"http://{host}{asked}") == f"{target} {host}"


def test_user_name_in_an_address_is_not_sent(server):
    host = f"127.0.0.1:{server.server_port}"
    assert got(f"http://me:secret@{host}/a") == f"/a {host}"


@pytest.fixture
def name_with(monkeypatch):
    """Makes the name `several.example` stand for these addresses."""

    def stand_for(*addresses):
        monkeypatch.setattr(bounded_client, "_addresses", lambda host, port, deadline: list(addresses))

    return stand_for


def test_next_address_is_tried_when_nobody_listens(server, name_with):
    # Nobody listens on this port at 127.0.0.2 and 127.0.0.3.
    name_with("127.0.0.2", "127.0.0.3", "127.0.0.1")
    host = f"several.example:{server.server_port}"
    assert got(f"http://{host}/a") == f"/a {host}"


@pytest.mark.parametrize("addresses", [("127.0.0.2", "127.0.0.3"), ()], ids=["nobody_listens", "no_address"])
def test_name_that_leads_nowhere_is_told(server, name_with, addresses):
    name_with(*addresses)
    with pytest.raises(RequestFailed, match=r"several\.example"):
        got(f"http://several.example:{server.server_port}/")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("http_proxy", "http://{}", id="address"),
        pytest.param("HTTP_PROXY", "me:p%40ss@{}", id="user_and_no_scheme"),
    ],
)
def test_proxy_of_the_environment_is_on_the_way(server, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value.format(f"127.0.0.1:{server.server_port}"))
    assert got("http://provider.invalid/a?b=1") == "http://provider.invalid/a?b=1 provider.invalid"


def test_proxy_is_not_asked_for_this_machine_and_exceptions(server, monkeypatch, name_with):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "several.example")
    name_with("127.0.0.1")
    for host in (f"127.0.0.1:{server.server_port}", f"several.example:{server.server_port}"):
        assert got(f"http://{host}/a") == f"/a {host}"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://127.0.0.1:x", "http://[", "http://"])
def test_proxy_that_nobody_knows_is_told(monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(RequestFailed):
        got("http://provider.invalid/")


def test_certificate_that_nobody_vouches_for_is_refused(server, tmp_path):
    server.socket = _self_signed(tmp_path).wrap_socket(server.socket, server_side=True)
    with pytest.raises(RequestFailed, match="certificate"):
        got(f"https://127.0.0.1:{server.server_port}/")


def _self_signed(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_server_that_reads_slowly_has_no_more_time_for_it():
    """Each piece of what is sent has the time that is left, so that there is an end to it."""

    class Slow(httpcore.NetworkStream):
        taken = 0

        def write(self, buffer, timeout=None):
            self.taken += len(buffer)

    class TenSteps:
        left = 10

        def remaining(self):
            if not self.left:
                raise httpcore.WriteTimeout
            self.left -= 1
            return float(self.left + 1)

    slow = Slow()
    with pytest.raises(httpcore.WriteTimeout):
        bounded_client._DeadlineStream(slow, TenSteps()).write(bytes(8 << 20))
    assert slow.taken == 10 * bounded_client._WRITTEN_BYTES


@pytest.mark.parametrize(("idle_seconds", "connections"), [(30, 1), (0, 3)])
def test_a_connection_is_used_again_unless_it_was_idle_for_long(
    server, monkeypatch, idle_seconds, connections
):
    monkeypatch.setattr(Echo, "protocol_version", "HTTP/1.1")
    monkeypatch.setattr(bounded_client, "_IDLE_SECONDS", idle_seconds)
    handle, seen = Echo.handle, []
    monkeypatch.setattr(Echo, "handle", lambda self: seen.append(self) or handle(self))
    with BoundedClient(seconds=30) as client:
        for _ in range(3):
            client.send("GET", f"http://127.0.0.1:{server.server_port}/")
    assert len(seen) == connections
