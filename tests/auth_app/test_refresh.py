"""`POST auth-refresh` and `POST impersonate` (contract/auth.md 6 and 18)."""

import time

import pytest

from auth_app.tokens import issue_auth_token, parse_token
from tests.auth_app.accounts import answer, error, join, post, rows_of

pytestmark = pytest.mark.django_db

NOBODY = error(401, "The request requires valid record authorization token.")


@pytest.fixture
def alice(make_members):
    make_members(authAlert={"enabled": True})
    return join("members", "alice0000000001", email="alice@example.com", nick="al")


@pytest.fixture
def root(db):
    return join("_superusers", "root00000000001", email="root@example.com")


def public(record):
    return {
        "collectionId": record.collection.id,
        "collectionName": "members",
        "email": "alice@example.com",
        "emailVisibility": False,
        "id": "alice0000000001",
        "username": "",
        "verified": True,
    }


def claims_of(response):
    token = parse_token(response.json()["token"])
    assert token is not None
    return token.claims


class TestRefresh:
    def test_a_new_token_of_full_length(self, client, alice, monkeypatch):
        old = issue_auth_token(alice, duration_seconds=60)
        response = post(client, "members/auth-refresh", authorization=old)
        token = response.json()["token"]
        assert answer(response) == (200, {"record": public(alice), "token": token})
        assert token != old
        assert claims_of(response)["exp"] - time.time() == pytest.approx(432000, abs=60)
        assert not rows_of("_authOrigins").filter(recordRef=alice.id).exists()

    def test_a_token_that_may_not_be_renewed_comes_back(self, client, alice):
        old = issue_auth_token(alice, duration_seconds=60, refreshable=False)
        response = post(client, "members/auth-refresh", authorization=old)
        assert answer(response) == (200, {"record": public(alice), "token": old})

    def test_two_factors_are_not_asked_for_again(self, client, make_members):
        make_members(mfa={"enabled": True, "duration": 600, "rule": ""})
        record = join("members", "alice0000000001", email="alice@example.com")
        assert post(client, "members/auth-refresh", as_record=record).status_code == 200

    def test_the_auth_rule_is_checked_again(self, client, make_members):
        make_members(authRule="verified = true")
        record = join("members", "alice0000000001", email="alice@example.com", verified=False)
        assert answer(post(client, "members/auth-refresh", as_record=record)) == error(
            403, "The request doesn't satisfy the collection requirements to authenticate."
        )

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            pytest.param("gone", error(404, "Missing or invalid collection context."), id="unknown"),
            pytest.param("posts", NOBODY, id="not_auth"),
            pytest.param("members", NOBODY, id="guest"),
        ],
    )
    def test_guest(self, client, alice, make_collection, path, expected):
        make_collection("posts")
        assert answer(post(client, f"{path}/auth-refresh")) == expected

    def test_record_of_another_collection(self, client, alice, root):
        refusal = "The request requires auth record from {} collection."
        assert answer(post(client, "_superusers/auth-refresh", as_record=alice)) == error(
            403, refusal.format("members")
        )
        assert answer(post(client, "members/auth-refresh", as_record=root)) == error(
            403, refusal.format("_superusers")
        )


class TestImpersonate:
    PATH = "members/impersonate/alice0000000001"

    @pytest.mark.parametrize(
        ("body", "seconds"),
        [
            pytest.param(None, 432000, id="no_body"),
            pytest.param({}, 432000, id="empty"),
            pytest.param({"duration": 0}, 432000, id="zero"),
            pytest.param({"duration": 100}, 100, id="given"),
            pytest.param({"duration": 9_000_000_000}, 9_000_000_000, id="285_years"),
            pytest.param({"duration": 10_000_000_000}, 432000, id="negative_in_nanoseconds"),
            pytest.param({"duration": 20_000_000_000}, 1553255926, id="wrapped_in_nanoseconds"),
            pytest.param({"duration": 2**63 - 1}, 432000, id="largest"),
        ],
    )
    def test_token_is_static(self, client, alice, root, body, seconds):
        response = post(client, self.PATH, body, as_record=root)
        assert answer(response) == (200, {"record": public(alice), "token": response.json()["token"]})
        claims = claims_of(response)
        assert claims["exp"] - time.time() == pytest.approx(seconds, abs=60)
        assert {**claims, "exp": 0} == {
            "collectionId": alice.collection.id,
            "exp": 0,
            "id": "alice0000000001",
            "refreshable": False,
            "type": "auth",
        }

    def test_the_auth_rule_does_not_bind_superusers(self, client, make_members, root):
        make_members(authRule=None, mfa={"enabled": True, "duration": 600, "rule": ""})
        join("members", "alice0000000001", email="alice@example.com")
        assert post(client, self.PATH, as_record=root).status_code == 200

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            pytest.param(
                '{"duration":-1}',
                error(
                    400,
                    "An error occurred while validating the submitted data.",
                    {
                        "duration": {
                            "code": "validation_min_greater_equal_than_required",
                            "message": "Must be no less than 0.",
                            "params": {"threshold": 0},
                        }
                    },
                ),
                id="negative",
            ),
            pytest.param(
                '{"duration":"100"}',
                error(400, "An error occurred while loading the submitted data."),
                id="text",
            ),
            pytest.param("{", error(400, "An error occurred while loading the submitted data."), id="cut"),
        ],
    )
    def test_unusable_duration(self, client, alice, root, body, expected):
        response = client.post(
            f"/api/collections/{self.PATH}",
            body,
            content_type="application/json",
            headers={"authorization": issue_auth_token(root)},
        )
        assert answer(response) == expected

    def test_unsupported_type_is_a_loading_failure_here(self, client, alice, root):
        response = client.post(
            f"/api/collections/{self.PATH}",
            "x",
            content_type="text/plain",
            headers={"authorization": issue_auth_token(root)},
        )
        assert answer(response) == error(400, "An error occurred while loading the submitted data.")

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            pytest.param(
                "members/impersonate/nobody",
                error(404, "The requested resource wasn't found."),
                id="unknown_record",
            ),
            pytest.param(
                "gone/impersonate/x",
                error(404, "Missing or invalid auth collection context."),
                id="unknown_collection",
            ),
            pytest.param(
                "posts/impersonate/x",
                error(404, "Missing or invalid auth collection context."),
                id="not_auth",
            ),
        ],
    )
    def test_nobody_to_impersonate(self, client, alice, root, make_collection, path, expected):
        make_collection("posts")
        assert answer(post(client, path, as_record=root)) == expected

    def test_only_superusers(self, client, alice):
        assert answer(post(client, "gone/impersonate/x")) == NOBODY
        assert answer(post(client, self.PATH, as_record=alice)) == error(
            403, "The authorized record is not allowed to perform this action."
        )

    def test_a_superuser_shows_its_hidden_fields_but_no_secrets(self, client, root):
        response = post(client, "_superusers/impersonate/root00000000001", as_record=root)
        record = response.json()["record"]
        assert sorted(record) == [
            "collectionId",
            "collectionName",
            "created",
            "email",
            "emailVisibility",
            "id",
            "updated",
            "verified",
        ]
