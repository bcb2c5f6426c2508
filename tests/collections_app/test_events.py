"""The spine of the hooks: order, aborting, stopping, limits (contract/hooks.md 1)."""

from dataclasses import dataclass

import pytest
from django.dispatch import receiver
from django.http import HttpResponse

from platform_app.hooks.event import Event
from platform_app.hooks.hook import Hook


@dataclass
class TaggedEvent(Event):
    names: frozenset[str] = frozenset()

    @property
    def tags(self):
        return self.names


@pytest.fixture
def log():
    return []


@pytest.fixture
def hook():
    return Hook(tagged=True)


def plain(log, name):
    def run(**kwargs):
        log.append(name)

    return run


def around(log, name):
    def run(**kwargs):
        log.append(f"{name} before")
        yield
        log.append(f"{name} after")

    return run


def test_plain_receivers_run_before_and_generators_around(hook, log):
    hook.connect(around(log, "outer"))
    hook.connect(plain(log, "plain"))
    hook.connect(around(log, "inner"))
    result = hook.trigger(Event(), lambda: log.append("action") or "done")
    assert result == "done"
    assert log == ["outer before", "plain", "inner before", "action", "inner after", "outer after"]


def test_without_receivers_the_action_runs_alone(hook):
    assert hook.trigger(Event(), lambda: 7) == 7
    assert hook.trigger(Event()) is None


def test_priority_orders_and_equal_ones_keep_the_order_of_connecting(hook, log):
    for name, priority in [("a", 5), ("b", 0), ("c", 5), ("d", -1)]:
        hook.connect(plain(log, name), priority=priority)
    hook.trigger(Event())
    assert log == ["d", "b", "a", "c"]


@pytest.mark.parametrize(
    ("limit", "names", "runs"),
    [
        pytest.param("posts", {"posts", "pbc_1"}, True, id="name"),
        pytest.param("pbc_1", {"posts", "pbc_1"}, True, id="id"),
        pytest.param(("a", "posts"), {"posts"}, True, id="one_of_several"),
        pytest.param("users", {"posts", "pbc_1"}, False, id="other"),
        pytest.param((), {"posts"}, True, id="no_limit"),
    ],
)
def test_collection_limits_a_receiver(hook, log, limit, names, runs):
    hook.connect(plain(log, "ran"), collection=limit)
    hook.trigger(TaggedEvent(frozenset(names)))
    assert log == (["ran"] if runs else [])


def test_a_limit_is_asked_when_the_turn_of_its_receiver_comes(hook, log):
    def rename(event, **kwargs):
        event.names = frozenset({"articles"})

    hook.connect(plain(log, "old name first"), collection="posts")
    hook.connect(rename)
    hook.connect(plain(log, "old name"), collection="posts")
    hook.connect(plain(log, "new name"), collection="articles")
    hook.trigger(TaggedEvent(frozenset({"posts"})))
    assert log == ["old name first", "new name"]


@pytest.mark.parametrize("limit", ["posts", ["posts", "users"]], ids=["one", "several"])
def test_a_limit_is_refused_where_events_have_no_tags(log, limit):
    hook = Hook()
    with pytest.raises(TypeError, match="take no collection="):
        hook.connect(plain(log, "ran"), collection=limit)
    assert not hook.has_listeners()


@pytest.mark.parametrize("tagged", [True, False], ids=["tagged", "untagged"])
def test_a_sender_is_refused(log, tagged):
    hook = Hook(tagged=tagged)
    with pytest.raises(TypeError, match="no senders"):
        hook.connect(plain(log, "ran"), sender=TaggedEvent)
    assert not hook.has_listeners()


def test_a_generator_that_does_not_yield_stops_the_chain_silently(hook, log):
    def stop(**kwargs):
        log.append("stop")
        return
        yield

    hook.connect(around(log, "outer"))
    hook.connect(stop)
    hook.connect(plain(log, "later"))
    assert hook.trigger(Event(), lambda: log.append("action")) is None
    assert log == ["outer before", "stop", "outer after"]


def test_an_exception_aborts_and_reaches_the_caller(hook, log):
    def fail(**kwargs):
        raise ValueError("no")

    hook.connect(around(log, "outer"))
    hook.connect(fail)
    hook.connect(plain(log, "later"))
    with pytest.raises(ValueError, match="no"):
        hook.trigger(Event(), lambda: log.append("action"))
    assert log == ["outer before"]


def test_a_generator_may_swallow_or_replace_an_error(hook, log):
    def swallow(**kwargs):
        try:
            yield
        except ValueError as error:
            log.append(f"swallowed {error}")

    hook.connect(swallow)

    def action():
        raise ValueError("x")

    assert hook.trigger(Event(), action) is None
    assert log == ["swallowed x"]


def test_an_error_after_the_yield_reaches_the_caller(hook, log):
    def late(**kwargs):
        yield
        raise KeyError("late")

    hook.connect(late)
    with pytest.raises(KeyError):
        hook.trigger(Event(), lambda: log.append("action"))
    assert log == ["action"]


def test_a_known_uid_replaces_the_receiver_in_its_place(hook, log):
    hook.connect(plain(log, "first"), dispatch_uid="x")
    hook.connect(plain(log, "second"))
    hook.connect(plain(log, "replaced"), dispatch_uid="x")
    hook.trigger(Event())
    assert log == ["replaced", "second"]
    assert hook.disconnect(dispatch_uid="x")
    assert not hook.disconnect(dispatch_uid="x")


def test_djangos_receiver_decorator_connects(hook, log):
    @receiver(hook, collection="posts", priority=3)
    def note(event, **kwargs):
        log.append(sorted(event.tags))

    hook.trigger(TaggedEvent(frozenset({"posts"})))
    assert log == [["posts"]]


@pytest.mark.parametrize(
    "receiver",
    [
        pytest.param(lambda e, **kwargs: None, id="another_name"),
        pytest.param(lambda event: None, id="no_kwargs"),
        pytest.param(lambda: None, id="nothing"),
    ],
)
def test_what_cannot_be_called_is_no_receiver(hook, receiver):
    with pytest.raises(TypeError, match="takes no \\(event, \\*\\*kwargs\\)"):
        hook.connect(receiver)


def test_an_answer_is_returned_and_not_yielded(hook):
    def answering(**kwargs):
        yield HttpResponse("mine")

    hook.connect(answering)
    with pytest.raises(TypeError, match="return it"):
        hook.trigger(Event(), lambda: pytest.fail("done"))


def test_two_yields_are_a_programming_error(hook):
    def twice(**kwargs):
        yield
        yield

    hook.connect(twice)
    with pytest.raises(RuntimeError, match="more than once"):
        hook.trigger(Event(), lambda: None)
