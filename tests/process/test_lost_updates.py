"""Many clients write to one record at once: nothing is lost, nothing happens twice.

Every count here is exact: what a server answers is what is stored.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.process.at_once import Must, all_at_once, send, statuses, two_workers
from tests.served import Server

CLIENTS = 8
PUBLIC = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with two_workers(request.param, tmp_path_factory.mktemp("lost"), _make_collections) as server:
        yield server


def _make_collections(must: Must) -> None:
    fields = [
        {"type": "number", "name": "n"},
        {"type": "bool", "name": "taken"},
        {"type": "json", "name": "notes"},
        {"type": "select", "name": "tags", "values": list("abcdefgh"), "maxSelect": 8},
        {"type": "file", "name": "files", "maxSelect": 99},
        {"type": "file", "name": "cover", "maxSelect": 1},
        {"type": "autodate", "name": "updated", "onCreate": True, "onUpdate": True},
    ]
    must("PATCH", "settings", {"batch": {"enabled": True, "maxRequests": 50, "timeout": 60}})
    must("POST", "collections", {"name": "counters", "fields": fields, **PUBLIC})
    must("POST", "collections", {"name": "seats", "fields": fields, **PUBLIC, "updateRule": "taken = false"})
    must("POST", "collections", {"name": "drafts", "fields": fields, **PUBLIC, "deleteRule": "n = 0"})
    for name in ("people", "members"):
        must("POST", "collections", {"name": name, "type": "auth", "fields": fields, **PUBLIC})


@pytest.fixture
def made(server: Server) -> Callable[..., str]:
    """Makes a record and returns its id."""

    def make(collection: str, **values: Any) -> str:
        status, record = send(server, "POST", f"collections/{collection}/records", values)
        assert status == 200, record
        record_id: str = record["id"]
        return record_id

    return make


def stored(server: Server, collection: str, record_id: str) -> dict[str, Any]:
    status, record = send(server, "GET", f"collections/{collection}/records/{record_id}")
    assert status == 200, record
    values: dict[str, Any] = record
    return values


@pytest.mark.parametrize("collection", ["counters", "people"])
def test_every_addition_counts_and_is_answered_with_its_sum(server, made, collection):
    account = {"password": "1234567890", "passwordConfirm": "1234567890", "email": "a@example.com"}
    path = f"collections/{collection}/records/" + made(
        collection, **(account if collection == "people" else {})
    )

    def add(ask):
        return [ask("PATCH", path, {"n+": 1}) for _ in range(10)]

    answers = [answer for some in all_at_once(server, *[add] * CLIENTS) for answer in some]
    assert statuses(answers) == {200: 80}
    assert sorted(record["n"] for _, record in answers) == list(range(1, 81))
    assert stored(server, collection, path.rpartition("/")[2])["n"] == 80


def test_fields_that_others_change_are_left_and_seen(server, made):
    path = "collections/counters/records/" + made("counters")

    def change(body):
        return lambda ask: ask("PATCH", path, body)

    bodies = [{"tags+": tag} for tag in "abcdef"] + [{"notes": {"x": 1}}, {"taken": True}]
    answers = all_at_once(server, *map(change, bodies))
    assert statuses(answers) == {200: 8}
    record = stored(server, "counters", path.rpartition("/")[2])
    assert (sorted(record["tags"]), record["notes"], record["taken"]) == (list("abcdef"), {"x": 1}, True)
    # Somebody came last, and was told everything.
    assert any({**answer, "updated": ""} == {**record, "updated": ""} for _, answer in answers)


def test_batches_add_up_whatever_their_order(server, made):
    ids = [made("counters") for _ in range(4)]

    def send_batches(number):
        order = ids if number % 2 else ids[::-1]
        items = [
            {"method": "PATCH", "url": f"/api/collections/counters/records/{one}", "body": {"n+": 1}}
            for one in order
        ]
        return lambda ask: [ask("POST", "batch", {"requests": items}) for _ in range(5)]

    results = all_at_once(server, *map(send_batches, range(CLIENTS)))
    answers = [answer for some in results for answer in some]
    assert [answer for answer in answers if answer[0] != 200] == []
    assert [stored(server, "counters", one)["n"] for one in ids] == [40] * 4


def test_upserts_of_one_new_record_make_it_once(server):
    item = {
        "method": "PUT",
        "url": "/api/collections/counters/records",
        "body": {"id": "upserted0000001", "n+": 1},
    }
    answers = all_at_once(server, *[lambda ask: ask("POST", "batch", {"requests": [item]})] * CLIENTS)
    assert statuses(answers) == {200: CLIENTS}, answers
    assert stored(server, "counters", "upserted0000001")["n"] == CLIENTS


def test_id_is_taken_once_in_all_auth_collections(server):
    for number in range(5):
        account = {"id": f"account{number:08}", "password": "1234567890", "passwordConfirm": "1234567890"}

        def sign_up(client, account=account):
            body = {**account, "email": f"{client}@c{account['id']}.com"}
            collection = "people" if client % 2 else "members"
            return lambda ask: ask("POST", f"collections/{collection}/records", body)

        answers = all_at_once(server, *map(sign_up, range(CLIENTS)))
        assert statuses(answers) == {200: 1, 400: CLIENTS - 1}


@pytest.mark.parametrize("collection", ["counters", "drafts", "people"])
def test_record_is_deleted_once(server, made, collection):
    for number in range(5):
        account = {"password": "1234567890", "passwordConfirm": "1234567890", "email": f"{number}@b.com"}
        path = f"collections/{collection}/records/"
        path += made(collection, **(account if collection == "people" else {}))
        answers = all_at_once(server, *[lambda ask, path=path: ask("DELETE", path)] * CLIENTS)
        assert statuses(answers) == {204: 1, 404: CLIENTS - 1}


def test_update_rule_lets_one_through(server, made):
    for _ in range(5):
        path = "collections/seats/records/" + made("seats")

        def take(ask, path=path):
            return ask("PATCH", path, {"taken": True, "n+": 1})

        assert statuses(all_at_once(server, *[take] * CLIENTS)) == {200: 1, 404: CLIENTS - 1}
        assert stored(server, "seats", path.rpartition("/")[2])["n"] == 1


def test_record_that_changed_is_not_deleted_against_the_rule(server, made):
    for _ in range(10):
        path = "collections/drafts/records/" + made("drafts")
        (deleted, _), (changed, _) = all_at_once(
            server,
            lambda ask, path=path: ask("DELETE", path),
            lambda ask, path=path: ask("PATCH", path, {"n+": 1}),
        )
        assert (deleted, changed) in {(204, 404), (404, 200)}


# --- files ------------------------------------------------------------------------------------------------


def form(name: str, field: str) -> bytes:
    head = f'Content-Disposition: form-data; name="{field}"; filename="{name}.txt"'
    return f"--B\r\n{head}\r\n\r\n{name}\r\n--B--\r\n".encode()


@pytest.mark.parametrize(("field", "left"), [("files+", CLIENTS), ("cover", 1)])
def test_stored_files_are_those_that_the_record_names(server, made, field, left):
    record_id = made("counters")
    path = f"collections/counters/records/{record_id}"
    headers = {"content-type": "multipart/form-data; boundary=B"}

    def upload(number):
        return lambda ask: ask("PATCH", path, form(f"file{number}", field), headers)

    assert statuses(all_at_once(server, *map(upload, range(CLIENTS)))) == {200: CLIENTS}
    record = stored(server, "counters", record_id)
    named = record["files"] if field == "files+" else [record["cover"]]
    assert len(named) == left
    assert files_of(server, record) == sorted(named)


def test_files_that_come_while_their_record_goes_are_not_left_behind(server, made):
    headers = {"content-type": "multipart/form-data; boundary=B"}
    for _ in range(5):
        record = {"id": made("counters"), "collectionId": ""}
        path = f"collections/counters/records/{record['id']}"
        record = stored(server, "counters", record["id"])

        def upload(ask, path=path):
            return ask("PATCH", path, form("late", "files+"), headers)

        deleted, *uploaded = all_at_once(server, lambda ask, path=path: ask("DELETE", path), upload, upload)
        assert deleted[0] == 204
        assert {status for status, _ in uploaded} <= {200, 404}
        assert files_of(server, record) == []


def files_of(server: Server, record: dict[str, Any]) -> list[str]:
    """The names in a record's folder, sidecars left out."""
    data_dir = next(server.output.parent.glob("pb_data"))
    folder = data_dir / "storage" / record["collectionId"] / record["id"]
    names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    return [name for name in names if not name.endswith(".attrs")]
