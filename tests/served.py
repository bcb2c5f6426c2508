"""A real server for tests: `manage.py serve` as a process, on a data directory of its own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.environment import FIXTURE

Command = tuple[str, ...]

ROOT = Path(__file__).resolve().parent.parent
# Limits only for what hangs: on a busy machine a start alone may take half a minute.
START_SECONDS = 180.0
_PAUSE_SECONDS = 0.05
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """Headers have lower-case names and come sorted, repeated ones joined; `date` is left out."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int
    output: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)

    def request(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:
        """One request on a connection of its own; a body that is an iterator is sent in chunks."""
        connection = self.connect()
        try:
            connection.request(method, target, body=body, headers=headers or {})
            return answer_of(connection)
        finally:
            connection.close()

    def kill_workers(self) -> None:
        """SIGKILL for the processes that serve; their supervisor starts new ones."""
        supervisor = self.process.pid
        for pid in Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split():
            os.kill(int(pid), signal.SIGKILL)

    def stop(self) -> float:
        """End it as systemd would; returns how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.monotonic() - began


def answer_of(connection: http.client.HTTPConnection) -> Answer:
    with connection.getresponse() as response:
        body = response.read()
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
    headers.pop("date", None)
    return Answer(response.status, sorted(headers.items()), body)


def manage(data_dir: Path, *arguments: str, **variables: str | None) -> list[str]:
    """The command line of a management command; `variables` are as for `environment`."""
    return [*environment(data_dir, **variables), sys.executable, "manage.py", *arguments]


def environment(data_dir: Path, **variables: str | None) -> list[str]:
    """The beginning of a command line: `env` sets what config/env.py then reads, without what is None."""
    settings = {"DATA_DIR": str(data_dir), "DATABASE_URL": "", **variables}
    gone = (f"--unset={name}" for name, value in settings.items() if value is None)
    return [
        "/usr/bin/env",
        *gone,
        *(f"{name}={value}" for name, value in settings.items() if value is not None),
    ]


@contextmanager
def reserved_port() -> Iterator[int]:
    """A free port that nobody else gets meanwhile, for a server that may end and start again on it.

    Linux lets several sockets with this option have one port, as long as only one of them listens.
    """
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def start(
    data_dir: Path,
    *,
    command: Command = ("manage.py", "serve"),
    port: int = 0,
    python: str = sys.executable,
    folder: Path = ROOT,
    status: int = 200,
    **variables: str | None,
) -> Server:
    """Serve `data_dir` on `port`, or a free one, and wait until it answers; `variables` as for `manage`.

    `command` is what `python` runs in `folder`; PORT in it stands for the port. `status` is that of a healthy
    answer.
    """
    command = (python, *command)
    if port:
        return _started(data_dir, port, command, folder, status, variables)
    with reserved_port() as free:
        return _started(data_dir, free, command, folder, status, variables)


def _started(
    data_dir: Path,
    port: int,
    command: Command,
    folder: Path,
    status: int,
    variables: Mapping[str, str | None],
) -> Server:
    output = data_dir.with_name(f"{data_dir.name}.{port}.output")
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [
                *environment(data_dir, HOST="127.0.0.1", PORT=str(port), **variables),
                *(part.replace("PORT", str(port)) for part in command),
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, port, output)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not _has_ended(process):
        try:
            if server.request("GET", "/api/health").status == status:
                return server
        except OSError:
            continue  # nobody listens yet
    server.stop()
    raise AssertionError(f"no healthy answer within {START_SECONDS} s:\n{output.read_text()}")


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Waits a moment for the end: asking without a pause would take the processor that it starts on."""
    try:
        process.wait(_PAUSE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def adopted(folder: Path) -> Path:
    """The conformance fixture, adopted into `folder`; the test is skipped where the fixture is absent."""
    if not FIXTURE.exists():
        pytest.skip("needs ../shared/conformance/fixture")
    data_dir = folder / "pb_data"
    command = manage(data_dir, "adopt", str(FIXTURE), "--into", str(data_dir))
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return data_dir


@contextmanager
def serving_the_fixture(folder: Path) -> Iterator[Server]:
    """A server on the fixture, adopted into `folder`."""
    server = start(adopted(folder))
    try:
        yield server
    finally:
        seconds = server.stop()
    assert seconds < STOP_SECONDS


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on the adopted fixture, shared by the tests of a folder; they only read."""
    with serving_the_fixture(tmp_path_factory.mktemp("served")) as server:
        yield server
