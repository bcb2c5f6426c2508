"""The official JavaScript SDK reaches routes of drop-in files with `send`."""

from pathlib import Path

import pytest

from tests.sdk.script import installed, run
from tests.served import adopted, start

FILE = """
from collections_app.catalog import find_collection
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from joey import BadRequest, FieldError, auth_record, auth_response, parse_body, route, uploads


@route("GET /hello/{name}")
def hello(request, name):
    return {"message": f"Hello {name}!", "more": 1}


@route("POST /echo")
def echo(request):
    return parse_body(request)


@route("POST /upload")
def upload(request):
    files = [[file.original_name, file.size] for file in uploads(request)["file"]]
    return {"body": parse_body(request), "files": files}


@route("GET /me", auth="users")
def me(request):
    return {"isFirst": auth_record(request).id == first().id}


@route("POST /enter")
def enter(request):
    return auth_response(request, first())


@route("GET /refused")
def refused(request):
    raise BadRequest("Not like that.", {"title": FieldError("invalid_title", "Invalid title.")})


def first():
    users = find_collection("users")
    return find_record(users, collection_model("users").objects.order_by("id").first().id)
"""

EXPECTED = {
    "get": {"message": "Hello joe!"},
    "post": {"title": "x", "n": 1},
    "form": {"body": {"title": "x"}, "files": [["a.txt", 5]]},
    "guest": [
        401,
        {"data": {}, "message": "The request requires valid record authorization token.", "status": 401},
    ],
    "member": {"isFirst": True},
    "refused": [
        400,
        {
            "data": {"title": {"code": "invalid_title", "message": "Invalid title."}},
            "message": "Not like that.",
            "status": 400,
        },
    ],
}


def test_the_sdk_reaches_own_routes(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = installed(tmp_path_factory.mktemp("sdk"))
    data_dir = adopted(tmp_path)
    (tmp_path / "pb_hooks").mkdir()
    (tmp_path / "pb_hooks" / "routes.py").write_text(FILE, encoding="utf-8")
    server = start(data_dir)
    try:
        assert run(folder, "own_routes.mjs", server) == EXPECTED
    finally:
        server.stop()
