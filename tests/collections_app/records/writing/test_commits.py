"""The commit feed: what comes out, in which order, and what it leaves alone (collections_app/commits.py)."""

import gc
import logging
import threading
from weakref import WeakKeyDictionary

import pytest
from django.db import connection, transaction

from collections_app import commits, events
from collections_app.catalog import catalog, find_collection, forget_catalog
from collections_app.collection import Collection
from collections_app.definitions.importing import import_collections
from collections_app.definitions.saving import create_collection, delete_collection, truncate_collection
from collections_app.definitions.scaffolds import auth_fields
from collections_app.fields.registry import field_from_json
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from collections_app.records.writing import saving
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.submitted import new_record
from platform_app.database import lanes, transactions
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import Invalid, RequiredReference
from tests.auth_app.accounts import PASSWORD, auth_options, join, plant
from tests.collections_app.records.writing.sending import records_path
from tests.conftest import ID_FIELD
from tests.reference.writing_collections import OPEN


@pytest.fixture
def listen(request):
    """Listen for the time of the test."""

    def listen(uid="test", **listeners):
        commits.listen(uid, **listeners)
        request.addfinalizer(lambda: commits.stop_listening(uid))

    return listen


@pytest.fixture
def told(listen):
    """The changes of records as they come out: `("create", "posts", "1")`, the id without its padding."""
    log = []
    listen(records=lambda change: log.append(short(change)))
    return log


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """`with commit():` ends as the outermost transaction would; the one around the test never does."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def posts(make_collection):
    return make_collection("posts", [{"type": "text", "name": "t", "required": True}], **OPEN)


@pytest.fixture
def members(make_collection):
    fields = [field.as_json() for field in auth_fields()]
    return make_collection("members", fields, type="auth", options=auth_options())


def short(change):
    return change.kind, change.collection.name, change.id.lstrip("r").lstrip("0")


def rid(number):
    return f"r{number:014}"


def post(collection, number, **values):
    record = new_record(collection)
    for name, value in {"id": rid(number), **({"t": "x"} if "t" in record else {}), **values}.items():
        record[name] = value
    return record


def saved(collection, number, **values):
    record = post(collection, number, **values)
    save_record(record)
    return record


# --- values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alone", [True, False], ids=["one_statement", "unit"])
def test_changes_carry_the_old_and_the_new_values(posts, listen, commit, monkeypatch, alone):
    changes = []
    listen(records=changes.append)
    if alone:
        monkeypatch.setattr(saving, "in_transaction", lambda: False)
        monkeypatch.setattr(commits, "in_transaction", lambda: False)
    with commit():
        saved(posts, 1)
        record = find_record(posts, rid(1))
        record["t"] = "y"
        save_record(record)
        record = find_record(posts, rid(1))
        record["t"] = "never stored"
        delete_stored_record(record)
    first, second = {"id": rid(1), "t": "x"}, {"id": rid(1), "t": "y"}
    assert [(one.kind, one.collection, one.id, one.old, one.new) for one in changes] == [
        ("create", posts, rid(1), None, first),
        ("update", posts, rid(1), first, second),
        ("delete", posts, rid(1), second, None),
    ]


def test_values_are_as_they_are_stored(make_collection, listen, commit, guest):
    fields = [{"type": "file", "name": "f", "maxSelect": 2}, {"type": "text", "name": "h", "hidden": True}]
    collection = make_collection("c", fields, **OPEN)
    changes = []
    listen(records=changes.append)
    with commit():
        status, body = guest.form("POST", records_path(collection), [("f", ("a.txt", b"a"))])
    assert status == 200
    assert [dict(change.new) for change in changes] == [{"id": body["id"], "f": body["f"], "h": ""}]
    stored = find_record(collection, body["id"])
    assert stored is not None
    assert dict(changes[0].new) == stored.values


def test_passwords_come_as_hashes(members, listen, commit):
    changes = []
    listen(records=changes.append)
    record = new_record(members)
    record["email"], record["password"] = "m@example.com", PASSWORD
    with commit():
        save_record(record)
    assert changes[0].new["password"].startswith("$2")
    assert dict(changes[0].new) == find_record(members, record.id).values


def test_what_happens_to_the_record_later_does_not_change_what_is_told(posts, listen, commit):
    changes = []
    listen(records=changes.append)
    with commit():
        saved(posts, 1)["t"] = "later"
    assert [change.new["t"] for change in changes] == ["x"]
    with pytest.raises(TypeError):
        changes[0].new["t"] = "other"


# --- order and rollback -------------------------------------------------------------------------------


def test_changes_wait_for_the_outermost_commit_and_come_in_order(posts, told, commit):
    with commit():
        with unit_of_work():
            with unit_of_work():
                saved(posts, 2)
            saved(posts, 1)
        with transaction.atomic():
            saved(posts, 3)
        assert told == []
    assert told == [("create", "posts", number) for number in ("2", "1", "3")]


def test_success_hooks_come_after_all_changes_of_a_unit(posts, told, commit, request):
    def write_more(event, **kwargs):
        told.append(("success", event.record.id[-1]))
        if event.record.id == rid(1):
            saved(posts, 9)

    events.record_after_create_success.connect(write_more, collection="posts")
    request.addfinalizer(lambda: events.record_after_create_success.disconnect(write_more))
    with commit(), unit_of_work():
        saved(posts, 1)
        saved(posts, 2)
    assert told[:3] == [("create", "posts", "1"), ("create", "posts", "2"), ("success", "1")]


@pytest.mark.parametrize("part", [unit_of_work, transaction.atomic], ids=["unit", "atomic"])
def test_a_part_that_is_rolled_back_is_not_told(posts, told, commit, part):
    with commit(), unit_of_work():
        saved(posts, 1)
        with pytest.raises(KeyError), part():
            saved(posts, 2)
            with part():
                saved(posts, 3)
            raise KeyError
        saved(posts, 4)
    assert told == [("create", "posts", "1"), ("create", "posts", "4")]


@pytest.mark.parametrize("whole", [unit_of_work, transaction.atomic], ids=["unit", "atomic"])
def test_what_is_rolled_back_as_a_whole_is_not_told(posts, told, commit, whole):
    with commit(), pytest.raises(KeyError), whole():
        saved(posts, 1)
        raise KeyError
    assert told == []


def test_a_refused_record_is_not_told(posts, told, commit, guest):
    with commit():
        assert guest("POST", records_path(posts), {"t": ""})[0] == 400
        assert guest("POST", records_path(posts), {"id": rid(1), "t": "x"})[0] == 200
        assert guest("POST", records_path(posts), {"id": rid(1), "t": "x"})[0] == 400
    assert told == [("create", "posts", "1")]


def test_an_error_after_the_row_takes_its_change_back(posts, told, commit, request):
    def fail(event, **kwargs):
        yield
        raise ValueError

    events.model_create_execute.connect(fail)
    request.addfinalizer(lambda: events.model_create_execute.disconnect(fail))
    with commit(), pytest.raises(ValueError):
        saved(posts, 1)
    assert told == []


def test_a_record_that_a_hook_does_not_let_in_is_not_told(posts, told, commit, request):
    def stop(event, **kwargs):
        return
        yield

    events.model_create_execute.connect(stop)
    request.addfinalizer(lambda: events.model_create_execute.disconnect(stop))
    with commit():
        saved(posts, 1)
    assert told == []


# --- everything that writes ---------------------------------------------------------------------------


def test_a_batch_is_told_in_the_order_of_its_requests(posts, told, commit, root, guest):
    settings = {"batch": {"enabled": True, "maxRequests": 5, "timeout": 3}}
    assert root("PATCH", "/settings", settings)[0] == 200
    path = f"/api{records_path(posts)}"
    requests = [
        {"method": "POST", "url": path, "body": {"id": rid(1), "t": "x"}},
        {"method": "PATCH", "url": f"{path}/{rid(1)}", "body": {"t": "y"}},
        {"method": "PUT", "url": path, "body": {"id": rid(2), "t": "x"}},
        {"method": "DELETE", "url": f"{path}/{rid(1)}"},
    ]
    with commit():
        assert guest("POST", "/batch", {"requests": requests})[0] == 200
    assert told == [
        ("create", "posts", "1"),
        ("update", "posts", "1"),
        ("create", "posts", "2"),
        ("delete", "posts", "1"),
    ]
    told.clear()
    with commit():
        failing = [requests[0], {"method": "POST", "url": path, "body": {"t": ""}}]
        assert guest("POST", "/batch", {"requests": failing})[0] == 400
    assert told == []


def test_the_orm_is_told_but_for_bare_sql(posts, told, commit):
    model = collection_model("posts")
    with commit():
        one = model.objects.create(id=rid(1), t="x")
        one.t = "y"
        one.save()
        model.objects.bulk_create([model(id=rid(2), t="x")])
        model.objects.filter(id=rid(2)).update(t="z")
        model.objects.all().order_by("id").delete()
    assert told == [
        ("create", "posts", "1"),
        ("update", "posts", "1"),
        ("delete", "posts", "1"),
        ("delete", "posts", "2"),
    ]


@pytest.fixture
def family(make_collection):
    """A target, two records that go with it, one that stays without it."""
    target = make_collection("target")
    relation = {"type": "relation", "name": "r", "collectionId": target.id, "maxSelect": 5}
    going = make_collection("going", [{**relation, "cascadeDelete": True}])
    staying = make_collection("staying", [relation])
    saved(target, 1)
    for number in (2, 3):
        saved(going, number, r=[rid(1)])
    saved(staying, 4, r=[rid(1)])
    return target


def test_a_delete_is_told_with_what_it_takes_and_changes(family, listen, commit):
    changes = []
    listen(records=changes.append)
    with commit():
        delete_stored_record(find_record(family, rid(1)))
    assert [short(change) for change in changes] == [
        ("delete", "target", "1"),
        ("delete", "going", "2"),
        ("delete", "going", "3"),
        ("update", "staying", "4"),
    ]
    assert (changes[3].old["r"], changes[3].new["r"]) == ([rid(1)], [])


def test_truncating_is_told_record_by_record(posts, told, commit):
    for number in (1, 2):
        plant("posts", id=rid(number), t="x")
    with commit():
        truncate_collection(posts)
    assert sorted(told) == [("delete", "posts", "1"), ("delete", "posts", "2")]


def test_what_ends_with_a_password_is_told(members, told, commit):
    join("members", rid(1), email="m@example.com")
    owned = {"collectionRef": members.id, "recordRef": rid(1)}
    plant("_otps", id=rid(2), password="x", sentTo="", **owned)
    plant("_authOrigins", id=rid(3), fingerprint="x", **owned)
    record = find_record(members, rid(1))
    record["password"] = "another password"
    with commit():
        save_record(record)
    assert told == [("update", "members", "1"), ("delete", "_otps", "2"), ("delete", "_authOrigins", "3")]


# --- just before a row goes ---------------------------------------------------------------------------


def test_before_a_row_goes_it_is_still_there(family, listen, commit):
    seen = []

    def look(change):
        seen.append((short(change), find_record(change.collection, change.id) is not None))

    listen(before_delete=look, records=lambda change: seen.append(short(change)))
    with commit():
        delete_stored_record(find_record(family, rid(1)))
        assert seen == [
            (("delete", "target", "1"), True),
            (("delete", "going", "2"), True),
            (("delete", "going", "3"), True),
        ]
    assert len(seen) == 7


def test_notes_kept_by_the_change_are_there_after_the_commit(posts, listen, commit):
    notes, found = WeakKeyDictionary(), []
    listen(
        before_delete=lambda change: notes.update({change: "decided"}),
        records=lambda change: found.append(notes.get(change)),
    )
    record = saved(posts, 1)
    with commit():
        delete_stored_record(record)
    assert found == ["decided"]


def test_notes_of_a_delete_that_is_rolled_back_go_away(make_collection, listen, commit):
    target = make_collection("target")
    relation = {"type": "relation", "name": "r", "collectionId": target.id, "required": True}
    make_collection("holding", [relation])
    saved(target, 1)
    saved(find_collection("holding"), 2, r=[rid(1)])
    notes, told = WeakKeyDictionary(), []
    listen(before_delete=lambda change: notes.update({change: "decided"}), records=told.append)
    with commit(), pytest.raises(RequiredReference):
        delete_stored_record(find_record(target, rid(1)))
    gc.collect()
    assert (dict(notes), told) == ({}, [])


# --- listeners ----------------------------------------------------------------------------------------


def test_listeners_are_told_in_order_replaced_by_their_name_and_removed(posts, listen, commit):
    told = []
    listen("a", records=lambda change: told.append("a"))
    listen("b", records=lambda change: told.append("b"))
    listen("a", records=lambda change: told.append("a again"))
    with commit():
        saved(posts, 1)
    assert told == ["a again", "b"]
    commits.stop_listening("a")
    commits.stop_listening("nobody")
    with commit():
        saved(posts, 2)
    assert told == ["a again", "b", "b"]


def fail(change):
    raise RuntimeError("a listener's own fault")


def fail_in_the_database(change):
    with connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")


@pytest.mark.parametrize("failing", [fail, fail_in_the_database])
@pytest.mark.parametrize("alone", [True, False], ids=["one_statement", "unit"])
def test_an_error_of_a_listener_is_logged_and_disturbs_nobody(
    posts, listen, commit, guest, caplog, monkeypatch, failing, alone
):
    told = []
    listen("failing", records=failing, before_delete=failing)
    listen("other", records=lambda change: told.append(short(change)), before_delete=lambda change: None)
    if alone and failing is fail:
        monkeypatch.setattr(saving, "in_transaction", lambda: False)
        monkeypatch.setattr(commits, "in_transaction", lambda: False)
    path = records_path(posts)
    with caplog.at_level(logging.ERROR, "collections_app.commits"), commit():
        assert guest("POST", path, {"id": rid(1), "t": "x"})[0] == 200
        assert guest("DELETE", f"{path}/{rid(1)}")[0] == 204
    assert told == [("create", "posts", "1"), ("delete", "posts", "1")]
    assert len([entry for entry in caplog.records if entry.name == "collections_app.commits"]) == 3


def test_without_listeners_no_values_are_gathered(posts, commit, monkeypatch):
    monkeypatch.setattr(commits, "RecordChange", None)
    with commit():
        delete_stored_record(saved(posts, 1))


def test_listening_leaves_a_write_in_the_fast_lane(posts, listen, told, guest, monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has an inline lane")
    listen("deciding", before_delete=lambda change: None)
    guest("GET", records_path(posts))  # loads what a running server has at hand
    monkeypatch.setattr(lanes, "INLINE_SECONDS", 60)  # a slow machine changes nothing here
    for module in (saving, transactions, commits):
        monkeypatch.setattr(module, "in_transaction", lambda: False)
    path = records_path(posts)
    created = lanes.run_inline(lambda: guest("POST", path, {"id": rid(1), "t": "x"}))
    assert (created[0], told) == (200, [("create", "posts", "1")])
    changed = lanes.run_inline(lambda: guest("PATCH", f"{path}/{rid(1)}", {"t": "y"}))
    assert (changed[0], told[1:]) == (200, [("update", "posts", "1")])


# --- collections --------------------------------------------------------------------------------------


@pytest.fixture
def redesigned(listen):
    """The changes of collections: kind, names before and after, and the names that the catalog then knows."""
    log = []

    def note(change):
        names = [one and one.name for one in (change.old, change.new)]
        log.append((change.kind, *names, [name for name in ("one", "two", "v") if find_collection(name)]))

    listen("designs", collections=note)
    return log


def test_definitions_are_told_when_the_catalog_knows_them(root, redesigned, commit):
    with commit():
        assert root("POST", "/collections", {"name": "one"})[0] == 200
    catalog()
    with commit():
        assert root("PATCH", "/collections/one", {"name": "two"})[0] == 200
        assert root("PATCH", "/collections/two", {"listRule": "broken"})[0] == 400
    catalog()
    with commit():
        assert root("DELETE", "/collections/two")[0] == 204
    assert redesigned == [
        ("create", None, "one", ["one"]),
        ("update", "one", "two", ["two"]),
        ("delete", "two", None, []),
    ]


def test_a_view_that_follows_a_table_is_told(root, redesigned, commit):
    with commit():
        fields = [{"type": "text", "name": "t"}]
        assert root("POST", "/collections", {"name": "one", "fields": fields})[0] == 200
        view = {"name": "v", "type": "view", "viewQuery": "SELECT id, t FROM one"}
        assert root("POST", "/collections", view)[0] == 200
        fields = [field.as_json() for field in find_collection("one").fields]
        fields[1]["max"] = 5
        assert root("PATCH", "/collections/one", {"fields": fields})[0] == 200
    assert [(kind, new) for kind, _, new, _ in redesigned] == [
        ("create", "one"),
        ("create", "v"),
        ("update", "one"),
        ("update", "v"),
    ]


def test_an_import_is_told_as_a_whole_or_not_at_all(db, redesigned, commit):
    with commit():
        import_collections([{"name": "one"}, {"name": "two"}], delete_missing=False)
    both = ["one", "two"]
    assert redesigned == [("create", None, "one", both), ("create", None, "two", both)]
    redesigned.clear()
    with commit(), pytest.raises(Invalid):
        broken = {"name": "broken", "listRule": "nothing = 1"}
        import_collections([{"name": "one", "listRule": ""}, broken], delete_missing=False)
    assert redesigned == []


def test_what_goes_with_an_auth_collection_is_told(root, members, told, redesigned, commit):
    plant("_otps", id=rid(2), password="x", sentTo="", collectionRef=members.id, recordRef=rid(1))
    with commit():
        assert root("DELETE", "/collections/members")[0] == 204
    assert [(kind, old) for kind, old, _, _ in redesigned] == [("delete", "members")]
    assert told == [("delete", "_otps", "2")]


# --- real commits -------------------------------------------------------------------------------------


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """A collection that is there for all threads, and goes with the test."""
    with django_db_blocker.unblock():
        fields = tuple(map(field_from_json, (ID_FIELD, {"type": "text", "name": "t", "id": "text1"})))
        collection = create_collection(Collection(id="pbc_committed", name="committed", fields=fields))
        try:
            yield collection
        finally:
            delete_collection(collection)
            forget_catalog()


def test_a_change_is_in_the_database_when_it_is_told(committed, listen):
    seen = []

    def look(change):
        assert not connection.in_atomic_block
        seen.append((short(change), find_record(committed, change.id) is not None))

    listen(records=look)
    record = saved(committed, 1)
    with unit_of_work():
        saved(committed, 2)
        with pytest.raises(KeyError), unit_of_work():
            saved(committed, 3)
            raise KeyError
    with pytest.raises(KeyError), transaction.atomic():
        saved(committed, 4)
        raise KeyError
    delete_stored_record(record)
    assert seen == [
        (("create", "committed", "1"), True),
        (("create", "committed", "2"), True),
        (("delete", "committed", "1"), False),
    ]


def test_threads_are_told_in_the_order_of_their_commits(committed, listen):
    if connection.vendor != "sqlite":
        pytest.skip("on PostgreSQL transactions of several threads end side by side")
    told = []
    listen(records=lambda change: told.append(change.id))

    def write(first):
        for number in range(first, first + 20, 2):
            saved(committed, number)
            with unit_of_work():
                saved(committed, number + 1)
        connection.close()

    threads = [threading.Thread(target=write, args=(100 * one,)) for one in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM committed ORDER BY rowid")
        assert told == [row[0] for row in cursor.fetchall()]
    assert len(told) == 80
