"""Files of several writes in one transaction: stored before it begins, where others do not wait for them."""

import json

import pytest

from collections_app.events import (
    record_after_create_error,
    record_create,
    record_create_execute,
    record_create_request,
)
from collections_app.fields.file_names import PendingFile
from collections_app.records.querying.finding import find_record
from collections_app.records.storage import record_storage
from collections_app.records.writing import files
from collections_app.records.writing.files import named_paths, stored_early
from collections_app.records.writing.saving import save_record
from collections_app.records.writing.submitted import new_record
from platform_app.database.transactions import in_unit_of_work, unit_of_work
from platform_app.runtime_settings.current import forget_settings
from platform_app.wire.errors import Invalid
from tests.collections_app.records.writing.sending import records_path
from tests.reference.writing_collections import OPEN

FIRST, SECOND = "early0000000001", "early0000000002"
FILE = [{"type": "file", "name": "f", "maxSelect": 3, "maxSize": 100}]

pytestmark = pytest.mark.usefixtures("committing")


@pytest.fixture
def stores(monkeypatch):
    """What was stored, in order: whether a transaction was open then."""
    seen = []
    store = files._store

    def noting(path, pending):
        seen.append(in_unit_of_work())
        store(path, pending)

    monkeypatch.setattr(files, "_store", noting)
    return seen


def named(collection):
    """The paths that rows name."""
    rows = find_all(collection)
    return sorted(path for record in rows for path in named_paths(record))


def find_all(collection):
    return [record for one in (FIRST, SECOND) if (record := find_record(collection, one)) is not None]


def kept(collection):
    """The paths of all files that there are."""
    return sorted(record_storage().list(f"{collection.id}/"))


