"""Writes under stress: a server that is killed, and many writers at once on SQLite."""

import http.client
import json
import os
import signal
import threading
import time
from contextlib import closing
from pathlib import Path

from platform_app.database.sqlite_driver import sqlite3
from tests.served import START_SECONDS, Server, adopted, answer_of, start

FORM = "multipart/form-data; boundary=B"
CLIENTS = 4
ACKNOWLEDGED_BEFORE_THE_KILL = 40


def sign_in(server: Server) -> str:
    body = json.dumps({"identity": "test@example.com", "password": "1234567890"})
    path = "/api/collections/clients/auth-with-password"
    answer = server.request("POST", path, {"content-type": "application/json"}, body)
    assert answer.status == 200, answer.body
    token: str = json.loads(answer.body)["token"]
    return token


def form(title: str) -> bytes:
    file = f'--B\r\nContent-Disposition: form-data; name="files"; filename="{title}.txt"\r\n\r\n{title}\r\n'
    text = f'--B\r\nContent-Disposition: form-data; name="title"\r\n\r\n{title}\r\n'
    return f"{file}{text}--B--\r\n".encode()


def test_a_killed_server_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    data_dir = adopted(tmp_path)
    server = start(data_dir)
    headers = {"content-type": FORM, "authorization": sign_in(server)}
    acknowledged: list[dict[str, object]] = []
    enough = threading.Event()

    def write(number: int) -> None:
        with closing(server.connect()) as connection:
            for count in range(1000):
                try:
                    connection.request(
                        "POST", "/api/collections/demo3/records", form(f"kill{number}x{count}"), headers
                    )
                    answer = answer_of(connection)
                except (OSError, http.client.HTTPException):
                    return  # killed, perhaps amid an answer, which is no acknowledgment then
                assert answer.status == 200, answer.body
                acknowledged.append(json.loads(answer.body))
                if len(acknowledged) >= ACKNOWLEDGED_BEFORE_THE_KILL:
                    enough.set()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(CLIENTS)]
    for writer in writers:
        writer.start()
    assert enough.wait(START_SECONDS)
    kill_at_once(server)
    for writer in writers:
        writer.join()

    again = start(data_dir)
    try:
        for record in acknowledged:
            answer = again.request("GET", f"/api/collections/demo3/records/{record['id']}", headers)
            assert (answer.status, json.loads(answer.body)) == (200, record)
    finally:
        again.stop()
    named = files_named_by_rows(data_dir, "demo3")
    assert len(named) >= len(acknowledged)
    for path, title in named.items():
        assert path.exists(), f"a row names {path}, which is not there"
        if title.startswith("kill"):
            assert path.read_text() == title


def kill_at_once(server: Server) -> None:
    """SIGKILL for the supervisor and its workers, as a power cut would end them."""
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for pid in (parent, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    server.process.wait()


def files_named_by_rows(data_dir: Path, collection: str) -> dict[Path, str]:
    """The path of every file that a row of demo3 names, and the title of that row."""
    with sqlite3.connect(data_dir / "data.db") as database:
        (collection_id,) = database.execute(
            "SELECT id FROM _collections WHERE name = ?", (collection,)
        ).fetchone()
        rows = database.execute("SELECT id, files, title FROM demo3").fetchall()
    database.close()
    return {
        data_dir / "storage" / collection_id / record_id / name: title
        for record_id, files, title in rows
        for name in json.loads(files)
    }


def test_many_writers_of_two_processes_never_meet_a_locked_database(tmp_path: Path) -> None:
    data_dir = adopted(tmp_path)
    servers = [start(data_dir), start(data_dir)]
    statuses: list[int] = []
    slowest: list[float] = []

    def write(server: Server, number: int) -> None:
        connection = server.connect()
        for count in range(12):
            body = json.dumps({"title": f"w{number}x{count}", "active": True})
            began = time.monotonic()
            connection.request(
                "POST", "/api/collections/demo2/records", body, {"content-type": "application/json"}
            )
            answer = answer_of(connection)
            slowest.append(time.monotonic() - began)
            statuses.append(answer.status)
            record = json.loads(answer.body)
            if count % 3 == 0:
                path = f"/api/collections/demo2/records/{record['id']}"
                body = json.dumps({"title": f"changed{number}x{count}"})
                connection.request("PATCH", path, body, {"content-type": "application/json"})
                statuses.append(answer_of(connection).status)
        connection.close()

    try:
        writers = [threading.Thread(target=write, args=(servers[number % 2], number)) for number in range(20)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    finally:
        for server in servers:
            server.stop()
    assert statuses == [200] * (20 * 16)
    assert max(slowest) < 10
    with sqlite3.connect(data_dir / "data.db") as database:
        (count,) = database.execute("SELECT COUNT(*) FROM demo2 WHERE title != ''").fetchone()
    database.close()
    assert count == 3 + 20 * 12
