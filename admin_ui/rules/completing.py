"""The names that fit what somebody has typed of a rule or a filter so far.

What stands before the last dot is followed as the compiler would follow it, and only what lies behind that is
looked through, a level at a time and no more than so many names: a hundred collections that point at each
other have millions of paths.
Reference: contract/dashboard.md, RU-03; ui/src/collections/autocomplete.utils.js, PocketBase v0.39.11.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from django.utils.translation import gettext

from admin_ui.records.columns import ICONS
from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.relation_field import RelationField
from collections_app.filterlang.macros import MACROS
from collections_app.records.querying.back_relations import back_relation
from collections_app.records.querying.joins_sql import LIST_TYPES

MOST_OPTIONS = 30
MOST_LEVELS = 4
# So many names are compared with what was typed, and no more.
MOST_NAMES = 3000
_MOST_CHARACTERS = 300

_FUNCTIONS = ("geoDistance(", "strftime(")
_REQUEST = ("context", "method", "auth.", "body.", "query.", "headers.")
_TEXTS = frozenset({"text", "editor", "email", "url", "select"})


@dataclass(frozen=True)
class Option:
    """`goes_on`: behind a dot there is more."""

    name: str
    detail: str
    icon: str
    goes_on: bool = False

    def as_json(self) -> dict[str, str | bool]:
        return {"name": self.name, "detail": self.detail, "icon": self.icon, "goes_on": self.goes_on}


@dataclass(frozen=True)
class _Place:
    """Where a path has come to: what stands before the names there, and what its `collections` have.

    A path of `@request.auth` is one of any auth collection; in `@request.body` names have more modifiers.
    """

    prefix: str
    collections: tuple[Collection, ...]
    level: int = 0
    is_body: bool = False


def completions(word: str, collection: Collection, catalog: Catalog, *, for_rule: bool) -> list[Option]:
    """The best first: own names, those of the request, those of other collections, each the shortest first.

    The filter of a list is about its records alone, so without `for_rule` there is nothing of the request.
    """
    word = word[:_MOST_CHARACTERS]
    found = list(_own(word, _Place("", (collection,)), catalog))
    if for_rule and word and (word.startswith("@") or "." not in word):
        found += [*_of_request(word, collection, catalog), *_of_collections(word, catalog)]
    named = {option.name: option for option in reversed(found)}
    return [*reversed(named.values())][:MOST_OPTIONS]


def names_beside(name: str, collection: Collection, catalog: Catalog) -> list[str]:
    """The names that there are where this one would be."""
    path, dot, _ = name.rpartition(".")
    found = completions(f"{path}{dot}", collection, catalog, for_rule=True)
    return [option.name for option in found]


# --- roots --------------------------------------------------------------------------------------------


def _own(word: str, place: _Place, catalog: Catalog) -> Iterator[Option]:
    """Fields and what lies behind them, and the words of the language."""
    yield from _behind(word, place, catalog)
    if word and "." not in word:
        yield from _fitting(word, _words())


def _words() -> Iterator[Option]:
    for macro in MACROS:
        yield Option(macro, gettext("moment"), "calendar-clock")
    for function in _FUNCTIONS:
        yield Option(function, gettext("function"), "code-xml")


def _of_request(word: str, collection: Collection, catalog: Catalog) -> Iterator[Option]:
    roots = [Option(f"@request.{name}", gettext("request"), "globe", goes_on=False) for name in _REQUEST]
    yield from _fitting(word, roots)
    auths = tuple(one for one in catalog.auth_collections if not one.system)
    about = [
        Option(f"@request.auth.{name}", gettext("text"), "type")
        for name in ("collectionName", "collectionId")
    ]
    auth, body = _Place("@request.auth.", auths), _Place("@request.body.", (collection,), is_body=True)
    for prefix, place, more in ((auth.prefix, auth, about), (body.prefix, body, [])):
        if word.startswith(prefix):
            yield from _fitting(word, more)
            yield from _behind(word.removeprefix(prefix), place, catalog)
        elif len(word) > 1 and not word.startswith("@"):
            # A bare word: `id` may well be that of who asks.
            names = (option for option in _level(place, catalog) if word.lower() in _last(option.name))
            yield from _shortest(islice(names, MOST_OPTIONS))


def _of_collections(word: str, catalog: Catalog) -> Iterator[Option]:
    prefix = "@collection."
    if not word.startswith(prefix):
        yield from _fitting(word, [Option(prefix, gettext("any collection"), "database")])
        return
    name, dot, rest = word.removeprefix(prefix).partition(".")
    if not dot:
        names = (
            Option(f"{prefix}{one.name}", gettext("collection"), "database", goes_on=True)
            for one in catalog.collections
            if not one.system
        )
        yield from _fitting(word, names)
        return
    found = catalog.find(name.partition(":")[0])
    if found is not None:
        yield from _behind(rest, _Place(f"{prefix}{name}.", (found,)), catalog)


def _fitting(word: str, options: Iterable[Option]) -> list[Option]:
    return _shortest(option for option in options if word.lower() in option.name.lower())


def _shortest(options: Iterable[Option]) -> list[Option]:
    return sorted(options, key=lambda option: (len(option.name), option.name))


# --- paths --------------------------------------------------------------------------------------------


def _behind(word: str, place: _Place | None, catalog: Catalog) -> list[Option]:
    """What fits the last part of a path, below where the others lead; nothing where they lead nowhere."""
    *path, last = word.split(".")
    for name in path:
        place = None if place is None else _step(place, name, catalog)
    if place is None:
        return []
    if ":" in last:
        return [option for option in _modified(place) if _last(option.name).startswith(last.lower())]
    if not last:
        return _shortest(islice(_level(place, catalog), MOST_NAMES))
    return _search(last.lower(), place, catalog)


def _search(text: str, start: _Place, catalog: Catalog) -> list[Option]:
    """Names with this text, the nearest first, until there are enough.

    A collection that was nearer already is not looked through again further on.
    """
    found: list[Option] = []
    places, left = [start], MOST_NAMES
    nearer: set[Collection] = set()
    while places and left > 0 and len(found) < MOST_OPTIONS:
        nearer |= {collection for place in places for collection in place.collections}
        deeper: list[_Place] = []
        for place in places:
            for option in islice(chain(_level(place, catalog), _modified(place)), left):
                left -= 1
                if text in _last(option.name):
                    found.append(option)
                if option.goes_on and place.level + 1 < MOST_LEVELS:
                    behind = _step(place, option.name.removeprefix(place.prefix), catalog)
                    deeper += [behind] if behind and not nearer.issuperset(behind.collections) else []
        places = deeper
    return _shortest(found)


def _last(name: str) -> str:
    return name.rpartition(".")[2].lower() if not name.endswith(".") else name.lower()


def _step(place: _Place, name: str, catalog: Catalog) -> _Place | None:
    """Where a relation, or a back relation, leads."""
    targets: dict[str, Collection] = {}
    for collection in place.collections:
        target = _target(collection, name, catalog)
        if target is not None:
            targets[target.id] = target
    if not targets:
        return None
    return _Place(f"{place.prefix}{name}.", tuple(targets.values()), place.level + 1)


def _target(collection: Collection, name: str, catalog: Catalog) -> Collection | None:
    field = collection.fields_by_name.get(name)
    if field is not None:
        return catalog.by_id(field.collection_id) if isinstance(field, RelationField) else None
    back = back_relation(name)
    origin = catalog.find(back[0]) if back else None
    if origin is None or back is None:
        return None
    pointing = origin.fields_by_name.get(back[1])
    is_here = isinstance(pointing, RelationField) and pointing.collection_id == collection.id
    return origin if is_here else None


def _level(place: _Place, catalog: Catalog) -> Iterator[Option]:
    """All names at a place."""
    for collection in place.collections:
        for field in shown_fields(collection):
            yield _option(place, field, catalog)
            if field.type == "geoPoint":
                for part in ("lon", "lat"):
                    yield Option(f"{place.prefix}{field.name}.{part}", gettext("number"), "hash")
    if place.is_body:
        return  # what somebody sends has nothing that points at it
    for collection in place.collections:
        for origin, name in _back_relations(catalog).get(collection.id, ()):
            said = f"{place.prefix}{origin}_via_{name}"
            yield Option(said, gettext("back relation"), "waypoints", goes_on=True)


def _option(place: _Place, field: Field, catalog: Catalog) -> Option:
    icon = "key-round" if field.name == "id" else ICONS.get(field.type, "puzzle")
    if not isinstance(field, RelationField):
        return Option(f"{place.prefix}{field.name}", field.type, icon)
    target = catalog.by_id(field.collection_id)
    detail = gettext("relation, %s") % target.name if target else field.type
    return Option(f"{place.prefix}{field.name}", detail, icon, goes_on=target is not None)


def _modified(place: _Place) -> Iterator[Option]:
    for collection in place.collections:
        for field in shown_fields(collection):
            for modifier in _modifiers(field, is_body=place.is_body):
                name = f"{place.prefix}{field.name}:{modifier}"
                yield Option(name, _MODIFIERS[modifier](), ICONS.get(field.type, "puzzle"))


_MODIFIERS = {
    "isset": lambda: gettext("whether it was sent"),
    "changed": lambda: gettext("whether it is another one"),
    "each": lambda: gettext("each of them"),
    "length": lambda: gettext("how many"),
    "lower": lambda: gettext("in lower case"),
}


def _modifiers(field: Field, *, is_body: bool) -> Iterator[str]:
    if is_body:
        yield from ("isset", "changed")
    if field.type in LIST_TYPES and field.is_multiple:
        yield from ("each", "length")
    if field.type in _TEXTS and not field.is_multiple:
        yield "lower"


def shown_fields(collection: Collection) -> Iterator[Field]:
    """Those that rules and filters are about."""
    for field in collection.fields:
        if not field.is_secret and not (collection.is_auth and field.name == "tokenKey"):
            yield field


@lru_cache(maxsize=1)
def _back_relations(catalog: Catalog) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """By the id of a collection, the names of the collections and fields that point at it."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for collection in catalog.collections:
        for field in collection.fields:
            if isinstance(field, RelationField):
                found[field.collection_id].append((collection.name, field.name))
    return {target: tuple(pointing) for target, pointing in found.items()}
