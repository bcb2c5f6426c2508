"""Whether requesters may see a record: asked for many of them in one statement.

A rule is compiled once per shape of the request (`resolving.py`): requesters of one shape share its SQL and
differ in its parameters alone, such as the id of who is signed in. So what 250 users may see of a record
written a moment ago takes one statement, not 250.
"""

import logging
import weakref
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from django.db import DatabaseError

from collections_app.catalog import Catalog, catalog
from collections_app.collection import Collection
from collections_app.filterlang.fragments_sql import params_of
from collections_app.records.querying.planned_sql import PLANNED_TABLE
from collections_app.records.querying.questions_sql import (
    Kind,
    Row,
    Subject,
    alone_sql,
    differing_positions,
    is_exact,
    together_sql,
)
from collections_app.records.querying.resolving import RecordQuery, compile_query
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.stale_schema import try_again, unless_outdated
from platform_app.database.lanes import OutOfTime, check_time
from platform_app.database.rows import fetch_all
from platform_app.database.transactions import shielded

logger = logging.getLogger(__name__)

# A question with its parameters as they are bound now.
Asked = tuple["Question", Row]

# What one statement asks at once; a number counts as so many characters.
_MOST_TOGETHER = 2000
_MOST_CHARACTERS = 1_000_000
_NUMBER_CHARACTERS = 40
# LIKE compares every place of a pattern with every place of a value, in one step.
_ENDLESS_STEPS = (" LIKE ", "joey_like(")
_LONGEST_BESIDE_OTHERS = 100


class Question:
    """What one requester asks of any record of a collection: whether it passes a rule and a filter.

    Equal ones have the same answer; those with the same `statement` are asked together. One may be kept while
    it `is_current` and the record of who asks is the same: what it says of the time is read when it is asked.
    """

    __slots__ = (
        "_hash",
        "_identity",
        "_snapshot",
        "fragments",
        "has_moments",
        "is_planned",
        "kinds",
        "params",
        "statement",
    )

    def __init__(self, query: RecordQuery, snapshot: Catalog, *, is_planned: bool) -> None:
        self._snapshot = weakref.ref(snapshot)
        self.is_planned = is_planned
        self.fragments = query.fragments
        places = params_of(query.fragments[0] + query.fragments[1])
        self.kinds: tuple[Kind, ...] = tuple(place.kind for place in places)
        self.has_moments = any(place.is_moment for place in places)
        # What reads a moment stands in its place.
        self.params: Row = tuple(
            place.read if place.is_moment else value
            for place, value in zip(places, query.params, strict=True)
        )
        exact = tuple(map(_exact, self.params))
        is_endless = any(step in sql for step in _ENDLESS_STEPS for sql in (query.from_sql, query.where_sql))
        # A list is no column of a table, and who may take all the time there is takes it from nobody else:
        # where these differ, so does the statement.
        own = tuple(
            value
            for value, kind in zip(exact, self.kinds, strict=True)
            if kind == "list" or (is_endless and _is_long(value))
        )
        self.statement: Hashable = (query.from_sql, query.where_sql, self.kinds, own, is_planned)
        self._identity = (self.statement, exact)
        self._hash = hash(self._identity)

    @property
    def is_current(self) -> bool:
        """Whether it was made with the collections as they are."""
        return self._snapshot() is catalog()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Question) and self._hash == other._hash and self._identity == other._identity

    def __hash__(self) -> int:
        return self._hash


def question(
    collection: Collection,
    info: RequestInfo,
    rule: str,
    filter: str = "",  # noqa: A002 - the name of the query parameter
    *,
    planned: bool = False,
) -> Question:
    """What `info` asks: whether a record passes a trusted `rule` and a client's `filter`; "" adds nothing.

    In such a filter nobody may use hidden fields, superusers included (contract/realtime.md 5).
    `planned` ones are asked about records that are not stored. Who calls decides about null rules.
    Raises FilterError.
    """
    snapshot = catalog()
    query = compile_query(
        collection,
        info=info,
        rule=rule,
        filter=filter,
        base_table=PLANNED_TABLE if planned else None,
        allows_hidden=False,
        catalog=snapshot,
    )
    return Question(query, snapshot, is_planned=planned)


