"""examples/webhooks: other servers hear of orders, signed, and again until they have taken it."""

import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.environment import POSTGRESQL, another_postgresql
from tests.examples.running import data_dir_of, run, running, until
from tests.process.at_once import SUPERUSER, Must, as_superuser
from tests.served import Server

ORDERS = "collections/orders/records"
ENDPOINTS = "collections/webhook_endpoints/records"
DELIVERIES = "collections/webhook_deliveries/records"
LONG_AGO = "2020-01-01 00:00:00.000Z"
LAST_ATTEMPT = 5
LOGIN = dict(zip(("identity", "password"), SUPERUSER, strict=True))


@dataclass
class Receiver:
    """Another server; it answers with each of `statuses` once, then with 204."""

    statuses: list[int]
    url: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiver(*statuses: int) -> Iterator[Receiver]:
    found = Receiver([*statuses])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.heard.append(({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(found.statuses.pop(0) if found.statuses else 204)
            self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nothing: the test says what went wrong."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield found
        finally:
            server.shutdown()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Its address. What is queued with a commit is in one database with it here, in another one there."""
    if request.param == "sqlite":
        yield ""
    elif not POSTGRESQL:
        pytest.skip("needs TEST_DATABASE_URL")
    else:
        with another_postgresql() as url:
            yield url


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("webhooks", tmp_path_factory.mktemp("examples"), database) as server:
        yield server


@pytest.fixture
def must(server: Server) -> Iterator[Must]:
    """As a superuser; no endpoints are left behind, nor what they were told."""
    must = as_superuser(server)
    yield must
    for endpoint in must("GET", ENDPOINTS)["items"]:
        must("DELETE", f"{ENDPOINTS}/{endpoint['id']}")
    assert must("GET", DELIVERIES)["items"] == []


def deliveries(must: Must) -> list[dict[str, Any]]:
    return must("GET", f"{DELIVERIES}?sort=created")["items"]


def test_whoever_listens_hears_of_every_change_signed(server, database, must):
    with receiver() as one:
        secret = run(data_dir_of(server), "webhook", one.url, database=database).strip()
        order = must("POST", ORDERS, {"product": "bread", "amount": 1})
        until(lambda: len(one.heard) == 1, "the creation")
        changed = must("PATCH", f"{ORDERS}/{order['id']}", {"amount": 2})
        until(lambda: len(one.heard) == 2, "the change")
        must("DELETE", f"{ORDERS}/{order['id']}")
        until(lambda: len(one.heard) == 3, "the end")
        until(lambda: all(found["status"] == "delivered" for found in deliveries(must)), "all of them noted")
    assert [json.loads(body) for _, body in one.heard] == [
        {"type": "order.created", "data": order},
        {"type": "order.updated", "data": changed},
        {"type": "order.deleted", "data": changed},
    ]
    assert {headers["webhook-id"] for headers, _ in one.heard} == {found["id"] for found in deliveries(must)}
    for headers, body in one.heard:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = b64encode(hmac.digest(b64decode(secret), signed, "sha256")).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"


@pytest.mark.parametrize(
    ("status", "answer"), [pytest.param(503, "503", id="refused"), pytest.param(302, "302", id="redirected")]
)
def test_what_was_not_taken_is_sent_again_when_it_is_due(must, status, answer):
    with receiver(status) as one:
        must("POST", ENDPOINTS, {"url": one.url})
        must("POST", ORDERS, {"product": "bread", "amount": 1})
        until(lambda: deliveries(must)[0]["answer"], "the first attempt")
        (first,) = deliveries(must)
        assert (first["status"], first["attempts"], first["answer"]) == ("waiting", 1, answer)
        assert first["due"] > first["created"]

        must("PATCH", f"{DELIVERIES}/{first['id']}", {"due": LONG_AGO})
        must("POST", "crons/send-webhooks")
        until(lambda: deliveries(must)[0]["status"] == "delivered", "the second attempt")
        assert deliveries(must)[0]["attempts"] == 2
    assert len({headers["webhook-id"] for headers, _ in one.heard}) == 1
    assert len(one.heard) == 2


def test_after_the_last_attempt_it_has_failed(must):
    with receiver() as nobody:
        pass  # it is gone again, and nobody listens there
    must("POST", ENDPOINTS, {"url": nobody.url})
    must("POST", ORDERS, {"product": "bread", "amount": 1})
    until(lambda: deliveries(must)[0]["answer"], "the first attempt")
    (first,) = deliveries(must)
    assert first["answer"].startswith(f"{nobody.url.removesuffix('/hook')}: ")
    must("PATCH", f"{DELIVERIES}/{first['id']}", {"due": LONG_AGO, "attempts": LAST_ATTEMPT})
    must("POST", "crons/send-webhooks")
    until(lambda: deliveries(must)[0]["status"] == "failed", "the last attempt")
    assert deliveries(must)[0]["attempts"] == LAST_ATTEMPT + 1


def test_nothing_is_sent_for_what_was_not_stored(server, must):
    with receiver() as one, receiver() as paused:
        must("POST", ENDPOINTS, {"url": one.url})
        must("POST", ENDPOINTS, {"url": paused.url, "paused": True})
        token = must("POST", "collections/_superusers/auth-with-password", LOGIN)["token"]
        good = {"method": "POST", "url": f"/api/{ORDERS}", "body": {"product": "bread", "amount": 1}}
        bad = {"method": "POST", "url": f"/api/{ORDERS}", "body": {"product": ""}}
        must("PATCH", "settings", {"batch": {"enabled": True, "maxRequests": 5, "timeout": 30}})
        answer = server.request(
            "POST",
            "/api/batch",
            {"content-type": "application/json", "authorization": token},
            json.dumps({"requests": [good, bad]}),
        )
        assert answer.status == 400
        assert deliveries(must) == []
        must("POST", ORDERS, {"product": "bread", "amount": 1})
        until(lambda: one.heard, "the one that was stored")
        until(lambda: deliveries(must)[0]["status"] == "delivered", "its note")
        assert len(deliveries(must)) == 1
    assert (len(one.heard), paused.heard) == (1, [])
