"""Filters by field: the text that a form makes, and the form that a text makes."""

import pytest
from django.http import QueryDict

from admin_ui.lists.conditions import conditions_in, said_conditions, split, text_of
from collections_app.catalog import find_collection
from tests.admin_ui.dashboard import sign_in
from tests.admin_ui.posts import POSTS, make_posts
from tests.admin_ui.test_records_list import add, titles

pytestmark = pytest.mark.django_db

FORMS = {
    "choice": ("f.status=done", 'status = "done"'),
    "choices": ("f.status=draft&f.status=done", '(status = "draft" || status = "done")'),
    "of_several": ("f.moods=glad", 'moods:each ?= "glad"'),
    "bool": ("f.featured=true", "featured = true"),
    "number": ("f.rating.low=2&f.rating.high=4.5", "rating >= 2 && rating <= 4.5"),
    "days": (
        "f.published.low=2026-11-01&f.published.high=2026-11-30",
        'published >= "2026-11-01 00:00:00.000Z" && published <= "2026-11-30 23:59:59.999Z"',
    ),
    "since": ("f.updated.since=month", "updated >= @monthStart"),
    "text": ("f.title=One+%26", 'title ~ "One &"'),
    "quotes": ("f.title=a%22b%5C", r'title ~ "a\"b\\"'),
    "relation": ("f.author=Ada", 'author.name ?~ "Ada"'),
    "no_file": ("f.papers.presence=none", "papers:length = 0"),
    "a_date": ("f.published.presence=some", 'published != ""'),
    "a_place": ("f.place.presence=some", "place.lon != 0"),
    "two_fields": ("f.status=done&f.title=o", 'title ~ "o" && status = "done"'),
}


@pytest.fixture
def posts(make_collection):
    make_posts(make_collection)
    return find_collection("posts")


@pytest.mark.parametrize(("form", "text"), FORMS.values(), ids=FORMS)
def test_a_form_is_a_text_and_the_text_that_form(posts, form, text):
    said = [one for one in said_conditions(posts, QueryDict(form)) if one.is_said]
    assert text_of(said, "") == text
    read, rest = conditions_in(posts, text)
    assert ([one for one in read if one.is_said], rest) == (said, "")


@pytest.mark.parametrize("form", [form for form, _text in FORMS.values()], ids=FORMS)
def test_the_list_takes_every_text(client, root, posts, form):
    sign_in(client)
    response = client.get(f"{POSTS}filter/?apply=1&{form}", follow=True)
    assert response.status_code == 200
    assert "The filter cannot be used" not in response.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("f.status=done", ["One &amp; only"]),
        ("f.moods=glad", ["One &amp; only"]),
        ("f.moods=sad", []),
        ("f.rating.low=4&f.rating.high=5", ["One &amp; only"]),
        ("f.rating.high=4", ["two"]),
        ("f.published.low=2026-11-27&f.published.high=2026-11-27", ["One &amp; only"]),
        ("f.published.presence=none", ["two"]),
        ("f.author=Ada", ["One &amp; only"]),
        ("f.author.presence=none", ["two"]),
        ("f.readers.presence=none", ["two", "One &amp; only"]),
        ("f.place.presence=some", ["One &amp; only"]),
        ("f.featured=false&f.featured=true", ["two", "One &amp; only"]),
    ],
)
def test_it_finds(client, root, posts, query, found):
    sign_in(client)
    add("two")
    assert titles(client.get(f"{POSTS}filter/?apply=1&{query}", follow=True).content.decode()) == found


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ('title = "x"', 'title = "x"'),
        ('status = "done" && title = "x"', 'title = "x"'),
        ('status = "done" || title ~ "x"', 'status = "done" || title ~ "x"'),
        ('(status = "done" && a = 1) && rating >= 2', '(status = "done" && a = 1)'),
        ('title ~ "a && status = 1" && x = "', 'title ~ "a && status = 1" && x = "'),
        ("rating >= 2 && rating >= 3", "rating >= 3"),
        ('published >= "2026-11-01 23:59:59.999Z"', 'published >= "2026-11-01 23:59:59.999Z"'),
    ],
)
def test_other_words_stay_as_they_are(posts, text, rest):
    read, left = conditions_in(posts, text)
    assert left == rest
    said = [one for one in read if one.is_said]
    assert sorted(split(text_of(said, left))) == sorted(split(text)) or left == text


def test_what_is_or_goes_into_a_group(posts):
    read, rest = conditions_in(posts, "a = 1 || b = 2")
    said = said_conditions(posts, QueryDict("f.rating.low=1"))
    assert text_of(said, rest) == "(a = 1 || b = 2) && rating >= 1"
    assert not any(one.is_said for one in read)


@pytest.mark.parametrize("form", ["f.rating.low=x", "f.published.low=yesterday", "f.status=none", "f.title="])
def test_what_makes_no_sense_is_left_out(posts, form):
    assert text_of(said_conditions(posts, QueryDict(form)), "") == ""


def test_the_sheet_has_what_the_filter_says(client, root, posts):
    sign_in(client)
    page = client.get(
        f"{POSTS}filter/", {"filter": 'status = "done" && title = "x"', "sort": "title"}
    ).content.decode()
    assert 'name="f.status" value="done" checked' in page
    assert "<code>title = &quot;x&quot;</code>" in page
    response = client.get(
        f"{POSTS}filter/",
        {"apply": "1", "filter": 'status = "done" && title = "x"', "f.status": "draft", "sort": "title"},
    )
    assert (
        response["Location"] == f"{POSTS}?filter=title+%3D+%22x%22+%26%26+status+%3D+%22draft%22&sort=title"
    )


def test_a_plain_term_is_kept_beside_it(client, root, posts):
    sign_in(client)
    add("two", "twofold", status="draft")
    add_done = client.get(f"{POSTS}filter/?apply=1&filter=tw&f.status=draft", follow=True)
    assert titles(add_done.content.decode()) == ["twofold", "two"]
