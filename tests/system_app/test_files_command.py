"""`manage.py files copy | orphans`."""

import json
from datetime import timedelta
from io import StringIO
from unittest.mock import Mock

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from collections_app.records.storage import FileAttributes, record_storage
from files_app import copying, orphans
from files_app.local_storage import LocalRecordStorage
from files_app.s3_storage import S3RecordStorage
from realtime_app.feeds import Feeds
from system_app import copy_feed
from tests.files_app.s3_servers import Told, as_json, client_of, new_bucket
from tests.files_app.s3_servers import answer as server_answer
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db

PATHS = ["pbc_1/r1/a.txt", "pbc_1/r1/größe.txt"]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    backend = settings.STORAGES["records"]["BACKEND"]
    records = {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "records": records}
    save()
    return LocalRecordStorage(location=tmp_path)


@pytest.fixture
def s3():
    """A bucket that is configured and not yet switched on."""
    s3 = new_bucket()
    save(s3={**as_json(s3), "enabled": False})
    return S3RecordStorage(s3)


def put(storage, *paths, content=b"12345"):
    for path in paths:
        storage.store(path, ContentFile(content), FileAttributes("text/plain", "a.txt"))


def files(*args):
    """What the command says, and how it fails."""
    said, failed = StringIO(), ""
    try:
        call_command("files", *args, stdout=said, stderr=said)
    except CommandError as error:
        failed = str(error)
    return said.getvalue().splitlines(), failed


@pytest.fixture
def told(monkeypatch):
    """What other processes are told of copies, all of one id, which is left out."""
    others = Mock(**{"has_anybody.side_effect": lambda key: key == "feed copies"})
    feeds = Feeds(batch_seconds=3600)
    feeds.through(others)
    monkeypatch.setattr(copy_feed, "feeds", feeds)

    def told():
        entries = [
            json.loads(entry)
            for published in others.publish.call_args_list
            for entry in published.args[1]["entries"]
        ]
        assert len({entry["data"].pop("id") for entry in entries}) == 1
        return [(entry["event"], entry["data"]) for entry in entries]

    yield told
    feeds.stop()


def _pull_the_plug(*args):
    raise OSError("no network")


class TestCopy:
    def test_to_the_bucket_and_back(self, folder, s3):
        put(folder, *PATHS)
        said = ["Copied 2 files, checked by size and MD5; 0 were there already."]
        assert files("copy", "--to", "s3") == (said, "")
        folder.delete_prefix("pbc_1/")
        assert files("copy", "--to", "local") == (said, "")
        assert sorted(folder.list("")) == sorted(s3.list("")) == PATHS

    def test_who_watches_copies_is_told(self, folder, s3, told):
        put(folder, *PATHS)
        files("copy", "--to", "s3")
        counts = {"copied": 2, "there": 0, "different": 0, "gone": 0, "failed": 0}
        assert told() == [
            ("progress", {"to": "s3", "done": 2}),
            ("finished", {"to": "s3", "done": 2, "counts": counts}),
        ]

    def test_who_watches_copies_is_told_of_one_that_broke_off(self, folder, s3, told, monkeypatch):
        put(folder, *PATHS)
        monkeypatch.setattr(copying, "_note", _pull_the_plug)
        files("copy", "--to", "s3")
        assert told() == [("failed", {"to": "s3", "done": 0, "error": "no network"})]

    def test_what_differs_is_named_and_fails(self, folder, s3):
        put(folder, PATHS[0])
        put(s3, PATHS[0], content=b"other")
        said, failed = files("copy", "--to", "s3")
        assert said == [
            "Copied 0 files, checked by size and MD5; 0 were there already.",
            "1 files have another content there, and stay as they are (--overwrite):",
            f"  {PATHS[0]}",
        ]
        assert failed == "Not all files are there. What is missing is copied when this is run again."
        assert files("copy", "--to", "s3", "--overwrite")[1] == ""

    def test_without_a_bucket_there_is_nothing_to_do(self):
        said, failed = files("copy", "--to", "s3")
        assert (said, failed) == (
            [],
            "The settings name no bucket: s3.endpoint, bucket, region, accessKey, secret.",
        )

    def test_a_bucket_out_of_reach(self, folder, s3):
        save(s3={**as_json(new_bucket()), "endpoint": "http://127.0.0.1:1"})
        assert files("copy", "--to", "local")[1].startswith("The files are out of reach: Get ")


