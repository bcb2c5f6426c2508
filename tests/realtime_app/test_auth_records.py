"""What happens to clients when the record that they stand for changes (contract/realtime.md 7)."""

import pytest
from django.db import transaction

from collections_app import commits
from collections_app.orm import collection_model
from tests.auth_app.accounts import join, stored
from tests.realtime_app.world import COMMENTS, PEOPLE, POSTS, stored_collection

OWN = f"{PEOPLE}/*"
ALL = f"{POSTS}/*"


@pytest.fixture
def signed_in(world):
    """Two clients of alice's, who may see posts as long as they are signed in, and her own record."""
    world.redesign(POSTS, list_rule="@request.auth.id != ''")
    world.redesign(PEOPLE, list_rule="id = @request.auth.id")
    return [world.client(ALL, OWN, auth=world.alice), world.client(ALL, OWN, auth=world.alice)]


def own_events(client):
    return [(kind, record["name"]) for name, kind, record in client.told() if name == OWN]


def hears_posts(world, client):
    client.take()
    world.create(POSTS, title="a")
    world.settle()
    return bool(client.told())


def test_rules_see_the_new_values(world, signed_in):
    world.redesign(POSTS, list_rule="@request.auth.name = 'New'")
    assert not hears_posts(world, signed_in[0])
    world.update(PEOPLE, world.alice.id, name="New")
    world.settle()
    assert [own_events(client) for client in signed_in] == [[("update", "New")]] * 2
    assert [client.auth["name"] for client in signed_in] == ["New", "New"]
    assert hears_posts(world, signed_in[0])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"password": "0987654321", "passwordConfirm": "0987654321"}, id="password"),
        pytest.param({"email": "new@rt.example.com"}, id="email"),
    ],
)
def test_another_token_key_makes_guests_before_its_own_event(world, signed_in, change):
    root = world.client(OWN, auth=world.root)
    world.update(PEOPLE, world.alice.id, **change)
    world.settle()
    assert [(client.auth, own_events(client)) for client in signed_in] == [(None, [])] * 2
    assert [kind for _, kind, _ in root.told()] == ["update"]
    assert not any(hears_posts(world, client) for client in signed_in)
    for client in signed_in:
        world.hub.subscribe(client, [ALL], stored(PEOPLE, world.alice.id))
    assert all(hears_posts(world, client) for client in signed_in)


def test_the_last_event_is_the_delete_of_the_own_account(world, signed_in):
    world.delete(PEOPLE, world.alice.id)
    world.settle()
    assert [own_events(client) for client in signed_in] == [[("delete", "Alice")]] * 2
    assert [client.auth for client in signed_in] == [None, None]
    assert not hears_posts(world, signed_in[0])
    world.redesign(POSTS, list_rule="")
    assert all(hears_posts(world, client) for client in signed_in)  # as guests


def test_a_delete_that_is_told_to_all_is_told_once(world, signed_in):
    world.redesign(PEOPLE, list_rule="")
    clients = [*signed_in, world.client(OWN)]
    world.delete(PEOPLE, world.alice.id)
    world.settle()
    assert [own_events(client) for client in clients] == [[("delete", "Alice")]] * 3


def test_an_account_that_goes_in_silence_takes_its_sign_in_along(world):
    client = world.client(ALL, auth=world.alice)  # not subscribed to accounts
    world.delete(PEOPLE, world.alice.id)
    world.settle()
    assert client.auth is None


def test_what_waits_is_told_as_whom_one_was_then(world, signed_in):
    with world.held():
        world.create(POSTS, title="before")
        world.delete(PEOPLE, world.alice.id)
        world.create(POSTS, title="after")
    told = [(name, kind, record.get("title")) for name, kind, record in signed_in[0].told()]
    assert told == [(ALL, "create", "before"), (OWN, "delete", None)]


@pytest.mark.parametrize(
    ("options", "is_cleared"),
    [
        pytest.param({"authToken": {"secret": "n" * 50, "duration": 432000}}, True, id="secret"),
        pytest.param({"authRule": "verified = true"}, True, id="auth_rule"),
        pytest.param({"fileToken": {"secret": "n" * 50, "duration": 432000}}, False, id="another_secret"),
        pytest.param({"manageRule": "id = ''"}, False, id="another_rule"),
    ],
)
def test_other_options_of_the_collection(world, signed_in, options, is_cleared):
    bob, root = world.client(auth=world.bob), world.client(auth=world.root)
    before = stored_collection(PEOPLE).options
    world.redesign(PEOPLE, options={**before, **options})
    assert [client.auth is None for client in (*signed_in, bob, root)] == [is_cleared] * 3 + [False]


def test_another_auth_collection_is_none_of_their_business(world, signed_in):
    others = world.make_auth("rt_others")
    namesake = join("rt_others", world.alice.id, email="other@rt.example.com")
    other = world.client(auth=namesake)
    collection_model("rt_others").objects.get(pk=namesake.id).delete()
    assert (other.auth, [client.auth.id for client in signed_in]) == (None, [world.alice.id] * 2)
    world.drop(others)


def test_a_deleted_collection_makes_guests(world):
    others = world.make_auth("rt_others")
    client = world.client(ALL, auth=join("rt_others", "rt0other0000000", email="other@rt.example.com"))
    world.drop(others)
    assert client.auth is None
    assert hears_posts(world, client)


def test_what_is_rolled_back_ends_no_sign_in(world, signed_in):
    with pytest.raises(RuntimeError), transaction.atomic():
        collection_model(PEOPLE).objects.get(pk=world.alice.id).delete()
        raise RuntimeError
    assert [client.auth.id for client in signed_in] == [world.alice.id] * 2


def test_nothing_is_gathered_while_nobody_is_there(world):
    assert not world.broadcast._hub.clients()
    heard = []
    commits.listen("test", records=heard.append, is_listening=lambda: False)
    try:
        world.create(COMMENTS, text="a")
    finally:
        commits.stop_listening("test")
    assert (heard, commits.records_are_heard()) == ([], False)
