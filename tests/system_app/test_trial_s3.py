"""`POST /api/settings/test/s3`: contract/files.md 9; the answers are those of PocketBase 0.39.11."""

import json
import re

import pytest
from django.test import Client

from files_app.s3_storage import S3RecordStorage
from tests.auth_app.accounts import answer, error
from tests.files_app.s3_servers import Told, as_json, client_of, credentials_checked, new_bucket, settings_for
from tests.files_app.s3_servers import answer as server_answer
from tests.system_app.settings_row import LOADING_FAILED, save, superuser

pytestmark = pytest.mark.django_db

URL = "/api/settings/test/s3"
FAILED = "Failed to test the S3 filesystem."
OFF = f"{FAILED} Raw error: \nS3 storage filesystem is not enabled."
REQUIRED = {"code": "validation_required", "message": "Cannot be blank."}
UNKNOWN = {"code": "validation_in_invalid", "message": "Must be a valid value."}
JSON = "application/json"
STORAGE = {"filesystem": "storage"}
PUT, GET = server_answer(200, ETag='"a"'), server_answer(200, b"test")
LISTED = server_answer(200, b"<ListBucketResult></ListBucketResult>")


@pytest.fixture(autouse=True)
def _defaults(db):
    save()


@pytest.fixture
def root() -> Client:
    return superuser()


def post(client: Client, body, content_type: str = JSON):
    return client.post(URL, body if isinstance(body, str) else json.dumps(body), content_type=content_type)


def said(response):
    """Status and message, without the random part of a key."""
    status, body = response.status_code, response.json()
    assert body["data"] == {}
    return status, re.sub(r"pb_settings_test_\w{5}/", "FOLDER/", body["message"])


def test_only_superusers_try(bob):
    assert answer(post(Client(), STORAGE)) == error(
        401, "The request requires valid record authorization token."
    )
    assert answer(post(bob, STORAGE)) == error(
        403, "The authorized record is not allowed to perform this action."
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("", error(400, FAILED, {"filesystem": REQUIRED}), id="no_body"),
        pytest.param({}, error(400, FAILED, {"filesystem": REQUIRED}), id="nothing"),
        pytest.param({"filesystem": ""}, error(400, FAILED, {"filesystem": REQUIRED}), id="empty"),
        pytest.param({"filesystem": "Storage"}, error(400, FAILED, {"filesystem": UNKNOWN}), id="case"),
        pytest.param({"filesystem": 1}, error(400, LOADING_FAILED), id="number"),
        pytest.param("{", error(400, LOADING_FAILED), id="malformed"),
        pytest.param({"filesystem": "storage"}, error(400, OFF), id="storage_that_is_off"),
        pytest.param({"filesystem": "backups"}, error(400, OFF), id="backups_that_are_off"),
    ],
)
def test_what_cannot_be_tried(root, body, expected):
    assert answer(post(root, body)) == expected


@pytest.mark.parametrize("filesystem", ["storage", "backups"])
def test_a_file_is_stored_read_found_and_deleted(root, filesystem):
    s3 = new_bucket()
    storage = S3RecordStorage(s3)
    client_of(storage).put_object(Bucket=s3.bucket, Key="other.txt", Body=b"stays")
    save(**({"s3": as_json(s3)} if filesystem == "storage" else {"backups": {"s3": as_json(s3)}}))
    response = post(root, {"filesystem": filesystem})
    assert (response.status_code, response.content) == (204, b"")
    assert list(storage.list("")) == ["other.txt"]


def test_the_other_bucket_is_not_asked(root):
    save(s3=as_json(new_bucket()), backups={"s3": as_json(settings_for("http://127.0.0.1:1"))})
    assert post(root, STORAGE).status_code == 204