class TestOrphans:
    @pytest.fixture(autouse=True, params=["folder", "bucket"])
    def storage(self, request, monkeypatch, make_collection, folder):
        """The one that counts, with nothing else in it; and no other rows name files."""
        monkeypatch.setattr(orphans, "UNDER_WAY", timedelta(hours=-1))
        posts = make_collection("posts", id="pbc_1", fields=[{"type": "file", "name": "file"}])
        monkeypatch.setattr(orphans, "load_catalog", lambda: type("Catalog", (), {"collections": [posts]}))
        if request.param == "bucket":
            save(s3=as_json(new_bucket()))
        return record_storage()

    def test_they_are_told(self, storage):
        put(storage, *PATHS)
        assert files("orphans") == (
            [
                *(f"no row   {path}" for path in PATHS),
                "2 files without a row (10 bytes), to be deleted with --delete.",
                "0 files that rows name are missing.",
            ],
            "",
        )
        assert sorted(storage.list("")) == PATHS

    def test_they_are_deleted(self, storage):
        put(storage, *PATHS)
        assert files("orphans", "--delete") == (
            [
                *(f"deleted  {path}" for path in PATHS),
                "2 files without a row (10 bytes), deleted.",
                "0 files that rows name are missing.",
            ],
            "",
        )
        assert list(storage.list("")) == []


class TestBrokenOff:
    """Uploads in parts that nobody has finished."""

    RECORDS = "pbc_1/r1/a.txt"

    @pytest.fixture
    def begun(self, monkeypatch, settings, tmp_path):
        """Puts uploads of these keys into a bucket, long ago; says which are left."""
        monkeypatch.setattr(orphans, "load_catalog", lambda: Mock(collections=[]))
        settings.JOEY_BACKUPS_DIR = tmp_path / "backups"

        def begin(s3, *keys):
            client = client_of(S3RecordStorage(s3))
            for key in keys:
                client.create_multipart_upload(Bucket=s3.bucket, Key=key)
            return lambda: [
                one["Key"] for one in client.list_multipart_uploads(Bucket=s3.bucket).get("Uploads", ())
            ]

        return begin

    def test_those_of_records_and_backups_are_told_and_given_up(self, begun):
        files_s3, backups_s3 = new_bucket(), new_bucket()
        save(s3=as_json(files_s3), backups={"s3": as_json(backups_s3)})
        others = ["else/where.txt", "a/b/c.txt"]
        left = begun(files_s3, self.RECORDS, "a.zip", *others)
        left_backups = begun(backups_s3, "b.zip", self.RECORDS)
        told = [f"no end   {self.RECORDS}", "no end   b.zip"]
        assert files("orphans")[0] == [
            *told,
            "0 files without a row (0 bytes), to be deleted with --delete.",
            "2 uploads that were broken off, to be deleted with --delete.",
            "0 files that rows name are missing.",
        ]
        assert len(left()) == 4
        said, failed = files("orphans", "--delete")
        assert (said[:2], failed) == ([f"deleted  {self.RECORDS}", "deleted  b.zip"], "")
        assert (sorted(left()), left_backups()) == (["a.zip", "a/b/c.txt", "else/where.txt"], [self.RECORDS])

    def test_those_that_may_be_under_way_stay(self, begun, monkeypatch):
        # moto says of all uploads that they were begun in 2010.
        monkeypatch.setattr(orphans, "UPLOADED", timedelta(days=365 * 100))
        s3 = new_bucket()
        save(s3=as_json(s3))
        left = begun(s3, self.RECORDS)
        assert len(files("orphans", "--delete")[0]) == 2
        assert left() == [self.RECORDS]

    def test_a_bucket_that_does_not_tell(self, begun):
        server = Told(
            server_answer(200, b"<ListBucketResult></ListBucketResult>"),
            server_answer(501, b"<Error><Code>NotImplemented</Code></Error>"),
        )
        save(s3=as_json(server.s3))
        said, failed = files("orphans")
        server.stop()
        assert said[0].startswith("Uploads that were broken off are not known: 501 NotImplemented")
        assert failed == ""
