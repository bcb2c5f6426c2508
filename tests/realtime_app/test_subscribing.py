"""`POST /api/realtime`: its checks in order, and what it changes (contract/realtime.md 3).

The answers are those of PocketBase 0.39.11 to the same requests.
"""

import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from auth_app.tokens import issue_auth_token
from collections_app.catalog import forget_catalog
from collections_app.definitions.saving import delete_collection
from collections_app.models import StoredCollection
from collections_app.orm import collection_model
from platform_app.wire.errors import BadRequest
from realtime_app.events import realtime_subscribe_request
from realtime_app.hub import Hub
from realtime_app.service import service
from realtime_app.subscribing import subscribe
from tests.auth_app.accounts import join, stored
from tests.realtime_app.listening import Listener

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
DEFAULT = "Something went wrong while processing your request."


@pytest.fixture
def client(db):
    listener = Listener(ip=HERE)
    service.hub.register(listener)
    yield listener
    service.hub.unregister(listener)


@pytest.fixture
def alice(make_members):
    make_members()
    return join("members", "alice0000000001", email="alice@example.com")


def post(body, *, content_type="application/json", auth=None, address=HERE):
    """The status and the JSON of the answer."""
    headers = {} if auth is None else {"authorization": issue_auth_token(auth)}
    text = body if isinstance(body, str) else json.dumps(body)
    answer = Client(REMOTE_ADDR=address).generic(
        "POST", "/api/realtime", text, content_type=content_type, headers=headers
    )
    return answer.status_code, json.loads(answer.content) if answer.content else None


def subscribed(client, *topics, auth=None):
    return post({"clientId": client.id, "subscriptions": topics}, auth=auth)


def refused(status, message, **data):
    return status, {"data": data, "message": message, "status": status}


def error(code, message, **params):
    return {"code": code, "message": message, **({"params": params} if params else {})}


REQUIRED = {"clientId": error("validation_required", "Cannot be blank.")}
ID_LENGTH = {
    "clientId": error(
        "validation_length_out_of_range", "The length must be between 1 and 255.", max=255, min=1
    )
}
TOO_MANY = {
    "subscriptions": error(
        "validation_length_too_long", "The length must be no more than 1000.", max=1000, min=0
    )
}
TOO_LONG = error("validation_length_too_long", "The length must be no more than 2500.", max=2500, min=0)
UNKNOWN = refused(404, "Missing or invalid client id.")


# --- bodies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "data"),
    [
        pytest.param("{", {}, id="no_json"),
        pytest.param("[]", {}, id="list"),
        pytest.param('"x"', {}, id="text"),
        pytest.param('{"clientId":1}', {}, id="number_as_id"),
        pytest.param('{"clientId":"ID","subscriptions":"a"}', {}, id="text_as_topics"),
        pytest.param('{"clientId":"ID","subscriptions":[1]}', {}, id="number_as_topic"),
        pytest.param("", REQUIRED, id="nothing"),
        pytest.param("{}", REQUIRED, id="empty"),
        pytest.param("null", REQUIRED, id="null"),
        pytest.param('{"clientId":null}', REQUIRED, id="null_as_id"),
        pytest.param('{"clientId":"","subscriptions":["a"]}', REQUIRED, id="empty_id"),
        pytest.param({"clientId": "x" * 256}, ID_LENGTH, id="long_id"),
        pytest.param({"clientId": "é" * 128}, ID_LENGTH, id="id_with_many_bytes"),
        pytest.param({"clientId": "ID", "subscriptions": ["a"] * 1001}, TOO_MANY, id="many_topics"),
        pytest.param(
            {"clientId": "ID", "subscriptions": ["ok", "a" * 2501, "", "b" * 2501]},
            {"subscriptions": {"1": TOO_LONG, "3": TOO_LONG}},
            id="long_topics",
        ),
        pytest.param(
            {"clientId": "ID", "subscriptions": ["é" * 1251]},
            {"subscriptions": {"0": TOO_LONG}},
            id="topic_with_many_bytes",
        ),
        pytest.param(
            {"clientId": "x" * 256, "subscriptions": ["a" * 2501] * 1001},
            {**ID_LENGTH, **TOO_MANY},
            id="both",
        ),
        pytest.param(
            {"clientId": "unknown", "subscriptions": ["a" * 2501]},
            {"subscriptions": {"0": TOO_LONG}},
            id="before_the_client_is_looked_for",
        ),
    ],
)
def test_a_body_is_refused(client, body, data):
    service.hub.subscribe(client, ["kept"], None)
    text = body if isinstance(body, str) else json.dumps(body)
    assert post(text.replace('"ID"', f'"{client.id}"')) == refused(400, DEFAULT, **data)
    assert list(client.topics) == ["kept"]


