"""A mail server that takes connections and never says a word holds up nobody but who waits for its mail."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import ROOT, Server, answer_of, manage, start

ERRAND_THREADS = 4
SIGN_INS = 10  # more than there are threads for errands, and than the pool has
ROUNDS = 20
EMAIL, PASSWORD = "test@example.com", "1234567890"
ALERTING = {
    "name": "members",
    "type": "auth",
    "listRule": "",
    "viewRule": "",
    "authAlert": {"enabled": True, "emailTemplate": {"subject": "New", "body": "<p>{ALERT_INFO}</p>"}},
}


class SilentServer:
    """Listens, and keeps what connects."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.connections: list[socket.socket] = []
        self.has_all = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            if len(self.connections) == ERRAND_THREADS:
                self.has_all.set()

    def close(self) -> None:
        if self.socket.fileno() >= 0:
            self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def mail_server() -> Iterator[SilentServer]:
    mail_server = SilentServer()
    yield mail_server
    mail_server.close()


@pytest.fixture
def server(mail_server: SilentServer, tmp_path: Path) -> Iterator[Server]:
    data_dir = tmp_path / "pb_data"
    command = manage(data_dir, "superuser", "upsert", EMAIL, PASSWORD)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    (data_dir / "silent.port").write_text(str(mail_server.port))
    module = "tests.process.beside.settings"
    server = start(data_dir, ERRAND_THREADS=str(ERRAND_THREADS), DJANGO_SETTINGS_MODULE=module)
    yield server
    server.stop()


def sign_in(server: Server, collection: str, agent: str) -> tuple[int, str]:
    body = json.dumps({"identity": EMAIL, "password": PASSWORD})
    headers = {"content-type": "application/json", "user-agent": agent}
    answer = server.request("POST", f"/api/collections/{collection}/auth-with-password", headers, body)
    return answer.status, json.loads(answer.body).get("token", "")


def test_views_and_lists_are_answered_while_more_mails_hang_than_there_are_threads(
    server: Server, mail_server: SilentServer
) -> None:
    _, token = sign_in(server, "_superusers", "test")
    headers = {"content-type": "application/json", "authorization": token}
    member = {"email": EMAIL, "password": PASSWORD, "passwordConfirm": PASSWORD}
    assert server.request("POST", "/api/collections", headers, json.dumps(ALERTING)).status == 200
    made = server.request("POST", "/api/collections/members/records", headers, json.dumps(member))
    member_id = json.loads(made.body)["id"]
    path = f"/api/collections/members/records/{member_id}"
    assert sign_in(server, "members", "the first place is not reported")[0] == 200

    signed_in: list[int] = []
    clients = [
        threading.Thread(
            target=lambda agent=str(number): signed_in.append(sign_in(server, "members", agent)[0])
        )
        for number in range(SIGN_INS)
    ]
    for client in clients:
        client.start()
    mail_server.has_all.wait()

    # A view and a list on the event loop, and a list that goes through the pool, all on one connection.
    connection, answered = server.connect(), []
    for _ in range(ROUNDS):
        for target in (path, "/api/collections/members/records", "/api/collections"):
            connection.request("GET", target, headers=headers)
            answered.append(answer_of(connection).status)
    connection.close()
    assert (answered, signed_in) == ([200] * 3 * ROUNDS, [])

    mail_server.close()
    for client in clients:
        client.join()
    assert signed_in == [200] * SIGN_INS
    known = f"/api/collections/_authOrigins/records?filter=recordRef='{member_id}'"
    assert json.loads(server.request("GET", known, headers).body)["totalItems"] == 1  # the first place


def test_a_server_that_ends_waits_for_no_mail(server: Server, mail_server: SilentServer) -> None:
    _, token = sign_in(server, "_superusers", "test")
    headers = {"content-type": "application/json", "authorization": token}
    assert server.request("POST", "/api/collections", headers, json.dumps(ALERTING)).status == 200
    member = {"email": EMAIL, "password": PASSWORD, "passwordConfirm": PASSWORD}
    made = server.request("POST", "/api/collections/members/records", headers, json.dumps(member))
    assert (made.status, sign_in(server, "members", "known")[0]) == (200, 200)
    signed_in: list[int] = []
    clients = [
        threading.Thread(
            target=lambda agent=str(number): signed_in.append(sign_in(server, "members", agent)[0])
        )
        for number in range(ERRAND_THREADS)
    ]
    for client in clients:
        client.start()
    mail_server.has_all.wait()
    server.stop()
    for client in clients:
        client.join()
    assert signed_in == [200] * ERRAND_THREADS
    assert "Traceback" not in server.output.read_text()


def test_who_forgot_a_password_is_answered_and_so_are_all_others(
    server: Server, mail_server: SilentServer
) -> None:
    _, token = sign_in(server, "_superusers", "test")
    headers = {"content-type": "application/json", "authorization": token}
    assert server.request("POST", "/api/collections", headers, json.dumps(ALERTING)).status == 200
    addresses = [EMAIL, *(f"member{number}@example.com" for number in range(SIGN_INS))]
    for address in addresses:
        member = {"email": address, "password": PASSWORD, "passwordConfirm": PASSWORD}
        made = server.request("POST", "/api/collections/members/records", headers, json.dumps(member))
        assert made.status == 200
    assert sign_in(server, "members", "known")[0] == 200

    def ask(address: str) -> int:
        path, body = "/api/collections/members/request-password-reset", json.dumps({"email": address})
        return server.request("POST", path, {"content-type": "application/json"}, body).status

    # Each of them would fill a thread, and the second time the queue as well.
    assert [ask(address) for address in addresses * 2] == [204] * 2 * len(addresses)
    mail_server.has_all.wait()
    assert [sign_in(server, "members", "known")[0] for _ in range(ROUNDS)] == [200] * ROUNDS
    lists = [server.request("GET", "/api/collections/members/records", headers).status for _ in range(ROUNDS)]
    assert lists == [200] * ROUNDS
    assert len(mail_server.connections) == ERRAND_THREADS
