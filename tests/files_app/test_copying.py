"""Copying the files of records between folder and bucket."""

import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from collections_app.records.storage import FileAttributes
from files_app import copying
from files_app.copying import copy_files
from files_app.local_storage import LocalRecordStorage
from files_app.object_attributes import ObjectAttributes
from files_app.s3_storage import PART_BYTES, S3RecordStorage
from tests.files_app.s3_servers import answer, client_of

PLAIN = FileAttributes("text/plain; charset=utf-8", "Größe 1.txt")
PATHS = ["c1/r1/a.txt", "c1/r1/größe 1+&.txt", "c1/r1/thumbs_a.txt/10x10_a.txt", "c2/r1/中文.bin"]
SAID = ObjectAttributes(
    "text/css", "no-store", "inline", "gzip", "de", {"original-filename": "ä", "x": "1 2"}
)


def put(storage, *paths):
    for path in paths:
        storage.store(path, ContentFile(path.encode()), PLAIN)


def contents(storage):
    found = {}
    for path in storage.list(""):
        with storage.open(path) as content:
            found[path] = (content.read(), storage.attributes(path).content_type)
    return found


def counts(copied):
    return {outcome: count for outcome, count in copied.counts.items() if count}


@pytest.fixture(params=["s3", "local"])
def way(request, local, bucket):
    """The direction, its source and its target."""
    return (request.param, local, bucket) if request.param == "s3" else (request.param, bucket, local)


def test_all_files_arrive_and_none_leaves(way, local, bucket):
    to, source, target = way
    put(source, *PATHS)
    before = contents(source)
    steps = []
    assert counts(copy_files(local, bucket, to, progress=lambda: steps.append(1))) == {"copied": 4}
    assert contents(target) == contents(source) == before
    assert len(steps) == 4
    assert {target.attributes(path).original_name for path in PATHS} == {"Größe 1.txt"}


def test_a_second_copy_only_looks(way, local, bucket):
    to, source, target = way
    put(source, *PATHS)
    copy_files(local, bucket, to)
    put(source, "c1/r1/new.txt")
    assert counts(copy_files(local, bucket, to)) == {"copied": 1, "there": 4}


@pytest.mark.parametrize("theirs", [b"c1/r1/b.txt", b"short"], ids=["same_size", "another_size"])
def test_what_is_there_with_another_content_stays(way, local, bucket, theirs):
    to, source, target = way
    put(source, "c1/r1/a.txt")
    target.store("c1/r1/a.txt", ContentFile(theirs), PLAIN)
    copied = copy_files(local, bucket, to)
    assert (counts(copied), copied.different) == ({"different": 1}, ["c1/r1/a.txt"])
    assert contents(target)["c1/r1/a.txt"][0] == theirs
    assert counts(copy_files(local, bucket, to, overwrite=True)) == {"copied": 1}
    assert contents(target)["c1/r1/a.txt"][0] == b"c1/r1/a.txt"


def test_sidecars_become_metadata_and_sidecars_again(local, bucket, tmp_path_factory):
    bucket.put("c1/r1/a.css", ContentFile(b"a {}"), SAID)
    copy_files(local, bucket, "local")
    assert local.known_attributes("c1/r1/a.css") == SAID
    sidecar = json.loads(Path(local.path("c1/r1/a.css.attrs")).read_bytes())
    assert base64.b64decode(sidecar["md5"]).hex() == bucket.head("c1/r1/a.css")["ETag"].strip('"')
    bucket.delete("c1/r1/a.css")
    copy_files(local, bucket, "s3")
    again = LocalRecordStorage(location=tmp_path_factory.mktemp("again"))
    copy_files(again, bucket, "local")
    assert again.known_attributes("c1/r1/a.css") == SAID


def test_a_file_without_a_sidecar_is_copied_as_what_it_is(local, bucket):
    put(local, "c1/r1/a.txt")
    Path(local.path("c1/r1/a.txt.attrs")).unlink()
    assert counts(copy_files(local, bucket, "s3")) == {"copied": 1}
    assert bucket.attributes("c1/r1/a.txt").content_type == "application/octet-stream"


def test_the_time_of_a_file_comes_along_to_the_folder(local, bucket):
    put(bucket, "c1/r1/a.txt")
    copy_files(local, bucket, "local")
    assert local.attributes("c1/r1/a.txt").modified == bucket.attributes("c1/r1/a.txt").modified


def test_only_the_server_can_read_what_arrives(bucket, tmp_path):
    local = LocalRecordStorage(location=tmp_path, file_permissions_mode=0o600)
    put(bucket, "c1/r1/a.txt")
    copy_files(local, bucket, "local")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.txt*")} == {0o600}


