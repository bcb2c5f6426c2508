"""Nobody hears of a record that a request would not show, and everybody of one that it would.

Random rules, people and writes; after each write what was told is compared with what requests see at that
state of the database, before a delete with what they saw before it.
"""

import random

import pytest

from auth_app.tokens import issue_auth_token
from tests.collections_app.records.writing.sending import Sender
from tests.realtime_app.world import COMMENTS, POSTS

WRITES = 12
TITLES = ["a", "b", "Alice", ""]
RULES = [
    "title = 'a'",
    "title != 'a'",
    "title = @request.auth.name",
    "author = @request.auth.id",
    "author.name = 'Alice'",
    "author.email ~ 'alice' && @request.auth.id != author",
    "@request.auth.id != ''",
    "@request.auth.collectionName = 'rt_people'",
    "secret = 's'",
    "rt_comments_via_post.text ?= 'x'",
    "rt_comments_via_post.post.author = @request.auth.id",
    "@collection.rt_comments.post ?= id",
    "@collection.rt_people.name ?= title",
    "title:lower = 'alice'",
    "author.nothing = 1",
]


class Chance:
    """What is drawn from one seed."""

    def __init__(self, seed):
        self._random = random.Random(seed)  # noqa: S311 - to be the same each time
        self.of = self._random.choice

    def rule(self):
        kind = self._random.random()
        if kind < 0.15:
            return self.of([None, ""])
        if kind < 0.6:
            return self.of(RULES)
        return f"({self.of(RULES)}) {self.of(['&&', '||'])} ({self.of(RULES)})"

    def values(self, world):
        authors = ["", world.alice.id, world.bob.id]
        return {"title": self.of(TITLES), "secret": self.of(["", "s"]), "author": self.of(authors)}


def senders(world):
    people = {"alice": world.alice, "bob": world.bob, "root": world.root}
    return {"guest": Sender(), **{name: Sender(issue_auth_token(one)) for name, one in people.items()}}


def seen_by(send, record_id):
    """The record as this requester lists it and as it views it, each None if it does not."""
    path = f"/collections/{POSTS}/records"
    _, listed = send("GET", path)
    status, viewed = send("GET", f"{path}/{record_id}")
    items = {record["id"]: record for record in listed.get("items", ())}
    return items.get(record_id), viewed if status == 200 else None


@pytest.mark.parametrize("seed", range(12))
def test_what_is_told_is_what_requests_see(world, seed):
    chance = Chance(seed)
    world.redesign(POSTS, list_rule=chance.rule(), view_rule=chance.rule())
    requests = senders(world)
    ids = [f"same{seed:03}{number:08}" for number in range(3)]
    every, one = world.everybody(f"{POSTS}/*"), world.everybody(*(f"{POSTS}/{one}" for one in ids))
    existing = set()
    for _ in range(WRITES):
        record_id = chance.of(ids)
        seen = {name: seen_by(send, record_id) for name, send in requests.items()}
        if record_id not in existing:
            kind = "create"
            world.create(POSTS, id=record_id, **chance.values(world))
            existing.add(record_id)
        elif chance.of([True, True, False]):
            kind = "update"
            world.update(POSTS, record_id, **chance.values(world))
        else:
            kind = "delete"
            world.delete(POSTS, record_id)
            existing.discard(record_id)
        world.settle()
        if kind != "delete":
            seen = {name: seen_by(send, record_id) for name, send in requests.items()}
        for name, (listed, viewed) in seen.items():
            about_all = [(told, record) for _, told, record in every[name].told()]
            about_one = [(told, record) for _, told, record in one[name].told()]
            assert about_all == ([(kind, listed)] if listed else []), name
            assert about_one == ([(kind, viewed)] if viewed else []), name
        if existing and chance.of([True, False]):
            world.create(COMMENTS, text=chance.of(["x", "y"]), post=chance.of(sorted(existing)))
            world.settle()
