"""Due jobs go into the queue once, and are run in their minute or not at all."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections
from django_q.brokers import get_broker
from django_q.exceptions import TimeoutException
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from platform_app.database.routers import log_database
from system_app.crons import queueing, running
from system_app.crons.jobs import Jobs
from system_app.crons.models import Claim
from system_app.crons.queueing import queue_due, queue_now
from system_app.crons.running import run_queued
from system_app.jobs.broker import BY_THE_CLOCK
from tests.environment import POSTGRESQL, another_postgresql
from tests.served import ROOT, environment, manage

pytestmark = pytest.mark.django_db(databases="__all__")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def jobs(monkeypatch):
    """The server's jobs for the time of the test: none."""
    jobs = Jobs()
    for module in (queueing, running):
        monkeypatch.setattr(module, "crons", jobs)
    return jobs


@pytest.fixture
def ran(jobs):
    """Whoever runs `job` appends to this."""
    ran = []
    jobs.add("job", "* * * * *", lambda: ran.append("job"))
    return ran


def queued():
    """What workers would find: function, arguments and seconds of every entry."""
    tasks = [
        SignedPackage.loads(entry.payload) for entry in OrmQ.objects.using(log_database()).order_by("pk")
    ]
    return [(task["func"], *task["args"], task["timeout"]) for task in tasks]


RUN = "system_app.crons.running.run_queued"


def test_those_that_are_due_are_queued_with_their_minute(jobs):
    jobs.add("noon", "0 12 * * *", print, timeout_seconds=7)
    jobs.add("always", "* * * * *", print)
    jobs.add("never", "0 0 1 1 *", print)
    queue_due(NOON)
    queue_due(NOON + MINUTE)
    assert queued() == [
        (RUN, "always", "2026-03-01T12:00:00+00:00", 3600),
        (RUN, "noon", "2026-03-01T12:00:00+00:00", 7),
        (RUN, "always", "2026-03-01T12:01:00+00:00", 3600),
    ]


def test_a_minute_is_queued_once(ran):
    for _ in range(3):
        queue_due(NOON)
    assert len(queued()) == 1


def test_a_minute_that_comes_again_because_the_clock_was_set_back_is_not(ran):
    for moment in (NOON, NOON + MINUTE, NOON, NOON + MINUTE, NOON + 2 * MINUTE):
        queue_due(moment)
    assert [moment[11:16] for _, _, moment, _ in queued()] == ["12:00", "12:01", "12:02"]


def test_nothing_due_asks_no_database(jobs, django_assert_num_queries):
    jobs.add("never", "0 0 1 1 *", print)
    with django_assert_num_queries(0, using=log_database()):
        queue_due(NOON)


def test_claims_are_forgotten_after_a_day(ran):
    for moment in (NOON, NOON + MINUTE, NOON + timedelta(days=1) + MINUTE):
        queue_due(moment)
    runs = list(Claim.objects.order_by("run").values_list("run", flat=True))
    assert runs == ["2026-03-01T12:01Z job", "2026-03-02T12:01Z job"]


def test_what_cannot_be_queued_is_not_claimed_either(ran, monkeypatch):
    def fail(*args, **options):
        raise OperationalError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(queueing, "async_task", fail)
        with pytest.raises(OperationalError):
            queue_due(NOON)
    assert not Claim.objects.exists()


def test_entries_that_nobody_took_in_their_minute_are_dropped_and_logged(ran, caplog):
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    queue_due(now - 2 * MINUTE)
    OrmQ.objects.using(log_database()).update(lock=now - 2 * MINUTE)
    queue_due(now)
    assert [moment for _, _, moment, _ in queued()] == [now.isoformat()]
    dropped = (now - 2 * MINUTE).isoformat()
    assert f"cron 'job' of {dropped} was not run: no worker was free in its minute" in caplog.text


def test_what_others_queued_stays(ran):
    queue = OrmQ.objects.using(log_database())
    old = NOON - timedelta(hours=1)
    task = SignedPackage.dumps({"func": "shop.tasks.mail", "args": ()})
    queue.create(key="joey", payload=task, lock=old)
    queue_due(NOON)
    assert queue.filter(lock=old).count() == 1


def test_entries_signed_with_another_key_go_without_a_word(ran, caplog):
    OrmQ.objects.using(log_database()).create(
        key=BY_THE_CLOCK, payload="a:b:c", lock=NOON - timedelta(hours=1)
    )
    queue_due(NOON)
    assert (len(queued()), caplog.text) == (1, "")


def test_jobs_by_the_clock_are_taken_first_and_each_entry_once(ran):
    queue = OrmQ.objects.using(log_database())
    for name in ("first", "second"):
        queue.create(key="joey", payload=name, lock=NOON - timedelta(hours=1))
    queue_due(NOON)
    (due,) = queue.filter(key=BY_THE_CLOCK).values_list("payload", flat=True)
    broker = get_broker()
    taken = [broker.dequeue() for _ in range(3)]
    assert [payload for ((_, payload),) in taken] == [due, "first", "second"]
    with patch("system_app.jobs.broker.sleep") as sleep:
        assert broker.dequeue() == []
    sleep.assert_called_once_with(1)


