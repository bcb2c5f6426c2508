"""Hooks and transactions: what waits for the commit, what a rollback tells (contract/hooks.md 2)."""

import pytest
from django.db import transaction

from collections_app import events
from collections_app.records.querying.finding import find_record
from collections_app.records.writing.saving import save_record
from collections_app.records.writing.submitted import new_record
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import BadRequest, Forbidden, Invalid
from tests.collections_app.records.writing.sending import codes, records_path
from tests.reference.writing_collections import OPEN


@pytest.fixture
def posts(make_collection):
    fields = [
        {"type": "text", "name": "t", "required": True},
        {"type": "autodate", "name": "created", "onCreate": True},
    ]
    return make_collection("posts", fields, **OPEN)


@pytest.fixture
def connect(request):
    """Connect a receiver for the time of the test."""

    def connect(hook, receiver, **options):
        hook.connect(receiver, dispatch_uid=receiver, **options)
        request.addfinalizer(lambda: hook.disconnect(dispatch_uid=receiver))

    return connect


@pytest.fixture
def ended(connect):
    """The ends of operations as they are told: `("create", "post00000000001")`, with `!` for errors."""
    log = []

    def success(event, **kwargs):
        log.append((event.type, event.record.id))

    def error(event, **kwargs):
        log.append((f"{event.type}!", event.record.id, type(event.error).__name__))

    for kind in ("create", "update", "delete"):
        connect(getattr(events, f"record_after_{kind}_success"), success)
        connect(getattr(events, f"record_after_{kind}_error"), error)
    return log


def post(posts, number, text="text"):
    record = new_record(posts)
    record["id"], record["t"] = f"post{number:011}", text
    return record


