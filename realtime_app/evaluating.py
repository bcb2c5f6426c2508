"""Who may hear of a change, and what they are told (contract/realtime.md 5 and 6).

The cost grows with what differs between clients, not with their number: a rule is asked once for all its
groups, in one statement where these differ in values only, and a record is written once per way to see it.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DatabaseError, connections

from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.events import record_enrich
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.finding import find_record
from collections_app.records.querying.questions import Question, answers, question
from collections_app.records.reading.picking import InvalidPicker, pick
from collections_app.records.reading.presenting import present
from collections_app.records.record import Record
from platform_app.database.lanes import Allowance, NeedsTime, run_allowed
from platform_app.database.snapshots import SnapshotBusy
from platform_app.wire.errors import ApiError
from platform_app.wire.json_encoding import encode
from realtime_app.changes import Change, is_about_one
from realtime_app.clients import Client
from realtime_app.groups import Group, auth_key
from realtime_app.interrupting import interrupter

logger = logging.getLogger(__name__)

_FOR_SUPERUSERS = ("@collection.", "@request.")
_EMAIL = frozenset({"email"})
# What must not be begun again on the other thread, such as what hooks do, may go on for so long.
_LONGEST_SECONDS = 5.0
# Who was late is not tried again for so long.
_SLOW_SECONDS = 60.0
_SLOW_UNTIL = "slow until"
# What a group keeps of its questions: whether they are about one record, and about one that is not stored.
_NOTES = {
    (is_one, is_planned): f"asked {is_one} {is_planned}"
    for is_one in (False, True)
    for is_planned in (False, True)
}

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Message:
    """One event for the clients of some groups, which have this topic; `moves` is for `Group.members`."""

    groups: Sequence[Group]
    topic: str
    data: bytes
    moves: int | None = None

    @property
    def clients(self) -> list[Client]:
        """Who is to hear it and has not unsubscribed meanwhile."""
        topic, moves = self.topic, self.moves
        return [client for group in self.groups for client in group.members(moves) if topic in client.topics]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one statement, or the writing of one record, may take: then its groups are late, or denied.

    All questions about one change may take so long, too, before the rest of them is late.
    """

    seconds: float
    is_last: bool


