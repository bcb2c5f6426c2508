"""Whose account somebody from a provider gets, and that nobody gets another's (contract/auth.md 10.1)."""

import pytest

from auth_app.events import RecordAuthWithOAuth2Event, record_auth_with_oauth2_request
from auth_app.flows.oauth2_sign_up import prepare, sign_up
from auth_app.providers.registry import providers
from auth_app.providers.user import OAuth2User
from auth_app.superusers import superusers_collection
from auth_app.tokens import issue_auth_token
from collections_app import passwords
from collections_app.request_info import RequestInfo
from platform_app.wire.errors import BadRequest
from tests.auth_app.accounts import PASSWORD, answer, error, join, plant, post, rows_of, stored
from tests.auth_app.elsewhere import link, links, oauth2, sign_in, verified

pytestmark = pytest.mark.django_db

OPEN = {
    "create_rule": "",
    "changed_fields": {"email": {"required": False}},
    "username_index": "(`username`) WHERE `username` != ''",
}
ALICE, BOB = "alice0000000001", "bob000000000001"
NOT_UNIQUE = {"code": "validation_not_unique", "message": "Value must be unique."}


@pytest.fixture
def members(make_members, provider):
    return make_members(**OPEN, oauth2=oauth2(provider, "oidc", "oidc2"))


def signed_in(response):
    """The id of the record that an answer signs in, and whether it is said to be new."""
    status, body = answer(response)
    assert status == 200, body
    return body["record"]["id"], body["meta"]["isNew"]


def knows_password(record_id):
    return passwords.matches(PASSWORD, stored("members", record_id)["password"])


class TestSomebodyNew:
    def test_gets_an_account_with_the_verified_address(self, client, members, provider):
        record_id, is_new = signed_in(sign_in(client, provider, verified("new@example.com")))
        record = stored("members", record_id)
        assert (is_new, record["email"], record["verified"]) == (True, "new@example.com", True)
        assert links() == {(record_id, "oidc", "1")}

    def test_without_an_address_is_verified_as_well(self, client, members, provider):
        record_id, _ = signed_in(sign_in(client, provider, {"sub": "1", "email": "unverified@example.com"}))
        record = stored("members", record_id)
        assert (record["email"], record["verified"]) == ("", True)

    def test_comes_back_to_the_same_account(self, client, members, provider):
        first, _ = signed_in(sign_in(client, provider, verified("new@example.com")))
        again = signed_in(sign_in(client, provider, verified("other@example.com")))
        assert again == (first, False)
        assert stored("members", first)["email"] == "new@example.com"

    def test_of_another_provider_with_the_same_id_is_somebody_else(self, client, members, provider):
        first, _ = signed_in(sign_in(client, provider, {"sub": "1"}))
        second, is_new = signed_in(sign_in(client, provider, {"sub": "1"}, name="oidc2"))
        assert (second != first, is_new) == (True, True)


class TestVerifiedAccountWithTheAddress:
    @pytest.fixture
    def alice(self, members):
        link(members, ALICE, "9", "google")
        return join("members", ALICE, email="alice@example.com", verified=True)

    def test_is_linked_and_not_touched(self, client, members, provider, alice):
        response = sign_in(client, provider, verified("alice@example.com", name="Other"))
        assert signed_in(response) == (ALICE, False)
        assert stored("members", ALICE).values == alice.values
        assert links() == {(ALICE, "oidc", "1"), (ALICE, "google", "9")}

    def test_an_address_that_is_not_verified_finds_nobody(self, client, members, provider, alice):
        _, is_new = signed_in(sign_in(client, provider, {"sub": "1", "email": "alice@example.com"}))
        assert is_new

    @pytest.mark.parametrize("ignores_case", [True, False], ids=["nocase", "exact"])
    def test_capitals_count_as_the_index_says(self, client, make_members, provider, ignores_case):
        collate = " COLLATE NOCASE" if ignores_case else ""
        make_members(
            **OPEN,
            email_index=f"(`email`{collate}) WHERE `email` != ''",
            oauth2=oauth2(provider),
        )
        join("members", ALICE, email="alice@example.com")
        _, is_new = signed_in(sign_in(client, provider, verified("ALICE@example.com")))
        assert is_new is not ignores_case