def answers(collection: Collection, record: Record | str, questions: Sequence[Question]) -> list[bool]:
    """Whether `record` passes each of `questions`: the stored one of an id, or one that is not stored.

    The answer is False where there is none: a statement failed, or all the time of this thread's allowance
    was over by then. Raises NeedsTime as any read does; ValueError for planned questions about a stored
    record, and the other way round.
    """
    subject = Subject(collection, record)
    if any(asked.is_planned is not subject.is_planned for asked in questions):
        raise ValueError("planned questions are about records that are not stored, and only they are")
    allowed = dict.fromkeys(questions, False)
    by_statement: dict[Hashable, list[Question]] = {}
    for asked in allowed:
        by_statement.setdefault(asked.statement, []).append(asked)
    moments: dict[Callable[[Any], Any], Any] = {}
    try:
        for alike in by_statement.values():
            for asked in _passing(subject, [(asked, _row(asked, moments)) for asked in alike]):
                allowed[asked] = True
    except OutOfTime:
        logger.info("no time is left for all who ask about a record of %s", collection.name)
    return [allowed[asked] for asked in questions]


def _row(asked: Question, moments: dict[Callable[[Any], Any], Any]) -> Row:
    """The parameters as they are bound now; `moments` are those that others have read already."""
    if not asked.has_moments:
        return asked.params
    for read in filter(callable, asked.params):
        if read not in moments:
            moments[read] = read(None)
    return tuple([moments[value] if callable(value) else value for value in asked.params])


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > _LONGEST_BESIDE_OTHERS


def _exact(value: Any) -> Hashable:
    """What only equals what is bound alike."""
    if isinstance(value, float):
        return repr(value)  # 0.0 == -0.0
    return tuple(value) if isinstance(value, list) else value


# --- asking ---------------------------------------------------------------------------------------------


def _passing(subject: Subject, alike: list[Asked]) -> Iterator[Question]:
    """Those of the questions of one statement that the subject passes."""
    kinds = alike[0][0].kinds
    differing = differing_positions(kinds, [row for _, row in alike])
    if not differing:
        if _passes(subject, alike[0]):
            yield from (asked for asked, _ in alike)
        return
    part: list[Asked] = []
    characters = 0
    for one in alike:
        row = one[1]
        if not is_exact(kinds, row, differing):
            if _passes(subject, one):
                yield one[0]
            continue
        part.append(one)
        characters += sum([len(row[at]) if kinds[at] == "text" else _NUMBER_CHARACTERS for at in differing])
        if len(part) == _MOST_TOGETHER or characters > _MOST_CHARACTERS:
            yield from _passing_together(subject, part, differing)
            part, characters = [], 0
    if part:
        yield from _passing_together(subject, part, differing)


def _passes(subject: Subject, one: Asked) -> bool:
    asked, row = one
    try:
        with shielded():
            return bool(fetch_all(*alone_sql(subject, asked.fragments, row)))
    except DatabaseError as error:
        _require_answer(error, asked)
        return False


def _passing_together(subject: Subject, part: list[Asked], differing: list[int]) -> Iterator[Question]:
    """The same of several; a statement fails for all of them, and so the one that ails it is sought."""
    first = part[0][0]
    if len(part) == 1:
        if _passes(subject, part[0]):
            yield first
        return
    rows = [row for _, row in part]
    try:
        with shielded():
            found = fetch_all(*together_sql(subject, first.fragments, first.kinds, rows, differing))
    except DatabaseError as error:
        _require_answer(error, first)
        half = len(part) // 2
        yield from _passing_together(subject, part[:half], differing)
        yield from _passing_together(subject, part[half:], differing)
    else:
        yield from (part[index][0] for (index,) in found)


def _require_answer(error: DatabaseError, asked: Question) -> None:
    """Returns when `error` is the answer: the collections are as they were, and time is not over."""
    unless_outdated(error)
    if not asked.is_current:
        try_again()
    check_time()
