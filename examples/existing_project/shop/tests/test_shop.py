"""The shop is what it was, and has an API beside it."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from shop.models import Author, Book, Customer


def test_nothing_is_missing():
    call_command("check", fail_level="WARNING")


@pytest.mark.django_db
def test_customers_sign_in_to_the_shops_own_admin():
    assert get_user_model() is Customer
    Customer.objects.create_superuser("ann", "ann@example.com", "secret", city="Oslo")
    browser = Client(enforce_csrf_checks=True)
    assert browser.get("/admin/").status_code == 302
    assert browser.login(username="ann", password="secret")
    page = browser.get("/admin/")
    assert (page.status_code, b"Books" in page.content) == (200, True)
    assert b"Hello ann!" in browser.get("/").content


@pytest.mark.django_db
def test_its_pages_are_its_own():
    Book.objects.create(title="One", author=Author.objects.create(name="Ann"))
    page = Client().get("/")
    assert b"<li>One, Ann</li>" in page.content
    assert "Access-Control-Allow-Origin" not in page.headers
    assert page.headers["X-Frame-Options"] == "DENY"
    assert Client().get("/unknown").headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_api_is_below_api(api, make_record, superuser_api):
    alice = make_record("users", email="alice@example.com")
    signed_in = api.post(
        "/api/collections/users/auth-with-password",
        {"identity": "alice@example.com", "password": "1234567890"},
    )
    assert signed_in.json["record"]["id"] == alice.id
    found = api.as_(alice).get("/api/collections/users/records").json
    assert found["totalItems"] == 1
    assert superuser_api.get("/api/settings").status == 200
    assert api.get("/api/settings").status == 401


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_unknown_there_is_said_in_json(api, method):
    answer = api.send(method, "/api/unknown", headers={"origin": "http://elsewhere"})
    assert (answer.status, answer.json["status"]) == (404, 404)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