class TestUnverifiedAccountWithTheAddress:
    """Somebody made it who never showed that the address is theirs; then its owner comes."""

    @pytest.fixture
    def squatted(self, members):
        link(members, ALICE, "7", "oidc2")
        return join("members", ALICE, email="alice@example.com", verified=False)

    def test_everything_of_the_first_ends(self, client, members, provider, squatted):
        token = issue_auth_token(squatted)
        for name, more in (
            ("_authOrigins", {"fingerprint": "f"}),
            ("_mfas", {"method": "otp"}),
            ("_otps", {}),
        ):
            plant(name, collectionRef=members.id, recordRef=ALICE, **more)

        assert signed_in(sign_in(client, provider, verified("alice@example.com"))) == (ALICE, False)

        assert stored("members", ALICE)["verified"] is True
        assert not knows_password(ALICE)
        assert links() == {(ALICE, "oidc", "1")}
        for name in ("_authOrigins", "_mfas", "_otps"):
            assert not rows_of(name).filter(recordRef=ALICE).exists(), name
        refreshed = client.post("/api/collections/members/auth-refresh", headers={"authorization": token})
        assert refreshed.status_code == 401
        body = {"identity": "alice@example.com", "password": PASSWORD}
        assert post(client, "members/auth-with-password", body).status_code == 400

    def test_the_link_of_the_first_is_no_way_back(self, client, members, provider, squatted):
        signed_in(sign_in(client, provider, verified("alice@example.com")))
        record_id, is_new = signed_in(sign_in(client, provider, {"sub": "7"}, name="oidc2"))
        assert (record_id != ALICE, is_new) == (True, True)

    def test_an_address_with_other_capitals_does_not_verify(self, client, make_members, provider):
        make_members(email_index="(`email` COLLATE NOCASE)", oauth2=oauth2(provider), **OPEN)
        join("members", ALICE, email="alice@example.com", verified=False)
        assert signed_in(sign_in(client, provider, verified("ALICE@example.com"))) == (ALICE, False)
        assert (stored("members", ALICE)["verified"], knows_password(ALICE)) == (False, False)


class TestLinkedAccount:
    def test_wins_over_who_asks(self, client, members, provider):
        join("members", ALICE, email="alice@example.com")
        bob = join("members", BOB, email="bob@example.com")
        link(members, ALICE)
        response = sign_in(client, provider, verified("bob@example.com"), as_record=bob)
        assert signed_in(response) == (ALICE, False)
        assert links() == {(ALICE, "oidc", "1")}

    def test_unverified_keeps_this_link_only(self, client, members, provider):
        record = join("members", ALICE, email="alice@example.com", verified=False)
        link(members, ALICE)
        link(members, ALICE, "7", "oidc2")
        assert signed_in(sign_in(client, provider, verified("other@example.com"))) == (ALICE, False)
        now = stored("members", ALICE)
        assert (now["email"], now["verified"]) == ("alice@example.com", False)
        assert (knows_password(ALICE), now["tokenKey"] == record["tokenKey"]) == (False, False)
        assert links() == {(ALICE, "oidc", "1")}

    def test_without_an_address_gets_one(self, client, members, provider):
        join("members", ALICE, email="", verified=True)
        link(members, ALICE)
        signed_in(sign_in(client, provider, verified("alice@example.com")))
        assert stored("members", ALICE)["email"] == "alice@example.com"

    def test_without_an_address_and_unverified_is_verified(self, client, members, provider):
        join("members", ALICE, email="", verified=False)
        link(members, ALICE)
        signed_in(sign_in(client, provider, {"sub": "1"}))
        assert (stored("members", ALICE)["verified"], knows_password(ALICE)) == (True, False)

    def test_an_address_that_somebody_else_has_is_refused(self, client, members, provider):
        join("members", ALICE, email="", verified=True)
        join("members", BOB, email="bob@example.com")
        link(members, ALICE)
        response = sign_in(client, provider, verified("bob@example.com"))
        assert answer(response) == error(400, "Failed to authenticate.", {"email": NOT_UNIQUE})

    def test_that_is_gone_is_not_found(self, client, members, provider):
        link(members, "gone00000000000")
        response = sign_in(client, provider, verified("new@example.com"))
        assert answer(response) == error(404, "The requested resource wasn't found.")
        assert not rows_of("members").exists()


class TestWhoIsSignedIn:
    def test_links_whatever_the_address(self, client, members, provider):
        alice = join("members", ALICE, email="alice@example.com")
        join("members", BOB, email="bob@example.com")
        response = sign_in(client, provider, verified("bob@example.com"), as_record=alice)
        assert signed_in(response) == (ALICE, False)
        assert links() == {(ALICE, "oidc", "1")}
        assert stored("members", ALICE).values == alice.values

    @pytest.mark.parametrize(
        ("email", "is_verified"),
        [("alice@example.com", True), ("other@example.com", False)],
        ids=["own_address", "another"],
    )
    def test_unverified_keeps_password_and_session(self, client, members, provider, email, is_verified):
        alice = join("members", ALICE, email="alice@example.com", verified=False)
        link(members, ALICE, "7", "oidc2")
        response = sign_in(client, provider, verified(email), as_record=alice)
        assert signed_in(response) == (ALICE, False)
        now = stored("members", ALICE)
        assert (now["verified"], now["tokenKey"]) == (is_verified, alice["tokenKey"])
        assert knows_password(ALICE)
        assert links() == {(ALICE, "oidc", "1")}

    def test_a_second_account_there_is_refused(self, client, members, provider):
        alice = join("members", ALICE, email="alice@example.com")
        link(members, ALICE)
        response = sign_in(client, provider, {"sub": "2"}, as_record=alice)
        data = {"collectionRef": NOT_UNIQUE, "provider": NOT_UNIQUE, "recordRef": NOT_UNIQUE}
        assert answer(response) == error(400, "Failed to authenticate.", data)
        assert links() == {(ALICE, "oidc", "1")}

    def test_in_another_collection_does_not_count(self, client, members, provider):
        root = join("_superusers", "root00000000001", email="root@example.com")
        record_id, is_new = signed_in(sign_in(client, provider, {"sub": "1"}, as_record=root))
        assert (is_new, links()) == (True, {(record_id, "oidc", "1")})


