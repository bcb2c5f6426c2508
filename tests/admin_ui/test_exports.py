"""Records as files: all that a filter leaves, or the selected ones, as CSV, JSON or NDJSON."""

import csv
import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from admin_ui.lists import exporting
from collections_app.catalog import find_collection
from collections_app.events import records_list_request
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import AUTHOR, FIRST, POSTS, make_posts
from tests.collections_app.records.rows import insert

pytestmark = pytest.mark.django_db

EXPORT = f"{POSTS}export/"


@pytest.fixture
def admin(client, root, make_collection):
    make_posts(make_collection)
    sign_in(client)
    return client


def add(*titles: str, **values) -> None:
    posts = find_collection("posts")
    assert posts is not None
    for at, title in enumerate(titles):
        insert(posts, id=f"added{at:03}".ljust(15, "0"), title=title, **values)


def file_of(response) -> str:
    assert response.status_code == 200, response
    return b"".join(response.streaming_content).decode()


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file_of(response))))


class TestFormats:
    def test_csv_has_a_cell_for_every_field_hidden_ones_too(self, admin):
        response = admin.get(EXPORT, {"format": "csv"})
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"].startswith('attachment; filename="posts-')
        (row,) = rows_of(response)
        assert row == {
            "id": FIRST,
            "title": "One & only",
            "status": "done",
            "moods": '["glad"]',
            "rating": "4.5",
            "featured": "true",
            "published": "2026-11-27 18:04:05.123Z",
            "meta": '{"views":12345678901234567890,"lang":"en"}',
            "place": '{"lon":24.9,"lat":60.1}',
            "body": "<p>Long <b>ago</b></p>",
            "source": "https://example.com/x",
            "contact": "a@example.com",
            "papers": "[]",
            "secret": "s3cr3t",
            "updated": row["updated"],
            "author": AUTHOR,
            "readers": "[]",
        }

    def test_json_is_an_array_and_ndjson_a_record_a_line(self, admin):
        add("two")
        items = json.loads(file_of(admin.get(EXPORT, {"format": "json"})))
        lines = file_of(admin.get(EXPORT, {"format": "ndjson"})).splitlines()
        assert [item["title"] for item in items] == ["two", "One & only"]
        assert [json.loads(line) for line in lines] == items
        assert items[1]["secret"] == "s3cr3t"

    @pytest.mark.parametrize(("name", "text"), [("json", "[]\n"), ("ndjson", "")])
    def test_nothing(self, admin, name, text):
        assert file_of(admin.get(EXPORT, {"format": name, "filter": "title = 'none'"})) == text

    @pytest.mark.parametrize("text", ["=cmd|'/C calc'!A0", "+1", "-1+2", "@SUM(A1)", "\t=1", "'=1"])
    def test_formulas_are_texts_for_spreadsheets(self, admin, text):
        add(text)
        (row,) = rows_of(admin.get(EXPORT, {"format": "csv", "filter": "status = ''"}))
        assert row["title"] == f"'{text}"

    def test_a_negative_number_stays_one(self, admin):
        add("two", rating=-3)
        (row,) = rows_of(admin.get(EXPORT, {"format": "csv", "filter": "title = 'two'"}))
        assert row["rating"] == "-3"

    def test_secrets_of_accounts_stay_here(self, admin, root):
        text = file_of(admin.get("/_/collections/_superusers/export/?format=ndjson"))
        assert root.email in text
        assert root.tokenKey not in text
        assert root.password not in text


