"""Providers of one's own: registered from code, they are known, configured and asked as the others are."""

import pytest

from auth_app.providers import registry
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import providers, register_provider
from collections_app.definitions import known_providers
from tests.auth_app.identity_provider import IdentityProvider, options_of, signed_in


class ClubProvider(Provider):
    """A provider with one way of its own."""

    def user_info_headers(self, grant):
        return {"X-Club": grant.options.extra["club"]}


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_providers", dict(providers()))
    monkeypatch.setattr(known_providers, "_names", set(known_providers._names))


def test_own_provider_signs_in():
    register_provider(
        ClubProvider("club", "Our club", 50, user=UserFields(id="member.number", name="member.name"))
    )
    assert known_providers.is_known_provider("club")
    with IdentityProvider() as provider:
        provider.describe("/user", {"member": {"number": "12", "name": "Ann"}})
        user = signed_in(provider, options_of(provider, "club", extra={"club": "chess"}))
        (asked,) = provider.seen_at("/user")
    assert (user.id, user.name, asked.headers["x-club"]) == ("12", "Ann", "chess")


def test_name_is_taken_once():
    with pytest.raises(RuntimeError, match="'github' is registered twice"):
        register_provider(Provider("github", "Mine", 1))
