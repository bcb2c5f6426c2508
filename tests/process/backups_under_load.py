"""Backups while clients write: what was acknowledged before one began must be in it, every file as well.

    python -m tests.process.backups_under_load [--times 50] [--engine sqlite|postgresql]

makes so many, restores each into a fresh directory, and compares; test_backups.py does it with two.
PostgreSQL is the one of TEST_DATABASE_URL.
"""

import argparse
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from platform_app.database.sqlite_driver import sqlite3
from tests.environment import another_postgresql
from tests.process.at_once import Must, as_superuser, send, two_workers
from tests.served import ROOT, Server, manage

WRITERS = 3
RECORDS_EACH = 5  # at least, acknowledged between two backups
PUBLIC = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")


def make_notes(must: Must) -> None:
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
            while len(writers.acknowledged) < RECORDS_EACH * (number + 1):
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


def main() -> None:
    parser = argparse.ArgumentParser(description="Backups while clients write, each restored and compared.")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="joey-backups-")))
        server = stack.enter_context(two_workers(options.engine, folder, make_notes))
        other = stack.enter_context(another_postgresql()) if options.engine == "postgresql" else ""
        began = time.monotonic()
        records, files = check_backups(server, folder / "pb_data", other, options.times)
        seconds = time.monotonic() - began
    print(  # noqa: T201 - for who runs it
        f"{options.times} backups on {options.engine} restored: {records:,} acknowledged records, {files:,} "
        f"files looked at, none missing, in {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
