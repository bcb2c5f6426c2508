"""Queued jobs are run beside the server, in processes of their own (docs/decisions/0015)."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from platform_app.database.sqlite_driver import sqlite3
from tests.served import ROOT, START_SECONDS, Server, manage, start

SETTINGS = "tests.process.beside.settings"
SUPERUSER = ("test@example.com", "1234567890")
RUNSERVER = ("manage.py", "runserver", "--noreload", "127.0.0.1:PORT")


def until(condition: Callable[[], object], what: str) -> None:
    """A limit only for what never comes."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)


def processes(group: Callable[[int, int, int], bool]) -> list[int]:
    """Those whose `(pid, parent, process group)` is as wanted; the dead do not count."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        state, parent, leader = text.rpartition(")")[2].split()[:3]
        if state != "Z" and group(int(path.parent.name), int(parent), int(leader)):
            found.append(int(path.parent.name))
    return found


class Jobs:
    """A server with jobs, and what they leave behind."""

    def __init__(self, server: Server, data_dir: Path) -> None:
        self.server = server
        self.data_dir = data_dir
        answer = server.request(
            "POST",
            "/api/collections/_superusers/auth-with-password",
            {"content-type": "application/json"},
            b'{"identity":"%s","password":"%s"}' % tuple(part.encode() for part in SUPERUSER),
        )
        self.token = answer.body.decode().partition('"token":"')[2].partition('"')[0]

    def run(self, job_id: str) -> None:
        answer = self.server.request("POST", f"/api/crons/{job_id}", {"authorization": self.token})
        assert answer.status == 204

    def notes(self) -> list[str]:
        log = self.data_dir / "beside.log"
        return [line for line in log.read_text().splitlines() if " started" not in line]

    def noted(self, text: str) -> bool:
        return any(text in line for line in self.notes())

    def printed(self, text: str) -> bool:
        return text in self.server.output.read_text()

    def queued(self) -> int:
        with closing(sqlite3.connect(self.data_dir / "auxiliary.db")) as database:
            return int(database.execute("SELECT COUNT(*) FROM django_q_ormq").fetchone()[0])

    @property
    def runner(self) -> int:
        """The process that runs jobs: a child of the server that leads a group; 0 when there is none."""
        server = self.server.process.pid
        return next(iter(processes(lambda pid, parent, leader: parent == server and leader == pid)), 0)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("jobs") / "pb_data"
    command = manage(data_dir, "superuser", "upsert", *SUPERUSER)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return data_dir


def serving(data_dir: Path, *command: str) -> Jobs:
    return Jobs(start(data_dir, command=command, DJANGO_SETTINGS_MODULE=SETTINGS), data_dir)


@pytest.fixture
def jobs(data_dir: Path) -> Iterator[Jobs]:
    jobs = serving(data_dir, "manage.py", "serve")
    (data_dir / "beside.log").write_text("")
    yield jobs
    jobs.server.stop()


def test_a_job_runs_once_in_a_process_of_its_own_and_leaves_nothing_in_the_queue(jobs):
    jobs.run("notes")
    until(lambda: jobs.noted("notes ran"), "the job")
    until(lambda: jobs.queued() == 0, "an empty queue")
    (line,) = jobs.notes()
    assert int(line.rpartition(" ")[2]) not in (jobs.server.process.pid, jobs.runner)


def test_what_a_job_prints_and_why_it_failed_is_on_the_console(jobs):
    jobs.run("prints")
    jobs.run("fails")
    until(lambda: jobs.printed("a job printed this"), "what was printed")
    until(lambda: jobs.printed("cron 'fails' failed: no paper"), "the error")
    until(lambda: jobs.queued() == 0, "an empty queue")
    text = jobs.server.output.read_text()
    assert (
        text.count("a job printed this")
        == text.count("cron 'fails' failed")
        == text.count("Joey serves")
        == 1
    )


@pytest.mark.parametrize(
    ("job_id", "said"),
    [
        pytest.param("dies", "job 'dies' was cut short: its process was ended by SIGKILL", id="killed"),
        pytest.param(
            "deaf",
            "job 'deaf' was cut short: its process was ended by SIGKILL",
            id="over it, and will not end",
        ),
        pytest.param("hangs", "cron 'hangs' was ended: it took more than 1 seconds", id="over its time"),
    ],
)
def test_what_does_not_come_to_its_end_is_logged_and_not_tried_again(jobs, job_id, said):
    jobs.run(job_id)
    until(lambda: jobs.printed(said), said)
    until(lambda: jobs.queued() == 0, "an empty queue")
    jobs.run("notes")
    until(lambda: jobs.noted("notes ran"), "the next job")
    assert [line for line in jobs.notes() if job_id in line] == [f"{job_id} began"]


def test_work_that_fails_is_done_again(jobs, tmp_path):
    assert jobs.server.request("GET", f"/beside/work?mark={tmp_path}/mark").status == 200
    until(lambda: jobs.noted("fail_once is done"), "the second attempt")
    until(lambda: jobs.queued() == 0, "an empty queue")
    assert jobs.printed("failed, again in 0.5 seconds: no paper at first")


def test_a_job_that_lasts_holds_up_no_other(jobs):
    jobs.run("lasts")
    until(lambda: jobs.noted("lasts began"), "the long job")
    jobs.run("lasts")
    jobs.run("notes")
    until(lambda: jobs.noted("notes ran"), "the other one")
    assert jobs.notes().count("lasts began") == 2  # not even itself


def test_the_process_of_jobs_is_started_again_when_it_dies(jobs):
    until(lambda: jobs.runner, "a process for jobs")
    first = jobs.runner
    os.kill(first, signal.SIGKILL)
    until(lambda: jobs.runner not in (0, first), "another one")
    jobs.run("notes")
    until(lambda: jobs.noted("notes ran"), "the job")
    assert jobs.printed(f"the process that runs jobs ({first}) died")


@pytest.mark.parametrize("command", [("manage.py", "serve"), RUNSERVER], ids=["serve", "runserver"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_server_however_that_ends(data_dir, command, number):
    jobs = serving(data_dir, *command)
    (data_dir / "beside.log").write_text("")
    try:
        until(lambda: jobs.runner, "a process for jobs")
        runner, before = jobs.runner, jobs.queued()
        jobs.run("lasts")
        until(lambda: jobs.noted("lasts began"), "the job")
        server = jobs.server.process.pid
        children = processes(lambda pid, parent, leader: parent == server and pid != runner)
        jobs.server.process.send_signal(number)
        until(lambda: not processes(lambda pid, parent, leader: leader == runner), "the end of all of it")
        until(lambda: not processes(lambda pid, parent, leader: pid in children), "the end of the workers")
    finally:
        jobs.server.stop()
    assert jobs.queued() - before == (0 if jobs.printed("job 'lasts' was cut short") else 1)


def test_no_workers_leaves_jobs_to_qcluster(data_dir):
    jobs = serving(data_dir, "manage.py", "serve", "--no-workers")
    (data_dir / "beside.log").write_text("")
    try:
        jobs.run("notes")
        assert jobs.runner == 0
        command = manage(data_dir, "qcluster", DJANGO_SETTINGS_MODULE=SETTINGS)
        cluster = subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - our own command
        try:
            until(lambda: jobs.noted("notes ran"), "the job")
        finally:
            cluster.send_signal(signal.SIGTERM)
            assert cluster.wait(START_SECONDS) == 0
    finally:
        jobs.server.stop()
