"""What runs beside requests starts and stops in order, under every server (docs/explanation/lanes.md)."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import ROOT, STOP_SECONDS, Server, manage, start

SETTINGS = "tests.process.beside.settings"
ASGI = "config.asgi:application"
LISTEN = "127.0.0.1:PORT"
SERVERS = [
    pytest.param(("manage.py", "serve"), id="serve"),
    pytest.param(("manage.py", "runserver", "--noreload", LISTEN), id="runserver"),
    pytest.param(("-m", "gunicorn", "-k", "uvicorn_worker.UvicornWorker", "-b", LISTEN, ASGI), id="gunicorn"),
    pytest.param(("-m", "uvicorn", "--host", "127.0.0.1", "--port", "PORT", ASGI), id="uvicorn"),
    pytest.param(("-m", "daphne", "-b", "127.0.0.1", "-p", "PORT", ASGI), id="daphne"),
]
IN_ORDER = ["feed started", "ticker started", "ticker stopped", "feed stopped"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that any server can serve."""
    data_dir = tmp_path_factory.mktemp("lifetime") / "pb_data"
    command = manage(data_dir, "superuser", "upsert", "test@example.com", "1234567890")
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return data_dir


@pytest.fixture
def log(data_dir: Path) -> Path:
    log = data_dir / "beside.log"
    log.write_text("")
    return log


@pytest.mark.parametrize("command", SERVERS)
def test_companions_start_before_the_first_answer_and_stop_in_reverse(
    data_dir: Path, log: Path, command: tuple[str, ...]
) -> None:
    server = start(data_dir, command=command, DJANGO_SETTINGS_MODULE=SETTINGS)
    try:
        assert log.read_text().splitlines() == IN_ORDER[:2]
    finally:
        server.stop()
    assert log.read_text().splitlines() == IN_ORDER
    assert "Traceback" not in server.output.read_text()


def test_companions_stop_when_the_reloader_ends_its_child(data_dir: Path, log: Path) -> None:
    server = start(data_dir, command=("manage.py", "runserver", LISTEN), DJANGO_SETTINGS_MODULE=SETTINGS)
    parent = server.process.pid
    try:
        (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        os.kill(int(child), signal.SIGTERM)
        server.process.wait(STOP_SECONDS)
    finally:
        server.stop()
    assert log.read_text().splitlines() == IN_ORDER


@pytest.mark.parametrize("command", SERVERS)
def test_a_companion_that_does_not_start_keeps_the_process_from_serving(
    data_dir: Path, log: Path, command: tuple[str, ...]
) -> None:
    refuses = data_dir / "beside.refuses"
    refuses.touch()
    try:
        with pytest.raises(AssertionError, match="ticker did not start: no clock here"):
            start(data_dir, command=command, DJANGO_SETTINGS_MODULE=SETTINGS)
    finally:
        refuses.unlink()
    assert log.read_text().splitlines() == ["feed started", "feed stopped"]


@pytest.fixture(scope="module")
def extended(data_dir: Path) -> Iterator[Server]:
    server = start(data_dir, DJANGO_SETTINGS_MODULE=SETTINGS)
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("lane", "thread"),
    [
        pytest.param("inline", "MainThread", id="inline"),
        pytest.param("pool", "joey-pool", id="what_no_table_names"),
        pytest.param("waiting", "joey-waiting", id="waiting"),
    ],
)
def test_an_apps_own_table_says_where_its_requests_run(extended: Server, lane: str, thread: str) -> None:
    answer = extended.request("GET", f"/beside/lane/{lane}")
    assert (answer.status, answer.body.decode().rpartition("-")[0] or answer.body.decode()) == (200, thread)


def test_a_stream_ends_with_its_client(extended: Server, log: Path) -> None:
    connection = extended.connect()
    connection.request("GET", "/beside/stream")
    with connection.getresponse() as response:
        assert response.read(1_000_000) == b"x" * 1_000_000
    connection.close()
    while not log.read_text():  # what hangs is ended by nobody: the test itself would hang
        extended.request("GET", "/api/health")
    assert log.read_text() == "stream closed on joey-pool\n"
