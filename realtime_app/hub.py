"""Hub: the clients whose streams this process holds, and what they are subscribed to.

Any thread may use it. Frames are sent by `realtime_app.deliveries`, on the event loop.
"""

import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from realtime_app.clients import Client
from realtime_app.groups import AuthKey, Group, Key, auth_key
from realtime_app.topics import Topic

if TYPE_CHECKING:
    from collections_app.records.record import Record


class Hub:
    """The clients by id, and their groups by the topics without options."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._clients: dict[str, Client] = {}
        self._groups: dict[str, dict[Key, Group]] = {}
        self._signed_in: dict[AuthKey, _SignedIn] = {}
        self._moves = 0

    # --- clients ---

    def register(self, client: Client) -> None:
        with self._lock:
            self._clients[client.id] = client

    def unregister(self, client: Client) -> None:
        """Forget a client, who still says whom it stood for; nothing happens when it is not known."""
        with self._lock:
            if self._clients.pop(client.id, None) is None:
                return
            auth, topics = client.auth, client.topics
            self._leave_all(client)
            # For receivers of `realtime_connect_request`, behind their `yield`.
            client.auth, client.topics = auth, topics
            client.is_open = False

    def find(self, client_id: str) -> Client | None:
        return self._clients.get(client_id)

    def clients(self) -> list[Client]:
        """All of them, as they are now."""
        with self._lock:
            return list(self._clients.values())

    def __len__(self) -> int:
        return len(self._clients)

    # --- subscriptions ---

    def subscribe(self, client: Client, topics: Iterable[str], auth: "Record | None") -> None:
        """Replace all subscriptions of a client, and whom it stands for; empty topics are skipped."""
        read = {text: client.topics.get(text) or Topic.read(text) for text in topics if text}
        with self._lock:
            if client.id not in self._clients:
                return
            if auth is not None:
                auth = self._known(auth)
            if client.auth is not auth:
                self._leave_all(client)
                client.auth = auth
                self._sign_in(client)
            self._set_topics(client, read)

    def unsubscribe(self, client: Client, topic: str) -> bool:
        """End one subscription, and say whether there was one: of several callers one gets True."""
        with self._lock:
            if client.id not in self._clients or topic not in client.topics:
                return False
            self._set_topics(client, {text: known for text, known in client.topics.items() if text != topic})
            return True

    def groups_of(self, bases: Sequence[str]) -> list[Group]:
        """The groups whose topics, without options, are among these."""
        return self.audience(bases)[0]

    def audience(self, bases: Sequence[str]) -> tuple[list[Group], int]:
        """These groups as they are now, with what `Group.members` has to know to say who is in them."""
        groups = self._groups
        if not any(base in groups for base in bases):
            return [], 0
        with self._lock:
            return [group for base in bases for group in groups.get(base, {}).values()], self._moves

    def clients_with(self, topic: str) -> list[Client]:
        """Those that are subscribed to exactly this text."""
        with self._lock:
            known = self._groups.get(topic.partition("?")[0], {}).values()
            return [client for group in known if group.topic.text == topic for client in group.clients]

    # --- whom clients stand for ---

    def renew_auth(self, record: "Record") -> None:
        """Have the clients of an auth record see it as it is now; with another token key they are guests."""
        with self._lock:
            known = self._signed_in.get(_key_of(record))
            if known is not None:
                is_same = known.record["tokenKey"] == record["tokenKey"]
                self._move(_key_of(record), record if is_same else None)

    def clear_auth(self, key: AuthKey) -> None:
        """Make guests of the clients of an auth record."""
        with self._lock:
            if key in self._signed_in:
                self._move(key, None)

    def clear_auth_of(self, collection_id: str) -> None:
        """Make guests of all clients of an auth collection."""
        with self._lock:
            for key in [key for key in self._signed_in if key[0] == collection_id]:
                self._move(key, None)

    def is_signed_in(self, key: AuthKey) -> bool:
        return key in self._signed_in

    # --- under the lock ---

    def _known(self, auth: "Record") -> "Record":
        """The record as all its clients have it: the one known by now, unless `auth` was read later."""
        known = self._signed_in.get(_key_of(auth))
        if known is not None and known.record.values == auth.values:
            return known.record
        self.renew_auth(auth)
        return auth

    def _sign_in(self, client: Client) -> None:
        if client.auth is None:
            return
        known = self._signed_in.setdefault(_key_of(client.auth), _SignedIn(client.auth))
        known.clients[client] = None

    def _set_topics(self, client: Client, topics: dict[str, Topic]) -> None:
        """Leave the groups of topics that are not among these, and join those of new ones."""
        before = client.topics
        for text, topic in before.items():
            if text not in topics:
                self._leave(client, topic)
        client.topics = topics
        for text, topic in topics.items():
            if text not in before:
                self._join(client, topic)

    def _leave_all(self, client: Client) -> None:
        self._set_topics(client, {})
        if client.auth is None:
            return
        key = _key_of(client.auth)
        known = self._signed_in[key]
        del known.clients[client]
        if not known.clients:
            del self._signed_in[key]
        client.auth = None

    def _move(self, key: AuthKey, record: "Record | None") -> None:
        """Give the clients of an auth record another reading of it, or none, and so other groups.

        The groups that they had stay as they are: what waits to be evaluated for them is theirs still.
        """
        self._moves += 1
        known = self._signed_in.pop(key)
        for client in known.clients:
            for topic in client.topics.values():
                self._forget(topic, (key, topic.text))
        for client in known.clients:
            client.auth = record
            self._sign_in(client)
            for topic in client.topics.values():
                self._join(client, topic, move=self._moves)

    def _join(self, client: Client, topic: Topic, *, move: int = 0) -> None:
        groups = self._groups.setdefault(topic.base, {})
        key = auth_key(client.auth), topic.text
        group = groups.get(key)
        if group is None:
            group = groups[key] = Group(topic, client.auth)
        group.clients[client] = move

    def _leave(self, client: Client, topic: Topic) -> None:
        key = auth_key(client.auth), topic.text
        group = self._groups[topic.base][key]
        del group.clients[client]
        if not group.clients:
            self._forget(topic, key)

    def _forget(self, topic: Topic, key: Key) -> None:
        groups = self._groups.get(topic.base, {})
        if groups.pop(key, None) is not None and not groups:
            del self._groups[topic.base]


class _SignedIn:
    """An auth record as its clients have it, and these clients."""

    def __init__(self, record: "Record") -> None:
        self.record = record
        self.clients: dict[Client, None] = {}


def _key_of(record: "Record") -> AuthKey:
    return record.collection.id, record.id
