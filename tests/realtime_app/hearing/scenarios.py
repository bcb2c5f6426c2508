"""Random scenarios: rules, clients with subscriptions, and what is written.

Hypothesis makes them, so they shrink. One is played in this process (`playing.py`), or against a server.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.realtime_app.hearing.world import IDS, NAMES, PEOPLE, as_sent, rid

Rule = str | None


@dataclass(frozen=True)
class Rules:
    """A collection's list and view rule; `manage` is of people alone. As a step, its rules from now on."""

    collection: str
    list: Rule
    view: Rule
    manage: Rule = None


@dataclass(frozen=True)
class Subscription:
    """`target` is `*`, an id, or empty: the collection's bare name."""

    collection: str
    target: str
    by_id: bool = False
    query: dict[str, str] = field(default_factory=dict, hash=False)
    headers: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def topic(self) -> str:
        name = f"pbc_hear_{self.collection}" if self.by_id else self.collection
        target = self.target and "/" + (self.target if self.target == "*" else rid(self.target))
        return name + target + self._options

    @property
    def _options(self) -> str:
        options: dict[str, Any] = {}
        if self.query:
            options["query"] = self.query
        if self.headers:
            options["headers"] = self.headers
        return f"?options={quote(json.dumps(options, separators=(',', ':')), safe='')}" if options else ""


@dataclass(frozen=True)
class Subscribe:
    """A step: a client subscribes, as its own account if it is still there, to these alone."""

    client: int
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True)
class Write:
    """`values` is None for a delete; a record that is there is updated, another one created."""

    kind: str
    collection: str
    id: str
    values: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def body(self) -> dict[str, Any]:
        return as_sent({"id": self.id, **self.values} if self.kind == "create" else self.values)


@dataclass(frozen=True)
class Writes:
    """A step: these in one transaction, as a batch when they are several."""

    writes: tuple[Write, ...]


@dataclass(frozen=True)
class ClientOf:
    """A client by the name of its account, `root` for the superuser, empty for a guest."""

    who: str
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True)
class Scenario:
    rules: tuple[Rules, ...]
    clients: tuple[ClientOf, ...]
    steps: tuple[Writes | Subscribe | Rules, ...]


# --- rules ----------------------------------------------------------------------------------------------

