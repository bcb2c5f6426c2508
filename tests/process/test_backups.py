"""Backups while others write, restores that all processes follow, and what is left when one is killed."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.environment import another_postgresql
from tests.process.at_once import SUPERUSER, as_superuser, send, two_workers
from tests.process.backups_under_load import (
    RECORDS_EACH,
    check_backups,
    form,
    make_notes,
    manage_it,
)
from tests.served import ROOT, Server, manage, start

BACKUPS = 2
SECONDS = 120.0  # a limit only for what hangs


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Path, str]]:
    """A server with two workers, its data directory, and the database that a restore may go to."""
    folder = tmp_path_factory.mktemp("backups")
    with ExitStack() as stack:
        server = stack.enter_context(two_workers(request.param, folder, make_notes))
        other = stack.enter_context(another_postgresql()) if request.param != "sqlite" else ""
        yield server, folder / "pb_data", other


@pytest.fixture
def world(served: tuple[Server, Path, str]) -> tuple[Server, Path, str]:
    """The same, without notes and backups of the tests before."""
    must = as_superuser(served[0])
    must("DELETE", "collections/notes/truncate")
    for backup in must("GET", "backups"):
        must("DELETE", f"backups/{backup['key']}")
    return served


def test_a_backup_has_what_was_acknowledged_before_it_began(world: tuple[Server, Path, str]) -> None:
    server, data_dir, other = world
    records, files = check_backups(server, data_dir, other, BACKUPS)
    assert records >= RECORDS_EACH * BACKUPS
    assert files >= records


def note_titles(server: Server) -> list[str]:
    """Waits for a server that starts anew."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            status, answer = send(server, "GET", "collections/notes/records?sort=title&perPage=500")
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
            continue
        assert status == 200, answer
        return [item["title"] for item in answer["items"]]


def make_note(server: Server, title: str) -> dict[str, Any]:
    body, headers = form({"title": title}, "a.txt", title.encode())
    status, answer = send(server, "POST", "collections/notes/records", body, headers)
    assert status == 200, answer
    return dict(answer)


def wait_until(claim: Any) -> None:
    deadline = time.monotonic() + SECONDS
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_all_processes_follow_a_restore(world: tuple[Server, Path, str]) -> None:
    server, data_dir, _ = world
    must = as_superuser(server)
    first = make_note(server, "first")
    must("POST", "backups", {"name": "one.zip"})
    second = make_note(server, "second")
    assert must("POST", "backups/one.zip/restore") is None
    assert note_titles(server) == ["first", "second"]  # it begins a second later
    wait_until(lambda: note_titles(server) == ["first"])
    # Two workers answer; each has new connections.
    assert [note_titles(server) for _ in range(20)] == [["first"]] * 20
    storage = data_dir / "storage/pbc_notes"
    assert (storage / first["id"] / first["file"]).read_text() == "first"
    assert not (storage / second["id"]).exists()
    assert make_note(server, "third")["title"] == "third"
    assert server.process.poll() is None
    wait_until(lambda: not list((data_dir / ".pb_temp_to_delete").glob("*")))


def test_a_command_restores_under_a_server(world: tuple[Server, Path, str]) -> None:
    server, data_dir, _ = world
    database = database_of(server)
    make_note(server, "first")
    said = manage_it(data_dir, database, "backup", "create", "one.zip")
    assert said.startswith("Made one.zip (")
    make_note(server, "second")
    said = manage_it(data_dir, database, "backup", "restore", "one.zip", "--yes")
    assert "Restored one.zip." in said
    wait_until(lambda: note_titles(server) == ["first"])


def database_of(server: Server) -> str:
    environment = Path(f"/proc/{server.process.pid}/environ").read_bytes().split(b"\0")
    found = dict(entry.split(b"=", 1) for entry in environment if b"=" in entry)
    return found.get(b"DATABASE_URL", b"").decode()


def test_one_at_a_time_and_what_is_killed_is_no_obstacle(world: tuple[Server, Path, str]) -> None:
    server, data_dir, _ = world
    must = as_superuser(server)
    database = database_of(server)
    # Random, so that it takes a while to be packed.
    large = data_dir / "large"
    with large.open("wb") as file:
        for _ in range(300):
            file.write(os.urandom(1024 * 1024))
    command = manage(data_dir, "backup", "create", "slow.zip", DATABASE_URL=database)
    running = subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: must("GET", "health")["data"]["canBackup"] is False)
    busy = "Try again later - another backup/restore process has already been started."
    token = {"authorization": token_of(server)}
    for path, body in (("backups", {"name": "other.zip"}), ("backups/x.zip/restore", None)):
        status, answer = send(server, "POST", path, body, token)
        assert (status, answer["message"]) == (400, busy)
    note = make_note(server, "while it runs")  # nobody waits for it
    send(server, "DELETE", f"collections/notes/records/{note['id']}")
    running.kill()
    running.wait()
    assert must("GET", "health")["data"]["canBackup"] is True
    large.unlink()
    assert must("GET", "backups") == []
    must("POST", "backups", {"name": "other.zip"})
    assert [one["key"] for one in must("GET", "backups")] == ["other.zip"]
    assert list((data_dir / "storage").glob(".kept*")) == []


def token_of(server: Server) -> str:
    body = {"identity": SUPERUSER[0], "password": SUPERUSER[1]}
    _, answer = send(server, "POST", "collections/_superusers/auth-with-password", body)
    return str(answer["token"])


def test_a_server_killed_in_a_restore_serves_old_or_new(tmp_path: Path) -> None:
    """Whenever that is: all of the one, or all of the other."""
    data_dir = tmp_path / "pb_data"
    server = start(data_dir, WORKERS="2")
    manage_it(data_dir, "", "superuser", "upsert", *SUPERUSER)
    make_notes(as_superuser(server))
    for number, wait_seconds in enumerate((0.0, 0.6, 1.2, 2.4)):
        must = as_superuser(server)
        must("DELETE", "collections/notes/truncate")
        make_note(server, "first")
        must("POST", "backups", {"name": f"b{number}.zip"})
        make_note(server, "second")
        must("POST", f"backups/b{number}.zip/restore")
        wait_until(lambda: list((data_dir / ".pb_temp_to_delete").glob("restore_*")))
        time.sleep(wait_seconds)
        kill_all(server)
        server = start(data_dir, WORKERS="2")
        assert note_titles(server) in (["first"], ["first", "second"])
        listed = json.loads(server.request("GET", "/api/collections/notes/records").body)
        for record in listed["items"]:
            file = data_dir / "storage/pbc_notes" / record["id"] / record["file"]
            assert file.read_text() == record["title"]
    server.stop()


def kill_all(server: Server) -> None:
    """The processes of a server, at once, as when the machine stops."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    for pid in (server.process.pid, *map(int, children)):
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            continue
    server.process.wait()