def test_an_account_without_an_id_there_is_refused_and_leaves_nothing(client, members, provider):
    response = sign_in(client, provider, verified("new@example.com", sub=""))
    data = {"providerId": {"code": "validation_required", "message": "Cannot be blank."}}
    assert answer(response) == error(400, "Failed to authenticate.", data)
    assert not rows_of("members").exists()


class TestSuperusers:
    def test_the_collection_offers_it_never(self, client, provider):
        response = sign_in(client, provider, {"sub": "1"}, path="_superusers/auth-with-oauth2")
        assert answer(response) == error(
            403, "The collection is not configured to allow OAuth2 authentication."
        )

    def test_none_is_made_even_if_it_did(self, db):
        event = RecordAuthWithOAuth2Event(
            collection=superusers_collection(),
            info=RequestInfo(),
            provider_name="oidc",
            provider=providers()["oidc"],
            oauth2_user=OAuth2User("1", email="root@example.com"),
            create_data={},
            record=None,
            is_new_record=True,
        )
        before = rows_of("_superusers").count()
        with pytest.raises(BadRequest, match=r"^Failed to authenticate\.$"):
            sign_up(event, prepare(event, is_own=False), lambda collection, path: None)
        assert rows_of("_superusers").count() == before


class TestWhatHappensMeanwhile:
    """Between the look before the hook and the transaction; `connect` puts the other request there."""

    @pytest.fixture
    def meanwhile(self, connect):
        def meanwhile(work):
            def receive(event, **kwargs):
                work()
                seen.append(event)

            seen = []
            connect(record_auth_with_oauth2_request, receive)
            return seen

        return meanwhile

    def test_the_account_was_made_and_linked(self, client, members, provider, meanwhile):
        def make():
            join("members", ALICE, email="new@example.com")
            link(members, ALICE)

        seen = meanwhile(make)
        assert signed_in(sign_in(client, provider, verified("new@example.com"))) == (ALICE, False)
        assert (seen[0].record.id, seen[0].is_new_record) == (ALICE, False)
        assert links() == {(ALICE, "oidc", "1")}

    def test_the_address_was_taken(self, client, members, provider, meanwhile):
        meanwhile(lambda: join("members", ALICE, email="new@example.com", verified=False))
        assert signed_in(sign_in(client, provider, verified("new@example.com"))) == (ALICE, False)
        assert (stored("members", ALICE)["verified"], knows_password(ALICE)) == (True, False)

    def test_the_owner_came_first_and_ended_the_link(self, client, members, provider, meanwhile):
        """Who squatted on the account must not slip in after its owner has."""
        join("members", ALICE, email="alice@example.com", verified=False)
        link(members, ALICE)

        def verify():
            rows_of("members").filter(pk=ALICE).update(verified=True)
            rows_of("_externalAuths").filter(recordRef=ALICE).delete()

        meanwhile(verify)
        record_id, is_new = signed_in(sign_in(client, provider, {"sub": "1"}))
        assert (record_id != ALICE, is_new) == (True, True)

    def test_the_session_of_who_asks_ended(self, client, members, provider, meanwhile):
        """Whoever squatted on an account has no 30 seconds left in which to link to it."""
        alice = join("members", ALICE, email="alice@example.com")
        meanwhile(lambda: rows_of("members").filter(pk=ALICE).update(tokenKey="n" * 40))
        record_id, is_new = signed_in(sign_in(client, provider, {"sub": "1"}, as_record=alice))
        assert (record_id != ALICE, is_new) == (True, True)

    def test_the_session_of_who_asks_ended_and_the_account_is_theirs(
        self, client, members, provider, meanwhile
    ):
        alice = join("members", ALICE, email="alice@example.com", verified=False)
        link(members, ALICE)
        meanwhile(lambda: rows_of("members").filter(pk=ALICE).update(tokenKey="n" * 40))
        assert signed_in(sign_in(client, provider, {"sub": "1"}, as_record=alice)) == (ALICE, False)
        assert not knows_password(ALICE)

    def test_the_account_was_verified(self, client, members, provider, meanwhile):
        """Of many at once only the first ends what was before; the tokens of all of them stay good."""
        join("members", ALICE, email="alice@example.com", verified=False)
        link(members, ALICE)
        meanwhile(lambda: rows_of("members").filter(pk=ALICE).update(verified=True))
        assert signed_in(sign_in(client, provider, verified("alice@example.com"))) == (ALICE, False)
        assert knows_password(ALICE)

    def test_the_account_is_gone(self, client, members, provider, meanwhile):
        alice = join("members", ALICE, email="alice@example.com")
        meanwhile(lambda: rows_of("members").all().delete())
        record_id, is_new = signed_in(sign_in(client, provider, {"sub": "1"}, as_record=alice))
        assert (record_id != ALICE, is_new) == (True, True)
