"""The shop's models as collections: `authors` read-only, `books` read and written under rules."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models.signals import post_save

from collections_app.events import record_create_request, record_update_request
from shop.models import Author, Book

BOOKS = "/api/collections/books/records"


@pytest.fixture
def ann(api):
    return Author.objects.create(name="Ann")


@pytest.fixture
def two_books(ann):
    one = Book.objects.create(
        title="One",
        pages=100,
        price=Decimal("9.50"),
        author=ann,
        published=datetime(2020, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        purchase_note="secret",
    )
    two = Book.objects.create(title="Two", pages=20, author=ann, in_stock=False)
    return one, two


@pytest.fixture
def alice(make_record):
    return make_record("users", email="alice@example.com")


def titles(answer):
    assert answer.status == 200, answer.text
    return [book["title"] for book in answer.json["items"]]


def test_a_book_is_shown_as_a_record(api, ann, two_books):
    answer = api.get(f"{BOOKS}/{two_books[0].pk}?expand=author")
    assert answer.status == 200, answer.text
    record = answer.json
    author = record.pop("expand")["author"]
    assert (author["name"], author["collectionName"]) == ("Ann", "authors")
    assert record == {
        "author": str(ann.pk),
        "collectionId": record["collectionId"],
        "collectionName": "books",
        "id": str(two_books[0].pk),
        "in_stock": True,
        "pages": 100,
        "price": 9.5,
        "published": "2020-01-02 03:04:05.678Z",
        "title": "One",
    }


def test_what_is_null_is_shown_as_empty(superuser_api, two_books):
    record = superuser_api.get(f"{BOOKS}/{two_books[1].pk}").json
    assert (record["published"], record["price"], record["in_stock"]) == ("", 0, False)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort=title", ["One", "Two"]),
        ("sort=-pages", ["One", "Two"]),
        ("sort=pages", ["Two", "One"]),
        ("filter=pages>50", ["One"]),
        ("filter=in_stock=false", ["Two"]),
        ("filter=author.name~'an'%26%26title='Two'", ["Two"]),
        ("filter=author.name='Bob'", []),
        ("filter=published>'2020-01-01'", ["One"]),
        ("filter=published=''", ["Two"]),
        ("perPage=1&sort=-title", ["Two"]),
    ],
)
def test_books_are_found(superuser_api, two_books, query, expected):
    assert titles(superuser_api.get(f"{BOOKS}?{query}")) == expected


def test_rules_decide_who_sees_them(api, alice, two_books):
    assert titles(api.get(BOOKS)) == ["One"]
    assert sorted(titles(api.as_(alice).get(BOOKS))) == ["One", "Two"]
    assert api.get(f"{BOOKS}?filter=purchase_note='secret'").status == 400


def test_authors_are_read_only(superuser_api, ann):
    path = "/api/collections/authors/records"
    assert superuser_api.get(f"{path}/{ann.pk}").json["name"] == "Ann"
    for answer in (
        superuser_api.post(path, {"name": "Bob"}),
        superuser_api.patch(f"{path}/{ann.pk}", {"name": "Bob"}),
        superuser_api.delete(f"{path}/{ann.pk}"),
    ):
        assert (answer.status, answer.json["message"]) == (400, "Unsupported collection type.")
    assert [author.name for author in Author.objects.all()] == ["Ann"]


def test_a_book_is_made_by_the_model(api, ann, alice, events):
    saved = []

    def note(instance, created, **kwargs):
        saved.append((instance.title, created))

    post_save.connect(note, sender=Book)
    try:
        body = {"title": "New", "pages": 3, "author": str(ann.pk), "published": "2021-05-06", "price": 1.25}
        answer = api.as_(alice).post(f"{BOOKS}?expand=author", body)
    finally:
        post_save.disconnect(note, sender=Book)
    assert answer.status == 200, answer.text
    book = Book.objects.get()
    assert (book.title, book.pages, book.price, book.author, book.in_stock) == (
        "New",
        3,
        Decimal("1.25"),
        ann,
        True,
    )
    assert book.published == datetime(2021, 5, 6, tzinfo=UTC)
    assert (answer.json["id"], answer.json["expand"]["author"]["name"]) == (str(book.pk), "Ann")
    assert saved == [("New", True)]
    assert (events["record_create_request"], events["record_create"]) == (1, 0)


@pytest.mark.parametrize(
    ("body", "status", "refused"),
    [
        ({"title": "New", "pages": 0}, 400, {}),
        ({"title": "", "pages": 3}, 400, {"title": "validation_blank"}),
        ({"title": "x" * 201, "pages": 3}, 400, {"title": "validation_max_length"}),
        ({"title": "New", "pages": -3}, 400, {"pages": "validation_min_value"}),
        ({"title": "New", "pages": 3, "author": "999"}, 400, {"author": "validation_invalid"}),
        ({"title": "New", "pages": 3, "author": ""}, 400, {"author": "validation_null"}),
    ],
)
def test_what_the_rule_or_the_model_refuses_is_not_written(api, ann, alice, body, status, refused):
    answer = api.as_(alice).post(BOOKS, {"author": str(ann.pk), **body})
    assert answer.status == status, answer.text
    assert {name: error["code"] for name, error in answer.json["data"].items()} == refused
    assert not Book.objects.exists()


def test_guests_make_no_books(api, ann):
    answer = api.post(BOOKS, {"title": "New", "pages": 3, "author": str(ann.pk)})
    assert (answer.status, Book.objects.count()) == (400, 0)


def test_a_book_is_changed_and_nothing_else_of_it(api, alice, two_books):
    answer = api.as_(alice).patch(f"{BOOKS}/{two_books[0].pk}", {"title": "Other", "pages+": 5})
    assert (answer.status, answer.json["title"], answer.json["pages"]) == (200, "Other", 105)
    book = Book.objects.get(pk=two_books[0].pk)
    assert (book.title, book.pages, book.price, book.purchase_note) == (
        "Other",
        105,
        Decimal("9.50"),
        "secret",
    )
    assert api.patch(f"{BOOKS}/{book.pk}", {"title": "Guest"}).status == 404
    assert api.as_(alice).patch(f"{BOOKS}/999", {"title": "None"}).status == 404


def test_only_superusers_delete_where_there_is_no_rule(api, alice, superuser_api, two_books):
    path = f"{BOOKS}/{two_books[0].pk}"
    assert api.as_(alice).delete(path).status == 403
    assert superuser_api.delete(path).status == 204
    assert superuser_api.delete(path).status == 404
    assert [book.title for book in Book.objects.all()] == ["Two"]


def test_a_hook_may_change_what_is_written(api, ann, alice):
    def shout(event, **kwargs):
        event.record["title"] = event.record["title"].upper()

    record_create_request.connect(shout, collection="books")
    try:
        answer = api.as_(alice).post(BOOKS, {"title": "new", "pages": 3, "author": str(ann.pk)})
    finally:
        record_create_request.disconnect(shout)
    assert (answer.json["title"], Book.objects.get().title) == ("NEW", "NEW")


def test_a_change_meanwhile_is_not_lost(api, alice, two_books):
    """The receiver stands for somebody else, who is quicker."""
    book = two_books[0]

    def change(event, **kwargs):
        Book.objects.filter(pk=book.pk).update(pages=500, title="Theirs")

    record_update_request.connect(change, collection="books")
    try:
        answer = api.as_(alice).patch(f"{BOOKS}/{book.pk}", {"pages+": 5})
    finally:
        record_update_request.disconnect(change)
    assert (answer.status, answer.json["pages"], answer.json["title"]) == (200, 505, "Theirs")


def test_a_book_is_found_by_an_index(two_books):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN SELECT * FROM books WHERE id = '1'")
        plans = [row[-1] for row in cursor.fetchall()]
    assert plans == ["SEARCH shop_book USING INDEX shop_book_id_as_text (<expr>=?)"]


def test_books_in_a_batch(superuser_api, ann, two_books):
    superuser_api.patch("/api/settings", {"batch": {"enabled": True, "maxRequests": 5, "timeout": 3}})
    new = {"title": "New", "pages": 3, "author": str(ann.pk)}
    requests = [
        {"method": "POST", "url": BOOKS, "body": new},
        {"method": "PATCH", "url": f"{BOOKS}/{two_books[0].pk}", "body": {"title": "Changed"}},
        {"method": "DELETE", "url": f"{BOOKS}/{two_books[1].pk}"},
    ]
    answer = superuser_api.post("/api/batch", {"requests": requests})
    assert [one["status"] for one in answer.json] == [200, 200, 204], answer.text
    assert sorted(book.title for book in Book.objects.all()) == ["Changed", "New"]

    failing = [{"method": "POST", "url": BOOKS, "body": new}, {"method": "POST", "url": BOOKS, "body": {}}]
    assert superuser_api.post("/api/batch", {"requests": failing}).status == 400
    assert Book.objects.count() == 2
