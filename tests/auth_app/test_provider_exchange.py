"""The exchange with a provider: who is asked what, what counts as an answer, and when it ends."""

from datetime import UTC, datetime

import pytest

from auth_app.providers import exchange
from auth_app.providers.user import ProviderError, TokenRefused, UserRefused
from platform_app.database.dates import in_seconds
from tests.auth_app.identity_provider import (
    ACCESS_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    IdentityProvider,
    Reply,
    options_of,
    signed_in,
)

USER = {"sub": "1", "name": "Ann"}


@pytest.fixture
def provider():
    with IdentityProvider() as provider:
        provider.describe("/user", USER)
        yield provider


@pytest.fixture
def other():
    """Another server, whose users nobody asked for."""
    with IdentityProvider() as other:
        other.describe("/user", {"sub": "2"})
        yield other


def asked(provider):
    return [(one.method, one.path) for one in provider.seen]


# --- who is asked what ----------------------------------------------------------------------------------


def test_code_becomes_a_user_with_two_requests(provider):
    user = signed_in(provider, options_of(provider))
    assert (user.id, user.name, user.raw) == ("1", "Ann", USER)
    assert (user.access_token, user.refresh_token) == (ACCESS_TOKEN, "refresh-token")
    assert asked(provider) == [("POST", "/token"), ("GET", "/user")]


def test_token_request_names_the_client_in_a_header_and_not_in_the_body(provider):
    signed_in(provider, options_of(provider), code=provider.authorize("v" * 43))
    (request,) = provider.seen_at("/token")
    assert request.headers["authorization"].startswith("Basic ")
    assert request.form == {
        "grant_type": "authorization_code",
        "code": "code-0",
        "redirect_uri": "https://app.example.com/api/oauth2-redirect",
        "code_verifier": "v" * 43,
    }


@pytest.mark.parametrize(
    ("changes", "redirect_url", "sent"),
    [
        pytest.param(
            {"pkce": False}, "https://a.example", {"grant_type", "code", "redirect_uri"}, id="no_pkce"
        ),
        pytest.param({}, "", {"grant_type", "code", "code_verifier"}, id="no_redirect_url"),
    ],
)
def test_what_there_is_not_is_not_sent(provider, changes, redirect_url, sent):
    signed_in(provider, options_of(provider, **changes), redirect_url=redirect_url)
    assert set(provider.seen_at("/token")[0].form) == sent


def test_client_is_named_in_the_body_when_the_header_is_not_understood(provider):
    provider.accepts = {"body"}
    assert signed_in(provider, options_of(provider)).id == "1"
    first, second = provider.seen_at("/token")
    assert "authorization" not in second.headers
    assert second.form == {**first.form, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@pytest.mark.parametrize(
    ("change", "attempt", "words"),
    [
        pytest.param({"clientSecret": "wrong"}, {}, "invalid_client", id="secret"),
        pytest.param({}, {"verifier": "w" * 43}, "invalid_grant", id="verifier"),
        pytest.param({}, {"verifier": ""}, "invalid_grant", id="no_verifier"),
        pytest.param({}, {"code": "unknown"}, "invalid_grant", id="code"),
        pytest.param({"pkce": False}, {"code": "code-0"}, "invalid_grant", id="pkce_forgotten"),
    ],
)
def test_wrong_proof_is_refused(provider, change, attempt, words):
    if "code" not in attempt or change:
        provider.authorize("v" * 43)
    with pytest.raises(TokenRefused, match=words):
        signed_in(provider, options_of(provider, **change), **{"code": "code-0", **attempt})
    assert asked(provider) == [("POST", "/token")] * 2  # in both ways, and nobody's description


def test_used_code_is_refused(provider):
    code = provider.authorize("v" * 43)
    signed_in(provider, options_of(provider), code=code)
    with pytest.raises(TokenRefused, match="invalid_grant"):
        signed_in(provider, options_of(provider), code=code)


@pytest.mark.parametrize("given", ["code", "verifier", "redirect_url"])
def test_endless_input_is_not_sent_on(provider, given):
    with pytest.raises(TokenRefused, match="too long"):
        signed_in(provider, options_of(provider), **{given: "x" * 8193})
    assert asked(provider) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/token",
        "//127.0.0.1/token",
        "file:///etc/passwd",
        "ftp://127.0.0.1/token",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:1/nobody-listens",
        "http://nobody.invalid/",
        "http://\ud800.example/",
        "javascript:alert(1)",
    ],
)
def test_address_that_leads_nowhere_is_refused(provider, url):
    options = options_of(provider, tokenURL=url)
    with pytest.raises(TokenRefused):
        signed_in(provider, options)