class TestBatches:
    @pytest.fixture(autouse=True)
    def _allowed(self, root):
        assert root("PATCH", "/settings", {"batch": {"enabled": True}})[0] == 200
        yield
        forget_settings()

    @pytest.fixture
    def sent(self, guest, c):
        """Sends items as `(method, id in the path, body, {part: content})`."""

        def send(*items, to=c):
            requests = [
                {"method": method, "url": f"/api{records_path(to, record_id)}", "body": body}
                for method, record_id, body, _ in items
            ]
            parts = [("@jsonPayload", json.dumps({"requests": requests}))]
            parts += [
                (f"requests.{at}.{key}", (f"{at}{number}.txt", content))
                for at, (*_, uploads) in enumerate(items)
                for key, contents in uploads.items()
                for number, content in enumerate(contents)
            ]
            return guest.form("POST", "/batch", parts)

        return send

    @pytest.fixture
    def there(self, guest, c):
        """A record with a file."""
        assert guest.form("POST", records_path(c), [("id", FIRST), ("f", ("old.txt", b"old"))])[0] == 200

    @pytest.mark.parametrize(
        ("items", "count"),
        [
            pytest.param([("POST", "", {"id": SECOND}, {"f": [b"1", b"2"]})], 2, id="new"),
            pytest.param([("PUT", "", {"id": SECOND}, {"f": [b"1"]})], 1, id="upsert_new"),
            pytest.param([("PUT", "", {"id": FIRST}, {"f": [b"1"]})], 1, id="upsert_known"),
            pytest.param([("PATCH", FIRST, {}, {"f": [b"1"]})], 1, id="replaced"),
            pytest.param([("PATCH", FIRST, {}, {"f+": [b"1"], "f1": [b"2"]})], 2, id="appended"),
            pytest.param(
                [("POST", "", {"id": SECOND}, {}), ("PATCH", SECOND, {}, {"f": [b"1"]})],
                1,
                id="of_a_record_that_the_batch_makes",
            ),
            pytest.param(
                [("DELETE", FIRST, {}, {}), ("POST", "", {"id": FIRST}, {"f": [b"1"]})],
                1,
                id="under_an_id_that_the_batch_frees",
            ),
            pytest.param(
                [("POST", "", {"id": SECOND}, {"f": [b"1"]}), ("PATCH", SECOND, {}, {"f": [b"2"]})],
                2,
                id="replaced_at_once",
            ),
            pytest.param([("DELETE", FIRST, {}, {"f": [b"1"]})], 0, id="sent_with_a_delete"),
        ],
    )
    def test_before_the_transaction(self, sent, c, there, stores, items, count):
        stores.clear()
        status, _ = sent(*items)
        assert (status, stores) == (200, [False] * count)
        assert kept(c) == named(c)

    def test_under_the_id_that_is_made_for_a_record_without_one(self, sent, c, stores, connect):
        seen = []

        def look(event, **kwargs):
            seen.append(event.record.id)
            yield

        connect(record_create_request, look)
        status, results = sent(*[("POST", "", {}, {"f": [b"1"]})] * 2)
        records = [find_record(c, result["body"]["id"]) for result in results]
        assert (status, stores, seen) == (200, [False, False], ["", ""])
        assert kept(c) == sorted(path for record in records for path in named_paths(record))

    @pytest.mark.parametrize(
        ("items", "failing"),
        [
            pytest.param([("PATCH", SECOND, {}, {"f": [b"1"]})], "0", id="unknown_record"),
            pytest.param([("POST", "", {"id": "../../escape1"}, {"f": [b"1"]})], "0", id="id_with_a_path"),
            pytest.param(
                [("POST", "", {}, {"f": [b"1"]}), ("PATCH", "..%2Fsome", {}, {"f": [b"1"]})],
                "1",
                id="path_in_a_later_id",
            ),
            pytest.param(
                [("POST", "", {}, {"f": [b"1"]}), ("POST", "", {}, {"f": [b"x" * 1001]})], "1", id="too_large"
            ),
            pytest.param(
                [("POST", "", {}, {"f": [b"1"]}), ("POST", "", {}, {"f": [b"x"] * 6})], "1", id="too_many"
            ),
            pytest.param(
                [("POST", "", {}, {"f": [b"1"]}), ("PATCH", "", {}, {"f": [b"1"]})], "1", id="no_action"
            ),
        ],
    )
    def test_nothing_where_it_is_sure_that_an_item_fails(self, sent, c, stores, items, failing):
        status, body = sent(*items)
        assert (status, list(body["data"]["requests"])) == (400, [failing])
        assert (stores[:1] in ([], [True]), kept(c)) == (True, [])

    @pytest.mark.parametrize(
        ("rules", "items", "stored"),
        [
            pytest.param({"create_rule": None}, [("POST", "", {}, {"f": [b"1"]})], [], id="superusers_only"),
            pytest.param(
                {"create_rule": "id = ''"}, [("POST", "", {}, {"f": [b"1"]})], [], id="not_the_first"
            ),
            pytest.param(
                {"create_rule": "id = ''"},
                [("POST", "", {}, {}), ("POST", "", {}, {"f": [b"1"]})],
                [],
                id="not_the_first_though_without_files",
            ),
            pytest.param(
                {"update_rule": None},
                [("POST", "", {"id": FIRST}, {"f": [b"1"]}), ("PATCH", FIRST, {}, {"f": [b"1"]})],
                [True],
                id="superusers_only_later",
            ),
            pytest.param(
                {"update_rule": "id = ''"},
                [("POST", "", {"id": FIRST}, {"f": [b"1"]}), ("PATCH", FIRST, {}, {"f": [b"1"]})],
                [False, False],
                id="who_may_write_first_may_store",
            ),
        ],
    )
    def test_strangers_store_nothing(self, sent, make_collection, stores, rules, items, stored):
        strict = make_collection("strict", FILE, **{**OPEN, **rules})
        status, _ = sent(*items, to=strict)
        assert (status, stores, kept(strict)) == (400, stored, [])

    def test_what_the_storage_refuses_is_told_by_the_item(self, sent, c, monkeypatch, connect):
        failed = []

        def note(event, **kwargs):
            failed.append(event.record.id)

        connect(record_after_create_error, note)
        tried = []

        def store(path, pending):
            tried.append(path)
            raise OSError("the bucket is gone")

        monkeypatch.setattr(files, "_store", store)
        items = [("POST", "", {"id": FIRST}, {}), *[("POST", "", {"id": SECOND}, {"f": [b"1", b"2"]})] * 2]
        status, body = sent(*items)
        response = {"data": {}, "message": "Failed to create record.", "status": 400}
        assert (status, body["data"]["requests"]["1"]["response"]) == (400, response)
        assert (failed, len(tried), find_all(c), kept(c)) == ([SECOND, FIRST], 1, [], [])

    def test_what_a_failing_batch_stored_goes(self, sent, c, stores):
        item = ("POST", "", {"id": FIRST}, {"f": [b"1"]})
        assert sent(item, item)[0] == 400
        assert (stores, kept(c)) == ([False, False], [])

    def test_what_a_hook_stops_goes(self, sent, c, stores, connect):
        def stop(event, **kwargs):
            return
            yield

        connect(record_create_request, stop)
        assert sent(("POST", "", {"id": FIRST}, {"f": [b"1"]}))[0] == 200
        assert (stores, kept(c)) == ([False], [])

    @pytest.mark.parametrize("hook", [record_create_request, record_create, record_create_execute])
    def test_what_a_hook_adds_is_stored_in_the_transaction(self, sent, c, stores, connect, hook):
        def add(event, **kwargs):
            event.record["f1"] = PendingFile.from_bytes("own.txt", b"own")
            yield

        connect(hook, add)
        assert sent(("POST", "", {"id": FIRST}, {"f": [b"1"], "f1": [b"2"]}))[0] == 200
        assert (stores, kept(c)) == ([False, False, True], named(c))

    def test_a_hook_may_choose_another_id(self, sent, c, stores, connect):
        def choose(event, **kwargs):
            event.record["id"] = SECOND
            yield

        connect(record_create_request, choose)
        assert sent(("POST", "", {"id": FIRST}, {"f": [b"1"]}))[0] == 200
        assert (stores, kept(c), find_record(c, FIRST)) == ([False, True], named(c), None)

    def test_their_time_is_not_that_of_the_transaction(self, sent, c, monkeypatch):
        """`batch.timeout` bounds what others wait for."""
        now = [0.0]
        monkeypatch.setattr("collections_app.records.writing.batch.time.monotonic", lambda: now[0])
        store = files._store

        def slowly(path, pending):
            now[0] += 100
            store(path, pending)

        monkeypatch.setattr(files, "_store", slowly)
        assert sent(("POST", "", {"id": FIRST}, {"f": [b"1"]}))[0] == 200
        assert kept(c) == named(c)


def record_with_file(collection, record_id):
    record = new_record(collection)
    record["id"] = record_id
    record["f"] = [PendingFile.from_bytes("a.txt", b"hello")]
    return record


def test_a_file_is_taken_once(c, stores):
    """A save that failed took its file along; who tries again stores it anew."""
    save_record(record_with_file(c, FIRST))
    stores.clear()
    record = record_with_file(c, FIRST)
    with stored_early([record]), unit_of_work():
        with pytest.raises(Invalid):
            save_record(record)
        record = record_with_file(c, SECOND)
        save_record(record)
    assert (stores, kept(c)) == ([False, True], named(c))


def test_what_is_not_taken_goes(c, stores):
    with stored_early([record_with_file(c, FIRST)]):
        assert len(kept(c)) == 1
    assert (stores, kept(c)) == ([False], [])


def test_whatever_interrupts_storing_leaves_nothing(c, monkeypatch):
    store = files._store

    def interrupted(path, pending):
        store(path, pending)
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "_store", interrupted)
    with pytest.raises(KeyboardInterrupt), stored_early([record_with_file(c, FIRST)]):
        pass
    assert kept(c) == []
