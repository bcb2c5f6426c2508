"""U+0000 from outside: nothing answers 500, and on PostgreSQL, which cannot store it, a record is refused."""

from urllib.parse import quote

import pytest
from django.db import connection

from collections_app.orm import collection_model
from platform_app.wire.nul_characters import REFUSED, has_nul, to_look_for, without_nul
from platform_app.wire.raw_json import RawJson
from tests.collections_app.records.rows import insert

KEEPS_NUL = connection.vendor == "sqlite"
REFUSAL = {"code": REFUSED.code, "message": REFUSED.message}
NOT_FOUND = {"data": {}, "message": "The requested resource wasn't found.", "status": 404}


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("a\0", True),
        ("a", False),
        ("\\u0000", False),
        (["a", "\0"], True),
        (["a"], False),
        (RawJson('{"a":["\\u0000"]}'), True),
        (RawJson('"\\\\\\u0000"'), True),
        (RawJson('"\\\\u0000"'), False),
        (5.0, False),
        (None, False),
    ],
)
def test_has_nul(value, answer):
    assert has_nul(value) is answer


@pytest.mark.parametrize(
    ("text", "is_json", "left"),
    [
        ("a\0b\\u0000", False, "ab\\u0000"),
        ('["\\u0000\\u0000b"]', True, '["b"]'),
        ('["\\\\u0000"]', True, '["\\\\u0000"]'),
    ],
)
def test_without_nul(text, is_json, left):
    assert without_nul(text, is_json=is_json) == left


def test_what_is_looked_for_is_never_found():
    assert to_look_for(["a\0", ["\0b", None], 1, None]) == ["a\ufffd", ["\ufffdb", None], 1, None]


FIELDS = [
    {"type": "text", "name": "t"},
    {"type": "editor", "name": "e"},
    {"type": "json", "name": "j"},
    {"type": "select", "name": "one", "maxSelect": 1, "values": ["x\0"]},
    {"type": "select", "name": "many", "maxSelect": 2, "values": ["x\0", "y"]},
]


@pytest.fixture
def posts(make_collection):
    collection = make_collection(
        "posts",
        [*FIELDS, {"type": "relation", "name": "r", "collectionId": "pbc_posts", "maxSelect": 3}],
        id="pbc_posts", list_rule="", view_rule="id != 'x'", create_rule="t != 'private'", update_rule="",
        delete_rule="",
    )  # fmt: skip
    insert(collection, id="post00000000001", t="a")
    return collection


VALUES = [
    pytest.param({"t": "a\0b"}, id="text"),
    pytest.param({"e": "<p>\0</p>"}, id="editor"),
    pytest.param({"j": {"a": ["b\0"]}}, id="json"),
    pytest.param({"j": "\0"}, id="json_text"),
    pytest.param({"one": "x\0"}, id="select"),
    pytest.param({"many": ["y", "x\0"]}, id="selects"),
]


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "collections/posts/records"), ("PATCH", "collections/posts/records/post00000000001")],
    ids=["create", "update"],
)
def test_a_text_with_nul_is_kept_or_refused(posts, design, method, path, values):
    (name,) = values
    status, answer = design(method, path, values)
    if name == "j" and isinstance(values[name], str):
        assert answer["data"]["j"]["code"] == "validation_invalid_json"
    elif KEEPS_NUL:
        assert (status, answer[name]) == (200, values[name])
    else:
        assert (status, answer["data"]) == (400, {name: REFUSAL})


