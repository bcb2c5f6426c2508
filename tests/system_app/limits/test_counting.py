"""Where a process counts: what joins it to others, and what the job that cleans up finds."""

import pytest

from platform_app.database.replacing import OF_PROCESSES, RATE_LIMITS
from system_app.crons.registry import crons
from system_app.limits import counting, rate_limits
from system_app.limits.counters import Counters
from system_app.limits.machine_counters import MachineCounters
from system_app.limits.rate_table import RateTable
from tests.system_app.limits.rules import limits, rule
from tests.system_app.settings_row import save

JOB = "__pbRateLimitersCleanup__"


@pytest.fixture
def place(tmp_path, settings, monkeypatch):
    """Where the table of this test is; this process has joined nobody."""
    settings.JOEY_DATA_DIR = tmp_path
    monkeypatch.setattr(counting._joined, "table", None)
    monkeypatch.setattr(rate_limits, "counters", Counters())
    return tmp_path / RATE_LIMITS


@pytest.fixture
def joined(place):
    counting.join()
    table = counting._joined.table
    assert table is not None
    yield table
    table.close()


def take(label="l"):
    return rate_limits.counters.take(limits(), rule(seconds=3600), label, "1.1.1.1")


def test_who_joins_counts_with_who_is_there(joined, place):
    assert isinstance(rate_limits.counters, MachineCounters)
    assert [take(), take()] == [True, False]
    other = RateTable(place)
    known = MachineCounters(other)
    assert not known.take(limits(), rule(), "l", "1.1.1.1")
    other.close()


def test_without_a_place_for_the_table_each_process_counts(place, caplog):
    place.mkdir()
    counting.join()
    assert isinstance(rate_limits.counters, Counters)
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "each process counts for itself what rate limits are about"
    ]


def test_the_table_is_in_no_backup_and_stays_when_one_is_restored():
    assert {RATE_LIMITS, f"{RATE_LIMITS}.new"} <= set(OF_PROCESSES)


@pytest.mark.django_db
def test_saved_settings_begin_anew(joined):
    takes = [take(), take()]
    save()
    assert [*takes, take()] == [True, False, True]


@pytest.mark.django_db
def test_a_command_that_saves_settings_reaches_the_servers(joined, monkeypatch):
    assert [take(), take()] == [True, False]
    with monkeypatch.context() as command:
        command.setattr(counting._joined, "table", None)
        save()
    assert take()


def test_a_server_that_starts_forgets_what_was_before(joined, monkeypatch):
    assert [take(), take()] == [True, False]
    with monkeypatch.context() as supervisor:
        supervisor.setattr(counting._joined, "table", None)
        counting.begin_anew()
    assert take()


@pytest.mark.django_db
class TestTheJobThatCleansUp:
    def test_it_is_there_once_something_was_counted(self, joined):
        seen = [crons.find(JOB)]
        take()
        assert [*seen, dict(crons.listed()).get(JOB)] == [None, "2 * * * *"]

    def test_it_is_gone_when_settings_were_saved(self, joined):
        take()
        save()
        assert crons.find(JOB) is None

    def test_where_nobody_ever_served_it_is_not_there(self, place):
        assert crons.find(JOB) is None
        assert not place.exists()

    def test_a_process_for_jobs_frees_who_is_idle_for_half_an_hour(self, joined, monkeypatch):
        take()
        monkeypatch.setattr(counting._joined, "table", None)
        job = crons.find(JOB)
        assert job is not None
        now = counting.time.time()
        with monkeypatch.context() as later:
            later.setattr(counting.time, "time", lambda: now + 3600 + 1800 - 10)
            job.run()
            assert joined.clean(int(now)) == 0
            assert not take()
            later.setattr(counting.time, "time", lambda: now + 3600 + 1800 + 10)
            job.run()
        assert joined.clean(2**62) == 0
