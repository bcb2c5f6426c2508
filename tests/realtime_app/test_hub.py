"""The hub: who is there, in which groups, and for whom they stand (contract/realtime.md 3 and 7)."""

import threading

import pytest

from collections_app.collection import Collection
from realtime_app.groups import auth_key
from realtime_app.hub import Hub
from tests.auth_app.accounts import alice, members
from tests.realtime_app.listening import Listener, joined

MEMBERS = members()
OTHERS = Collection(id="pbc_others", name="others", type="auth", options=MEMBERS.options)
FILTERED = "posts/*?options=%7B%22query%22%3A%7B%22filter%22%3A%22a%3D1%22%7D%7D"


@pytest.fixture
def hub():
    return Hub()


def groups(hub, *bases):
    """The groups as texts, whom they stand for, and how many clients they have."""
    return sorted(
        (group.topic.text, group.info.auth["email"] if group.info.auth else "", len(group.clients))
        for group in hub.groups_of(bases)
    )


def is_empty(hub):
    return not (len(hub) or hub._groups or hub._signed_in)


# --- coming and going ---------------------------------------------------------------------------------


def test_a_client_is_found_while_it_is_registered(hub):
    client, other = Listener(), Listener()
    hub.register(client)
    assert (hub.find(client.id), hub.find(other.id), hub.clients(), len(hub)) == (client, None, [client], 1)
    hub.unregister(client)
    assert (hub.find(client.id), client.is_open, is_empty(hub)) == (None, False, True)


def test_unregistering_twice_or_never_registered_is_harmless(hub):
    client = joined(hub, "posts/*", auth=alice())
    hub.unregister(Listener())
    hub.unregister(client)
    hub.unregister(client)
    assert is_empty(hub)


def test_who_has_left_still_says_whom_it_stood_for(hub):
    client = joined(hub, "posts/*", auth=alice())
    hub.unregister(client)
    assert (client.auth["email"], client.has_subscription("posts/*")) == ("alice@example.com", True)
    assert hub.unsubscribe(client, "posts/*") is False
    hub.renew_auth(alice(email="new@example.com"))
    assert client.auth["email"] == "alice@example.com"


def test_subscribing_after_the_end_is_harmless(hub):
    client = joined(hub)
    hub.unregister(client)
    hub.subscribe(client, ["posts/*"], alice())
    assert (client.topics, client.auth, is_empty(hub)) == ({}, None, True)


# --- subscriptions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([], ["a"], ["a"], id="first"),
        pytest.param(["a", "b"], ["b", "c"], ["b", "c"], id="replaced"),
        pytest.param(["a"], ["a"], ["a"], id="the_same"),
        pytest.param(["a"], [], [], id="emptied"),
        pytest.param([], [], [], id="nothing"),
        pytest.param([], ["", "a", "a", ""], ["a"], id="empty_and_repeated"),
        pytest.param(["a"], ["a?x", "a?"], ["a?x", "a?"], id="options_make_others"),
    ],
)
def test_subscriptions_are_replaced_as_a_whole(hub, before, after, expected):
    client = joined(hub, *before)
    hub.subscribe(client, after, None)
    assert list(client.topics) == expected
    assert groups(hub, "a", "b", "c") == [(text, "", 1) for text in sorted(expected)]
    hub.subscribe(client, [], None)
    assert (groups(hub, "a", "b", "c"), hub._groups) == ([], {})


def test_what_stays_subscribed_keeps_its_group(hub):
    client = joined(hub, "a", "b")
    (group,) = hub.groups_of(["a"])
    hub.subscribe(client, ["a", "c"], None)
    assert hub.groups_of(["a"]) == [group]


def test_one_group_per_topic_and_signed_in_record(hub):
    twins = alice(), alice()
    for auth in (None, None, *twins, alice(OTHERS), alice(id="bob000000000001", email="bob@example.com")):
        joined(hub, "posts/*", FILTERED, auth=auth)
    people = [("", 2), ("alice@example.com", 1), ("alice@example.com", 2), ("bob@example.com", 1)]
    assert groups(hub, "posts/*") == sorted((text, *who) for text in ("posts/*", FILTERED) for who in people)
    assert groups(hub, "posts", "posts/x") == []


def test_groups_come_in_the_order_of_the_bases_and_of_joining(hub):
    first, second = joined(hub, "b", "a"), joined(hub, "b")
    assert [(group.topic.text, list(group.clients)) for group in hub.groups_of(["a", "x", "b"])] == [
        ("a", [first]),
        ("b", [first, second]),
    ]


@pytest.mark.parametrize(
    ("topic", "count"),
    [
        pytest.param("posts/*", 3, id="exact"),
        pytest.param(FILTERED, 1, id="with_options"),
        pytest.param("posts/*?", 0, id="others"),
        pytest.param("posts", 0, id="base"),
    ],
)
def test_clients_with_exactly_this_topic(hub, topic, count):
    joined(hub, "posts/*", FILTERED)
    joined(hub, "posts/*")
    joined(hub, "posts/*", auth=alice())
    assert len(hub.clients_with(topic)) == count


