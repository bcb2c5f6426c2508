"""Who hears of what is written, and in which order (contract/realtime.md 4 to 6)."""

import pytest
from django.db import transaction

from collections_app.catalog import find_collection
from collections_app.definitions.saving import delete_collection, truncate_collection
from collections_app.orm import collection_model
from tests.realtime_app.world import COMMENTS, PEOPLE, POSTS, stored_collection, topic_with

ALL = f"{POSTS}/*"
ID = "pbc_" + POSTS
EVERYBODY = {"guest", "alice", "bob", "root"}
KINDS = ["create", "update", "delete"]


def write_all(world, **values):
    """A record that comes, changes and goes; returns its id."""
    record_id = world.create(POSTS, **{"title": "a", **values})
    world.settle()
    world.update(POSTS, record_id, secret="s")
    world.settle()
    world.delete(POSTS, record_id)
    world.settle()
    return record_id


def short(told):
    return [(kind, record.get("title", record.get("text"))) for _, kind, record in told]


# --- rules --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "hearing"),
    [
        pytest.param(None, {"root"}, id="null"),
        pytest.param("", EVERYBODY, id="empty"),
        pytest.param("title = 'a'", EVERYBODY, id="matching"),
        pytest.param("title = 'x'", {"root"}, id="not_matching"),
        pytest.param("@request.auth.id != ''", {"alice", "bob", "root"}, id="signed_in"),
        pytest.param("@request.auth.id = ''", {"guest", "root"}, id="guests"),
        pytest.param("author = @request.auth.id", {"alice", "root"}, id="author"),
        pytest.param("author.email = 'alice@rt.example.com'", EVERYBODY, id="of_a_relation"),
        pytest.param("@request.auth.name = 'Bob'", {"bob", "root"}, id="of_the_auth_record"),
        pytest.param("@request.auth.collectionName = 'rt_people'", {"alice", "bob", "root"}, id="its_type"),
        pytest.param("@request.context = 'realtime' && @request.method = 'GET'", EVERYBODY, id="context"),
        pytest.param("@request.body.title:isset = true", {"root"}, id="no_body"),
        pytest.param("@request.query.q = '1'", {"root"}, id="no_query"),
        pytest.param("@collection.rt_people.email ?= 'bob@rt.example.com'", EVERYBODY, id="others"),
        pytest.param("secret = '' || secret = 's'", EVERYBODY, id="hidden_fields"),
    ],
)  # fmt: skip
def test_a_rule_says_who_hears(world, rule, hearing):
    world.redesign(POSTS, list_rule=rule, view_rule="title = 'nobody'")
    clients = world.everybody(ALL)
    write_all(world, author=world.alice.id)
    heard = {name: [kind for _, kind, _ in client.told()] for name, client in clients.items()}
    assert heard == {name: KINDS if name in hearing else [] for name in EVERYBODY}


@pytest.mark.parametrize(
    ("topic", "rule"),
    [
        pytest.param("rt_posts/*", "list", id="name_and_all"),
        pytest.param("pbc_rt_posts/*", "list", id="id_and_all"),
        pytest.param("rt_posts", "list", id="name"),
        pytest.param("pbc_rt_posts", "list", id="id"),
        pytest.param("rt_posts/ID", "view", id="name_and_one"),
        pytest.param("pbc_rt_posts/ID", "view", id="id_and_one"),
        pytest.param("rt_posts/*?x=1", "list", id="any_query"),
        pytest.param("rt_posts?", "list", id="empty_query"),
        pytest.param("rt_posts/ID?options=bad", "view", id="bad_options"),
        pytest.param("rt_posts/otherrecord0001", None, id="another_record"),
        pytest.param("RT_POSTS/*", None, id="case"),
        pytest.param("rt_posts/", None, id="nothing_behind_the_slash"),
        pytest.param("rt_posts/*/", None, id="more_behind_it"),
        pytest.param("rt_posts//*", None, id="two_slashes"),
        pytest.param(" rt_posts/*", None, id="space"),
        pytest.param("rt_posts/*#x", None, id="fragment"),
        pytest.param("rt_comments/*", None, id="another_collection"),
        pytest.param("*", None, id="star"),
        pytest.param("PB_CONNECT", None, id="first_message"),
    ],
)
@pytest.mark.parametrize("open_rule", ["list", "view"])
def test_a_topic_says_which_rule(world, topic, rule, open_rule):
    world.redesign(POSTS, list_rule=None, view_rule=None)
    world.redesign(POSTS, **{f"{open_rule}_rule": ""})
    record_id = world.create(POSTS, title="a")
    topic = topic.replace("ID", record_id)
    client = world.client(topic)
    world.settle()
    world.update(POSTS, record_id, title="b")
    world.delete(POSTS, record_id)
    world.settle()
    expected = [(topic, "update", "b"), (topic, "delete", "b")] if rule == open_rule else []
    assert [(name, kind, record["title"]) for name, kind, record in client.told()] == expected


