"""Somebody else changes or deletes a record between the moment a write reads it and the moment it writes.

What happens "meanwhile" happens right after the checks, by plain SQL, as if another process had done it.
"""

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.core.files.base import ContentFile
from django.db import connection

from collections_app import events
from collections_app.catalog import find_collection
from collections_app.orm import collection_model
from collections_app.passwords import matches
from collections_app.records.querying.finding import find_record
from collections_app.records.writing import batch, saving
from collections_app.records.writing.saving import delete_stored_record, save_record
from platform_app.database import lanes, rows
from platform_app.database.dates import now
from platform_app.database.lanes import NeedsPool, has_written_inline, run_inline
from platform_app.database.rows import write
from platform_app.wire.errors import BadRequest, RecordGone
from tests.collections_app.records.writing.conftest import MODIFIABLE
from tests.collections_app.records.writing.sending import Sender, codes, files_of, records_path
from tests.reference.hook_logs import noting
from tests.reference.writing_collections import OPEN, make_accounts

pytestmark = pytest.mark.usefixtures("committing")

ID = "meanwhile000001"
MISSING = 404, {"data": {}, "message": "The requested resource wasn't found.", "status": 404}
UPDATE = "Failed to update record."


def run(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def changing(table, **values):
    names = ", ".join(f'"{name}" = %s' for name in values)
    return lambda: run(f'UPDATE "{table}" SET {names} WHERE id = %s', *values.values(), ID)


def deleting(table):
    return lambda: run(f'DELETE FROM "{table}" WHERE id = %s', ID)


@pytest.fixture
def meanwhile(monkeypatch):
    """Says what somebody else does after the checks of the next write, or before the next DELETE; once."""
    todo = []

    def before(real):
        def act(*args, **kwargs):
            while todo:
                todo.pop()()
            return real(*args, **kwargs)

        return act

    real = saving.validate_record

    def validate_first(*args):
        real(*args)
        while todo:
            todo.pop()()

    monkeypatch.setattr(saving, "validate_record", validate_first)
    monkeypatch.setattr(saving, "delete_row", before(saving.delete_row))
    return todo.append


@pytest.fixture
def path(guest, c):
    body = {"id": ID, "t": "text", "n": 10, "s": ["a"], "j": {"x": 1}}
    status, made = guest("POST", records_path(c), body)
    assert status == 200
    while now() <= made["updated"]:
        pass  # what changes nothing within the same millisecond is not even written
    return records_path(c, ID)


@pytest.fixture
def log():
    lines = []

    def note(name, mark, event):
        if mark == "<" and name.startswith("Record"):
            lines.append(name)

    with noting(note):
        yield lines


# --- updates ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "body", "expected"),
    [
        pytest.param({"n": 15}, {"n+": 1}, {"n": 16}, id="modifier"),
        pytest.param({"n": 15}, {"n": 3, "n+": 1}, {"n": 4}, id="value_and_modifier"),
        pytest.param({"s": '["a","b"]'}, {"s+": "c"}, {"s": ["a", "b", "c"]}, id="list"),
        pytest.param({"s": '["b"]'}, {"s-": "b"}, {"s": []}, id="modifier_that_did_nothing_before"),
        pytest.param({"t": "theirs"}, {"n": 1}, {"t": "theirs", "n": 1}, id="another_field"),
        pytest.param({"t": "theirs"}, {"t": "ours"}, {"t": "ours"}, id="the_same_field"),
        pytest.param({"h": "theirs"}, {"n+": 1}, {"n": 11}, id="a_hidden_field"),
        pytest.param({"j": '{ "y" : 2 }'}, {"n+": 1}, {"j": {"y": 2}, "n": 11}, id="text_of_another_form"),
    ],
)
def test_update_goes_from_what_is_stored(guest, root, c, path, meanwhile, others, body, expected):
    meanwhile(changing("c", **others))
    status, answer = guest("PATCH", path, body)
    stored = guest("GET", path)[1]
    assert (status, answer) == (200, stored)
    assert {name: stored[name] for name in expected} == expected
    if "h" in others:
        assert root("GET", path)[1]["h"] == others["h"]


def test_what_a_column_holds_beside_the_forms_that_we_write_is_no_change(guest, path, monkeypatch):
    run('UPDATE "c" SET "s" = %s, "j" = %s WHERE id = %s', '[ "a", "b" ]', " [1.0, 2]", ID)
    monkeypatch.setattr(saving, "taken_row", None)
    assert guest("PATCH", path, {"n+": 1})[1]["n"] == 11


