"""Who may watch the feeds, and for how long: superusers, with a session of the dashboard or a token."""

import json

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from auth_app import superusers, tokens
from auth_app.tokens import issue_auth_token
from collections_app.records.writing.saving import save_record
from platform_app.requests.stream_answers import StreamAnswer
from realtime_app.feeds import CHANNELS
from tests.admin_ui.dashboard import EMAIL, sign_in
from tests.auth_app.accounts import join, stored
from tests.system_app.settings_row import save, superuser

pytestmark = pytest.mark.django_db

PATH = "/_/live-feeds/logs"
GUEST = {
    "data": {},
    "message": "The request requires valid record authorization token.",
    "status": 401,
}
USER = {
    "data": {},
    "message": "The authorized record is not allowed to perform this action.",
    "status": 403,
}
NOT_FOUND = {"data": {}, "message": "The requested resource wasn't found.", "status": 404}


def guest(root):
    return Client()


def by_session(root):
    client = Client()
    assert sign_in(client).status_code == 302
    return client


def by_token(root):
    return Client(headers={"authorization": issue_auth_token(stored("_superusers", root.id))})


def by_bearer_token(root):
    return Client(headers={"authorization": f"Bearer {issue_auth_token(stored('_superusers', root.id))}"})


def as_user(root):
    return Client(headers={"authorization": issue_auth_token(join("users", "user00000000001"))})


def with_nonsense(root):
    return Client(headers={"authorization": "nonsense"})


def with_nonsense_beside_a_session(root):
    client = by_session(root)
    client.defaults["HTTP_AUTHORIZATION"] = "nonsense"
    return client


@pytest.mark.parametrize("channel", sorted(CHANNELS))
@pytest.mark.parametrize("sign", [by_session, by_token, by_bearer_token])
def test_a_superuser_opens_a_stream(root, sign, channel):
    answer = sign(root).get(f"/_/live-feeds/{channel}")
    assert (type(answer), answer.status_code, answer.subject.channel) == (StreamAnswer, 200, channel)
    told = ("content-type", "cache-control", "x-accel-buffering")
    assert [answer[name] for name in told] == ["text/event-stream", "no-store", "no"]
    assert answer.subject.may_go_on()


@pytest.mark.parametrize(
    ("sign", "envelope"),
    [
        pytest.param(guest, GUEST, id="guest"),
        pytest.param(with_nonsense, GUEST, id="no_token"),
        pytest.param(with_nonsense_beside_a_session, GUEST, id="no_token_beside_a_session"),
        pytest.param(as_user, USER, id="user"),
    ],
)
@pytest.mark.parametrize("path", [PATH, "/_/live-feeds/nothing", f"{PATH}?token=x"])
def test_others_are_refused_before_it_opens(root, sign, envelope, path):
    answer = sign(root).get(path)
    assert (answer.status_code, answer["content-type"]) == (envelope["status"], "application/json")
    assert json.loads(answer.content) == envelope


@pytest.mark.parametrize("sign", [by_session, by_token])
@pytest.mark.parametrize("channel", ["nothing", "Logs", "logs,copies", "logs%0a"])
def test_there_are_no_other_channels(root, sign, channel):
    answer = sign(root).get(f"/_/live-feeds/{channel}")
    assert (answer.status_code, json.loads(answer.content)) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("method", "status"),
    [
        pytest.param("post", 404, id="post"),
        pytest.param("put", 404, id="put"),
        pytest.param("delete", 404, id="delete"),
        pytest.param("head", 200, id="head"),
    ],
)
def test_other_methods(root, method, status):
    assert getattr(by_session(root), method)(PATH).status_code == status


def test_a_forged_form_is_refused_in_json_too(root):
    client = Client(enforce_csrf_checks=True)
    client.cookies["sessionid"] = by_session(root).cookies["sessionid"].value
    answer = client.post(PATH)
    assert (answer.status_code, json.loads(answer.content)["status"]) == (403, 403)


def test_what_a_proxy_would_say_in_the_query_does_not_count(root):
    answer = by_token(root).get(f"{PATH}?channel=copies&es-meta=x&recover=true&link=next")
    assert (answer.status_code, answer.subject.channel) == (200, "logs")


def test_a_stream_that_was_refused_is_not_resumed(root):
    answer = by_token(root).get(PATH, headers={"last-event-id": "error"})
    assert (answer.status_code, json.loads(answer.content)["status"]) == (400, 400)


def with_a_new_password(root):
    superusers.change_password(EMAIL, "another password")


def with_a_new_key(root):
    record = stored("_superusers", root.id)
    record.refresh_token_key()
    save_record(record)


def with_the_account(root):
    superuser()  # somebody has to stay
    superusers.delete_superuser(EMAIL)


def with_the_address(root):
    save(superuserIPs=["10.0.0.1"])


ENDS = [with_a_new_password, with_a_new_key, with_the_account, with_the_address]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("sign", [by_session, by_token])
def test_it_may_go_on_until_the_sign_in_ends(root, sign, end):
    may_go_on = sign(root).get(PATH).subject.may_go_on
    assert may_go_on()
    end(root)
    assert not may_go_on()


def test_with_a_session_it_ends_at_the_sign_out(root):
    admin = by_session(root)
    may_go_on = admin.get(PATH).subject.may_go_on
    assert admin.post("/_/logout/").status_code == 200
    assert not may_go_on()


def test_with_a_session_it_ends_with_its_time(root):
    may_go_on = by_session(root).get(PATH).subject.may_go_on
    Session.objects.update(expire_date="2020-01-01T00:00:00Z")
    assert not may_go_on()


def test_with_a_token_it_ends_with_its_time(root, monkeypatch):
    record = stored("_superusers", root.id)
    token = issue_auth_token(record, duration_seconds=60)
    may_go_on = Client(headers={"authorization": token}).get(PATH).subject.may_go_on
    assert may_go_on()
    now = tokens.time.time()
    monkeypatch.setattr(tokens.time, "time", lambda: now + 61)
    assert not may_go_on()


def test_to_look_again_costs_two_queries_at_most(root, django_assert_max_num_queries):
    for sign in (by_session, by_token):
        may_go_on = sign(root).get(PATH).subject.may_go_on
        with django_assert_max_num_queries(2):
            assert may_go_on()
