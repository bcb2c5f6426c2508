"""Query strings: filters from the grammar of the filter language, sort keys, expand paths, pickers, pages."""

import random
from urllib.parse import quote

from tests.attacks.fuzzing.texts import NUMBERS, mutated, size, text

_EVERY = (
    "id", "title", "number", "whole", "bool", "email", "url", "date", "created", "select", "selects", "json",
    "json.a", "json.a.b.0", "file", "files", "point", "point.lon", "secret", "rel", "rels", "editor",
)  # fmt: skip
# What a path may begin with, by collection, and where a hop leads.
_SCALARS = {
    "pub": ("id", "title", "slug", "body", "data", "data.x", "data.a.0.b", "link", "kids"),
    "posts": ("id", "title"),
    "comments": ("id", "text", "post"),
    "members": ("id", "name", "email", "verified", "username", "tokenKey", "password", "emailVisibility"),
    "locked": ("id", "title"),
    "every": _EVERY,
    "ruled": (*_EVERY, "self"),
}
_HOPS = {
    "pub": (("kids", "pub"), ("pub_via_kids", "pub")),
    "posts": (("comments_via_post", "comments"), ("every_via_rel", "every"), ("ruled_via_rels", "ruled")),
    "comments": (("post", "posts"),),
    "members": (),
    "locked": (),
    "every": (("rel", "posts"), ("rels", "posts")),
    "ruled": (("rel", "posts"), ("rels", "posts"), ("self", "ruled"), ("ruled_via_self", "ruled")),
}
COLLECTIONS = tuple(_HOPS)

_SIGNS = ("=", "!=", "~", "!~", "<", "<=", ">", ">=", "?=", "?!=", "?~", "?!~", "?<", "?<=", "?>", "?>=")
_MODIFIERS = ("", "", "", "", ":lower", ":length", ":each", ":isset", ":changed", ":nope", ":", ":each:lower")
_OTHERS = (
    "@now", "@todayStart", "@yearEnd", "@second", "@request.auth.id", "@request.query.filter",
    "@request.headers.host", "@request.body.title", "@request.auth.rels.title", "@collection.members.id",
    "@collection.pub:x.kids.title", "null", "true", "false", "@rowid", "@random", "nope", "collectionId",
    "@", "#x", "a.", "_",
)  # fmt: skip
_FUNCTIONS = (
    "strftime('%Y', date)", "strftime('%s', @now, '+1 day')", "strftime('{}', '{}', '{}')",
    "strftime('%J%J%J', created)", "geoDistance(point.lon, point.lat, 1, 2)", "geoDistance(1e3, 2, 3, 4)",
    "geoDistance(id, id, title, json.a)", "geoDistance(number,number,number,number)",
    "strftime('%Y', rels.created)", "strftime()", "nope(1)",
    "strftime('%f', strftime('%f', strftime('%f', '')))",
    "strftime('%Y','now','+1 year','+1 year','+1 year')",
)  # fmt: skip


def path(chance: random.Random, collection: str, *, most_hops: int = 2) -> str:
    """A path of the collection; now and then with more hops than are allowed."""
    hops: list[str] = []
    limit = most_hops if chance.random() < 0.95 else 8
    while len(hops) < limit and _HOPS[collection] and chance.random() < 0.4:
        name, collection = chance.choice(_HOPS[collection])
        hops.append(name)
    return ".".join((*hops, chance.choice(_SCALARS[collection])))


def _operand(chance: random.Random, collection: str) -> str:
    match chance.randrange(9):
        case 0 | 1 | 2 | 3:
            return path(chance, collection) + chance.choice(_MODIFIERS)
        case 4:
            return chance.choice(NUMBERS)
        case 5:
            return chance.choice(_OTHERS)
        case 6:
            found = chance.choice(_FUNCTIONS)
            return found.replace("{}", text(chance, 60).replace("'", "")) if "{}" in found else found
        case _:
            mark = chance.choice("'\"")
            return mark + text(chance, 3000).replace(mark, "\\" + mark) + mark