@pytest.mark.skipif(KEEPS_NUL, reason="SQLite keeps it")
def test_python_code_is_told_the_field(posts):
    record = collection_model("posts").objects.get(pk="post00000000001")
    record.t = "a\0b"
    with pytest.raises(Exception, match=REFUSED.message):
        record.save()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "collections/a\0b", None, 404),
        ("GET", "collections/posts\0", None, 404),
        ("PATCH", "collections/posts\0x", {}, 404),
        ("DELETE", "collections/posts\0x", None, 404),
        ("DELETE", "collections/posts\0x/truncate", None, 404),
        ("GET", "collections/a\0b/records", None, 404),
        ("GET", "collections/posts/records/a\0b", None, 404),
        ("GET", "collections/posts/records/post00000000001\0", None, 404),
        ("PATCH", "collections/posts/records/a\0b", {"t": "b"}, 404),
        ("DELETE", "collections/posts/records/a\0b", None, 404),
        ("GET", "collections/posts/records?filter=t='a\0'", None, 400),
        ("GET", "collections/posts/records?filter=t\0='a'", None, 400),
        ("GET", "collections/posts/records?filter=t='a'\0", None, 200),
        ("GET", "collections/posts/records?sort=t\0", None, 400),
        ("GET", "collections/posts/records?expand=r\0", None, 200),
        ("GET", "collections/posts/records?expand=posts_via_r\0", None, 200),
        ("GET", "collections/posts/records?fields=t\0", None, 200),
        ("GET", "collections/posts/records?page=1\0", None, 400),
        ("GET", "collections?filter=name='a\0'", None, 400),
        ("GET", "collections?sort=name\0", None, 400),
        ("POST", "collections/posts/records", {"r": ["a\0b"]}, 400),
        ("POST", "collections/posts/records", {"id": "a\0b"}, 400),
        ("POST", "collections/_superusers/auth-with-password", {"identity": "a\0b", "password": "\0"}, 400),
        ("POST", "collections/_superusers/auth-with-password", {"identity": "designer@example.com\0",
         "password": "x"}, 400),
        ("PATCH", "settings", {"meta": {"appName": "a\0b"}}, 200),
    ],
)  # fmt: skip
def test_requests_with_nul_answer(posts, design, method, path, body, status):
    answered, answer = design(method, quote(path, safe="/?=&'"), body)
    assert answered == status
    if answered == 404 and "/records" not in path:
        assert answer == NOT_FOUND


def test_a_guest_finds_nothing_by_it(posts, client):
    response = client.get("/api/collections/posts/records/post00000000001%00")
    assert (response.status_code, response.json()) == (404, NOT_FOUND)
    response = client.get("/api/collections/posts/records?expand=posts_via_r%00")
    assert (response.status_code, response.json()["totalItems"]) == (200, 1)


def test_a_request_inside_a_batch_may_have_it(posts, design):
    design("PATCH", "settings", {"batch": {"enabled": True, "maxRequests": 9, "timeout": 3}})
    url = "/api/collections/posts/records/a%00b"
    status, answer = design("POST", "batch", {"requests": [{"method": "PATCH", "url": url, "body": {}}]})
    (error,) = answer["data"]["requests"].values()
    assert (status, error["response"]["status"]) == (400, 404)


def test_a_rule_can_ask_for_it(posts, design, client):
    assert (
        design.change("posts", listRule="t != @request.query.q", updateRule="@request.body.t != t")[0] == 200
    )
    listed = client.get("/api/collections/posts/records?q=a%00").json()
    assert [item["t"] for item in listed["items"]] == ["a"]


@pytest.mark.parametrize("name", ["listRule", "createRule"])
def test_a_rule_that_ends_with_it_is_kept_or_refused(posts, design, name):
    status, answer = design.change("posts", **{name: "t = 'a'\0"})
    if KEEPS_NUL:
        assert (status, answer[name]) == (200, "t = 'a'\0")
    else:
        message = f"Invalid rule. Raw error: {REFUSED.message}"
        assert answer["data"] == {name: {"code": "validation_invalid_rule", "message": message}}


def test_no_text_of_a_definition_answers_500(posts, design):
    """Every text of the definition of an auth collection, one after the other."""
    made = design.make("people", type="auth")
    for path in list(text_places(made)):
        changed = with_nul(made, path)
        for method, target in (("PATCH", f"collections/{made['id']}"), ("PUT", "collections/import")):
            body = changed if method == "PATCH" else {"collections": [changed]}
            status, answer = design(method, target, body)
            assert status in (200, 204, 400), (path, answer)
            if status != 400:
                design("PATCH", f"collections/{made['id']}", {**made, "fields": made["fields"]})


def text_places(value, path=()):
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from text_places(inner, (*path, key))


def with_nul(value, path):
    if not path:
        return f"{value}\0x"
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_nul(value[path[0]], path[1:])
    return copy


def test_json_that_was_stored_with_it_can_be_filtered(posts, design):
    insert(posts, id="post00000000002", j=RawJson('{"a":"x\\u0000\\u0000y","b":"\\\\u0000"}'))
    insert(posts, id="post00000000003", j=RawJson('{"a":"z"}'))
    for text, ids in (("j.a='z'", [3]), ("j.a~'x'", [2]), ("j.b='\\\\u0000'", [2])):
        status, page = design("GET", f"collections/posts/records?filter={quote(text)}")
        assert (status, [int(item["id"][-1]) for item in page["items"]]) == (200, ids), text
