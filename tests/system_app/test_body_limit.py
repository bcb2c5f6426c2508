"""How large a body may be, by route (contract/system.md 11, contract/records.md 1.5 and 15.1)."""

import asyncio
import errno
import tempfile
from io import BytesIO

import pytest
from django.test import Client

from auth_app.tokens import issue_auth_token
from platform_app.requests.body_size import CUT_OFF, DEFAULT_LIMIT_BYTES, MIB, declared_size
from platform_app.requests.receiving import (
    SMALL_BODY_BYTES,
    SPOOL_BYTES,
    BodyLimits,
    BodyMemory,
    ClientGone,
    NoRoomForBody,
    read_body,
)
from platform_app.wire.errors import DEFAULT_MESSAGES
from system_app.limits.body_limits import limit_of
from system_app.middleware.body_limit import UNLIMITED, limit_for_reading
from tests.auth_app.accounts import answer, error, join
from tests.system_app.settings_row import save

TOO_LARGE = error(413, DEFAULT_MESSAGES[413])
NO_COLLECTION = error(404, "Missing or invalid collection context.")
FIELDS = [
    {"type": "file", "name": "one", "maxSize": 1000, "maxSelect": 1},
    {"type": "file", "name": "many", "maxSize": 10, "maxSelect": 3},
    {"type": "json", "name": "data", "maxSize": 500},
    {"type": "editor", "name": "page", "maxSize": 0},
    {"type": "text", "name": "t"},
]
LARGEST = DEFAULT_LIMIT_BYTES + 1000 + 30 + 500 + 5 * MIB

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads(make_collection):
    make_collection("uploads", FIELDS, create_rule="", update_rule="", list_rule="")


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        pytest.param("POST", "/api/collections/uploads/records", LARGEST, id="create"),
        pytest.param("PATCH", "/api/collections/uploads/records/x", LARGEST, id="update"),
        pytest.param("GET", "/api/collections/uploads/records", DEFAULT_LIMIT_BYTES, id="list"),
        pytest.param("DELETE", "/api/collections/uploads/records/x", DEFAULT_LIMIT_BYTES, id="delete"),
        pytest.param("POST", "/api/collections/nope/records", DEFAULT_LIMIT_BYTES, id="unknown collection"),
        pytest.param("POST", "/api/batch", 128 * MIB, id="batch"),
        pytest.param("POST", "/api/nope", DEFAULT_LIMIT_BYTES, id="unknown route"),
    ],
)
def test_limits(method, path, limit):
    save()
    assert limit_of(method, path) == limit


def test_views_have_the_usual_limit(make_collection):
    make_collection("copies", FIELDS, type="view", options={"viewQuery": "SELECT id FROM uploads"})
    assert limit_of("POST", "/api/collections/copies/records") == DEFAULT_LIMIT_BYTES


def test_the_settings_limit_batches():
    save(batch={"maxBodySize": 100})
    assert limit_of("POST", "/api/batch") == 100


def send(method, path, **environ):
    """A request that announces a body without having one."""
    return answer(Client().generic(method, path, b"", **environ))


@pytest.mark.parametrize(
    ("method", "path", "size", "expected"),
    [
        pytest.param("POST", "/api/collections/uploads/records", LARGEST + 1, TOO_LARGE, id="create"),
        pytest.param("PATCH", "/api/collections/uploads/records/x", LARGEST + 1, TOO_LARGE, id="update"),
        pytest.param("POST", "/api/collections/nope/records", LARGEST + 1, NO_COLLECTION, id="no collection"),
        pytest.param("GET", "/api/collections/nope/records", DEFAULT_LIMIT_BYTES + 1, TOO_LARGE, id="list"),
        pytest.param("GET", "/api/health", DEFAULT_LIMIT_BYTES + 1, TOO_LARGE, id="health"),
        pytest.param("POST", "/nope", DEFAULT_LIMIT_BYTES + 1, TOO_LARGE, id="no route"),
        pytest.param("POST", "/nope", DEFAULT_LIMIT_BYTES, error(404, DEFAULT_MESSAGES[404]), id="no more"),
    ],
)
def test_announced_sizes(method, path, size, expected):
    assert send(method, path, CONTENT_LENGTH=str(size)) == expected


