"""The store of a process: whole operations, and values that are made once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from platform_app.database.lanes import NeedsPool, thread
from platform_app.store import Store


def test_values_by_key():
    store = Store({"a": 1})
    store.set("b", None)
    assert (store.get("a"), store.get("b", 5), store.get("c"), store.get("c", 5)) == (1, None, None, 5)
    assert (store.has("b"), store.has("c"), len(store)) == (True, False, 2)


def test_all_values_are_a_copy():
    store = Store({"a": 1})
    store.get_all()["b"] = 2
    assert store.get_all() == {"a": 1}


def test_what_is_removed_is_gone():
    store = Store({"a": 1, "b": 2})
    store.remove("a")
    store.remove("never there")
    assert store.get_all() == {"b": 2}


def test_reset_begins_anew():
    store = Store({"a": 1})
    store.reset({"b": 2})
    assert store.get_all() == {"b": 2}
    store.reset()
    assert len(store) == 0


def test_a_limit_keeps_new_keys_out_and_no_others():
    store = Store({"a": 1})
    assert store.set_if_less_than_limit("b", 2, 2)
    assert not store.set_if_less_than_limit("c", 3, 2)
    assert store.set_if_less_than_limit("a", 4, 2)
    assert store.get_all() == {"a": 4, "b": 2}


def test_changes_of_many_threads_are_all_counted():
    store = Store()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(400):
            pool.submit(store.change, "count", lambda old: (old or 0) + 1)
    assert store.get("count") == 400


def test_a_value_is_made_once_however_many_ask_at_once():
    store, calls, everybody_is_here = Store(), [], threading.Barrier(8)

    def make():
        calls.append(1)
        return object()

    def ask():
        everybody_is_here.wait(30)
        return store.get_or_set("one", make)

    with ThreadPoolExecutor(8) as pool:
        values = [job.result() for job in [pool.submit(ask) for _ in range(8)]]
    assert (len(calls), len(set(map(id, values)))) == (1, 1)
    assert store._making == {}


def test_while_one_value_is_made_others_can_be_used():
    store, begun, go_on = Store({"other": 1}), threading.Event(), threading.Event()

    def make():
        begun.set()
        go_on.wait(30)
        return "made"

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(store.get_or_set, "slow", make)
        assert begun.wait(30)
        assert store.get_or_set("another", lambda: 2) == 2
        assert (store.get("other"), store.has("slow")) == (1, False)
        store.set("slow", "set meanwhile")
        go_on.set()
        assert job.result() == "set meanwhile"


def test_what_cannot_be_made_is_tried_again_by_the_next():
    store = Store()
    with pytest.raises(ZeroDivisionError):
        store.get_or_set("a", lambda: 1 // 0)
    assert (store.has("a"), store._making) == (False, {})
    assert store.get_or_set("a", lambda: 2) == 2


def test_a_value_that_needs_itself_is_told():
    store = Store()

    def make():
        return store.get_or_set("a", make)

    with pytest.raises(RecursionError):
        store.get_or_set("a", make)


def test_the_event_loop_never_waits_for_a_value(monkeypatch):
    store = Store({"there": 1})
    monkeypatch.setattr(thread, "is_inline", True)
    assert store.get_or_set("there", lambda: 2) == 1
    with pytest.raises(NeedsPool):
        store.get_or_set("missing", lambda: 2)
    assert not store.has("missing")
