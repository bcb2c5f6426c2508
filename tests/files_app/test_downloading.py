"""Files from addresses that strangers name: bounded, and from public addresses only."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import SimpleNamespace

import pytest

from files_app import downloading
from files_app.downloading import DownloadFailed, download
from platform_app.outgoing import bounded_client
from platform_app.outgoing.public_addresses import is_public

BYTES = b"x" * 1000


class Server:
    """Answers as `answers` says by path: (status, headers, body); without an end for `endless`."""

    def __init__(self):
        self.answers = {"/a.txt": (200, {}, BYTES)}
        self.endless = set()
        self.seen = []
        self.closing = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.seen.append((self.headers["Host"], self.path))
                status, headers, body = server.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                    while self.path in server.endless and not server.closing.wait(0.001):
                        self.wfile.write(body)
                except OSError:
                    return  # whoever asked had enough

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path, host="127.0.0.1"):
        return f"http://{host}:{self.port}{path}"

    def stop(self):
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def names(monkeypatch):
    """The addresses of names, by name: lists, of which each lookup takes the first while there are more."""
    addresses: dict[str, list[str]] = {}
    looked_up = []
    look_up = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        if host not in addresses:
            return look_up(host, port, *args, **kwargs)
        looked_up.append(host)
        known = addresses[host]
        address = known.pop(0) if len(known) > 1 else known[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    addresses["looked up"] = looked_up
    return addresses


def fetch(url, most_bytes=10_000, seconds=20.0):
    with download(url, most_bytes=most_bytes, seconds=seconds).open() as content:
        return content.read()


@pytest.fixture
def within(settings):
    settings.JOEY_PRIVATE_ADDRESSES = True


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            pytest.param("127.0.0.1", id="loopback"),
            pytest.param("127.255.0.3", id="loopback_too"),
            pytest.param("::1", id="loopback6"),
            pytest.param("10.1.2.3", id="private_10"),
            pytest.param("172.16.0.1", id="private_172"),
            pytest.param("192.168.1.1", id="private_192"),
            pytest.param("fd00::1", id="private6"),
            pytest.param("169.254.169.254", id="link_local"),
            pytest.param("fe80::1%eth0", id="link_local6"),
            pytest.param("100.64.0.1", id="carrier"),
            pytest.param("0.0.0.0", id="unspecified"),  # noqa: S104
            pytest.param("::", id="unspecified6"),
            pytest.param("224.0.0.1", id="multicast"),
            pytest.param("ff0e::1", id="multicast6"),
            pytest.param("255.255.255.255", id="broadcast"),
            pytest.param("::ffff:127.0.0.1", id="mapped"),
            pytest.param("64:ff9b::7f00:1", id="translated"),
            pytest.param("64:ff9b:1::a00:1", id="translated_within"),
            pytest.param("2002:7f00:1::", id="6to4"),
            pytest.param("2001:0:4136:e378:8000:63bf:3fff:fdd2", id="teredo"),
            pytest.param("fec0::1", id="site_local"),
            pytest.param("nonsense", id="no_address"),
        ],
    )
    def test_of_the_own_network(self, address):
        assert not is_public(address)

    @pytest.mark.parametrize(
        "address", ["93.184.216.34", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
    )
    def test_of_the_internet(self, address):
        assert is_public(address)


class TestFromWithin:
    """Nothing here is configured: a server on loopback stands for all that must not be reached."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1"])
    def test_is_refused_however_it_is_spelled(self, server, host):
        with pytest.raises(DownloadFailed):
            fetch(server.url("/a.txt", host))
        assert server.seen == []

    def test_a_name_is_looked_up_first(self, server, names):
        names["avatars.example.com"] = ["127.0.0.1"]
        with pytest.raises(DownloadFailed, match="no address of it is allowed"):
            fetch(server.url("/a.txt", "avatars.example.com"))
        assert (server.seen, names["looked up"]) == ([], ["avatars.example.com"])

    def test_what_was_looked_up_is_what_is_connected_to(self, server, names, monkeypatch):
        """A name that is public when it is judged and private when it is used gets nowhere."""
        connected = []

        def create_connection(address, *args, **kwargs):
            connected.append(address[0])
            raise ConnectionRefusedError

        monkeypatch.setattr(socket, "create_connection", create_connection)
        names["rebinding.example.com"] = ["93.184.216.34", "127.0.0.1"]
        with pytest.raises(DownloadFailed):
            fetch(server.url("/a.txt", "rebinding.example.com"))
        assert (connected, names["looked up"]) == (["93.184.216.34"], ["rebinding.example.com"])

    def test_every_redirect_is_judged_again(self, server, names, monkeypatch):
        """The first server counts as public here; it sends us on to one that does not."""
        names |= {"public.example.com": ["127.0.0.1"], "inside.example.com": ["127.0.0.2"]}
        monkeypatch.setattr(downloading, "is_public", lambda address: address == "127.0.0.1")
        server.answers["/go"] = (302, {"Location": server.url("/a.txt", "inside.example.com")}, b"")
        with pytest.raises(DownloadFailed, match="no address of it is allowed"):
            fetch(server.url("/go", "public.example.com"))
        assert [path for _, path in server.seen] == ["/go"]

    def test_no_proxy_is_asked_as_it_would_look_names_up_itself(self, server, names, monkeypatch):
        monkeypatch.setenv("http_proxy", server.url(""))
        names["avatars.example.com"] = ["127.0.0.1"]
        with pytest.raises(DownloadFailed, match="no address of it is allowed"):
            fetch("http://avatars.example.com/a.txt")
        assert server.seen == []

    def test_is_served_where_that_is_configured(self, server, within):
        assert fetch(server.url("/a.txt")) == BYTES