class Evaluation:
    """One change being evaluated, for some of its groups. `late` are those that need more time afterwards."""

    def __init__(self, change: Change, patience: Patience) -> None:
        self._change = change
        self._patience = patience
        self._asks_until = time.monotonic() + patience.seconds
        self._has_asked = False
        self.late: list[Group] = []

    def messages(self, groups: Sequence[Group]) -> list[Message]:
        """What the groups are told; nothing to those that may not hear of it."""
        for has_failed in (False, True):
            try:
                return self._messages(groups)
            except SnapshotBusy as error:
                self._put_off(groups, error)  # the other thread reads it
                break
            except DatabaseError as error:
                # The server may have ended the connection since the last change: then it is asked once more.
                if has_failed or not _has_lost_connection():
                    self._refuse(groups, error)
                    break
        return []

    def _messages(self, groups: Sequence[Group]) -> list[Message]:
        collection = find_collection(self._change.collection.id)
        if collection is None:
            return []
        with self._reading():
            subject = self._subject(collection)
            if subject is None:
                return []
            record, judged = subject
            allowed = self._allowed(collection, judged, groups)
            if isinstance(judged, str) and self._has_asked and self._has_changed(record):
                # Somebody wrote it between its reading and the questions: their answers are about that.
                late = frozenset(self.late)
                judged = record
                allowed = self._allowed(collection, judged, [one for one in groups if one not in late])
            return self._written(record, judged, allowed) if allowed else []

    def _reading(self) -> AbstractContextManager[object]:
        """One state of the database for all that is asked. Raises SnapshotBusy, and DatabaseError."""
        snapshot = self._change.snapshot
        return nullcontext() if snapshot is None else snapshot.reading(wait_seconds=self._patience.seconds)

    def _subject(self, collection: Collection) -> "tuple[Record, Record | str] | None":
        """The record to be written, and what rules judge: the row with its id, or its values by themselves.

        The row is judged as long as it is what this change made of it: who may see what it became since is
        not to be told what it was.
        """
        change = self._change
        stored = find_record(collection, change.id)
        if collection.fields != change.collection.fields:
            # Designed anew since: what is written goes by the new definition.
            return (stored, change.id) if stored is not None else None
        record = Record(collection, dict(change.values))
        if stored is not None and stored.values == record.values:
            return record, change.id
        if change.snapshot is not None and stored is None:
            return record, change.id  # made and deleted in one transaction: no rule lets anybody see it
        return record, record

    def _has_changed(self, record: Record) -> bool:
        if self._change.snapshot is not None:
            return False
        stored = find_record(record.collection, record.id)
        return stored is None or stored.values != record.values

    # --- access ---

    def _allowed(
        self, collection: Collection, judged: "Record | str", groups: Iterable[Group]
    ) -> list[Group]:
        allowed: list[Group] = []
        asking: dict[Question, list[Group]] = {}
        # What clients filter by themselves is asked last: it may be slow as they like.
        asking_last: dict[Question, list[Group]] = {}
        is_planned = isinstance(judged, Record)
        for group in groups:
            wanted = _asked(group, collection, self._change.id, is_planned=is_planned)
            if wanted is True:
                allowed.append(group)
            elif wanted is not False:
                among = asking_last if "filter" in group.info.query else asking
                among.setdefault(wanted, []).append(group)
        for wanted, those in asking_last.items():
            asking.setdefault(wanted, []).extend(those)
        for satisfied in self._answered(collection, judged, asking):
            allowed += asking[satisfied]
        return allowed

    def _answered(
        self, collection: Collection, judged: "Record | str", asking: dict[Question, list[Group]]
    ) -> list[Question]:
        """The questions whose answer is yes."""
        by_statement: dict[object, list[Question]] = defaultdict(list)
        for one in asking:
            by_statement[one.statement].append(one)
        satisfied: list[Question] = []
        for alike in by_statement.values():
            self._has_asked = True
            groups = [group for one in alike for group in asking[one]]
            if self._must_wait(groups):
                self.late += groups
                continue
            found = self._in_time(
                lambda alike=alike: answers(collection, judged, alike),  # type: ignore[misc]
                groups,
            )
            satisfied += (one for one, is_yes in zip(alike, found or (), strict=False) if is_yes)
        return satisfied

    def _must_wait(self, groups: list[Group]) -> bool:
        """Whether the other thread asks for these: they were slow before, or there is much to ask."""
        if self._patience.is_last:
            return False
        now = time.monotonic()
        return now > self._asks_until or any(group.notes.get(_SLOW_UNTIL, 0.0) > now for group in groups)

    # --- writing ---

    def _written(self, record: Record, judged: "Record | str", allowed: list[Group]) -> list[Message]:
        managers = self._managers(record, judged, allowed)
        late = frozenset(self.late)
        is_personal = record_enrich.has_receivers_for(record.collection.tags)
        by_view: dict[object, list[Group]] = defaultdict(list)
        for group in allowed:
            if group in late:  # for what they manage
                continue
            info = group.info
            by_view[
                info.is_superuser,
                group in managers,
                info.query.get("fields", ""),
                group if is_personal or info.query.get("expand") else None,
            ].append(group)
        messages: list[Message] = []
        for alike in by_view.values():
            shown = alike[0] in managers
            data = self._in_time(
                lambda alike=alike, shown=shown: self._data(record, alike[0], shows_email=shown),  # type: ignore[misc]
                alike,
            )
            if data is None:
                continue
            by_topic: dict[str, list[Group]] = defaultdict(list)
            for group in alike:
                by_topic[group.topic.text].append(group)
            moves = self._change.moves
            messages += (Message(same, topic, data, moves) for topic, same in by_topic.items())
        return messages

    def _managers(
        self, record: Record, judged: "Record | str", allowed: list[Group]
    ) -> "set[Group] | frozenset[Group]":
        """Who may see the e-mail address of an auth record that hides it: itself, and who manages it."""
        collection = record.collection
        if not collection.is_auth or record.get("emailVisibility"):
            return frozenset()
        seeing: set[Group] = set()
        asking: dict[Question, list[Group]] = defaultdict(list)
        rule = collection.auth.manage_rule
        own = collection.id, record.id  # others may have the same id in another collection
        for group in allowed:
            info = group.info
            if info.is_superuser:
                continue
            if auth_key(info.auth) == own:
                seeing.add(group)
            elif rule:
                try:
                    asked = question(collection, info, rule, planned=isinstance(judged, Record))
                except FilterError:
                    continue
                asking[asked].append(group)
        for satisfied in self._answered(collection, judged, asking):
            seeing.update(asking[satisfied])
        return seeing

    def _data(self, record: Record, group: Group, *, shows_email: bool) -> bytes | None:
        """The event's data, as this group sees the record; None when a hook fails."""
        info = group.info
        copy = Record(record.collection, dict(record.values), original=record.original)
        if shows_email:
            copy.shown = _EMAIL
        try:
            expand = info.query.get("expand", "")
            # Others read the same, who may not all see what this group may.
            json: Any = present([copy], info, expand, has_decided_emails=True)[0]
        except ApiError:
            return None  # logged where it failed
        if fields := info.query.get("fields"):
            try:
                json = pick(json, fields)
            except InvalidPicker as error:
                logger.info("cannot pick %r: %s", fields[:100], error)
        return encode({"record": json, "action": self._change.kind})

    def _in_time(self, work: Callable[[], Result], groups: Sequence[Group]) -> Result | None:
        """What `work` makes for these groups, or None: they are late, or it failed."""
        seconds = self._patience.seconds
        if self._patience.is_last:
            allowance = Allowance(seconds)
        else:
            allowance = Allowance(_LONGEST_SECONDS, moves_after=seconds)
        try:
            with interrupter.looking_after(allowance):
                return run_allowed(allowance, work)
        except NeedsTime as needs:
            for group in groups:
                group.notes[_SLOW_UNTIL] = time.monotonic() + _SLOW_SECONDS
            self._put_off(groups, needs)
        except (ApiError, FilterError, DatabaseError) as error:
            self._refuse(groups, error)
        except Exception:
            # What ails one of them, such as a receiver that adds what is no JSON, is not to silence others.
            logger.exception("a change of %s cannot be told", self._change.collection.name)
        return None

    def _put_off(self, groups: Sequence[Group], error: BaseException) -> None:
        """They hear of it later, when this was not the last try."""
        if self._patience.is_last:
            self._refuse(groups, error)
        else:
            self.late += groups

    def _refuse(self, groups: Sequence[Group], error: BaseException) -> None:
        name = self._change.collection.name
        logger.info("a change of %s is not told to %d groups: %s", name, len(groups), error)


