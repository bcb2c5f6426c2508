"""The process itself: many at once, its greeting, and its end."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from platform_app.database.dates import as_stored
from platform_app.database.sqlite_driver import sqlite3, sqlite_description
from tests.process.test_answers import HEALTHY
from tests.process.test_jobs import processes, until
from tests.served import ROOT, STOP_SECONDS, Answer, Server, answer_of, manage, reserved_port, start

LIST = "/api/collections/demo2/records?sort=title&expand=x&filter=" + "id!=''"


def test_fifty_clients_at_once_get_what_one_gets(served: Server) -> None:
    expected = served.request("GET", LIST)
    assert expected.status == 200
    answers: list[Answer] = []
    together = threading.Barrier(50)

    def ask() -> None:
        connection = served.connect()
        try:
            together.wait()
            for _ in range(3):
                connection.request("GET", LIST)
                answers.append(answer_of(connection))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 150


def test_a_new_directory_is_made_and_the_first_steps_are_said(tmp_path: Path) -> None:
    data_dir = tmp_path / "pb_data"
    server = start(data_dir)
    server.stop()
    said = re.sub(r"(pbinstall/)[\w-]+\.[\w-]+\.[\w-]+", r"\1TOKEN", server.output.read_text())
    assert said == (
        f"Joey serves {data_dir}\n"
        f"  REST API   {server.url}/api/\n"
        f"  Dashboard  {server.url}/_/\n"
        f"  Database   {sqlite_description()}\n"
        "No superuser yet. Open this link within half an hour to create the first one,\n"
        f"  {server.url}/_/#/pbinstall/TOKEN\n"
        "or call\n"
        f"  DATA_DIR={data_dir} .venv/bin/python manage.py superuser upsert EMAIL PASSWORD\n"
    )
    assert {path.name for path in data_dir.iterdir()} >= {"data.db", "auxiliary.db", "storage", "backups"}


def refused(data_dir: Path, **variables: str) -> tuple[int, str, str]:
    """`(exit status, stdout, stderr)` of a server that ends by itself."""
    command = manage(data_dir, "serve", **{"HOST": "127.0.0.1", "PORT": "0", **variables})
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return ended.returncode, ended.stdout, ended.stderr


def test_a_port_in_use_is_all_that_is_said(tmp_path: Path) -> None:
    data_dir = tmp_path / "pb_data"
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert refused(data_dir, PORT=str(port)) == (
            1,
            "",
            f"CommandError: Cannot serve on 127.0.0.1: port {port} is in use. "
            "Give another PORT, or stop what has it.\n",
        )
    assert not data_dir.exists()


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        pytest.param(
            {"HOST": "192.0.2.1"},  # reserved for documentation
            "CommandError: Cannot serve on 192.0.2.1: HOST is no address of this machine.",
            id="address_of_another_machine",
        ),
        pytest.param({"HOST": "no host"}, "CommandError: HOST 'no host' is not known here.", id="no_address"),
        pytest.param(
            {"PORT": "65536"},
            "CommandError: PORT: expected a number from 0 to 65535, got 65536",
            id="port_out_of_range",
        ),
        pytest.param({"PORT": "http"}, "Error: PORT: expected a whole number, got 'http'", id="no_number"),
        pytest.param(
            {"BUS_URL": "amqp://127.0.0.1"},
            "Error: BUS_URL: expected redis://HOST:PORT/NUMBER or postgres://USER:PASSWORD@HOST:PORT/NAME",
            id="no_bus",
        ),
        pytest.param({"WORKERS": "0"}, "CommandError: WORKERS: expected 1 or more, got 0", id="nobody_works"),
        pytest.param(
            {"READ_TIMEOUT": "0"},
            "CommandError: READ_TIMEOUT: expected 1 or more, got 0",
            id="no_time_to_read",
        ),
        pytest.param(
            {"DATA_DIR": "manage.py"},
            f"CommandError: {ROOT}/manage.py is not a directory.",
            id="a_file_for_the_data_directory",
        ),
        pytest.param(
            {"DATA_DIR": "/proc/pb_data"},
            "CommandError: /proc/pb_data cannot be made: No such file or directory.",
            id="data_directory_where_nothing_can_be_made",
        ),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    tmp_path: Path, variables: dict[str, str], line: str
) -> None:
    assert refused(tmp_path / "pb_data", **variables) == (1, "", f"{line}\n")


@pytest.mark.parametrize(
    ("statements", "line"),
    [
        pytest.param(
            ["BEGIN IMMEDIATE"],
            "CommandError: The first superuser cannot be prepared: database is locked",
            id="by_a_writer",
        ),
        pytest.param(
            ["PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE"],
            "CommandError: DATA_DIR/data.db cannot be used: database is locked",
            id="for_readers_too",
        ),
    ],
)
def test_a_locked_database_is_all_that_is_said(tmp_path: Path, statements: list[str], line: str) -> None:
    data_dir = tmp_path / "pb_data"
    start(data_dir).stop()
    other = sqlite3.connect(data_dir / "data.db", isolation_level=None)
    try:
        other.execute("DELETE FROM _superusers")
        for statement in statements:
            other.execute(statement)
        assert refused(data_dir) == (1, "", line.replace("DATA_DIR", str(data_dir)) + "\n")
    finally:
        other.close()


def test_a_postgresql_out_of_reach_is_said_in_one_line_without_its_password(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and nobody listens
        address = f"postgres://joey:hushhush@127.0.0.1:{silent.getsockname()[1]}/joey"
        status, said, complaint = refused(tmp_path / "pb_data", DATABASE_URL=address)
    assert (status, said, complaint.count("\n")) == (1, "", 1)
    assert complaint.startswith("CommandError: PostgreSQL cannot be used: ")
    assert "hushhush" not in complaint


def test_what_it_makes_is_for_its_owner_only(tmp_path: Path) -> None:
    data_dir = tmp_path / "pb_data"
    before = os.umask(0o022)
    try:
        server = start(data_dir)
    finally:
        os.umask(before)
    made = [data_dir, *data_dir.rglob("*")]
    modes = {path.name: path.stat().st_mode & 0o077 for path in made}
    server.stop()
    assert modes.keys() >= {"pb_data", "data.db", "data.db-wal", "auxiliary.db", "storage", "backups"}
    assert set(modes.values()) == {0}


def test_what_the_log_does_not_keep_is_gone_at_the_start(tmp_path: Path) -> None:
    data_dir = tmp_path / "pb_data"
    start(data_dir).stop()
    with closing(sqlite3.connect(str(data_dir / "auxiliary.db"))) as database, database:
        row = "INSERT INTO _logs (id, level, message, data, created) VALUES (?, 0, 'x', '{}', ?)"
        now = datetime.now(UTC)
        ages = {"kept": timedelta(days=4), "expired": timedelta(days=6)}
        database.executemany(row, [(name, as_stored(now - age)) for name, age in ages.items()])
    server = start(data_dir)
    try:
        with closing(sqlite3.connect(str(data_dir / "auxiliary.db"))) as database:
            found = database.execute("SELECT id FROM _logs WHERE message = 'x'").fetchall()
    finally:
        server.stop()
    assert found == [("kept",)]


def test_it_may_open_as_many_files_as_the_system_lets_it(tmp_path: Path) -> None:
    under_a_limit = (
        "import resource, runpy, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1000))\n"
        "sys.argv = ['manage.py', 'serve']\n"
        "runpy.run_path('manage.py', run_name='__main__')\n"
    )
    server = start(tmp_path / "pb_data", command=("-c", under_a_limit))
    limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    server.stop()
    assert re.findall(r"Max open files +(\d+) +(\d+)", limits) == [("1000", "1000")]


def test_it_stops_in_good_order_with_idle_connections_open(tmp_path: Path) -> None:
    server = start(tmp_path / "pb_data")
    connection = server.connect()
    try:
        connection.request("GET", "/api/health")
        assert answer_of(connection).body == HEALTHY
        seconds = server.stop()
    finally:
        connection.close()
    assert (server.process.returncode, seconds < STOP_SECONDS) == (0, True)


def test_an_open_request_is_answered_after_the_signal(tmp_path: Path) -> None:
    server = start(tmp_path / "pb_data")
    connection = server.connect()
    try:
        connection.putrequest("POST", "/nowhere")
        connection.putheader("Content-Length", "2")
        connection.endheaders()
        connection.send(b"{")
        server.request("GET", "/api/health")  # by now the server has seen the first request's head
        server.process.send_signal(signal.SIGTERM)
        wait_until_refused(server.port)
        connection.send(b"}")
        assert answer_of(connection).status == 404
    finally:
        connection.close()
        server.stop()
    assert server.process.returncode == 0


def wait_until_refused(port: int) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
    raise AssertionError("the server still takes connections")


def test_workers_end_when_who_started_them_is_killed(tmp_path: Path) -> None:
    data_dir = tmp_path / "pb_data"
    with reserved_port() as port:
        server = start(data_dir, port=port, WORKERS="2")
        supervisor = server.process.pid
        children = processes(lambda pid, parent, leader: parent == supervisor)
        assert len(children) >= 2
        server.process.kill()
        server.process.wait()
        until(lambda: not processes(lambda pid, parent, leader: pid in children), "the end of all of it")
        said = server.output.read_text()
        start(data_dir, port=port).stop()
    assert said.count("the process that looks after this server is gone") == 2
