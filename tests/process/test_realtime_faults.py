"""Realtime clients that vanish or do not read, a burst of writes, a process killed: nothing is lost."""

import http.client
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.attacks.process_figures import resident_bytes
from tests.process.crowd import Manner, Reading, Stream, until
from tests.served import ROOT, Server, answer_of, manage, start

SETTINGS = "tests.process.beside.settings"
SUPERUSER = ("test@example.com", "1234567890")
JSON = {"content-type": "application/json"}

VANISHING = 100
HEARD_BEFORE_THE_KILL = 100
WRITES = 10_000
PER_BATCH = 100
POLITE, SIPPING, SLEEPING = 40, 5, 5
TEXT = "x" * 300
# A frame that is kept for each event and client would be WRITES * 50 of them, of more than TEXT each: 150 MB.
# What Python and the kernel keep for reuse is less by far.
KEPT_BYTES = 64 * 1024 * 1024
# And this is what may wait at most, by realtime's own bounds: changes and frames on their way 64 MB each, and
# 1 MB for each slow client.
WAITING_BYTES = (64 + 64 + SIPPING + SLEEPING) * 1024 * 1024


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    data_dir = tmp_path / "pb_data"
    command = manage(data_dir, "superuser", "upsert", *SUPERUSER)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return data_dir


@pytest.fixture
def server(data_dir: Path) -> Iterator[Server]:
    # Without the process for jobs, which begins a moment later: its memory would count as if it had grown.
    command = ("manage.py", "serve", "--no-workers")
    server = start(data_dir, command=command, DJANGO_SETTINGS_MODULE=SETTINGS)
    try:
        make_notes(server)
        yield server
    finally:
        server.stop()


def make_notes(server: Server) -> None:
    """A collection that everybody may write and list; batches are allowed."""
    body = json.dumps(dict(zip(("identity", "password"), SUPERUSER, strict=True)))
    answer = server.request("POST", "/api/collections/_superusers/auth-with-password", JSON, body)
    headers = {**JSON, "authorization": json.loads(answer.body)["token"]}
    notes = {
        "name": "notes",
        "listRule": "",
        "createRule": "",
        "fields": [{"type": "number", "name": "n"}, {"type": "text", "name": "text"}],
    }
    assert server.request("POST", "/api/collections", headers, json.dumps(notes)).status == 200
    settings = {"batch": {"enabled": True, "maxRequests": PER_BATCH, "timeout": 60}}
    assert server.request("PATCH", "/api/settings", headers, json.dumps(settings)).status == 200


def open_streams(server: Server, manner: Manner, count: int) -> list[Stream]:
    return [Stream(server, manner).subscribe(server, "notes/*") for _ in range(count)]


def write(server: Server, *numbers: int, text: str = "") -> None:
    """One batch with a record for each number."""
    url = "/api/collections/notes/records"
    items = [{"method": "POST", "url": url, "body": {"n": number, "text": text}} for number in numbers]
    answer = server.request("POST", "/api/batch", JSON, json.dumps({"requests": items}))
    assert answer.status == 200, answer.body


def stored(server: Server) -> int:
    answer = server.request("GET", "/api/collections/notes/records?perPage=1")
    total: int = json.loads(answer.body)["totalItems"]
    return total


def figures(server: Server) -> dict[str, int]:
    """Of the process that answers: its clients, what waits for them, and the files that it has open."""
    told: dict[str, int] = json.loads(server.request("GET", "/beside/realtime").body)
    return told


def is_as_before(server: Server, before: dict[str, int]) -> bool:
    return figures(server) == before


