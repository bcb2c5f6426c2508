"""What is too large for its road goes in parts; numbers tell what got lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_app.wire.json_encoding import encode
from realtime_app.bus import parts
from realtime_app.bus.hearing import Hearing
from realtime_app.bus.outbox import BATCH_LETTERS, MOST_BYTES, MOST_LETTERS, Outbox
from realtime_app.bus.parts import Assembly, NotAPart, TooLarge, split


@given(st.lists(st.tuples(st.sampled_from("ab"), st.binary(max_size=50)), max_size=20), st.integers(1, 9))
def test_messages_come_out_as_they_went_in(messages, part_bytes):
    assembly = Assembly()
    roads = {
        sender: [
            part
            for number, (whose, message) in enumerate(messages)
            if whose == sender
            for part in split(sender, number, message, part_bytes)
        ]
        for sender in "ab"
    }
    whole = {sender: [assembly.add(part) for part in road] for sender, road in roads.items()}
    for sender, received in whole.items():
        assert [each for each in received if each is not None] == [
            message for whose, message in messages if whose == sender
        ]
    assert (assembly.lost, len(assembly)) == (0, 0)


@pytest.mark.parametrize(
    ("lost", "received", "losses"),
    [
        pytest.param({0}, [b"next"], 0, id="the_first_part"),  # its number tells
        pytest.param({1}, [b"next"], 1, id="a_part_in_between"),
        pytest.param({2}, [b"next"], 1, id="the_last_part"),
        pytest.param(set(), [b"abcdef", b"next"], 0, id="none"),
    ],
)
def test_a_message_without_one_of_its_parts_is_no_message(lost, received, losses):
    assembly = Assembly()
    road = [part for at, part in enumerate(split("a", 1, b"abcdef", 2)) if at not in lost]
    whole = [assembly.add(part) for part in [*road, *split("a", 2, b"next", 10)]]
    assert [each for each in whole if each is not None] == received
    assert (assembly.lost, len(assembly)) == (losses, 0)


def test_messages_that_never_end_are_dropped(monkeypatch):
    monkeypatch.setattr(parts, "MOST_WAITING_BYTES", 100)
    assembly = Assembly()
    for sender in "abcde":
        for part in split(sender, 1, b"x" * 60, 30)[:1]:
            assert assembly.add(part) is None
    assert (assembly.lost, len(assembly)) == (2, 3)
    monkeypatch.setattr(parts, "MOST_WAITING_SECONDS", -1)
    assembly.forget_old()
    assert (assembly.lost, len(assembly)) == (5, 0)


def test_too_large_messages_are_refused():
    with pytest.raises(TooLarge):
        split("a", 1, b"x" * (parts.MOST_MESSAGE_BYTES + 1), 1000)


@pytest.mark.parametrize("part", [b"", b"\xc1", b"\x93\x01\x02\x03", b"\x95\x01\x02\x03\x04\x05"])
def test_other_bytes_are_no_part(part):
    with pytest.raises(NotAPart):
        Assembly().add(part)


@pytest.mark.parametrize(
    ("numbers", "gaps"),
    [
        pytest.param([1, 2, 3], [], id="all"),
        pytest.param([2], [2], id="the_first_is_missing"),
        pytest.param([1, 3, 4, 9], [3, 9], id="some_are_missing"),
        pytest.param([1, 2, 1, 2, 3], [], id="some_come_twice"),
    ],
)
def test_a_gap_in_the_numbers_is_a_loss(numbers, gaps):
    hearing = Hearing()
    assert [number for number in numbers if hearing.has_gap("a", number, is_new_here=False)] == gaps


def test_who_is_new_here_need_not_have_what_was_sent_before():
    hearing = Hearing()
    hearing.begin("welcomed", 7)
    assert not hearing.has_gap("welcomed", 6, is_new_here=False)  # still on its way then
    assert not hearing.has_gap("welcomed", 8, is_new_here=False)
    assert not hearing.has_gap("stranger", 7, is_new_here=True)
    assert hearing.has_gap("stranger", 9, is_new_here=True)


@pytest.mark.parametrize(
    ("size", "most"), [(0, MOST_LETTERS), (MOST_BYTES // 4, 4)], ids=["letters", "bytes"]
)
def test_what_the_outbox_does_not_take_is_a_gap(size, most):
    outbox = Outbox()
    woken = [outbox.put("kind", bytes(size)) for _ in range(most + 3)]
    assert (woken.count(True), outbox.number, len(outbox)) == (1, most + 3, most)
    taken = []
    while batch := outbox.take():
        assert len(batch) <= BATCH_LETTERS
        taken += [number for number, _, _ in batch]
    assert taken == list(range(1, most + 1))
    outbox.skip()
    assert outbox.put("kind", b"") is True
    assert [number for number, _, _ in outbox.take()] == [most + 5]


def test_the_outbox_does_not_keep_the_buffers_of_the_encoder():
    outbox = Outbox()
    encoded = encode({"id": "a"})
    outbox.put("kind", encoded)
    ((_, _, kept),) = outbox.take()
    assert kept == encoded
    assert kept is not encoded
