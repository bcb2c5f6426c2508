"""Rows that a page asks for again, and the feed by which it knows that it should."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collections_app import commits
from collections_app.catalog import find_collection
from realtime_app import record_feed
from realtime_app.feeds import Feeds, is_channel, records_channel
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import AUTHOR, FIRST, POSTS, make_posts
from tests.admin_ui.test_records_list import add

pytestmark = pytest.mark.django_db

ROWS = f"{POSTS}rows/"


@pytest.fixture
def admin(client, root, make_collection):
    make_posts(make_collection)
    sign_in(client)
    return client


def ids_in(response) -> list[str]:
    assert response.status_code == 200
    return re.findall(r'name="ids" value="([^"]*)"', response.content.decode())


class TestRows:
    def test_those_that_there_are(self, admin):
        add("two", "three")
        assert ids_in(admin.get(ROWS, {"ids": [FIRST, "added0100000000", "gone"]})) == [
            FIRST,
            "added0100000000",
        ]

    def test_a_row_is_the_one_of_the_list(self, admin):
        query = {"sort": "title", "columns": "title.author"}
        alone = admin.get(ROWS, {"ids": FIRST, **query}).content.decode()
        listed = admin.get(POSTS, query).content.decode()
        rows = [
            re.findall(r"<tr>.*?</tr>", page.partition("<tbody>")[2], re.DOTALL) for page in (alone, listed)
        ]
        assert len(rows[0]) == 1
        assert rows[0] == rows[1]

    @pytest.mark.parametrize(
        ("filter_", "found"),
        [("title = 'two'", ["added0000000000"]), ("two", ["added0000000000"]), ("title = 'x'", [])],
    )
    def test_that_the_filter_leaves(self, admin, filter_, found):
        add("two")
        assert ids_in(admin.get(ROWS, {"ids": [FIRST, "added0000000000"], "filter": filter_})) == found

    def test_a_wrong_filter(self, admin):
        assert admin.get(ROWS, {"ids": FIRST, "filter": "title ="}).status_code == 400

    def test_a_hundred_with_relations_and_thumbs_take_as_many_queries_as_one(self, admin):
        related = {"author": AUTHOR, "readers": [AUTHOR, "gone00000000000"], "papers": ["a.png", "b.pdf"]}
        add(*(f"{at}" for at in range(99)), **related)
        ids = [FIRST, *(f"added{at:02}".ljust(15, "0") for at in range(99))]
        admin.get(ROWS, {"ids": ids[:1]})
        with CaptureQueriesContext(connection) as one:
            admin.get(ROWS, {"ids": ids[:1]})
        with CaptureQueriesContext(connection) as hundred:
            response = admin.get(ROWS, {"ids": ids, "pictures": "1"})
        assert len(ids_in(response)) == 100
        assert response.content.decode().count("a.png?thumb=100x100&amp;token=") == 2 * 99
        assert len(hundred) == len(one)
        assert len(ids_in(admin.get(ROWS, {"ids": [*ids, "one_more"]}))) == 100

    def test_nobody_sees_them_without_signing_in(self, client, root, make_collection):
        make_posts(make_collection)
        assert client.get(ROWS, {"ids": FIRST}).status_code == 302


class Heard:
    """A feed's stream, as far as this process is concerned."""

    def __init__(self, monkeypatch) -> None:
        self.feeds = Feeds(batch_seconds=60)
        self.told: list = []
        monkeypatch.setattr(record_feed, "feeds", self.feeds)
        monkeypatch.setattr(
            "realtime_app.feeds._deliver", lambda channel, batch: self.told.append((channel, batch.parts()))
        )

    def all(self) -> list:
        self.feeds._is_flush_due = True
        self.feeds.flush()
        return self.told


@pytest.fixture
def heard(monkeypatch, request):
    stream = Heard(monkeypatch)
    # Nothing is to flush by itself.
    monkeypatch.setattr(stream.feeds, "_flush_soon", lambda: None)
    commits.listen("test feed", records=record_feed._tell, is_listening=stream.feeds.are_records_watched)
    request.addfinalizer(lambda: commits.stop_listening("test feed"))
    return stream


class TestFeed:
    @pytest.mark.parametrize("name", ["records.pbc_1", "records._superusers", "logs"])
    def test_there_is_a_channel_for_each_collection(self, name):
        assert is_channel(name)

    @pytest.mark.parametrize(
        "name", ["records", "records.", "records.a.b", "records.ä", "records.a\n", "x.a"]
    )
    def test_and_no_other(self, name):
        assert not is_channel(name)

    def test_it_tells_what_happens_to_records_by_their_ids(
        self, admin, heard, django_capture_on_commit_callbacks
    ):
        posts = find_collection("posts")
        heard.feeds.opened(records_channel(posts.id))
        page = f"{POSTS}records/{FIRST}/"
        with django_capture_on_commit_callbacks(execute=True):
            for title in ("a", "b"):
                admin.post(page, {"field.title": title, "was.title": ""})
            admin.post(f"{page}delete/")
        ((channel, batch),) = heard.all()
        assert channel == records_channel(posts.id)
        assert batch == {
            "dropped": 0,
            "entries": [
                f'{{"event":"update","data":{{"id":"{FIRST}"}}}}',
                f'{{"event":"delete","data":{{"id":"{FIRST}"}}}}',
            ],
        }

    def test_others_hear_nothing_of_it(self, admin, heard, django_capture_on_commit_callbacks):
        heard.feeds.opened("logs")
        assert not heard.feeds.are_records_watched()
        heard.feeds.opened(records_channel("pbc_another"))
        assert heard.feeds.are_records_watched()
        with django_capture_on_commit_callbacks(execute=True):
            admin.post(f"{POSTS}records/{FIRST}/", {"field.title": "a", "was.title": ""})
        assert heard.all() == []
        heard.feeds.closed(records_channel("pbc_another"))
        assert not heard.feeds.are_records_watched()
