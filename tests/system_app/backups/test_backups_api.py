"""`/api/backups` on the wire: contract/system.md 7 and 18; the answers are those of PocketBase 0.39.11."""

import json
import logging
import zipfile
from concurrent.futures import Future
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from auth_app.tokens import issue_file_token
from system_app.backups import asking
from system_app.backups.errors import BackupFailed
from system_app.backups.places import backup_place
from system_app.backups.turns import taking_turns
from tests.auth_app.accounts import answer, error, join
from tests.files_app.s3_servers import Told, as_json, new_bucket
from tests.files_app.s3_servers import settings_for as bucket_settings
from tests.system_app.settings_row import LOADING_FAILED, save, superuser

pytestmark = pytest.mark.django_db

URL = "/api/backups"
INVALID = "An error occurred while validating the submitted data."
BUSY = "Try again later - another backup/restore process has already been started."
MATCH = {"code": "validation_match_invalid", "message": "Must be in a valid format."}
LENGTH = {
    "code": "validation_length_out_of_range",
    "message": "The length must be between 1 and 150.",
    "params": {"max": 150, "min": 1},
}
REQUIRED = {"code": "validation_required", "message": "Cannot be blank."}
FORBIDDEN = "Insufficient permissions to access the resource."
NOT_FOUND = "The requested resource wasn't found."


def a_zip(name: str = "data.db", content: bytes = b"rows") -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()


ZIP = a_zip()


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, db) -> Path:
    settings.JOEY_DATA_DIR = tmp_path
    settings.JOEY_BACKUPS_DIR = tmp_path / "backups"
    save()
    return tmp_path / "backups"


@pytest.fixture(params=["folder", "bucket"])
def place(request, folder):
    """Where backups are; each test is about both."""
    if request.param == "bucket":
        save(backups={"s3": as_json(new_bucket())})
    return backup_place()


@pytest.fixture
def root() -> Client:
    return superuser()


@pytest.fixture
def begun(monkeypatch):
    """The names of backups and restores that were begun; nothing is made."""
    names: list[str] = []

    def begin(name: str, **options: bool) -> "Future[str]":
        names.append(name)
        job: Future[str] = Future()
        job.set_result(name)
        return job

    monkeypatch.setattr(asking, "begin_backup", begin)
    monkeypatch.setattr(asking, "begin_restore", begin)
    return names


def upload(client: Client, name: str, content: bytes = ZIP, field: str = "file"):
    file = SimpleUploadedFile("x", content, content_type="application/octet-stream")
    file.name = name
    return client.post(f"{URL}/upload", {field: file})


def path_of(key: str, **query: str) -> str:
    listed = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{URL}/{quote(key, safe='')}?{listed}"


def file_token() -> str:
    return issue_file_token(join("_superusers", "root00000000009", email="nine@example.com"))


# --- who may ---


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", URL),
        ("post", URL),
        ("post", f"{URL}/upload"),
        ("delete", f"{URL}/a.zip"),
        ("post", f"{URL}/a.zip/restore"),
    ],
)
def test_only_superusers_may(method, path, bob, begun):
    assert getattr(Client(), method)(path).status_code == 401
    assert getattr(bob, method)(path).status_code == 403
    assert begun == []


# --- creating ---


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("x", {"name": MATCH}, id="no_zip"),
        pytest.param("X.zip", {"name": MATCH}, id="capital"),
        pytest.param("a.b.zip", {"name": MATCH}, id="dot"),
        pytest.param("../a.zip", {"name": MATCH}, id="folder"),
        pytest.param("a.zip\n", {"name": MATCH}, id="line_feed"),
        pytest.param("a" * 147 + ".zip", {"name": LENGTH}, id="long"),
        pytest.param(
            "there.zip",
            {
                "name": {
                    "code": "validation_backup_name_exists",
                    "message": "The backup file name is invalid or already exists.",
                }
            },
            id="there",
        ),
    ],
)
def test_names_that_a_backup_cannot_have(root, place, begun, name, data):
    place.store("there.zip", BytesIO(ZIP))
    response = root.post(URL, json.dumps({"name": name}), content_type="application/json")
    assert answer(response) == error(400, INVALID, data)
    assert begun == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        pytest.param('{"name":"a-b_1.zip"}', "a-b_1.zip", id="name"),
        pytest.param('{"name":"%s.zip"}' % ("a" * 146), "a" * 146 + ".zip", id="longest"),
        pytest.param('{"name":null}', "", id="null"),
        pytest.param("{}", "", id="none"),
    ],
)
def test_a_backup_is_begun(root, begun, body, name):
    assert root.post(URL, body, content_type="application/json").status_code == 204
    assert begun == [name]


