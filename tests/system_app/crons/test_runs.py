"""How runs of jobs went is kept, for the newest ones of each job, and shared by all processes."""

import logging
import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django_q.exceptions import TimeoutException
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from platform_app.database.routers import log_database
from system_app.crons import queueing, running, runs
from system_app.crons.jobs import Jobs
from system_app.crons.models import Run
from system_app.crons.queueing import queue_due, queue_now
from system_app.crons.running import run_queued
from system_app.crons.runs import KEPT, cut_short, last_runs
from system_app.jobs import runner as runners
from system_app.jobs.runner import Runner

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def jobs(monkeypatch):
    jobs = Jobs()
    for module in (queueing, running):
        monkeypatch.setattr(module, "crons", jobs)
    monkeypatch.setattr("system_app.management.commands.crons.crons", jobs)
    return jobs


@pytest.fixture
def told(monkeypatch):
    """What the feed is told."""
    told = []
    monkeypatch.setattr(runs.feeds, "send", lambda *args: told.append(args))
    return told


def now() -> str:
    return datetime.now(UTC).isoformat()


def kept():
    return [
        (run.job, run.state, run.error, run.is_by_hand, run.process != "")
        for run in Run.objects.order_by("pk")
    ]


def queued():
    return [
        SignedPackage.loads(one.payload)["args"] for one in OrmQ.objects.using(log_database()).order_by("pk")
    ]


def test_a_run_that_went_well(jobs, told):
    seen = []
    jobs.add("job", "* * * * *", lambda: seen.extend(kept()))
    run_queued("job", now())
    assert seen == [("job", "running", "", False, True)]
    assert kept() == [("job", "done", "", False, True)]
    assert told == [("crons", "run", {"job": "job", "state": state}) for state in ("running", "done")]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(ValueError("no paper"), "no paper", id="error"),
        pytest.param(KeyError(), "KeyError", id="without_words"),
        pytest.param(SystemExit(3), "3", id="exit"),
        pytest.param(TimeoutException("x"), "it took more than 9 seconds", id="time"),
        pytest.param(ValueError("x" * 5000), "x" * 1000, id="long"),
    ],
)
def test_what_went_wrong_is_kept_with_its_place(jobs, told, error, said):
    def fail():
        raise error

    jobs.add("job", "* * * * *", fail, timeout_seconds=9)
    run_queued("job", now())
    (run,) = Run.objects.all()
    assert (run.state, run.error) == ("failed", said)
    assert len(run.trace) <= 8000
    if len(said) < 1000:
        assert "in fail\n    raise error" in run.trace
        assert "running.py" not in run.trace
    assert told[-1] == ("crons", "run", {"job": "job", "state": "failed"})


