"""A world that all connections see: collections, people, and clients of a hub that hears of what is written.

Nothing here is rolled back, as the threads that evaluate have connections of their own; the fixture `world`
takes all of it away with the module.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from auth_app.tokens import issue_auth_token
from collections_app.catalog import find_collection, forget_catalog
from collections_app.collection import Collection
from collections_app.definitions import scaffolds
from collections_app.definitions.saving import create_collection, delete_collection, save_collection
from collections_app.fields.registry import field_from_json
from collections_app.orm import collection_model
from collections_app.records.record import Record
from platform_app.database import snapshots
from platform_app.database.ids import checksum
from realtime_app.broadcast import Broadcast
from realtime_app.hub import Hub
from realtime_app.service import service
from tests.auth_app.accounts import TOKENS, join
from tests.collections_app.records.writing.sending import Sender
from tests.conftest import ID_FIELD
from tests.realtime_app.listening import Listener, joined, tell

OPEN = {"list_rule": "", "view_rule": "", "create_rule": "", "update_rule": "", "delete_rule": ""}
PEOPLE, POSTS, COMMENTS = "rt_people", "rt_posts", "rt_comments"
SECONDS = 60  # only for what hangs


class World:
    """`alice`, `bob` and `root` are records; `send` makes requests as `root`."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.overflows: list[Any] = []
        self.broadcast = Broadcast(self.hub, tell, self._note_overflow)
        self._originals: dict[str, Collection] = {}

    def _note_overflow(self, groups: Any = None) -> None:
        self.overflows.append(groups)

    # --- what there is ---

    def make(self, name: str, /, *fields: dict[str, Any], **attributes: Any) -> Collection:
        """A new collection, open to everybody unless told otherwise; made anew after each test."""
        definitions = (ID_FIELD, *fields)
        built = tuple(
            field_from_json({"id": field["type"] + checksum(field["name"]), **field}) for field in definitions
        )
        collection = Collection(id="pbc_" + name, name=name, fields=built, **{**OPEN, **attributes})
        create_collection(collection)
        self._originals[collection.id] = stored_collection(name)
        return self._originals[collection.id]

    def make_auth(self, name: str) -> Collection:
        """The same of accounts, with a name each."""
        return self.make(
            name,
            *[field.as_json() for field in scaffolds.auth_fields()],
            {"type": "text", "name": "name"},
            type="auth",
            options={**scaffolds.auth_options(), **TOKENS},
            indexes=(
                f"CREATE UNIQUE INDEX `idx_{name}_key` ON `{name}` (`tokenKey`)",
                f"CREATE UNIQUE INDEX `idx_{name}_email` ON `{name}` (`email`) WHERE `email` != ''",
            ),
        )

    def drop(self, collection: Collection) -> None:
        """Away with one that a test made."""
        self.settle()
        del self._originals[collection.id]
        delete_collection(collection)

    def redesign(self, name: str, /, **changes: Any) -> Collection:
        """Change a collection for the time of a test: `redesign("rt_posts", list_rule=None)`."""
        before = stored_collection(name)
        save_collection(replace(before, **changes), before)
        return stored_collection(changes.get("name", name))

    def restore(self) -> None:
        """End a test: no clients, no records, collections as they were."""
        self.settle()
        for client in self.hub.clients():
            self.hub.unregister(client)
        for original in self._originals.values():
            changed = find_collection(original.id)
            if changed is None:
                create_collection(original)
            elif changed is not original and _differs(changed, original):
                save_collection(original, changed)
        for name in (COMMENTS, POSTS):
            collection_model(name)._base_manager.all()._raw_delete("default")
        self.overflows.clear()

    def people(self) -> None:
        """Alice, Bob and Root as they are before each test."""
        for name in (PEOPLE, "_superusers"):
            ours = collection_model(name)._base_manager.filter(id__startswith="rt0")
            ours._raw_delete("default")
        self.alice = join(PEOPLE, "rt0alice0000000", email="alice@rt.example.com", name="Alice")
        self.bob = join(PEOPLE, "rt0bob000000000", email="bob@rt.example.com", name="Bob")
        self.root = join("_superusers", "rt0root00000000", email="root@rt.example.com")
        self.send = Sender(issue_auth_token(self.root))

    # --- who hears ---

    def everybody(self, *topics: str) -> dict[str, Listener]:
        """A client each for a guest, alice, bob and root."""
        people = {"guest": None, "alice": self.alice, "bob": self.bob, "root": self.root}
        return {name: self.client(*topics, auth=auth) for name, auth in people.items()}

    def client(self, *topics: str, auth: Record | None = None) -> Listener:
        return joined(self.hub, *topics, auth=auth)

    def settle(self) -> None:
        """Return when all that was committed has been told, or has been too late."""
        for put in (self.broadcast.submit, self.broadcast._late.put):
            done = threading.Event()
            put(done.set)
            assert done.wait(SECONDS)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within, what is committed waits to be evaluated."""
        begun, go = threading.Event(), threading.Event()

        def wait() -> None:
            begun.set()
            assert go.wait(SECONDS)

        self.broadcast.submit(wait)
        assert begun.wait(SECONDS)
        try:
            yield
        finally:
            go.set()
            self.settle()

    # --- writing ---

    def batch(self, requests: list[dict[str, Any]]) -> None:
        """Send these together; batches are allowed meanwhile."""
        before = self.send("GET", "/settings")[1]["batch"]
        self.send("PATCH", "/settings", {"batch": {"enabled": True, "maxRequests": 50, "timeout": 30}})
        status, answer = self.send("POST", "/batch", {"requests": requests})
        self.send("PATCH", "/settings", {"batch": before})
        assert status == 200, answer

    def create(self, name: str, /, **values: Any) -> str:
        """A record by request; returns its id."""
        status, answer = self.send("POST", f"/collections/{name}/records", values)
        assert status == 200, answer
        return str(answer["id"])

    def update(self, name: str, record_id: str, /, **values: Any) -> None:
        status, answer = self.send("PATCH", f"/collections/{name}/records/{record_id}", values)
        assert status == 200, answer

    def delete(self, name: str, record_id: str) -> None:
        status, answer = self.send("DELETE", f"/collections/{name}/records/{record_id}")
        assert status == 204, answer


def topic_with(query: Any = None, headers: Any = None, *, base: str = f"{POSTS}/*") -> str:
    """A topic with options, as the SDK writes it."""
    options = json.dumps({"query": query or {}, "headers": headers or {}})
    return f"{base}?options={quote(options, safe='')}"


def stored_collection(name: str) -> Collection:
    collection = find_collection(name)
    assert collection is not None
    return collection


def _differs(one: Collection, other: Collection) -> bool:
    def key(collection: Collection) -> Any:
        return replace(collection, created="", updated="").__dict__

    def plain(collection: Collection) -> Any:
        return {name: value for name, value in key(collection).items() if not name.startswith("_")}

    return bool(plain(one) != plain(other))


@contextmanager
def a_world() -> Iterator[World]:
    world = World()
    world.broadcast.listen()  # in the place of the one of this process
    try:
        world.make_auth(PEOPLE)
        world.make(
            POSTS,
            {"type": "text", "name": "title"},
            {"type": "text", "name": "secret", "hidden": True},
            {"type": "relation", "name": "author", "collectionId": "pbc_" + PEOPLE, "maxSelect": 1},
        )
        world.make(
            COMMENTS,
            {"type": "text", "name": "text"},
            {
                "type": "relation",
                "name": "post",
                "collectionId": "pbc_" + POSTS,
                "maxSelect": 1,
                "cascadeDelete": True,
            },
        )
        yield world
    finally:
        service.broadcast.listen()
        world.broadcast.stop(SECONDS)
        snapshots.close()
        for name in (COMMENTS, POSTS, PEOPLE):
            if (collection := find_collection("pbc_" + name)) is not None:
                delete_collection(collection)
        collection_model("_superusers")._base_manager.filter(id__startswith="rt0")._raw_delete("default")
        forget_catalog()
