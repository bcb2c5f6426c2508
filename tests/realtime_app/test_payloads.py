"""What is told: options, hidden fields, e-mail addresses, hooks (contract/realtime.md 4 and 5)."""

import pytest

from collections_app.events import record_enrich
from tests.auth_app.accounts import join
from tests.realtime_app.world import COMMENTS, PEOPLE, POSTS, stored_collection, topic_with

ALL = f"{POSTS}/*"


@pytest.fixture
def told_to(world):
    """What a guest, or who is named, is told of a new post by alice: `None` when nothing."""

    def told_to(topic, who="guest", **values):
        client = world.everybody(topic)[who]
        world.create(POSTS, **{"title": "a", "author": world.alice.id, **values})
        world.settle()
        told = client.take()
        assert all(name == topic for name, _ in told)
        return [data for _, data in told]

    return told_to


# --- the frame ----------------------------------------------------------------------------------------


def test_the_bytes_of_a_frame(world):
    client = world.client(ALL)
    world.create(POSTS, id="frame0000000001", title='é "q"\n<', secret="s")
    world.settle()
    assert client.frames == [
        (
            f"id:{client.id}\nevent:rt_posts/*\n"
            'data:{"record":{"author":"","collectionId":"pbc_rt_posts","collectionName":"rt_posts",'
            '"id":"frame0000000001","title":"é \\"q\\"\\n\\u003c"},"action":"create"}\n\n'
        ).encode()
    ]


def test_hidden_fields_are_told_to_superusers_alone(world):
    clients = world.everybody(ALL)
    world.create(POSTS, title="a", secret="s")
    world.settle()
    seen = {name: client.told()[0][2].get("secret") for name, client in clients.items()}
    assert seen == {"guest": None, "alice": None, "bob": None, "root": "s"}


# --- filter -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filter_", "hearing"),
    [
        pytest.param("title = 'a'", ["guest", "alice", "root"], id="matching"),
        pytest.param("title = 'x'", [], id="not_matching"),
        pytest.param("author.name = 'Alice'", ["guest", "alice", "root"], id="relation"),
        pytest.param("title =", [], id="broken"),
        pytest.param("nothing = 'a'", [], id="unknown_field"),
        pytest.param("secret = ''", [], id="hidden_field"),
        pytest.param("@request.auth.id = 'x' || title = 'a'", ["root"], id="for_superusers"),
        pytest.param("@collection.rt_people.id ?!= '' && title = 'a'", ["root"], id="other_collections"),
    ],
)
def test_filter(world, filter_, hearing):
    topic = topic_with({"filter": filter_})
    clients = world.everybody(topic)
    world.create(POSTS, title="a", author=world.alice.id)
    world.settle()
    heard = [name for name in ("guest", "alice", "root") if clients[name].told()]
    assert heard == hearing


def test_a_sort_is_looked_at_as_well(told_to):
    topic = topic_with({"filter": "title = 'a'", "sort": "@request.auth.id"})
    assert (told_to(topic), len(told_to(topic, "root"))) == ([], 1)
    assert len(told_to(topic_with({"sort": "@request.auth.id"}))) == 1


def test_rule_and_filter_have_to_match_both(world, told_to):
    world.redesign(POSTS, list_rule="author = @request.auth.id")
    topic = topic_with({"filter": "title = 'a'"})
    assert [len(told_to(topic, who)) for who in ("guest", "alice", "bob", "root")] == [0, 1, 0, 1]
    assert told_to(topic, "alice", title="x") == []


def test_a_filter_is_asked_before_a_delete_too(world):
    match, other = (
        world.client(topic_with({"filter": f"author.name = '{name}'"})) for name in ("Alice", "Bob")
    )
    record_id = world.create(POSTS, title="a", author=world.alice.id)
    world.delete(POSTS, record_id)
    world.settle()
    assert ([kind for _, kind, _ in match.told()], other.told()) == (["create", "delete"], [])


@pytest.mark.parametrize(
    ("topic", "is_heard"),
    [
        pytest.param(topic_with({"q": "1"}, {"X-Token": "t"}), True, id="both"),
        pytest.param(topic_with({"q": "1"}, {"x_token": "t"}), True, id="in_snake_case"),
        pytest.param(topic_with({"q": 1}, {"X-TOKEN": "t"}), True, id="cast"),
        pytest.param(topic_with({"q": "1"}), False, id="no_header"),
        pytest.param(topic_with(None, {"X-Token": "t"}), False, id="no_query"),
        pytest.param(ALL, False, id="no_options"),
    ],
)
def test_query_and_headers_reach_the_rule(world, told_to, topic, is_heard):
    world.redesign(POSTS, list_rule="@request.query.q = '1' && @request.headers.x_token = 't'")
    assert len(told_to(topic)) == is_heard


# --- fields and expand --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "record"),
    [
        pytest.param("title", {"title": "abc"}, id="one"),
        pytest.param("title,id", {"title": "abc", "id": "fields000000001"}, id="several"),
        pytest.param("title:excerpt(2)", {"title": "ab"}, id="modifier"),
        pytest.param("nothing", {}, id="unknown"),
        pytest.param("record.title,action", {}, id="inside_the_record"),
        pytest.param("secret,title", {"title": "abc"}, id="hidden"),
    ],
)
def test_fields(told_to, fields, record):
    told = told_to(topic_with({"fields": fields}), id="fields000000001", title="abc")
    assert told == [{"record": record, "action": "create"}]


