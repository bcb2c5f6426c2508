"""The collections and rows of contract/filters.md 4 and 12, with ids that say who is who."""

from typing import Any

from collections_app.catalog import Catalog
from tests.collections_app.filterlang.definitions import make_collection, make_field

THINGS = make_collection(
    "things",
    make_field("text", "t"),
    make_field("number", "n"),
    make_field("bool", "b"),
    make_field("date", "d"),
    make_field("select", "s1"),
    make_field("select", "s2", max_select=3),
    make_field("json", "j"),
    make_field("geoPoint", "g"),
    make_field("relation", "rel", collection_id="targets_id"),
    make_field("relation", "owner", collection_id="users_id"),
    make_field("text", "secret", hidden=True),
)
# One row per column of the table in section 4.
HOLDERS = make_collection(
    "holders",
    make_field("relation", "rels", collection_id="targets_id", max_select=9),
    make_field("number", "n"),
)
TARGETS = make_collection(
    "targets", make_field("text", "title"), make_field("relation", "up", collection_id="targets_id")
)
CHILDREN = make_collection(
    "children",
    make_field("text", "v"),
    make_field("relation", "par", collection_id="things_id"),
    make_field("relation", "pars", collection_id="things_id", max_select=5),
    make_field("relation", "veiled", collection_id="things_id", hidden=True),
)
SINGLES = make_collection(
    "singles",
    make_field("text", "v"),
    make_field("relation", "par", collection_id="things_id"),
    indexes=("CREATE UNIQUE INDEX `idx_singles` ON `singles` (`par`)",),
)
USERS = make_collection(
    "users",
    make_field("text", "name"),
    make_field("select", "roles", max_select=5),
    make_field("relation", "best", collection_id="things_id"),
    kind="auth",
)
SUPERUSERS = make_collection("_superusers", kind="auth", list_rule=None)
CLOSED = make_collection(
    "closed",
    make_field("text", "v"),
    make_field("relation", "par", collection_id="things_id"),
    list_rule=None,
)
GUARDED = make_collection(
    "guarded",
    make_field("text", "v"),
    make_field("relation", "par", collection_id="things_id"),
    list_rule="v != 'hidden' // or nothing",
)
SEEN = make_collection("seen", make_field("text", "title"), kind="view")

CATALOG = Catalog((THINGS, HOLDERS, TARGETS, CHILDREN, SINGLES, USERS, SUPERUSERS, CLOSED, GUARDED, SEEN))

ROWS: dict[str, list[dict[str, Any]]] = {
    "things": [
        {
            "id": "A",
            "t": "abc",
            "n": 1,
            "b": True,
            "d": "2024-05-01 00:00:00.000Z",
            "s1": "a",
            "s2": ["a", "b"],
            "j": {"a": 5, "s": "5", "l": [1, 2], "o": {"x": "y"}, "t": True, "z": None},
            "rel": "r1",
            "owner": "alice",
            "secret": "x",
        },
        {"id": "B", "t": "ABC", "s2": ["a"], "j": "5", "g": (23.32, 42.69), "rel": "r2", "owner": "bob"},
        {"id": "C", "n": -1.5, "j": 5, "s1": "b", "rel": "zz"},
        {"id": "D", "t": "5", "n": 5, "s2": ["b", "c"], "j": [1, 2, 3], "g": (2.35, 48.85)},
        {"id": "E", "t": "a_b", "n": 10, "j": {}},
        {"id": "F", "t": "a%b", "n": 100, "j": ""},
        {"id": "G", "t": "a\\b", "j": "text"},
        {"id": "H", "t": "É", "j": True},
        {"id": "I", "t": "é", "j": []},
        {"id": "J", "t": "1"},
        {"id": "K", "t": "5.0"},
    ],
    "holders": [
        {"id": "none"},
        {"id": "r1", "rels": ["r1"], "n": 1},
        {"id": "r1,r2", "rels": ["r1", "r2"], "n": 2},
        {"id": "r2", "rels": ["r2"]},
        {"id": "r3", "rels": ["r3"]},
        {"id": "zz", "rels": ["zz"]},
        {"id": "r1,zz", "rels": ["r1", "zz"]},
    ],
    "targets": [{"id": "r1", "title": "x"}, {"id": "r2", "title": "y", "up": "r1"}, {"id": "r3"}],
    "children": [
        {"id": "c1", "v": "hi", "par": "A", "pars": ["A", "E"], "veiled": "A"},
        {"id": "c2", "v": "ho", "par": "A"},
        {"id": "c3", "v": "hi", "par": "B", "pars": ["E"]},
    ],
    "singles": [{"id": "u1", "v": "hi", "par": "A"}, {"id": "u2", "v": "ho", "par": "B"}],
    "users": [
        {
            "id": "alice",
            "name": "Al",
            "email": "a@x.org",
            "emailVisibility": True,
            "roles": ["p", "q"],
            "best": "B",
        },
        {"id": "bob", "name": "Bo", "email": "b@x.org", "verified": True},
    ],
    "closed": [{"id": "x1", "v": "hi", "par": "A"}],
    "guarded": [{"id": "g1", "v": "hidden", "par": "A"}, {"id": "g2", "v": "open", "par": "B"}],
    "seen": [{"id": "s1", "title": "one"}, {"id": "s2", "title": "two"}],
}
