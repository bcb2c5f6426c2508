"""`python -m benchmarks.beside`: how long a view takes while others sign in, and while the mail server hangs.

One client views a record over and over; beside it fifty do something that takes long. Quote the ratios to the
quiet server, never a time from another run.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.load import Job
from benchmarks.measures import LOAD, perform_apart
from benchmarks.processes import ROOT, Server, start
from benchmarks.report import Circumstances, save, say

CLIENTS = 50
_SUPERUSER = ("bench@example.com", "1234567890")
_PASSWORD = "1234567890"  # noqa: S105 - of accounts that live for a minute
_ENDLESS = 10_000_000


@dataclass(frozen=True)
class Figures:
    """The views beside something: how many, and how long they took in milliseconds."""

    beside: str
    views: int
    median_ms: float
    p99_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beside", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each of them is measured, about")
    parser.add_argument("--save", metavar="NAME", help="write the figures to benchmarks/results/NAME.json")
    options = parser.parse_args()
    circumstances = Circumstances()
    with _silent_mail_server() as mail_port, _serving(mail_port) as (server, view):
        rows = [_measured(server, view, name, beside, options.seconds) for name, beside in _besides(server)]
    quiet = rows[0]
    say(f"{'views while':<44} {'median ms':>9} {'×':>5} {'p99 ms':>8} {'×':>5}")
    for row in rows:
        median, p99 = row.median_ms / quiet.median_ms, row.p99_ms / quiet.p99_ms
        say(f"{row.beside:<44} {row.median_ms:9.2f} {median:5.1f} {row.p99_ms:8.2f} {p99:5.1f}")
    if options.save:
        save(options.save, circumstances, {"rows": [asdict(row) for row in rows]})
    say(circumstances.load_text())


def _besides(server: Server) -> Iterator[tuple[str, Job | None]]:
    """What fifty clients do meanwhile; nothing at first."""
    credentials = [{"identity": address, "password": _PASSWORD} for address in _addresses()]
    sign_in = Job(
        server.port,
        ["/api/collections/people/auth-with-password"],
        _ENDLESS,
        CLIENTS,
        {"User-Agent": "known"},
        "POST",
        [json.dumps(body) for body in credentials],
    )
    ask = [json.dumps({"email": address}) for address in _addresses()]
    yield "nothing else", None
    yield f"{CLIENTS} sign in", sign_in
    yield f"{CLIENTS} sign in from elsewhere, no mail leaves", replace(sign_in, headers={"User-Agent": "new"})
    reset = replace(sign_in, targets=["/api/collections/people/request-password-reset"], bodies=ask)
    yield f"{CLIENTS} forgot their password, no mail leaves", reset


def _addresses() -> list[str]:
    return [f"person{number}@example.com" for number in range(CLIENTS)]


def _measured(server: Server, view: str, name: str, beside: Job | None, seconds: float) -> Figures:
    """The views of one client for so long, beside what fifty others do."""
    other = None
    if beside is not None:
        # Ended with the measurement, whatever it still waits for.
        other = subprocess.Popen(LOAD, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=ROOT)  # noqa: S603
        assert other.stdin is not None  # noqa: S101 - it is a pipe
        other.stdin.write(json.dumps(asdict(beside)).encode())
        other.stdin.close()
        time.sleep(1.0)  # until all of them are at it
    try:
        few = perform_apart(Job(server.port, [view], 100, 1))
        requests = max(100, int(few.requests / few.seconds * seconds))
        sample = perform_apart(Job(server.port, [view], requests, 1))
    finally:
        if other is not None:
            other.kill()
            other.wait()
    return Figures(name, sample.requests, sample.median_ms, sample.p99_ms)


@contextmanager
def _silent_mail_server() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    taken: list[socket.socket] = []

    def take(listener: socket.socket) -> None:
        while True:
            try:
                taken.append(listener.accept()[0])
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        threading.Thread(target=take, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    for connection in taken:
        connection.close()


@contextmanager
def _serving(mail_port: int) -> Iterator[tuple[Server, str]]:
    """Joey on a new data directory with fifty people, and the path of a record."""
    with tempfile.TemporaryDirectory(prefix="joey-bench-") as folder:
        variables = {"DATA_DIR": str(Path(folder, "pb_data")), "DATABASE_URL": ""}
        command = [sys.executable, "manage.py", "superuser", "upsert", *_SUPERUSER]
        settings = [f"{name}={value}" for name, value in variables.items()]
        subprocess.run(["/usr/bin/env", *settings, *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        server = start([sys.executable, "manage.py", "serve"], variables)
        try:
            yield server, _make_data(server, mail_port)
        finally:
            server.stop()


def _make_data(server: Server, mail_port: int) -> str:
    def sent(method: str, path: str, body: Any, token: str = "") -> Any:
        headers = {"Authorization": token, "User-Agent": "known"}
        return json.loads(server.send(method, f"/api/{path}", headers=headers, body=json.dumps(body)))

    identity, password = _SUPERUSER
    credentials = {"identity": identity, "password": password}
    token = sent("POST", "collections/_superusers/auth-with-password", credentials)["token"]
    smtp = {"enabled": True, "host": "127.0.0.1", "port": mail_port}
    sent("PATCH", "settings", {"smtp": smtp}, token)
    sent("POST", "collections", {"name": "people", "type": "auth"}, token)
    fields = [{"name": "title", "type": "text"}]
    sent("POST", "collections", {"name": "posts", "fields": fields, "viewRule": ""}, token)
    for address in _addresses():
        body = {"email": address, "password": _PASSWORD, "passwordConfirm": _PASSWORD}
        sent("POST", "collections/people/records", body, token)
        # The first place is known without a mail.
        credentials = {"identity": address, "password": _PASSWORD}
        sent("POST", "collections/people/auth-with-password", credentials)
    record = sent("POST", "collections/posts/records", {"title": "one"}, token)
    return f"/api/collections/posts/records/{record['id']}"


if __name__ == "__main__":
    main()