def test_wrong_credentials(root):
    save(s3=as_json(new_bucket()))
    with credentials_checked():
        status, message = said(post(root, STORAGE))
    assert status == 400
    assert message.startswith(
        f"{FAILED} Raw error: \nfailed to upload a test file: [key: FOLDER/test.txt] 403 InvalidAccessKeyId: "
        "The AWS Access Key Id you provided does not exist in our records.\n(RAW: <?xml version"
    )


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        pytest.param(
            [server_answer(404, b"<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>")],
            "upload a test file: [key: FOLDER/test.txt] 404 NoSuchBucket: no\n"
            "(RAW: <Error><Code>NoSuchBucket</Code><Message>no</Message></Error>)\nresource not found.",
            id="no_bucket",
        ),
        pytest.param(
            [server_answer(400, b"<Error><Code>X</Code></Error>")],
            "upload a test file: [key: FOLDER/test.txt] 400 X\n(RAW: <Error><Code>X</Code></Error>).",
            id="code",
        ),
        pytest.param(
            [server_answer(403)],
            "upload a test file: [key: FOLDER/test.txt] 403 S3ResponseError.",
            id="without_words",
        ),
        pytest.param(
            [PUT, GET, server_answer(403, b"<Error><Code>AccessDenied</Code></Error>")],
            "delete a test file: 403 AccessDenied\n(RAW: <Error><Code>AccessDenied</Code></Error>).",
            id="list_denied",
        ),
        pytest.param(
            [PUT, server_answer(403, b"<Error><Code>AccessDenied</Code></Error>"), LISTED],
            "read a test file: [key: FOLDER/test.txt] "
            "403 AccessDenied\n(RAW: <Error><Code>AccessDenied</Code></Error>).",
            id="read_denied",
        ),
        pytest.param(
            [PUT, server_answer(200, b"tset"), LISTED],
            "read a test file: [key: FOLDER/test.txt] its content is another one.",
            id="another_file",
        ),
        pytest.param(
            [server_answer(200, b"<html>It works!</html>")],
            "upload a test file: [key: FOLDER/test.txt] an answer that makes no sense: it has no ETag.",
            id="web_server",
        ),
        pytest.param(
            [PUT, GET, server_answer(200, b"<html>It works!</html>")],
            "delete a test file: an answer that makes no sense: it lists no objects.",
            id="no_list",
        ),
        pytest.param(
            [server_answer(301, b"<html>Moved</html>", Location="https://s3.example.com/files")],
            "upload a test file: [key: FOLDER/test.txt] "
            "301 S3ResponseError: it leads to https://s3.example.com/files\n(RAW: <html>Moved</html>).",
            id="redirect",
        ),
        pytest.param(
            [server_answer(307, b"<Error><Code>TemporaryRedirect</Code><Message>there</Message></Error>")],
            "upload a test file: [key: FOLDER/test.txt] 307 TemporaryRedirect: there\n"
            "(RAW: <Error><Code>TemporaryRedirect</Code><Message>there</Message></Error>).",
            id="redirect_of_s3",
        ),
        pytest.param(
            [
                server_answer(
                    400, b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>"
                )
            ],
            "upload a test file: [key: FOLDER/test.txt] 400 AuthorizationHeaderMalformed\n"
            "(RAW: <Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>).",
            id="another_region",
        ),
    ],
)
def test_what_servers_say(root, replies, reason):
    server = Told(*replies)
    save(s3=as_json(server.s3))
    assert said(post(root, STORAGE)) == (400, f"{FAILED} Raw error: \nfailed to {reason}")
    server.stop()
    # Nothing is asked twice, nor somewhere else.
    assert len(server.seen) <= 3


def test_nobody_listens(root):
    save(s3=as_json(settings_for("http://127.0.0.1:1", bucket="b")))
    assert said(post(root, STORAGE)) == (
        400,
        f"{FAILED} Raw error: \nfailed to upload a test file: [key: FOLDER/test.txt] "
        'Put "http://127.0.0.1:1/b/FOLDER/test.txt": [Errno 111] Connection refused.',
    )


def test_an_endpoint_that_is_no_address(root):
    save(s3=as_json(settings_for("http://a_b.example.com:99999")))
    assert said(post(root, STORAGE)) == (
        400,
        f"{FAILED} Raw error: \nfailed to initialize the S3 filesystem: "
        "Invalid endpoint: http://a_b.example.com:99999.",
    )