@pytest.fixture
def unlogged():
    """pytest-xdist cannot report a log with half a surrogate pair in it."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("unlogged")
def test_any_text_can_be_kept(jobs):
    def fail():
        raise ValueError("no\0 paper \ud800")

    jobs.add("job", "* * * * *", fail)
    run_queued("job", now())
    (run,) = Run.objects.all()
    assert (run.state, run.error) == ("failed", "no\N{REPLACEMENT CHARACTER} paper ?")
    assert not {"\0", "\ud800"} & set(run.trace)


def test_one_that_is_interrupted_has_not_gone_well(jobs):
    def interrupt():
        raise KeyboardInterrupt

    jobs.add("job", "* * * * *", interrupt)
    with pytest.raises(KeyboardInterrupt):
        call_command("crons", "run", "job")
    assert kept() == [("job", "failed", "interrupted", True, True)]


def test_one_by_hand_waits_and_runs(jobs):
    jobs.add("job", "@yearly", lambda: None)
    queue_now(jobs.find("job"))
    assert kept() == [("job", "waiting", "", True, False)]
    ((job_id, moment, run_id),) = queued()
    run_queued(job_id, moment, run_id)
    assert kept() == [("job", "done", "", True, True)]


def test_one_by_hand_that_waited_too_long_is_missed(jobs):
    jobs.add("job", "@yearly", lambda: None)
    queue_now(jobs.find("job"))
    ((job_id, _, run_id),) = queued()
    run_queued(job_id, "2026-03-01T12:00:00+00:00", run_id)
    assert kept() == [("job", "missed", "", True, False)]


def test_what_nobody_took_in_its_minute_is_missed(jobs):
    jobs.add("job", "* * * * *", lambda: None)
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    queue_due(minute - timedelta(minutes=2))
    OrmQ.objects.using(log_database()).update(lock=minute - timedelta(minutes=2))
    queue_due(minute)
    assert kept() == [("job", "missed", "", False, False)]


def test_runs_of_the_command_are_kept_too(jobs):
    def fail():
        raise ValueError("no paper")

    jobs.add("job", "@yearly", fail)
    with pytest.raises(CommandError):
        call_command("crons", "run", "job")
    assert kept() == [("job", "failed", "no paper", True, True)]


def test_the_newest_of_each_job_are_kept(jobs):
    jobs.add("other", "* * * * *", lambda: None)
    jobs.add("job", "* * * * *", lambda: None)
    run_queued("other", now())
    for _ in range(KEPT + 3):
        run_queued("job", now())
    assert Run.objects.filter(job="job").count() == KEPT
    assert Run.objects.filter(job="other").count() == 1


def test_they_are_read_in_one_query_the_newest_first(jobs, django_assert_num_queries):
    for job_id in ("a", "b", "c"):
        jobs.add(job_id, "* * * * *", lambda: None)
    for job_id in ("a", "b", "a"):
        run_queued(job_id, now())
    with django_assert_num_queries(1, using=log_database()):
        found = last_runs(jobs.all())
    assert {job_id: len(some) for job_id, some in found.items()} == {"a": 2, "b": 1}
    assert [run.pk for run in found["a"]] == sorted((run.pk for run in found["a"]), reverse=True)


@pytest.mark.parametrize(
    ("state", "age_seconds", "expected"),
    [
        pytest.param("running", 30, "running", id="at_work"),
        pytest.param("running", 45, "failed", id="its_process_is_gone"),
        pytest.param("waiting", 60, "waiting", id="about_to_begin"),
        pytest.param("waiting", 150, "missed", id="will_not_begin"),
    ],
)
def test_what_never_said_how_it_ended_is_over_some_time(jobs, state, age_seconds, expected):
    jobs.add("job", "* * * * *", lambda: None, timeout_seconds=10)
    Run.objects.create(job="job", state=state, moment=datetime.now(UTC) - timedelta(seconds=age_seconds))
    (run,) = last_runs(jobs.all())["job"]
    assert run.state == expected


def test_one_whose_process_was_killed_has_failed(jobs):
    ran = []
    jobs.add(
        "job", "* * * * *", lambda: ran.append(cut_short(os.getpid(), "its process was ended by SIGKILL"))
    )
    jobs.add("other", "* * * * *", lambda: None)
    Run.objects.create(job="other", state="running", moment=datetime.now(UTC), process="elsewhere 1")
    run_queued("job", now())
    # Here it goes on, and says so at its end.
    assert ran == [None]
    assert kept()[0] == ("other", "running", "", False, True)
    Run.objects.filter(job="job").update(state="running")
    cut_short(os.getpid(), "its process was ended by SIGKILL")
    assert kept()[1] == ("job", "failed", "cut short: its process was ended by SIGKILL", False, True)


def test_the_runner_says_which_process_was_killed(monkeypatch):
    told = []
    runner = Runner(cut_short=lambda *args: told.append(args))
    process = subprocess.Popen(["sleep", "60"])  # noqa: S607 - of whoever runs the tests
    runner._running[process.pid] = runners._Running("job", None, deadline=0.0)
    monkeypatch.setattr(runner._broker, "acknowledge", lambda entry: None)
    while runner._running:
        runner.look_after()
    assert told == [(process.pid, "its process was ended by SIGKILL")]
    process.returncode = -9  # the runner has waited for it


def test_a_job_runs_also_where_nothing_can_be_written_down(jobs, monkeypatch, caplog):
    ran = []
    jobs.add("job", "* * * * *", lambda: ran.append("job"))

    def fail(*args, **options):
        raise OperationalError("disk full")

    monkeypatch.setattr(runs.Run.objects, "create", fail)
    run_queued("job", now())
    assert ran == ["job"]
    assert "how a job went cannot be written down: disk full" in caplog.text
