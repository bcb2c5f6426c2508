"""By what people tell records apart: their presentable fields, or what is most like a name.

Reference: contract/dashboard.md, RL-08; ui/src/utils.js (fallbackPresentableProps), PocketBase v0.39.11.
"""

from collections.abc import Mapping
from typing import Any

from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.fields.base import Field
from collections_app.fields.relation_field import RelationField
from collections_app.records.reading.excerpts import excerpt

MOST_CHARACTERS = 150
# Of the records that another one is called by.
MOST_NAMED = 3
# Deep enough for every editor's markup in front of its first words.
_MOST_READ = 4000
_NAMES = (
    "title",
    "name",
    "slug",
    "email",
    "username",
    "nickname",
    "displayName",
    "label",
    "subject",
    "topic",
    "message",
    "heading",
    "headline",
    "header",
    "caption",
    "key",
    "identifier",
)


@derived
def label_fields(collection: Collection) -> tuple[Field, ...]:
    """The presentable fields, or one that is there of those that are usually a name."""
    presentable = tuple(field for field in collection.fields if field.presentable and not field.is_secret)
    if presentable:
        return presentable
    fields = collection.fields_by_name
    named = next((fields[name] for name in _NAMES if name in fields and not fields[name].is_secret), None)
    return (named,) if named else ()


def label_of(collection: Collection, item: Mapping[str, Any]) -> str:
    """A short text for a presented record, its id when nothing else says anything."""
    texts = (_label_text(field, item) for field in label_fields(collection))
    return cut(" · ".join(text for text in texts if text), MOST_CHARACTERS) or str(item["id"])


def expanded_paths(field: RelationField) -> list[str]:
    """What to expand so that the records behind a relation can be called by their names.

    Those may be called by records again; deeper, and back to where it came from, an id has to do.
    """
    target = catalog().by_id(field.collection_id)
    further = [one.name for one in label_fields(target) if isinstance(one, RelationField)] if target else []
    return [field.name, *(f"{field.name}.{name}" for name in further)]


def _label_text(field: Field, item: Mapping[str, Any]) -> str:
    """As `text_of`; a relation by what the records that it leads to are called, where they are expanded."""
    if not isinstance(field, RelationField):
        return text_of(field, item.get(field.name))
    expanded = (item.get("expand") or {}).get(field.name)
    found = [one for one in (expanded if isinstance(expanded, list) else [expanded]) if one]
    target = catalog().by_id(field.collection_id)
    if target is None or not found or not all(isinstance(one, Mapping) for one in found):
        return text_of(field, item.get(field.name))
    return ", ".join(_own_label(target, one) for one in found[:MOST_NAMED])


def _own_label(collection: Collection, item: Mapping[str, Any]) -> str:
    """The label without what its relations lead to."""
    fields = (field for field in label_fields(collection) if not isinstance(field, RelationField))
    texts = (text_of(field, item.get(field.name)) for field in fields)
    return " · ".join(text for text in texts if text) or str(item["id"])


def text_of(field: Field, value: Any) -> str:
    """A value of any type as a short line of text, "" for one that says nothing."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return field.name if value else ""
    if field.type == "editor":
        return excerpt(str(value)[:_MOST_READ], max_characters=MOST_CHARACTERS, with_ellipsis=True)
    if field.type == "geoPoint":
        return f"{value['lon']}, {value['lat']}"
    if field.type in {"date", "autodate"}:
        return str(value)[:16]
    if isinstance(value, list):
        return ", ".join(map(str, value[:3]))
    return cut(" ".join(str(value)[:_MOST_READ].split()), MOST_CHARACTERS)


def cut(text: str, most: int) -> str:
    """
    >>> cut("abcdef", 4), cut("abc", 4)
    ('abc…', 'abc')
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"
