"""What a guest sends to the dashboard is refused before anything takes long over it."""

import http.cookies
import json
import urllib.parse
from io import BytesIO

import pytest
from django.http import HttpRequest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from admin_ui.bounds import MOST_ADDRESS_CHARACTERS, MOST_COOKIE_BYTES, MOST_FORM_BYTES, read_cookies
from tests.admin_ui.dashboard import FORM, LOGIN, is_in, sign_in, told

pytestmark = pytest.mark.django_db

PATHS = [LOGIN, "/_/", "/_/password_change/", "/_/logout/", "/_/nope/"]


@pytest.fixture
def parsed(monkeypatch):
    """How many forms were read."""
    calls: list[str] = []
    load = HttpRequest._load_post_and_files
    monkeypatch.setattr(
        HttpRequest, "_load_post_and_files", lambda request: calls.append(request.path) or load(request)
    )
    return calls


class TestForms:
    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize(
        ("body", "content_type", "status"),
        [
            pytest.param("a=" + "x" * MOST_FORM_BYTES, FORM, 413, id="large"),
            pytest.param("a&" * 1_000_000, FORM, 413, id="a_million_fields"),
            pytest.param(
                encode_multipart(BOUNDARY, {"a": BytesIO(b"x")}), MULTIPART_CONTENT, 400, id="upload"
            ),
            pytest.param(json.dumps({}), "application/json", 400, id="json"),
            pytest.param("a=b", "", 400, id="no_type"),
        ],
    )
    def test_a_guests_is_refused_unread(self, root, parsed, path, body, content_type, status):
        browser = Client(enforce_csrf_checks=True)
        response = browser.generic("POST", path, body, content_type=content_type)
        assert (response.status_code, parsed) == (status, [])
        assert response["content-type"].startswith("text/html")
        assert len(told(response)) == 1

    @pytest.mark.parametrize("length", ["", "x", "-1"])
    def test_a_guests_of_unknown_length_is_refused_unread(self, client, root, parsed, length):
        body = "username=a&password=b"
        response = client.generic("POST", LOGIN, body, content_type=FORM, CONTENT_LENGTH=length)
        assert (response.status_code, parsed) == (411, [])

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
    def test_other_methods_read_no_form(self, root, parsed, method):
        browser = Client(enforce_csrf_checks=True)
        for path in PATHS:
            body = "a=" + "x" * MOST_FORM_BYTES
            response = browser.generic(method, path, body, content_type=FORM)
            assert (response.status_code, parsed) == (403, [])

    def test_one_that_just_fits_is_read(self, client, root, parsed):
        body = "username=a&password=" + "x" * (MOST_FORM_BYTES - 20)
        assert client.post(LOGIN, body, content_type=FORM).status_code == 200
        assert parsed

    def test_those_who_have_signed_in_may_send_more(self, client, root):
        sign_in(client)
        fields = {"old_password": "x" * MOST_FORM_BYTES, "new_password1": "a", "new_password2": "a"}
        response = client.post("/_/password_change/", fields)
        assert "old password was entered incorrectly" in response.content.decode()


class TestAddresses:
    @pytest.mark.parametrize(
        "path", ["/_/?q=", "/_/" + "x" * 4000 + "?q=", f"{LOGIN}?next=/_/", "/_/static/?"]
    )
    def test_a_long_one_is_refused(self, client, root, path):
        response = client.get(path + "a&" * MOST_ADDRESS_CHARACTERS)
        assert (response.status_code, told(response)) == (414, ["The address is too long."])

    def test_one_that_just_fits_is_answered(self, client, root):
        path = f"{LOGIN}?next="
        room = MOST_ADDRESS_CHARACTERS - len(path) + 1
        assert client.get(path + "x" * room).status_code == 200
        assert client.get(path + "x" * (room + 1)).status_code == 414

    @pytest.mark.parametrize(
        "path",
        [
            "../config/settings.py",
            "%2e%2e/%2e%2e/manage.py",
            "..%2f..%2fmanage.py",
            "admin/..%5c..%5cmanage.py",
            "%2fetc/passwd",
            "admin/css/base.css%00",
            "admin/css/",
            "admin/" + "x" * 300,
        ],
    )
    def test_static_files_are_the_packages_own(self, client, root, path):
        response = client.get(f"/_/static/{path}")
        assert response.status_code in {307, 400, 404}
        assert b"SECRET_KEY" not in response.content


