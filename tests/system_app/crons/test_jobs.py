"""Jobs by id: adding, replacing, removing, listing."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from system_app.crons.jobs import Jobs
from system_app.crons.registry import crons
from system_app.crons.schedule import InvalidCron
from system_app.crons.scheduler import Scheduler
from system_app.jobs.times import LONGEST_SECONDS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def first():
    return 1


def second():
    return 2


def test_the_same_id_replaces_and_comes_last():
    jobs = Jobs()
    jobs.add("a", "0 0 * * *", first)
    jobs.add("b", "1 0 * * *", first)
    jobs.add("a", "@hourly", second)
    assert [(job.id, job.schedule.expression, job.run()) for job in jobs.all()] == [
        ("b", "1 0 * * *", 1),
        ("a", "0 * * * *", 2),
    ]
    assert len(jobs) == 2


def test_a_decorator_registers_and_leaves_the_function_as_it_is():
    jobs = Jobs()
    assert jobs.job("a", "*/5 * * * *", timeout_seconds=60)(first) is first
    assert (jobs.find("a").run, jobs.find("a").timeout_seconds) == (first, 60)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        pytest.param(
            ("a", "60 * * * *", first), {}, InvalidCron, "cron 'a': invalid segment value", id="expression"
        ),
        pytest.param(("a", "", first), {}, InvalidCron, "cron 'a': invalid cron expression", id="empty"),
        pytest.param(("a", "* * * * *", None), {}, TypeError, "cron 'a'", id="no_function"),
        pytest.param(
            ("a", "* * * * *", first), {"timeout_seconds": 0}, ValueError, "from 1 to", id="no_time"
        ),
        pytest.param(
            ("a", "* * * * *", first),
            {"timeout_seconds": LONGEST_SECONDS + 1},
            ValueError,
            "from 1 to 86400",
            id="too_long",
        ),
    ],
)
def test_what_is_malformed_raises_and_changes_nothing(arguments, options, error, said):
    jobs = Jobs()
    jobs.add("a", "1 1 1 1 1", second)
    with pytest.raises(error, match=said):
        jobs.add(*arguments, **options)
    assert jobs.listed() == [("a", "1 1 1 1 1")]


def test_removed_jobs_are_gone():
    jobs = Jobs()
    for job_id in ("a", "b", "c"):
        jobs.add(job_id, "* * * * *", first)
    jobs.remove("b")
    jobs.remove("nobody")
    assert [job.id for job in jobs.due(NOON)] == ["a", "c"]
    assert jobs.find("b") is None
    jobs.remove_all()
    assert (len(jobs), jobs.due(NOON)) == (0, [])


def test_an_expression_that_is_asked_each_time():
    """As that of backups, which is a setting: "" and nonsense switch the job off."""
    jobs, text = Jobs(), "0 12 * * *"
    jobs.add("backup", lambda: text, first)
    assert (jobs.listed(), len(jobs)) == ([("backup", "0 12 * * *")], 1)
    assert [job.id for job in jobs.due(NOON)] == ["backup"]
    text = "0 13 * * *"
    assert jobs.due(NOON) == []
    for off in ("", "nonsense"):
        text = off
        assert (jobs.listed(), jobs.all(), jobs.find("backup"), len(jobs)) == ([], [], None, 0)


def test_the_list_has_your_own_by_id_and_then_those_of_the_server():
    jobs = Jobs()
    for job_id in ("__pbZ__", "b", "__pbA__", "B", "é", "a"):
        jobs.add(job_id, "@daily", first)
    assert [job_id for job_id, _ in jobs.listed()] == ["B", "a", "b", "é", "__pbZ__", "__pbA__"]


@pytest.mark.django_db  # one of them asks the settings for its schedule
def test_the_server_comes_with_these():
    assert crons.listed() == [
        ("__pbDBOptimize__", "0 0 * * *"),
        ("__pbMFACleanup__", "0 * * * *"),
        ("__pbOTPCleanup__", "0 * * * *"),
        ("__pbLogsCleanup__", "0 */6 * * *"),
    ]


class TestScheduler:
    @pytest.mark.django_db
    def test_it_runs_due_jobs_of_its_own_at_the_same_time(self):
        scheduler, both = Scheduler(), threading.Barrier(3)
        scheduler.add("a", "0 12 * * *", lambda: both.wait(60))
        scheduler.add("b", "* * * * *", lambda: both.wait(60))
        scheduler.add("c", "1 12 * * *", lambda: both.abort())
        scheduler.run_due(NOON)
        both.wait(60)  # neither waits for the other
        assert [job.id for job in crons.all() if job.id in "abc"] == []

    def test_what_fails_is_logged_with_its_id(self, caplog):
        scheduler, last = Scheduler(), threading.Event()

        def fail():
            raise OSError("no paper")

        logged = threading.Event()
        scheduler.add("print", "* * * * *", fail)
        scheduler.add("last", "* * * * *", last.set)
        handler = caplog.handler
        emit = handler.emit
        handler.emit = lambda record: (emit(record), logged.set())
        scheduler.run_due(NOON)
        assert last.wait(60) and logged.wait(60)
        assert "cron 'print' failed" in caplog.text

    def test_expressions_speak_of_its_time_zone(self):
        scheduler, ran = Scheduler(timezone=timezone(timedelta(hours=2))), threading.Event()
        scheduler.add("a", "0 14 * * *", ran.set)
        scheduler.run_due(NOON)
        assert ran.wait(60)

    def test_it_starts_and_stops(self):
        scheduler = Scheduler(interval_seconds=3600)
        assert not scheduler.has_started
        scheduler.start()
        scheduler.start()
        assert scheduler.has_started
        scheduler.stop()
        assert not scheduler.has_started
