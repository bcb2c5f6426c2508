"""Realtime across processes: two servers and commands on one data directory."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.environment import POSTGRESQL, another_postgresql
from tests.process.streams import END as STREAM_END
from tests.process.streams import Stream, ask, clients, sign_in, state
from tests.served import ROOT, Answer, Server, manage, start

SETTINGS: dict[str, Any] = {"DJANGO_SETTINGS_MODULE": "tests.process.streaming.settings"}
PASSWORD = "1234567890"
OPEN = {f"{kind}Rule": "" for kind in ("list", "view", "create", "update", "delete")}
POSTS = "/api/collections/posts/records"
# Everybody hears of these, after all that was written before.
NOTES = "/api/collections/notes/records"
END = {"title": "end"}
PEOPLE = "/api/collections/people/records"


@dataclass
class Pair:
    """`here` has the streams, `there` is where is written and asked."""

    data_dir: Path
    here: Server
    there: Server
    root: str
    variables: dict[str, Any]

    def write(self, method: str, path: str, body: Any = None) -> Any:
        return ask(self.there, method, path, body, token=self.root)

    def command(self, *arguments: str) -> None:
        command = manage(self.data_dir, *arguments, **self.variables)
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def variables(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """The environment of all processes of one installation."""
    if request.param == "sqlite":
        yield SETTINGS
    elif not POSTGRESQL:
        pytest.skip("needs TEST_DATABASE_URL")
    else:
        with another_postgresql() as url:
            yield {**SETTINGS, "DATABASE_URL": url}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, variables: dict[str, Any]) -> Iterator[Pair]:
    data_dir = tmp_path_factory.mktemp("processes") / "pb_data"
    command = manage(data_dir, "superuser", "upsert", "root@example.com", PASSWORD, **variables)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    servers = [start(data_dir, **variables)]
    try:
        servers.append(start(data_dir, **variables))
        root = sign_in(servers[0], "_superusers", "root@example.com", PASSWORD)
        pair = Pair(data_dir, servers[0], servers[1], root, variables)
        fields = [{"type": "text", "name": "title"}, {"type": "text", "name": "owner"}]
        pair.write("POST", "/api/collections", {"name": "posts", "fields": fields, **OPEN})
        pair.write("POST", "/api/collections", {"name": "notes", "fields": fields, **OPEN})
        pair.write("POST", "/api/collections", {"name": "people", "type": "auth", **OPEN})
        for name in ("alice", "bob", "carol"):
            account = {"email": f"{name}@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
            pair.write("POST", PEOPLE, {"id": name.ljust(15, "0"), **account})
        yield pair
    finally:
        for server in servers:
            server.stop()
    for server in servers:
        assert "Traceback" not in server.output.read_text()


@pytest.fixture(autouse=True)
def open_rules(pair: Pair) -> Iterator[None]:
    yield
    pair.write("PATCH", "/api/collections/posts", OPEN)


def token(pair: Pair, name: str) -> str:
    return sign_in(pair.there, "people", f"{name}@example.com", PASSWORD)


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["message"]


# --- subscribing at the other one ---------------------------------------------------------------------


def test_a_subscription_finds_the_process_of_its_stream(pair: Pair) -> None:
    alice = token(pair, "alice")
    with Stream(pair.here) as stream:
        headers = {"Authorization": alice, "X-Name": "passing", "X-More": "more"}
        answer = stream.subscribe("posts/*", server=pair.there, headers=headers)
        assert (answer.status, answer.body, dict(answer.headers)["x-judged"]) == (204, b"", "yes")
        # The receivers of the stream's own process get the request as it came.
        assert "passing subscribes, alice@example.com" in state(pair.here)["log"]
        assert "passing subscribes, alice@example.com" not in state(pair.there)["log"]
        pair.write("POST", POSTS, {"title": "a"})
        assert stream.record() == ("create", "a")
        for server in (pair.here, pair.there):
            assert server.request("GET", "/streaming/send?topic=more&count=1&size=1").status == 200
            assert stream.event() == ("more", "x")


def test_it_is_refused_as_at_home(pair: Pair) -> None:
    alice, bob = token(pair, "alice"), token(pair, "bob")
    with Stream(pair.here) as stream:
        for server in (pair.here, pair.there):
            answer = stream.subscribe("orders", server=server, headers={"X-Refuse": "1"})
            assert refusal(answer) == (403, "Not you.")
        assert stream.subscribe("orders", headers={"Authorization": alice}).status == 204
        for server in (pair.here, pair.there):
            for headers in ({}, {"Authorization": bob}):
                answer = stream.subscribe("orders", server=server, headers=headers)
                message = "The current and the previous request authorization don't match."
                assert refusal(answer) == (403, message)
        own_id, stream.id = stream.id, stream.id[:6] + "x" * 34  # of the same process
        for server in (pair.here, pair.there):
            answer = stream.subscribe("orders", server=server)
            assert refusal(answer) == (404, "Missing or invalid client id.")
        stream.id = own_id
        answer = stream.subscribe("x" * 2501, server=pair.there)
        assert (answer.status, list(json.loads(answer.body)["data"])) == (400, ["subscriptions"])


# --- writing at the other one -------------------------------------------------------------------------


def test_every_way_to_write_is_heard_and_rules_are_asked(pair: Pair) -> None:
    rule = "owner = @request.auth.id"
    pair.write("PATCH", "/api/collections/posts", {"listRule": rule, "viewRule": rule})
    with Stream(pair.here) as own, Stream(pair.here) as others, Stream(pair.here) as root:
        assert own.subscribe("posts/*", headers={"Authorization": token(pair, "alice")}).status == 204
        assert (
            others.subscribe("posts/*", "notes/*", headers={"Authorization": token(pair, "bob")}).status
            == 204
        )
        assert root.subscribe("posts/*", headers={"Authorization": pair.root}).status == 204
        record = pair.write("POST", POSTS, {"title": "a", "owner": "alice0000000000"})
        for stream in (own, root):
            assert stream.record() == ("create", "a")
        pair.write("PATCH", f"{POSTS}/{record['id']}", {"title": "b"})
        for stream in (own, root):
            assert stream.record() == ("update", "b")
        pair.write("DELETE", f"{POSTS}/{record['id']}")
        for stream in (own, root):
            assert stream.record() == ("delete", "b")
        pair.write("POST", NOTES, END)
        assert others.record() == ("create", "end")  # and nothing before


def test_many_writes_come_in_their_order(pair: Pair) -> None:
    with Stream(pair.here) as stream:
        assert stream.subscribe("posts/*").status == 204
        for number in range(50):
            pair.write("POST", POSTS, {"title": str(number)})
        assert [stream.record() for _ in range(50)] == [("create", str(number)) for number in range(50)]


def test_commands_are_heard(pair: Pair) -> None:
    with Stream(pair.here) as stream:
        topics = ("orders", "_superusers/*")
        assert stream.subscribe(*topics, headers={"Authorization": pair.root}).status == 204
        pair.command("shell", "-c", "from realtime_app import realtime; realtime.send('orders', {'n': 17})")
        assert stream.event() == ("orders", {"n": 17})
        pair.command("superuser", "upsert", "second@example.com", PASSWORD)
        name, data = stream.event()
        assert (name, data["action"], data["record"]["email"]) == (
            "_superusers/*",
            "create",
            "second@example.com",
        )


def test_a_new_token_key_makes_guests_everywhere(pair: Pair) -> None:
    pair.write("PATCH", "/api/collections/posts", {"listRule": "@request.auth.id != ''"})
    with Stream(pair.here) as stream:
        carol = token(pair, "carol")
        assert stream.subscribe("posts/*", "notes/*", headers={"Authorization": carol}).status == 204
        pair.write("POST", POSTS, {"title": "signed in"})
        assert stream.record() == ("create", "signed in")
        new = {"password": "0987654321", "passwordConfirm": "0987654321"}
        pair.write("PATCH", f"{PEOPLE}/carol0000000000", new)
        pair.write("POST", POSTS, {"title": "as a guest"})
        pair.write("POST", NOTES, END)
        assert stream.record() == ("create", "end")


def test_a_rule_changed_elsewhere_counts_at_once(pair: Pair) -> None:
    with Stream(pair.here) as stream:
        assert stream.subscribe("posts/*", "notes/*").status == 204
        pair.write("PATCH", "/api/collections/posts", {"listRule": None})
        pair.write("POST", POSTS, {"title": "unseen"})
        pair.write("POST", NOTES, END)
        assert stream.record() == ("create", "end")
        pair.write("PATCH", "/api/collections/posts", {"listRule": ""})
        pair.write("POST", POSTS, {"title": "seen"})
        assert stream.record() == ("create", "seen")


# --- processes that end -------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_the_clients_of_a_process_that_has_ended_are_unknown(pair: Pair, how: signal.Signals) -> None:
    third = start(pair.data_dir, **pair.variables)
    try:
        workers = Path(f"/proc/{third.process.pid}/task/{third.process.pid}/children").read_text().split()
        with Stream(third) as stream, Stream(pair.here) as here, Stream(pair.there) as there:
            assert stream.subscribe("orders", server=pair.there).status == 204
            assert clients(third) == [stream.id]
            if how is signal.SIGKILL:
                _kill_family(third, [int(worker) for worker in workers])
            third.stop()
            answer = stream.subscribe("orders", server=pair.there)
            assert refusal(answer) == (404, "Missing or invalid client id.")
            if how is signal.SIGKILL:
                # What it had written may be lost: the clients of all others are sent to look anew, once.
                assert (here.chunk(), there.chunk()) == (STREAM_END, STREAM_END)
    finally:
        third.stop()


def _kill_family(server: Server, workers: list[int]) -> None:
    """The parent first: it would start another worker."""
    server.process.kill()
    server.process.wait()
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