@pytest.mark.parametrize("body", ["{", '{"name":5}', "[]"])
def test_bodies_that_cannot_be_read(root, begun, body):
    response = root.post(URL, body, content_type="application/json")
    assert answer(response) == error(400, LOADING_FAILED)
    assert begun == []


def test_a_backup_that_fails_says_no_more_than_that(root, monkeypatch):
    job: Future[str] = Future()
    job.set_exception(BackupFailed("the disk is full"))
    monkeypatch.setattr(asking, "begin_backup", lambda name: job)
    assert answer(root.post(URL)) == error(400, "Failed to create backup.")


def test_one_at_a_time(root, begun):
    with taking_turns("backup", "a.zip"):
        assert answer(root.post(URL)) == error(400, BUSY)
        assert answer(root.post(f"{URL}/a.zip/restore")) == error(400, BUSY)
        assert answer(root.get("/api/health"))[1]["data"]["canBackup"] is False
    assert answer(root.get("/api/health"))[1]["data"]["canBackup"] is True
    assert begun == []


# --- uploading and listing ---


def test_an_upload_is_listed_under_its_own_name(root, place):
    for name in ("U p.zip", "@auto.zip", ".hidden.zip"):
        assert upload(root, name).status_code == 204
    status, listed = answer(root.get(URL))
    assert status == 200
    assert [(one["key"], one["size"]) for one in listed] == [
        (".hidden.zip", len(ZIP)),
        ("@auto.zip", len(ZIP)),
        ("U p.zip", len(ZIP)),
    ]
    assert [list(one) for one in listed] == [["modified", "key", "size"]] * 3
    assert all(len(one["modified"]) == 24 and one["modified"].endswith("Z") for one in listed)


def test_there_may_be_none(root, place):
    assert answer(root.get(URL)) == (200, [])


@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        pytest.param("t.zip", b"hello", "validation_invalid_mime_type", "application/zip.", id="no_zip"),
        pytest.param(
            "a.docx",
            a_zip("[Content_Types].xml") + a_zip("word/document.xml"),
            "validation_invalid_mime_type",
            "mime type must be one of: application/zip.",
            id="docx",
        ),
        pytest.param(
            "there.zip",
            ZIP,
            "validation_backup_name_exists",
            "Backup file with the specified name already exists.",
            id="there",
        ),
        pytest.param(
            "x.attrs",
            ZIP,
            "validation_backup_name_exists",
            "Backup file with the specified name already exists.",
            id="sidecar",
        ),
    ],
)
def test_uploads_that_are_refused(root, folder, name, content, code, message):
    backup_place().store("there.zip", BytesIO(ZIP))
    status, said = answer(upload(root, name, content))
    assert (status, said["message"], list(said["data"])) == (400, INVALID, ["file"])
    assert said["data"]["file"]["code"] == code
    assert said["data"]["file"]["message"].endswith(message)


def test_an_upload_needs_a_file(root):
    expected = error(400, INVALID, {"file": REQUIRED})
    assert answer(upload(root, "a.zip", field="other")) == expected
    assert answer(root.post(f"{URL}/upload", "{}", content_type="application/json")) == expected


# --- downloading ---


def test_a_superusers_file_token_downloads(place):
    place.store("b.zip", BytesIO(ZIP))
    response = Client().get(path_of("b.zip", token=file_token()))
    assert (response.status_code, b"".join(response)) == (200, ZIP)
    headers = dict(response.headers)
    assert headers.pop("Last-Modified")
    assert headers == {
        "Accept-Ranges": "bytes",
        "Cache-Control": "max-age=2592000, stale-while-revalidate=86400",
        "Content-Disposition": "attachment; filename=b.zip",
        "Content-Length": str(len(ZIP)),
        "Content-Security-Policy": "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
        "Content-Type": "application/zip",
        "Vary": "Origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "X-Xss-Protection": "1; mode=block",
    }