def test_each_subscription_gets_its_own_message(world):
    record_id = world.create(POSTS, title="a")
    topics = [ALL, POSTS, f"{ID}/*", f"{POSTS}/{record_id}", f"{ALL}?x", topic_with()]
    client, other = world.client(*topics), world.client(ALL)
    world.update(POSTS, record_id, title="b")
    world.settle()
    assert sorted(name for name, _, _ in client.told()) == sorted(topics)
    assert [name for name, _, _ in other.told()] == [ALL]


# --- what changes -------------------------------------------------------------------------------------


def test_an_update_that_stops_matching_is_not_told_and_one_that_begins_is_an_update(world):
    world.redesign(POSTS, list_rule="title = 'seen'")
    client = world.client(ALL)
    record_id = world.create(POSTS, title="seen")
    for title in ("unseen", "still unseen", "seen"):
        world.update(POSTS, record_id, title=title)
    world.settle()
    assert short(client.told()) == [("create", "seen"), ("update", "seen")]


def test_a_rule_is_asked_about_the_row_as_this_change_made_it(world):
    world.redesign(POSTS, list_rule="title = 'seen'")
    client = world.client(ALL)
    with world.held():
        record_id = world.create(POSTS, title="seen")
        world.update(POSTS, record_id, title="unseen")
        world.update(POSTS, record_id, title="seen")
        world.delete(POSTS, record_id)
    assert short(client.told()) == [("create", "seen"), ("update", "seen"), ("delete", "seen")]


def test_what_is_rolled_back_is_never_told(world):
    client = world.client(ALL)
    posts = collection_model(POSTS)
    kept = world.create(POSTS, title="kept")
    for undo in (lambda: posts(title="undone").save(), lambda: posts.objects.get(pk=kept).delete()):
        with pytest.raises(RuntimeError), transaction.atomic():
            undo()
            raise RuntimeError
    world.settle()
    assert (short(client.told()), len(world.broadcast._deletes)) == ([("create", "kept")], 0)


def test_a_part_that_is_rolled_back_is_not_told_either(world):
    client = world.client(ALL)
    posts = collection_model(POSTS)
    with transaction.atomic():
        posts(title="first").save()
        with pytest.raises(RuntimeError), transaction.atomic():
            posts(title="undone").save()
            raise RuntimeError
        posts(title="last").save()
        world.settle()
        assert client.told() == []
    world.settle()
    assert short(client.told()) == [("create", "first"), ("create", "last")]


def test_a_batch_comes_in_its_order(world):
    url = f"/api/collections/{POSTS}/records"
    client = world.client(ALL)
    ids = [f"batch{number:010}" for number in range(5)]
    requests = [{"method": "POST", "url": url, "body": {"id": one, "title": one}} for one in ids]
    requests += [{"method": "PATCH", "url": f"{url}/{ids[0]}", "body": {"title": "changed"}}]
    requests += [{"method": "DELETE", "url": f"{url}/{one}"} for one in ids]
    world.batch(requests)
    world.settle()
    titles = ["changed", *ids[1:]]
    assert short(client.told()) == [
        *(("create", one) for one in ids),
        ("update", "changed"),
        *(("delete", title) for title in titles),
    ]


