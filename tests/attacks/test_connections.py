"""Clients that are silent, slow, greedy or malformed lose their connections, and others are answered."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from system_app.connections.heads import MOST_HEAD_BYTES, MOST_HEADER_LINES
from tests.served import START_SECONDS, Server, answer_of, start

DESCRIPTORS = 256
ATTACKERS = 300
OTHERS = 20

UNDER_THE_LIMIT = (
    "-c",
    "import resource, runpy, sys\n"
    f"resource.setrlimit(resource.RLIMIT_NOFILE, ({DESCRIPTORS}, {DESCRIPTORS}))\n"
    "sys.argv = ['manage.py', 'serve']\n"
    "runpy.run_path('manage.py', run_name='__main__')\n",
)

HEALTH = b"GET /api/health HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE_ANSWER = b"GET /_/static/admin/js/vendor/jquery/jquery.js HTTP/1.1\r\nHost: a\r\n\r\n"  # 280 KB
HALF_HEAD = b"GET /api/health HTTP/1.1\r\nHost: a\r\nX-Half:"
POST = b"POST /api/collections/users/auth-with-password HTTP/1.1\r\nHost: a\r\n"
POST += b"Content-Type: application/json\r\n"
HALF_BODY = POST + b"Content-Length: 1000\r\n\r\n{"
# More than a body may hold in memory: this one is in a file, which takes a descriptor, too.
LARGE_HALF_BODY = POST + b"Content-Length: 3000000\r\n\r\n" + b" " * 1_500_000
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@contextmanager
def serving(folder: Path, **options) -> Iterator[Server]:
    server = start(folder / "pb_data", **options)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def cramped(tmp_path_factory) -> Iterator[Server]:
    """A server that may have few descriptors, and waits as long as usual."""
    with serving(tmp_path_factory.mktemp("cramped"), command=UNDER_THE_LIMIT) as server:
        yield server


@pytest.fixture(scope="module")
def impatient(tmp_path_factory) -> Iterator[Server]:
    """A server whose times are as short as they can be."""
    timeouts = {"HEAD_TIMEOUT": "1", "READ_TIMEOUT": "1", "WRITE_TIMEOUT": "1"}
    with serving(tmp_path_factory.mktemp("impatient"), **timeouts) as server:
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=START_SECONDS)


def is_closed(client: socket.socket) -> bool:
    """Whether the server has ended this connection; what it sent before is thrown away."""
    try:
        while select.select([client], [], [], 0)[0]:
            if not client.recv(65536):
                return True
    except OSError:
        return True
    return False


def ask(server: Server, times: int) -> int:
    """How many of so many other clients, each with a connection of its own, get their answer."""
    return sum(server.request("GET", "/api/health").status == 200 for _ in range(times))


def answers_until(server: Server, client: socket.socket) -> int:
    """How many others were answered until the server closed the client's connection."""
    deadline = time.monotonic() + START_SECONDS
    count = 0
    while not is_closed(client):
        assert time.monotonic() < deadline, "the connection stays"
        count += ask(server, 1)
        time.sleep(0.01)
    return count


def exchange(server: Server, request: bytes) -> bytes:
    """All that the server says to this, until it closes the connection."""
    with connect(server) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65536), b""))


