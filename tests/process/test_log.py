"""The log of a real server: one entry a request, whatever its way, and none lost at the end."""

import json
import subprocess
from pathlib import Path

import pytest

from platform_app.database.sqlite_driver import sqlite3
from tests.process.test_lifetime import LISTEN, SERVERS
from tests.served import ROOT, Server, manage, start

WSGI = ("-m", "gunicorn", "-b", LISTEN, "config.wsgi:application")
# Inline, in the pool, among the queries, an error, and two that are not logged.
TARGETS = [
    "/api/health",
    "/api/collections/users/auth-methods",
    "/api/collections/users/records?filter=id!=''",
    "/api/nope",
    "/api/oauth2-redirect",
    "//api/health",
]
LOGGED = TARGETS[:4]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("log") / "pb_data"
    command = manage(data_dir, "superuser", "upsert", "test@example.com", "1234567890")
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return data_dir


def logged(data_dir: Path, agent: str) -> list[str]:
    """The addresses of the requests of one user agent, the first one first."""
    database = sqlite3.connect(data_dir / "auxiliary.db")
    rows = database.execute("SELECT data FROM _logs ORDER BY rowid").fetchall()
    database.close()
    entries = [json.loads(data) for (data,) in rows]
    return [entry["url"] for entry in entries if entry.get("userAgent") == agent]


def ask(server: Server, agent: str, times: int = 1) -> None:
    for _ in range(times):
        for target in TARGETS:
            server.request("GET", target, {"User-Agent": agent})


@pytest.mark.parametrize("command", [*SERVERS, pytest.param(WSGI, id="wsgi")])
def test_what_waits_is_written_when_the_server_ends(
    data_dir: Path, command: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    agent = request.node.name
    server = start(data_dir, command=command)
    try:
        ask(server, agent, times=2)
    finally:
        server.stop()
    assert sorted(logged(data_dir, agent)) == sorted(LOGGED * 2)
    assert "Traceback" not in server.output.read_text()


def test_two_processes_log_into_one_place(data_dir: Path) -> None:
    server = start(data_dir, WORKERS="2")
    try:
        ask(server, "two", times=20)
    finally:
        server.stop()
    assert sorted(logged(data_dir, "two")) == sorted(LOGGED * 20)


def test_entries_come_by_themselves_while_it_serves(data_dir: Path) -> None:
    server = start(data_dir)
    try:
        ask(server, "serving")
        while logged(data_dir, "serving") != LOGGED:  # fails by hanging
            server.request("GET", "/api/health")
    finally:
        server.stop()


def test_the_log_is_printed_as_json(data_dir: Path) -> None:
    server = start(data_dir, LOG_FORMAT="json")
    try:
        ask(server, "json")
    finally:
        server.stop()
    lines = [line for line in server.output.read_text().splitlines() if line.startswith("{")]
    entries = [json.loads(line) for line in lines]
    requests = [entry for entry in entries if entry["data"].get("userAgent") == "json"]
    assert [(entry["level"], entry["data"]["url"]) for entry in requests] == [
        ("ERROR" if "nope" in url else "INFO", url) for url in LOGGED
    ]


def test_a_log_that_cannot_be_written_stops_nobody(data_dir: Path) -> None:
    server = start(data_dir)
    database = sqlite3.connect(data_dir / "auxiliary.db", isolation_level=None)
    try:
        database.execute("ALTER TABLE _logs RENAME TO gone")
        ask(server, "gone")
        while "log entries wait" not in server.output.read_text():
            assert server.request("GET", "/api/health", {"User-Agent": "other"}).status == 200
        database.execute("ALTER TABLE gone RENAME TO _logs")
    finally:
        database.close()
        server.stop()
    assert logged(data_dir, "gone") == LOGGED