def test_a_cascade_is_told_with_what_its_rules_look_at(world):
    world.redesign(COMMENTS, list_rule="post.title = 'a'")
    post = world.create(POSTS, title="a")
    for text in ("1", "2"):
        world.create(COMMENTS, text=text, post=post)
    client = world.client(f"{COMMENTS}/*", ALL)
    world.settle()
    world.delete(POSTS, post)
    world.settle()
    told = client.told()
    assert sorted((name, kind, record.get("text")) for name, kind, record in told) == [
        (f"{COMMENTS}/*", "delete", "1"),
        (f"{COMMENTS}/*", "delete", "2"),
        (ALL, "delete", None),
    ]
    assert all(record["post"] == post for name, _, record in told if name != ALL)


def test_a_reference_that_is_taken_out_is_an_update(world):
    post = world.create(POSTS, title="a", author=world.bob.id)
    client = world.client(f"{POSTS}/{post}")
    world.delete(PEOPLE, world.bob.id)
    world.settle()
    assert [(kind, record["author"]) for _, kind, record in client.told()] == [("update", "")]


def test_truncating_and_the_orm_are_told(world):
    client = world.client(ALL)
    posts = collection_model(POSTS)
    one = posts(title="orm")
    one.save()
    one.title = "orm 2"
    one.save()
    posts.objects.filter(pk=one.pk).delete()
    posts(title="left").save()
    truncate_collection(stored_collection(POSTS))
    world.settle()
    assert short(client.told()) == [
        ("create", "orm"),
        ("update", "orm 2"),
        ("delete", "orm 2"),
        ("create", "left"),
        ("delete", "left"),
    ]


def test_system_collections_are_told_to_superusers(world):
    guest, root = world.client("_superusers/*"), world.client("_superusers/*", auth=world.root)
    world.update("_superusers", world.root.id, emailVisibility=True)
    world.settle()
    assert (guest.told(), [record["id"] for _, _, record in root.told()]) == ([], [world.root.id])


def test_nobody_is_told_what_was_unsubscribed_meanwhile(world):
    leaving, gone, staying = world.client(ALL), world.client(ALL), world.client(ALL)
    with world.held():
        world.create(POSTS, title="a")
        world.hub.subscribe(leaving, [], None)
        world.hub.unregister(gone)
        gone.detach()
    assert (gone.told(), short(staying.told())) == ([], [("create", "a")])


# --- definitions that change --------------------------------------------------------------------------


def test_a_delete_is_told_though_another_collection_changes_meanwhile(world):
    record_id = world.create(POSTS, title="a")
    client = world.client(ALL)
    world.settle()
    with world.held():
        world.delete(POSTS, record_id)
        world.redesign(COMMENTS, list_rule=None)
    assert short(client.told()) == [("delete", "a")]


def test_the_rule_is_the_one_of_now(world):
    client = world.client(ALL)
    with world.held():
        world.create(POSTS, title="a")
        world.redesign(POSTS, list_rule=None)
    assert client.told() == []
    world.redesign(POSTS, list_rule="")
    world.create(POSTS, title="b")
    world.settle()
    assert short(client.told()) == [("create", "b")]


def test_a_renamed_collection_is_heard_of_under_its_new_name_and_its_id(world):
    client = world.client(ALL, "rt_articles/*", f"{ID}/*")
    world.redesign(POSTS, name="rt_articles")
    world.create("rt_articles", title="a")
    world.settle()
    assert sorted((name, record["collectionName"]) for name, _, record in client.told()) == [
        (f"{ID}/*", "rt_articles"),
        ("rt_articles/*", "rt_articles"),
    ]


def test_what_waits_when_fields_change_is_written_as_it_is_now(world):
    client = world.client(ALL)
    posts = stored_collection(POSTS)
    with world.held():
        world.create(POSTS, title="a")
        world.redesign(POSTS, fields=tuple(field for field in posts.fields if field.name != "secret"))
    assert short(client.told()) == [("create", "a")]


def test_what_waits_when_a_collection_goes_is_not_told(world):
    client = world.client(f"{COMMENTS}/*")
    with world.held():
        world.create(COMMENTS, text="a")
        delete_collection(stored_collection(COMMENTS))
    assert (client.told(), find_collection(COMMENTS)) == ([], None)