def refusal(status: str, text: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    return (head + (text or status)).encode()


class TestDescriptors:
    """Row 7: 300 connections that want nothing, where a process may have 256 descriptors."""

    @pytest.mark.parametrize(
        "said",
        [
            pytest.param(b"", id="silent"),
            pytest.param(HALF_HEAD, id="half_a_head"),
            pytest.param(HALF_BODY, id="half_a_body"),
            pytest.param(LARGE_HALF_BODY, id="half_a_body_on_disk"),
        ],
    )
    def test_the_oldest_go_and_others_are_answered(self, cramped, said):
        with ExitStack() as stack:
            clients = []
            for _ in range(ATTACKERS):
                client = stack.enter_context(connect(cramped))
                client.sendall(said)
                clients.append(client)
            assert ask(cramped, OTHERS) == OTHERS
            open_ones = [not is_closed(client) for client in clients]
            assert 0 < sum(open_ones) < DESCRIPTORS // 2
            # Those that are left came last.
            assert open_ones == sorted(open_ones)

    def test_who_sends_a_request_is_not_the_one_to_go(self, cramped):
        """A body that still comes is older than all others, and none of its connection's business."""
        with ExitStack() as stack:
            slow = stack.enter_context(connect(cramped))
            slow.sendall(HALF_BODY)
            for _ in range(ATTACKERS):
                stack.enter_context(connect(cramped))
            assert ask(cramped, OTHERS) == OTHERS
            slow.sendall(b" " * 998 + b"}")
            assert slow.recv(65536).startswith(b"HTTP/1.1 400 ")

    def test_a_burst_of_connections_is_let_in(self, cramped):
        """All at once, before the server has looked at any of them."""
        with ExitStack() as stack:
            clients = [stack.enter_context(socket.socket()) for _ in range(ATTACKERS)]
            for client in clients:
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", cramped.port))
            assert ask(cramped, OTHERS) == OTHERS


class TestSlow:
    """Row 7: nothing is kept longer than the contract's 60 and 300 seconds, here 1."""

    @pytest.mark.parametrize(
        "said",
        [
            pytest.param(b"", id="silent"),
            pytest.param(b"\r\n\r\n\r\n", id="only_line_ends"),
            pytest.param(HALF_HEAD, id="half_a_head"),
            pytest.param(HEALTH, id="between_requests"),
            pytest.param(HEALTH + HALF_HEAD, id="half_a_head_behind_a_request"),
            pytest.param(HALF_BODY, id="half_a_body"),
            pytest.param(LARGE_HALF_BODY, id="half_a_body_on_disk"),
            pytest.param(CHUNKED + b"1\r\n{\r\n", id="half_a_body_in_chunks"),
            pytest.param(HEALTH + HALF_BODY, id="half_a_body_behind_a_request"),
        ],
    )
    def test_who_stops_is_closed(self, impatient, said):
        with connect(impatient) as client:
            client.sendall(said)
            assert answers_until(impatient, client) > 0

    @pytest.mark.parametrize(
        ("begin", "drop"), [(HALF_HEAD, b"x"), (HALF_BODY, b" "), (CHUNKED, b"1\r\n \r\n")]
    )
    def test_who_drips_is_closed(self, impatient, begin, drop):
        """What comes now and then does not begin the time anew."""
        deadline = time.monotonic() + START_SECONDS
        answered = 0
        with connect(impatient) as client:
            client.sendall(begin)
            while not is_closed(client):
                assert time.monotonic() < deadline, "the connection stays"
                try:
                    client.sendall(drop)
                except OSError:
                    break
                answered += ask(impatient, 1)
                time.sleep(0.05)
        assert answered > 0

    def test_who_takes_no_answers_is_closed(self, impatient):
        """The kernel's buffers fill, then the server's; what is sent after the end is answered by a reset."""
        deadline = time.monotonic() + START_SECONDS
        answered = 0
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", impatient.port))
            client.sendall(LARGE_ANSWER * 100)
            client.setblocking(False)
            while True:
                assert time.monotonic() < deadline, "the connection stays"
                try:
                    client.send(HEALTH)
                except BlockingIOError:
                    pass
                except OSError:
                    break
                answered += ask(impatient, 1)
                time.sleep(0.01)
        assert answered > 0


class TestGreedy:
    """Row 8, and what else costs more to read than to send."""

    def test_the_longest_head_is_read(self, served):
        request = HEALTH[:-2] + b"Connection: close\r\nX: "
        request += b"x" * (MOST_HEAD_BYTES - len(request) - 4) + b"\r\n\r\n"
        assert exchange(served, request).startswith(b"HTTP/1.1 200 OK\r\n")

    @pytest.mark.parametrize(
        "request_",
        [
            pytest.param(HEALTH[:-2] + b"X: " + b"x" * MOST_HEAD_BYTES + b"\r\n\r\n", id="one_header"),
            pytest.param(b"GET /?" + b"x" * 2_000_000 + HEALTH[15:], id="target"),
            pytest.param(HEALTH[:-2] + b"X: y\r\n" * MOST_HEADER_LINES + b"\r\n", id="lines"),
            pytest.param(HEALTH[:-2] + b"X: y\r\n" * 150_000, id="lines_without_end"),
        ],
    )
    def test_a_larger_one_is_refused(self, served, request_):
        assert exchange(served, request_) == refusal("431 Request Header Fields Too Large")

    def test_a_header_of_sixty_megabytes_is_not_waited_for(self, served):
        with connect(served) as client:
            client.sendall(HALF_HEAD)
            sent = 0
            try:
                while sent < 60_000_000:
                    sent += client.send(b"x" * 100_000)
                    if sent % 10_000_000 == 0:
                        assert ask(served, 1) == 1
            except OSError:
                pass
            assert is_closed(client)
        assert ask(served, OTHERS) == OTHERS

    def test_a_query_of_half_a_megabyte_is_read(self, served):
        target = b"GET /api/health?" + b"x" * 500_000 + b" HTTP/1.1\r\n"
        answer = exchange(served, target + b"Host: a\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")

    def test_all_requests_of_a_pipeline_are_answered(self, served):
        count = 2000
        with connect(served) as client:
            client.sendall(HEALTH * count)
            assert ask(served, OTHERS) == OTHERS
            client.sendall(HEALTH[:-2] + b"Connection: close\r\n\r\n")
            answers = b"".join(iter(lambda: client.recv(65536), b""))
        assert answers.count(b"HTTP/1.1 200 OK\r\n") == count + 1

    def test_a_body_in_pieces_of_one_byte_is_read(self, served):
        count = 200_000
        with connect(served) as client:
            client.sendall(CHUNKED)
            for _ in range(10):
                client.sendall(b"1\r\n \r\n" * (count // 10))
                assert ask(served, 2) == 2
            client.sendall(b"2\r\n{}\r\n0\r\n\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.1 400 ")

    @pytest.mark.parametrize(
        "endless",
        [
            pytest.param(b"1;" + b"x" * 1_000_000, id="chunk_extension"),
            pytest.param(b"0" * 1_000_000, id="leading_zeros"),
            pytest.param(b"0\r\n" + b"x: y\r\n" * 200_000, id="trailers"),
            pytest.param(b"0\r\nx: " + b"y" * 1_000_000, id="one_trailer"),
        ],
    )
    def test_chunks_that_bring_nothing_are_refused(self, served, endless):
        with connect(served) as client:
            try:
                client.sendall(CHUNKED + endless)
                assert client.recv(65536).startswith(b"HTTP/1.1 400 Bad Request\r\n")
            except OSError:
                pass  # closed while this was still being sent
        assert ask(served, OTHERS) == OTHERS


def head(
    target: bytes = b"/api/health", *lines: bytes, method: bytes = b"GET", version: bytes = b"1.1"
) -> bytes:
    return b"\r\n".join([method + b" " + target + b" HTTP/" + version, b"Host: a", *lines, b"", b""])


BAD_REQUEST = refusal("400 Bad Request")
NO_CODING = refusal("501 Not Implemented", "Unsupported transfer encoding")


class TestMalformed:
    """Answers of PocketBase 0.39.11, asked over a raw socket, unless the name says `stricter`."""

    @pytest.mark.parametrize(
        ("request_", "expected"),
        [
            pytest.param(head(b"/%zz"), BAD_REQUEST, id="escape"),
            pytest.param(head(b"/a b"), BAD_REQUEST, id="blank"),
            pytest.param(head(b"/a?b=c d"), BAD_REQUEST, id="blank_in_the_query"),
            pytest.param(head(b"/a\x01b"), BAD_REQUEST, id="control"),
            pytest.param(head(b"api/health"), BAD_REQUEST, id="no_slash"),
            pytest.param(
                b"GET / HTTP/1.1\r\n\r\n",
                refusal("400 Bad Request: missing required Host header"),
                id="no_host",
            ),
            pytest.param(head(b"/", b"Host: a"), BAD_REQUEST, id="two_hosts"),
            pytest.param(
                b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
                refusal("400 Bad Request: malformed Host header"),
                id="no_name_for_a_host",
            ),
            pytest.param(
                head(version=b"2.0"),
                refusal("505 HTTP Version Not Supported: unsupported protocol version"),
                id="version",
            ),
            pytest.param(head(b"/", b": a"), BAD_REQUEST, id="no_name"),
            pytest.param(head(b"/", b"abc"), BAD_REQUEST, id="no_colon"),
            pytest.param(head(b"/", b"X: a\0b"), BAD_REQUEST, id="nul"),
            pytest.param(
                head(b"/", b"Expect: nonsense"),
                b"HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                id="expectation",
            ),
            pytest.param(head(b"/", b"Transfer-Encoding: gzip", method=b"POST"), NO_CODING, id="coding"),
            pytest.param(
                head(b"/", b"Transfer-Encoding: gzip, chunked", method=b"POST") + b"0\r\n\r\n",
                NO_CODING,
                id="two_codings",
            ),
            pytest.param(
                head(b"/", b"Content-Length: 2", b"Content-Length: 3", method=b"POST") + b"{} ",
                BAD_REQUEST,
                id="two_lengths",
            ),
            pytest.param(
                head(b"/", b"Content-Length: 4", b"Transfer-Encoding: chunked", method=b"POST")
                + b"0\r\n\r\n",
                BAD_REQUEST,
                id="stricter_length_and_chunks",
            ),
            pytest.param(
                head(b"/", b"Connection: Upgrade", b"Upgrade: x", b"Content-Length: 2", method=b"POST")
                + b"{}",
                BAD_REQUEST,
                id="stricter_upgrade_with_a_body",
            ),
        ],
    )
    def test_it_is_refused_and_the_connection_ends(self, served, request_, expected):
        assert exchange(served, request_) == expected

    def test_what_comes_before_is_answered_first(self, served):
        answers = exchange(served, HEALTH + b"no request\r\n\r\n")
        assert answers.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answers.endswith(BAD_REQUEST)

    def test_a_broken_body_is_refused(self, served):
        assert exchange(served, CHUNKED + b"zz\r\n\r\n") == BAD_REQUEST

    @pytest.mark.parametrize(
        "request_",
        [
            pytest.param(head(b"http://x/api/health"), id="absolute_target"),
            pytest.param(head(b"/api/health?a=\xff"), id="bytes_beyond_ascii"),
            pytest.param(head(b"/api/health?a=%zz"), id="escape_in_the_query"),
            pytest.param(head(b"/api/health", b"Connection: Upgrade", b"Upgrade: h2c"), id="upgrade"),
            pytest.param(b"GET /api/health HTTP/1.0\r\n\r\n", id="version_1_0"),
        ],
    )
    def test_what_is_only_unusual_is_answered(self, served, request_):
        with connect(served) as client:
            client.sendall(request_)
            assert client.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")

    def test_an_upgrade_that_is_not_offered_leaves_the_connection_as_it_is(self, served):
        upgrade = head(b"/api/health", b"Connection: Upgrade", b"Upgrade: websocket")
        answers = exchange(served, upgrade + head(b"/api/health", b"Connection: close"))
        assert answers.count(b"HTTP/1.1 200 OK\r\n") == 2

    def test_trailers_are_no_headers(self, served):
        """Else they would come past a proxy that has taken these headers away."""
        body = b"2\r\n{}\r\n0\r\nContent-Type: nonsense\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"
        answer = exchange(served, CHUNKED[:-2] + b"Connection: close\r\n\r\n" + body)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b'"identity":' in answer

    def test_a_body_that_was_not_asked_for_ends_the_connection(self, served):
        """A client that waits for `100 Continue` may send its body or leave it: nobody could tell."""
        request = head(b"/", b"Expect: 100-continue", b"Content-Length: 99999999", method=b"POST")
        answer = exchange(served, request)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close\r\n" in answer


def test_a_stopped_server_lets_go_of_all_kinds_of_connections(tmp_path):
    with serving(tmp_path) as server, ExitStack() as stack:
        for said in (b"", HALF_HEAD, HEALTH, HEALTH + HALF_HEAD, b"no request\r\n\r\n"):
            stack.enter_context(connect(server)).sendall(said)
        connection = server.connect()
        stack.callback(connection.close)
        connection.request("GET", "/api/health")
        assert answer_of(connection).status == 200
        server.stop()
        assert server.process.returncode == 0