@pytest.mark.parametrize(
    ("body", "topics"),
    [
        pytest.param({"subscriptions": ["a", "b"]}, ["a", "b"], id="topics"),
        pytest.param({}, [], id="none"),
        pytest.param({"subscriptions": None}, [], id="null"),
        pytest.param({"subscriptions": []}, [], id="empty"),
        pytest.param({"subscriptions": [None, "a"]}, ["a"], id="null_among_them"),
        pytest.param(
            {"subscriptions": ["", "nope", "PB_CONNECT", "demo2/*", "demo2/*"]},
            ["nope", "PB_CONNECT", "demo2/*"],
            id="any_texts",
        ),
        pytest.param({"subscriptions": ["a" * 2500] * 1000}, ["a" * 2500], id="largest"),
        pytest.param({"SUBSCRIPTIONS": ["a"], "more": 1}, ["a"], id="members_ignore_case"),
    ],
)
def test_all_topics_are_replaced(client, body, topics):
    service.hub.subscribe(client, ["before"], None)
    assert post({"clientId": client.id, **body}) == (204, None)
    assert list(client.topics) == topics


@pytest.mark.parametrize(
    ("pairs", "topics"),
    [
        pytest.param([("subscriptions", "a"), ("subscriptions", "b?x=1")], ["a", "b?x=1"], id="repeated"),
        pytest.param([], [], id="none"),
        pytest.param([("@jsonPayload", '{"subscriptions":["c"]}')], ["c"], id="json_in_a_form"),
    ],
)
def test_forms(client, pairs, topics):
    text = urlencode([("clientId", client.id), *pairs])
    assert post(text, content_type="application/x-www-form-urlencoded") == (204, None)
    assert list(client.topics) == topics


@pytest.mark.parametrize("content_type", ["text/plain", ""])
def test_other_types_are_refused(client, content_type):
    assert post({"clientId": client.id}, content_type=content_type) == refused(400, DEFAULT)


# --- whose client -------------------------------------------------------------------------------------


def test_an_unknown_client(client):
    assert post({"clientId": "x" * 255}) == UNKNOWN
    assert post({"clientId": client.id.swapcase()}) == UNKNOWN
    service.hub.unregister(client)
    assert subscribed(client, "a") == UNKNOWN


def test_an_address_that_is_not_the_streams(client, alice):
    service.hub.subscribe(client, [], alice)  # the address is looked at first
    body = {"clientId": client.id, "subscriptions": ["a"]}
    assert post(body, address=ELSEWHERE) == refused(400, "Invalid realtime client.")
    assert client.topics == {}


def test_a_client_without_an_address_may_be_anywhere(db):
    client = Listener()
    service.hub.register(client)
    try:
        assert post({"clientId": client.id, "subscriptions": ["a"]}, address=ELSEWHERE) == (204, None)
    finally:
        service.hub.unregister(client)


MISMATCH = refused(403, "The current and the previous request authorization don't match.")


@pytest.mark.parametrize(
    ("before", "now", "answer"),
    [
        pytest.param(None, None, (204, None), id="guest_stays"),
        pytest.param(None, "alice", (204, None), id="guest_signs_in"),
        pytest.param("alice", "alice", (204, None), id="the_same"),
        pytest.param("alice", None, MISMATCH, id="guest_again"),
        pytest.param("alice", "bob", MISMATCH, id="somebody_else"),
        pytest.param("alice", "root", MISMATCH, id="superuser"),
        pytest.param("root", "alice", MISMATCH, id="superuser_before"),
    ],
)
def test_who_may_follow_whom(client, alice, before, now, answer):
    people = {
        None: None,
        "alice": alice,
        "bob": join("members", "bob000000000001", email="bob@example.com", username="bob"),
        "root": join("_superusers", "root00000000001", email="root@example.com"),
    }
    service.hub.subscribe(client, ["before"], people[before])
    assert subscribed(client, "now", auth=people[now]) == answer
    is_done = answer[0] == 204
    assert list(client.topics) == ["now" if is_done else "before"]
    stands_for = people[now if is_done else before]
    assert (client.auth and client.auth.id) == (stands_for and stands_for.id)


