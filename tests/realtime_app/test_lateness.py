"""What takes long or is too much holds up nobody else: late groups, and streams that are closed."""

import threading
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from platform_app.database.lanes import Allowance, NeedsTime, check_time, run_allowed
from platform_app.database.rows import fetch_all
from realtime_app import broadcast, evaluating
from realtime_app.evaluating import Patience
from realtime_app.interrupting import interrupter
from tests.realtime_app.world import POSTS, SECONDS, topic_with

ALL = f"{POSTS}/*"
SLOW = topic_with({"filter": "title != 'slow'"})
OTHER = topic_with({"filter": "title != 'other'"})


@pytest.fixture
def endless(world, monkeypatch):
    """Questions of `SLOW` never end by themselves; returns on which threads they were asked."""
    asked = []
    answers = evaluating.answers

    def answer(collection, judged, questions):
        if any("slow" in one.params for one in questions):
            asked.append(threading.current_thread().name)
            while True:
                check_time()
        return answers(collection, judged, questions)

    monkeypatch.setattr(evaluating, "answers", answer)
    monkeypatch.setattr(broadcast, "QUICK", Patience(0.05, is_last=False))
    monkeypatch.setattr(broadcast, "LATE", Patience(0.05, is_last=True))
    return asked


@contextmanager
def busy(worker):
    """Within, the thread does nothing else."""
    begun, go = threading.Event(), threading.Event()

    def wait():
        begun.set()
        assert go.wait(SECONDS)

    assert worker.put(wait)
    assert begun.wait(SECONDS)
    try:
        yield
    finally:
        go.set()


def titles(client):
    return [record["title"] for _, _, record in client.told()]


def settle_quick(world):
    done = threading.Event()
    world.broadcast.submit(done.set)
    assert done.wait(SECONDS)


def test_who_asks_too_much_is_late_and_others_are_not(world, endless):
    slow, quick = world.client(SLOW), world.client(ALL)
    with busy(world.broadcast._late):
        world.create(POSTS, title="a")
        settle_quick(world)
        assert (titles(quick), endless) == (["a"], ["joey-realtime"])
    world.settle()
    assert (titles(slow), endless) == ([], ["joey-realtime", "joey-realtime-late"])


def test_who_was_late_is_not_tried_again_where_others_wait(world, endless):
    world.client(SLOW)
    for title in ("a", "b", "c"):
        world.create(POSTS, title=title)
        world.settle()
    assert endless == ["joey-realtime", *["joey-realtime-late"] * 3]


def test_who_was_late_is_told_late(world, endless, monkeypatch):
    slow = world.client(SLOW)
    with busy(world.broadcast._late):
        world.create(POSTS, title="a")
        settle_quick(world)
        monkeypatch.undo()  # from now on it is quick
    world.settle()
    assert titles(slow) == ["a"]


def test_when_there_is_much_to_ask_rules_come_before_filters(world, monkeypatch):
    """No time is left once the first question was asked."""
    answers, asked = evaluating.answers, []

    def answer(collection, judged, questions):
        asked.append(len(questions))
        monkeypatch.setattr(
            evaluating.Evaluation, "_must_wait", lambda self, groups: not self._patience.is_last
        )
        return answers(collection, judged, questions)

    world.redesign(POSTS, list_rule="title != ''")
    clients = [world.client(OTHER), world.client(ALL), world.client(SLOW)]
    monkeypatch.setattr(evaluating, "answers", answer)
    with busy(world.broadcast._late):
        world.create(POSTS, title="a")
        settle_quick(world)
        assert ([titles(client) for client in clients], asked) == ([[], ["a"], []], [1])
    world.settle()
    assert [titles(client) for client in clients] == [["a"], [], ["a"]]


def test_questions_that_differ_in_values_alone_are_asked_together(world, monkeypatch):
    answers, asked = evaluating.answers, []

    def answer(collection, judged, questions):
        asked.append(len(questions))
        return answers(collection, judged, questions)

    monkeypatch.setattr(evaluating, "answers", answer)
    world.redesign(POSTS, list_rule="author = @request.auth.id")
    clients = [world.client(ALL, auth=auth) for auth in (world.alice, world.bob, world.alice)]
    world.create(POSTS, title="a", author=world.alice.id)
    world.settle()
    assert ([titles(client) for client in clients], asked) == ([["a"], [], ["a"]], [2])


def test_one_record_is_written_once_per_way_to_see_it(world, monkeypatch):
    data, written = evaluating.Evaluation._data, []

    def write(self, record, group, *, shows_email):
        written.append(group.topic.text)
        return data(self, record, group, shows_email=shows_email)

    monkeypatch.setattr(evaluating.Evaluation, "_data", write)
    fields = topic_with({"fields": "title"})
    for auth in (None, world.alice, world.bob):
        for _ in range(3):
            world.client(ALL, POSTS, fields, auth=auth)
    world.client(ALL, auth=world.root)
    world.create(POSTS, title="a")
    world.settle()
    assert sorted(written) == [ALL, ALL, fields]  # for superusers, and for all others


# --- too much -----------------------------------------------------------------------------------------


def test_when_too_much_waits_it_is_given_up_and_all_streams_are_closed(world, monkeypatch):
    client = world.client(ALL)
    monkeypatch.setattr(world.broadcast._quick, "_most", 3)
    with busy(world.broadcast._quick):
        for number in range(3):
            world.create(POSTS, title=str(number))
        assert world.overflows == []
        world.create(POSTS, title="3")
        assert world.overflows == [None]
    settle_quick(world)
    assert titles(client) == []
    world.create(POSTS, title="later")
    world.settle()
    assert (titles(client), len(world.overflows)) == (["later"], 1)


def test_large_records_fill_the_queue_by_their_bytes(world, monkeypatch):
    world.client(ALL)
    monkeypatch.setattr(world.broadcast._quick, "_most_bytes", 9_000)
    with busy(world.broadcast._quick):
        world.create(POSTS, title="x" * 4000)
        assert world.overflows == []
        world.create(POSTS, title="x" * 4000)
    assert world.overflows == [None]


def test_when_too_much_is_late_only_the_streams_of_the_late_are_closed(world, endless, monkeypatch):
    quick = world.client(ALL)
    world.client(SLOW)
    monkeypatch.setattr(world.broadcast._late, "_most", 1)
    with busy(world.broadcast._late):
        for title in ("a", "b"):
            world.create(POSTS, title=title)
            settle_quick(world)
        ((group,),) = world.overflows
    assert (group.topic.text, titles(quick)) == (SLOW, ["a", "b"])


def test_writes_go_on_while_a_slow_rule_is_asked(world):
    client = world.client(ALL)
    with busy(world.broadcast._quick), busy(world.broadcast._late):
        for number in range(20):
            world.create(POSTS, title=str(number))
    world.settle()
    assert titles(client) == [str(number) for number in range(20)]


# --- PostgreSQL ---------------------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor == "sqlite", reason="of PostgreSQL")
@pytest.mark.parametrize(
    ("allowance", "error"),
    [
        pytest.param(lambda: Allowance(SECONDS, moves_after=0.01), NeedsTime, id="moves"),
        pytest.param(lambda: Allowance(0.01), OperationalError, id="ends"),
    ],
)
def test_a_statement_is_interrupted_when_its_time_is_over(world, allowance, error):
    allowed = allowance()
    with pytest.raises(error), interrupter.looking_after(allowed):
        run_allowed(allowed, fetch_all, "SELECT pg_sleep(600)")
    assert fetch_all("SELECT 1") == [(1,)]
    assert allowed not in interrupter._now()
