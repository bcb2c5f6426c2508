"""The files of records in a bucket: how they lie there, and servers that are slow, wrong or gone."""

import io
import threading
import time
from contextlib import suppress
from functools import partial

import pytest
from django.core.files.base import ContentFile, File

from collections_app.records.storage import FileAttributes
from files_app import s3_storage, s3_transport
from files_app.object_attributes import ObjectAttributes
from files_app.s3_errors import S3Refused, S3Unreachable
from files_app.s3_names import key_of, path_of
from files_app.s3_storage import S3RecordStorage
from platform_app.outgoing.patience import at_most
from platform_app.requests.file_answers import Span
from tests.files_app.s3_servers import (
    answer,
    client_of,
    credentials_checked,
    drip,
    new_bucket,
    settings_for,
    silence,
)

PATH = "c1/r1/a.txt"
PLAIN = FileAttributes("text/plain; charset=utf-8", "Größe 1.txt")


def put(storage, path=PATH, content=b"hello"):
    storage.store(path, ContentFile(content), PLAIN)


def raw(storage, key=PATH):
    return client_of(storage).head_object(Bucket=storage.bucket_name, Key=key)


class TestObjects:
    def test_type_and_name_are_kept_as_the_reference_keeps_them(self, bucket):
        put(bucket)
        found = raw(bucket)
        assert (found["ContentType"], found["Metadata"], found["ETag"]) == (
            "text/plain; charset=utf-8",
            {"original-filename": "Gr%C3%B6%C3%9Fe%201.txt"},
            '"5d41402abc4b2a76b9719d911017c592"',
        )

    def test_a_file_without_a_name_has_no_header_for_one(self, bucket):
        bucket.store(PATH, ContentFile(b"hello"), FileAttributes("image/png", ""))
        assert raw(bucket)["Metadata"] == {}
        assert bucket.attributes(PATH).original_name == ""

    def test_all_attributes_go_there_and_back(self, bucket):
        attributes = ObjectAttributes(
            "text/css", "no-store", "inline", "gzip", "de", {"original-filename": "ä.css", "x": "1 2"}
        )
        bucket.put(PATH, ContentFile(b"packed"), attributes)
        assert s3_storage.known_attributes(bucket.head(PATH)) == attributes

    def test_packed_content_is_passed_on_as_it_is(self, bucket):
        bucket.put(PATH, ContentFile(b"\x1f\x8bpacked"), ObjectAttributes(content_encoding="gzip"))
        with bucket.open(PATH) as content:
            assert content.read() == b"\x1f\x8bpacked"
        assert bucket.attributes(PATH).size_bytes == 8

    @pytest.mark.parametrize(
        ("path", "key"),
        [
            pytest.param("c/r/größe 1+%&.txt", "c/r/größe 1+%&.txt", id="as_it_is"),
            pytest.param("c/r/a\x01b\n.txt", "c/r/a__0x1__b__0xa__.txt", id="control_characters"),
            pytest.param("c/../a", "c/..__0x2f__a", id="parent"),
            pytest.param("c/.../a", "c/...__0x2f__a", id="three_dots"),
        ],
    )
    def test_keys_are_spelled_as_the_reference_spells_them(self, bucket, path, key):
        assert (key_of(path), path_of(key)) == (key, path)
        put(bucket, path)
        assert raw(bucket, key)["ContentLength"] == 5
        assert list(bucket.list("c/")) == [path]

    def test_a_file_that_the_reference_has_cut_the_key_of_is_found(self, bucket):
        path, cut = "c1/r1/nr_abcdefghij.#5.mp3", "c1/r1/nr_abcdefghij."
        client_of(bucket).put_object(Bucket=bucket.bucket_name, Key=cut, Body=b"theirs")
        assert bucket.attributes(path).size_bytes == 6
        with bucket.open(path) as content, bucket.open_known(path)[1] as known:
            assert (content.read(), known.read()) == (b"theirs", b"theirs")
        put(bucket, path, b"ours")
        with bucket.open(path) as content:
            assert content.read() == b"ours"
        bucket.delete(path)
        assert list(bucket.list("")) == []

    def test_a_thumb_is_never_one_of_another_size(self, bucket):
        client_of(bucket).put_object(Bucket=bucket.bucket_name, Key="c1/r1/thumbs_a.", Body=b"some size")
        with pytest.raises(FileNotFoundError):
            bucket.attributes("c1/r1/thumbs_a.#1.png/50x50_a.#1.png")

    @pytest.mark.parametrize("key", ["__0x__", "__0xzz__", "__0x110000__", "__0xd800__", "_0x2f_"])
    def test_what_is_no_spelling_is_a_name(self, key):
        assert path_of(key) == key

    def test_a_listing_has_more_than_one_page(self, bucket):
        def ask_for_three(params, **kwargs):
            params["MaxKeys"] = 3

        client_of(bucket).meta.events.register("provide-client-params.s3.ListObjectsV2", ask_for_three)
        paths = [f"c1/r1/{number}.txt" for number in range(8)]
        for path in paths:
            put(bucket, path)
        assert list(bucket.list("c1/r1/")) == paths
        bucket.delete_prefix("c1/")
        assert list(bucket.list("")) == []

    def test_of_many_objects_some_are_deleted_at_a_time(self, told):
        keys = [f"c1/r1/{number}.txt" for number in range(16)]
        together = threading.Barrier(8, timeout=30)

        def respond(connection):
            if len(connection.server.seen) in (1, 18):
                found = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
                keys.clear()
                answer(200, f"<ListBucketResult>{found}</ListBucketResult>".encode())(connection)
            else:
                together.wait()
                answer(204)(connection)

        server = told(respond)
        S3RecordStorage(server.s3).delete_prefix("c1/")
        assert [method for method, _ in server.seen] == ["GET", *["DELETE"] * 16, "GET"]

    def test_one_that_fails_ends_it(self, told):
        keys = [f"c1/r1/{number}.txt" for number in range(500)]
        found = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
        server = told(answer(200, f"<ListBucketResult>{found}</ListBucketResult>".encode()), answer(403))
        with pytest.raises(S3Refused):
            S3RecordStorage(server.s3).delete_prefix("c1/")
        assert len(server.seen) < len(keys)

    def test_the_objects_that_stand_for_folders_are_no_files(self, bucket):
        client_of(bucket).put_object(Bucket=bucket.bucket_name, Key="c1/r1/", Body=b"")
        assert list(bucket.list("c1/")) == []

    @pytest.mark.parametrize("prefix", ["/", "//"])
    def test_nothing_but_slashes_is_no_prefix(self, bucket, prefix):
        with pytest.raises(ValueError, match="no prefix"):
            bucket.delete_prefix(prefix)

    def test_what_the_environment_says_to_others_does_not_count(self, monkeypatch):
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
            monkeypatch.setenv(name, "nonsense")
        put(S3RecordStorage(new_bucket()))

    @pytest.mark.parametrize(
        ("endpoint", "is_path_style", "url"),
        [
            pytest.param("https://s3.example.com/", True, "https://s3.example.com/files", id="path"),
            pytest.param("s3.example.com/", True, "https://s3.example.com/files", id="no_scheme"),
            pytest.param("http://s3.example.com:9000", False, "http://files.s3.example.com:9000/", id="host"),
        ],
    )
    def test_where_requests_go(self, endpoint, is_path_style, url, monkeypatch):
        seen = []

        def send(self, request, **kwargs):
            seen.append(request.url.partition("?")[0])
            raise s3_transport.HTTPClientError(error="enough")

        monkeypatch.setattr(s3_transport.S3Transport, "send", send)
        storage = S3RecordStorage(settings_for(endpoint, is_path_style=is_path_style))
        with pytest.raises(OSError, match="enough"):
            list(storage.list("c1/"))
        assert set(seen) == {url}

    def test_an_endpoint_that_is_no_address(self):
        with pytest.raises(OSError, match="Invalid endpoint"):
            S3RecordStorage(settings_for("http://a_b.example.com:99999"))


