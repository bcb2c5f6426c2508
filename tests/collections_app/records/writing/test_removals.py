"""Files leave a storage on the network beside answers, in the order in which they were let go."""

import pytest

from collections_app.fields.file_names import PendingFile
from collections_app.records.writing import removals
from collections_app.records.writing.files import remove_record_files
from collections_app.records.writing.removals import remove
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.submitted import new_record
from platform_app.requests.held_answers import collect, run_errand


class Storage:
    """Notes what is deleted; `failing` paths raise."""

    def __init__(self):
        self.deleted = []
        self.failing = set()

    def delete(self, path):
        self.deleted.append(path)
        if path in self.failing:
            raise OSError("the server is gone")

    delete_prefix = delete


@pytest.fixture
def storage(monkeypatch):
    storage = Storage()
    monkeypatch.setattr(removals, "record_storage", lambda: storage)
    return storage


@pytest.fixture(params=[True, False], ids=["remote", "local"])
def is_remote(request, monkeypatch):
    for module in ("removals", "files"):
        name = f"collections_app.records.writing.{module}.files_are_remote"
        monkeypatch.setattr(name, lambda: request.param)
    return request.param


def test_a_request_does_not_wait_for_the_network(storage, is_remote):
    paths = [f"c/r/{number}.txt" for number in range(1000)]
    _, held = collect(lambda: [remove(path) for path in paths])
    assert storage.deleted == ([] if is_remote else paths)
    if is_remote:
        # One errand for all: as many would be more than may wait.
        assert len(held.beside) == 1
        run_errand(held.beside[0])
        assert storage.deleted == paths


@pytest.mark.parametrize("is_remote", [True], indirect=True)
def test_what_a_request_that_failed_left_is_done_by_the_next(storage, is_remote):
    def fails():
        remove("c/r/a.txt")
        raise LookupError

    with pytest.raises(LookupError):
        collect(fails)
    _, held = collect(lambda: remove("c/r/b.txt"))
    run_errand(held.beside[0])
    assert storage.deleted == ["c/r/a.txt", "c/r/b.txt"]


def test_what_will_not_go_is_told_and_keeps_nothing_from_going(storage, is_remote, caplog):
    storage.failing = {"c/r/a.txt"}
    remove("c/r/a.txt")
    remove("c/r/")
    assert storage.deleted == ["c/r/a.txt", "c/r/"]
    assert [record.getMessage() for record in caplog.records] == [
        "cannot delete the files at c/r/a.txt: the server is gone"
    ]


def test_a_storage_that_cannot_be_had_is_told(monkeypatch, caplog):
    def gone():
        raise OSError("no address")

    monkeypatch.setattr(removals, "record_storage", gone)
    remove("c/r/")
    assert [record.getMessage() for record in caplog.records] == [
        "cannot delete the files at c/r/: no address"
    ]


def test_records_without_file_fields_cost_no_request(storage, is_remote, make_collection):
    record = new_record(make_collection("plain", fields=[{"type": "text", "name": "t"}]))
    record.values["id"] = "aaaaaaaaaaaaaaa"
    remove_record_files(record)
    folder = f"{record.collection.id}/aaaaaaaaaaaaaaa/"
    assert storage.deleted == ([] if is_remote else [folder])


@pytest.mark.usefixtures("committing")
def test_what_a_record_lets_go(storage, is_remote, c):
    record = new_record(c)
    record.values["f1"] = PendingFile.from_bytes("a.txt", b"a")
    save_record(record)
    name, folder = record["f1"], f"{c.id}/{record.id}"
    record.values["f1"] = ""
    save_record(record)
    assert storage.deleted == [f"{folder}/{name}", f"{folder}/thumbs_{name}/"]
    storage.deleted.clear()
    delete_stored_record(record)
    assert storage.deleted == [f"{folder}/"]
