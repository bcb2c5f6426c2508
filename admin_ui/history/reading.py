"""Reading the history: its entries, newest first, with old and new of each field as people read them."""

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from admin_ui.history.recording import oldest
from admin_ui.models import Change

PER_PAGE = 40
MOST_SHOWN_CHARACTERS = 600


@dataclass(frozen=True)
class Difference:
    """One field; `old` and `new` are "" where there is nothing, and both where they are not kept."""

    name: str
    old: str
    new: str
    is_kept: bool


@dataclass(frozen=True)
class Entry:
    """`is_first_of_day` begins a new heading."""

    change: Change
    differences: tuple[Difference, ...]
    is_first_of_day: bool

    @property
    def can_be_restored(self) -> bool:
        return self.change.kind == "delete" and self.change.record_id != "" and self.change.is_whole


@dataclass(frozen=True)
class Page:
    """`older` is where the next page begins, None at the end."""

    entries: tuple[Entry, ...]
    older: int | None


def read_page(changes: "QuerySet[Change]", before: str) -> Page:
    """The changes before the one with this id, from the newest on; text that is no id is no bound."""
    kept = changes.filter(at__gte=oldest()).order_by("-id")
    if before.isdecimal() and before.isascii() and len(before) < 19:
        kept = kept.filter(id__lt=int(before))
    rows = list(kept[: PER_PAGE + 1])
    shown = rows[:PER_PAGE]
    days = [row.at.date() for row in shown]
    entries = tuple(
        Entry(row, differences_of(row), at == 0 or days[at] != days[at - 1]) for at, row in enumerate(shown)
    )
    return Page(entries, shown[-1].pk if len(rows) > PER_PAGE else None)


def differences_of(change: Change) -> tuple[Difference, ...]:
    """What was changed; of records that were made or deleted what they held, without what was empty."""
    found = []
    for name, pair in json.loads(change.fields).items():
        if pair is None:
            if change.kind == "update":
                found.append(Difference(name, "", "", is_kept=False))
            continue
        old, new = (_shown(text) for text in pair)
        if change.kind == "update" or old or new:
            found.append(Difference(name, old, new, is_kept=True))
    return tuple(found)


def kept_values(change: Change) -> dict[str, Any]:
    """What a deleted record held, by field, as JSON texts."""
    return {name: pair[0] for name, pair in json.loads(change.fields).items() if pair is not None}


def _shown(text: str) -> str:
    """A value's JSON as people read it: texts as they are, "" for what is empty."""
    if text in {"null", '""', "[]", "{}", "0", "false"}:
        return ""
    value = json.loads(text)
    shown = value if isinstance(value, str) else text
    return shown if len(shown) <= MOST_SHOWN_CHARACTERS else f"{shown[:MOST_SHOWN_CHARACTERS]}…"
