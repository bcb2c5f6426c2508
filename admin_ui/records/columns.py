"""The columns of a collection's list: which there are, which are shown, and what is on a narrow sheet."""

from collections.abc import Collection as Names
from dataclasses import dataclass
from typing import Literal

from admin_ui.records.labels import label_fields
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.relation_field import RelationField
from collections_app.system_names import SUPERUSERS

# What a cell is where rows are cards (tables.css); "" for those that are left out there.
Card = Literal["title", "badge", "meta", "thumb", ""]

ICONS = {
    "text": "type",
    "editor": "pilcrow",
    "number": "hash",
    "bool": "toggle-left",
    "email": "at-sign",
    "url": "link",
    "date": "calendar",
    "autodate": "calendar-clock",
    "select": "list-checks",
    "file": "image",
    "relation": "waypoints",
    "json": "braces",
    "geoPoint": "map-pin",
    "password": "lock",
}
_UNSORTED = frozenset({"json", "geoPoint", "file"})
_NEVER = frozenset({"password", "tokenKey"})


@dataclass(frozen=True)
class Column:
    """`sort` is what the API sorts by for it, "" where that makes no sense."""

    field: Field
    icon: str
    sort: str
    card: Card
    is_shown: bool

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def kind(self) -> str:
        """What the cells are rendered as: `cells/{kind}.html`."""
        return "id" if self.name == "id" else self.field.type


def columns_of(collection: Collection, chosen: Names[str] | None) -> tuple[Column, ...]:
    """All of them, those that say what a record is first; `chosen` are the names of the shown ones.

    Without a choice all but the hidden fields are shown.
    """
    fields = [field for field in collection.fields if not _is_never_shown(collection, field)]
    named = [field for field in label_fields(collection) if field in fields]
    ids = [field for field in fields if field.name == "id"]
    title = (named or ids)[:1]
    ordered = [*title, *(one for one in [*named, *ids] if one not in title)]
    ordered += [field for field in fields if field not in ordered]
    cards = _cards(ordered, title)
    return tuple(
        Column(
            field,
            "key-round" if field.name == "id" else ICONS.get(field.type, "puzzle"),
            _sort_of(field),
            cards.get(field.name, ""),
            field in title or (not field.hidden if chosen is None else field.name in chosen),
        )
        for field in ordered
    )


def _is_never_shown(collection: Collection, field: Field) -> bool:
    is_password = field.is_secret or (collection.is_auth and field.name in _NEVER)
    return is_password or (collection.name == SUPERUSERS and field.name == "verified")


def _cards(fields: list[Field], title: list[Field]) -> dict[str, Card]:
    """One cell for each place of a card."""
    cards: dict[str, Card] = {field.name: "title" for field in title}
    rest = [field for field in fields if field not in title and not field.hidden]

    def give(card: Card, *types: str) -> None:
        found = next(
            (one for kind in types for one in rest if one.type == kind and one.name not in cards), None
        )
        if found:
            cards[found.name] = card

    give("thumb", "file")
    give("badge", "select")
    give("meta", "relation", "date", "email", "autodate", "number", "text")
    return cards


def _sort_of(field: Field) -> str:
    if field.type in _UNSORTED or (field.is_multiple and field.type != "select"):
        return ""
    if isinstance(field, RelationField):
        target = catalog().by_id(field.collection_id)
        names = label_fields(target) if target else ()
        return f"{field.name}.{names[0].name}" if names and names[0].type not in _UNSORTED else field.name
    return field.name
