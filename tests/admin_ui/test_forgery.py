"""Forms of other sites, and what a proxy before us says: checked against the settings of the moment."""

import pytest
from django.test import Client

from admin_ui.https import app_origin
from platform_app.runtime_settings.shape import RuntimeSettings
from tests.admin_ui.dashboard import EMAIL, LOGIN, is_in, send_form, told
from tests.auth_app.accounts import PASSWORD
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db

PUBLIC = "https://api.example.com"


def cookies_are_secure(response):
    (said,) = {bool(cookie["secure"]) for cookie in response.cookies.values()}
    return said


@pytest.mark.parametrize(
    ("settings", "headers", "opens", "is_secure"),
    [
        pytest.param({}, {}, True, False, id="directly"),
        pytest.param({}, {"origin": "http://testserver"}, True, False, id="directly_with_an_origin"),
        pytest.param({}, {"origin": "https://evil.example"}, False, False, id="of_another_site"),
        pytest.param({}, {"origin": "null"}, False, False, id="of_nowhere"),
        pytest.param({"meta": {"appURL": "x.example"}}, {"origin": ""}, False, False, id="of_no_address"),
        pytest.param({}, {"origin": "http://testserver:81"}, False, False, id="of_another_port"),
        pytest.param(
            {"trustedProxy": {"headers": ["X-Forwarded-For"]}},
            {"x-forwarded-proto": "https", "origin": "https://testserver"},
            True,
            True,
            id="trusted_proxy",
        ),
        pytest.param(
            {"trustedProxy": {"headers": ["X-Forwarded-For"]}},
            {"x-forwarded-proto": "https", "origin": "https://evil.example"},
            False,
            True,
            id="of_another_site_through_it",
        ),
        pytest.param(
            {"trustedProxy": {"headers": ["X-Forwarded-For"]}},
            {"x-forwarded-proto": "https"},
            False,
            True,
            id="without_an_origin_and_referer",
        ),
        pytest.param(
            {"trustedProxy": {"headers": ["X-Forwarded-For"]}},
            {"x-forwarded-proto": "https", "referer": "https://testserver/_/login/"},
            True,
            True,
            id="with_a_referer",
        ),
        pytest.param(
            {"trustedProxy": {"headers": ["X-Forwarded-For"]}},
            {"x-forwarded-proto": "http", "origin": "http://testserver"},
            True,
            False,
            id="trusted_proxy_without_tls",
        ),
        pytest.param(
            {"trustedProxy": {"headers": ["X-Forwarded-For"]}},
            {"x-forwarded-proto": "https, http", "origin": "http://testserver"},
            True,
            False,
            id="the_nearest_proxy_says_http",
        ),
        pytest.param(
            {"meta": {"appURL": f"{PUBLIC}/"}},
            {"host": "api.example.com", "x-forwarded-proto": "https", "origin": PUBLIC},
            True,
            True,
            id="public_address",
        ),
        pytest.param(
            {"meta": {"appURL": "https://API.example.com:443"}},
            {"host": "api.example.com:443", "x-forwarded-proto": "https", "origin": PUBLIC},
            True,
            True,
            id="public_address_with_its_port",
        ),
        pytest.param(
            {"meta": {"appURL": PUBLIC}},
            {"host": "127.0.0.1:8090", "origin": PUBLIC},
            True,
            False,
            id="the_proxy_keeps_the_host_to_itself",
        ),
        pytest.param(
            {"meta": {"appURL": PUBLIC}},
            {"host": "api.example.com", "origin": PUBLIC},
            True,
            False,
            id="the_proxy_says_nothing_of_tls",
        ),
        pytest.param(
            {"meta": {"appURL": "http://api.example.com"}},
            {"host": "api.example.com", "x-forwarded-proto": "https", "origin": "https://api.example.com"},
            False,
            False,
            id="the_public_address_has_no_tls",
        ),
        pytest.param(
            {},
            {"x-forwarded-proto": "https", "origin": "https://testserver"},
            False,
            False,
            id="nobody_says_that_there_is_a_proxy",
        ),
        pytest.param(
            {"meta": {"appURL": PUBLIC}},
            {"x-forwarded-proto": "https", "origin": "http://testserver"},
            True,
            False,
            id="directly_with_a_forged_header",
        ),
    ],
)
def test_a_form_counts_when_it_is_ours(root, settings, headers, opens, is_secure):
    save(**settings)
    browser = Client(enforce_csrf_checks=True, headers={"host": "testserver", **headers})
    page = browser.get(LOGIN)
    token = page.content.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    response = send_form(browser, LOGIN, username=EMAIL, password=PASSWORD, csrfmiddlewaretoken=token)
    assert (response.status_code, is_in(browser)) == ((302, True) if opens else (403, False))
    assert cookies_are_secure(page) is is_secure
    if opens:
        assert cookies_are_secure(response) is is_secure
    else:
        assert told(response)[0].startswith("The form could not be checked, so nothing was done.")


@pytest.mark.parametrize("path", [LOGIN, "/_/", "/_/password_change/", "/_/logout/", "/_/nope/"])
def test_a_form_without_its_token_does_nothing(root, path):
    browser = Client(enforce_csrf_checks=True)
    browser.get(LOGIN)
    response = send_form(browser, path, username=EMAIL, password=PASSWORD)
    assert (response.status_code, is_in(browser)) == (403, False)
    assert response["content-type"].startswith("text/html")


def test_guests_fill_no_log(root, caplog):
    browser = Client(enforce_csrf_checks=True)
    forged = send_form(browser, LOGIN, headers={"origin": "https://evil.example"}, username=EMAIL)
    misaddressed = browser.get(LOGIN, headers={"host": "["})
    assert (forged.status_code, misaddressed.status_code, caplog.records) == (403, 400, [])


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example.com", PUBLIC),
        ("HTTPS://API.example.com:443/app/?a#b", PUBLIC),
        ("http://localhost:8090", "http://localhost:8090"),
        ("http://a.example:80", "http://a.example"),
        ("https://user:secret@api.example.com/", PUBLIC),
        ("api.example.com", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_the_origin_of_the_application_url(monkeypatch, url, origin):
    settings = RuntimeSettings.from_json({"meta": {"appURL": url}})
    monkeypatch.setattr("admin_ui.https.current", lambda: settings)
    assert app_origin() == origin
