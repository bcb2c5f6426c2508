"""The screen of backups: making, bringing along, looking at, downloading, restoring and deleting them."""

import os
import re
import zipfile
from concurrent.futures import Future
from html import unescape
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from admin_ui.addresses import BACKUP_UPLOAD
from admin_ui.large_uploads import is_signed_in_superuser
from platform_app.requests.body_size import DEFAULT_LIMIT_BYTES
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.backups import asking
from system_app.backups.turns import taking_turns
from system_app.backups.verdicts import Verdict, keep_verdict
from system_app.middleware.body_limit import UNLIMITED, limit_for_reading
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import send_form, sign_in

pytestmark = pytest.mark.django_db

BACKUPS = "/_/settings/backups/"
ONE = f"{BACKUPS}file/one.zip/"


@pytest.fixture
def folder(settings, tmp_path):
    settings.JOEY_DATA_DIR = tmp_path
    settings.JOEY_BACKUPS_DIR = tmp_path / "backups"
    settings.JOEY_BACKUPS_DIR.mkdir()
    return tmp_path / "backups"


@pytest.fixture
def admin(client, root, folder):
    sign_in(client)
    return client


@pytest.fixture
def begun(monkeypatch):
    """What was begun; nothing is made."""
    calls = []

    def beginning(work):
        def begin(key, **options):
            calls.append((work, key, options))
            return Future()

        return begin

    for work in ("backup", "restore", "verifying"):
        monkeypatch.setattr(asking, f"begin_{work}", beginning(work))
    return calls


def a_zip() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("data.db", b"rows")
    return target.getvalue()


def make(folder, name="one.zip", *, at=1_790_000_000):
    (folder / name).write_bytes(a_zip())
    os.utime(folder / name, (at, at))


def texts(client, path=BACKUPS) -> str:
    content = client.get(path).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", content)).split())


def schedule(cron, most):
    save_settings({**DEFAULTS, "backups": {**DEFAULTS["backups"], "cron": cron, "cronMaxKeep": most}})


class TestList:
    def test_guests_are_led_to_the_door(self, client, root, folder, begun):
        make(folder)
        for path in (BACKUPS, f"{ONE}download/", f"{ONE}restore/", f"{ONE}delete/"):
            assert client.get(path)["Location"].startswith("/_/login/")
        for path in (f"{BACKUPS}new/", f"{ONE}verify/", f"{ONE}restore/", f"{ONE}delete/"):
            assert send_form(client, path, typed_name="one.zip")["Location"].startswith("/_/login/")
        assert (begun, (folder / "one.zip").exists()) == ([], True)

    def test_none_yet(self, admin):
        assert "No backups yet" in texts(admin)

    def test_the_newest_first_with_time_and_size(self, admin, folder):
        make(folder, "old.zip", at=1_780_000_000)
        make(folder, "new.zip")
        shown = texts(admin)
        assert shown.index("new.zip") < shown.index("old.zip")
        assert "2026-09-21 14:13" in shown
        assert f"2 backups, {2 * len(a_zip())} B" in shown

    def test_a_hostile_name_is_text(self, admin, folder):
        make(folder, "<script>alert(1)<script>.zip")
        content = admin.get(BACKUPS).content.decode()
        assert "<script>alert" not in content
        assert "&lt;script&gt;alert(1)&lt;script&gt;.zip" in content

    @pytest.mark.parametrize(
        ("verdict", "word"),
        [
            pytest.param(Verdict(collections=3, records=1200), "Verified", id="good"),
            pytest.param(Verdict(missing_files=2), "2 files missing", id="files_missing"),
            pytest.param(Verdict(problem="it is <damaged>"), "it is <damaged>", id="bad"),
        ],
    )
    def test_what_a_look_at_one_found(self, admin, folder, verdict, word):
        make(folder)
        assert "Verify" in texts(admin)
        keep_verdict("one.zip", verdict)
        assert word in texts(admin)
        assert "Verify" not in texts(admin).replace("Verified", "")

    def test_what_is_under_way(self, admin, folder):
        make(folder)
        with taking_turns("backup", "two.zip"):
            content = admin.get(BACKUPS).content.decode()
        assert "data-running" in content
        assert "two.zip" in content
        assert 'class="button primary" disabled' in content
        with taking_turns("verify", "one.zip"):
            assert "Looking" in texts(admin)
        assert "disabled" not in admin.get(BACKUPS).content.decode()

    def test_many_backups_cost_as_many_queries_as_one(self, admin, folder):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                admin.get(BACKUPS)
            return len(captured)

        make(folder)
        admin.get(BACKUPS)
        before = queries()
        for at in range(50):
            make(folder, f"backup{at}.zip")
        assert queries() == before