_FIELDS = {
    "people": [
        *(
            "name",
            "rank",
            "tags",
            "tags:each",
            "tags:length",
            "friend",
            "friend.name",
            "friend.tags",
            "email",
        ),
        *(
            "verified",
            "emailVisibility",
            "teams_via_members.title",
            "posts_via_author.n",
            "friend.friend.rank",
        ),
        *("comments_via_by.text", "people_via_friend.name"),
    ],
    "teams": [
        *("title", "title:lower", "open", "members", "members:each", "members:length", "members.name"),
        *("members.rank", "posts_via_team.n", "posts_via_team.author", "posts_via_team.comments_via_post.by"),
        *("posts_via_team.id", "members.friend.name"),
    ],
    "posts": [
        *("title", "title:lower", "n", "tags", "tags:each", "tags:length", "due", "data", "data.a", "team"),
        *("team.title", "team.open", "team.members", "team.members.name", "team.members:each", "author"),
        *(
            "author.name",
            "author.rank",
            "author.friend.name",
            "comments_via_post.text",
            "comments_via_post.by",
        ),
        *("comments_via_post.by.name", "team.posts_via_team.n"),
    ],
    "comments": [
        *("text", "post", "post.title", "post.n", "post.team.open", "post.team.members", "by", "by.name"),
        *("post.author", "post.author.rank", "post.comments_via_post.text", "by.friend"),
    ],
}
_OF_REQUESTS = [
    *("@request.auth.id", "@request.auth.name", "@request.auth.rank", "@request.auth.tags"),
    *("@request.auth.tags:each", "@request.auth.tags:length", "@request.auth.friend", "@request.auth.secret"),
    *("@request.auth.friend.name", "@request.auth.friend.friend.rank", "@request.auth.collectionName"),
    *("@request.auth.email", "@request.auth.verified", "@request.auth.name:isset"),
    *("@request.auth.teams_via_members.title", "@request.auth.posts_via_author.n"),
    *("@request.query.q", "@request.query.q:isset", "@request.query.q:lower", "@request.query.filter:isset"),
    *("@request.headers.x_h", "@request.headers.x_h:isset", "@request.method", "@request.context"),
    *("@request.body.title:isset", "@request.body.title"),
    *("@collection.teams.title", "@collection.teams.members", "@collection.people.rank"),
    *("@collection.posts.author", "@collection.posts:other.n", "@collection.comments.text"),
]
_HIDDEN_FIELDS = {"people": ["secret", "friend.secret"], "posts": ["note", "author.secret"]}
_MACROS = ["@now", "@todayStart", "@yesterday", "@year"]
_LITERALS = ["'a'", "'b'", "''", "0", "1", "2", "null", "true", "false", "'2050'", "'GET'", "'realtime'"]
_SIGNS = ["=", "=", "!=", "~", "!~", "<", "<=", ">", ">=", "?=", "?=", "?!=", "?~", "?>", "?<="]
# What people write; some combine to what they should not.
_USUAL = {
    "people": [
        "id = @request.auth.id",
        "friend = @request.auth.id",
        "teams_via_members.members.id ?= @request.auth.id",
    ],
    "teams": ["members.id ?= @request.auth.id", "members ?= @request.auth.id", "open = true", "open = false"],
    "posts": [
        *(
            "author = @request.auth.id",
            "team.members.id ?= @request.auth.id",
            "comments_via_post.by ?= @request.auth.id",
        ),
        *(
            "n > 0",
            "@request.auth.rank > n",
            "due < @now",
            "@request.auth.tags:each ?= tags",
            "n = @request.query.q",
        ),
        *("@collection.comments.post ?= id", "@collection.teams.members.id ?= @request.auth.id"),
    ],
    "comments": [
        *(
            "by = @request.auth.id",
            "post.author = @request.auth.id",
            "post.team.members.id ?= @request.auth.id",
        ),
        *("@request.headers.x_h = text", "post.n > 0"),
    ],
}
_ANYONE = [
    "@request.auth.id != ''",
    "@request.auth.name = 'a'",
    "@request.auth.rank > 0",
    "@request.query.q = 'a'",
]


def _expressions(collection: str, *, for_clients: bool) -> st.SearchStrategy[str]:
    fields = [*_FIELDS[collection], "id"]
    others = fields if for_clients else [*fields, *_OF_REQUESTS, *_HIDDEN_FIELDS.get(collection, ())]
    left = st.sampled_from(fields)
    operand = st.one_of(st.sampled_from(_LITERALS), st.sampled_from([*others, *_MACROS]))
    comparison = st.tuples(st.one_of(left, left, operand), st.sampled_from(_SIGNS), operand).map(" ".join)
    usual = [] if for_clients else [*_USUAL[collection], *_ANYONE]
    leaf = st.one_of(comparison, st.sampled_from(usual)) if usual else comparison
    return st.recursive(
        leaf,
        lambda inner: st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        max_leaves=3,
    )


def _rules(collection: str) -> st.SearchStrategy[Rule]:
    expressions = _expressions(collection, for_clients=False)
    return st.one_of(expressions, expressions, expressions, st.just(""), st.none())


def _rules_of(collection: str) -> st.SearchStrategy[Rules]:
    rule = _rules(collection)
    manage = st.one_of(st.none(), rule) if collection == "people" else st.none()
    return st.builds(Rules, st.just(collection), rule, rule, manage)


# --- clients --------------------------------------------------------------------------------------------

_EXPANDS = {
    "people": ["friend", "friend.friend", "teams_via_members", "posts_via_author.team"],
    "teams": ["members", "members.friend", "posts_via_team"],
    "posts": ["team", "author", "team.members", "comments_via_post", "comments_via_post.by,author.friend"],
    "comments": ["post", "by", "post.team.members,by", "post.comments_via_post", "nope"],
}
_FIELD_LISTS = ["id", "title,n", "*,expand.author.name", "expand", "nope", "title:excerpt(1),tags", "id,:x("]