def test_fields_that_cannot_be_read_pick_everything(told_to):
    (told,) = told_to(topic_with({"fields": "title:nothing(2)"}))
    assert set(told["record"]) == {"author", "collectionId", "collectionName", "id", "title"}


def test_expand_goes_by_the_rules_of_the_expanded(world, told_to):
    topic = topic_with({"expand": "author"})
    world.redesign(PEOPLE, view_rule="id = @request.auth.id")
    expanded = {}
    for who in ("guest", "alice", "bob", "root"):
        (told,) = told_to(topic, who)
        expanded[who] = told["record"].get("expand", {}).get("author", {}).get("email")
    assert expanded == {
        "guest": None,
        "alice": world.alice["email"],
        "bob": None,
        "root": world.alice["email"],
    }


def test_expand_and_fields_together(told_to):
    topic = topic_with({"expand": "author", "fields": "title,expand.author.name"})
    assert told_to(topic) == [
        {"record": {"title": "a", "expand": {"author": {"name": "Alice"}}}, "action": "create"}
    ]


def test_what_cannot_be_expanded_is_left_out(told_to):
    (told,) = told_to(topic_with({"expand": "nothing,author.nothing"}))
    assert told["record"]["title"] == "a"


def test_a_delete_is_expanded_as_it_was(world):
    post = world.create(POSTS, title="a")
    comment = world.create(COMMENTS, text="c", post=post)
    client = world.client(topic_with({"expand": "post"}, base=f"{COMMENTS}/{comment}"))
    world.delete(POSTS, post)  # the comment goes with it
    world.settle()
    ((_, kind, record),) = client.told()
    assert (kind, record["expand"]["post"]["title"]) == ("delete", "a")


# --- e-mail addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manage_rule", "is_visible", "seeing"),
    [
        pytest.param(None, False, ["alice", "root"], id="oneself_and_superusers"),
        pytest.param("@request.auth.name = 'Bob'", False, ["alice", "bob", "root"], id="who_manages"),
        pytest.param("@request.auth.nothing = 1", False, ["alice", "root"], id="broken_rule"),
        pytest.param(None, True, ["guest", "alice", "bob", "root"], id="visible"),
    ],
)
@pytest.mark.parametrize("kind", ["update", "delete"])
def test_who_sees_an_email_address(world, manage_rule, is_visible, seeing, kind):
    people = stored_collection(PEOPLE)
    world.redesign(PEOPLE, options={**people.options, "manageRule": manage_rule})
    world.update(PEOPLE, world.alice.id, emailVisibility=is_visible)
    world.settle()
    clients = world.everybody(f"{PEOPLE}/*")
    if kind == "update":
        world.update(PEOPLE, world.alice.id, name="A")
    else:
        world.delete(PEOPLE, world.alice.id)
    world.settle()
    told = {name: client.told()[0] for name, client in clients.items()}
    assert {one[1] for one in told.values()} == {kind}
    assert [name for name, (_, _, record) in told.items() if "email" in record] == seeing
    assert not any({"password", "tokenKey"} & set(record) for _, _, record in told.values())


def test_the_same_id_in_another_collection_is_somebody_else(world):
    others = world.make_auth("rt_others")
    namesake = join("rt_others", world.alice.id, email="other@rt.example.com")
    try:
        client = world.client(f"{PEOPLE}/*", auth=namesake)
        world.delete(PEOPLE, world.alice.id)
        world.settle()
        ((_, _, record),) = client.told()
        assert "email" not in record
    finally:
        world.drop(others)


# --- the enrich hook ----------------------------------------------------------------------------------


def test_what_an_enrich_hook_does_is_told(world, connect):
    def enrich(event, **kwargs):
        who = event.info.auth.id if event.info.auth else "guest"
        event.record.extra = {"seenBy": who, "context": event.info.context}

    connect(record_enrich, enrich, collection=POSTS)
    clients = world.everybody(ALL)
    world.create(POSTS, title="a")
    world.settle()
    seen = {name: client.told()[0][2] for name, client in clients.items()}
    assert {name: (record["seenBy"], record["context"]) for name, record in seen.items()} == {
        "guest": ("guest", "realtime"),
        "alice": (world.alice.id, "realtime"),
        "bob": (world.bob.id, "realtime"),
        "root": (world.root.id, "realtime"),
    }


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(lambda record: 1 / 0, id="raises"),
        pytest.param(lambda record: setattr(record, "extra", {"x": object()}), id="no_json"),
    ],
)
def test_an_enrich_hook_that_fails_silences_those_alone_for_whom_it_does(world, connect, break_it):
    def enrich(event, **kwargs):
        if event.info.auth is not None and event.info.auth.id == world.bob.id:
            break_it(event.record)

    connect(record_enrich, enrich, collection=POSTS)
    clients = world.everybody(ALL)
    world.create(POSTS, title="a")
    world.settle()
    assert [name for name, client in clients.items() if client.told()] == ["guest", "alice", "root"]


def test_one_that_hides_a_field_hides_it_from_whom_it_wants(world, connect):
    def enrich(event, **kwargs):
        if event.info.auth is None:
            event.record.concealed |= {"title"}

    connect(record_enrich, enrich, collection=POSTS)
    clients = world.everybody(ALL)
    world.create(POSTS, title="a")
    world.settle()
    assert {name: client.told()[0][2].get("title") for name, client in clients.items()} == {
        "guest": None,
        "alice": "a",
        "bob": "a",
        "root": "a",
    }
