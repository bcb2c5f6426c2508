"""A server whose disk is full, read-only or in pieces: clear errors, nothing lost, and no restart afterwards.

The data directory is a small volume of its own, as it may be in production. What is wrong with archives is in
tests/system_app/backups; servers that never answer are in test_silent_s3.py and test_silent_mail_server.py.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from platform_app.database.sqlite_driver import sqlite3
from platform_app.runtime_settings.current import RELOAD_SECONDS
from tests.process.at_once import SUPERUSER, as_superuser, send
from tests.process.backups_under_load import form
from tests.process.test_backups import wait_until
from tests.served import ROOT, Server, manage, start
from tests.small_volume import filled, remount, small_volume

MEGABYTES = 40
PUBLIC = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
NOTES = {
    "name": "notes",
    "id": "pbc_notes",
    "fields": [{"type": "text", "name": "title"}, {"type": "file", "name": "file", "maxSize": 10_000_000}],
    **PUBLIC,
}
MORE = {**NOTES, "id": "", "name": "more"}
INDEXED = {"indexes": ["CREATE INDEX by_title ON notes (title)"]}
SMALL, LARGE = b"s" * 10_000, b"l" * 5_000_000
RECORDS = "collections/notes/records"


@dataclass
class World:
    """A server on a volume of its own, and what is in it."""

    server: Server
    data_dir: Path
    root: dict[str, str]
    note: dict[str, Any]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return send(self.server, method, path, body, self.root)

    def upload(self, title: str, content: bytes) -> tuple[int, Any]:
        body, headers = form({"title": title}, "a.txt", content)
        return send(self.server, "POST", RECORDS, body, headers)

    @contextmanager
    def full(self) -> Iterator[None]:
        """No room is left on the volume, nor in the databases' logs."""
        with filled(self.data_dir / "lost+found/filler"):
            yield

    def until_refused(self) -> tuple[list[str], Any]:
        """Make notes until one is refused; returns the ids of those that were made, and the answer."""
        made: list[str] = []
        while True:
            status, answer = send(self.server, "POST", RECORDS, {"title": "x" * 4000})
            if status != 200:
                return made, (status, answer)
            made.append(answer["id"])

    def ids(self) -> set[str]:
        _, answer = self.ask("GET", f"{RECORDS}?perPage=500&fields=id&skipTotal=1")
        return {item["id"] for item in answer["items"]}

    def stored_files(self) -> set[str]:
        """The files of notes, and whatever else lies there."""
        return {path.name for path in self.data_dir.glob("storage/pbc_notes/*/*")}

    def is_well(self) -> None:
        """It takes a record with a large file, and gives it back."""
        status, made = self.upload("well", LARGE)
        assert status == 200, made
        path = f"/api/files/notes/{made['id']}/{made['file']}"
        assert self.server.request("GET", path).body == LARGE
        assert send(self.server, "DELETE", f"{RECORDS}/{made['id']}")[0] == 204


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data_dir = tmp_path_factory.mktemp("faults") / "pb_data"
    with small_volume(data_dir, MEGABYTES):
        (data_dir / "lost+found/tmp").mkdir(parents=True)  # in no backup
        made = subprocess.run(  # noqa: S603 - our own command
            manage(data_dir, "superuser", "upsert", *SUPERUSER), cwd=ROOT, check=True, capture_output=True
        )
        assert made.returncode == 0
        server = start(data_dir, WORKERS="2", TMPDIR=str(data_dir / "lost+found/tmp"), EMAIL_BACKEND="")
        try:
            must = as_superuser(server)
            must("POST", "collections", NOTES)
            body = {"identity": SUPERUSER[0], "password": SUPERUSER[1]}
            _, signed_in = send(server, "POST", "collections/_superusers/auth-with-password", body)
            world = World(server, data_dir, {"authorization": signed_in["token"]}, {})
            status, world.note = world.upload("first", SMALL)
            assert status == 200, world.note
            # The log has been opened by its writers.
            wait_until(lambda: must("GET", "logs?perPage=1")["totalItems"] > 0)
            yield world
        finally:
            server.stop()
        with closing(sqlite3.connect(data_dir / "data.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


# --- a full disk --------------------------------------------------------------------------------------


def test_records_are_refused_and_none_is_lost(world: World) -> None:
    before = world.ids()
    with world.full():
        made, refusal = world.until_refused()
        failed = {"data": {}, "message": "Failed to create record.", "status": 400}
        assert refusal == (400, failed)
        path = f"{RECORDS}/{world.note['id']}"
        assert send(world.server, "PATCH", path, {"title": "y" * 4000})[0] == 400
        assert send(world.server, "GET", path) == (200, world.note)
        assert world.ids() == before | set(made)
        assert send(world.server, "GET", "health")[0] == 200
    assert world.ids() == before | set(made)
    assert send(world.server, "PATCH", path, {"title": "again"})[0] == 200
    assert send(world.server, "PATCH", path, {"title": "first"})[0] == 200
    world.note = send(world.server, "GET", path)[1]
    world.is_well()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(SMALL, 400, id="small"),
        pytest.param(LARGE, 503, id="more_than_the_temporary_folder_takes"),
    ],
)
def test_uploads_are_refused_and_leave_nothing(world: World, content: bytes, status: int) -> None:
    files, ids = world.stored_files(), world.ids()
    with world.full():
        refused, answer = world.upload("none", content)
        assert (refused, answer["status"], answer["data"]) == (status, status, {})
        name = world.note["file"]
        path = f"/api/files/notes/{world.note['id']}/{name}"
        assert world.server.request("GET", path).body == SMALL
    assert (world.stored_files(), world.ids()) == (files, ids)
    assert list((world.data_dir / "lost+found/tmp").iterdir()) == []
    world.is_well()