def _has_lost_connection() -> bool:
    connection = connections["default"]
    connection.close_if_unusable_or_obsolete()
    return connection.connection is None


def asks_database(group: Group, collection: Collection, record_id: str) -> bool:
    """Whether it takes the database to say what the group is told of a record."""
    asked = _asked(group, collection, record_id, is_planned=False)
    needs_more = collection.is_auth or group.info.query.get("expand")
    return asked is not False and (asked is not True or bool(needs_more))


def _asked(group: Group, collection: Collection, record_id: str, *, is_planned: bool) -> Question | bool:
    """What the database has to say yes to before the group hears of a record, or a yes or no without it.

    Kept with the group until the collection, or any other that rules look at, is designed anew.
    """
    is_one = is_about_one(group.topic.base, record_id)
    note = _NOTES[is_one, is_planned]
    known: tuple[Collection, Question | bool] | None = group.notes.get(note)
    if known is not None and known[0] is collection and _is_current(known[1]):
        return known[1]
    rule = collection.view_rule if is_one else collection.list_rule
    asked = _question(group, collection, rule, is_planned=is_planned)
    group.notes[note] = collection, asked
    return asked


def _is_current(asked: Question | bool) -> bool:
    return isinstance(asked, bool) or asked.is_current


def _question(group: Group, collection: Collection, rule: str | None, *, is_planned: bool) -> Question | bool:
    info = group.info
    wanted = info.query.get("filter", "")
    if info.is_superuser:
        rule = ""
    elif rule is None or (wanted and _is_for_superusers(info.query)):
        return False
    if not rule and not wanted:
        return True
    try:
        return question(collection, info, rule, wanted, planned=is_planned)
    except FilterError as error:
        logger.info("%r is not told of changes: %s", group, error)
        return False


def _is_for_superusers(query: Mapping[str, str]) -> bool:
    """Whether the filter, or the sort beside it, uses what only superusers may filter by."""
    return any(words in query.get(name, "") for name in ("filter", "sort") for words in _FOR_SUPERUSERS)
