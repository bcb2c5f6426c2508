"""Where the files of records go, by the settings of the moment."""

import pytest
from django.core.files.base import ContentFile

from collections_app.lanes import sends_files_on
from collections_app.records.storage import FileAttributes, files_are_remote, record_storage
from files_app.local_storage import LocalRecordStorage
from files_app.s3_storage import S3RecordStorage
from platform_app.runtime_settings.current import current
from tests.files_app.s3_servers import as_json, new_bucket
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db

PATH = "c1/r1/a.txt"


@pytest.fixture(autouse=True)
def _here(settings, tmp_path):
    backend = settings.STORAGES["records"]["BACKEND"]
    records = {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "records": records}
    save()


def put(content):
    record_storage().store(PATH, ContentFile(content), FileAttributes("text/plain", "a.txt"))


def content():
    with record_storage().open(PATH) as stored:
        return stored.read()


def test_a_folder_counts_until_s3_is_on():
    assert isinstance(record_storage(), LocalRecordStorage)
    assert not files_are_remote()


def test_the_settings_switch_between_folder_and_buckets():
    first, second = new_bucket(), new_bucket()
    put(b"folder")
    save(s3=as_json(first))
    assert files_are_remote()
    with pytest.raises(FileNotFoundError):
        content()
    put(b"first")
    save(s3=as_json(second))
    put(b"second")
    save(s3=as_json(first))
    assert content() == b"first"
    save(s3={**as_json(first), "enabled": False})
    assert content() == b"folder"


def test_who_is_at_work_keeps_the_bucket():
    save(s3=as_json(new_bucket()))
    put(b"x" * 1_000_000)
    storage = record_storage()
    with storage.open(PATH) as reader:
        save()
        assert reader.read() == b"x" * 1_000_000
    assert storage.attributes(PATH).size_bytes == 1_000_000


def test_a_bucket_is_made_once_for_the_same_settings():
    s3 = new_bucket()
    save(s3=as_json(s3))
    storage = record_storage()
    save(s3=as_json(s3), meta={"appName": "Another"})
    assert record_storage() is storage
    assert isinstance(storage, S3RecordStorage)


def test_the_typed_settings_are_those_of_their_groups():
    files, backups = new_bucket(), new_bucket()
    save(s3=as_json(files), backups={"s3": as_json(backups)})
    assert (current().s3, current().backups_s3) == (files, backups)
    assert "secret'" not in repr(current().s3)


FORM = {"headers": [(b"content-type", b"Multipart/Form-Data; boundary=x")]}
JSON = {"headers": [(b"content-type", b"application/json")]}


@pytest.mark.parametrize(
    ("scope", "is_on", "waits"),
    [
        pytest.param(FORM, True, True, id="form"),
        pytest.param(JSON, True, False, id="json"),
        pytest.param({"headers": []}, True, False, id="nothing"),
        pytest.param(FORM, False, False, id="form_for_the_folder"),
    ],
)
def test_what_may_bring_files_for_a_bucket_runs_where_waiting_is_allowed(scope, is_on, waits):
    save(s3={**as_json(new_bucket()), "enabled": is_on})
    assert sends_files_on(scope, 10) is waits
