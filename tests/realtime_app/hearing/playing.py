"""Plays a scenario in this process: real commits, a hub, and the threads that evaluate.

What everybody should hear is what a list or view request of theirs returns, asked when the threads are done.
The state that counts is put back for it, and taken away again: for a delete that before its transaction, and
for a record that was written twice in one, that in which it has the values that are told.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from django.db import DataError, ProgrammingError, connection, transaction

from auth_app.accounts import find_by_email
from auth_app.superusers import create_superuser, superusers_collection
from collections_app import commits
from collections_app.catalog import find_collection, forget_catalog
from collections_app.collection import Collection
from collections_app.commits import RecordChange
from collections_app.definitions.importing import import_collections
from collections_app.definitions.saving import delete_collection
from collections_app.filterlang.errors import FilterError
from collections_app.models import SchemaVersion, StoredCollection
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.finding import find_record
from collections_app.records.querying.resolving import compile_query
from collections_app.records.querying.select_sql import page_sql
from collections_app.records.reading.listing import list_records
from collections_app.records.reading.picking import InvalidPicker, pick
from collections_app.records.reading.presenting import present
from collections_app.records.record import Record
from collections_app.records.writing.creating import create_record
from collections_app.records.writing.deleting import delete_record
from collections_app.records.writing.updating import update_record
from collections_app.request_info import RequestInfo
from platform_app.database.rows import fetch_all
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import ApiError
from platform_app.wire.json_encoding import encode
from realtime_app import broadcast as module
from realtime_app.broadcast import Broadcast
from realtime_app.clients import Client, frame_tail
from realtime_app.evaluating import Message, Patience
from realtime_app.hub import Hub
from realtime_app.service import service
from realtime_app.subscribing import subscribe
from tests.realtime_app.hearing.scenarios import (
    ClientOf,
    Rules,
    Scenario,
    Subscribe,
    Subscription,
    Write,
    Writes,
)
from tests.realtime_app.hearing.world import COLLECTIONS, HIDDEN, NAMES, PASSWORD, ROWS, Row, rid

Table = dict[str, tuple[Any, ...]]
State = dict[str, Table]
Told = tuple[str, bytes]

_UID = "tests.hearing"
_SECONDS = 60.0


@dataclass(frozen=True)
class Hearing:
    """What one change should have told one client, and what it did tell."""

    change: str
    client: str
    expected: list[Told]
    heard: list[Told]


# --- the world ------------------------------------------------------------------------------------------


@contextmanager
def world() -> Iterator[None]:
    """The collections are there for all connections; nothing else listens to their changes."""
    import_collections(COLLECTIONS, delete_missing=False)
    root = create_superuser("root@hearing.example.com", PASSWORD)
    quick, module.QUICK = module.QUICK, Patience(_SECONDS, is_last=False)
    try:
        yield
    finally:
        module.QUICK = quick
        service.listen()
        with connection.cursor() as cursor:  # the last superuser could not be deleted otherwise
            cursor.execute('DELETE FROM "_superusers" WHERE "id" = %s', [root.id])
        for name in reversed(NAMES):
            delete_collection(collection_of(name), checks_references=False)
        forget_catalog()


def collection_of(name: str) -> Collection:
    found = find_collection(name)
    assert found is not None
    return found


def set_rules(rules: Sequence[Rules]) -> None:
    """As if they were saved, without the checks."""
    with unit_of_work():
        for one in rules:
            row = StoredCollection.objects.get(name=one.collection)
            row.listRule, row.viewRule = one.list, one.view
            if one.collection == "people":
                row.options = {**row.options, "manageRule": one.manage}
            row.save()
        SchemaVersion.bump()
    forget_catalog()


def first_state() -> State:
    """The rows of all tables as they are at first."""
    return {name: dict(_stored(collection_of(name), row) for row in rows) for name, rows in ROWS.items()}


def _stored(collection: Collection, row: Row) -> tuple[str, tuple[Any, ...]]:
    sent = {**row, "tokenKey": row["id"] * 3}
    values = {field.name: field.clean(sent.get(field.name, field.zero)) for field in collection.fields}
    return row["id"], _row_of(collection, values)


def _row_of(collection: Collection, values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(field.to_db(values[field.name]) for field in collection.fields)


def read_state() -> State:
    state: State = {}
    with connection.cursor() as cursor:
        for name in NAMES:
            cursor.execute(f'SELECT {_columns(name)} FROM "{name}"')
            at = [field.name for field in collection_of(name).fields].index("id")
            state[name] = {row[at]: tuple(row) for row in cursor.fetchall()}
    return state


def put_state(state: State) -> None:
    with connection.cursor() as cursor:
        for name, rows in state.items():
            cursor.execute(f'DELETE FROM "{name}"')
            marks = ", ".join(["%s"] * len(collection_of(name).fields))
            cursor.executemany(
                f'INSERT INTO "{name}" ({_columns(name)}) VALUES ({marks})', list(rows.values())
            )


def _columns(name: str) -> str:
    return ", ".join(f'"{field.name}"' for field in collection_of(name).fields)


# --- clients --------------------------------------------------------------------------------------------


class Ear(Client):
    """A client that keeps what it hears, and knows by itself whom it should stand for."""

    __slots__ = ("__dict__",)

    def __init__(self, who: str) -> None:
        super().__init__()
        self.who = who
        self.heard: list[Told] = []
        self.should_be: Record | None = None
        self.wanted: tuple[Subscription, ...] = ()
        self.attach(self._hear, self._fail, lambda clients, name, data: None)

    def _hear(self, frame: bytes) -> None:
        assert frame.startswith(self.head + b"\nevent:")
        name, _, data = frame.removeprefix(self.head + b"\nevent:").partition(b"\ndata:")
        assert data.endswith(b"\n\n") and data.count(b"\n") == 2
        self.heard.append((name.decode(), data[:-2]))

    def _fail(self) -> None:
        raise AssertionError("the stream was ended")


def _account(who: str) -> Record | None:
    if who == "root":
        return find_by_email(superusers_collection(), "root@hearing.example.com")
    return find_record(collection_of("people"), rid(who)) if who else None


def _tell(messages: Sequence[Message]) -> None:
    for message in messages:
        for client in message.clients:
            client.push(client.head + frame_tail(message.topic, message.data))


def _overflow(groups: Any = None) -> None:
    raise AssertionError("too much waits")


# --- playing --------------------------------------------------------------------------------------------


class Play:
    """One scenario; `hearings` are those of all changes and clients where something differs."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.hub = Hub()
        self.broadcast = Broadcast(self.hub, _tell, _overflow)
        self.changes: list[RecordChange] = []
        self.ears: list[Ear] = []
        self.told = 0
        self.hearings: list[Hearing] = []

    def run(self) -> None:
        set_rules(self.scenario.rules)
        with transaction.atomic():
            put_state(first_state())
        self.broadcast.listen()
        commits.listen(_UID, records=self.changes.append)
        try:
            for client in self.scenario.clients:
                self._join(client)
            for step in self.scenario.steps:
                self._take(step)
        finally:
            commits.stop_listening(_UID)
            self.broadcast.stop(_SECONDS)

    def _join(self, client: ClientOf) -> None:
        ear = Ear(client.who)
        self.hub.register(ear)
        self.ears.append(ear)
        self._subscribe(ear, client.subscriptions)

    def _subscribe(self, ear: Ear, subscriptions: tuple[Subscription, ...]) -> None:
        account = _account(ear.who)
        topics = [one.topic for one in subscriptions]
        assert subscribe(self.hub, ear.id, topics, auth=account, ip="", request=None)
        ear.should_be = account
        ear.wanted = subscriptions

    def _take(self, step: Writes | Subscribe | Rules) -> None:
        if isinstance(step, Rules):
            set_rules([step])
        elif isinstance(step, Subscribe):
            if step.client < len(self.ears):
                self._subscribe(self.ears[step.client], step.subscriptions)
        else:
            self._write(step)

    def _write(self, step: Writes) -> None:
        before = read_state()
        self.changes.clear()
        try:
            with unit_of_work():
                for write in step.writes:
                    _make(write)
        except ApiError:
            self.changes.clear()  # refused as a whole: nobody is to hear of any of it
        self._wait()
        self._compare(before, read_state())

    def _wait(self) -> None:
        """Until the threads have told all."""
        for worker in (self.broadcast._quick, self.broadcast._late):
            done = threading.Event()
            assert worker.put(done.set)
            assert done.wait(_SECONDS)

    # --- what they should hear ---

    def _compare(self, before: State, after: State) -> None:
        signed_in = {ear: ear.should_be for ear in self.ears}
        unsure = self._unsure(before, after)
        for ear in self.ears:
            ear.heard = [one for one in ear.heard if one[0] not in unsure[ear]]
        for change in self.changes:
            self._renew(change)
            with seeing(judged_at(change, before, after), after):
                for ear in self.ears:
                    auth = signed_in[ear] if change.new is None else ear.should_be
                    told = expected(change, auth, ear)
                    self._compare_of(ear, change, [one for one in told if one[0] not in unsure[ear]])
            if change.new is None:
                self._clear(change)
        for ear in self.ears:
            if ear.heard:
                self.hearings.append(Hearing("nothing", f"{ear.who or 'guest'}", [], ear.heard))
                ear.heard = []

    def _unsure(self, before: State, after: State) -> dict[Ear, set[str]]:
        """The topics of which it cannot be said what they are told of these changes."""
        unsure = {ear: set[str]() for ear in self.ears}
        for change in self.changes:
            is_as_told = judged_at(change, before, after) == (before if change.new is None else after)
            for ear in self.ears:
                if not is_as_told:
                    unsure[ear] |= topics_that_look_at_the_row(change, ear)
                if ear.who == "root":
                    unsure[ear] |= topics_that_filter_by_requests(ear)
        return unsure

    def _compare_of(self, ear: Ear, change: RecordChange, told: list[Told]) -> None:
        heard, ear.heard = ear.heard[: len(told)], ear.heard[len(told) :]
        self.told += len(told)
        if sorted(heard) != sorted(told):
            name = f"{change.kind} of {change.collection.name}/{change.id}"
            self.hearings.append(Hearing(name, f"{ear.who or 'guest'}", told, heard + ear.heard))
            ear.heard = []

    def _renew(self, change: RecordChange) -> None:
        for ear in self._ears_of(change):
            if change.new is not None and ear.should_be is not None:
                is_same = ear.should_be["tokenKey"] == change.new["tokenKey"]
                ear.should_be = Record(change.collection, dict(change.new)) if is_same else None

    def _clear(self, change: RecordChange) -> None:
        for ear in self._ears_of(change):
            ear.should_be = None

    def _ears_of(self, change: RecordChange) -> list[Ear]:
        if change.collection.name != "people":
            return []
        return [
            ear for ear in self.ears if ear.who != "root" and ear.should_be and ear.should_be.id == change.id
        ]


