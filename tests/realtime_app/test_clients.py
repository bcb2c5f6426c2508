"""Clients as the rest of the server knows them (contract/realtime.md 1 and 8)."""

import string

import pytest

from realtime_app.clients import ID_LENGTH, Client, frame_tail
from realtime_app.hub import Hub
from tests.realtime_app.listening import joined

LETTERS = set(string.ascii_letters + string.digits)
OPTIONS = "posts/*?options=%7B%7D"


@pytest.mark.parametrize("owner", [pytest.param("", id="nobody's"), pytest.param("Ab3xY9", id="a_process's")])
def test_ids_have_forty_letters_and_begin_with_their_owner(owner):
    ids = {Client(owner=owner).id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(one) == ID_LENGTH and set(one) <= LETTERS and one.startswith(owner) for one in ids)


def test_notes():
    client = Client()
    assert (client.get("k"), client.get("k", 3)) == (None, 3)
    client.set("k", "v")
    client.set("k", ["w"])
    assert (client.get("k"), Client().get("k")) == (["w"], None)


@pytest.mark.parametrize(
    ("topic", "is_subscribed"),
    [
        pytest.param("posts/*", True, id="exact"),
        pytest.param(OPTIONS, True, id="exact_with_options"),
        pytest.param("posts", False, id="beginning"),
        pytest.param("posts/*?", False, id="more"),
        pytest.param("POSTS/*", False, id="case"),
        pytest.param("", False, id="empty"),
    ],
)
def test_has_subscription(topic, is_subscribed):
    assert joined(Hub(), "posts/*", OPTIONS, "").has_subscription(topic) is is_subscribed


@pytest.mark.parametrize(
    ("prefixes", "texts"),
    [
        pytest.param((), ["posts/*", OPTIONS, "posts"], id="all"),
        pytest.param(("posts?",), ["posts"], id="whole_topic"),
        pytest.param(("posts/*?",), ["posts/*", OPTIONS], id="with_any_options"),
        pytest.param(("posts",), ["posts/*", OPTIONS, "posts"], id="beginning"),
        pytest.param(("x", "posts?"), ["posts"], id="several"),
        pytest.param(("",), ["posts/*", OPTIONS, "posts"], id="empty"),
        pytest.param(("x",), [], id="none"),
    ],
)
def test_subscriptions(prefixes, texts):
    found = joined(Hub(), "posts/*", OPTIONS, "posts").subscriptions(*prefixes)
    assert {text: topic.text for text, topic in found.items()} == dict(zip(texts, texts, strict=True))


def test_found_subscriptions_are_a_copy():
    client = joined(Hub(), "posts")
    client.subscriptions().clear()
    assert client.has_subscription("posts")


def test_sends_json_through_its_stream_only_while_it_has_one():
    sent = []
    client = Client()
    client.send("early", 1)
    client.attach(lambda frame: None, lambda: None, lambda *message: sent.append(message))
    client.send("orders", {"n": 17, "é": "a\nb"})
    client.send("nothing")
    with pytest.raises(TypeError):
        client.send("bad", object())
    client.detach()
    client.send("late", 1)
    client.push(b"")
    client.close()
    assert sent == [
        ([client], "orders", '{"n":17,"é":"a\\nb"}'.encode()),
        ([client], "nothing", b"null"),
    ]


def test_frame():
    client = Client(owner="abc")
    frame = client.head + frame_tail("demo/*?é", b'{"a":1}')
    assert frame == f'id:{client.id}\nevent:demo/*?é\ndata:{{"a":1}}\n\n'.encode()
