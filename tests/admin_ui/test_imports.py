"""Imports of records: what a file may look like, what a check says, and what is written."""

import io
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from admin_ui.lists import importing
from admin_ui.lists.file_rows import UnreadableFile, format_by, rows_in
from admin_ui.lists.importing import run_import
from admin_ui.models import ImportPart, RecordImport
from collections_app import commits
from collections_app.events import record_create_request
from collections_app.orm import collection_model
from platform_app.runtime_settings.shape import DEFAULTS
from system_app.settings.saving import save_settings
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import AUTHOR, FIRST, HOSTILE, POSTS, make_posts
from tests.admin_ui.test_exports import EXPORT, file_of

pytestmark = pytest.mark.django_db

IMPORT = f"{POSTS}import/"
STAMP = re.compile(r'(?<="updated":")[^"]+|(?<=s3cr3t,)[^,]+')


def rows(text: str | bytes, format_="csv") -> list[dict]:
    return list(rows_in(format_, io.BytesIO(text.encode() if isinstance(text, str) else text).read))


class TestFiles:
    @pytest.mark.parametrize(
        ("format_", "text", "found"),
        [
            pytest.param("csv", "a,b\n1,2\n", [{"a": "1", "b": "2"}], id="csv"),
            pytest.param("csv", "\ufeffa;b\r\n1;2\r\n", [{"a": "1", "b": "2"}], id="bom_and_semicolons"),
            pytest.param("csv", 'a\tb\n"x\ny"\t2', [{"a": "x\ny", "b": "2"}], id="lines_in_a_value"),
            pytest.param("csv", "a,b\n1\n\n", [{"a": "1"}], id="short_row"),
            pytest.param("csv", "a,b\n'=1,'x\n", [{"a": "=1", "b": "'x"}], id="defused"),
            pytest.param("csv", "a\n\u2028\u0085\n", [{"a": "\u2028\u0085"}], id="no_other_ends_of_lines"),
            pytest.param("json", '[{"a":1}, {"a":[2]}]', [{"a": 1}, {"a": [2]}], id="json"),
            pytest.param("json", " [ ] ", [], id="empty_json"),
            pytest.param("ndjson", '{"a":1}\n\n{"a":"x"}', [{"a": 1}, {"a": "x"}], id="ndjson"),
        ],
    )
    def test_rows(self, format_, text, found):
        assert rows(text, format_) == found

    @pytest.mark.parametrize(
        ("format_", "text", "told"),
        [
            pytest.param("csv", "", "The first line has to name the columns.", id="empty"),
            pytest.param("csv", "a,a\n", "Two columns have the same name.", id="names"),
            pytest.param("csv", "a\n1,2\n", "Row 1 has more values than there are columns.", id="wide"),
            pytest.param("csv", 'a\n"1\n', "Row 1 cannot be read", id="quote"),
            pytest.param("csv", b"a\n\xff\n", "The file is not in UTF-8.", id="latin"),
            pytest.param("csv", "a\n" + "x" * 1_100_000, "more than a million characters", id="long_line"),
            pytest.param("csv", 'a\n"' + "x\n" * 1_000_000, "Row 1 cannot be read", id="long_value"),
            pytest.param("json", '{"a":1}', "has to be an array", id="object"),
            pytest.param("json", '[{"a":1} {"a":2}]', "After row 1 there is no comma", id="comma"),
            pytest.param("json", '[{"a":1},]', "Row 2 is no JSON.", id="last_comma"),
            pytest.param("json", '[{"a":1}', "After row 1 there is no comma, and no end.", id="cut"),
            pytest.param("json", "[1]", "Row 1 is no object.", id="number"),
            pytest.param("json", "[" * 200_000, "Row 1 is no JSON.", id="deep"),
            pytest.param("json", '[{"a":"' + "x" * 3_000_000, "Row 1 is no JSON.", id="long_row"),
            pytest.param("ndjson", '{"a":1}\nx', "Row 2 is no JSON.", id="line"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_place(self, format_, text, told):
        with pytest.raises(UnreadableFile, match=told):
            rows(text, format_)

    def test_a_document_is_read_a_little_at_a_time(self):
        document = io.BytesIO(json.dumps([{"a": "x" * 1000} for _ in range(1000)]).encode())
        found = rows_in("json", document.read)
        next(found)
        assert document.tell() <= 64 * 1024
        assert len(list(found)) == 999

    @pytest.mark.parametrize(
        ("name", "beginning", "format_"),
        [
            ("a.csv", b"", "csv"),
            ("a.JSONL", b"", "ndjson"),
            ("a.json", b' [{"a', "json"),
            ("a.json", b'{"a":1}\n', "ndjson"),
            ("a.txt", b"a,b", "csv"),
        ],
    )
    def test_formats(self, name, beginning, format_):
        assert format_by(name, beginning) == format_


@pytest.fixture
def admin(client, root, make_collection):
    make_posts(make_collection)
    sign_in(client)
    return client


def send(admin, text: str, name: str = "posts.csv"):
    return admin.post(IMPORT, {"file": SimpleUploadedFile(name, text.encode())})


def read(admin, text: str, name: str = "posts.csv") -> str:
    """The address of the import."""
    response = send(admin, text, name)
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def check(admin, address: str, **columns) -> RecordImport:
    made = RecordImport.objects.get()
    said = {
        f"column.{at}": columns.get(name, made.targets.get(name, "")) for at, name in enumerate(made.columns)
    }
    assert admin.post(address, said).status_code == 302
    run_import(made.pk, writes=False)
    made.refresh_from_db()
    return made


def write(admin, address: str, **said) -> RecordImport:
    admin.post(address, {"write": "1", **said})
    made = RecordImport.objects.get()
    run_import(made.pk, writes=True)
    made.refresh_from_db()
    return made


def posts() -> list[tuple]:
    return list(collection_model("posts").objects.order_by("title").values_list("title", "status", "rating"))


BEFORE = [("One & only", "done", 4.5)]


class TestMapping:
    def test_columns_find_their_fields_by_their_names(self, admin):
        address = read(admin, "Title,STATUS,edit-token,papers,updated\na,draft,x,y,z\n")
        made = RecordImport.objects.get()
        assert made.targets == {"Title": "title", "STATUS": "status"}
        page = admin.get(address).content.decode()
        assert '<option value="title" selected>' in page
        assert '<option value="papers"' not in page
        assert '<option value="updated"' not in page

    def test_two_columns_for_one_field_are_refused(self, admin):
        address = read(admin, "a,b\n1,2\n")
        page = admin.post(address, {"column.0": "title", "column.1": "title"}, follow=True).content.decode()
        assert "Two columns go to title." in page
        assert RecordImport.objects.get().state == "read"

    def test_none_is_refused(self, admin):
        page = admin.post(read(admin, "x,y\n1,2\n"), follow=True).content.decode()
        assert "No column goes anywhere." in page

    def test_hostile_names_and_values_are_text(self, admin):
        address = read(admin, json.dumps([{HOSTILE: HOSTILE, "title": HOSTILE}]), f"{HOSTILE}.json")
        page = admin.get(address).content.decode()
        assert "<img src=x" not in page
        check(admin, address)
        assert "<img src=x" not in admin.get(address).content.decode()

    def test_a_wrong_file_is_told_and_nothing_kept(self, admin):
        page = send(admin, "title\n" + "a\n" * 500 + '"x').content.decode()
        assert "Row 501 cannot be read" in page
        assert not RecordImport.objects.exists()
        assert not ImportPart.objects.exists()

    def test_no_file(self, admin):
        assert "Choose a file." in admin.post(IMPORT).content.decode()

    def test_it_is_ones_own(self, admin, root):
        address = read(admin, "title\na\n")
        RecordImport.objects.update(owner_id="somebody_else00")
        assert admin.get(address).status_code == 404
        assert admin.post(f"{address}drop/").status_code == 404

    def test_dropped(self, admin):
        address = read(admin, "title\na\n")
        assert admin.post(f"{address}drop/")["Location"] == POSTS
        assert not ImportPart.objects.exists()

    def test_a_view_takes_none(self, admin, make_collection):
        make_collection(
            "stats",
            type="view",
            options={"viewQuery": "SELECT id, title FROM posts"},
            fields=[{"type": "text", "name": "title"}],
        )
        assert admin.get("/_/collections/stats/import/").status_code == 400


class TestCheck:
    def test_nothing_is_written_and_every_wrong_row_is_told(self, admin, request):
        heard = []
        commits.listen("test import", records=heard.append)
        request.addfinalizer(lambda: commits.stop_listening("test import"))
        text = (
            "id,title,status,rating,author,featured\n"
            f"{FIRST},changed,done,1,,true\n"
            ",new,draft,2,,\n"
            ",,draft,2,,\n"
            ",x,none,9,,\n"
            ",x,draft,much,,\n"
            ",x,draft,1,nobody,\n"
            ",x,draft,1,,maybe\n"
            "abc,x,draft,1,,\n"
        )
        address = read(admin, text)
        made = check(admin, address)
        assert (made.state, made.created, made.changed, made.wrong, made.done) == ("checked", 1, 1, 6, 8)
        assert made.problems == [
            [3, "title", "Cannot be blank."],
            [4, "status", "Invalid value none."],
            [4, "rating", "Must be less or equal than 5."],
            [5, "rating", "much is no number."],
            [6, "author", made.problems[4][2]],
            [7, "featured", "Expected true or false."],
            [8, "id", made.problems[6][2]],
        ]
        assert posts() == BEFORE
        assert heard == []
        page = admin.get(address).content.decode()
        assert "1 new, 1 changed, 6 wrong." in page
        assert "<code>rating</code>" in page
        assert "Must be less or equal than 5." in page

    def test_the_same_new_id_twice_is_found(self, admin):
        made = check(admin, read(admin, "id,title\nabcdefghijklmno,a\nabcdefghijklmno,b\n"))
        # The second row changes what the first one made.
        assert (made.created, made.changed, made.wrong) == (1, 1, 0)
        assert posts() == BEFORE

    def test_it_can_be_checked_again_with_other_columns(self, admin):
        address = read(admin, "a,b\nx,9\n")
        assert check(admin, address, a="title", b="rating").wrong == 1
        made = check(admin, address, a="title", b="")
        assert (made.wrong, made.created, made.problems) == (0, 1, [])


class TestWriting:
    def test_new_ones_and_changes(self, admin):
        address = read(admin, f"id,title,rating\n{FIRST},changed,1\n,new,2\n")
        check(admin, address)
        made = write(admin, address)
        assert (made.state, made.created, made.changed, made.wrong) == ("done", 1, 1, 0)
        assert posts() == [("changed", "done", 1.0), ("new", "", 2.0)]
        assert not ImportPart.objects.exists()
        assert "1 new, 1 changed, 0 left out." in admin.get(address).content.decode()

    def test_json_keeps_types(self, admin):
        item = {
            "title": "j",
            "moods": ["sad", "mad"],
            "meta": {"a": [1]},
            "place": {"lon": 1, "lat": 2},
            "author": AUTHOR,
        }
        address = read(admin, json.dumps(item) + "\n", "x.ndjson")
        check(admin, address)
        write(admin, address)
        lines = file_of(admin.get(EXPORT, {"format": "ndjson", "filter": "title = 'j'"}))
        found = json.loads(lines)
        assert {name: found[name] for name in item} == item

    def test_several_choices_in_a_cell(self, admin):
        address = read(admin, 'title,moods\na,"sad, mad"\nb,"[""glad""]"\n')
        check(admin, address)
        write(admin, address)
        lines = file_of(admin.get(EXPORT, {"format": "ndjson", "sort": "title", "filter": "title <= 'b'"}))
        assert [json.loads(line)["moods"] for line in lines.splitlines()][-2:] == [["sad", "mad"], ["glad"]]

    @pytest.mark.parametrize("name", ["csv", "json", "ndjson"])
    def test_what_was_exported_comes_back_as_it_was(self, admin, name):
        # The API reads numbers as doubles and sorts the keys, so that others would come back so from JSON.
        meta = '{"lang":"en","views":123456789}'
        collection_model("posts").objects.filter(pk=FIRST).update(title="=1+1", contact="", meta=meta)
        file = file_of(admin.get(EXPORT, {"format": name}))
        collection_model("posts").objects.all().delete()
        address = read(admin, file, f"posts.{name}")
        made = check(admin, address)
        assert (made.problems, made.created) == ([], 1)
        write(admin, address)
        again = file_of(admin.get(EXPORT, {"format": name}))
        # All but the date that sets itself.
        assert STAMP.sub("", again) == STAMP.sub("", file)
        assert STAMP.search(again)

    def test_wrong_rows_are_left_out_only_when_that_is_chosen(self, admin):
        address = read(admin, "title,rating\na,1\nb,9\nc,3\n")
        check(admin, address)
        page = admin.post(address, {"write": "1"}, follow=True).content.decode()
        assert "Some rows are wrong" in page
        assert RecordImport.objects.get().state == "checked"
        made = write(admin, address, skips_wrong="1")
        assert (made.state, made.created, made.wrong) == ("done", 2, 1)
        assert posts() == [*BEFORE, ("a", "", 1.0), ("c", "", 3.0)]

    def test_a_row_that_fails_after_the_check_stops_it(self, admin, connect, monkeypatch):
        monkeypatch.setattr(importing, "_GROUP_ROWS", 2)
        address = read(admin, "title\na\nb\nc\nd\n")
        check(admin, address)

        def refuse(event, **kwargs):
            if event.record["title"] == "d":
                raise importing.ApiError("No d today.")

        connect(record_create_request, refuse)
        made = write(admin, address)
        assert made.state == "stopped"
        assert made.problems == [[4, "", "No d today."]]
        assert made.message == "Row 4 could not be written: the first 2 rows are in, the others are not."
        assert [title for title, *_ in posts()] == ["One & only", "a", "b"]
        assert "the first 2 rows are in" in admin.get(address).content.decode()

    def test_transactions_are_bounded(self, admin, monkeypatch):
        sizes = []
        group = importing._Run._group

        def counted(run, left):
            counts = group(run, left)
            sizes.append(counts.rows)
            return counts

        monkeypatch.setattr(importing._Run, "_group", counted)
        monkeypatch.setattr(importing, "_GROUP_SECONDS", 1e9)
        address = read(admin, "title\n" + "".join(f"t{at}\n" for at in range(450)))
        assert ImportPart.objects.count() == 3
        check(admin, address)
        assert sizes == [100, 100, 100, 100, 50]
        monkeypatch.setattr(importing, "_GROUP_SECONDS", 0)
        sizes.clear()
        check(admin, address)
        assert set(sizes) == {1}

    def test_a_hook_may_keep_a_row(self, admin, connect):
        def stop(event, **kwargs):
            return
            yield

        connect(record_create_request, stop)
        address = read(admin, "title\na\n")
        made = check(admin, address)
        assert (made.created, made.wrong, made.done) == (0, 0, 1)

    def test_accounts_get_their_passwords(self, admin, make_members):
        make_members()
        path = "/_/collections/members/import/"
        text = "email,password\na@example.com,1234567890\nb@example.com,12\n"
        address = admin.post(path, {"file": SimpleUploadedFile("a.csv", text.encode())})["Location"]
        made = check(admin, address)
        assert made.created == 1
        assert made.problems[0][:2] == [2, "password"]

    def test_locked_controls(self, admin):
        save_settings({**DEFAULTS, "meta": {**DEFAULTS["meta"], "hideControls": True}})
        address = read(admin, "title\na\n")
        check(admin, address)
        admin.post(address, {"write": "1"})
        assert RecordImport.objects.get().state == "checked"
        admin.post(address, {"write": "1", "unlocked": "1"})
        assert RecordImport.objects.get().state == "writing"

    def test_its_superuser_has_to_be_there_still(self, admin):
        address = read(admin, "title\na\n")
        check(admin, address)
        admin.post(address, {"write": "1"})
        RecordImport.objects.update(owner_id="gone00000000000")
        made = RecordImport.objects.get()
        run_import(made.pk, writes=True)
        made.refresh_from_db()
        assert (made.state, posts()) == ("stopped", BEFORE)