def _make(write: Write) -> None:
    collection, info = collection_of(write.collection), RequestInfo(auth=_account("root"), body=write.body)
    if write.kind == "create":
        create_record(collection, info=replace(info, method="POST"), uploads={})
    elif write.kind == "update":
        update_record(collection, rid(write.id), info=replace(info, method="PATCH"), uploads={})
    else:
        delete_record(collection, rid(write.id), info=info)


def judged_at(change: RecordChange, before: State, after: State) -> State:
    """The state that counts for a change, in which the record has the values that are told."""
    state, values = (before, change.old) if change.new is None else (after, change.new)
    assert values is not None
    name = change.collection.name
    return {**state, name: {**state[name], change.id: _row_of(change.collection, values)}}


@contextmanager
def seeing(state: State, now: State) -> Iterator[None]:
    """Within, this thread sees that state."""
    if state == now:
        yield
        return
    with transaction.atomic():
        put_state(state)
        yield
        transaction.set_rollback(True)


def topics_that_look_at_the_row(change: RecordChange, ear: Ear) -> set[str]:
    """The topics for which it matters that the record is not in its table with the values that are told.

    Another write of the same transaction has changed it. Who asks about such a row by itself sees its table
    as it is, and may not look for what refers to it.
    """
    collection = change.collection
    words = ["_via_", f"@collection.{collection.name}", *(["friend"] if collection.name == "people" else [])]
    rules = f"{collection.list_rule} {collection.view_rule}"
    if collection.is_auth:
        rules += f" {collection.auth.manage_rule}"
    about = [one for one in ear.wanted if one.collection == collection.name]
    return {one.topic for one in about if any(word in f"{rules} {one.query}" for word in words)}


