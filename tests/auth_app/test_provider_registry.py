"""Providers of one's own: registered from code, they are known, configured and asked as the others are.

The code is that of docs/how-to/oauth2.md.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from auth_app.providers import registry
from auth_app.providers.authorize import begin_authorization
from auth_app.providers.provider import Provider
from auth_app.providers.registry import configured_provider, providers, register_provider
from auth_app.providers.user import UserRefused
from collections_app.definitions import known_providers
from tests.auth_app.identity_provider import IdentityProvider, options_of, signed_in

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/how-to/oauth2.md"
MEMBER = {
    "number": "12",
    "name": "Ann",
    "email": "ann@x.com",
    "email_confirmed": True,
    "pictures": [{"url": "https://club.example.com/ann.png"}],
}


def on_the_page(marker):
    """The provider that the block of code with this text in it makes."""
    (code,) = (
        block
        for block in re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
        if marker in block
    )
    names = {}
    exec(code, names)  # noqa: S102  # our own documentation
    return names["CLUB"]


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_providers", dict(providers()))
    monkeypatch.setattr(known_providers, "_names", set(known_providers._names))


@pytest.fixture
def provider():
    with IdentityProvider() as provider:
        yield provider


def test_provider_that_only_says_where_things_are(provider):
    register_provider(on_the_page("member.number"))
    assert known_providers.is_known_provider("club")
    provider.describe("/user", {"member": MEMBER})
    user = signed_in(provider, options_of(provider, "club"))
    assert (user.id, user.name, user.email, user.avatar_url) == (
        "12",
        "Ann",
        "ann@x.com",
        "https://club.example.com/ann.png",
    )


def test_provider_with_ways_of_its_own(provider):
    register_provider(on_the_page("class ClubProvider"))
    options = options_of(provider, "club")
    assert "prompt=login" in begin_authorization(configured_provider(options), "id").url
    provider.describe("/user", MEMBER)
    provider.describe("/user/board", 3)
    user = signed_in(provider, options)
    assert (user.id, user.name, user.raw) == ("12", "Ann", {**MEMBER, "board": 3})
    provider.describe("/user/board", None)
    with pytest.raises(UserRefused, match="plays no more"):
        signed_in(provider, options)


def test_start_loads_nothing_that_only_sign_ins_need():
    script = "import sys, django; django.setup(); print(*sys.modules)"
    started = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True
    )
    modules = set(started.stdout.decode().split())
    assert "auth_app.providers.github_provider" in modules
    assert modules.isdisjoint({"authlib", "httpcore", "jwt", "certifi"})


def test_name_is_taken_once():
    with pytest.raises(RuntimeError, match="'github' is registered twice"):
        register_provider(Provider("github", "Mine", 1))
