"""The process itself: many at once, its greeting, and its end."""

import signal
import socket
import threading
import time
from pathlib import Path

from tests.process.test_answers import HEALTHY
from tests.served import STOP_SECONDS, Answer, Server, answer_of, start

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
    assert server.output.read_text() == (
        f"Joey serves {data_dir}\n"
        f"  REST API   {server.url}/api/\n"
        f"  Dashboard  {server.url}/_/\n"
        "No superuser yet. Create the first one with\n"
        "  .venv/bin/python manage.py superuser upsert EMAIL PASSWORD\n"
    )
    assert {path.name for path in data_dir.iterdir()} >= {"data.db", "auxiliary.db", "storage", "backups"}


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
