"""Many clients at once, against two worker processes on each engine."""

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.environment import POSTGRESQL, another_postgresql
from tests.served import ROOT, Server, answer_of, manage, start

SUPERUSER = ("root@example.com", "1234567890")
JSON = {"content-type": "application/json"}

Answer = tuple[int, Any]
Ask = Callable[..., Answer]
Must = Callable[..., Any]


def send(server: Server, method: str, path: str, body: Any = None, headers: Any = None) -> Answer:
    headers = {**JSON, **(headers or {})}
    text = body if isinstance(body, bytes) or body is None else json.dumps(body)
    answer = server.request(method, f"/api/{path}", headers, text)
    return answer.status, json.loads(answer.body) if answer.body else None


def all_at_once(server: Server, *works: Callable[[Ask], Any]) -> list[Any]:
    """What each of `works` returns; each has a connection of its own, and they begin together."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(number: int) -> None:
        connection = server.connect()
        connection.connect()

        def ask(method: str, path: str, body: Any = None, headers: Any = JSON) -> Answer:
            text = body if isinstance(body, bytes) or body is None else json.dumps(body)
            connection.request(method, f"/api/{path}", text, headers)
            answer = answer_of(connection)
            return answer.status, json.loads(answer.body) if answer.body else None

        barrier.wait()
        results[number] = works[number](ask)
        connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(status for status, _ in answers)


@contextmanager
def two_workers(engine: str, folder: Path, prepare: Callable[[Must], None]) -> Iterator[Server]:
    """Two workers on a new database, in which `prepare` has made something as a superuser.

    `engine` is "sqlite" or "postgresql". No traceback may be in what they print.
    """
    if engine == "sqlite":
        with _serving(folder, "", prepare) as server:
            yield server
    elif not POSTGRESQL:
        pytest.skip("needs TEST_DATABASE_URL")
    else:
        with another_postgresql() as url, _serving(folder, url, prepare) as server:
            yield server


@contextmanager
def _serving(folder: Path, database: str, prepare: Callable[[Must], None]) -> Iterator[Server]:
    data_dir = folder / "pb_data"
    command = manage(data_dir, "superuser", "upsert", *SUPERUSER, DATABASE_URL=database)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    # Settings reach other processes within half a second: those that serve the tests start with them.
    designer = start(data_dir, DATABASE_URL=database)
    try:
        prepare(as_superuser(designer))
    finally:
        designer.stop()
    server = start(data_dir, DATABASE_URL=database, WORKERS="2")
    try:
        yield server
    finally:
        server.stop()
    assert "Traceback" not in server.output.read_text()


def as_superuser(server: Server) -> Must:
    """Asks as a superuser, and returns the body of an answer that must be 200 or 204."""
    identity, password = SUPERUSER
    body = {"identity": identity, "password": password}
    _, signed_in = send(server, "POST", "collections/_superusers/auth-with-password", body)
    root = {"authorization": signed_in["token"]}

    def must(method: str, path: str, body: Any = None) -> Any:
        status, answer = send(server, method, path, body, root)
        assert status in {200, 204}, answer
        return answer

    return must
