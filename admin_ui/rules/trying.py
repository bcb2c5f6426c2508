"""Whom a rule lets do what, before it is saved: records that somebody sees by the old and by the new one.

The rule is asked as the API asks it, by a request that sends nothing. Only so many records are counted, and
only the newest are looked at one by one; a create rule is asked about each of them as if it were made anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import DatabaseError

from admin_ui.records.labels import label_of
from admin_ui.rules.boxes import RuleBox
from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.finding import find_first, find_record
from collections_app.records.querying.resolving import RecordQuery, compile_query
from collections_app.records.querying.rights import planned_record_satisfies
from collections_app.records.querying.select_sql import among_ids_sql, count_sql, page_sql
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from platform_app.database.lanes import OutOfTime
from platform_app.database.rows import fetch_all, fetch_one
from platform_app.database.transactions import shielded

# Beyond it is said that there are more.
MOST_COUNTED = 100_000
MOST_LOOKED_AT = 200
MOST_SHOWN = 8
_METHODS = {"createRule": "POST", "updateRule": "PATCH", "deleteRule": "DELETE", "authRule": "POST"}

Change = Literal["gained", "lost", ""]


@dataclass(frozen=True)
class Person:
    """Who asks: a guest, or an account; `label` is what that is called."""

    label: str
    record: Record | None = None

    @property
    def key(self) -> str:
        """`COLLECTION:ID`, "" for guests, as it stands in addresses."""
        return f"{self.record.collection.name}:{self.record.id}" if self.record else ""


@dataclass(frozen=True)
class Count:
    """So many records, or at least so many."""

    number: int

    @property
    def has_more(self) -> bool:
        return self.number > MOST_COUNTED

    @property
    def shown(self) -> int:
        return min(self.number, MOST_COUNTED)


@dataclass(frozen=True)
class Seen:
    """One of the newest records, and whether the new rule lets it be seen (or done with)."""

    id: str
    label: str
    is_let: bool
    change: Change


@dataclass(frozen=True)
class Reach:
    """What a person reaches by the old and by the new rule; counts are None where nothing can be counted."""

    person: Person
    before: Count | None
    after: Count | None
    records: tuple[Seen, ...]
    gained: int
    lost: int

    @property
    def is_changed(self) -> bool:
        return bool(self.gained or self.lost) or self.before != self.after


@dataclass(frozen=True)
class Trial:
    """`total` are all records; `looked_at` how many of the newest were asked about, one by one."""

    box: RuleBox
    total: Count
    looked_at: int
    reaches: tuple[Reach, ...]
    problem: str = ""


def find_person(key: str, catalog: Catalog) -> Person | None:
    """Whom `COLLECTION:ID` means, or `COLLECTION:EMAIL`; None for nobody. Superusers pass every rule."""
    name, colon, said = key.partition(":")
    collection = catalog.find(name) if colon else None
    if collection is None or not collection.is_auth or collection.system or not said.strip():
        return None
    said = said.strip()
    record = find_record(collection, said)
    if record is None and "@" in said:
        record = find_first(collection, "email", said, ignore_case=True)
    return Person(_label(record), record) if record else None


def try_rule(box: RuleBox, collection: Collection, people: Sequence[Person]) -> Trial:
    """Raises OutOfTime; what the database cannot answer is the trial's `problem`."""
    newest = _newest(collection)
    total = Count(_count(collection, _query(collection, "", RequestInfo())))
    try:
        with shielded():
            reaches = tuple(_reach(box, collection, person, newest) for person in people)
    except OutOfTime:
        raise
    except (FilterError, DatabaseError) as error:
        return Trial(box, total, len(newest), (), str(error).splitlines()[0])
    return Trial(box, total, len(newest), reaches)


def _reach(box: RuleBox, collection: Collection, person: Person, newest: list[Record]) -> Reach:
    info = RequestInfo(method=_METHODS.get(box.kind.name, "GET"), auth=person.record)
    old, new = _rule_for(box, box.stored, person), _rule_for(box, box.rule, person)
    if box.kind.name == "createRule":
        newest = newest[:MOST_SHOWN]
        before = after = None
        let_before, let_after = _creatable(newest, old, info), _creatable(newest, new, info)
    else:
        before, let_before = _asked(collection, old, info, newest)
        after, let_after = (before, let_before) if old == new else _asked(collection, new, info, newest)
    seen = [_seen(record, let_before, let_after) for record in newest]
    shown = sorted(seen, key=lambda one: not one.change)[:MOST_SHOWN]
    return Reach(
        person,
        before,
        after,
        tuple(shown),
        gained=sum(one.change == "gained" for one in seen),
        lost=sum(one.change == "lost" for one in seen),
    )


def _rule_for(box: RuleBox, rule: str | None, person: Person) -> str | None:
    """Guests manage nobody, whatever the rule says."""
    return None if box.kind.name == "manageRule" and (person.record is None or not rule) else rule


def _asked(
    collection: Collection, rule: str | None, info: RequestInfo, newest: list[Record]
) -> tuple[Count, set[str]]:
    """How many records the rule lets through, and which of the newest."""
    if rule is None:
        return Count(0), set()
    query = _query(collection, rule, info)
    ids = [record.id for record in newest]
    among = fetch_all(*among_ids_sql(collection, ids, query, only_ids=True)) if ids else []
    return Count(_count(collection, query)), {row[0] for row in among}


def _creatable(records: list[Record], rule: str | None, info: RequestInfo) -> set[str]:
    """Those that could be made anew, each with all of its values sent."""
    if rule is None:
        return set()
    let = set()
    for record in records:
        body = dict(_sendable(record))
        if planned_record_satisfies(
            Record(record.collection, dict(record.values)), rule, info.with_body(body)
        ):
            let.add(record.id)
    return let


def _sendable(record: Record) -> Iterator[tuple[str, Any]]:
    for field in record.collection.fields:
        if not field.is_secret and field.type != "autodate" and field.name not in {"id", "tokenKey"}:
            yield field.name, field.to_rule(record.values[field.name])


def _query(collection: Collection, rule: str, info: RequestInfo) -> RecordQuery:
    """With a sort it is kept among the filters, which push out each other: it may never be asked again."""
    return compile_query(collection, info=info, rule=rule, sort="id")


def _count(collection: Collection, query: RecordQuery) -> int:
    row = fetch_one(*count_sql(collection, query, most=MOST_COUNTED + 1))
    return int(row[0]) if row else 0


def _newest(collection: Collection) -> list[Record]:
    sort = "" if collection.is_view else "-@rowid"
    query = compile_query(collection, info=RequestInfo(), sort=sort, allows_hidden=True)
    return decode_rows(collection, fetch_all(*page_sql(collection, query, limit=MOST_LOOKED_AT, offset=0)))


def _seen(record: Record, before: set[str], after: set[str]) -> Seen:
    is_let, was_let = record.id in after, record.id in before
    change: Change = "" if is_let == was_let else "gained" if is_let else "lost"
    return Seen(record.id, _label(record), is_let, change)


def _label(record: Record) -> str:
    item = {field.name: field.to_json(record.values[field.name]) for field in record.collection.fields}
    return label_of(record.collection, item)