def test_superusers_still_get_in_and_see_the_log(world: World) -> None:
    with world.full():
        world.until_refused()
        body = {"identity": SUPERUSER[0], "password": SUPERUSER[1]}
        assert send(world.server, "POST", "collections/_superusers/auth-with-password", body)[0] == 200
        assert world.ask("GET", "logs?perPage=1")[0] == 200
        assert world.ask("GET", "collections")[0] == 200
    world.is_well()


def test_what_was_logged_meanwhile_is_in_the_log_later(world: World) -> None:
    agent = {"user-agent": "while-it-is-full"}
    with world.full():
        world.until_refused()
        assert send(world.server, "GET", "nothing", None, agent)[0] == 404
        wait_until(lambda: "log entries wait" in world.server.output.read_text())
    found = "logs?filter=(data.userAgent='while-it-is-full')"
    wait_until(lambda: world.ask("GET", found)[1]["totalItems"] == 1)


@pytest.mark.parametrize(
    ("method", "path", "body", "begins"),
    [
        pytest.param("PATCH", "settings", {"meta": {"senderName": "x" * 200}}, "An error", id="settings"),
        pytest.param("POST", "collections", MORE, "Failed to create collection.", id="collection"),
        pytest.param("PATCH", "collections/notes", INDEXED, "Failed to update collection.", id="index"),
        pytest.param("POST", "backups", {"name": "full.zip"}, "Failed to create backup.", id="backup"),
    ],
)
def test_what_superusers_change_is_refused_whole(
    world: World, method: str, path: str, body: Any, begins: str
) -> None:
    paths = ("settings", "collections?sort=name", "backups")
    before = [world.ask("GET", one) for one in paths]
    with world.full():
        world.until_refused()
        status, answer = world.ask(method, path, body)
        assert (status, answer["status"]) == (400, 400)
        assert answer["message"].startswith(begins)
        assert [world.ask("GET", one) for one in paths] == before
    assert [world.ask("GET", one) for one in paths] == before
    assert list(world.data_dir.glob(".pb_temp_to_delete/*")) == []
    assert list((world.data_dir / "storage").glob(".kept*")) == []
    world.is_well()