def filter_text(chance: random.Random, collection: str) -> str:
    """A filter by the grammar, with up to some 200 comparisons and groups of any depth."""
    count = min(220, 1 + size(chance, 250))
    parts: list[str] = []
    depth = 0
    for _ in range(count):
        while chance.random() < 0.15:
            parts.append("(")
            depth += 1
        blank = chance.choice(("", " ", "  ", "\n"))
        parts.append(
            blank.join((_operand(chance, collection), chance.choice(_SIGNS), _operand(chance, collection)))
        )
        while depth and chance.random() < 0.3:
            parts.append(")")
            depth -= 1
        if chance.random() < 0.05:
            parts.append(" // a comment\n")
        parts.append(chance.choice((" && ", "||", "&&", " || ")))
    return "".join(parts[:-1]) + ")" * depth


def _sort(chance: random.Random, collection: str) -> str:
    keys = [
        chance.choice(("", "-", "+", " ", "--"))
        + chance.choice((path(chance, collection), "@random", "@rowid", "-@rowid", text(chance, 40)))
        + chance.choice(_MODIFIERS)
        for _ in range(1 + size(chance, 200))
    ]
    return ",".join(keys)


def _expand(chance: random.Random, collection: str) -> str:
    if chance.random() < 0.2:
        return ",".join(str(number) for number in range(size(chance, 6000)))
    paths = []
    for _ in range(1 + size(chance, 300)):
        hops: list[str] = []
        here = collection
        while _HOPS[here] and len(hops) < (2 if chance.random() < 0.9 else 8) and chance.random() < 0.8:
            name, here = chance.choice(_HOPS[here])
            hops.append(name)
        paths.append(".".join(hops) or chance.choice(("nope", "", ".", "a..b", text(chance, 30))))
    return ",".join(paths)


def _fields(chance: random.Random, collection: str) -> str:
    names = [
        chance.choice(
            (
                path(chance, collection),
                "*",
                "expand.*",
                "expand.kids.id",
                "*:excerpt(5,true)",
                "body:excerpt(999999)",
                f"title:excerpt({chance.choice(NUMBERS)},{chance.choice(NUMBERS)})",
                text(chance, 30),
                "data.x.y",
                "items.id",
                "body:nope()",
                "a:excerpt(",
                "kids.0",
                "expand.rels.expand.x",
            )  # fmt: skip
        )
        for _ in range(1 + size(chance, 10_000))
    ]
    return ",".join(names)


def _number(chance: random.Random) -> str:
    return chance.choice((*NUMBERS, "5", "1000", "5000", "2147483648", "9" * size(chance, 6000)))


def parameters(chance: random.Random, collection: str) -> list[tuple[str, str]]:
    """Some of the parameters of lists and views, in any order, one of them now and then twice."""
    makers = {
        "filter": lambda: filter_text(chance, collection),
        "sort": lambda: _sort(chance, collection),
        "expand": lambda: _expand(chance, collection),
        "fields": lambda: _fields(chance, collection),
        "page": lambda: _number(chance),
        "perPage": lambda: _number(chance),
        "skipTotal": lambda: chance.choice(("1", "true", "0", "T", "yes", "")),
        text(chance, 300): lambda: text(chance, 3000),
        "key": lambda: text(chance, 100),
    }
    names = chance.sample(list(makers), chance.choice((1, 1, 2, 2, 3, 4)))
    if chance.random() < 0.05:
        names *= 2
    return [(name, makers[name]()) for name in names]


def query(chance: random.Random, collection: str) -> bytes:
    """A query string, encoded well mostly; at most some 900 KB."""
    pairs = [
        _encoded(chance, name) + b"=" + _encoded(chance, value)
        for name, value in parameters(chance, collection)
    ]
    joined = chance.choice((b"&", b"&", b"&", b"&&", b";")).join(pairs)[:900_000]
    if chance.random() < 0.02:
        joined += b"&" + b"&".join(b"%d=%d" % (number, number) for number in range(size(chance, 20_000)))
    return mutated(chance, joined) if chance.random() < 0.1 else joined


def _encoded(chance: random.Random, value: str) -> bytes:
    raw = value.encode("utf-8", "surrogatepass")
    return quote(raw, safe=chance.choice(("", "/,:", "~()'!"))).encode()
