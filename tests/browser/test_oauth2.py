"""Somebody signs in with an account elsewhere: the SDK's one call, a popup, and the page that leads back."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.auth_app.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from tests.browser.conftest import as_superuser, new_data_dir
from tests.browser.sdk_page import app_in, app_served
from tests.browser.streaming_front import streaming_front
from tests.served import start

ADA = {"sub": "ada", "email": "ada@example.com", "email_verified": True, "name": "Ada"}

# What the promise gives is looked at later: meanwhile the popup is to be used.
SIGN_IN = """url => {
  const pb = new PocketBase(url);
  window.signedIn = pb.collection("users").authWithOAuth2({ provider: "oidc" }).then(
    ({ record, meta }) => ({
      email: record.email,
      isNew: meta.isNew,
      isValid: pb.authStore.isValid,
      isSame: pb.authStore.record.id === record.id,
    }),
    (error) => ({ refused: error.originalError.message }),
  );
}"""


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as provider:
        provider.describe("/user", ADA)
        yield provider


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_served(tmp_path_factory.mktemp("app")) as address:
        yield address


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("one", id="one_process"),
        pytest.param("streams apart", id="redirect_to_another_process"),
        pytest.param("workers", id="two_workers"),
    ],
)
def url(
    request: pytest.FixtureRequest, provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where a server answers at which people may sign in with an account of `provider`."""
    data_dir = new_data_dir(tmp_path_factory.mktemp("oauth2"))
    with ExitStack() as stack:
        server = start(data_dir, WORKERS="2" if request.param == "workers" else "1")
        stack.callback(server.stop)
        as_superuser(server, "PATCH", "collections/users", {"oauth2": oauth2(provider)})
        if request.param != "streams apart":
            yield server.url
            return
        other = start(data_dir)
        stack.callback(other.stop)

        def route(method: str, path: str) -> int:
            opens_stream = (method, path) == ("GET", "/api/realtime")
            return server.port if opens_stream else other.port

        yield stack.enter_context(streaming_front(route)).url


def oauth2(provider: IdentityProvider) -> dict[str, Any]:
    return {
        "enabled": True,
        "providers": [
            {
                "name": "oidc",
                "clientId": CLIENT_ID,
                "clientSecret": CLIENT_SECRET,
                "authURL": provider.url("/authorize"),
                "tokenURL": provider.url("/token"),
                "userInfoURL": provider.url("/user"),
            }
        ],
    }


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    with app_in(chromium, address) as page:
        yield page


def come_back(page: Page, url: str, answer: str) -> Any:
    """What the SDK's promise gives after that answer on the provider's page, in a popup that then closes."""
    with page.expect_popup() as opened:
        page.evaluate(SIGN_IN, url)
    popup = opened.value
    popup.get_by_text(answer).click()
    if not popup.is_closed():
        popup.wait_for_event("close")
    return page.evaluate("() => signedIn")


def test_who_agrees_is_signed_in(page: Page, url: str) -> None:
    signed_in = {"email": "ada@example.com", "isValid": True, "isSame": True}
    assert come_back(page, url, "Agree") == {**signed_in, "isNew": True}
    assert come_back(page, url, "Agree") == {**signed_in, "isNew": False}


def test_who_refuses_is_not(page: Page, url: str) -> None:
    said = "OAuth2 redirect error or missing code: access_denied"
    assert come_back(page, url, "Refuse") == {"refused": said}
