"""The list of a collection's records: what it shows, in which order, and what it costs."""

import re
from html import escape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collections_app.catalog import find_collection
from collections_app.events import records_list_request
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import AUTHOR, FIRST, HOSTILE, POSTS, make_posts
from tests.auth_app.accounts import stored
from tests.collections_app.records.rows import insert

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, root, make_collection):
    """A browser that has signed in, beside `posts`."""
    make_posts(make_collection)
    sign_in(client)
    return client


def page_of(admin, query: str = "") -> str:
    response = admin.get(POSTS + query)
    assert response.status_code == 200
    return response.content.decode()


def titles(page: str) -> list[str]:
    return re.findall(r'<a class="truncate" href="[^"]*" data-panel>(.*?)</a>', page)


def add(*posts_titles: str, **values) -> None:
    posts = find_collection("posts")
    assert posts is not None
    for at, title in enumerate(posts_titles):
        insert(posts, id=f"added{at:02}".ljust(15, "0"), title=title, **values)


class TestRows:
    def test_a_cell_for_every_type(self, admin):
        page = page_of(admin)
        for shown in (
            "One &amp; only",
            f"<code>{FIRST}</code>",
            '<span class="tag" data-hue="2">done</span>',
            '<span class="tag" data-hue="2">glad</span>',
            '<td class="number-cell">4.5</td>',
            'title="2026-11-27 18:04:05.123 UTC" data-moment="short">2026-11-27 18:04</time>',
            "12345678901234567890",
            "24.9, 60.1",
            "Long ago",
            'href="https://example.com/x" target="_blank" rel="noopener noreferrer nofollow"',
            "a@example.com",
            "Ada Nwosu",
            f'href="/_/collections/authors/records/{AUTHOR}/"',
        ):
            assert shown in page, shown

    def test_a_relation_to_nothing_is_shown_and_marked(self, admin):
        add("two", readers=["gone00000000000"])
        page = page_of(admin)
        assert re.search(r'<span class="chip broken"[^>]*>.*?gone00000000000', page, re.DOTALL)

    def test_hidden_fields_are_off_until_chosen(self, admin):
        assert "s3cr3t" not in page_of(admin)
        assert admin.post(f"{POSTS}columns/", {"columns": ["secret"]}).status_code == 302
        page = page_of(admin)
        assert "s3cr3t" in page
        assert "number-cell" not in page
        admin.post(f"{POSTS}columns/", {"reset": "1"})
        assert "number-cell" in page_of(admin)

    def test_whatever_somebody_wrote_is_text(self, admin):
        add(
            HOSTILE,
            body=HOSTILE,
            contact=HOSTILE,
            source=f"javascript:{HOSTILE}",
            status=HOSTILE,
            meta=[HOSTILE],
            readers=[HOSTILE],
            papers=[HOSTILE],
        )
        page = page_of(admin)
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert 'href="javascript:' not in page
        assert "{{ 7|add:7 }}" in page
        assert escape(HOSTILE)[:40] in page

    def test_a_row_leads_to_its_record_and_back_to_this_page(self, admin):
        add(*(f"{at:02}" for at in range(50)))
        page = page_of(admin, "?sort=title&page=2")
        assert f'/records/{FIRST}/?sort=title&amp;page=2" data-panel' in page


class TestOrder:
    def test_newest_first(self, admin):
        add("two", "three")
        assert titles(page_of(admin)) == ["three", "two", "One &amp; only"]

    def test_a_heading_sorts_down_and_then_up(self, admin):
        add("a", "z")
        page = page_of(admin)
        assert f'href="{POSTS}?sort=-title"' in page
        assert titles(page_of(admin, "?sort=-title")) == ["z", "a", "One &amp; only"]
        assert 'aria-sort="descending"' in page_of(admin, "?sort=-title")
        assert f'href="{POSTS}?sort=title"' in page_of(admin, "?sort=-title")

    def test_relations_sort_by_what_they_are_called(self, admin):
        assert f'href="{POSTS}?sort=-author.name"' in page_of(admin)
        assert page_of(admin, "?sort=-author.name")

    @pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "²"])
    def test_a_page_that_is_none_is_the_first(self, admin, page):
        assert titles(page_of(admin, f"?page={page}")) == ["One &amp; only"]


