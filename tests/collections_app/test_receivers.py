"""Receivers of one collection leave the requests of all others in the fast lane (docs/reference/hooks.md)."""

import json
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client

from auth_app import events as auth_events
from auth_app.tokens import issue_auth_token
from collections_app import events
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.definitions.scaffolds import auth_fields
from collections_app.records.reading import empty_searches as searches
from collections_app.records.reading.empty_searches import FREE_SEARCHES, EmptySearches
from collections_app.records.writing import saving
from platform_app.database import lanes, transactions
from platform_app.hooks.event import Event
from platform_app.hooks.groups import HookGroup
from platform_app.hooks.hook import Hook
from system_app import events as system_events
from tests.auth_app.accounts import auth_options, join, stored
from tests.reference.writing_collections import OPEN


@pytest.fixture
def connect(request):
    """Connect a receiver for the time of the test."""

    def connect(hook, receiver, **options):
        hook.connect(receiver, dispatch_uid=receiver, **options)
        request.addfinalizer(lambda: hook.disconnect(dispatch_uid=receiver))

    return connect


def receive(**kwargs):
    """A receiver that does nothing."""


# --- groups of hooks ----------------------------------------------------------------------------------


def test_a_group_knows_whether_one_of_its_hooks_has_a_receiver(connect):
    one, other = Hook(tagged=True), Hook(tagged=True)
    group = HookGroup(one, other)
    posts, users = frozenset({"posts", "pbc_1"}), frozenset({"users", "pbc_2"})
    assert [group.has_receivers_for(tags) for tags in (posts, users)] == [False, False]
    other.connect(receive, collection="pbc_1")
    assert [group.has_receivers_for(tags) for tags in (posts, users)] == [True, False]
    one.connect(receive)
    assert [group.has_receivers_for(tags) for tags in (posts, users)] == [True, True]
    one.disconnect(receive)
    other.disconnect(receive)
    assert [group.has_receivers_for(tags) for tags in (posts, users)] == [False, False]


def test_a_hook_without_tags_has_receivers_for_all():
    hook = Hook()
    assert not hook.has_receivers_for(Event().tags)
    hook.connect(receive)
    assert hook.has_receivers_for(Event().tags)


# --- the catalogue ------------------------------------------------------------------------------------

# As in the reference, contract/hooks.md 1.
UNTAGGED = {
    "batch_request",
    "collections_list_request",
    "collection_view_request",
    "collection_create_request",
    "collection_update_request",
    "collection_delete_request",
    "collections_import_request",
    "settings_list_request",
    "settings_update_request",
    "settings_reload",
    "bootstrap",
    "serve",
    "terminate",
    "backup_create",
    "backup_restore",
}
RECORD = "record000000001"
HOOKS = {
    name: hook
    for module in (events, auth_events, system_events)
    for name, hook in vars(module).items()
    if isinstance(hook, Hook)
}


RECORD_HOOKS = [name for name in vars(events) if name.startswith(("record", "model_")) and name in HOOKS]


def test_all_hooks_but_those_about_no_collection_are_tagged():
    assert {name for name, hook in HOOKS.items() if not hook.tagged} == UNTAGGED


def use_records(design, name, *, referring):
    """Fire every hook of records of a collection; `referring` has a required relation to it."""
    for method, path, values, status in (
        ("POST", f"{name}/records", {"id": RECORD, "t": "x"}, 200),
        ("POST", f"{name}/records", {"t": ""}, 400),
        ("PATCH", f"{name}/records/{RECORD}", {"t": "y"}, 200),
        ("PATCH", f"{name}/records/{RECORD}", {"t": ""}, 400),
        ("GET", f"{name}/records", None, 200),
        ("GET", f"{name}/records/{RECORD}", None, 200),
        ("POST", f"{referring}/records", {"id": RECORD, "r": RECORD}, 200),
        ("DELETE", f"{name}/records/{RECORD}", None, 400),
        ("DELETE", f"{referring}/records/{RECORD}", None, 204),
        ("DELETE", f"{name}/records/{RECORD}", None, 204),
    ):
        assert design(method, f"collections/{path}", values)[0] == status