class TestHeaders:
    @pytest.mark.parametrize(
        "value",
        [
            pytest.param('sessionid="' + "\\" * 8000 + '"', id="backslashes"),
            pytest.param('sessionid="' + '\\"' * 4000 + '"', id="quotes"),
            pytest.param('a="\\012"; ' * 1000 + 'b="\\012"', id="many"),
        ],
    )
    @pytest.mark.parametrize("path", [LOGIN, "/_/", "/_/static/admin/css/nope.css", "/api/health"])
    def test_no_cookie_is_taken_apart_in_quadratic_time(self, client, root, monkeypatch, path, value):
        unquoted: list[str] = []
        monkeypatch.setattr(http.cookies, "_unquote", lambda text: unquoted.append(text) or text)
        response = client.get(path, headers={"cookie": value})
        assert (response.status_code < 500, unquoted) == (True, [])

    def test_more_cookies_than_anybody_needs_are_none(self, client, root):
        sign_in(client)
        key = client.cookies.pop("sessionid").value
        fitting = f"sessionid={key}; a="
        fitting += "x" * (MOST_COOKIE_BYTES - len(fitting))
        assert is_in(Client(headers={"cookie": fitting}))
        assert not is_in(Client(headers={"cookie": fitting + "x"}))
        assert read_cookies(fitting + "x") == {}

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({"accept-language": "de-de;q=0.8," * 5000}, id="languages"),
            pytest.param({"if-modified-since": "x" * 60_000}, id="date"),
            pytest.param({"origin": "https://" + "x" * 60_000}, id="origin"),
            pytest.param({"x-forwarded-proto": "https," * 10_000}, id="proto"),
            pytest.param({"accept": "*/*," * 10_000}, id="accept"),
        ],
    )
    def test_long_ones_change_nothing(self, client, root, headers):
        assert client.get(LOGIN, headers=headers).status_code == 200
        assert client.get("/_/static/nope", headers=headers).status_code == 404

    @pytest.mark.parametrize("host", ["a b", "evil\r.example", "[", "x" * 5000 + "_"])
    def test_a_host_that_is_none_is_told_so(self, client, root, host):
        response = client.get(LOGIN, headers={"host": host, "x-forwarded-proto": "https"})
        assert (response.status_code, len(told(response))) == (400, 1)

    def test_what_pages_say_to_browsers(self, client, root):
        response = client.get(LOGIN)
        assert response["referrer-policy"] == "same-origin"
        assert response["cross-origin-opener-policy"] == "same-origin"
        assert "no-store" in response["cache-control"]
        assert response["x-content-type-options"] == "nosniff"


def test_our_own_faults_are_a_page_too(root, monkeypatch):
    def fail(view, **kwargs):
        raise OSError("the secret reason")

    monkeypatch.setattr("admin_ui.sign_in.SignIn.get_context_data", fail)
    response = Client(raise_request_exception=False).get(LOGIN)
    assert (response.status_code, b"the secret reason" in response.content) == (500, False)
    assert told(response) == ["Something went wrong while processing your request."]


class TestAddressesToReturnTo:
    def test_they_are_quoted(self, client, root):
        query = urllib.parse.urlencode({"next": '"><script>alert(1)</script>'})
        assert b"<script>alert" not in client.get(f"{LOGIN}?{query}").content
        assert b"<script>alert" not in client.get(f"/_/nope/?{query}", follow=True).content
