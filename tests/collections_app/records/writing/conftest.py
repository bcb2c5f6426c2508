"""What the writing tests write to."""

from typing import Any

import pytest

from collections_app.collection import Collection
from tests.collections_app.records.writing.sending import Sender
from tests.reference.writing_collections import OPEN

MODIFIABLE: list[dict[str, Any]] = [
    {"type": "text", "name": "t"},
    {"type": "number", "name": "n"},
    {"type": "select", "name": "s", "values": list("abcd"), "maxSelect": 4},
    {"type": "select", "name": "s1", "values": list("ab"), "maxSelect": 1},
    {"type": "text", "name": "ag", "autogeneratePattern": "[0-9]{3}"},
    {"type": "json", "name": "j"},
    {"type": "file", "name": "f", "maxSelect": 5, "maxSize": 1000},
    {"type": "file", "name": "f1", "maxSelect": 1},
    {"type": "text", "name": "h", "hidden": True},
    {"type": "autodate", "name": "updated", "onCreate": True, "onUpdate": True},
]


@pytest.fixture
def guest(db: None) -> Sender:
    return Sender()


@pytest.fixture
def root(db: None) -> Sender:
    """The superuser."""
    return Sender.superuser()


@pytest.fixture
def c(make_collection) -> Collection:
    """The collection of contract/records.md 15, open to everybody."""
    return make_collection("c", MODIFIABLE, **OPEN)


@pytest.fixture(autouse=True)
def _own_storage(own_storage) -> None:
    """Every test has one."""
