"""Work for later is in the queue when it may be done, and again when it failed."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from platform_app.database.routers import log_database
from platform_app.database.transactions import unit_of_work
from system_app.jobs.enqueuing import enqueue

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("committing")]

calls: list = []


@pytest.fixture(autouse=True)
def _no_calls():
    calls.clear()


def work(*args, **kwargs):
    calls.append((args, kwargs))


def fail(what):
    calls.append(what)
    raise OSError("no paper")


def give_up():
    raise SystemExit(3)


def entries():
    return list(OrmQ.objects.using(log_database()).order_by("pk"))


def run_all():
    """What a worker does, with what is in the queue now."""
    for entry in entries():
        task = SignedPackage.loads(entry.payload)
        entry.delete()
        task["func"](*task["args"], **task["kwargs"])


def test_a_worker_calls_the_function_with_its_arguments():
    enqueue(work, 1, {"a": [2]}, name="x")
    assert calls == []
    run_all()
    assert calls == [((1, {"a": [2]}), {"name": "x"})]
    assert entries() == []


def test_a_worker_takes_what_is_due_and_no_more():
    enqueue(work, "later", delay_seconds=3600)
    enqueue(work, "now")
    (taken,) = get_broker().dequeue()
    assert SignedPackage.loads(taken[1])["args"][2] == ("now",)
    (later, _) = entries()
    assert timedelta(minutes=59) < later.lock - timezone.now() <= timedelta(hours=1)


def test_it_may_take_so_long():
    enqueue(work, timeout_seconds=5)
    assert SignedPackage.loads(entries()[0].payload)["timeout"] == 5


def test_what_fails_comes_again_after_each_pause_and_then_no_more(caplog):
    enqueue(fail, "a", pauses_seconds=(60, 3600))
    pauses = []
    for _ in range(2):
        run_all()
        (entry,) = entries()
        pauses.append(round((entry.lock - timezone.now()) / timedelta(minutes=1)))
    run_all()
    assert (pauses, calls, entries()) == ([1, 60], ["a", "a", "a"], [])
    assert [(record.levelno, record.job) for record in caplog.records] == [
        (logging.WARNING, f"{__name__}.fail"),
        (logging.WARNING, f"{__name__}.fail"),
        (logging.ERROR, f"{__name__}.fail"),
    ]
    assert "again in 60 seconds: no paper" in caplog.messages[0]


def test_what_wants_to_end_its_process_has_failed():
    enqueue(give_up, pauses_seconds=(60,))
    run_all()
    assert len(entries()) == 1


def test_what_is_rolled_back_is_never_done(monkeypatch):
    monkeypatch.undo()  # commits are those of the database again
    with pytest.raises(ZeroDivisionError), unit_of_work():
        enqueue(work)
        raise ZeroDivisionError
    assert entries() == []


@pytest.mark.parametrize("function", [lambda: None, [].append, type("Callable", (), {"__call__": work})()])
def test_what_no_worker_finds_again_is_refused(function):
    with pytest.raises(TypeError, match="function of a module"):
        enqueue(function)


@pytest.mark.parametrize("seconds", [0, 86_401])
def test_a_time_out_of_bounds_is_refused(seconds):
    with pytest.raises(ValueError, match="timeout_seconds"):
        enqueue(work, timeout_seconds=seconds)