@pytest.mark.usefixtures("within")
class TestAnswers:
    @pytest.mark.parametrize(
        ("path", "name"),
        [
            pytest.param("/dir/My%20Face.PNG", "my_20_face_", id="last_part"),
            pytest.param("/face.txt?size=2", "face_", id="query"),
            pytest.param("/some-folder/", "some_folder_", id="slash"),
        ],
    )
    def test_the_name_is_the_last_part_of_the_url(self, server, path, name):
        server.answers[path] = (200, {}, BYTES)
        assert download(server.url(path), most_bytes=10_000, seconds=20).name.startswith(name)

    def test_redirects_lead_to_other_servers(self, server):
        other = Server()
        server.answers["/go"] = (302, {"Location": other.url("/a.txt")}, b"")
        assert fetch(server.url("/go")) == BYTES
        other.stop()

    @pytest.mark.parametrize("status", [200, 206, 300, 302, 304])
    def test_statuses_that_are_taken_as_they_are(self, server, status):
        server.answers["/x"] = (status, {}, b"" if status == 304 else BYTES)
        assert fetch(server.url("/x")) == (b"" if status == 304 else BYTES)

    @pytest.mark.parametrize("status", [400, 404, 500])
    def test_statuses_that_are_not(self, server, status):
        server.answers["/x"] = (status, {}, BYTES)
        with pytest.raises(DownloadFailed, match=f"answers with {status}"):
            fetch(server.url("/x"))

    def test_redirects_without_end(self, server):
        server.answers["/x"] = (302, {"Location": "/x"}, b"")
        with pytest.raises(DownloadFailed, match="redirects more than"):
            fetch(server.url("/x"))

    def test_the_largest_that_is_taken(self, server):
        assert fetch(server.url("/a.txt"), most_bytes=1000) == BYTES
        with pytest.raises(DownloadFailed, match="more than 999 bytes"):
            fetch(server.url("/a.txt"), most_bytes=999)

    def test_one_without_end_is_given_up_when_it_is_too_large(self, server):
        server.endless.add("/a.txt")
        with pytest.raises(DownloadFailed, match="more than 10000 bytes"):
            fetch(server.url("/a.txt"))

    def test_one_that_never_comes_is_given_up(self, server, monkeypatch):
        """It sends a byte now and then: no step takes long, but each has what is left of the time."""
        server.answers["/slow"] = (200, {}, b"x")
        server.endless.add("/slow")
        moments = count(step=2.0)  # seconds between two looks at the clock, so that a step never has less
        monkeypatch.setattr(bounded_client, "time", SimpleNamespace(monotonic=lambda: next(moments)))
        with pytest.raises(DownloadFailed, match="no time left"):
            fetch(server.url("/slow"), most_bytes=10**9, seconds=20.0)
        assert next(moments) == 22.0

    def test_one_that_says_nothing_is_given_up(self, server):
        server.answers["/silent"] = (200, {}, b"")
        server.endless.add("/silent")
        with pytest.raises(DownloadFailed, match="timed out|no time left"):
            fetch(server.url("/silent"), seconds=0.2)

    def test_a_name_that_is_never_found_is_given_up(self, monkeypatch):
        release = threading.Event()
        monkeypatch.setattr(
            bounded_client.socket, "getaddrinfo", lambda *args, **kwargs: release.wait(60) and []
        )
        with pytest.raises(DownloadFailed, match="no time left to look up the name"):
            fetch("http://slow.example.com/a.txt", seconds=0.1)
        release.set()

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "a.png",
            "//127.0.0.1/a.png",
            "ftp://127.0.0.1/a",
            "file:///etc/passwd",
            "http://",
            "http://[::1",
        ],
    )
    def test_what_is_no_address(self, url):
        with pytest.raises(DownloadFailed):
            fetch(url)