class TestRunning:
    @pytest.mark.parametrize(
        ("late", "runs"),
        [
            pytest.param(0, True, id="at once"),
            pytest.param(58, True, id="still in its minute"),
            pytest.param(61, False, id="after its minute"),
            pytest.param(-3, True, id="by a clock that is a little behind"),
            pytest.param(-61, False, id="long before"),
        ],
    )
    def test_late_entries_are_dropped(self, ran, caplog, late, runs):
        moment = (datetime.now(UTC) - timedelta(seconds=late)).isoformat()
        run_queued("job", moment)
        assert ran == (["job"] if runs else [])
        assert ("was not run" in caplog.text) is not runs

    def test_now_is_a_moment_too(self, jobs, ran):
        queue_now(jobs.find("job"))
        ((_, *arguments, _),) = queued()
        run_queued(*arguments)
        assert ran == ["job"]

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            pytest.param(ValueError("no paper"), "cron 'job' failed: no paper", id="error"),
            pytest.param(ValueError(), "cron 'job' failed: ValueError", id="without words"),
            pytest.param(SystemExit(3), "cron 'job' failed: 3", id="exit"),
            pytest.param(
                TimeoutException("x"), "cron 'job' was ended: it took more than 9 seconds", id="time"
            ),
        ],
    )
    def test_what_goes_wrong_is_logged_with_the_id_and_the_cause(self, jobs, caplog, error, said):
        def fail():
            raise error

        jobs.add("job", "* * * * *", fail, timeout_seconds=9)
        run_queued("job", datetime.now(UTC).isoformat())
        (record,) = caplog.records
        assert (record.message, record.cron, record.exc_info[1]) == (said, "job", error)

    def test_a_job_that_the_worker_does_not_know_is_logged(self, jobs, caplog):
        run_queued("gone", datetime.now(UTC).isoformat())
        assert "cron 'gone' is not known to the worker" in caplog.text


class TestCommand:
    def test_list(self, jobs, monkeypatch):
        monkeypatch.setattr("system_app.management.commands.crons.crons", jobs)
        jobs.add("__pbA__", "@daily", print)
        jobs.add("mine", "*/5 * * * *", print)
        out = StringIO()
        call_command("crons", "list", stdout=out)
        assert out.getvalue() == "mine     */5 * * * *\n__pbA__  0 0 * * *\n"

    def test_run(self, jobs, ran, monkeypatch):
        monkeypatch.setattr("system_app.management.commands.crons.crons", jobs)
        out = StringIO()
        call_command("crons", "run", "job", stdout=out)
        assert (ran, out.getvalue()[:8]) == (["job"], "Ran job ")

    @pytest.mark.parametrize(
        ("job_id", "said"),
        [
            pytest.param("fails", "cron 'fails' failed: no paper", id="failing"),
            pytest.param("nobody", "There is no job 'nobody'; `crons list` shows", id="unknown"),
        ],
    )
    def test_run_says_what_went_wrong(self, jobs, monkeypatch, job_id, said):
        def fail():
            raise ValueError("no paper")

        monkeypatch.setattr("system_app.management.commands.crons.crons", jobs)
        jobs.add("fails", "@daily", fail)
        with pytest.raises(CommandError, match=said):
            call_command("crons", "run", job_id)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    """Of each engine; "" is SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    if not POSTGRESQL:
        pytest.skip("needs DATABASE_URL or TEST_DATABASE_URL")
    with another_postgresql() as url:
        yield url


A_DAY = """
import sys, threading, django
from datetime import UTC, datetime
django.setup()
from system_app.crons.queueing import queue_due
from system_app.crons.ticker import Ticker
midnight = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
now, over = midnight - float(sys.argv[1]), threading.Event()
def nap(seconds):
    global now
    now += seconds + 0.01
    if now > midnight + 24 * 60 * 60 - 30:
        over.set()
print("ready", flush=True)
sys.stdin.readline()
Ticker(queue_due, clock=lambda: now, nap=nap).run(over)
"""
COUNTED = """
import django
django.setup()
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from platform_app.database.routers import log_database
for entry in OrmQ.objects.using(log_database()):
    print(*SignedPackage.loads(entry.payload)["args"])
"""


def test_several_processes_on_one_database_queue_each_run_once(tmp_path, database_url):
    """Each has a ticker, and lives through the same day by a clock of its own, which naps make go on."""
    data_dir = tmp_path / "pb_data"
    variables = {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    prepared = manage(data_dir, "crons", "list", **variables)
    subprocess.run(prepared, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    python = [*environment(data_dir, **variables), sys.executable, "-c"]
    processes = [
        subprocess.Popen(  # noqa: S603 - our own command
            [*python, A_DAY, str(early)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for early in (0.1, 5, 20, 59)  # all before midnight
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    counted = subprocess.run([*python, COUNTED], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
    runs = counted.stdout.splitlines()
    assert len(runs) == len(set(runs)) == 24 + 24 + 4 + 1


def test_the_queue_is_beside_the_logs():
    """Where there is a database for logs, the other has none of these tables."""
    tables = {
        alias: {"crons_claim", "django_q_ormq", "django_q_task"}
        & set(connections[alias].introspection.table_names())
        for alias in connections
    }
    assert len(tables.pop(log_database())) == 3
    assert not any(tables.values())


def test_migrations_say_what_the_models_are():
    """django-q2 has a migration of ours: a new version of it may need another one."""
    call_command("makemigrations", "crons", "django_q", check=True, dry_run=True, stdout=StringIO())
