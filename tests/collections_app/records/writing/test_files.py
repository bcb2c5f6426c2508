"""Files in record writes: stored, kept, replaced, removed (contract/records.md 6.3)."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from collections_app.events import (
    record_create,
    record_create_execute,
    record_delete,
    record_delete_execute,
    record_update,
)
from collections_app.fields.file_names import PendingFile
from collections_app.records.querying.finding import find_record
from collections_app.records.writing import saving
from tests.collections_app.records.writing.sending import codes, files_of, records_path, without_random

ID = "file00000000001"

pytestmark = pytest.mark.usefixtures("committing")


@pytest.fixture
def stored(guest, c):
    """A record with the files first and second, and one alone."""
    parts = [
        ("id", ID),
        ("f", ("first.txt", b"1")),
        ("f", ("second.TXT", b"2")),
        ("f1", ("one.tar.gz", b"3")),
    ]
    status, record = guest.form("POST", records_path(c), parts)
    assert status == 200
    return record


def shown(record):
    return [without_random(name) for name in record["f"]], without_random(record["f1"])


def test_new_files_are_stored_under_their_names(c, stored):
    assert shown(stored) == (["first_*.txt", "second_*.TXT"], "one_*.tar.gz")
    assert files_of(c, ID) == ["first_*.txt", "one_*.tar.gz", "second_*.TXT"]
    folder = Path(settings.JOEY_STORAGE_DIR) / c.id / ID
    assert (folder / stored["f"][0]).read_bytes() == b"1"
    assert json.loads((folder / f"{stored['f'][0]}.attrs").read_text()) == {
        "user.cache_control": "",
        "user.content_disposition": "",
        "user.content_encoding": "",
        "user.content_language": "",
        "user.content_type": "text/plain; charset=utf-8",
        "user.metadata": {"original-filename": "first.txt"},
        "md5": "xMpCOKC5I4INzFCab3WEmw==",
    }


@pytest.mark.parametrize(
    ("parts", "names", "one"),
    [
        pytest.param([("f+", ("new.txt", b"n"))], ["first", "second", "new"], "one", id="append"),
        pytest.param([("+f", ("new.txt", b"n"))], ["new", "first", "second"], "one", id="prepend"),
        pytest.param([("f-", "{first}")], ["second"], "one", id="remove"),
        pytest.param([("f-", "{first}"), ("f+", ("new.txt", b"n"))], ["second", "new"], "one", id="exchange"),
        pytest.param([("f", ("new.txt", b"n"))], ["new"], "one", id="replace_all"),
        pytest.param([("f", "{second}"), ("f", ("new.txt", b"n"))], ["second", "new"], "one", id="keep_some"),
        pytest.param([("f", "")], [], "one", id="clear"),
        pytest.param([("f", "{second}"), ("f", "{first}")], ["second", "first"], "one", id="reorder"),
        pytest.param([("f1", ("new.gz", b"n"))], ["first", "second"], "new", id="replace_one"),
        pytest.param(
            [("f1", ("a.gz", b"n")), ("f1", ("new.gz", b"n"))], ["first", "second"], "new", id="last"
        ),
        pytest.param([("f1-", "{one}")], ["first", "second"], "", id="remove_one"),
        pytest.param([("f-", ("x.txt", b"no name"))], ["first", "second"], "one", id="upload_to_remove"),
        pytest.param([("t", ("x.txt", b"no file field"))], ["first", "second"], "one", id="text_field"),
    ],
)
def test_an_update_keeps_and_drops_files(guest, c, stored, parts, names, one):
    known = {"{first}": stored["f"][0], "{second}": stored["f"][1], "{one}": stored["f1"]}
    sent = [(name, known.get(value, value) if isinstance(value, str) else value) for name, value in parts]
    status, record = guest.form("PATCH", records_path(c, ID), sent)
    assert status == 200
    assert [name.rpartition("_")[0] for name in record["f"]] == names
    assert record["f1"].rpartition("_")[0] == one
    assert [name.partition("_")[0] for name in files_of(c, ID)] == sorted(filter(None, [*names, one]))


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        pytest.param([("f", ("big.txt", b"x" * 1001))], "validation_file_size_limit", id="too_big"),
        pytest.param(
            [("f", (f"{n}.txt", b"x")) for n in range(6)], "validation_too_many_files", id="too_many"
        ),
        pytest.param([("f", "unknown.txt"), ("f", ("a.txt", b"x"))], "validation_invalid_file", id="unknown"),
    ],
)
def test_refused_files_leave_nothing_behind(guest, c, stored, parts, code):
    answer = guest.form("PATCH", records_path(c, ID), parts)
    assert codes(answer) == (400, "Failed to update record.", {"f": code})
    assert files_of(c, ID) == ["first_*.txt", "one_*.tar.gz", "second_*.TXT"]
    status, _, _ = codes(guest.form("POST", records_path(c), [("id", "file00000000002"), *parts]))
    assert (status, folder_exists(c, "file00000000002")) == (400, False)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([("f1", ("a.attrs", b"x"))], id="one"),
        pytest.param([("f1", ("a.txt.attrs", b"x"))], id="after_another_extension"),
        pytest.param([("f1", ("a.att rs", b"x"))], id="once_blanks_are_dropped"),
        pytest.param([("f1", ("a.attrs.", b"x"))], id="once_dots_are_dropped"),
        pytest.param([("f1", ("x.verylongextension12345.attrs", b"x"))], id="once_cut"),
        pytest.param([("f+", ("a.txt", b"x")), ("f+", ("b.attrs", b"x"))], id="appended"),
        pytest.param([("+f", ("b.attrs", b"x"))], id="prepended"),
    ],
)
def test_names_of_sidecars_cannot_be_uploaded(guest, c, stored, caplog, parts):
    refusal = {"data": {}, "message": "Failed to update record.", "status": 400}
    assert guest.form("PATCH", records_path(c, ID), parts) == (400, refusal)
    assert files_of(c, ID) == ["first_*.txt", "one_*.tar.gz", "second_*.TXT"]
    refusal = {"data": {}, "message": "Failed to create record.", "status": 400}
    answer = guest.form("POST", records_path(c), [("id", "file00000000002"), *parts])
    assert (answer, folder_exists(c, "file00000000002")) == ((400, refusal), False)
    assert not caplog.records  # a guest's mistake is none of ours


@pytest.mark.parametrize("name", ["a.ATTRS", "a.attrs.txt", "attrs"])
def test_names_that_only_look_like_those_of_sidecars_can(guest, c, stored, name):
    assert guest.form("PATCH", records_path(c, ID), [("f1", (name, b"x"))])[0] == 200


def test_a_batch_with_the_name_of_a_sidecar_writes_nothing(guest, root, c, stored):
    root("PATCH", "/settings", {"batch": {"enabled": True}})
    items = [{"method": "POST", "url": f"/api{records_path(c)}", "body": {"id": "file00000000002"}}]
    parts = [("@jsonPayload", json.dumps({"requests": items})), ("requests.0.f1", ("a.attrs", b"x"))]
    status, body = guest.form("POST", "/batch", parts)
    inner = body["data"]["requests"]["0"]["response"]
    assert (status, inner) == (400, {"data": {}, "message": "Failed to create record.", "status": 400})
    assert not folder_exists(c, "file00000000002")


def folder_exists(collection, record_id):
    return (Path(settings.JOEY_STORAGE_DIR) / collection.id / record_id).exists()


def test_json_keeps_removes_and_reorders(guest, c, stored):
    first, second = stored["f"]
    assert guest("PATCH", records_path(c, ID), {"f": [second, first]})[1]["f"] == [second, first]
    assert guest("PATCH", records_path(c, ID), {"f-": [first, "nope"]})[1]["f"] == [second]
    answer = guest("PATCH", records_path(c, ID), {"f+": "nope.txt"})
    assert codes(answer)[2] == {"f": "validation_invalid_file"}
    assert guest("PATCH", records_path(c, ID), {"f": None, "f1": []})[1]["f"] == []
    assert files_of(c, ID) == []


def test_thumbs_go_with_their_file(guest, c, stored):
    folder = Path(settings.JOEY_STORAGE_DIR) / c.id / ID
    thumbs = folder / f"thumbs_{stored['f1']}"
    thumbs.mkdir()
    (thumbs / "100x100").write_bytes(b"")
    assert guest("PATCH", records_path(c, ID), {"f1": ""})[0] == 200
    assert not thumbs.exists()


def test_a_deleted_record_takes_its_folder_along(guest, c, stored):
    assert guest("DELETE", records_path(c, ID)) == (204, None)
    assert not folder_exists(c, ID)


def test_a_taken_id_leaves_the_other_records_files(guest, c, stored):
    answer = guest.form("POST", records_path(c), [("id", ID), ("f", ("new.txt", b"n"))])
    assert codes(answer)[2] == {"id": "validation_not_unique"}
    assert files_of(c, ID) == ["first_*.txt", "one_*.tar.gz", "second_*.TXT"]


def test_a_hook_that_fails_after_the_row_takes_row_and_files_back(guest, c):
    def fail(event, **kwargs):
        yield
        raise RuntimeError("after the row")

    record_create_execute.connect(fail, dispatch_uid="fail")
    try:
        status, _, _ = codes(guest.form("POST", records_path(c), [("id", ID), ("f", ("new.txt", b"n"))]))
    finally:
        record_create_execute.disconnect(dispatch_uid="fail")
    assert (status, folder_exists(c, ID)) == (400, False)
    assert guest("GET", records_path(c, ID))[0] == 404


@pytest.mark.parametrize(
    ("hook", "method", "left"),
    [
        (record_create, "POST", ["new_*.txt"]),
        (record_update, "PATCH", ["new_*.txt"]),
        (record_delete, "DELETE", []),
        (record_delete_execute, "DELETE", []),
    ],
    ids=["create", "update", "delete", "delete_execute"],
)
def test_a_hook_that_fails_after_the_commit_changes_nothing_about_the_files(guest, c, hook, method, left):
    """Its transaction is over, so the row is as it was written: what it names is there, and nothing else."""

    def fail(event, **kwargs):
        yield
        raise RuntimeError("after the commit")

    path = records_path(c)
    if method != "POST":
        assert guest.form("POST", path, [("id", ID), ("f", ("old.txt", b"o"))])[0] == 200
        path = records_path(c, ID)
    hook.connect(fail, dispatch_uid="fail")
    try:
        if method == "DELETE":
            status, _ = guest("DELETE", path)
        else:
            status, _ = guest.form(method, path, [("id", ID), ("f", ("new.txt", b"n"))])
    finally:
        hook.disconnect(dispatch_uid="fail")
    assert (status, files_of(c, ID)) == (400, left)
    status, record = guest("GET", records_path(c, ID))
    assert status == (200 if left else 404)
    if left:
        assert (Path(settings.JOEY_STORAGE_DIR) / c.id / ID / record["f"][0]).read_bytes() == b"n"


def test_a_storage_that_fails_leaves_no_row(guest, c, monkeypatch):
    def fail(record, stored):
        raise OSError("disk full")

    monkeypatch.setattr(saving, "store_pending_files", fail)
    status, _, _ = codes(guest.form("POST", records_path(c), [("id", ID), ("f", ("new.txt", b"n"))]))
    assert status == 400
    assert guest("GET", records_path(c, ID))[0] == 404


@pytest.mark.parametrize("name", ["..", ".hidden", "a/../../b.txt", "é.txt", "x" * 300 + ".txt", "a\tb.txt"])
def test_awkward_names_stay_inside_the_folder(guest, c, name):
    head = f'--B\r\nContent-Disposition: form-data; name="f1"; filename="{name}"\r\n\r\n'
    body = head.encode() + b"x\r\n--B--\r\n"
    status, record = guest.raw("POST", records_path(c), body, "multipart/form-data; boundary=B")
    assert status == 200
    assert files_of(c, record["id"]) == [without_random(record["f1"])]


@pytest.mark.parametrize("name", ["folder/name.txt", "name.txt/", "folder/name.txt//"])
def test_only_the_last_element_of_a_path_counts(guest, c, name):
    head = f'--B\r\nContent-Disposition: form-data; name="f1"; filename="{name}"\r\n\r\n'
    body = head.encode() + b"x\r\n--B--\r\n"
    status, record = guest.raw("POST", records_path(c), body, "multipart/form-data; boundary=B")
    assert (status, without_random(record["f1"])) == (200, "name_*.txt")


def test_concurrent_changes_leave_no_orphan(c, guest, stored):
    """Of two updates that read the same record, the later one removes what the earlier one stored."""
    one, other = find_record(c, ID), find_record(c, ID)
    for record, name in [(one, "one.txt"), (other, "other.txt")]:
        record["f1"] = PendingFile.from_bytes(name, b"x")
        saving.save_record(record)
    assert files_of(c, ID) == ["first_*.txt", "other_*.txt", "second_*.TXT"]