def test_success_waits_for_the_outermost_commit(posts, ended, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        with unit_of_work():
            with unit_of_work():
                save_record(post(posts, 1))
            save_record(post(posts, 2))
            assert ended == []
        assert ended == []  # the caller's own transaction is still open
    assert ended == [("create", "post00000000001"), ("create", "post00000000002")]


@pytest.mark.usefixtures("committing")
def test_a_rollback_tells_what_was_queued(posts, ended):
    record = post(posts, 1)
    with pytest.raises(KeyError), unit_of_work():
        save_record(record)
        raise KeyError("later")
    assert ended == [("create!", "post00000000001", "KeyError")]
    assert record.is_new
    assert find_record(posts, record.id) is None


@pytest.mark.usefixtures("committing")
def test_a_part_that_fails_leaves_the_rest(posts, ended):
    with unit_of_work():
        save_record(post(posts, 1))
        with pytest.raises(KeyError), unit_of_work():
            save_record(post(posts, 2))
            raise KeyError("part")
        save_record(post(posts, 3))
    assert ended == [
        ("create!", "post00000000002", "KeyError"),
        ("create", "post00000000001"),
        ("create", "post00000000003"),
    ]
    assert [find_record(posts, f"post{n:011}") is not None for n in (1, 2, 3)] == [True, False, True]


@pytest.mark.usefixtures("committing")
def test_a_refused_record_is_told_at_once_and_a_second_try_works(posts, ended):
    record = post(posts, 1, text="")
    with unit_of_work():
        with pytest.raises(Invalid):
            save_record(record)
        assert ended == [("create!", "post00000000001", "Invalid")]
        record["t"] = "now"
        save_record(record)
    assert ended[1:] == [("create", "post00000000001")]


@pytest.mark.usefixtures("committing")
def test_what_hooks_write_shares_the_transaction(posts, connect, ended, guest):
    def also(event, **kwargs):
        if event.record.id != "post00000000009":
            save_record(post(posts, 9))
        yield
        if event.record["t"] == "fail":
            raise Forbidden("Not this one.")

    connect(events.record_create_execute, also)
    status, body = guest("POST", records_path(posts), {"id": "post00000000001", "t": "fail"})
    assert (status, body["message"]) == (403, "Not this one.")
    assert [find_record(posts, f"post{n:011}") for n in (1, 9)] == [None, None]
    assert ended == [("create!", "post00000000009", "Forbidden"), ("create!", "post00000000001", "Forbidden")]


@pytest.mark.usefixtures("committing")
@pytest.mark.parametrize(
    ("error", "answer"),
    [
        pytest.param(Forbidden("Not now."), (403, "Not now."), id="answer_of_the_hook"),
        pytest.param(RuntimeError("secret"), (400, "Failed to create record."), id="anything_else"),
    ],
)
@pytest.mark.parametrize("name", ["record_create", "model_create", "record_validate", "model_create_execute"])
def test_a_hook_that_raises_aborts(posts, connect, guest, name, error, answer):
    def fail(event, **kwargs):
        raise error

    connect(getattr(events, name), fail)
    status, body = guest("POST", records_path(posts), {"id": "post00000000001", "t": "x"})
    assert (status, body["message"]) == answer
    assert find_record(posts, "post00000000001") is None


@pytest.mark.usefixtures("committing")
def test_an_error_after_the_commit_reaches_the_client_and_the_row_stays(posts, connect, guest):
    def fail(event, **kwargs):
        raise RuntimeError("too late")

    connect(events.record_after_create_success, fail)
    answer = guest("POST", records_path(posts), {"id": "post00000000001", "t": "x"})
    assert codes(answer) == (400, "Failed to create record.", {})
    assert find_record(posts, "post00000000001") is not None


@pytest.mark.usefixtures("committing")
def test_all_success_hooks_run_though_one_fails(posts, connect, ended):
    def fail(event, **kwargs):
        if event.record.id == "post00000000001":
            raise BadRequest("first")

    connect(events.record_after_create_success, fail, priority=1)
    with pytest.raises(BadRequest, match="first"), unit_of_work():
        save_record(post(posts, 1))
        save_record(post(posts, 2))
    assert ended == [("create", "post00000000001"), ("create", "post00000000002")]


@pytest.mark.usefixtures("committing")
def test_stopping_the_create_answers_with_the_unsaved_record(posts, connect, ended, guest):
    def stop(event, **kwargs):
        return
        yield

    connect(events.record_create, stop)
    status, body = guest("POST", records_path(posts), {"id": "post00000000001", "t": "x"})
    assert (status, body["id"], body["created"]) == (200, "post00000000001", "")
    assert ended == [("create", "post00000000001")]
    assert find_record(posts, "post00000000001") is None


@pytest.mark.usefixtures("committing")
def test_stopping_the_validation_saves_without_checks(posts, connect, guest):
    def stop(event, **kwargs):
        return
        yield

    connect(events.record_validate, stop)
    assert guest("POST", records_path(posts), {"id": "post00000000001", "t": ""})[0] == 200


@pytest.mark.usefixtures("committing")
def test_a_hook_sees_and_changes_the_record(posts, connect, guest):
    seen = []

    def fill(event, **kwargs):
        seen.append((len(event.record.id), event.record["created"]))
        event.record["t"] = f"{event.record['t']}!"

    connect(events.record_create, fill)
    status, body = guest("POST", records_path(posts), {"t": "x"})
    assert (status, body["t"], seen) == (200, "x!", [(15, "")])


@pytest.mark.usefixtures("committing")
def test_update_hooks_know_the_record_as_it_was(posts, connect):
    seen = []

    def note(event, **kwargs):
        seen.append((event.record.original["t"], event.record["t"]))

    for hook in (events.record_update, events.record_after_update_success):
        connect(hook, note)
    save_record(post(posts, 1, "old"))
    record = find_record(posts, "post00000000001")
    record["t"] = "new"
    save_record(record)
    assert seen == [("old", "new")] * 2
    assert record.original["t"] == "new"


def test_an_update_leaves_alone_what_others_changed(make_collection):
    pairs = make_collection("pairs", [{"type": "text", "name": "a"}, {"type": "text", "name": "b"}])
    record = new_record(pairs)
    record["id"] = "pair00000000001"
    save_record(record)
    one, other = find_record(pairs, record.id), find_record(pairs, record.id)
    one["a"], other["b"] = "one", "other"
    save_record(one)
    save_record(other)
    assert find_record(pairs, record.id).values == {"id": record.id, "a": "one", "b": "other"}


def test_a_caught_unique_error_leaves_the_transaction_usable(posts):
    with transaction.atomic():
        save_record(post(posts, 1))
        with pytest.raises(Invalid):
            save_record(post(posts, 1))
        save_record(post(posts, 2))
    assert find_record(posts, "post00000000002") is not None
