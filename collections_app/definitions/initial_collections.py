"""The collections that a new data directory starts with, which `auth_app` announces at start-up.

Module state because their definitions stand above this app, and a snapshot must know which are untouched.
"""

from collections.abc import Callable, Iterable

from collections_app.collection import Collection
from collections_app.definitions.definition_json import definition_as_json

Builder = Callable[[], Iterable[Collection]]

_builders: list[Builder] = []


def announce_initial_collections(build: Builder) -> None:
    _builders[:] = [build]


def is_untouched(collection: Collection) -> bool:
    """Whether a collection still is one that every new data directory has."""
    initial = (one for build in _builders for one in build() if one.id == collection.id)
    return any(_comparable(one) == _comparable(collection) for one in initial)


def _comparable(collection: Collection) -> dict[str, object]:
    """The definition without secrets, of which every directory has its own, and without times."""
    shown = definition_as_json(collection)
    return {key: value for key, value in shown.items() if key not in ("created", "updated")}
