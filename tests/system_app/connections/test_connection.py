"""One connection, on a transport that only writes down what happens to it."""

import asyncio

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from platform_app.requests.asgi import BODY_FOLLOWS
from system_app.connections.bounds import Bounds
from system_app.connections.connection import Connection
from system_app.connections.watch import Watch

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Transport:
    def __init__(self):
        self.written = b""
        self.writes = 0
        self.is_reading = True
        self.is_aborted = False
        self._is_closing = False
        self.when_written = lambda: None

    def get_extra_info(self, name):
        return None

    def write(self, data):
        assert not self._is_closing
        self.written += data
        self.writes += 1
        self.when_written()

    def writelines(self, lines):
        self.write(b"".join(lines))

    def can_write_eof(self):
        return True

    def write_eof(self):
        pass

    def is_closing(self):
        return self._is_closing

    def close(self):
        self._is_closing = True

    def abort(self):
        self.is_aborted = self._is_closing = True

    def pause_reading(self):
        self.is_reading = False

    def resume_reading(self):
        self.is_reading = True


class Server:
    """An application that answers when it is told to, and its one connection."""

    def __init__(self, content_type=b"text/plain", **start):
        self.watch = Watch(Bounds(waiting_bytes=10_000_000))
        self.scopes = []
        self.go_on = asyncio.Semaphore(0)
        self.content_type = content_type
        self.start = {"type": "http.response.start", "status": 200, **start}
        config = Config(
            self.answer, interface="asgi3", http=Connection, ws="none", proxy_headers=False, log_config=None
        )
        config.load()
        self.transport = Transport()
        self.connection = Connection(config, ServerState(), {}, watch=self.watch)
        self.connection.connection_made(self.transport)

    async def answer(self, scope, receive, send):
        self.scopes.append(scope)
        headers = [(b"Content-Type", self.content_type), (b"content-length", b"2")]
        await send({**self.start, "headers": headers})
        await self.go_on.acquire()
        await send({"type": "http.response.body", "body": b"ok"})

    async def receive(self, data):
        self.connection.data_received(data)
        await self.settled()

    async def settled(self):
        for _ in range(5):
            await asyncio.sleep(0)

    async def finish(self, count=1):
        for _ in range(count):
            self.go_on.release()
            await self.settled()


