"""What a cell of the list shows of a value, whoever wrote it: texts to be escaped, cut to fit a line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from django.urls import reverse

from admin_ui.records.addresses import part_address, record_address
from admin_ui.records.columns import Column
from admin_ui.records.labels import MOST_CHARACTERS, cut, label_of, text_of
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.fields.file_field import FileField
from collections_app.fields.relation_field import RelationField
from collections_app.fields.select_field import SelectField

MOST_RELATIONS = 3
MOST_FILES = 5
_HUES = 8
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_SAFE_SCHEMES = frozenset({"http", "https"})


@dataclass(frozen=True)
class Item:
    """One of several things in a cell; `address` is "" where it leads nowhere.

    `hue` is 1 to 8 for a choice and 0 without one; `picture` is the address of a thumb, `id` a record's.
    """

    text: str
    address: str = ""
    id: str = ""
    hue: int = 0
    picture: str = ""
    is_broken: bool = False
    is_person: bool = False


@dataclass(frozen=True)
class Cell:
    """`kind` names the template; `more` is how many items are left out."""

    kind: str
    text: str = ""
    items: tuple[Item, ...] = ()
    more: int = 0
    full: str = ""
    card: str = ""

    @property
    def template(self) -> str:
        return f"admin_ui/cells/{self.kind}.html"

    @property
    def is_empty(self) -> bool:
        return not self.text and not self.items


_KINDS = frozenset({"id", "number", "bool", "select", "date", "relation", "file", "json", "geoPoint", "url"})
_AS = {"autodate": "date"}


def cell_of(collection: Collection, column: Column, item: Mapping[str, Any], file_token: str) -> Cell:
    """The cell of a presented record; a type that nobody foresaw is shown as text."""
    kind = _AS.get(column.kind, column.kind)
    field, value = column.field, item.get(column.name)
    if isinstance(field, SelectField):
        items = tuple(Item(text, hue=hue_of(field, text)) for text in as_list(value))
        return Cell(
            "select", items=items[:MOST_RELATIONS], more=len(items[MOST_RELATIONS:]), card=column.card
        )
    if isinstance(field, RelationField):
        items = related(field, item)
        return Cell(
            "relation", items=items[:MOST_RELATIONS], more=len(items[MOST_RELATIONS:]), card=column.card
        )
    if isinstance(field, FileField):
        items = files(collection, field, item, file_token)
        return Cell("file", items=items[:MOST_FILES], more=len(items[MOST_FILES:]), card=column.card)
    if kind == "json":
        full = cut(str(value), 4 * MOST_CHARACTERS)
        return Cell("json", "" if full == "null" else cut(full, MOST_CHARACTERS), full=full, card=column.card)
    if kind == "number":
        return Cell("number", "" if value is None else str(value), card=column.card)
    if kind == "bool":
        return Cell("bool", "true" if value else "false", card=column.card)
    if kind == "geoPoint" and isinstance(value, Mapping) and value["lon"] == value["lat"] == 0:
        return Cell("text", card=column.card)
    if kind == "date":
        return Cell("date", str(value or "")[:16], full=str(value or ""), card=column.card)
    text = text_of(field, value)
    if kind == "url":
        address = text if is_safe_address(str(value)) else ""
        return Cell("url", text, (Item(text, address),) if text else (), card=column.card)
    return Cell(kind if kind in _KINDS else "text", text, card=column.card)


def hue_of(field: SelectField, value: str) -> int:
    """By its place among the choices, so that neighbours differ; 0 for what is no choice any more."""
    values = field.values or ()
    return values.index(value) % _HUES + 1 if value in values else 0


def related(field: RelationField, item: Mapping[str, Any]) -> tuple[Item, ...]:
    """The related records that there are under their names, the others as their ids, marked."""
    target = catalog().by_id(field.collection_id)
    expanded = as_list((item.get("expand") or {}).get(field.name))
    found = {one["id"]: one for one in expanded if isinstance(one, Mapping)}
    return tuple(
        Item(label_of(target, found[id_]), record_address(target, id_), id_, is_person=target.is_auth)
        if target and id_ in found
        else Item(id_, id=id_, is_broken=True)
        for id_ in as_list(item.get(field.name))
    )


def files(
    collection: Collection, field: FileField, item: Mapping[str, Any], file_token: str
) -> tuple[Item, ...]:
    token = file_token if field.protected else ""
    # A token is over soon, a page may stay open: a link gets one when somebody follows it.
    return tuple(
        Item(
            name,
            part_address("record_file", collection, str(item["id"]), name)
            if field.protected
            else file_address(collection, item["id"], name),
            picture=file_address(collection, item["id"], name, token=token, thumb="100x100")
            if is_picture(name)
            else "",
        )
        for name in as_list(item.get(field.name))
    )


def file_address(
    collection: Collection, record_id: str, name: str, *, token: str = "", thumb: str = ""
) -> str:
    """Where the API serves a file; a protected one needs a file token."""
    parts = "/".join(quote(part, safe="") for part in (collection.id, record_id, name))
    query = "&".join([*([f"thumb={thumb}"] if thumb else []), *([f"token={token}"] if token else [])])
    return f"{reverse('admin:index').removesuffix('_/')}api/files/{parts}{f'?{query}' if query else ''}"


def is_picture(name: str) -> bool:
    """Whether thumbs are made of a file of that name."""
    return name.lower().endswith(_PICTURES)


def is_safe_address(text: str) -> bool:
    """Whether a link may lead there: no script of somebody else's runs from a click on it."""
    try:
        return urlsplit(text).scheme.lower() in _SAFE_SCHEMES
    except ValueError:
        return False


def as_list(value: Any) -> list[Any]:
    """
    >>> as_list("a"), as_list(""), as_list(["a", "b"])
    (['a'], [], ['a', 'b'])
    """
    if isinstance(value, list):
        return value
    return [value] if value else []


def first_picture(cells: tuple[Cell, ...]) -> str:
    """The thumb that a row shows beside its name."""
    pictures = (item.picture for cell in cells if cell.kind == "file" for item in cell.items)
    return next(filter(None, pictures), "")
