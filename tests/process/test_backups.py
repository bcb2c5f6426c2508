"""Backups while others write, restores that all processes follow, and what is left when one is killed."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from platform_app.database.sqlite_driver import sqlite3
from tests.environment import another_postgresql
from tests.process.at_once import SUPERUSER, Must, as_superuser, send, two_workers
from tests.served import ROOT, Server, manage, start

BACKUPS = 2
WRITERS = 3
SECONDS = 120.0  # a limit only for what hangs
PUBLIC = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Path, str]]:
    """A server with two workers, its data directory, and the database that a restore may go to."""
    folder = tmp_path_factory.mktemp("backups")
    with ExitStack() as stack:
        server = stack.enter_context(two_workers(request.param, folder, _make_notes))
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


def _make_notes(must: Must) -> None:
    fields = [{"type": "text", "name": "title"}, {"type": "file", "name": "file", "maxSize": 10_000_000}]
    must("POST", "collections", {"name": "notes", "id": "pbc_notes", "fields": fields, **PUBLIC})


class Writers:
    """Clients that make, change and delete notes with files, and remember what was acknowledged and stays."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.refused: list[Any] = []
        self._ended = threading.Event()
        self._numbers = count(1)
        self._threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in self._threads:
                thread.join()

    def _write(self) -> None:
        while not self._ended.is_set():
            staying = self._send("POST", "")
            if staying is not None:
                self.acknowledged[staying["id"]] = staying
            # The file of the first is replaced, and goes with the record.
            going = self._send("POST", "")
            if going is not None and self._send("PATCH", going["id"]) is not None:
                self._send("DELETE", going["id"])

    def _send(self, method: str, record_id: str) -> Any:
        number = next(self._numbers)
        content = f"file {number}\n".encode() * (1 if number % 5 else 20_000)
        body, headers = form({"title": f"note {number}"}, f"n{number}.txt", content)
        path = f"collections/notes/records/{record_id}".rstrip("/")
        status, answer = send(self.server, method, path, body if method != "DELETE" else None, headers)
        if status not in {200, 204}:
            self.refused.append(answer)
            return None
        return answer


def form(values: dict[str, str], filename: str, content: bytes) -> tuple[bytes, dict[str, str]]:
    boundary = "a-boundary-of-ours"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in values.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    whole = "".join(parts).encode() + head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return whole, {"content-type": f"multipart/form-data; boundary={boundary}"}


def check_backups(server: Server, data_dir: Path, other: str, times: int) -> tuple[int, int]:
    """Make so many backups while writers run, and restore each; how many records and files were looked at."""
    must = as_superuser(server)
    writers = Writers(server)
    before: dict[str, dict[str, dict[str, Any]]] = {}
    with writers.at_work():
        for number in range(times):
            while len(writers.acknowledged) < 5 * (number + 1):
                time.sleep(0.01)
            before[f"b{number}.zip"] = dict(writers.acknowledged)
            must("POST", "backups", {"name": f"b{number}.zip"})
    assert writers.refused == []
    assert list((data_dir / "storage").glob(".kept*")) == []
    records = files = 0
    for key, expected in before.items():
        fresh = data_dir.with_name(f"restored_{key}")
        manage_it(fresh, other, "backup", "restore", str(data_dir / "backups" / key), "--yes")
        rows = stored_notes(fresh, other)
        assert {name: rows.get(name) for name in expected} == {
            name: (record["title"], record["file"]) for name, record in expected.items()
        }
        for record_id, (title, file) in rows.items():
            if file:
                content = (fresh / "storage/pbc_notes" / record_id / file).read_text()
                assert content.startswith("file ")
                if record_id in expected:
                    assert content.split("\n", 1)[0].split() == ["file", title.split()[1]]
                files += 1
        records += len(expected)
    return records, files


def manage_it(data_dir: Path, database: str, *arguments: str) -> str:
    command = manage(data_dir, *arguments, DATABASE_URL=database)
    ended = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def stored_notes(data_dir: Path, database: str) -> dict[str, tuple[str, str]]:
    select = "SELECT id, title, file FROM notes"
    if database:
        import psycopg

        with psycopg.connect(database) as connection:
            rows = connection.execute(select).fetchall()
    else:
        with closing(sqlite3.connect(data_dir / "data.db")) as opened:
            rows = opened.execute(select).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


def test_a_backup_has_what_was_acknowledged_before_it_began(world: tuple[Server, Path, str]) -> None:
    server, data_dir, other = world
    records, files = check_backups(server, data_dir, other, BACKUPS)
    assert records >= 5 * BACKUPS
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
    _make_notes(as_superuser(server))
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