# --- tokens ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded; charset=utf-8", "text/plain"])
def test_token_may_come_as_a_form(provider, content_type):
    form = b"access_token=access-token&scope=a%2Cb&token_type=bearer&expires_in=60"
    provider.reply("/token", Reply(200, form, content_type))
    user = signed_in(provider, options_of(provider))
    assert (user.id, user.access_token, user.refresh_token) == ("1", ACCESS_TOKEN, "")
    assert in_seconds(0) < user.expiry < in_seconds(120)


@pytest.mark.parametrize(
    ("expires_in", "earliest", "latest"),
    [
        pytest.param(3600, 3500, 3700, id="seconds"),
        pytest.param("3600", 3500, 3700, id="text"),
        pytest.param(10**15, 2**31 - 100, 2**31 + 100, id="never"),
        pytest.param(-60, -160, 0, id="over"),
    ],
)
def test_expiry_is_a_moment(provider, expires_in, earliest, latest):
    provider.token["expires_in"] = expires_in
    expiry = signed_in(provider, options_of(provider)).expiry
    assert in_seconds(earliest) < expiry < in_seconds(latest)
    assert datetime.fromisoformat(expiry).tzinfo == UTC


@pytest.mark.parametrize("expires_in", [None, 0, "0"])
def test_token_may_say_nothing_about_its_end(provider, expires_in):
    provider.token["expires_in"] = expires_in
    assert signed_in(provider, options_of(provider)).expiry == ""


def test_empty_error_is_no_error(provider):
    provider.token |= {"error": "", "error_description": None, "refresh_token": None, "scope": ["a"]}
    assert signed_in(provider, options_of(provider)).refresh_token == ""


def test_other_kind_of_token_is_named_as_such(provider):
    provider.token["token_type"] = "MAC"
    with pytest.raises(UserRefused, match="401"):
        signed_in(provider, options_of(provider))
    assert provider.seen_at("/user")[0].headers["authorization"] == f"MAC {ACCESS_TOKEN}"