class TestMemory:
    """A file of any size is a part, or a piece of what is read, at a time."""

    def test_a_large_upload_is_read_part_by_part(self, bucket, monkeypatch):
        class Endless(io.RawIOBase):
            left, most = 3 * s3_storage.PART_BYTES + 1, 0

            def read(self, size=-1):
                self.most = max(self.most, size if size >= 0 else self.left)
                taken = min(size, self.left)
                self.left -= taken
                return b"x" * taken

            def seek(self, offset, whence=0):
                return 0

        content = Endless()
        bucket.store(PATH, File(content, PATH), PLAIN)
        assert (content.left, content.most) == (0, s3_storage.PART_BYTES)
        assert raw(bucket)["ContentLength"] == 3 * s3_storage.PART_BYTES + 1
        assert raw(bucket)["ETag"].endswith('-4"')

    def test_a_file_of_too_many_parts_has_larger_ones(self, bucket, monkeypatch):
        monkeypatch.setattr(s3_storage, "MOST_PARTS", 2)
        put(bucket, content=b"x" * (2 * s3_storage.PART_BYTES + 1))
        assert raw(bucket)["ContentLength"] == 2 * s3_storage.PART_BYTES + 1
        assert raw(bucket)["ETag"].endswith('-2"')

    def test_of_a_large_object_only_what_is_read_is_fetched(self, told):
        server = told(answer(200, b"x" * 200_000, length=10**12, ETag='"a"'))
        with S3RecordStorage(server.s3).open(PATH) as content:
            assert content.read(100) == b"x" * 100
        assert len(server.seen) == 1

    def test_an_upload_that_fails_in_the_middle_leaves_no_parts(self, bucket, monkeypatch):
        class Broken(ContentFile):
            def read(self, size=-1):
                if self.tell():
                    raise OSError("the disk is gone")
                return super().read(size)

        with pytest.raises(OSError, match="the disk is gone"):
            bucket.store(PATH, Broken(b"x" * (s3_storage.PART_BYTES + 1)), PLAIN)
        uploads = client_of(bucket).list_multipart_uploads(Bucket=bucket.bucket_name)
        assert "Uploads" not in uploads
        assert list(bucket.list("")) == []