@pytest.mark.parametrize("key", ["name", "id"])
@pytest.mark.parametrize("is_own", [True, False], ids=["own", "another"])
@pytest.mark.usefixtures("committing")
def test_hooks_of_records_fire_for_the_collection_that_they_are_limited_to(design, connect, key, is_own):
    own = design.make("own", {"type": "text", "name": "t", "required": True})
    another = design.make("another", {"type": "text", "name": "t"})
    relation = {"type": "relation", "name": "r", "collectionId": own["id"], "required": True, "maxSelect": 1}
    design.make("referring", relation)
    fired = set()
    for name in RECORD_HOOKS:
        tag = (own if is_own else another)[key]
        connect(HOOKS[name], lambda name=name, **kwargs: fired.add(name), collection=tag)
    use_records(design, "own", referring="referring")
    assert fired == (set(RECORD_HOOKS) if is_own else set())


def design_collection(design, name, collection_id):
    """Fire every hook of collections but those of requests."""
    relation = {"type": "relation", "name": "r", "collectionId": collection_id}
    for method, path, options, status in (
        ("POST", "", {"name": name, "id": collection_id}, 200),
        ("POST", "", {"name": name, "id": collection_id}, 400),
        ("PATCH", f"/{name}", {"listRule": ""}, 200),
        ("PATCH", f"/{name}", {"listRule": "broken"}, 400),
        ("POST", "", {"name": "referring", "fields": [relation]}, 200),
        ("DELETE", f"/{name}", None, 400),
        ("DELETE", "/referring", None, 204),
        ("DELETE", f"/{name}", None, 204),
    ):
        assert design(method, f"collections{path}", options)[0] == status


@pytest.mark.parametrize(
    ("tag", "fires"),
    [
        pytest.param("own", ("collection_",), id="name"),
        pytest.param("pbc_own", ("collection_",), id="id"),
        pytest.param("_collections", ("model_",), id="model"),
        pytest.param("another", (), id="another"),
    ],
)
@pytest.mark.usefixtures("committing")
def test_hooks_of_collections_fire_for_the_collection_that_they_are_limited_to(design, connect, tag, fires):
    names = {name for name in HOOKS if name.startswith(("collection_", "model_"))} - UNTAGGED
    fired = set()
    for name in names:
        connect(HOOKS[name], lambda name=name, **kwargs: fired.add(name), collection=tag)
    design_collection(design, "own", "pbc_own")
    assert fired == {name for name in names if name.startswith(fires)}


# --- lanes --------------------------------------------------------------------------------------------


class Lane:
    """Sends requests inline; `statements` are the last one's about records, until it moved to the pool."""

    def __init__(self, token: str = "") -> None:
        self.client = Client()
        self.statements: list[str] = []
        self.token = token

    def __call__(self, method, path, body=None):
        """`("inline", status)`, or `("pool", None)` for a request that does not stay."""
        self.statements.clear()
        headers = {"authorization": self.token} if self.token else {}
        raw = connection.connection
        raw.set_trace_callback(self._note)
        text = "" if body is None else json.dumps(body)
        try:
            answer = lanes.run_inline(
                lambda: self.client.generic(
                    method, f"/api/collections/{path}", text, "application/json", headers=headers
                )
            )
        except lanes.NeedsPool:
            return "pool", None
        finally:
            raw.set_trace_callback(None)
        return "inline", answer.status_code

    def _note(self, statement):
        # Now and then a request also looks whether the schema or the settings have changed.
        if any(name in statement for name in ("posts", "authors", "others", "members")):
            self.statements.append(statement)