def test_a_restore_changes_nothing_and_can_be_had_later(world: World) -> None:
    world.ask("POST", "backups", {"name": "good.zip"})
    ids = world.ids()
    extra = send(world.server, "POST", RECORDS, {"title": "after the backup"})[1]["id"]
    said = len(world.server.output.read_text())
    with world.full():
        assert world.ask("POST", "backups/good.zip/restore")[0] == 204
        wait_until(lambda: "not enough room" in world.server.output.read_text()[said:])
        assert world.ids() == {*ids, extra}
    assert list(world.data_dir.glob(".pb_temp_to_delete/*")) == []
    assert world.ask("POST", "backups/good.zip/restore")[0] == 204
    wait_until(lambda: _ids_of_a_server_that_starts_anew(world) == ids)
    wait_until(lambda: list(world.data_dir.glob(".pb_temp_to_delete/*")) == [])
    assert world.ask("DELETE", "backups/good.zip")[0] == 204
    world.is_well()


def _ids_of_a_server_that_starts_anew(world: World) -> set[str]:
    try:
        return world.ids()
    except OSError:
        return set()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(("backup", "create", "full.zip"), "full", id="backup"),
        pytest.param(("superuser", "upsert", "x@example.com", "1234567890"), "full", id="superuser"),
        pytest.param(("collections", "snapshot"), "make room on it", id="snapshot"),
    ],
)
def test_commands_say_it_in_one_line(world: World, arguments: tuple[str, ...], reason: str) -> None:
    with world.full():
        world.until_refused()
        ended = subprocess.run(  # noqa: S603 - our own command
            manage(world.data_dir, *arguments), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 1
        assert ended.stderr.startswith("CommandError: ")
        assert reason in ended.stderr
        assert "Traceback" not in ended.stderr
    migrations = world.data_dir.with_name("pb_migrations")
    assert not migrations.exists() or list(migrations.iterdir()) == []
    world.is_well()


def test_a_start_says_it_in_one_line_and_succeeds_later(tmp_path: Path) -> None:
    data_dir = tmp_path / "pb_data"
    with small_volume(data_dir, MEGABYTES):
        start(data_dir).stop()
        (data_dir / "lost+found").mkdir()
        with filled(data_dir / "lost+found/filler"):
            ended = subprocess.run(  # noqa: S603 - our own command
                manage(data_dir, "serve", PORT="0"), cwd=ROOT, capture_output=True, text=True, check=False
            )
            assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
            assert ended.stderr.startswith("CommandError: ")
            assert "is full, make room on it" in ended.stderr
        start(data_dir).stop()


# --- volumes that are read-only, and several of them ------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("serve",), id="serve"),
        pytest.param(("superuser", "upsert", "x@example.com", "1234567890"), id="superuser"),
        pytest.param(("backup", "create"), id="backup"),
    ],
)
def test_a_read_only_directory_is_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    data_dir = tmp_path / "pb_data"
    with small_volume(data_dir, MEGABYTES):
        start(data_dir).stop()
        remount(data_dir, "ro")
        ended = subprocess.run(  # noqa: S603 - our own command
            manage(data_dir, *arguments, PORT="0"), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
        assert f"{data_dir} cannot be written to." in ended.stderr
        remount(data_dir, "rw")
        start(data_dir).stop()


def test_a_storage_that_turns_read_only_keeps_nothing_else_from_working(world: World) -> None:
    with small_volume(world.data_dir / "storage/pbc_notes", 8) as volume:
        remount(volume, "ro")
        assert world.upload("none", SMALL)[0] == 400
        status, made = send(world.server, "POST", RECORDS, {"title": "without a file"})
        assert status == 200
        remount(volume, "rw")
        world.is_well()
    assert send(world.server, "DELETE", f"{RECORDS}/{made['id']}")[0] == 204
    path = f"/api/files/notes/{world.note['id']}/{world.note['file']}"
    assert world.server.request("GET", path).body == SMALL


def test_files_on_a_volume_of_their_own_are_backed_up_and_restored(tmp_path: Path) -> None:
    """Nothing can be renamed across the two: what has to be moved is copied, and the log says so."""
    data_dir = tmp_path / "pb_data"
    with small_volume(data_dir, MEGABYTES), small_volume(data_dir / "storage", MEGABYTES):
        subprocess.run(  # noqa: S603 - our own command
            manage(data_dir, "superuser", "upsert", *SUPERUSER), cwd=ROOT, check=True, capture_output=True
        )
        server = start(data_dir)
        try:
            must = as_superuser(server)
            must("POST", "collections", NOTES)
            body, headers = form({"title": "first"}, "a.txt", SMALL)
            _, first = send(server, "POST", RECORDS, body, headers)
            must("POST", "backups", {"name": "one.zip"})
            _, second = send(server, "POST", RECORDS, body, headers)
            must("POST", "backups/one.zip/restore")
            world = World(server, data_dir, {}, first)
            wait_until(lambda: _ids_of_a_server_that_starts_anew(world) == {first["id"]})
            path = f"/api/files/notes/{first['id']}/{first['file']}"
            assert server.request("GET", path).body == SMALL
            assert (data_dir / "storage").is_mount()
            assert not (data_dir / "storage/pbc_notes" / second["id"]).exists()
            wait_until(lambda: list(data_dir.glob(".pb_temp_to_delete/*")) == [])
            assert "storage is on another device" in server.output.read_text()
            must = as_superuser(server)
            copied = "logs?filter=(message~'another%20device')"
            wait_until(lambda: must("GET", copied)["totalItems"] > 0)
        finally:
            server.stop()


def come_to_both_workers() -> None:
    """Settings that were saved: the other worker's copy may be so old, and nobody sees when it is not."""
    time.sleep(RELOAD_SECONDS)


# --- servers that are away --------------------------------------------------------------------------------


def test_a_bucket_that_is_away_is_an_error_for_who_needs_it(world: World) -> None:
    s3 = {
        "enabled": True, "bucket": "b", "region": "r", "endpoint": "http://127.0.0.1:9", "accessKey": "a",
        "secret": "s", "forcePathStyle": True,
    }  # fmt: skip
    path = f"/api/files/notes/{world.note['id']}/{world.note['file']}"
    assert world.ask("PATCH", "settings", {"s3": s3, "backups": {"s3": s3}})[0] == 200
    try:
        ids = world.ids()
        come_to_both_workers()
        assert world.server.request("GET", path).status != 200
        refused, answer = world.upload("none", SMALL)
        assert (refused, answer["message"]) == (400, "Failed to create record.")
        status, answer = world.ask("POST", "backups", {})
        assert (status, answer["message"]) == (400, "Failed to create backup.")
        status, made = send(world.server, "POST", RECORDS, {"title": "without a file"})
        assert status == 200
        assert world.ids() == {*ids, made["id"]}
    finally:
        off = {"enabled": False}
        assert world.ask("PATCH", "settings", {"s3": off, "backups": {"s3": off}})[0] == 200
    come_to_both_workers()
    assert world.server.request("GET", path).body == SMALL
    world.is_well()


def test_a_mail_server_that_is_away_is_an_error_for_who_tests_it_only(world: World) -> None:
    smtp = {"enabled": True, "host": "127.0.0.1", "port": 9}
    assert world.ask("PATCH", "settings", {"smtp": smtp})[0] == 200
    try:
        trial = {"email": SUPERUSER[0], "template": "password-reset"}
        status, answer = world.ask("POST", "settings/test/email", trial)
        assert status == 400, answer
        assert answer["message"].startswith("Failed to send the test email.")
        asked = {"email": SUPERUSER[0]}
        assert send(world.server, "POST", "collections/_superusers/request-password-reset", asked)[0] == 204
        wait_until(lambda: "no password reset mail was sent" in world.server.output.read_text())
    finally:
        assert world.ask("PATCH", "settings", {"smtp": {"enabled": False}})[0] == 200
    come_to_both_workers()
    world.is_well()
