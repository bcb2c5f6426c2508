"""`bootstrap`, `serve` and `terminate` fire once in every process that serves, under every server."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.process.test_jobs import processes, until
from tests.process.test_lifetime import LISTEN, SERVERS, SETTINGS
from tests.served import ROOT, STOP_SECONDS, Server, manage, start

BEGUN = ["before bootstrap, starting", "after bootstrap, 1 superusers"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("hooks") / "pb_data"
    command = manage(data_dir, "superuser", "upsert", "test@example.com", "1234567890")
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return data_dir


@pytest.fixture
def log(data_dir: Path) -> Path:
    log = data_dir.with_name("hooks.log")
    log.write_text("")
    return log


def noted(log: Path) -> dict[int, list[str]]:
    """What each process noted, by its id."""
    found: dict[int, list[str]] = {}
    for line in log.read_text().splitlines():
        pid, _, text = line.partition(" ")
        found.setdefault(int(pid), []).append(text)
    return found


@contextmanager
def wanting(data_dir: Path, what: str) -> Iterator[None]:
    flag = data_dir / f"beside.{what}"
    flag.touch()
    try:
        yield
    finally:
        flag.unlink()


def serving(data_dir: Path, command: tuple[str, ...] = ("manage.py", "serve")) -> Server:
    return start(data_dir, command=command, DJANGO_SETTINGS_MODULE=SETTINGS)


def _is_noted(log: Path, text: str, *, times: int) -> bool:
    return log.read_text().count(text) == times


def without_jobs(command: tuple[str, ...]) -> tuple[str, ...]:
    """The process for jobs begins and ends, too; when, is not of interest here."""
    return (*command[:2], "--no-workers", *command[2:]) if command[0] == "manage.py" else command


@pytest.mark.parametrize("command", SERVERS)
def test_each_fires_once_in_order(data_dir: Path, log: Path, command: tuple[str, ...]) -> None:
    server = serving(data_dir, without_jobs(command))
    url = server.url if command[0] == "manage.py" else ""
    try:
        begun = noted(log)
    finally:
        server.stop()
    (ended,) = noted(log).values()
    assert list(begun.values()) == [[*BEGUN, f"serve at {url}"]]
    assert ended == [*BEGUN, f"serve at {url}", "terminate, stopped"]
    assert "Traceback" not in server.output.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_they_fire_in_each_of_several_processes(data_dir: Path, log: Path, number: signal.Signals) -> None:
    server = serving(data_dir, ("manage.py", "serve", "--no-workers", "--workers", "2"))
    until(lambda: log.read_text().count("serve at") == 2, "the second process")
    server.process.send_signal(number)
    server.process.wait(STOP_SECONDS)
    each = [*BEGUN, f"serve at {server.url}", "terminate, stopped"]
    assert list(noted(log).values()) == [each, each]
    assert server.process.pid not in noted(log)


def test_the_process_for_jobs_begins_and_ends_without_serving(data_dir: Path, log: Path) -> None:
    server = serving(data_dir)
    until(lambda: len(noted(log)) == 2, "the process for jobs")
    until(lambda: log.read_text().count("after bootstrap") == 2, "its beginning")
    server.stop()
    (runner,) = (lines for lines in noted(log).values() if f"serve at {server.url}" not in lines)
    assert [line.partition(",")[0] for line in runner] == ["before bootstrap", "after bootstrap", "terminate"]


def test_a_restore_is_told_to_those_that_end_for_it(data_dir: Path, log: Path) -> None:
    server = serving(data_dir, ("manage.py", "serve", "--no-workers"))
    try:
        for arguments in (("create", "now.zip"), ("restore", "now.zip", "--yes")):
            command = manage(data_dir, "backup", *arguments, DJANGO_SETTINGS_MODULE="config.settings")
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        until(lambda: len(noted(log)) == 2, "the process that starts anew")
        until(lambda: log.read_text().count("serve at") == 2, "its start")
    finally:
        server.stop()
    first, second = noted(log).values()
    assert (first[-1], second[-1]) == ("terminate, to start anew, stopped", "terminate, stopped")


@pytest.mark.parametrize("command", SERVERS)
@pytest.mark.parametrize(
    ("what", "line"),
    [
        (
            "refuse_bootstrap",
            "bootstrap did not start: tests.process.beside.hooks.refuse_bootstrap: no licence for this",
        ),
        ("refuse_serve", "serve did not start: tests.process.beside.hooks.before_serve: nobody may come"),
    ],
)
def test_who_raises_stops_the_start_by_name(
    data_dir: Path, log: Path, command: tuple[str, ...], what: str, line: str
) -> None:
    with wanting(data_dir, what), pytest.raises(AssertionError, match=line):
        serving(data_dir, without_jobs(command))
    assert "serve at" not in log.read_text()


def test_a_command_begins_and_ends(data_dir: Path, log: Path) -> None:
    command = manage(data_dir, "crons", "list", DJANGO_SETTINGS_MODULE=SETTINGS)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    assert list(noted(log).values()) == [
        ["before bootstrap, new", "after bootstrap, 1 superusers", "terminate, new"]
    ]


def test_a_command_that_may_not_begin_says_why_in_one_line(data_dir: Path, log: Path) -> None:
    command = manage(data_dir, "crons", "list", DJANGO_SETTINGS_MODULE=SETTINGS)
    with wanting(data_dir, "refuse_bootstrap"):
        ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "CommandError: bootstrap: tests.process.beside.hooks.refuse_bootstrap: no licence for this machine\n"
    )


@pytest.mark.parametrize("what", ["fail_at_the_end", "hang_at_the_end"])
@pytest.mark.parametrize(
    "command",
    [("manage.py", "serve"), ("manage.py", "runserver", "--noreload", LISTEN)],
    ids=["serve", "runserver"],
)
def test_nobody_stops_the_end(data_dir: Path, log: Path, command: tuple[str, ...], what: str) -> None:
    server = serving(data_dir, without_jobs(command))
    with wanting(data_dir, what):
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(STOP_SECONDS)
    assert [lines[-1] for lines in noted(log).values()] == ["terminate, stopped"]
    assert (data_dir / "beside.log").read_text().splitlines()[-2:] == ["ticker stopped", "feed stopped"]
    assert not processes(lambda pid, parent, leader: pid in noted(log))


def test_saved_settings_are_announced_once_in_each_process(data_dir: Path, log: Path) -> None:
    server = serving(data_dir, ("manage.py", "serve", "--workers", "2"))
    try:
        until(lambda: log.read_text().count("serve at") == 2, "the second process")
        until(lambda: len(noted(log)) == 3, "the process of jobs")
        for name in ("First", "Second"):
            save = f"change_settings({{'meta': {{'appName': '{name}'}}}})"
            code = f"from system_app.settings.saving import change_settings; {save}"
            command = manage(data_dir, "shell", "-c", code)
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
            until(partial(_is_noted, log, f"settings of {name}", times=3), name)
    finally:
        server.stop()
    said = [[line for line in lines if line.startswith("settings")] for lines in noted(log).values()]
    assert said == [["settings of First", "settings of Second"]] * 3