BAD_TOKENS = [
    pytest.param(Reply(200, b""), id="empty"),
    pytest.param(Reply(200, b"<html>"), id="page"),
    pytest.param(Reply(200, b"null"), id="null"),
    pytest.param(Reply(200, b'"access-token"'), id="text"),
    pytest.param(Reply(200, b'[{"access_token": "a"}]'), id="list"),
    pytest.param(Reply(200, b"{}"), id="nothing_in_it"),
    pytest.param(Reply(200, b'{"access_token": ""}'), id="empty_token"),
    pytest.param(Reply(200, b'{"access_token": 1}'), id="number_for_a_token"),
    pytest.param(Reply(200, b'{"access_token": "a", "token_type": {}}'), id="object_for_a_type"),
    pytest.param(Reply(200, b'{"access_token": "a", "token_type": ["x"]}'), id="list_for_a_type"),
    pytest.param(Reply(200, b'{"access_token": "a", "expires_in": "soon"}'), id="word_for_an_end"),
    pytest.param(Reply(200, b'{"access_token": "a", "expires_in": "--5"}'), id="signs_for_an_end"),
    pytest.param(Reply(200, b'{"access_token": "a", "expires_in": 1.5}'), id="fraction_for_an_end"),
    pytest.param(Reply(200, b'{"access_token": "a", "expires_in": true}'), id="bool_for_an_end"),
    pytest.param(Reply(200, b'{"access_token": "a", "expires_in": []}'), id="list_for_an_end"),
    pytest.param(Reply(200, b'{"access_token": "a", "expires_in": 1e400}'), id="infinite_end"),
    pytest.param(Reply(200, b'{"access_token": "a", "expires_in": NaN}'), id="not_a_number"),
    pytest.param(Reply(200, b'{"access_token": "a"} x'), id="something_behind_it"),
    pytest.param(Reply(200, b'{"access_token": "a", "error": "denied"}'), id="error_with_a_good_status"),
    pytest.param(Reply(201, b'{"error": {"message": "denied"}}'), id="error_as_an_object"),
    pytest.param(Reply(400, b'{"access_token": "a"}'), id="token_with_a_bad_status"),
    pytest.param(Reply(302, b'{"access_token": "a"}'), id="token_with_a_redirect"),
    pytest.param(Reply(500, b"oops"), id="server_error"),
    pytest.param(Reply(200, b"access_token=a", "application/json"), id="form_that_says_it_is_json"),
    pytest.param(Reply(200, b'{"access_token": "a"}', "text/plain"), id="json_that_says_it_is_a_form"),
    pytest.param(Reply(200, b"access_token=%zz", "text/plain"), id="broken_form"),
    pytest.param(Reply(200, b"&" * 100_000, "text/plain"), id="endless_form"),
    pytest.param(Reply(200, b"[" * 200_000), id="deep"),
    pytest.param(Reply(200, b'{"a":' * 2000 + b"1" + b"}" * 2000), id="deep_and_closed"),
    pytest.param(Reply(200, b" " * (1024 * 1024 + 1)), id="large"),
    pytest.param(Reply(200, b'{"access_token": "a"}', headers={"Content-Encoding": "gzip"}), id="packed"),
]


@pytest.mark.parametrize("reply", BAD_TOKENS)
def test_answer_without_a_token_is_refused(provider, reply):
    provider.reply("/token", reply)
    with pytest.raises(TokenRefused):
        signed_in(provider, options_of(provider))
    assert provider.seen_at("/user") == []


@pytest.mark.parametrize("token", ["a\nX-Injected: 1", "a\r\n\r\nGET / HTTP/1.1", "a\x00b"])
def test_token_does_not_leave_its_header(provider, token):
    provider.token["access_token"] = token
    with pytest.raises(UserRefused):
        signed_in(provider, options_of(provider))
    assert provider.seen_at("/user") == []


# --- descriptions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(200, b""), id="empty"),
        pytest.param(Reply(200, b"<html>"), id="page"),
        pytest.param(Reply(200, b"[]"), id="list"),
        pytest.param(Reply(200, b'"1"'), id="text"),
        pytest.param(Reply(200, b'{"sub": 1}'), id="number_for_an_id"),
        pytest.param(Reply(200, b'{"sub": true}'), id="bool_for_an_id"),
        pytest.param(Reply(200, b'{"sub": {"id": "1"}}'), id="object_for_an_id"),
        pytest.param(Reply(200, b'{"sub": "1", "name": ["Ann"]}'), id="list_for_a_name"),
        pytest.param(Reply(200, b'{"sub": "1", "email": 5}'), id="number_for_an_address"),
        pytest.param(Reply(200, b'{"sub": "1", "x": NaN}'), id="not_a_number"),
        pytest.param(Reply(200, b'{"sub": "1", "x": -Infinity}'), id="infinity"),
        pytest.param(Reply(200, b'{"sub": "1", "x": 1e400}'), id="number_beyond_doubles"),
        pytest.param(Reply(200, b'{"sub": "1"'), id="cut_off"),
        pytest.param(Reply(200, b'{"sub": "1"}{}'), id="two"),
        pytest.param(Reply(200, b'{"sub": "1", "x": "' + b"x" * 1024 * 1024 + b'"}'), id="large"),
        pytest.param(Reply(200, b"[" * 1_000_000), id="deep"),
        pytest.param(Reply(400, b'{"sub": "1"}'), id="client_error"),
        pytest.param(Reply(401, b'{"sub": "1"}'), id="unauthorized"),
        pytest.param(Reply(503, b'{"sub": "1"}'), id="server_error"),
        pytest.param(Reply(200, b'{"sub": "1"}', headers={"Content-Encoding": "br"}), id="packed"),
    ],
)
def test_unusable_description_is_refused(provider, reply):
    provider.reply("/user", reply)
    with pytest.raises(UserRefused):
        signed_in(provider, options_of(provider))


