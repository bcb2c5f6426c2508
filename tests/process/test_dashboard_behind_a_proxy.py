"""The dashboard of a real server, directly and through a proxy that speaks TLS, with a browser's cookies."""

import json
import re
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.cookiejar import Cookie, CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from tests.process.tls_proxy import Proxy, proxy_before
from tests.served import Server, serving_the_fixture

EMAIL, PASSWORD = "test@example.com", "1234567890"

# Starts a proxy; `keeps_host` as there.
StartProxy = Callable[[bool], AbstractContextManager[Proxy]]


class Browser:
    """Follows redirects, keeps cookies, and says where a form comes from."""

    def __init__(self, trust: ssl.SSLContext | None = None, *, headers: dict[str, str] | None = None) -> None:
        self.jar = CookieJar()
        handlers: list[Any] = [urllib.request.HTTPCookieProcessor(self.jar)]
        if trust is not None:
            handlers.append(urllib.request.HTTPSHandler(context=trust))
        self._opener = urllib.request.build_opener(*handlers)
        self._headers = headers or {}

    def open(self, url: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
        """Status and text."""
        data = None if form is None else urlencode(form).encode()
        request = urllib.request.Request(url, data, {**self._headers, **headers})  # noqa: S310 - ours
        try:
            with self._opener.open(request) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def sign_in(self, url: str, *, origin: str = "") -> tuple[int, str]:
        _, page = self.open(f"{url}/_/login/")
        token, *_ = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        form = {"username": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token}
        return self.open(f"{url}/_/login/", form, Origin=origin or url)

    @property
    def cookies(self) -> dict[str, Cookie]:
        return {cookie.name: cookie for cookie in self.jar}


def is_dashboard(answer: tuple[int, str]) -> bool:
    return answer[0] == 200 and "Sign out" in answer[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving_the_fixture(tmp_path_factory.mktemp("dashboard")) as server:
        yield server


@pytest.fixture
def proxy(server: Server, tmp_path: Path) -> StartProxy:
    @contextmanager
    def start(keeps_host: bool) -> Iterator[Proxy]:
        with proxy_before(server.port, tmp_path, keeps_host=keeps_host) as proxy:
            yield proxy

    return start


def change_settings(server: Server, **settings: Any) -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps({"identity": EMAIL, "password": PASSWORD})
    answer = server.request("POST", "/api/collections/_superusers/auth-with-password", headers, body)
    headers["authorization"] = json.loads(answer.body)["token"]
    settings = {"trustedProxy": {"headers": []}, "meta": {"appURL": "http://localhost:8090"}, **settings}
    assert server.request("PATCH", "/api/settings", headers, json.dumps(settings)).status == 200


@pytest.mark.parametrize("by", ["trusted_headers", "public_address"])
def test_signed_in_with_secure_cookies(server: Server, proxy: StartProxy, by: str) -> None:
    with proxy(True) as front:
        settings = {"trustedProxy": {"headers": ["X-Forwarded-For"]}, "meta": {"appURL": front.url}}
        change_settings(server, **{key: settings[key] for key in _SAID[by]})
        browser = Browser(front.trust)
        assert is_dashboard(browser.sign_in(front.url))
        assert {
            name: (cookie.path, cookie.secure, *_marks(cookie)) for name, cookie in browser.cookies.items()
        } == dict.fromkeys(("sessionid", "csrftoken"), ("/_/", True, True, "Lax"))
        assert is_dashboard(browser.open(f"{front.url}/_/"))
        # They go neither to the API nor over a connection without TLS.
        assert browser.open(f"{front.url}/api/settings")[0] == 401
        assert not is_dashboard(browser.open(f"{server.url.replace('127.0.0.1', 'localhost')}/_/"))


_SAID = {"trusted_headers": ("trustedProxy",), "public_address": ("meta",)}


def _marks(cookie: Cookie) -> tuple[bool, str | None]:
    return cookie.has_nonstandard_attr("HttpOnly"), cookie.get_nonstandard_attr("SameSite")


def test_a_form_of_another_site_is_refused_through_the_proxy(server: Server, proxy: StartProxy) -> None:
    with proxy(True) as front:
        change_settings(server, trustedProxy={"headers": ["X-Forwarded-For"]})
        browser = Browser(front.trust)
        status, page = browser.sign_in(front.url, origin="https://evil.example")
        assert (status, "The form could not be checked" in page) == (403, True)
        assert "sessionid" not in browser.cookies


def test_a_proxy_that_keeps_the_host_to_itself_needs_the_public_address(
    server: Server, proxy: StartProxy
) -> None:
    with proxy(False) as front:
        change_settings(server)
        assert Browser(front.trust).sign_in(front.url)[0] == 403
        change_settings(server, meta={"appURL": front.url})
        assert is_dashboard(Browser(front.trust).sign_in(front.url))


def test_directly_without_tls(server: Server) -> None:
    change_settings(server)
    browser = Browser()
    assert is_dashboard(browser.sign_in(server.url))
    assert [cookie.secure for cookie in browser.jar] == [False, False]


def test_forged_headers_gain_nothing(server: Server) -> None:
    change_settings(server)
    forging = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    browser = Browser(headers=forging)
    assert is_dashboard(browser.sign_in(server.url))
    assert [cookie.secure for cookie in browser.jar] == [False, False]
    assert Browser(headers=forging).sign_in(server.url, origin="https://evil.example")[0] == 403
    assert (
        Browser(headers=forging).sign_in(server.url, origin=server.url.replace("http:", "https:"))[0] == 403
    )


def test_a_session_ends_when_the_api_writes_the_password(server: Server) -> None:
    change_settings(server)
    browser = Browser()
    assert is_dashboard(browser.sign_in(server.url))
    headers = {"content-type": "application/json"}
    body = json.dumps({"identity": EMAIL, "password": PASSWORD})
    answer = json.loads(
        server.request("POST", "/api/collections/_superusers/auth-with-password", headers, body).body
    )
    headers["authorization"] = answer["token"]
    path = f"/api/collections/_superusers/records/{answer['record']['id']}"
    change = json.dumps({"password": PASSWORD, "passwordConfirm": PASSWORD})
    assert server.request("PATCH", path, headers, change).status == 200
    assert not is_dashboard(browser.open(f"{server.url}/_/"))


def test_a_chunked_form_of_a_guest_is_refused(server: Server) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = server.request("POST", "/_/login/", headers, iter([b"username=a&", b"password=b"]))
    assert (answer.status, b"The length of the form is missing." in answer.body) == (411, True)