class TestFilter:
    @pytest.mark.parametrize(
        ("said", "found"),
        [
            pytest.param("title = 'two'", ["two"], id="expression"),
            pytest.param("tw", ["two"], id="term"),
            pytest.param("a@example.com", ["One &amp; only"], id="term_in_another_field"),
            pytest.param('no"thing', [], id="quote"),
        ],
    )
    def test_finds(self, admin, said, found):
        add("two")
        assert titles(admin.get(POSTS, {"filter": said}).content.decode()) == found

    @pytest.mark.parametrize(
        "said",
        ["title =", "nothing = 1", "(title = 1", f"title = '{'x' * 4000}'"],
        ids=["cut", "name", "open", "long"],
    )
    def test_what_is_wrong_stands_below_it(self, admin, said):
        response = admin.get(POSTS, {"filter": said})
        page = response.content.decode()
        assert response.status_code == 200
        assert "The filter cannot be used:" in page
        assert f'value="{escape(said)}"' in page  # as it was typed
        assert titles(page) == []

    def test_is_kept_while_sorting(self, admin):
        add("two")
        assert f'href="{POSTS}?filter=tw&amp;sort=-title"' in page_of(admin, "?filter=tw")


class TestCost:
    def test_a_full_page_takes_as_many_queries_as_a_short_one(self, admin):
        page_of(admin)
        with CaptureQueriesContext(
            connection,
        ) as short:
            page_of(admin)
        add(*(f"{at:02}" for at in range(60)), author=AUTHOR, readers=[AUTHOR, "gone00000000000"])
        with CaptureQueriesContext(connection) as full:
            page_of(admin)
        assert len(full) == len(short)

    def test_nothing_is_counted_before_the_rows(self, admin, monkeypatch):
        asked = []
        monkeypatch.setattr(
            "collections_app.records.reading.listing._total", lambda *args: asked.append(args) or 7
        )
        page_of(admin)
        assert asked == []
        assert "<strong>7</strong> records" in admin.get(f"{POSTS}count/").content.decode()
        assert len(asked) == 1

    def test_the_count_of_a_filter(self, admin):
        add("two")
        assert "<strong>1</strong> match" in admin.get(f"{POSTS}count/?filter=two").content.decode()
        assert "–" in admin.get(f"{POSTS}count/?filter=two=").content.decode()


class TestWays:
    def test_hooks_see_the_list_as_the_api_shows_it(self, admin, connect):
        def hide(event, **kwargs):
            event.records = []

        connect(records_list_request, hide)
        assert titles(page_of(admin)) == []

    @pytest.mark.parametrize(
        "path", ["", "count/", "choices/", "new/", f"records/{FIRST}/", f"records/{FIRST}/delete/"]
    )
    def test_nobody_gets_in_without_signing_in(self, client, root, make_collection, path):
        make_posts(make_collection)
        response = client.get(POSTS + path)
        assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/_/login/")

    def test_a_collection_that_there_is_not(self, admin):
        assert admin.get("/_/collections/nothing/").status_code == 404

    def test_system_collections_and_their_secrets(self, admin, root):
        page = admin.get("/_/collections/_superusers/").content.decode()
        assert "root@example.com" in page
        assert ">you</span>" in page
        for secret in (root.tokenKey, root.password):
            assert secret not in page

    def test_a_view_is_only_looked_at(self, admin, make_collection):
        make_collection(
            "stats",
            type="view",
            options={"viewQuery": "SELECT id, title FROM posts"},
            fields=[{"type": "text", "name": "title"}],
        )
        page = admin.get("/_/collections/stats/").content.decode()
        assert 'id="new-record"' not in page
        assert admin.get("/_/collections/stats/new/").status_code == 400


class TestSelected:
    def test_are_deleted_when_somebody_says_so_twice(self, admin):
        add("two", "three")
        ids = [stored("posts", FIRST).id]
        page = admin.post(f"{POSTS}delete/?sort=title", {"ids": ids}).content.decode()
        assert "One &amp; only" in page
        assert titles(page_of(admin)) == ["three", "two", "One &amp; only"]
        response = admin.post(f"{POSTS}delete/?sort=title", {"ids": ids, "confirmed": "1"})
        assert response["Location"] == f"{POSTS}?sort=title"
        assert titles(page_of(admin)) == ["three", "two"]

    def test_all_or_none(self, admin):
        add("two")
        ids = [FIRST, "nobody000000000"]
        page = admin.post(f"{POSTS}delete/", {"ids": ids, "confirmed": "1"}).content.decode()
        assert "Nothing was deleted." in page
        assert titles(page_of(admin)) == ["two", "One &amp; only"]