@pytest.mark.parametrize("body", [b"null", b"{}"])
def test_description_that_tells_nothing_is_of_nobody(provider, body):
    provider.reply("/user", Reply(200, body))
    user = signed_in(provider, options_of(provider))
    assert (user.id, user.email, user.raw) == ("", "", {})


@pytest.mark.parametrize("value", ['"583231"', "5.0", "1e3", "-9223372036854775809", "true", "[1]", '""'])
def test_number_that_is_an_id_is_a_whole_number(provider, value):
    provider.reply("/user", Reply(200, b'{"login": "a", "id": ' + value.encode() + b"}"))
    with pytest.raises(UserRefused):
        signed_in(provider, options_of(provider, "github"))


def test_broken_text_is_repaired(provider):
    provider.reply("/user", Reply(200, rb'{"sub": "1", "name": "a\ud800b", "x": "' + b'\xff"}'))
    user = signed_in(provider, options_of(provider))
    assert (user.name, user.raw["x"]) == ("a\ufffdb", "\ufffd")


# --- redirects ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_description_may_have_moved_on_the_same_server(provider, status):
    provider.describe("/moved", {"sub": "3"})
    provider.reply("/user", Reply(status, headers={"Location": "/moved?x=1"}))
    assert signed_in(provider, options_of(provider)).id == "3"


@pytest.mark.parametrize("status", [307, 308])
def test_token_endpoint_may_have_moved_on_the_same_server(provider, status):
    provider.reply(
        "/old", Reply(status, headers={"Location": provider.url("/token")}, opens_without_token=True)
    )
    assert signed_in(provider, options_of(provider, tokenURL=provider.url("/old"))).id == "1"
    assert [one.form for one in provider.seen_at("/old")] == [one.form for one in provider.seen_at("/token")]


@pytest.mark.parametrize("path", ["/token", "/user"])
@pytest.mark.parametrize("status", [302, 307, 308])
def test_nothing_follows_to_another_server(provider, other, path, status):
    provider.reply(path, Reply(status, headers={"Location": other.url(path)}))
    with pytest.raises(ProviderError):
        signed_in(provider, options_of(provider))
    assert asked(other) == []


@pytest.mark.parametrize("location", ["/user", "file:///etc/passwd", "http://", "//", "http://[", ""])
def test_redirect_that_leads_nowhere_is_refused(provider, location):
    provider.reply("/user", Reply(302, headers={"Location": location}))
    with pytest.raises(UserRefused):
        signed_in(provider, options_of(provider))
    assert len(provider.seen_at("/user")) <= 6


# --- the end --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "error"), [("/token", TokenRefused), ("/user", UserRefused)])
@pytest.mark.parametrize("part", ["head", "body"])
def test_server_that_sends_a_byte_now_and_then_is_left(provider, monkeypatch, path, error, part):
    monkeypatch.setattr(exchange, "SECONDS", 0.3)
    provider.drips[path] = part
    with pytest.raises(error):
        signed_in(provider, options_of(provider))
    # It went on sending to somebody who was gone; at its pace the answer would have taken for ever.
    assert provider.dripped_away.wait(timeout=30)
    assert len(provider.seen) <= 2


def test_server_that_says_nothing_is_left(provider, monkeypatch):
    monkeypatch.setattr(exchange, "SECONDS", 0.2)
    provider.drips["/token"] = "nothing"
    with pytest.raises(TokenRefused, match="time"):
        signed_in(provider, options_of(provider))
    assert asked(provider) == [("POST", "/token")]


def test_all_requests_share_one_deadline(provider, monkeypatch):
    monkeypatch.setattr(exchange, "SECONDS", 0)
    with pytest.raises(TokenRefused, match="no time left"):
        signed_in(provider, options_of(provider))
    assert asked(provider) == []
