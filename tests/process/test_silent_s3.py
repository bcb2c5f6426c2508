"""A bucket whose server never says a word holds up nobody but who sends files to it."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from files_app.s3_storage import S3RecordStorage
from tests.files_app.s3_servers import Told, answer, as_json, new_bucket, silence
from tests.served import ROOT, Server, answer_of, manage, start

UPLOADS = 6  # more than the pool and the bulk lane have threads
ROUNDS = 20
EMAIL, PASSWORD = "test@example.com", "1234567890"
JSON = {"content-type": "application/json"}
FORM = {"content-type": "multipart/form-data; boundary=xx"}
OPEN = {"listRule": "", "viewRule": "", "createRule": "", "updateRule": "", "deleteRule": ""}
PAPERS = {"name": "papers", "type": "base", "fields": [{"type": "file", "name": "file"}], **OPEN}
NOTES = {"name": "notes", "type": "base", "fields": [{"type": "text", "name": "text"}], **OPEN}
BATCH = {"requests": [{"method": "POST", "url": "/api/collections/papers/records", "body": {}}]}


@pytest.fixture
def silent() -> Iterator[Told]:
    server = Told(silence)
    yield server
    server.stop()


@pytest.fixture(params=["1"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """With so many processes."""
    data_dir = tmp_path / "pb_data"
    command = manage(data_dir, "superuser", "upsert", EMAIL, PASSWORD)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    server = start(data_dir, WORKERS=request.param, POOL_THREADS="2")
    yield server
    server.stop()


def sign_in(server: Server) -> dict[str, str]:
    path = "/api/collections/_superusers/auth-with-password"
    signed_in = server.request("POST", path, JSON, json.dumps({"identity": EMAIL, "password": PASSWORD}))
    return {**JSON, "authorization": json.loads(signed_in.body)["token"]}


def ask(server: Server, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
    answered = server.request(method, f"/api/{path}", headers, json.dumps(body))
    assert answered.status in (200, 204), answered
    return json.loads(answered.body) if answered.body else None


def form(*parts: tuple[str, str, bytes]) -> bytes:
    """Parts of `(name, file name or "", content)`."""
    lines = []
    for name, file_name, content in parts:
        file = f'; filename="{file_name}"' if file_name else ""
        head = f'--xx\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        lines += [head.encode(), content, b"\r\n"]
    return b"".join([*lines, b"--xx--\r\n"])


def test_others_are_answered_while_more_uploads_hang_than_there_are_threads(
    server: Server, silent: Told
) -> None:
    root = sign_in(server)
    for collection in (PAPERS, NOTES):
        ask(server, "POST", "collections", collection, root)
    doomed = ask(server, "POST", "collections/papers/records", {}, JSON)["id"]
    ask(server, "PATCH", "settings", {"s3": as_json(silent.s3), "batch": {"enabled": True}}, root)
    done: list[int] = []

    def upload(path: str, body: bytes) -> None:
        done.append(server.request("POST", path, FORM, body).status)

    content = form(("file", "a.txt", b"x" * 100_000))
    clients = [
        threading.Thread(target=upload, args=("/api/collections/papers/records", content))
        for _ in range(UPLOADS)
    ]
    for client in clients:
        client.start()
    while len(silent.seen) < UPLOADS:
        threading.Event().wait(0.01)

    note = json.dumps({"text": "x"})
    connection, answered = server.connect(), []
    for _ in range(ROUNDS):
        for method, path, body in (
            ("GET", "/api/health", None),
            ("GET", "/api/collections/notes/records?sort=-text", None),
            ("POST", "/api/collections/notes/records", note),
            ("GET", "/api/settings", None),
        ):
            connection.request(method, path, headers=root, body=body)
            answered.append(answer_of(connection).status)
    assert (answered, done) == ([200] * 4 * ROUNDS, [])

    # To delete is to have it deleted: the answer does not wait.
    connection.request("DELETE", f"/api/collections/papers/records/{doomed}", headers=root)
    assert (answer_of(connection).status, done) == (204, [])

    # A batch stores its files before it opens the only transaction that may write.
    batch_body = form(
        ("@jsonPayload", "", json.dumps(BATCH).encode()),
        ("requests.0.file", "a.txt", b"hello"),
    )
    before = len(silent.seen)
    clients.append(threading.Thread(target=upload, args=("/api/batch", batch_body)))
    clients[-1].start()
    while len(silent.seen) == before:
        threading.Event().wait(0.01)
    for _ in range(ROUNDS):
        connection.request("POST", "/api/collections/notes/records", headers=root, body=note)
        assert (answer_of(connection).status, done) == (200, [])

    connection.close()
    silent.stop()
    for client in clients:
        client.join()
    assert done == [400] * (UPLOADS + 1)


def test_a_batch_is_written_once_a_slow_bucket_has_its_files(server: Server) -> None:
    release = threading.Event()

    def late(connection: Any) -> None:
        release.wait(60)
        answer(200, ETag='"a"')(connection)

    slow = Told(late)
    root = sign_in(server)
    for collection in (PAPERS, NOTES):
        ask(server, "POST", "collections", collection, root)
    ask(server, "PATCH", "settings", {"s3": as_json(slow.s3), "batch": {"enabled": True}}, root)
    body = form(
        ("@jsonPayload", "", json.dumps(BATCH).encode()),
        ("requests.0.file", "a.txt", b"hello"),
    )
    answers = []
    batch = threading.Thread(target=lambda: answers.append(server.request("POST", "/api/batch", FORM, body)))
    batch.start()
    while not slow.seen:
        threading.Event().wait(0.01)
    ask(server, "POST", "collections/notes/records", {"text": "x"}, JSON)
    assert (answers, ask(server, "GET", "collections/papers/records", None, JSON)["totalItems"]) == ([], 0)
    release.set()
    batch.join()
    slow.stop()
    (made,) = json.loads(answers[0].body)
    (kept,) = ask(server, "GET", "collections/papers/records", None, JSON)["items"]
    assert (made["status"], made["body"]["file"]) == (200, kept["file"])
    assert [method for method, _ in slow.seen] == ["PUT"]


@pytest.mark.parametrize("server", ["2"], indirect=True)
def test_a_switch_reaches_all_processes(server: Server) -> None:
    root = sign_in(server)
    ask(server, "POST", "collections", PAPERS, root)
    s3 = new_bucket()
    ask(server, "PATCH", "settings", {"s3": as_json(s3)}, root)
    threading.Event().wait(0.6)  # for the settings to be read again
    paths = set()
    for number in range(8):  # each on a connection of its own, which either process takes
        body = form(("file", f"{number}.txt", b"hello"))
        record = json.loads(server.request("POST", "/api/collections/papers/records", FORM, body).body)
        paths.add(f"{record['collectionId']}/{record['id']}/{record['file']}")
    assert set(S3RecordStorage(s3).list("")) == paths
