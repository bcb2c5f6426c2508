"""What the bus does, on every road that it may take."""

import pytest

from tests.realtime_app.bus.driving import Bus


def test_all_others_hear_in_order_what_is_published(any_bus: Bus):
    alice, bob, carol = any_bus.members(3)
    alice.call("publish", count=1000)
    assert bob.call("heard", count=1000) == list(range(1000))
    assert carol.call("heard", count=1000) == list(range(1000))
    bob.call("publish", payload="and back")
    assert alice.call("heard", count=1) == ["and back"]  # nothing of its own
    assert bob.call("handler_threads") is True


def test_a_burst_loses_nothing(any_bus: Bus):
    alice, bob = any_bus.members(2)
    alice.call("publish", count=10_000)
    assert bob.call("heard", count=10_000) == list(range(10_000))


@pytest.mark.parametrize("size", [60_000, 300_000, 4_000_000])
def test_messages_may_be_large(any_bus: Bus, size):
    alice, bob = any_bus.members(2)
    alice.call("publish", size=size)
    alice.call("publish", payload="after")
    assert bob.call("heard", count=2) == [size, "after"]


def test_what_is_too_large_or_no_json_is_missed(any_bus: Bus):
    alice, bob = any_bus.members(2)
    alice.call("publish", size=9_000_000)
    alice.call("publish_what_is_no_json")
    alice.call("publish", payload="after")
    assert bob.call("heard", count=1) == ["after"]
    assert bob.call("missed") is True


def test_a_newcomer_is_known_and_knows(any_bus: Bus):
    (alice,) = any_bus.members(1)
    assert alice.call("is_alone", is_alone=True) is True
    alice.call("announce", key="clients", value=3)
    bob = any_bus.begin().begun()
    assert alice.call("is_alone", is_alone=False) is False
    assert bob.call("peers", count=1) == {alice.call("tag"): {"clients": 3}}
    bob.call("announce", key="clients", value=0)  # done when alice knows
    assert alice.call("peers", count=1) == {bob.call("tag"): {"clients": 0}}
    assert (alice.call("has_anybody", key="clients"), bob.call("has_anybody", key="clients")) == (False, True)
    bob.end()
    assert alice.call("is_alone", is_alone=True) is True
    assert alice.call("missed", seconds=0) is False


def test_one_process_asks_another(any_bus: Bus):
    alice, bob, carol = any_bus.members(3)
    tag = bob.call("tag")
    assert alice.call("ask", tag=tag, kind="echo", payload=[1, {"a": None}]) == {
        "tag": tag,
        "payload": [1, {"a": None}],
    }
    assert carol.call("ask_many", tag=tag, count=200) == list(range(200))
    assert alice.call("ask", tag=tag, kind="fail") == "AskFailed"
    assert alice.call("ask", tag=tag, kind="unknown") == "AskFailed"
    assert alice.call("ask", tag="nobody", kind="echo") == "NoSuchProcess"
    assert alice.call("ask", tag=tag, kind="large") == "AskFailed"
    assert alice.call("ask_with_too_much", tag=tag) == "ValueError"
    assert alice.call("missed", seconds=0) is False


def test_a_handler_that_fails_keeps_no_letter_from_the_next(any_bus: Bus):
    alice, bob = any_bus.members(2)
    alice.call("publish", kind="fail")
    alice.call("publish", kind="what nobody there handles")
    alice.call("publish", payload="after")
    assert bob.call("heard", count=1) == ["after"]
    assert bob.call("missed", seconds=0) is False


def test_an_answer_may_come_later_but_not_too_late(any_bus: Bus):
    alice, bob = any_bus.members(2)
    tag = bob.call("tag")
    assert alice.call("ask", tag=tag, kind="hold", seconds=0.3) == "NoAnswer"
    bob.call("release", value="too late")
    alice.ask("ask", tag=tag, kind="hold")
    bob.call("release", value="done")
    assert alice.answer() == "done"


def test_commands_publish_at_once_and_before_they_end(any_bus: Bus):
    (alice,) = any_bus.members(1)
    command = any_bus.begin("command").begun()
    assert command.call("is_alone_now") is False
    assert command.call("has_anybody", key="clients") is True
    command.call("publish", count=1000)
    command.call("publish", size=1_000_000)
    command.end()
    assert alice.call("heard", count=1001) == [*range(1000), 1_000_000]
    hasty = any_bus.begin("command").begun()
    hasty.call("publish", payload="the last thing that it does")
    hasty.end()
    assert alice.call("heard", count=1002)[-1] == "the last thing that it does"
    assert alice.call("missed", seconds=0) is False
    assert alice.call("peers", count=0) == {}


def test_stopping_leaves_nothing_open(any_bus: Bus):
    alice, bob = any_bus.members(2)
    before, after = alice.call("restart", count=5)
    assert after == before
    assert alice.call("peers", count=1).keys() == {bob.call("tag")}


def test_a_forked_process_has_a_tag_and_a_road_of_its_own(any_bus: Bus):
    (alice,) = any_bus.members(1)
    command = any_bus.begin("command").begun()
    command.call("publish", payload="from the parent")
    assert alice.call("heard", count=1) == ["from the parent"]
    own, childs = command.call("fork")
    assert own != childs
    command.call("publish", payload="and again")
    assert sorted(alice.call("heard", count=3)) == ["and again", "from the child", "from the parent"]
    assert alice.call("missed", seconds=0) is False


def test_publishing_never_waits_for_one_that_does_not_read(any_bus: Bus):
    alice, bob, carol = any_bus.members(3)
    bob.freeze()
    alice.call("publish", count=10_000)  # returns, and others hear it
    assert carol.call("heard", count=10_000) == list(range(10_000))
    bob.thaw()
    assert bob.call("heard", count=10_000) == list(range(10_000))