@pytest.mark.parametrize("part_bytes", [PART_BYTES, 6 * 1024 * 1024, 7 * 1024 * 1024])
def test_what_was_uploaded_in_parts_is_known_again(local, bucket, monkeypatch, part_bytes):
    """By us, by PocketBase, and by somebody whose parts nobody knows: then the content itself is read."""
    content = os.urandom(13 * 1024 * 1024)
    with monkeypatch.context() as patched:
        patched.setattr("files_app.s3_storage.PART_BYTES", part_bytes)
        bucket.store("c1/r1/a.bin", ContentFile(content), PLAIN)
    assert "-" in bucket.head("c1/r1/a.bin")["ETag"]
    assert counts(copy_files(local, bucket, "local")) == {"copied": 1}
    opened = []
    open_object = S3RecordStorage.open
    monkeypatch.setattr(
        S3RecordStorage, "open", lambda self, path: opened.append(path) or open_object(self, path)
    )
    assert counts(copy_files(local, bucket, "s3")) == {"there": 1}
    assert len(opened) == (part_bytes == 7 * 1024 * 1024)


class TestFailures:
    def test_what_arrives_damaged_is_not_kept(self, local, bucket, monkeypatch):
        put(bucket, "c1/r1/a.txt")
        monkeypatch.setattr(copying, "_has_hash", lambda *args: False)
        copied = copy_files(local, bucket, "local")
        assert (counts(copied), copied.failed) == (
            {"failed": 1},
            [("c1/r1/a.txt", "the file is not what the bucket has")],
        )
        assert not Path(local.path("c1/r1")).exists()

    def test_a_file_that_changes_while_it_is_copied_is_copied_anew(self, local, bucket, monkeypatch):
        put(local, "c1/r1/a.txt")
        upload = bucket.put

        def changing(path, content, attributes):
            upload(path, content, attributes)
            local.store(path, ContentFile(b"another text"), PLAIN)

        with monkeypatch.context() as patched:
            patched.setattr(bucket, "put", changing)
            assert counts(copy_files(local, bucket, "s3")) == {"failed": 1}
        assert list(bucket.list("")) == []
        assert counts(copy_files(local, bucket, "s3")) == {"copied": 1}
        assert contents(bucket)["c1/r1/a.txt"][0] == b"another text"

    def test_a_server_that_is_gone_costs_no_file(self, local, bucket, told):
        put(local, "c1/r1/a.txt", "c1/r1/b.txt")
        server = told(answer(503))
        copied = copy_files(local, S3RecordStorage(server.s3), "s3")
        assert counts(copied) == {"failed": 2}
        assert counts(copy_files(local, bucket, "s3")) == {"copied": 2}

    def test_one_that_goes_away_in_the_middle_of_a_download(self, local, told):
        listing = b"<ListBucketResult><Contents><Key>c1/r1/a.txt</Key></Contents></ListBucketResult>"
        modified = datetime(2026, 1, 1, tzinfo=UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")

        def send(connection):
            method = connection.server.seen[-1][0]
            if len(connection.server.seen) == 1:
                answer(200, listing)(connection)
            else:
                body = b"" if method == "HEAD" else b"hel"
                answer(200, body, length=5, ETag='"x"', Last_Modified=modified)(connection)

        copied = copy_files(local, S3RecordStorage(told(send).s3), "local")
        assert counts(copied) == {"failed": 1}
        assert not Path(local.path("c1/r1")).exists()

    @pytest.mark.parametrize("key", ["../../outside.txt", "/outside.txt", "c1/r1/a.txt.attrs"])
    def test_keys_that_are_no_names_of_files(self, local, bucket, tmp_path, key):
        client_of(bucket).put_object(Bucket=bucket.bucket_name, Key=key, Body=b"a")
        put(bucket, "c1/r1/a.txt")
        copied = copy_files(local, bucket, "local")
        assert counts(copied) == {"copied": 1, "failed": 1}
        assert list(local.list("")) == ["c1/r1/a.txt"]

    def test_a_file_that_is_deleted_meanwhile_is_none(self, local, bucket, monkeypatch):
        put(bucket, "c1/r1/a.txt")
        head = bucket.head
        client = client_of(bucket)

        def deleting(path):
            client.delete_object(Bucket=bucket.bucket_name, Key=path)
            return head(path)

        monkeypatch.setattr(bucket, "head", deleting)
        assert counts(copy_files(local, bucket, "local")) == {"gone": 1}