@pytest.fixture
def lane(db, monkeypatch):
    """The fast lane; the transaction around the test is not seen, where a single statement needs none."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has an inline lane")
    monkeypatch.setattr(lanes, "INLINE_SECONDS", 60)  # a slow machine changes nothing here
    for module in (saving, transactions):
        monkeypatch.setattr(module, "in_transaction", lambda: False)
    return Lane()


@pytest.fixture
def posts(make_collection):
    """`posts` with an author and a text, one record in each collection, the catalog at hand."""
    authors = make_collection("authors", [{"type": "text", "name": "t"}], **OPEN)
    relation = {"type": "relation", "name": "author", "collectionId": authors.id, "maxSelect": 1}
    posts = make_collection("posts", [{"type": "text", "name": "t"}, relation], **OPEN)
    make_collection("others", [{"type": "text", "name": "t"}], **OPEN)
    for name in ("authors", "posts", "others"):
        values = {"id": RECORD, "t": "x"} | ({"author": RECORD} if name == "posts" else {})
        Client().post(f"/api/collections/{name}/records", values, "application/json")
    catalog()
    return posts


REQUESTS = [
    pytest.param("GET", "records", None, id="list"),
    pytest.param("GET", f"records/{RECORD}", None, id="view"),
    pytest.param("POST", "records", {"t": "y"}, id="create"),
    pytest.param("PATCH", f"records/{RECORD}", {"t": "y"}, id="update"),
]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_without_receivers_everything_short_stays_inline(lane, posts, method, path, body):
    assert lane(method, f"posts/{path}", body) == ("inline", 200)


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_receivers_of_another_collection_leave_a_request_inline(lane, posts, connect, method, path, body):
    for name in RECORD_HOOKS:
        connect(getattr(events, name), lambda **kwargs: None, collection="others")
    assert lane(method, f"posts/{path}", body) == ("inline", 200)


HOOKS_OF = {
    "GET": ("records_list_request", "record_enrich"),
    "POST": (
        "record_create_request",
        "record_validate",
        "model_validate",
        "record_create",
        "model_create",
        "record_create_execute",
        "model_create_execute",
        "record_after_create_success",
        "model_after_create_success",
        "record_after_create_error",
        "model_after_create_error",
        "record_enrich",
    ),
    "PATCH": (
        "record_update_request",
        "record_validate",
        "model_validate",
        "record_update",
        "model_update",
        "record_update_execute",
        "model_update_execute",
        "record_after_update_success",
        "model_after_update_success",
        "record_after_update_error",
        "model_after_update_error",
        "record_enrich",
    ),
}


@pytest.mark.parametrize(
    ("method", "path", "body", "name"),
    [
        *(("GET", "records", None, name) for name in HOOKS_OF["GET"]),
        *(("GET", f"records/{RECORD}", None, name) for name in ("record_view_request", "record_enrich")),
        *(("POST", "records", {"t": "y"}, name) for name in HOOKS_OF["POST"]),
        *(("PATCH", f"records/{RECORD}", {"t": "y"}, name) for name in HOOKS_OF["PATCH"]),
    ],
)
def test_a_receiver_of_the_collection_moves_the_request_before_its_first_query(
    lane, posts, connect, method, path, body, name
):
    connect(getattr(events, name), receive, collection=posts.id)
    assert lane(method, f"posts/{path}", body) == ("pool", None)
    assert lane.statements == []


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
@pytest.mark.parametrize("expand", ["author", "author.posts_via_author"])
def test_enriching_what_is_expanded_moves_the_request(lane, posts, connect, method, path, body, expand):
    connect(events.record_enrich, receive, collection="authors")
    assert (lane(method, f"posts/{path}?expand={expand}", body), lane.statements) == (("pool", None), [])


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_what_a_write_expands_is_read_in_the_pool(lane, posts, connect, method, path, body):
    connect(events.record_enrich, receive, collection="authors")
    outcome = lane(method, f"posts/{path}?expand=nothing,posts_via_author", body)
    assert outcome == (("inline", 200) if method == "GET" else ("pool", None))
    assert method == "GET" or lane.statements == []


@pytest.mark.parametrize(
    ("collection", "expected"),
    [
        pytest.param("members", ("pool", None), id="own"),
        pytest.param("others", ("inline", 200), id="other"),
    ],
)
@pytest.mark.parametrize("name", ["record_auth_refresh_request", "record_auth_request", "record_enrich"])
def test_a_token_is_renewed_inline_unless_its_collection_has_receivers(
    lane, make_collection, connect, collection, expected, name
):
    make_collection("others")
    fields = [field.as_json() for field in auth_fields()]
    make_collection("members", fields, type="auth", options=auth_options())
    join("members", "member000000001", email="m@example.com")
    Client().get("/api/collections/others/records")  # loads what a running server has at hand
    lane.token = issue_auth_token(stored("members", "member000000001"))
    hook = getattr(auth_events, name, None) or getattr(events, name)
    connect(hook, receive, collection=collection)
    assert lane("POST", "members/auth-refresh") == expected


def test_a_search_that_leaves_the_fast_lane_is_counted_once(lane, make_collection, connect, monkeypatch):
    counted: Collection = make_collection("counted", list_rule="id != ''")
    fresh = EmptySearches()
    monkeypatch.setattr("collections_app.records.reading.listing.empty_searches", fresh)
    monkeypatch.setattr(searches, "time", SimpleNamespace(monotonic=lambda: 7.0))
    lane.client.get("/api/collections/counted/records")  # loads what a running server has at hand
    assert lane("GET", "counted/records") == ("inline", 200)
    connect(events.records_list_request, receive)
    path = "counted/records?filter=id='x'"
    assert lane("GET", path) == ("pool", None)
    assert lane.client.get(f"/api/collections/{path}").status_code == 200
    assert fresh._left == {f"{counted.id}/127.0.0.1": (FREE_SEARCHES - 1, 7.0)}