CALLS = [
    pytest.param(put, id="store"),
    pytest.param(lambda storage: put(storage, content=b"x" * s3_storage.PART_BYTES), id="store_parts"),
    pytest.param(lambda storage: storage.open(PATH), id="open"),
    pytest.param(lambda storage: storage.open_known(PATH), id="open_known"),
    pytest.param(lambda storage: storage.attributes(PATH), id="attributes"),
    pytest.param(lambda storage: storage.delete(PATH), id="delete"),
    pytest.param(lambda storage: storage.delete_prefix("c1/"), id="delete_prefix"),
    pytest.param(lambda storage: list(storage.list("c1/")), id="list"),
]


@pytest.mark.parametrize("call", CALLS)
class TestFailures:
    """Every call ends, with an OSError that says why; no server makes it wait for longer than it may."""

    def test_wrong_credentials(self, call):
        storage = S3RecordStorage(new_bucket())
        with credentials_checked(), pytest.raises(OSError) as caught:
            call(storage)
        assert isinstance(caught.value, S3Refused)
        assert caught.value.status == 403

    def test_nobody_listens(self, call, told):
        server = told(silence)
        server.stop()
        with pytest.raises(S3Unreachable, match="Connection refused"):
            call(S3RecordStorage(server.s3))

    def test_a_server_that_says_nothing(self, call, told, impatient):
        server = told(silence)
        with pytest.raises(S3Unreachable, match="no time left|timed out"):
            call(S3RecordStorage(server.s3))
        # Two attempts, and where parts were begun there was nothing to give up.
        assert 1 <= len(server.seen) <= 2

    def test_a_server_that_hangs_up(self, call, told):
        server = told(lambda connection: None)
        with pytest.raises(S3Unreachable):
            call(S3RecordStorage(server.s3))
        assert 1 <= len(server.seen) <= 2

    def test_an_answer_that_is_none(self, call, told):
        server = told(lambda connection: connection.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n"))
        with pytest.raises(S3Unreachable):
            call(S3RecordStorage(server.s3))

    def test_a_failing_server(self, call, told):
        server = told(answer(503, b"<Error><Code>SlowDown</Code><Message>later</Message></Error>"))
        with pytest.raises(OSError) as caught:
            call(S3RecordStorage(server.s3))
        assert caught.value.status == 503
        assert len(server.seen) == 2

    @pytest.mark.parametrize("status", [301, 302, 307])
    def test_a_redirect_is_not_followed(self, call, told, status):
        elsewhere = told(silence)
        server = told(answer(status, b"<html>Moved</html>", Location=elsewhere.s3.endpoint))
        with pytest.raises(OSError) as caught:
            call(S3RecordStorage(server.s3))
        assert (caught.value.status, elsewhere.seen, len(server.seen)) == (status, [], 1)
        assert elsewhere.s3.endpoint in str(caught.value)

    def test_another_region_is_refused(self, call, told):
        words = b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>"
        server = told(answer(400, words))
        with pytest.raises(OSError) as caught:
            call(S3RecordStorage(server.s3))
        assert (caught.value.status, len(server.seen)) == (400, 1)

    def test_an_error_without_an_end(self, call, told, monkeypatch):
        monkeypatch.setattr(s3_transport, "_MOST_BYTES", 1000)
        server = told(answer(400, b"x" * 100_000))
        with pytest.raises(OSError):
            call(S3RecordStorage(server.s3))

    def test_who_has_less_time_waits_for_less(self, call, told):
        server = told(silence)
        began = time.monotonic()
        with at_most(0.2), pytest.raises(S3Unreachable):
            call(S3RecordStorage(server.s3))
        # Far from the time that a request has by itself.
        assert time.monotonic() - began < s3_transport.SECONDS


@pytest.mark.parametrize(
    ("headers", "call"),
    [
        pytest.param({}, CALLS[4].values[0], id="no_last_modified"),
        pytest.param({}, CALLS[3].values[0], id="none_of_what_is_opened"),
        pytest.param({"Last_Modified": "yesterday"}, CALLS[4].values[0], id="a_date_that_is_none"),
        pytest.param({"Last_Modified": "yesterday"}, CALLS[2].values[0], id="in_a_download_too"),
        pytest.param({}, CALLS[1].values[0], id="no_number_of_an_upload"),
        pytest.param({}, CALLS[0].values[0], id="no_tag_of_what_was_stored"),
        pytest.param({}, CALLS[-1].values[0], id="no_list"),
    ],
)
def test_answers_that_make_no_sense(told, headers, call):
    with pytest.raises(S3Unreachable, match="makes no sense"):
        call(S3RecordStorage(told(answer(200, **headers)).s3))


BEGUN = b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"


@pytest.mark.parametrize("words", [b"", b"<html>It works!</html>"])
def test_an_end_of_an_upload_that_makes_no_sense(told, words):
    server = told(answer(200, BEGUN), answer(200, ETag='"a"'), answer(200, words))
    with pytest.raises(S3Unreachable, match="makes no sense"):
        put(S3RecordStorage(server.s3), content=b"x" * s3_storage.PART_BYTES)
    assert [method for method, _ in server.seen] == ["POST", "PUT", "POST", "DELETE"]


def test_a_server_has_longer_to_join_many_parts(told, impatient, monkeypatch):
    monkeypatch.setattr(s3_transport, "SECONDS_PER_PART", 10)

    def late(connection):
        connection.server.closing.wait(2 * s3_transport.SECONDS)
        answer(200, b"<CompleteMultipartUploadResult><ETag>a</ETag></CompleteMultipartUploadResult>")(
            connection
        )

    server = told(answer(200, BEGUN), answer(200, ETag='"a"'), late)
    put(S3RecordStorage(server.s3), content=b"x" * s3_storage.PART_BYTES)
    assert [method for method, _ in server.seen] == ["POST", "PUT", "POST"]


def test_an_upload_that_cannot_be_given_up_is_logged(told, caplog):
    server = told(answer(200, BEGUN), answer(403))
    with pytest.raises(S3Refused):
        put(S3RecordStorage(server.s3), content=b"x" * s3_storage.PART_BYTES)
    assert f"an upload to {PATH} stays unfinished" in caplog.text


def test_a_download_of_unknown_length_is_refused(told):
    def chunked(connection):
        connection.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n")

    with pytest.raises(S3Unreachable, match="no ContentLength"):
        S3RecordStorage(told(chunked).s3).open(PATH)


class TestKnown:
    """What is known of an object comes with its content."""

    @pytest.mark.parametrize(
        ("wanted", "begins_at", "content"),
        [
            pytest.param("", 0, b"hello world", id="all_of_it"),
            pytest.param("bytes=6-8", 6, b"wor", id="part"),
            pytest.param("bytes=6-", 6, b"world", id="to_the_end"),
            pytest.param("bytes=-3", 8, b"rld", id="from_the_end"),
        ],
    )
    def test_a_part_is_where_it_is(self, bucket, wanted, begins_at, content):
        put(bucket, content=b"hello world")
        stored, opened = bucket.open_known(PATH, wanted)
        with opened:
            assert (opened.tell(), opened.read(len(content))) == (begins_at, content)
            opened.seek(0)
            assert opened.read() == b"hello world"
        assert stored == bucket.attributes(PATH)

    @pytest.mark.parametrize("wanted", ["bytes=11-", "bytes=99-100"])
    def test_of_a_part_that_there_is_not_only_the_object_is_known(self, bucket, wanted):
        put(bucket, content=b"hello world")
        assert bucket.open_known(PATH, wanted) == (bucket.attributes(PATH), None)

    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param(answer(206, Content_Range="bytes 0--1/0"), id="a_part_of_nothing"),
            pytest.param(answer(200, b"hello world"), id="all_of_it"),
            pytest.param(answer(416), id="refused"),
        ],
    )
    def test_an_answer_that_is_not_the_part_is_asked_about(self, told, sent):
        modified = "Sun, 06 Nov 1994 08:49:37 GMT"
        server = told(sent, answer(200, length=11, Last_Modified=modified))
        stored, opened = S3RecordStorage(server.s3).open_known(PATH, "bytes=-7")
        assert (stored.size_bytes, opened) == (11, None)
        assert server.seen == [("GET", "bytes=-7"), ("HEAD", "")]

    def test_an_object_that_is_gone_is_not(self, told):
        server = told(answer(404, b"<Error><Code>NoSuchKey</Code></Error>"))
        with pytest.raises(FileNotFoundError):
            S3RecordStorage(server.s3).open_known(PATH, "bytes=-7")
        assert len(server.seen) == 1