def test_values_are_checked_again(guest, path, meanwhile):
    meanwhile(changing("c", s='["zz"]'))
    assert codes(guest("PATCH", path, {"s+": "b"})) == (400, UPDATE, {"s": "validation_invalid_value"})


def test_rule_is_asked_about_the_row_that_is_written(guest, make_collection, meanwhile, log):
    closing = make_collection(
        "closing", MODIFIABLE, **{**OPEN, "update_rule": "t = '' && @request.body.n < 3"}
    )
    assert guest("POST", records_path(closing), {"id": ID})[0] == 200
    path = records_path(closing, ID)
    meanwhile(changing("closing", n=2))
    assert guest("PATCH", path, {"n+": 1}) == MISSING  # its own new value is another one by now
    meanwhile(changing("closing", t="closed"))
    assert guest("PATCH", path, {"n": 1}) == MISSING
    assert (guest("GET", path)[1]["n"], log.count("RecordAfterUpdateSuccess")) == (2, 0)


def test_hooks_run_once_and_what_they_set_stays(guest, c, path, meanwhile, log):
    def set_text(event, **kwargs):
        event.record["t"] = "of the hook"

    events.record_update_request.connect(set_text, collection="c", dispatch_uid=set_text)
    meanwhile(changing("c", t="theirs", n=20))
    log.clear()
    try:
        answer = guest("PATCH", path, {"n+": 1, "t": "ours"})[1]
    finally:
        events.record_update_request.disconnect(dispatch_uid=set_text)
    assert (answer["t"], answer["n"]) == ("of the hook", 21)
    assert log == ["RecordUpdateRequest", "RecordUpdate", "RecordValidate", "RecordValidate"] + [
        "RecordUpdateExecute",
        "RecordAfterUpdateSuccess",
        "RecordEnrich",
    ]


def test_hook_that_writes_to_the_same_record_takes_nothing_back(guest, c, path):
    def count(event, **kwargs):
        other = find_record(c, event.record.id)
        other["n"] = other["n"] + 5
        events.record_update.disconnect(dispatch_uid=count)
        save_record(other)

    events.record_update.connect(count, collection="c", dispatch_uid=count)
    status, answer = guest("PATCH", path, {"n+": 1, "t": "ours"})
    assert (status, answer["n"], answer["t"]) == (200, 16, "ours")
    assert guest("GET", path)[1] == answer


def test_record_that_a_hook_puts_in_the_place_is_written(guest, c, path, meanwhile):
    def exchange(event, **kwargs):
        event.record = find_record(c, event.record.id)
        event.record["t"] = "exchanged"

    events.record_update_request.connect(exchange, collection="c", dispatch_uid=exchange)
    meanwhile(changing("c", n=20))
    try:
        answer = guest("PATCH", path, {"n+": 1})[1]
    finally:
        events.record_update_request.disconnect(dispatch_uid=exchange)
    assert (answer["t"], answer["n"]) == ("exchanged", 20)


def test_update_of_a_record_that_went_is_404(guest, path, meanwhile, log):
    meanwhile(deleting("c"))
    log.clear()
    assert guest("PATCH", path, {"n+": 1}) == MISSING
    assert "RecordAfterUpdateSuccess" not in log
    assert "RecordAfterUpdateError" in log


def test_batch_adds_to_what_is_stored(design, guest, path, meanwhile):
    design("PATCH", "settings", {"batch": {"enabled": True}})
    meanwhile(changing("c", n=20))
    item = {"method": "PATCH", "url": f"/api{path}", "body": {"n+": 1}}
    status, answers = design("POST", "batch", {"requests": [item, item]})
    assert (status, [answer["body"]["n"] for answer in answers]) == (200, [21, 22])