class TestSchedule:
    def test_none(self, admin):
        assert "No backups are made by themselves." in texts(admin)

    def test_what_the_next_one_takes_the_place_of(self, admin, folder):
        schedule("0 3 * * *", 2)
        make(folder, "@auto_pb_backup_x_1.zip", at=1_780_000_000)
        make(folder, "@auto_pb_backup_x_2.zip")
        make(folder, "mine.zip", at=1_770_000_000)
        shown = texts(admin)
        assert "every day at 03:00" in shown
        assert "The next one takes the place of the one of 2026-05-28: 2 are kept." in shown
        content = admin.get(BACKUPS).content.decode()
        assert re.findall(r'<i class="(\w+)">', content) == ["goes", "stays", "next"]

    def test_room_for_one_more(self, admin, folder):
        schedule("@weekly", 5)
        make(folder, "@auto_pb_backup_x_1.zip")
        assert "5 are kept; none goes with the next one." in texts(admin)


class TestMaking:
    @pytest.mark.parametrize(
        ("typed", "name"), [("", ""), ("before_upgrade", "before_upgrade.zip"), (" a-1.zip ", "a-1.zip")]
    )
    def test_one_is_begun(self, admin, begun, typed, name):
        assert send_form(admin, f"{BACKUPS}new/", name=typed)["Location"] == BACKUPS
        assert begun == [("backup", name, {})]
        assert "The backup has begun." in texts(admin)

    def test_a_wrong_name_is_said_beside_it(self, admin, begun):
        response = send_form(admin, f"{BACKUPS}new/", name="Not So")
        content = response.content.decode()
        assert 'value="Not So"' in content
        assert "Must be in a valid format." in content
        assert '<details class="menu" id="making" open>' in content
        assert begun == []

    def test_a_taken_name_is_refused(self, admin, folder, begun):
        make(folder)
        content = send_form(admin, f"{BACKUPS}new/", name="one").content.decode()
        assert "The backup file name is invalid or already exists." in content
        assert begun == []

    def test_one_at_a_time(self, admin, begun):
        with taking_turns("backup", ""):
            content = send_form(admin, f"{BACKUPS}new/").content.decode()
        assert "another backup/restore process has already been started" in content
        assert begun == []