class TestReading:
    """What goes wrong while an object is read."""

    def test_a_connection_that_breaks_is_taken_up_where_it_broke(self, told):
        server = told(
            answer(200, b"hello ", length=11, ETag='"v1"'),
            answer(206, b"world", Content_Range="bytes 6-10/11", ETag='"v1"'),
        )
        with S3RecordStorage(server.s3).open(PATH) as content:
            assert content.read() == b"hello world"
        assert server.seen == [("GET", ""), ("GET", "bytes=6-")]

    def test_one_that_always_breaks_is_given_up(self, told):
        server = told(
            answer(200, b"a", length=10, ETag='"v1"'),
            answer(206, b"b", length=9, Content_Range="bytes 1-9/10"),
            answer(206, b"c", length=8, Content_Range="bytes 2-9/10"),
        )
        with pytest.raises(S3Unreachable):
            S3RecordStorage(server.s3).open(PATH)
        assert len(server.seen) == 3

    def test_a_server_that_goes_away_in_the_middle(self, told):
        server = told(answer(200, b"x" * 1000, length=10**6))
        with S3RecordStorage(server.s3).open(PATH) as content:
            server.stop()
            with pytest.raises(S3Unreachable):
                content.read()

    def test_an_object_that_was_replaced_in_the_middle(self, told):
        server = told(
            answer(200, b"a", length=10, ETag='"v1"'),
            answer(412, b"<Error><Code>PreconditionFailed</Code></Error>"),
        )
        with pytest.raises(S3Refused):
            S3RecordStorage(server.s3).open(PATH)

    def test_a_part_that_breaks_is_taken_up_to_its_end(self, told):
        server = told(
            answer(206, b"wo", length=4, Content_Range="bytes 6-9/11", ETag='"v1"'),
            answer(206, b"rl", Content_Range="bytes 8-9/11", ETag='"v1"'),
        )
        with S3RecordStorage(server.s3).open(PATH, part=Span(6, 4)) as content:
            assert content.read(4) == b"worl"
        assert server.seen == [("GET", "bytes=6-9"), ("GET", "bytes=8-9")]

    @pytest.mark.parametrize(
        ("sent", "reason"),
        [
            pytest.param(answer(200, b"hello world"), "does not know ranges", id="all_of_it"),
            pytest.param(
                answer(206, b"hell", Content_Range="bytes 0-3/11"), "does not know ranges", id="another_part"
            ),
            pytest.param(
                answer(206, b"worl", Content_Range="bytes 6-9/*"), "makes no sense", id="of_unknown_size"
            ),
        ],
    )
    def test_what_is_not_the_part_is_refused(self, told, sent, reason):
        with pytest.raises(S3Unreachable, match=reason):
            S3RecordStorage(told(sent).s3).open(PATH, part=Span(6, 4))

    def test_a_server_that_knows_no_ranges(self, told):
        server = told(answer(200, b"x" * 200_000, ETag='"v1"'))
        with S3RecordStorage(server.s3).open(PATH) as content:
            content.seek(150_000)
            with pytest.raises(S3Unreachable, match="does not know ranges"):
                content.read()

    def test_a_server_that_drips(self, told, impatient):
        server = told(drip)
        with S3RecordStorage(server.s3).open(PATH) as content, pytest.raises(S3Unreachable):
            content.read(500_000)

    def test_a_small_object_is_asked_for_once_however_it_is_read(self, told):
        server = told(answer(200, b"hello world", ETag='"v1"'), silence)
        with S3RecordStorage(server.s3).open(PATH) as content:
            assert (content.read(), content.seek(6), content.read()) == (b"hello world", 6, b"world")
        assert server.seen == [("GET", "")]

    def test_a_large_object_tells_its_size_without_being_asked_for_again(self, told):
        server = told(answer(200, b"x" * 200_000, ETag='"v1"'), silence)
        with S3RecordStorage(server.s3).open(PATH) as content:
            assert File(content).size == 200_000
            assert len(content.read()) == 200_000
        assert len(server.seen) == 1

    def test_a_reader_holds_no_connection_after_it(self, bucket):
        put(bucket, content=b"x" * 1_000_000)
        for _ in range(30):
            with bucket.open(PATH) as content:
                content.read(10)
        pools = bucket._transport._pools.values()
        assert sum(len(pool.connections) for pool in pools) <= 2

    @pytest.mark.parametrize(
        ("sent", "read"),
        [
            pytest.param(answer(200, b"hello", stays=True), lambda storage: storage.open(PATH), id="small"),
            pytest.param(answer(200, stays=True), lambda storage: storage.open(PATH), id="empty"),
            pytest.param(
                answer(200, b"x" * 500_000, stays=True),
                lambda storage: [None for _ in iter(partial(storage.open(PATH).read, 100_000), b"")],
                id="large",
            ),
            pytest.param(
                answer(206, b"ell", stays=True, Content_Range="bytes 1-3/5"),
                lambda storage: storage.open(PATH, part=Span(1, 3)).read(3),
                id="part",
            ),
            pytest.param(answer(200, stays=True, ETag='"a"'), put, id="upload"),
            pytest.param(answer(204, stays=True), lambda storage: storage.delete(PATH), id="removal"),
            pytest.param(answer(403, b"no", stays=True), lambda storage: storage.open(PATH), id="refusal"),
        ],
    )
    def test_a_connection_is_used_again(self, told, sent, read):
        server = told(sent)
        storage = S3RecordStorage(server.s3)
        for _ in range(3):
            with suppress(S3Refused):
                read(storage)
        assert (len(server.seen), server.connections) == (3, 1)