def topics_that_filter_by_requests(ear: Ear) -> set[str]:
    """A superuser's, for whom it is not asked here as the guest that a filter of theirs is asked as.

    A filter that follows relations brings the list rules of the collections that they lead to.
    """
    filters = {one.topic: one.query.get("filter", "") for one in ear.wanted}
    rules = [collection_of(name).list_rule or "" for name in NAMES]
    brings_requests = any(_asks_for_requests(rule) for rule in rules)
    return {
        topic
        for topic, text in filters.items()
        if _asks_for_requests(text) or (brings_requests and "." in text)
    }


def _asks_for_requests(text: str) -> bool:
    return "@request." in text or "@collection." in text


def expected(change: RecordChange, auth: Record | None, ear: Ear) -> list[Told]:
    """What a change should tell a client that stands for `auth`, one event for each of its topics."""
    by_topic = {one.topic: one for one in ear.wanted if one.collection == change.collection.name}
    told = ((topic, data_for(change, auth, one)) for topic, one in by_topic.items())
    return [(topic, data) for topic, data in told if data is not None]


def data_for(change: RecordChange, auth: Record | None, subscription: Subscription) -> bytes | None:
    """The data of an event, with what a list request shows; None for a record that it does not show."""
    is_one = subscription.target not in ("", "*")
    if is_one and rid(subscription.target) != change.id:
        return None
    headers = {name.lower().replace("-", "_"): value for name, value in subscription.headers.items()}
    info = RequestInfo(context="realtime", query=subscription.query, headers=headers, auth=auth)
    wanted = subscription.query.get("filter", "")
    if any(name in wanted for name in HIDDEN):
        return None  # contract/realtime.md 5.3: not even for superusers
    collection = collection_of(subscription.collection)
    try:
        if is_one or (info.is_superuser and wanted):
            records = _viewed(collection, info, wanted)
        else:
            params = {"filter": wanted, "perPage": "1000", "skipTotal": "true"}
            records = list_records(collection, info=info, params=params).records
    except (ApiError, FilterError, DataError, ProgrammingError):
        return None
    for record in records:
        if record.id == change.id:
            json = present([record], info, subscription.query.get("expand", ""))[0]
            return _written(json, change, info)
    return None


def _viewed(collection: Collection, info: RequestInfo, wanted: str) -> list[Record]:
    """What view requests show, if a filter leaves it that looks at no more than anybody's may."""
    rule = None if info.is_superuser else collection.view_rule
    if rule is None and not info.is_superuser:
        return []
    if not info.is_superuser and ("@request." in wanted or "@collection." in wanted):
        return []
    asking = replace(info, auth=None) if info.is_superuser else info
    query = compile_query(collection, info=asking, rule=rule or None, filter=wanted)
    return decode_rows(collection, fetch_all(*page_sql(collection, query, limit=1000, offset=0)))


def _written(json: Any, change: RecordChange, info: RequestInfo) -> bytes:
    if fields := info.query.get("fields"):
        with suppress(InvalidPicker):  # the whole record then
            json = pick(json, fields)
    return encode({"record": json, "action": change.kind})
