"""The redirect that providers send people back to (contract/auth.md 10.2, contract/system.md 17)."""

import threading

import pytest
from django.db import DatabaseError

from auth_app import oauth2_clients, oauth2_names
from auth_app.flows import oauth2_redirect
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db

PATH = "/api/oauth2-redirect"
SUCCESS, FAILURE = "../_/#/auth/oauth2-redirect-success", "../_/#/auth/oauth2-redirect-failure"
TOLD = '{"name":{"firstName":"Ann","lastName":"Lee"}}'
FORM = "application/x-www-form-urlencoded"


class Stream:
    """A realtime client as the redirect sees one; `topics` are its subscriptions."""

    def __init__(self, *topics, ip="127.0.0.1"):
        self.ip = ip
        self.topics = set(topics)
        self.sent = []
        self._lock = threading.Lock()

    def take_subscription(self):
        with self._lock:
            had = oauth2_clients.TOPIC in self.topics
            self.topics.discard(oauth2_clients.TOPIC)
            return had

    def send(self, event, data):
        self.sent.append((event, data))


@pytest.fixture
def stream(monkeypatch):
    """The client "abc", which waits for somebody."""
    stream = Stream("@oauth2", "posts/*")
    monkeypatch.setattr(oauth2_clients, "_finder", oauth2_clients._Finder())
    oauth2_clients.announce_clients({"abc": stream}.get)
    return stream


def went(response):
    return response.status_code, response["location"], response.content


def test_the_client_is_told_and_the_browser_sees_that_it_worked(client, stream):
    response = client.get(PATH, {"state": "abc", "code": "a<b"})
    assert went(response) == (307, SUCCESS, b"")
    assert "content-type" not in response.headers
    assert stream.sent == [("@oauth2", '{"state":"abc","code":"a\\u003cb"}')]
    assert stream.topics == {"posts/*"}


def test_a_form_is_answered_so_that_it_is_not_sent_again(client, stream):
    response = client.post(PATH, {"state": "abc", "code": "c", "user": TOLD})
    assert went(response) == (303, SUCCESS, b"")
    assert stream.sent == [("@oauth2", '{"state":"abc","code":"c"}')]
    assert oauth2_names.take_name("c") == "Ann Lee"


@pytest.mark.parametrize(
    ("query", "data"),
    [
        pytest.param(
            "state=abc&error=access_denied", '{"state":"abc","code":"","error":"access_denied"}', id="error"
        ),
        pytest.param("state=abc&code=c&error=e", '{"state":"abc","code":"c","error":"e"}', id="with_code"),
        pytest.param("state=abc", '{"state":"abc","code":""}', id="no_code"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_client_is_told_of_failures_too(client, stream, method, query, data):
    if method == "get":
        response = client.get(f"{PATH}?{query}")
    else:
        response = client.post(PATH, f"{query}&user={TOLD}", content_type=FORM)
    assert went(response) == (307 if method == "get" else 303, FAILURE, b"")
    assert stream.sent == [("@oauth2", data)]
    assert oauth2_names.take_name("c") == ""


@pytest.mark.parametrize("query", ["", "code=c", "state=&code=c", "state=other&code=c", "STATE=abc&code=c"])
def test_nobody_waits(client, stream, query):
    assert went(client.get(f"{PATH}?{query}")) == (307, FAILURE, b"")
    assert (stream.sent, len(stream.topics)) == ([], 2)


@pytest.mark.parametrize("topic", ["oauth2", "@oauth2?options=x", "@OAUTH2"])
def test_a_client_that_did_not_subscribe_is_not_told(client, stream, topic):
    stream.topics = {topic}
    assert went(client.get(f"{PATH}?state=abc&code=c")) == (307, FAILURE, b"")
    assert (stream.sent, stream.topics) == ([], {topic})


def test_a_client_is_told_once(client, stream):
    locations = [client.get(f"{PATH}?state=abc&code=c")["location"] for _ in range(2)]
    assert (locations, len(stream.sent)) == ([SUCCESS, FAILURE], 1)


def test_from_another_address_nobody_is_told_and_the_client_waits_no_longer(client, stream):
    stream.ip = "127.0.0.2"
    assert went(client.get(f"{PATH}?state=abc&code=c")) == (307, FAILURE, b"")
    assert (stream.sent, stream.topics) == ([], {"posts/*"})


def test_the_address_is_what_a_trusted_proxy_says(client, stream):
    save(trustedProxy={"headers": ["X-Forwarded"], "useLeftmostIP": False})
    stream.ip = "192.0.2.7"
    assert client.get(f"{PATH}?state=abc&code=c", headers={"x-forwarded": stream.ip})["location"] == SUCCESS


def test_an_address_that_is_not_known_does_not_count(client, stream):
    stream.ip = ""
    assert client.get(f"{PATH}?state=abc&code=c")["location"] == SUCCESS


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param('{"state":"abc","code":5}', "application/json", id="wrong_type"),
        pytest.param("{", "application/json", id="malformed"),
        pytest.param("state=abc&code=c", "text/plain", id="unsupported"),
    ],
)
def test_a_body_that_cannot_be_read(client, stream, body, content_type):
    assert went(client.post(PATH, body, content_type=content_type)) == (303, FAILURE, b"")
    assert stream.sent == []


def test_a_json_body_tells_no_name(client, stream):
    body = '{"state":"abc","code":"c","user":{"name":"x"}}'
    assert client.post(PATH, body, content_type="application/json")["location"] == SUCCESS
    assert oauth2_names.take_name("c") == ""


def test_a_name_that_cannot_be_kept_keeps_nobody_out(client, stream, monkeypatch, caplog):
    def fail(code, told):
        raise DatabaseError("locked")

    monkeypatch.setattr(oauth2_redirect, "keep_name", fail)
    assert client.post(PATH, {"state": "abc", "code": "c", "user": TOLD})["location"] == SUCCESS
    assert (len(stream.sent), "was not kept" in caplog.text) == (1, True)


def test_head_is_answered_as_a_form_is(client, stream):
    assert went(client.head(f"{PATH}?state=x")) == (303, FAILURE, b"")


def test_without_streams_there_are_no_clients(client):
    assert oauth2_clients.find_client("abc") is None
    assert went(client.get(f"{PATH}?state=abc&code=c")) == (307, FAILURE, b"")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_have_no_route(client, method):
    assert getattr(client, method)(PATH).status_code == 404