def test_upsert_of_a_record_that_comes_meanwhile_begins_anew(design, c, monkeypatch):
    design("PATCH", "settings", {"batch": {"enabled": True}})
    real, tries = batch.find_record, []

    def find_too_early(collection, record_id):
        tries.append(record_id)
        if len(tries) > 1:
            return real(collection, record_id)
        run('INSERT INTO "c" (id, n) VALUES (%s, 5)', ID)
        return None

    monkeypatch.setattr(batch, "find_record", find_too_early)
    # The first try takes the row away again, as it stands in the same transaction: the second one makes it.
    item = {"method": "PUT", "url": f"/api{records_path(c)}", "body": {"id": ID, "n+": 1}}
    status, answers = design("POST", "batch", {"requests": [item]})
    assert (status, answers[0]["body"]["n"], tries) == (200, 1, [ID, ID])


def test_save_of_a_record_that_was_read_long_ago_keeps_what_others_changed(c, path):
    read = find_record(c, ID)
    changing("c", n=20)()
    read["t"] = "ours"
    save_record(read)
    stored = find_record(c, ID)
    assert (stored["t"], stored["n"], read.values) == ("ours", 20, stored.values)
    read["t"] = "again"
    save_record(read)
    assert find_record(c, ID)["t"] == "again"
    deleting("c")()
    read["t"] = "too late"
    with pytest.raises(RecordGone):
        save_record(read)


# --- files ------------------------------------------------------------------------------------------------


@pytest.fixture
def files(guest, c):
    parts = [("id", ID), ("f", ("first.txt", b"1")), ("f1", ("one.txt", b"2"))]
    status, record = guest.form("POST", records_path(c), parts)
    assert status == 200
    return record


def upload(guest, c, *parts):
    """What somebody else's upload leaves behind."""
    assert guest.form("PATCH", records_path(c, ID), parts)[0] == 200


def test_files_are_added_to_those_that_came_meanwhile(guest, c, files, meanwhile):
    meanwhile(lambda: upload(guest, c, ("f+", ("theirs.txt", b"t"))))
    assert guest.form("PATCH", records_path(c, ID), [("f+", ("ours.txt", b"o"))])[0] == 200
    stored = guest("GET", records_path(c, ID))[1]
    assert [name.partition("_")[0] for name in stored["f"]] == ["first", "theirs", "ours"]
    assert files_of(c, ID) == ["first_*.txt", "one_*.txt", "ours_*.txt", "theirs_*.txt"]


def test_file_that_came_meanwhile_is_replaced(guest, c, files, meanwhile):
    meanwhile(lambda: upload(guest, c, ("f1", ("theirs.txt", b"t"))))
    assert guest.form("PATCH", records_path(c, ID), [("f1", ("ours.txt", b"o"))])[0] == 200
    assert files_of(c, ID) == ["first_*.txt", "ours_*.txt"]


def test_file_that_came_meanwhile_stays_where_it_is_not_meant(guest, c, files, meanwhile):
    meanwhile(lambda: upload(guest, c, ("f1", ("theirs.txt", b"t"))))
    assert guest("PATCH", records_path(c, ID), {"n": 1})[1]["f1"].startswith("theirs_")
    assert files_of(c, ID) == ["first_*.txt", "theirs_*.txt"]


def test_file_that_is_removed_after_it_came_meanwhile(guest, c, files, meanwhile):
    kept = files["f"][0]
    # Long ago: within a millisecond `updated` would stay the same, and there would be nothing to write.
    run('UPDATE "c" SET "f" = %s, "updated" = %s WHERE id = %s', "[]", "2020-01-01 00:00:00.000Z", ID)
    meanwhile(changing("c", f=f'["{kept}"]'))
    assert guest("PATCH", records_path(c, ID), {"f-": kept})[1]["f"] == []
    assert files_of(c, ID) == ["one_*.txt"]


def test_uploads_for_a_record_that_went_are_removed(guest, c, path, meanwhile):
    meanwhile(deleting("c"))
    assert guest.form("PATCH", path, [("f1", ("late.txt", b"l"))]) == MISSING
    assert files_of(c, ID) == []


def test_upload_into_a_folder_that_goes_is_404(guest, c, path, monkeypatch):
    def gone(*args):
        deleting("c")()
        raise FileNotFoundError("the folder went")

    monkeypatch.setattr(saving, "store_pending_files", gone)
    assert guest.form("PATCH", path, [("f1", ("late.txt", b"l"))]) == MISSING


# --- accounts ---------------------------------------------------------------------------------------------


PASSWORD = "1234567890"