def test_clients_that_vanish_leave_nothing_behind(server):
    write(server, 0)
    open_streams(server, "reads", 1)[0].close()
    until(lambda: figures(server)["clients"] == 0, "the first client is still there")
    before = figures(server)
    streams = open_streams(server, "reads", VANISHING)
    assert figures(server)["clients"] == VANISHING
    staying, leaving = streams[: VANISHING // 4], streams[VANISHING // 4 :]
    for at, stream in enumerate(leaving):
        if at % 3 == 0:
            stream.reset()
        elif at % 3 == 1:
            stream.close()
        else:
            stream.socket.shutdown(1)  # half: it would still listen
        if at % 10 == 0:
            write(server, at)
    with Reading(staying):
        write(server, VANISHING)
        until(lambda: all(stream.numbers[-1:] == [VANISHING] for stream in staying), "somebody heard nothing")
    told = list(range(0, len(leaving), 10)) + [VANISHING]
    assert [stream.numbers for stream in staying] == [told] * len(staying)
    for stream in streams:
        stream.close()
    until(lambda: is_as_before(server, before), f"{figures(server)} is not {before}")


def test_a_burst_loses_no_write_and_no_event_and_is_slowed_by_nobody(server):
    """10,000 writes, while some of 50 clients read one byte a second, or nothing."""
    write(server, WRITES, text=TEXT)
    open_streams(server, "reads", 1)[0].close()
    until(lambda: figures(server)["clients"] == 0, "the first client is still there")
    before, memory = figures(server), resident_bytes(server.process.pid)
    polite = open_streams(server, "reads", POLITE)
    slow = open_streams(server, "sips", SIPPING) + open_streams(server, "sleeps", SLEEPING)
    most = 0
    with Reading(polite + slow):
        for first in range(0, WRITES, PER_BATCH):
            write(server, *range(first, first + PER_BATCH), text=TEXT)
            most = max(most, resident_bytes(server.process.pid))
        until(
            lambda: all(stream.has_ended or stream.numbers[-1:] == [WRITES - 1] for stream in polite),
            "somebody who reads has not heard all",
        )
        until(lambda: figures(server)["clients"] <= POLITE, "a slow client is still there")
    assert stored(server) == WRITES + 1
    stayed = [stream for stream in polite if not stream.has_ended]
    assert stayed
    for stream in polite + slow:
        numbers = stream.numbers
        assert numbers == list(range(WRITES if stream in stayed else len(numbers)))
    for stream in polite + slow:
        stream.close()
    until(lambda: is_as_before(server, before), f"{figures(server)} is not {before}")
    assert most - memory < KEPT_BYTES + WAITING_BYTES
    assert resident_bytes(server.process.pid) - memory < KEPT_BYTES


def test_a_killed_process_takes_no_client_of_another_with_it(data_dir, server):
    """Clients hear in order what both have written; what was acknowledged is there.

    What it had committed and not yet told when it was killed, some ms of writes, nobody can tell any more.
    """
    other = start(data_dir, DJANGO_SETTINGS_MODULE=SETTINGS)
    try:
        streams = open_streams(server, "reads", 5)
        its_own = open_streams(other, "reads", 5)
        acknowledged: list[int] = []

        def go_on() -> None:
            with closing(other.connect()) as connection, suppress(OSError, http.client.HTTPException):
                for number in range(1, 10_000):
                    body = json.dumps({"n": number})
                    connection.request("POST", "/api/collections/notes/records", body, JSON)
                    assert answer_of(connection).status == 200
                    acknowledged.append(number)

        writer = threading.Thread(target=go_on)
        with Reading(streams + its_own):
            writer.start()
            until(
                lambda: all(len(one.numbers) >= HEARD_BEFORE_THE_KILL for one in streams), "nothing is told"
            )
            kill(other)
            writer.join()
            until(lambda: all(stream.has_ended for stream in its_own), "a stream outlives its process")
            write(server, 20_000)
            until(lambda: all(one.numbers[-1:] == [20_000] for one in streams), "a client was lost")
        for stream in streams:
            *before, last = stream.numbers
            assert (before, last) == (list(range(1, len(before) + 1)), 20_000)
            assert len(before) >= HEARD_BEFORE_THE_KILL
        for stream in its_own:
            assert stream.numbers == list(range(1, len(stream.numbers) + 1))
        assert stored(server) - 1 in (len(acknowledged), len(acknowledged) + 1)
        assert figures(server)["clients"] == len(streams)
        for stream in streams + its_own:
            stream.close()
        until(lambda: figures(server)["clients"] == 0, "a client is still there")
    finally:
        other.stop()


def kill(server: Server) -> None:
    """SIGKILL for the supervisor and its workers at once."""
    pid = server.process.pid
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    server.process.kill()
    for worker in workers:
        os.kill(int(worker), signal.SIGKILL)
    server.process.wait()
