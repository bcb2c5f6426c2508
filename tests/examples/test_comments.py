"""examples/comments: what guests write waits for a moderator."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.examples.running import data_dir_of, run, running, until
from tests.process.at_once import Must, as_superuser, send
from tests.served import Server

COMMENTS = "collections/comments/records"
ADA = {"page": "/about", "name": "Ada", "email": "ada@example.com", "text": "First <b>comment</b>"}
MODERATOR = "mo@example.com"


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    with running("comments", tmp_path) as server:
        yield server


@pytest.fixture
def must(server: Server) -> Must:
    return as_superuser(server)


@pytest.fixture
def moderator(server: Server) -> dict[str, str]:
    """The headers that one sends, who was made by the example's own command."""
    credentials = {
        "identity": MODERATOR,
        "password": run(data_dir_of(server), "moderator", MODERATOR).strip(),
    }
    _, signed_in = send(server, "POST", "collections/moderators/auth-with-password", credentials)
    return {"authorization": signed_in["token"]}


def listed(server: Server, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    return send(server, "GET", COMMENTS, headers=headers)[1]["items"]


def test_a_comment_is_shown_once_a_moderator_has_approved_it(server, moderator):
    status, written = send(
        server, "POST", COMMENTS, {**ADA, "status": "approved", "moderated_by": "somebody"}
    )
    assert (status, written["status"], written["moderated_by"]) == (200, "pending", "")
    assert listed(server) == []
    (waiting,) = listed(server, moderator)
    assert (waiting["id"], waiting["email"]) == (written["id"], ADA["email"])

    until(lambda: "First &lt;b&gt;comment" in server.output.read_text(), "a mail")
    assert f"To: {MODERATOR}" in server.output.read_text()

    address = f"{COMMENTS}/{written['id']}"
    assert send(server, "PATCH", address, {"status": "approved"})[0] == 404
    status, approved = send(server, "PATCH", address, {"status": "approved"}, moderator)
    assert (status, approved["status"]) == (200, "approved")
    (mo,) = send(server, "GET", "collections/moderators/records", headers=moderator)[1]["items"]
    assert approved["moderated_by"] == mo["id"]
    assert [comment["text"] for comment in listed(server)] == [ADA["text"]]


def test_only_moderators_see_addresses_and_guests_cannot_search_them(server, moderator, must):
    must("POST", COMMENTS, {**ADA, "status": "approved"})
    assert [comment.get("email") for comment in listed(server)] == [None]
    assert [comment.get("email") for comment in listed(server, moderator)] == [ADA["email"]]
    assert send(server, "GET", f"{COMMENTS}?filter=email~'ada'")[0] == 400


@pytest.mark.parametrize("email", ["no address", 7, ["ada@example.com"]], ids=["text", "number", "list"])
def test_an_address_must_be_one(server, email):
    assert send(server, "POST", COMMENTS, {**ADA, "email": email})[0] == 400


def test_a_moderator_changes_nothing_but_the_status(server, moderator, must):
    comment = must("POST", COMMENTS, ADA)
    status, answer = send(
        server, "PATCH", f"{COMMENTS}/{comment['id']}", {"status": "approved", "text": "Mine"}, moderator
    )
    assert (status, answer["message"]) == (400, "Moderators change nothing but the status.")
    assert must("GET", f"{COMMENTS}/{comment['id']}")["status"] == comment["status"]


def test_spam_is_refused(server):
    text = " ".join(["https://example.com"] * 3)
    status, answer = send(server, "POST", COMMENTS, {**ADA, "text": text})
    assert (status, answer["data"]["text"]["code"]) == (400, "too_many_links")


def test_a_guest_may_write_five_comments_in_a_minute(server):
    assert [send(server, "POST", COMMENTS, ADA)[0] for _ in range(6)] == [200] * 5 + [429]


def test_rejected_comments_go_after_a_month(server, must):
    kept, old = (must("POST", COMMENTS, {**ADA, "status": "rejected"}) for _ in range(2))
    must("POST", "sql", {"query": f"UPDATE comments SET updated = '2020-01-01' WHERE id = '{old['id']}'"})
    must("POST", "crons/delete-rejected-comments")
    until(lambda: len(must("GET", COMMENTS)["items"]) == 1, "the end of the old one")
    assert must("GET", COMMENTS)["items"][0]["id"] == kept["id"]
