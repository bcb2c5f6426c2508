"""Who a request's token makes its caller (contract/auth.md 1), seen through `POST auth-refresh`."""

import time

import pytest

from auth_app import tokens
from collections_app.catalog import forget_catalog
from collections_app.models import StoredCollection
from collections_app.orm import collection_model
from tests.auth_app.accounts import answer, error, join, post

pytestmark = pytest.mark.django_db

PATH = "members/auth-refresh"
NOBODY = error(401, "The request requires valid record authorization token.")


@pytest.fixture
def alice(make_members):
    make_members()
    return join("members", "alice0000000001", email="alice@example.com")


@pytest.mark.parametrize(
    "header",
    ["{}", "Bearer {}", "bearer {}", "BEARER {}"],
    ids=["bare", "bearer", "lower", "upper"],
)
def test_header_that_signs_in(client, alice, header):
    token = header.format(tokens.issue_auth_token(alice))
    assert post(client, PATH, authorization=token).status_code == 200


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ",
        '{"kty": "oct", "k": "c2VjcmV0c2VjcmV0"}',
    ],
    ids=["pem", "ssh", "jwk"],
)
def test_secret_that_looks_like_another_kind_of_key(client, make_members, secret):
    make_members(authToken={"secret": secret, "duration": 600})
    # Of the whole signing key only the secret is left then.
    record = join("members", "alice0000000001", email="alice@example.com", tokenKey="")
    token = tokens.issue_auth_token(record)
    assert post(client, PATH, authorization=token).status_code == 200
    assert post(client, PATH, authorization=token[:-2]).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["", "null", "Bearer", "Bearer  {}", "Token {}", "Basic {}", "{}x", "{}.x", "{},other"],
    ids=[
        "empty",
        "null",
        "scheme_only",
        "two_blanks",
        "token",
        "basic",
        "longer",
        "four_parts",
        "list",
    ],
)
def test_header_that_makes_a_guest(client, alice, header):
    token = header.format(tokens.issue_auth_token(alice))
    assert answer(post(client, PATH, authorization=token)) == NOBODY


def test_no_header_is_a_guest(client, alice):
    assert answer(post(client, PATH)) == NOBODY


@pytest.mark.parametrize(
    "issue",
    [
        tokens.issue_file_token,
        tokens.issue_verification_token,
        tokens.issue_password_reset_token,
        lambda record: tokens.issue_email_change_token(record, "new@example.com"),
    ],
    ids=["file", "verification", "password_reset", "email_change"],
)
def test_other_types_of_token_do_not_sign_in(client, alice, issue):
    assert answer(post(client, PATH, authorization=issue(alice))) == NOBODY
    assert tokens.find_record_by_token(issue(alice), ("file", "verification", "passwordReset", "emailChange"))


def test_forged_id_that_no_database_can_hold(client, alice):
    impostor = type(alice)(alice.collection, {**alice.values, "id": "alice\x00"}, original={})
    assert answer(post(client, PATH, authorization=tokens.issue_auth_token(impostor))) == NOBODY


def test_changed_token_key_ends_the_token(client, alice):
    token = tokens.issue_auth_token(alice)
    assert post(client, PATH, authorization=token).status_code == 200
    collection_model("members").objects.filter(pk=alice.id).update(tokenKey="n" * 50)
    assert answer(post(client, PATH, authorization=token)) == NOBODY


def test_changed_collection_secret_ends_the_token(client, alice):
    token = tokens.issue_auth_token(alice)
    stored = StoredCollection.objects.get(name="members")
    stored.options["authToken"]["secret"] = "another" * 6
    stored.save()
    forget_catalog()
    assert answer(post(client, PATH, authorization=token)) == NOBODY


def test_time_ends_a_token_that_was_accepted_before(client, alice, monkeypatch):
    token = tokens.issue_auth_token(alice, duration_seconds=60)
    assert post(client, PATH, authorization=token).status_code == 200
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert answer(post(client, PATH, authorization=token)) == NOBODY


def test_an_accepted_token_counts_for_its_own_type_only(client, alice):
    token = tokens.issue_auth_token(alice)
    assert tokens.find_record_by_token(token, ("auth",))
    assert tokens.find_record_by_token(token, ("file",)) is None


def test_remembered_tokens_are_bounded(alice, monkeypatch):
    monkeypatch.setattr(tokens, "_VERIFIED_LIMIT", 2)
    monkeypatch.setattr(tokens, "_verified", {})
    for seconds in (60, 70, 80):
        assert tokens.find_record_by_token(
            tokens.issue_auth_token(alice, duration_seconds=seconds), ("auth",)
        )
    assert len(tokens._verified) == 1


def test_deleted_record_ends_the_token(client, alice):
    token = tokens.issue_auth_token(alice)
    collection_model("members").objects.filter(pk=alice.id).delete()
    assert answer(post(client, PATH, authorization=token)) == NOBODY


def test_a_collection_that_holds_no_accounts_signs_nobody_in(client, alice, make_collection):
    make_collection("posts")
    collection_model("posts").objects.create(id="post00000000001")
    impostor = type(alice)(alice.collection, {**alice.values, "id": "post00000000001"}, original={})
    token = tokens.issue_auth_token(impostor)
    assert answer(post(client, PATH, authorization=token)) == NOBODY


def test_a_guest_costs_no_query(client, db, django_assert_num_queries):
    from django.http import HttpResponse
    from django.test import RequestFactory

    from auth_app.authentication import TokenMiddleware

    with django_assert_num_queries(0):
        request = RequestFactory().get("/api/health")
        TokenMiddleware(lambda _: HttpResponse())(request)
    assert (request.auth_record, request.token) == (None, None)