class TestWhich:
    def test_filter_and_sort_are_those_of_the_list(self, admin):
        add("b", "a", "c", status="draft")
        query = {"format": "csv", "filter": "status = 'draft' && title != 'c'", "sort": "title"}
        assert [row["title"] for row in rows_of(admin.get(EXPORT, query))] == ["a", "b"]

    def test_a_sort_by_what_a_relation_leads_to(self, admin):
        add("without")
        query = {"format": "csv", "sort": "-author.name", "filter": "readers.name != 'x'"}
        assert [row["title"] for row in rows_of(admin.get(EXPORT, query))] == ["One & only", "without"]

    def test_only_the_shown_columns(self, admin):
        (row,) = rows_of(admin.get(EXPORT, {"format": "csv", "shown": "1", "columns": "title.status"}))
        assert row == {"title": "One & only", "status": "done"}

    def test_the_selected_ones(self, admin):
        add("two", "three")
        response = admin.post(EXPORT, {"format": "csv", "ids": [FIRST, "added0010000000", "gone"]})
        assert [row["title"] for row in rows_of(response)] == ["One & only", "three"]

    @pytest.mark.parametrize("sent", [{"format": "csv"}, {"ids": FIRST}, {"format": "xls", "ids": FIRST}])
    def test_nothing_chosen_leads_back(self, admin, sent):
        assert admin.post(EXPORT, sent)["Location"] == POSTS

    def test_a_wrong_filter_is_an_error_and_no_file(self, admin):
        assert admin.get(EXPORT, {"format": "csv", "filter": "title ="}).status_code == 400

    def test_a_view(self, admin, make_collection, monkeypatch):
        monkeypatch.setattr(exporting, "_VIEW_BATCH", 2)
        add("two", "three", "four")
        make_collection(
            "stats",
            type="view",
            options={"viewQuery": "SELECT id, title FROM posts"},
            fields=[{"type": "text", "name": "title"}],
        )
        rows = rows_of(admin.get("/_/collections/stats/export/?format=csv&sort=title"))
        assert [row["title"] for row in rows] == ["One & only", "four", "three", "two"]

    def test_hooks_see_it_as_the_api_shows_it(self, admin, connect):
        def hide(event, **kwargs):
            event.records = [record for record in event.records if record["title"] != "two"]

        connect(records_list_request, hide)
        add("two")
        assert [row["title"] for row in rows_of(admin.get(EXPORT, {"format": "csv"}))] == ["One & only"]

    def test_nobody_gets_it_without_signing_in(self, client, root, make_collection):
        make_posts(make_collection)
        assert client.get(EXPORT, {"format": "csv"}).status_code == 302


class TestCost:
    def test_records_are_read_a_batch_at_a_time_while_it_is_sent(self, admin, monkeypatch):
        monkeypatch.setattr(exporting, "BATCH", 10)
        add(*(f"{at:02}" for at in range(34)))
        response = admin.get(EXPORT, {"format": "ndjson"})
        pieces = iter(response.streaming_content)
        with CaptureQueriesContext(connection) as asked:
            assert next(pieces).count(b"\n") == 10
        assert len(asked) <= 1
        assert [piece.count(b"\n") for piece in pieces] == [10, 10, 5]

    def test_who_writes_meanwhile_moves_nothing(self, admin, monkeypatch):
        monkeypatch.setattr(exporting, "BATCH", 2)
        add("a", "b", "c")
        pieces = iter(admin.get(EXPORT, {"format": "ndjson", "sort": "title"}).streaming_content)
        first = next(pieces)
        admin.post(f"{POSTS}delete/", {"ids": "added0010000000", "confirmed": "1"})
        insert(find_collection("posts"), id="later0000000000", title="0")
        titles = [json.loads(line)["title"] for line in (first + b"".join(pieces)).splitlines()]
        assert titles == ["One & only", "a", "c"]

    def test_the_gathered_ids_go_with_the_answer(self, admin, monkeypatch):
        gathered = []
        made = exporting.SpooledTemporaryFile
        monkeypatch.setattr(
            exporting, "SpooledTemporaryFile", lambda *args: gathered.append(made(*args)) or gathered[0]
        )
        response = admin.get(EXPORT, {"format": "ndjson"})
        next(iter(response.streaming_content))
        response.close()
        assert gathered[0].closed