def test_after_the_sign_in_was_ended_anybody_may_follow(client, alice):
    service.hub.subscribe(client, [], alice)
    service.hub.clear_auth((alice.collection.id, alice.id))
    assert subscribed(
        client, auth=join("members", "bob000000000001", email="bob@example.com", username="bob")
    ) == (204, None)
    assert client.auth.id == "bob000000000001"


# --- what happened since the request read the record --------------------------------------------------


def late_subscribe(client, auth):
    return subscribe(service.hub, client.id, ["a"], auth=auth, ip=HERE, request=None)


@pytest.mark.parametrize(
    ("changes", "email"),
    [
        pytest.param({}, "alice@example.com", id="nothing"),
        pytest.param({"email": "new@example.com"}, "new@example.com", id="other_values"),
        pytest.param({"tokenKey": "n" * 50}, None, id="other_token_key"),
    ],
)
def test_a_record_that_has_changed_meanwhile(client, alice, changes, email):
    collection_model("members")._base_manager.filter(pk=alice.id).update(**changes)
    assert late_subscribe(client, alice)
    assert (client.auth and client.auth["email"]) == email


def test_a_record_that_has_gone_meanwhile(client, alice):
    collection_model("members")._base_manager.filter(pk=alice.id)._raw_delete("default")
    assert late_subscribe(client, alice)
    assert client.auth is None


def test_a_collection_that_has_gone_meanwhile(committing, client, alice):
    read = stored("members", alice.id)
    delete_collection(read.collection)
    assert late_subscribe(client, read)
    assert client.auth is None


def test_a_collection_whose_secret_is_another_one_meanwhile(committing, client, alice):
    read = stored("members", alice.id)
    options = {**read.collection.options, "authToken": {"secret": "n" * 50, "duration": 1000}}
    StoredCollection.objects.filter(pk=read.collection.id).update(options=options)
    forget_catalog()
    assert late_subscribe(client, read)
    assert client.auth is None


# --- the hook -----------------------------------------------------------------------------------------


def test_a_receiver_sees_and_edits_the_list(client, alice, connect):
    seen = []

    def edit(event, **kwargs):
        seen.append((event.client, list(event.subscriptions), event.request.auth_record.id))
        event.subscriptions.append("added")

    connect(realtime_subscribe_request, edit)
    assert subscribed(client, "a", "", auth=alice) == (204, None)
    assert (seen, list(client.topics)) == ([(client, ["a", ""], alice.id)], ["a", "added"])


def test_a_receiver_may_replace_the_list(client, connect):
    connect(realtime_subscribe_request, lambda event, **kwargs: setattr(event, "subscriptions", ["x"]))
    assert subscribed(client, "a") == (204, None)
    assert list(client.topics) == ["x"]


def test_a_receiver_that_stops_changes_nothing(client, connect):
    def stop(event, **kwargs):
        return
        yield

    connect(realtime_subscribe_request, stop)
    assert subscribed(client, "a") == (200, None)
    assert client.topics == {}


def test_a_receiver_that_refuses(client, alice, connect):
    def refuse(event, **kwargs):
        raise BadRequest("Not today.")

    connect(realtime_subscribe_request, refuse)
    assert subscribed(client, "a", auth=alice) == refused(400, "Not today.")
    assert (client.topics, client.auth) == ({}, None)


def test_no_receiver_hears_of_what_the_checks_refuse(client, alice, connect):
    heard = []
    connect(realtime_subscribe_request, lambda event, **kwargs: heard.append(event))
    service.hub.subscribe(client, [], alice)
    post("{}")
    post({"clientId": "unknown"})
    post({"clientId": client.id}, address=ELSEWHERE)
    subscribed(client, "a")
    assert heard == []


def test_the_service_itself_answers_who_calls_it():
    hub = Hub()
    client = Listener()
    hub.register(client)
    assert subscribe(hub, client.id, ["a"], auth=None, ip="anywhere", request=None)
    assert list(client.topics) == ["a"]