class TestUploading:
    def upload(self, client, content, name="mine.zip"):
        return client.post(f"{BACKUPS}upload/", {"file": SimpleUploadedFile(name, content)})

    def test_a_zip_is_kept_under_its_name(self, admin, folder):
        assert self.upload(admin, a_zip())["Location"] == BACKUPS
        assert (folder / "mine.zip").read_bytes() == a_zip()

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            pytest.param(b"hello", "mime type must be one of: application/zip.", id="no_zip"),
            pytest.param(a_zip(), "Backup file with the specified name already exists.", id="there"),
        ],
    )
    def test_others_are_refused(self, admin, folder, content, said):
        make(folder, "mine.zip")
        response = self.upload(admin, content)
        assert said in unescape(response.content.decode())
        assert (folder / "mine.zip").read_bytes() == a_zip()

    def test_none_chosen(self, admin):
        assert b"Cannot be blank." in admin.post(f"{BACKUPS}upload/", {}).content

    def test_any_size_for_who_is_signed_in_superuser(self, admin):
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in admin.cookies.items())
        assert limit_for_reading(self.scope(cookies)) == UNLIMITED

    @pytest.mark.parametrize("cookies", ["", "sessionid=x", "sessionid=" + "a" * 32])
    def test_for_nobody_else(self, admin, cookies):
        assert limit_for_reading(self.scope(cookies)) == DEFAULT_LIMIT_BYTES

    def test_nor_from_where_superusers_may_not_act(self, admin):
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in admin.cookies.items())
        save_settings({**DEFAULTS, "superuserIPs": ["10.0.0.0/8"]})
        assert not is_signed_in_superuser(self.scope(cookies))

    def scope(self, cookies):
        headers = [(b"cookie", cookies.encode())]
        return {"method": "POST", "path": BACKUP_UPLOAD, "headers": headers, "client": ["127.0.0.1", 5]}


class TestOne:
    def test_download(self, admin, folder):
        make(folder)
        response = admin.get(f"{ONE}download/")
        assert response.getvalue() == a_zip()
        assert response["Content-Disposition"] == "attachment; filename=one.zip"

    @pytest.mark.parametrize("deed", ["download", "restore", "delete"])
    @pytest.mark.parametrize("key", ["none.zip", "one.zip.attrs", "%00"])
    def test_what_is_not_there(self, admin, deed, key):
        assert admin.get(f"{BACKUPS}file/{key}/{deed}/").status_code == 404

    def test_a_look_is_begun(self, admin, folder, begun):
        make(folder)
        assert send_form(admin, f"{ONE}verify/")["Location"] == BACKUPS
        assert begun == [("verifying", "one.zip", {})]

    def test_a_look_at_none_is_refused(self, admin, begun):
        send_form(admin, f"{ONE}verify/")
        assert "Missing or invalid backup file." in texts(admin)
        assert begun == []

    def test_deleting_asks(self, admin, folder):
        make(folder)
        assert "The file goes. This cannot be undone." in texts(admin, f"{ONE}delete/")
        assert (folder / "one.zip").exists()
        assert send_form(admin, f"{ONE}delete/")["Location"] == BACKUPS
        assert not (folder / "one.zip").exists()

    def test_one_in_use_stays(self, admin, folder):
        make(folder)
        with taking_turns("restore", "one.zip"):
            send_form(admin, f"{ONE}delete/")
        assert "is currently being used" in texts(admin)
        assert (folder / "one.zip").exists()


class TestRestoring:
    def test_says_what_happens(self, admin, folder):
        make(folder)
        shown = texts(admin, f"{ONE}restore/")
        assert "replaced by those of 2026-09-21 14:13 UTC" in shown
        assert "If anything is wrong with it, nothing changes." in shown
        assert "Type one.zip to confirm" in shown

    @pytest.mark.parametrize("typed", ["", "one", "ONE.ZIP"])
    def test_wants_the_name(self, admin, folder, begun, typed):
        make(folder)
        response = send_form(admin, f"{ONE}restore/", typed_name=typed)
        assert "That is not the name." in response.content.decode()
        assert begun == []

    @pytest.mark.parametrize("first", [True, False])
    def test_is_begun(self, admin, folder, begun, first):
        make(folder)
        values = {"backup_first": "1"} if first else {}
        response = send_form(admin, f"{ONE}restore/", typed_name="one.zip", **values)
        assert "Restoring one.zip" in response.content.decode()
        assert begun == [("restore", "one.zip", {"backs_up_first": first})]

    def test_not_while_another_runs(self, admin, folder, begun):
        make(folder)
        with taking_turns("backup", ""):
            response = send_form(admin, f"{ONE}restore/", typed_name="one.zip")
        assert "already been started. Nothing was changed." in response.content.decode()
        assert begun == []
