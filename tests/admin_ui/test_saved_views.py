"""Views of a list under names: of one's own, and shared ones."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from admin_ui.lists.saved_views import MOST_VIEWS
from admin_ui.models import SavedView
from auth_app import superusers
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import HOSTILE, POSTS, make_posts
from tests.auth_app.accounts import PASSWORD

pytestmark = pytest.mark.django_db

VIEWS = f"{POSTS}views/"
DRAFTS = "?filter=status+%3D+%27draft%27&sort=-title"


@pytest.fixture
def admin(client, root, make_collection):
    make_posts(make_collection)
    sign_in(client)
    return client


@pytest.fixture
def other(root):
    superusers.create_superuser("other@example.com", PASSWORD)
    browser = Client()
    sign_in(browser, "other@example.com")
    return browser


def tabs(admin, query="") -> list[str]:
    page = admin.get(POSTS + query).content.decode()
    found = page[page.index('class="page-tabs"') : page.index('<div class="toolbar">')]
    return [re.sub(r"<svg.*?</svg>", "", text) for text in re.findall(r"<a [^>]*>(.*?)</a>", found)][1:-1]


def current(admin, query="") -> str:
    page = admin.get(POSTS + query).content.decode()
    found = page[page.index('class="page-tabs"') : page.index('<div class="toolbar">')]
    return next(iter(re.findall(r'<a [^>]*aria-current="page">(.*?)</a>', found)), "")


def test_a_list_is_kept_with_its_filter_and_sort(admin):
    response = admin.post(VIEWS + DRAFTS, {"name": " My  drafts "})
    assert response["Location"] == POSTS + DRAFTS
    assert tabs(admin) == ["My drafts"]
    assert (current(admin), current(admin, DRAFTS), current(admin, "?sort=title")) == (
        "All posts",
        "My drafts",
        "",
    )


def test_with_the_columns_that_are_shown(admin):
    admin.post(f"{POSTS}columns/", {"columns": ["status", "rating"]})
    response = admin.post(VIEWS, {"name": "short", "with_columns": "1"})
    assert response["Location"] == f"{POSTS}?columns=status.rating"
    admin.post(f"{POSTS}columns/", {"reset": "1"})
    page = admin.get(f"{POSTS}?columns=status.rating").content.decode()
    assert page.count('<th scope="col"') == 3  # and what says what a record is
    assert "sort=-status&amp;columns=status.rating" in page


def test_changed_columns_of_a_view_stay_in_its_address(admin):
    response = admin.post(
        f"{POSTS}columns/", {"columns": ["rating"], "back": f"{POSTS}?sort=title&columns=status"}
    )
    assert response["Location"] == f"{POSTS}?sort=title&columns=rating"
    assert "columns" not in admin.cookies


def test_the_same_name_is_the_same_view(admin):
    admin.post(VIEWS + DRAFTS, {"name": "one"})
    admin.post(f"{VIEWS}?sort=rating", {"name": "one", "is_shared": "1"})
    assert [(view.sort, view.filter, view.is_shared) for view in SavedView.objects.all()] == [
        ("rating", "", True)
    ]


def test_others_see_the_shared_ones_only(admin, other):
    admin.post(VIEWS + DRAFTS, {"name": "mine"})
    admin.post(f"{VIEWS}?sort=title", {"name": "ours", "is_shared": "1"})
    assert (tabs(admin), tabs(other)) == (["mine", "ours"], ["ours"])


def test_one_deletes_ones_own_and_shared_ones(admin, other):
    admin.post(VIEWS + DRAFTS, {"name": "mine"})
    admin.post(f"{VIEWS}?sort=title", {"name": "ours", "is_shared": "1"})
    for view in SavedView.objects.all():
        assert other.post(f"{VIEWS}{view.pk}/delete/").status_code == 302
    assert tabs(admin) == ["mine"]
    admin.post(f"{VIEWS}{SavedView.objects.get().pk}/delete/")
    assert tabs(admin) == []


@pytest.mark.parametrize("name", ["", " ", "x" * 61])
def test_a_name_that_is_none_is_told(admin, name):
    page = admin.post(VIEWS + DRAFTS, {"name": name}).content.decode()
    assert "Give it a name of up to 60 characters." in page
    assert not SavedView.objects.exists()


def test_there_are_only_so_many(admin, root):
    collection_id = admin.get(POSTS).context["collection"].id
    SavedView.objects.bulk_create(
        SavedView(collection_id=collection_id, owner_id=root.pk, name=f"{at}") for at in range(MOST_VIEWS)
    )
    assert "views already" in admin.post(VIEWS, {"name": "one more"}).content.decode()
    assert admin.post(f"{VIEWS}?sort=title", {"name": "7"}).status_code == 302


def test_a_name_is_text_and_what_is_gone_of_a_view_does_no_harm(admin):
    admin.post(VIEWS, {"name": HOSTILE[:60], "is_shared": "1"})
    SavedView.objects.update(columns="gone.title", filter="gone = 1")
    page = admin.get(POSTS).content.decode()
    assert "<img src=x" not in page
    assert "?filter=gone+%3D+1&amp;columns=title" in page


def test_all_views_cost_one_query(admin):
    admin.get(POSTS)
    with CaptureQueriesContext(connection) as none:
        admin.get(POSTS)
    for number in range(5):
        admin.post(f"{VIEWS}?sort=title", {"name": f"{number}"})
    with CaptureQueriesContext(connection) as several:
        admin.get(POSTS)
    assert len(several) == len(none)