def test_a_record_of_the_announced_limit_is_read():
    answered = send("POST", "/api/collections/uploads/records", CONTENT_LENGTH=str(LARGEST))
    assert answered == error(400, "Unsupported Content-Type.")  # so somebody looked at the body


class TestBatches:
    def test_announced(self):
        save(batch={"enabled": True, "maxBodySize": 10})
        assert send("POST", "/api/batch", CONTENT_LENGTH="11") == TOO_LARGE

    def test_cut_off(self):
        save(batch={"enabled": True, "maxBodySize": 10})
        environ = {CUT_OFF: True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
        unreadable = error(400, "Failed to read the submitted batch data.")
        assert send("POST", "/api/batch", **environ) == unreadable

    def test_batches_that_are_off_say_so_first(self):
        save(batch={"enabled": False})
        refused = send("POST", "/api/batch", CONTENT_LENGTH=str(129 * MIB))
        assert refused == error(403, "Batch requests are not allowed.")


class TestBackups:
    def scope(self, token="", peer="127.0.0.1"):
        headers = [(b"authorization", token.encode())] if token else []
        client = [peer, 50000]
        return {"method": "POST", "path": "/api/backups/upload", "headers": headers, "client": client}

    def test_superusers_upload_any_size(self):
        root = join("_superusers", "root00000000001", email="root@example.com")
        assert limit_for_reading(self.scope(issue_auth_token(root))) == UNLIMITED

    @pytest.mark.parametrize(
        ("peer", "limit"),
        [
            pytest.param("10.1.2.3", UNLIMITED, id="listed"),
            pytest.param("10.2.0.0", DEFAULT_LIMIT_BYTES, id="not_listed"),
        ],
    )
    def test_superusers_upload_only_from_where_they_may_act(self, peer, limit):
        save(superuserIPs=["10.1.0.0/16"])
        root = join("_superusers", "root00000000001", email="root@example.com")
        assert limit_for_reading(self.scope(issue_auth_token(root), peer)) == limit

    def test_a_trusted_proxy_says_where_they_act_from(self):
        save(superuserIPs=["10.1.0.0/16"], trustedProxy={"headers": ["X-Real-IP"], "useLeftmostIP": False})
        root = join("_superusers", "root00000000001", email="root@example.com")
        scope = self.scope(issue_auth_token(root))
        scope["headers"].append((b"x-real-ip", b"10.1.2.3"))
        scope["query_string"] = b"\xff"
        assert limit_for_reading(scope) == UNLIMITED

    @pytest.mark.parametrize("token", ["", "x"])
    def test_nobody_else_does(self, token):
        assert limit_for_reading(self.scope(token)) == DEFAULT_LIMIT_BYTES


def read(path, chunks, limit, **headers):
    """What `read_body` makes of a body that comes in chunks, and how often it asked for the limit."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    asked = []

    async def receive():
        return messages.pop(0)

    async def find_limit(scope):
        asked.append(scope["path"])
        return limit

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"method": "POST", "path": path, "headers": pairs}
    limits = BodyLimits(DEFAULT_LIMIT_BYTES, find=limit_for_reading, smaller=frozenset({"/api/batch"}))
    body, is_over = asyncio.run(read_body(scope, receive, find_limit, limits))
    with body:
        return is_over, b"" if is_over else body.read(), len(asked), len(messages)


class TestReading:
    def test_small_bodies_do_not_ask(self):
        assert read("/api/x", [b"ab", b"c"], 0) == (False, b"abc", 0, 0)

    def test_batches_without_a_length_ask(self):
        assert read("/api/batch", [b"ab", b"c"], 3) == (False, b"abc", 1, 0)

    def test_a_body_over_the_limit_is_left_unread(self):
        assert read("/api/batch", [b"ab", b"c", b"d"], 2) == (True, b"", 1, 2)

    def test_a_body_past_the_usual_size_asks_once(self):
        chunk = b"x" * (DEFAULT_LIMIT_BYTES // 2 + 1)
        over, body, asked, left = read("/api/x", [chunk, chunk, b"y"], DEFAULT_LIMIT_BYTES + 3)
        assert (over, len(body), asked, left) == (False, DEFAULT_LIMIT_BYTES + 3, 1, 0)

    def test_an_announced_size_is_not_waited_for(self):
        size = str(DEFAULT_LIMIT_BYTES + 1)
        assert read("/api/x", [b"x"], DEFAULT_LIMIT_BYTES, content_length=size) == (True, b"", 1, 2)


MIB = 1024 * 1024


class TestMemory:
    """Bodies on disk hold none, so that half bodies cannot take all there is."""

    @staticmethod
    async def _read(memory, pieces, *, is_whole):
        messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
        messages.append({"type": "http.request"} if is_whole else {"type": "http.disconnect"})

        async def receive():
            return messages.pop(0)

        async def find_limit(scope):
            return DEFAULT_LIMIT_BYTES

        limits = BodyLimits(DEFAULT_LIMIT_BYTES, find=limit_for_reading)
        body, _ = await read_body(
            {"method": "POST", "path": "/", "headers": []}, receive, find_limit, limits, memory
        )
        return body

    def body(self, memory, *pieces):
        return asyncio.run(self._read(memory, pieces, is_whole=True))

    def test_bodies_beyond_what_all_may_have_are_on_disk(self):
        piece = b"x" * SMALL_BODY_BYTES
        memory = BodyMemory(3 * len(piece))
        with self.body(memory, piece, piece) as first, self.body(memory, piece, piece) as second:
            assert (first.is_on_disk, second.is_on_disk, memory.left_bytes) == (False, True, len(piece))
            assert (first.read(), second.read()) == (piece * 2, piece * 2)
        assert memory.left_bytes == 3 * len(piece)

    def test_small_ones_are_as_if_they_had_come_in_one_piece(self):
        memory = BodyMemory(10)
        body = self.body(memory, b"abc", b"def")
        assert (type(body), body.getvalue(), memory.left_bytes) == (BytesIO, b"abcdef", 10)

    @pytest.mark.parametrize("fails", ["write", "seek"], ids=["a_piece", "what_a_buffer_holds"])
    def test_a_full_disk_is_told_and_the_share_given_back(self, monkeypatch, fails):
        """Python keeps what it could not write, and fails again when the file is closed."""

        class Full(BytesIO):
            def seek(self, *at):
                return super().seek(*at) if fails == "write" else self._refuse()

            def write(self, piece):
                return self._refuse() if fails == "write" else super().write(piece)

            def close(self):
                if not self.closed:
                    super().close()
                    self._refuse()

            def _refuse(self):
                raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **options: Full())
        memory = BodyMemory(2 * SPOOL_BYTES)
        with pytest.raises(NoRoomForBody) as refused:
            self.body(memory, b"x" * SPOOL_BYTES, b"y" * MIB)
        assert (refused.value.__cause__.errno, memory.left_bytes) == (errno.ENOSPC, 2 * SPOOL_BYTES)

    def test_a_large_one_is_on_disk_and_leaves_its_share_to_others(self):
        memory = BodyMemory(2 * SPOOL_BYTES)
        with self.body(memory, b"x" * SPOOL_BYTES, b"y") as body:
            assert (body.is_on_disk, memory.left_bytes) == (True, 2 * SPOOL_BYTES)
            assert body.read() == b"x" * SPOOL_BYTES + b"y"

    def test_a_client_that_goes_gives_back_what_its_half_body_had(self):
        memory = BodyMemory(10)
        with pytest.raises(ClientGone):
            asyncio.run(self._read(memory, [b"abc"], is_whole=False))
        assert memory.left_bytes == 10


@pytest.mark.parametrize(
    ("header", "size"),
    [
        pytest.param("12", 12, id="text"),
        pytest.param(b"12", 12, id="bytes"),
        pytest.param("9" * 5000, int("9" * 19), id="more_digits_than_python_reads"),
        pytest.param("\u00b2", None, id="digit_of_another_kind"),
        pytest.param("-1", None, id="negative"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="absent"),
    ],
)
def test_declared_size(header, size):
    assert declared_size(header) == size