def test_a_part_of_it(place):
    place.store("b.zip", BytesIO(ZIP))
    response = Client(headers={"range": "bytes=2-5"}).get(path_of("b.zip", token=file_token()))
    assert (response.status_code, b"".join(response)) == (206, ZIP[2:6])


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(lambda: "", id="none"),
        pytest.param(lambda: "x.y.z", id="nonsense"),
        pytest.param(lambda: issue_file_token(join("users", "user00000000001")), id="of_a_user"),
    ],
)
def test_other_tokens_do_not(root, folder, token):
    backup_place().store("b.zip", BytesIO(ZIP))
    try:
        text = token()
    except LookupError:
        pytest.skip("needs the collection users")
    # The Authorization header of a superuser does not help.
    assert answer(root.get(path_of("b.zip", token=text))) == error(403, FORBIDDEN)


def test_the_whitelist_counts(folder):
    backup_place().store("b.zip", BytesIO(ZIP))
    token = file_token()
    save(superuserIPs=["10.0.0.1"])
    assert answer(Client().get(path_of("b.zip", token=token))) == error(403, FORBIDDEN)


@pytest.mark.parametrize("key", ["missing.zip", "x.attrs", "b.zip.attrs", "\0"])
def test_what_is_no_backup_is_not_found(place, key, folder):
    place.store("b.zip", BytesIO(ZIP))
    folder.parent.joinpath("data.db").write_text("rows")
    response = Client().get(path_of(key, token=file_token()))
    assert answer(response) == error(404, NOT_FOUND)


@pytest.mark.parametrize("key", ["../data.db", "a/b.zip", "..", "/etc/passwd"])
def test_a_key_names_nothing_elsewhere(place, key, folder):
    folder.parent.joinpath("data.db").write_text("rows")
    assert not place.exists(key)


# --- deleting and restoring ---


def test_a_backup_is_deleted(root, place, folder):
    place.store("b.zip", BytesIO(ZIP))
    assert root.delete(f"{URL}/b.zip").status_code == 204
    assert list(place.list()) == []
    status, said = answer(root.delete(f"{URL}/b.zip"))
    assert (status, said["data"]) == (400, {})
    assert said["message"].startswith("Invalid or already deleted backup file. Raw error: \n")


def test_a_backup_in_use_stays(root, place):
    place.store("b.zip", BytesIO(ZIP))
    with taking_turns("restore", "b.zip"):
        assert answer(root.delete(f"{URL}/b.zip")) == error(
            400, "The backup is currently being used and cannot be deleted."
        )
    assert place.exists("b.zip")


def test_a_restore_is_begun(root, place, begun):
    place.store("b.zip", BytesIO(ZIP))
    assert root.post(f"{URL}/b.zip/restore").status_code == 204
    assert begun == ["b.zip"]


@pytest.mark.parametrize("key", ["missing.zip", "%00"])
def test_a_restore_needs_a_backup(root, place, begun, key):
    assert answer(root.post(f"{URL}/{key}/restore")) == error(400, "Missing or invalid backup file.")
    assert begun == []


# --- a bucket that is out of reach ---


def test_a_bucket_that_is_down_is_a_clear_error(root, begun, caplog):
    caplog.set_level(logging.CRITICAL, "system_app.backups.uploading")
    server = Told(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    server.stop()
    save(backups={"s3": as_json(bucket_settings(f"http://127.0.0.1:{server.server_address[1]}"))})
    listed = answer(root.get(URL))
    assert listed[0] == 400
    assert listed[1]["message"].startswith("Failed to retrieve backup items. Raw error: \n")
    assert answer(root.post(f"{URL}/b.zip/restore")) == error(400, "Missing or invalid backup file.")
    status, said = answer(root.delete(f"{URL}/b.zip"))
    assert (status, said["message"].split("Raw error")[0]) == (
        400,
        "Invalid or already deleted backup file. ",
    )
    assert Client().get(path_of("b.zip", token=file_token())).status_code == 404
    assert begun == []