class TestHeads:
    @pytest.mark.parametrize(
        ("lines", "headers"),
        [
            pytest.param([b"X-A: a \t "], [(b"x-a", b"a")], id="blanks_behind_a_value"),
            pytest.param([b"X-A:  \t "], [(b"x-a", b"")], id="nothing_but_blanks"),
            pytest.param([b"Expect: "], [(b"expect", b"")], id="expects_nothing"),
            pytest.param([b"X-A: a", b"X-A: b"], [(b"x-a", b"a"), (b"x-a", b"b")], id="several_lines"),
        ],
    )
    @pytest.mark.parametrize("version", [b"1.1", b"1.0"])
    def test_headers_are_seen_as(self, lines, headers, version):
        async def scenario():
            server = Server()
            for _ in range(2):
                await server.receive(b"\r\n".join([b"GET / HTTP/" + version, b"Host: a", *lines, b"", b""]))
                await server.finish()
            return [scope["headers"] for scope in server.scopes]

        seen = asyncio.run(scenario())
        assert seen == [[(b"host", b"a"), *headers]] * len(seen)
        assert len(seen) == (2 if version == b"1.1" else 1)  # the other connection ends

    @pytest.mark.parametrize(
        ("target", "path", "query"),
        [
            pytest.param(b"/a#b", "/a#b", b"", id="path"),
            pytest.param(b"/a?b#c?d", "/a", b"b#c?d", id="query"),
        ],
    )
    def test_there_are_no_fragments(self, target, path, query):
        async def scenario():
            server = Server()
            await server.receive(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n")
            await server.finish()
            return server.scopes[0]

        scope = asyncio.run(scenario())
        assert (scope["path"], scope["query_string"]) == (path, query)


class TestWrites:
    async def answers(self, count, **start):
        server = Server(**start)
        writes = []
        for _ in range(count):
            await server.receive(GET)
            writes.append(server.transport.writes)
            await server.finish()
            writes.append(server.transport.writes)
        return writes, server.transport.written

    @pytest.mark.parametrize(
        ("start", "writes"),
        [
            pytest.param({}, [1, 2, 3, 4], id="head_at_once"),
            pytest.param({BODY_FOLLOWS: True}, [0, 1, 1, 2], id="with_the_body"),
        ],
    )
    def test_a_head_waits_for_a_body_that_follows(self, start, writes):
        found, written = asyncio.run(self.answers(2, **start))
        assert found == writes
        assert written == asyncio.run(self.answers(2))[1]
        assert written.endswith(b"\r\n\r\nok")

    def test_nothing_is_sent_of_an_answer_whose_body_does_not_come(self):
        async def scenario():
            server = Server(**{BODY_FOLLOWS: True})
            await server.receive(GET)
            server.connection.connection_lost(None)
            await server.finish()
            return server.transport.writes

        assert asyncio.run(scenario()) == 0


class TestWaiting:
    @staticmethod
    def stages(server):
        watch = server.watch
        return [bool(stage) for stage in (watch.idle, watch.reading, watch.answering)]

    def test_each_step_is_told_to_the_watch(self):
        async def scenario():
            server = Server()
            seen = [self.stages(server)]
            post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
            for piece in (post[:10], post[10:-1], post[-1:]):
                await server.receive(piece)
                seen.append(self.stages(server))
            await server.finish()
            seen.append(self.stages(server))
            server.connection.connection_lost(None)
            seen.append(self.stages(server))
            return seen

        idle, reading, answering, gone = (
            [True, False, False],
            [False, True, True],
            [False, False, True],
            [False] * 3,
        )
        assert asyncio.run(scenario()) == [idle, idle, reading, answering, idle, gone]

    def test_an_answer_that_is_not_taken_is_not_over(self):
        async def scenario():
            server = Server()
            await server.receive(GET)
            server.transport.when_written = server.connection.pause_writing
            await server.finish()
            seen = [self.stages(server), bool(server.watch.stalled)]
            server.connection.resume_writing()
            await server.settled()
            return [*seen, self.stages(server), bool(server.watch.stalled)]

        assert asyncio.run(scenario()) == [[False, False, True], True, [True, False, False], False]

    @pytest.mark.parametrize(
        ("content_type", "expected"),
        [(b"text/event-stream", True), (b"Text/Event-Stream; charset=utf-8", True), (b"text/plain", False)],
    )
    def test_only_the_answer_says_that_it_is_a_stream(self, content_type, expected):
        async def scenario():
            server = Server(content_type)
            await server.receive(b"GET / HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n")
            during = server.connection.is_event_stream()
            await server.finish()
            return during, server.connection.is_event_stream()

        assert asyncio.run(scenario()) == (expected, False)


class TestPipelining:
    PATHS = [f"/{number}" for number in range(1000)]
    REQUESTS = b"".join(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode() for path in PATHS)

    def test_one_is_parsed_and_the_rest_waits_as_it_came(self):
        async def scenario():
            server = Server()
            await server.receive(self.REQUESTS[:100_000])
            begun, parsed = len(server.scopes), len(server.connection.pipeline)
            await server.finish(1000)
            return begun, parsed, [scope["path"] for scope in server.scopes]

        assert asyncio.run(scenario()) == (1, 0, self.PATHS)

    def test_reading_stops_while_much_waits(self):
        async def scenario():
            server = Server()
            await server.receive(GET)
            seen = []
            for size in (1000, 100_000):
                await server.receive(GET * (size // len(GET)))
                seen.append(server.transport.is_reading)
            await server.finish(5000)
            return [*seen, server.transport.is_reading]

        assert asyncio.run(scenario()) == [True, False, True]

    @pytest.mark.parametrize("size", [1, 7, 512, 5000, 100_000])
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"Content-Length: 1200\r\n\r\n" + b"\r\n\r\n" * 300, id="length"),
            pytest.param(
                b"Transfer-Encoding: chunked\r\n\r\n" + b"4\r\n\r\n\r\n\r\n" * 300 + b"0\r\n\r\n",
                id="chunks",
            ),
        ],
    )
    def test_bodies_end_where_they_end_however_they_come(self, size, body):
        async def scenario():
            server = Server()
            post = b"POST / HTTP/1.1\r\nHost: a\r\n" + body
            sent = (post + GET) * 3
            most_parsed = 0
            for at in range(0, len(sent), size):
                await server.receive(sent[at : at + size])
                most_parsed = max(most_parsed, len(server.connection.pipeline))
            await server.finish(6)
            return [scope["method"] for scope in server.scopes], most_parsed, len(server.watch.idle)

        methods, most_parsed, idle = asyncio.run(scenario())
        assert methods == ["POST", "GET"] * 3
        assert most_parsed <= 2
        assert idle == 1

    def test_few_can_be_hidden_behind_a_body_in_chunks(self):
        """Where that ends is not known before it is parsed."""

        async def scenario():
            server = Server()
            post = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            await server.receive(post + GET * 1000)
            parsed = len(server.connection.pipeline)
            await server.finish(1001)
            return parsed, len(server.scopes)

        parsed, begun = asyncio.run(scenario())
        assert 0 < parsed < 30
        assert begun == 1001

    def test_what_waits_is_bounded_over_all_connections(self):
        async def scenario():
            server = Server()
            server.watch.bounds = Bounds(waiting_bytes=50_000)
            await server.receive(GET * 4000)
            return server.transport.is_aborted

        assert asyncio.run(scenario())

    def test_a_large_head_is_not_kept_while_nothing_is_asked(self):
        async def scenario():
            server = Server()
            await server.receive(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000 + b"\r\n\r\n")
            await server.finish()
            kept = server.connection.scope, server.connection.cycle.scope
            await server.receive(GET)
            await server.finish()
            return kept, len(server.scopes)

        assert asyncio.run(scenario()) == (({}, {}), 2)


