"""Many sign-ins of one and the same person at once: one account, one link, and everybody is let in."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.auth_app.elsewhere import VERIFIER, oauth2, verified
from tests.auth_app.identity_provider import REDIRECT_URL, IdentityProvider
from tests.process.at_once import Must, all_at_once, as_superuser, send, two_workers
from tests.served import Server

CLIENTS = 20
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule"), "")


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as provider:
        yield provider


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    def design(must: Must) -> None:
        email = {"type": "email", "name": "email", "system": True, "required": False}
        options = {"oauth2": oauth2(provider, "oidc", "oidc2"), "authAlert": {"enabled": False}}
        must("POST", "collections", {"name": "members", "type": "auth", "fields": [email], **OPEN, **options})

    with two_workers(request.param, tmp_path_factory.mktemp("oauth2"), design) as server:
        yield server


def sign_in_at_once(
    server: Server, provider: IdentityProvider, user: dict[str, Any], names: tuple[str, ...] = ("oidc",)
) -> list[tuple[int, Any]]:
    provider.describe("/user", user)

    def work(number: int, code: str) -> Any:
        body = {
            "provider": names[number % len(names)],
            "code": code,
            "codeVerifier": VERIFIER,
            "redirectURL": REDIRECT_URL,
        }
        return lambda ask: ask("POST", "collections/members/auth-with-oauth2", body)

    codes = [provider.authorize(VERIFIER) for _ in range(CLIENTS)]
    return all_at_once(server, *(work(number, code) for number, code in enumerate(codes)))


def one_account(answers: list[tuple[int, Any]]) -> str:
    """The id of the record that all of them were signed in as."""
    assert [answer for status, answer in answers if status != 200] == []
    (record_id,) = {answer["record"]["id"] for _, answer in answers}
    return str(record_id)


def links_of(server: Server, record_id: str) -> list[str]:
    path = f"collections/_externalAuths/records?filter=(recordRef='{record_id}')&sort=provider"
    return [link["provider"] for link in as_superuser(server)("GET", path, None)["items"]]


@pytest.mark.parametrize(
    "user",
    [
        pytest.param(verified("new@example.com", "new"), id="with_an_address"),
        pytest.param({"sub": "nameless"}, id="without_an_address"),
    ],
)
def test_somebody_new_gets_one_account(server, provider, user):
    answers = sign_in_at_once(server, provider, user)
    record_id = one_account(answers)
    assert Counter(answer["meta"]["isNew"] for _, answer in answers) == {True: 1, False: CLIENTS - 1}
    assert links_of(server, record_id) == ["oidc"]


def test_one_address_at_two_providers_is_one_account(server, provider):
    user = verified("both@example.com", "both")
    record_id = one_account(sign_in_at_once(server, provider, user, ("oidc", "oidc2")))
    assert links_of(server, record_id) == ["oidc", "oidc2"]


def test_of_a_takeover_all_tokens_are_good(server, provider):
    """Only the first ends what was before; another one would end the session of the first."""
    body = {"email": "squatted@example.com", "password": "1234567890", "passwordConfirm": "1234567890"}
    status, record = send(server, "POST", "collections/members/records", body)
    assert status == 200, record
    answers = sign_in_at_once(server, provider, verified("squatted@example.com", "owner"))
    assert one_account(answers) == record["id"]
    assert links_of(server, record["id"]) == ["oidc"]
    tokens = {answer["token"] for _, answer in answers}
    refreshed = [
        send(server, "POST", "collections/members/auth-refresh", headers={"authorization": token})[0]
        for token in tokens
    ]
    assert set(refreshed) == {200}