@pytest.fixture
def account(root, make_collection):
    """An account, and itself signed in."""
    accounts = make_accounts(make_collection, "wa")
    body = {"id": ID, "email": "a@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
    assert root("POST", records_path(accounts), body)[0] == 200
    return accounts, Sender.signed_in_as(find_record(accounts, ID))


def test_keys_and_passwords_that_others_set_stay(account, meanwhile):
    accounts, own = account
    meanwhile(changing("wa", tokenKey="k" * 50, verified=True))
    assert own("PATCH", records_path(accounts, ID), {"name": "new"})[0] == 200
    stored = find_record(accounts, ID)
    assert (stored["tokenKey"], stored["verified"], stored["name"]) == ("k" * 50, True, "new")


def test_form_is_asked_about_the_row_that_is_written(account, meanwhile):
    accounts, own = account
    meanwhile(changing("wa", email="b@example.com"))
    answer = own("PATCH", records_path(accounts, ID), {"email": "a@example.com"})
    assert codes(answer) == (400, UPDATE, {"email": "validation_values_mismatch"})
    meanwhile(changing("wa", password="$2a$04$" + "x" * 53))
    body = {"oldPassword": PASSWORD, "password": "abcdefghij", "passwordConfirm": "abcdefghij"}
    answer = own("PATCH", records_path(accounts, ID), body)
    assert codes(answer) == (400, UPDATE, {"oldPassword": "validation_invalid_old_password"})


def test_new_password_is_set_on_what_others_changed(account, meanwhile):
    accounts, own = account
    meanwhile(changing("wa", name="theirs"))
    body = {"oldPassword": PASSWORD, "password": "abcdefghij", "passwordConfirm": "abcdefghij"}
    assert own("PATCH", records_path(accounts, ID), body)[0] == 200
    stored = find_record(accounts, ID)
    assert (stored["name"], matches("abcdefghij", stored["password"])) == ("theirs", True)


# --- deletes ----------------------------------------------------------------------------------------------


def test_record_that_went_is_not_deleted_again(guest, path, meanwhile, log):
    meanwhile(deleting("c"))
    log.clear()
    assert guest("DELETE", path) == MISSING
    assert "RecordAfterDeleteSuccess" not in log


def test_record_that_changed_is_deleted(guest, path, meanwhile):
    meanwhile(changing("c", n=20))
    assert guest("DELETE", path) == (204, None)
    assert guest("GET", path) == MISSING


def test_delete_rule_is_asked_about_the_row_that_goes(guest, make_collection, meanwhile):
    drafts = make_collection("drafts", MODIFIABLE, **{**OPEN, "delete_rule": "t = ''"})
    assert guest("POST", records_path(drafts), {"id": ID})[0] == 200
    path = records_path(drafts, ID)
    meanwhile(changing("drafts", t="published"))
    assert guest("DELETE", path) == MISSING
    meanwhile(changing("drafts", n=1))
    assert guest("DELETE", path) == (204, None)


def test_superuser_that_went_is_missing_though_another_is_the_last(root, meanwhile):
    path = "/collections/_superusers/records"
    body = {"id": ID, "email": "b@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
    assert root("POST", path, body)[0] == 200
    read = find_record(find_collection("_superusers"), ID)
    run('DELETE FROM "_superusers" WHERE email != %s', "root@example.com")
    with pytest.raises(RecordGone):
        delete_stored_record(read)
    with pytest.raises(BadRequest, match="only existing superuser"):
        delete_stored_record(find_record(find_collection("_superusers"), "superuser000001"))


# --- the ORM ----------------------------------------------------------------------------------------------


def test_save_writes_what_was_changed_on_the_instance(c, path):
    model = collection_model("c")
    one, two = model.objects.get(pk=ID), model.objects.get(pk=ID)
    one.t = "of the first"
    one.save()
    two.n = 3
    two.s.append("b")
    two.save()
    stored = find_record(c, ID)
    assert (stored["t"], stored["n"], stored["s"]) == ("of the first", 3, ["a", "b"])
    assert two.t == "of the first"


def test_save_writes_the_fields_that_are_named(c, path):
    one = collection_model("c").objects.get(pk=ID)
    changing("c", t="theirs", n=20)()
    one.save(update_fields=["t"])
    stored = find_record(c, ID)
    assert (stored["t"], stored["n"]) == ("text", 20)


@pytest.mark.parametrize(
    "read", [lambda one: one.refresh_from_db(), lambda one: one.refresh_from_db(fields=["t"])]
)
def test_what_was_read_again_is_no_change(c, path, read):
    one = collection_model("c").objects.get(pk=ID)
    one.t = "never saved"
    changing("c", t="theirs")()
    read(one)
    changing("c", t="later")()
    one.save()
    assert find_record(c, ID)["t"] == "later"


def test_instance_keeps_up_with_what_it_saved(c, path):
    one = collection_model("c").objects.get(pk=ID)
    for number in (1, 2):
        one.n = number
        one.save()
        changing("c", t=f"theirs {number}")()
    one.save()
    stored = find_record(c, ID)
    assert (stored["t"], stored["n"]) == ("theirs 2", 2)


def test_instance_that_was_made_by_hand_is_written_as_it_is(c, path):
    collection_model("c")(pk=ID, t="by hand").save()
    stored = find_record(c, ID)
    assert (stored["t"], stored["n"]) == ("by hand", 0)


def test_instance_whose_record_went_is_made_anew(c, path):
    one = collection_model("c").objects.get(pk=ID)
    deleting("c")()
    one.save()
    assert (find_record(c, ID)["t"], find_record(c, ID)["n"]) == ("text", 10)


def test_save_goes_from_what_is_stored(c, path, meanwhile):
    one = collection_model("c").objects.get(pk=ID)
    one.t = "ours"
    one.f = [ContentFile(b"x", "ours.txt")]
    meanwhile(changing("c", n=20))
    one.save()
    stored = find_record(c, ID)
    assert (stored["t"], stored["n"], one.n, files_of(c, ID)) == ("ours", 20, 20, ["ours_*.txt"])


def test_save_and_delete_of_a_record_that_goes(c, path, meanwhile):
    model = collection_model("c")
    one = model.objects.get(pk=ID)
    one.t = "ours"
    meanwhile(deleting("c"))
    with pytest.raises(ObjectDoesNotExist, match="deleted meanwhile"):
        one.save()
    assert model.objects.count() == 0
    one.save()
    meanwhile(deleting("c"))
    assert one.delete() == (0, {})
    meanwhile(deleting("c"))
    assert model.objects.filter(pk=ID).delete() == (0, {})


# --- PostgreSQL's locks -----------------------------------------------------------------------------------


def advisory_locks():
    """The keys of the advisory locks that this transaction holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT classid::int, objid::int FROM pg_locks "
            "WHERE locktype = 'advisory' AND pid = pg_backend_pid() ORDER BY 1, 2"
        )
        return cursor.fetchall()


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="on SQLite a transaction has the database to itself"
)
def test_who_makes_an_account_looks_alone_whether_its_id_is_free(account):
    assert advisory_locks() == [(2, 0)]


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="on SQLite a transaction has the database to itself"
)
def test_batch_keeps_others_from_all_its_records_before_it_begins(design, guest, c, path):
    design("PATCH", "settings", {"batch": {"enabled": True}})
    items = [
        {"method": "DELETE", "url": f"/api{path}"},
        {"method": "PUT", "url": f"/api{records_path(c)}", "body": {"id": ID}},
        {"method": "PUT", "url": f"/api{records_path(c)}", "body": {"id": "upserted0000001"}},
        {"method": "POST", "url": f"/api{records_path(c)}", "body": {}},
    ]
    assert design("POST", "batch", {"requests": items})[0] == 200
    assert [kind for kind, _ in advisory_locks()].count(1) == 2


# --- the fast lane ----------------------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no fast lane")
def test_inline_write_that_finds_another_row_goes_to_the_pool(path):
    def outrun():
        try:
            write('UPDATE "c" SET "n" = ? WHERE "id" = ? AND ("n") IS (?)', (1, ID, 99))
        finally:
            seen.append(has_written_inline())

    seen = []
    before = lanes.unrepeatable_marks()
    with pytest.raises(NeedsPool):
        run_inline(outrun)
    assert (seen, lanes.unrepeatable_marks()) == ([False], before)


def test_update_of_a_record_is_one_statement(guest, path, monkeypatch):
    sent = []
    real = rows.write
    monkeypatch.setattr(
        "collections_app.records.writing.write_sql.write", lambda *args: sent.append(args) or real(*args)
    )
    monkeypatch.setattr(saving, "taken_row", None)
    assert guest("PATCH", path, {"n+": 1})[0] == 200
    assert len(sent) == 1