class TestRefusing:
    def test_everything_before_is_answered_first(self):
        async def scenario():
            server = Server()
            await server.receive(GET + GET + b"nonsense\r\n\r\n" + GET)
            before = server.transport.written.count(b"HTTP/1.1 400")
            await server.finish(2)
            return before, server.transport.written

        before, written = asyncio.run(scenario())
        assert before == 0
        assert written.count(b"HTTP/1.1 200 OK") == 2
        assert written.endswith(b"\r\n\r\n400 Bad Request")

    def test_what_comes_after_is_thrown_away(self):
        async def scenario():
            server = Server()
            await server.receive(b"nonsense\r\n\r\n")
            await server.receive(GET)
            return server.scopes, server.transport.written.count(b"HTTP/1.1 ")

        assert asyncio.run(scenario()) == ([], 1)

    def test_the_connection_ends_a_moment_later(self):
        async def scenario():
            server = Server()
            await server.receive(b"nonsense\r\n\r\n")
            now = server.watch.clock()
            server.watch.clock = lambda: now + 2
            server.watch.sweep()
            return server.transport.is_aborted

        assert asyncio.run(scenario())

    def test_the_application_is_told_that_a_broken_body_will_not_come(self):
        async def scenario():
            server = Server()
            told = []

            async def read(scope, receive, send):
                while True:
                    message = await receive()
                    told.append(message["type"])
                    if message["type"] == "http.disconnect":
                        return

            server.connection.app = read
            await server.receive(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            await server.receive(b"zz\r\n")
            return told, server.transport.written.endswith(b"400 Bad Request")

        assert asyncio.run(scenario()) == (["http.disconnect"], True)
