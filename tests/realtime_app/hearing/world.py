"""The collections that the scenarios play in, as the API takes them, and the records that are there at first.

Everything has an id of its own, so that two servers can be given the same.
"""

from typing import Any

PASSWORD = "1234567890"

Row = dict[str, Any]


def rid(name: str) -> str:
    """The id of a record: its name, filled up to the 15 characters of an id."""
    return name.ljust(15, "0")


def _field(kind: str, name: str, **options: Any) -> dict[str, Any]:
    return {"id": f"{kind.lower()}{name}", "type": kind, "name": name, **options}


def _relation(name: str, target: str, *, most: int = 1, cascades: bool = False) -> dict[str, Any]:
    return _field("relation", name, collectionId=f"pbc_hear_{target}", maxSelect=most, cascadeDelete=cascades)


def _collection(name: str, kind: str, *fields: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"id": f"pbc_hear_{name}", "name": name, "type": kind, "fields": list(fields), **options}


COLLECTIONS = [
    _collection(
        "people",
        "auth",
        _field("text", "name"),
        _field("number", "rank"),
        _field("select", "tags", values=list("abc"), maxSelect=3),
        _relation("friend", "people"),
        _field("text", "secret", hidden=True),
    ),
    _collection(
        "teams",
        "base",
        _field("text", "title"),
        _field("bool", "open"),
        _relation("members", "people", most=9),
    ),
    _collection(
        "posts",
        "base",
        _field("text", "title"),
        _field("number", "n"),
        _field("select", "tags", values=list("abc"), maxSelect=3),
        _field("date", "due"),
        _field("json", "data"),
        _field("text", "note", hidden=True),
        _relation("team", "teams", cascades=True),
        _relation("author", "people"),
    ),
    _collection(
        "comments",
        "base",
        _field("text", "text"),
        _relation("post", "posts", cascades=True),
        _relation("by", "people", cascades=True),
    ),
]
NAMES = [collection["name"] for collection in COLLECTIONS]
HIDDEN = ("secret", "note")

ROWS: dict[str, list[Row]] = {
    "people": [
        {"name": "a", "rank": 1, "tags": ["a"], "friend": "bob", "secret": "a", "emailVisibility": True},
        {"name": "b", "rank": 2, "tags": ["a", "b"], "friend": "", "secret": "", "emailVisibility": False},
        {"name": "", "rank": 0, "tags": [], "friend": "ann", "secret": "b", "emailVisibility": False},
    ],
    "teams": [
        {"title": "a", "open": True, "members": ["ann", "bob"]},
        {"title": "b", "open": False, "members": ["cat"]},
    ],
    "posts": [
        {"title": "a", "n": 1, "tags": ["a", "b"], "due": "2020-01-01 00:00:00.000Z", "data": {"a": 1}},
        {"title": "b", "n": 2, "tags": [], "due": "2080-01-01 00:00:00.000Z", "data": "a", "note": "a"},
        {"title": "", "n": 0, "tags": ["c"], "due": "", "data": None},
    ],
    "comments": [
        {"text": "a", "post": "posts1", "by": "ann"},
        {"text": "b", "post": "posts1", "by": "bob"},
        {"text": "a", "post": "posts2", "by": "ann"},
    ],
}
PEOPLE = ["ann", "bob", "cat"]
_OF_POSTS = [("teams1", "ann"), ("teams1", "bob"), ("teams2", "")]
_RELATIONS = ("friend", "members", "team", "author", "post", "by")
# Ids that records may have or get; those of people are their names.
IDS = {name: [f"{name}{number}" for number in range(1, 5)] for name in NAMES} | {"people": PEOPLE}


def _with_ids(name: str, rows: list[Row]) -> list[Row]:
    completed = []
    for at, row in enumerate(rows):
        row = {"id": IDS[name][at], **row}
        if name == "posts":
            row["team"], row["author"] = _OF_POSTS[at]
        if name == "people":
            row["email"] = f"{row['id']}@example.com"
        completed.append(as_sent(row))
    return completed


def as_sent(row: Row) -> Row:
    """A row with whole ids in place of short ones."""
    sent: Row = {}
    for name, value in row.items():
        if name == "id" or (name in _RELATIONS and isinstance(value, str)):
            sent[name] = rid(value) if value else ""
        elif name == "members":
            sent[name] = [rid(one) for one in value]
        else:
            sent[name] = value
    return sent


ROWS = {name: _with_ids(name, rows) for name, rows in ROWS.items()}