def _filters(collection: str) -> st.SearchStrategy[str]:
    hidden = [f"{name} = 'a'" for name in _HIDDEN_FIELDS.get(collection, ())]
    return st.one_of(
        _expressions(collection, for_clients=True),
        _expressions(collection, for_clients=True),
        st.sampled_from(
            [*hidden, "nope = 1", "id = ", "@request.auth.id != ''", "id != '' && @collection.posts.n > 0"]
        ),
    )


def _queries(collection: str) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "filter": _filters(collection),
            "expand": st.sampled_from(_EXPANDS[collection]),
            "fields": st.sampled_from(_FIELD_LISTS),
            "q": st.sampled_from(["a", "A", "", "1"]),
        },
    )


def _subscriptions_of(collection: str) -> st.SearchStrategy[Subscription]:
    return st.builds(
        Subscription,
        st.just(collection),
        st.one_of(st.just("*"), st.just("*"), st.sampled_from(IDS[collection]), st.just("")),
        st.booleans(),
        st.one_of(st.just({}), _queries(collection)),
        st.one_of(st.just({}), st.just({"X-H": "a"}), st.just({"x_h": "b"})),
    )


_subscriptions = st.sampled_from(["posts", "posts", "comments", "teams", "people"]).flatmap(_subscriptions_of)
_some = st.lists(_subscriptions, min_size=1, max_size=4).map(tuple)
_clients = st.builds(ClientOf, st.sampled_from(["", "ann", "ann", "bob", "cat", "root"]), _some)

# --- writes ---------------------------------------------------------------------------------------------

_texts = st.sampled_from(["a", "b", "A", ""])
_numbers = st.integers(0, 3)
_tags = st.lists(st.sampled_from("abc"), max_size=3, unique=True)


def _ids(collection: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*IDS[collection][:3], ""])


_VALUES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "people": {
        "name": _texts,
        "rank": _numbers,
        "tags": _tags,
        "friend": _ids("people"),
        "secret": _texts,
        "emailVisibility": st.booleans(),
        # With another address an account has another token key: its clients are guests then.
        "email": st.sampled_from(["one@example.com", "two@example.com"]),
    },
    "teams": {
        "title": _texts,
        "open": st.booleans(),
        "members": st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True),
    },
    "posts": {
        "title": _texts,
        "n": _numbers,
        "tags": _tags,
        "due": st.sampled_from(["2020-01-01 00:00:00.000Z", "2080-01-01 00:00:00.000Z", ""]),
        "data": st.sampled_from([None, {"a": 1}, {"a": "b"}, "a", [1, 2]]),
        "note": _texts,
        "team": _ids("teams"),
        "author": _ids("people"),
    },
    "comments": {"text": _texts, "post": _ids("posts"), "by": _ids("people")},
}


def _writes_of(collection: str) -> st.SearchStrategy[Write]:
    values = st.fixed_dictionaries({}, optional=_VALUES[collection])
    ids = st.sampled_from([*IDS[collection][:2], *IDS[collection]])
    kinds = ["update", "delete"] if collection == "people" else ["create", "update", "delete"]
    return st.sampled_from(kinds).flatmap(
        lambda kind: st.builds(
            Write,
            st.just(kind),
            st.just(collection),
            st.just(IDS[collection][3]) if kind == "create" else ids,
            st.just({}) if kind == "delete" else values,
        )
    )


_write = st.sampled_from(["posts", "posts", "comments", "teams", "people"]).flatmap(_writes_of)
_steps = st.one_of(
    _write.map(lambda one: Writes((one,))),
    _write.map(lambda one: Writes((one,))),
    st.lists(_write, min_size=2, max_size=4).map(lambda some: Writes(tuple(some))),
    st.builds(Subscribe, st.integers(0, 3), st.one_of(_some, st.just(()))),
    st.sampled_from(NAMES).flatmap(_rules_of),
)

scenarios = st.builds(
    Scenario,
    st.tuples(*map(_rules_of, NAMES)),
    st.lists(_clients, min_size=2, max_size=8).map(tuple),
    st.lists(_steps, min_size=2, max_size=10).map(tuple),
)
