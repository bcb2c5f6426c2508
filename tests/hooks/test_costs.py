"""Receivers of one collection cost the requests of others nothing: counted, not timed."""

import json
import sys
from collections import Counter

import pytest
from django.test import Client

from tests.hooks.catalogue import ROWS
from tests.hooks.world import RECORD
from tests.reference.hook_logs import hook_of

TAGGED = {row.name: hook_of(row.name) for row in ROWS if hook_of(row.name).tagged}
REQUESTS = [
    pytest.param("GET", "", None, id="list"),
    pytest.param("GET", f"/{RECORD}", None, id="view"),
    pytest.param("POST", "", {"t": "new"}, id="create"),
    pytest.param("PATCH", f"/{RECORD}", {"t": "new"}, id="update"),
    pytest.param("DELETE", f"/{RECORD}", None, id="delete"),
]


def receive(**kwargs):
    """A receiver that does nothing."""


@pytest.fixture
def listen_elsewhere(request):
    """Connect receivers of `notes` to every hook that takes a collection."""

    def listen(count):
        for hook in TAGGED.values():
            for number in range(count):
                uid = ("elsewhere", number)
                hook.connect(receive, collection="notes", dispatch_uid=uid)
                request.addfinalizer(lambda hook=hook, uid=uid: hook.disconnect(dispatch_uid=uid))

    return listen


def calls_of(world, method, path, body):
    """How often which function of hooks and their events was called for a request about an old record.

    Others depend on the time: now and then a request looks whether the schema has changed.
    """
    client, text = Client(), "" if body is None else json.dumps(body)
    calls: Counter[str] = Counter()

    def note(frame, event, argument):
        code = frame.f_code
        if event == "call" and (
            "/platform_app/hooks/" in code.co_filename or "events.py" in code.co_filename
        ):
            calls[code.co_qualname] += 1

    for is_counted in (False, True):
        if not world.titles:
            world.prepare_update()
        sys.setprofile(note if is_counted else None)
        try:
            answer = client.generic(method, f"/api/collections/posts/records{path}", text, "application/json")
        finally:
            sys.setprofile(None)
        assert answer.status_code in {200, 204}
    return calls


# What asks whether anybody receives, and how often at most.
ASKING = {"RequestEvent.tags": 1, "RecordEvent.tags": 1, "Hook.has_receivers_for": 3}


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_receivers_of_another_collection_are_not_looked_at(world, listen_elsewhere, method, path, body):
    """A hook is asked whether anybody receives, which takes as long for a hundred receivers as for one."""
    none = calls_of(world, method, path, body)
    listen_elsewhere(1)
    one = calls_of(world, method, path, body)
    listen_elsewhere(100)
    assert calls_of(world, method, path, body) == one
    more = one - none
    assert {name: min(count, ASKING.get(name, 0)) for name, count in more.items()} == more


def test_what_is_counted_would_show_a_receiver(world, connect):
    connect(TAGGED["RecordViewRequest"], receive, collection="posts")
    calls = calls_of(world, "GET", f"/{RECORD}", None)
    assert (calls["_Chain.__enter__"], calls["Link.takes"] > 0) == (1, True)
