"""Articles and who wrote them: what the tests of the Python side of records work with."""

from collections.abc import Callable, Iterable
from typing import Any

from collections_app.collection import Collection
from collections_app.fetching import new_record
from collections_app.records.record import Record
from collections_app.records.writing.saving import save_record
from tests.reference.writing_collections import make_accounts

FIELDS: list[dict[str, Any]] = [
    {"type": "text", "name": "title", "required": True},
    {"type": "text", "name": "slug", "autogeneratePattern": "[a-z]{4}"},
    {"type": "text", "name": "status"},
    {"type": "text", "name": "category"},
    {"type": "number", "name": "views"},
    {"type": "bool", "name": "active"},
    {"type": "date", "name": "published"},
    {"type": "select", "name": "tags", "values": ["a", "b", "c"], "maxSelect": 3},
    {"type": "select", "name": "kind", "values": ["a", "b"], "maxSelect": 1},
    {"type": "file", "name": "documents", "maxSelect": 5},
    {"type": "json", "name": "meta"},
    {"type": "geoPoint", "name": "place"},
    {"type": "text", "name": "note", "hidden": True},
    {"type": "password", "name": "secret", "cost": 4},
    {"type": "relation", "name": "author", "collectionId": "pbc_writers"},
    {"type": "relation", "name": "editors", "collectionId": "pbc_writers", "maxSelect": 5},
    {"type": "autodate", "name": "created", "onCreate": True},
]


def make_articles(make: Callable[..., Collection], **attributes: Any) -> Collection:
    """`articles`, and `writers` who sign in."""
    make_accounts(make, "writers")
    return make("articles", FIELDS, **attributes)


def write(**values: Any) -> Record:
    """A stored article."""
    return saved("articles", {"title": "Untitled", **values})


def hire(name: str, **values: Any) -> Record:
    """A stored writer whose password is `1234567890`."""
    account = {"email": f"{name}@example.com", "password": "1234567890", "name": name}
    return saved("writers", {**account, **values})


def saved(collection: str, values: dict[str, Any]) -> Record:
    record = new_record(collection, values)
    save_record(record)
    return record


def titles(records: Iterable[Record]) -> list[str]:
    return [record["title"] for record in records]