def test_of_many_who_end_a_subscription_one_has_ended_it(hub):
    client = joined(hub, "@oauth2", "other")
    ended = in_threads(8, lambda _: hub.unsubscribe(client, "@oauth2"))
    assert (sorted(ended), list(client.topics)) == ([False] * 7 + [True], ["other"])


# --- whom clients stand for ---------------------------------------------------------------------------


def test_signing_in_moves_a_client_to_another_group(hub):
    client = joined(hub, "a", "b")
    hub.subscribe(client, ["a"], alice())
    assert (groups(hub, "a", "b"), hub.is_signed_in(auth_key(alice()))) == (
        [("a", "alice@example.com", 1)],
        True,
    )
    hub.subscribe(client, ["a"], None)
    assert (groups(hub, "a"), hub.is_signed_in(auth_key(alice()))) == ([("a", "", 1)], False)


@pytest.mark.parametrize(
    ("change", "email"),
    [
        pytest.param(
            lambda hub: hub.renew_auth(alice(email="new@example.com")), "new@example.com", id="renewed"
        ),
        pytest.param(lambda hub: hub.renew_auth(alice(tokenKey="x" * 50)), None, id="another_token_key"),
        pytest.param(lambda hub: hub.clear_auth(auth_key(alice())), None, id="record_gone"),
        pytest.param(lambda hub: hub.clear_auth_of(MEMBERS.id), None, id="collection_cleared"),
        pytest.param(
            lambda hub: hub.renew_auth(alice(OTHERS, tokenKey="x")),
            "alice@example.com",
            id="same_id_elsewhere",
        ),
        pytest.param(
            lambda hub: hub.clear_auth(auth_key(alice(OTHERS))),
            "alice@example.com",
            id="same_id_gone_elsewhere",
        ),
        pytest.param(
            lambda hub: hub.clear_auth_of(OTHERS.id), "alice@example.com", id="another_collection_cleared"
        ),
        pytest.param(
            lambda hub: hub.renew_auth(alice(id="bob000000000001", tokenKey="x")),
            "alice@example.com",
            id="somebody_else",
        ),
    ],
)
def test_a_changed_auth_record(hub, change, email):
    guest = joined(hub, "a")
    clients = [joined(hub, "a", "b", auth=alice()), joined(hub, "a", auth=alice())]
    change(hub)
    for client in clients:
        assert (client.auth and client.auth["email"]) == email
    if email is None:
        assert (groups(hub, "a", "b"), hub._signed_in) == ([("a", "", 3), ("b", "", 1)], {})
    else:
        assert groups(hub, "a", "b") == [("a", "", 1), ("a", email, 2), ("b", email, 1)]
    for client in (guest, *clients):
        hub.unregister(client)
    assert is_empty(hub)


def test_a_group_stays_what_it_was_for_what_waits_to_be_told(hub):
    client = joined(hub, "a", auth=alice())
    (group,) = hub.groups_of(["a"])
    hub.clear_auth(auth_key(alice()))
    assert (list(group.clients), group.info.auth["email"], client.auth) == (
        [client],
        "alice@example.com",
        None,
    )


def test_who_is_moved_hears_of_what_was_before_in_one_group(hub):
    guest, client = joined(hub, "a"), joined(hub, "a", auth=alice())
    before, moves = hub.audience(["a"])
    hub.clear_auth(auth_key(alice()))
    late = joined(hub, "a")
    after, later = hub.audience(["a"])
    assert [group.members(moves) for group in before] == [[guest, late], [client]]
    assert [group.members(later) for group in after] == [[guest, client, late]]
    assert [group.members(None) for group in after] == [[guest, client, late]]


def test_all_clients_of_one_record_have_its_latest_reading(hub):
    old = joined(hub, "a", auth=alice(email="old@example.com"))
    joined(hub, "a", auth=alice(email="new@example.com"))
    assert groups(hub, "a") == [("a", "new@example.com", 2)]
    assert old.auth["email"] == "new@example.com"


def test_after_another_token_key_anybody_may_sign_in(hub):
    client = joined(hub, "a", auth=alice())
    hub.renew_auth(alice(tokenKey="x" * 50))
    hub.subscribe(client, ["a"], alice(tokenKey="x" * 50))
    assert groups(hub, "a") == [("a", "alice@example.com", 1)]


# --- threads ------------------------------------------------------------------------------------------


def test_many_threads_leave_nothing_behind(hub):
    people = [alice(id=f"person00000000{number}") for number in range(4)]

    def live(number):
        for turn in range(60):
            client = Listener()
            hub.register(client)
            hub.subscribe(client, ["a", f"b?{turn}"], people[(number + turn) % 4])
            hub.renew_auth(alice(id=people[turn % 4].id, email=f"{turn}@example.com"))
            hub.groups_of(["a", "b"])
            hub.subscribe(client, ["a", "c"], client.auth)
            hub.unsubscribe(client, "a")
            hub.clear_auth(auth_key(people[turn % 4]))
            hub.clients_with("c")
            hub.unregister(client)

    in_threads(8, live)
    assert is_empty(hub)


def in_threads(count, work):
    """What `work` returned for each number; raises what one of them raised."""
    results, start = [], threading.Barrier(count)

    def run(number):
        start.wait()
        try:
            results.append(work(number))
        except Exception as error:  # noqa: BLE001 - raised below
            results.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results
