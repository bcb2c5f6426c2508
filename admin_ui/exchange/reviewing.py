"""What an import would do, collection by collection, before it is done (contract/dashboard.md IM-02..05)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext, ngettext

from admin_ui.collection.review import MOST_LOOKED_AT, Change, changes_of
from admin_ui.exchange.differences import Section, sections_of
from admin_ui.shell import collection_icon
from collections_app.collection import Collection
from collections_app.definitions.definition_json import complete_options
from collections_app.definitions.importing import Planned, plan_import
from collections_app.tables.losses_sql import count_records

Json = dict[str, Any]
Kind = Literal["added", "changed", "renamed", "deleted"]

# Of so many tables it is asked how many records they have.
_MOST_COUNTED = 50


@dataclass(frozen=True)
class Reviewed:
    """A collection that does not stay as it is; `goes` says of one that is deleted what goes with it."""

    kind: Kind
    name: str
    old_name: str
    id: str
    icon: str
    sections: tuple[Section, ...]
    changes: tuple[Change, ...]
    goes: str = ""
    has_records: bool = False

    @property
    def losses(self) -> list[tuple[str, str]]:
        """What goes for good: a field, or "" for the whole collection, and the words for that."""
        if self.kind == "deleted":
            return [("", self.goes)] if self.has_records else []
        return [(change.name, change.words) for change in self.changes if change.loses]

    @property
    def told(self) -> list[Change]:
        """What stands side by side needs no words besides, unless somebody should have read them."""
        return [change for change in self.changes if change.asks and not change.loses]

    @property
    def plus(self) -> int:
        return sum(section.added for section in self.sections)

    @property
    def tilde(self) -> int:
        return sum(section.changed for section in self.sections)

    @property
    def minus(self) -> int:
        return sum(section.removed for section in self.sections)


@dataclass(frozen=True)
class Review:
    """`missing` says what would go if what the file lacks were deleted, "" for nothing."""

    collections: tuple[Reviewed, ...]
    unchanged: tuple[str, ...]
    missing: str = ""

    @property
    def loses(self) -> bool:
        return any(one.losses for one in self.collections)

    @property
    def summary(self) -> str:
        """Such as "1 new, 2 changed"."""
        words = {
            "added": lambda n: ngettext("{n} new", "{n} new", n),
            "changed": lambda n: ngettext("{n} changed", "{n} changed", n),
            "renamed": lambda n: ngettext("{n} renamed", "{n} renamed", n),
            "deleted": lambda n: ngettext("{n} deleted", "{n} deleted", n),
        }
        counts = {kind: sum(one.kind == kind for one in self.collections) for kind in words}
        return ", ".join(words[kind](count).format(n=count) for kind, count in counts.items() if count)


def review_of(items: Sequence[Json], *, delete_missing: bool) -> Review:
    """Raises Invalid for definitions that cannot be read."""
    planned = plan_import(items, delete_missing=delete_missing)
    changed, unchanged = [], []
    for number, one in enumerate(planned):
        reviewed = _reviewed(one, counts=number < _MOST_COUNTED)
        if reviewed is None:
            unchanged.append((one.after or one.before).name)  # type: ignore[union-attr]  # one is there
        else:
            changed.append(reviewed)
    missing = "" if delete_missing else _missing(plan_import(items, delete_missing=True))
    return Review(tuple(changed), tuple(sorted(unchanged)), missing)


def _reviewed(planned: Planned, *, counts: bool) -> Reviewed | None:
    """None for a collection that stays as it is."""
    old, new = planned.before, planned.after
    sections = tuple(sections_of(old, new))
    if old is not None and new is not None and not sections and not _secrets_differ(old, new):
        return None
    shown = new or old
    assert shown is not None  # noqa: S101 - of a planned collection there is one side at least
    changes: list[Change] = []
    if old is not None and new is not None and old.type == new.type and counts:
        changes = changes_of(old, new)
    goes, has_records = _going(old, counts=counts) if old and new is None else ("", False)
    return Reviewed(
        kind=_kind(old, new),
        name=shown.name,
        old_name=old.name if old and new and old.name != new.name else "",
        id=shown.id,
        icon=collection_icon(shown),
        sections=sections,
        changes=tuple(changes),
        goes=goes,
        has_records=has_records,
    )


def _kind(old: Collection | None, new: Collection | None) -> Kind:
    if old is None:
        return "added"
    if new is None:
        return "deleted"
    return "changed" if old.name == new.name else "renamed"


def _secrets_differ(old: Collection, new: Collection) -> bool:
    """Whether something changes that is never shown."""
    return complete_options(old.type, old.options) != complete_options(new.type, new.options)


def _going(collection: Collection, *, counts: bool) -> tuple[str, bool]:
    """What goes with a collection, in words, and whether records do."""
    if collection.is_view:
        return gettext("It goes; a view has no records of its own."), False
    if not counts:
        return gettext("It goes, with all its records."), True
    count = count_records(collection.name, among=MOST_LOOKED_AT + 1)
    if count > MOST_LOOKED_AT:
        return gettext("It goes, with more than {count} records.").format(count=f"{MOST_LOOKED_AT:,}"), True
    if not count:
        return gettext("It goes; it has no records."), False
    words = ngettext("It goes, with {count} record.", "It goes, with {count} records.", count)
    return words.format(count=f"{count:,}"), True


def _missing(planned: Sequence[Planned]) -> str:
    going = [one.before for one in planned if one.before is not None and one.after is None]
    fields = sum(_fields_that_go(one) for one in planned)
    records = sum(
        count_records(one.name, among=MOST_LOOKED_AT + 1) for one in going[:_MOST_COUNTED] if not one.is_view
    )
    parts = []
    if going:
        words = ngettext("{n} collection", "{n} collections", len(going)).format(n=len(going))
        names = ", ".join(one.name for one in going[:3]) + ("…" if len(going) > 3 else "")
        parts.append(f"{words} ({names})")
        shown = (
            f"{records:,}"
            if records <= MOST_LOOKED_AT
            else gettext("more than {n}").format(n=f"{MOST_LOOKED_AT:,}")
        )
        parts.append(ngettext("{n} record", "{n} records", records).format(n=shown))
    if fields:
        parts.append(ngettext("{n} field", "{n} fields", fields).format(n=fields))
    return ", ".join(parts)


def _fields_that_go(planned: Planned) -> int:
    if planned.before is None or planned.after is None or planned.before.is_view:
        return 0
    kept = {field.id for field in planned.after.fields}
    return sum(field.id not in kept for field in planned.before.fields)
