"""What routes read of their requests, with the names of `joey`."""

from dataclasses import dataclass
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from auth_app.tokens import issue_auth_token
from collections_app.catalog import find_collection
from collections_app.fetching import new_record
from collections_app.records.querying.finding import find_record
from collections_app.records.writing.saving import save_record
from joey import (
    auth_record,
    bind,
    enrich_records,
    parse_body,
    query_values,
    real_ip,
    remote_ip,
    request_info,
    set_auth_record,
    uploads,
)
from platform_app.wire.errors import ApiError, BadRequest, Forbidden, NotFound, TooManyRequests, Unauthorized
from system_app.routing.router import route
from tests.auth_app.accounts import join
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "SEARCH"])
def test_every_method_has_routes(routes, method):
    route(f"{method} /own")(lambda request: None)
    route("/any")(lambda request: request.method)
    client = routes()
    assert client.generic(method, "/own").status_code == 200
    other = "PUT" if method == "DELETE" else "DELETE"
    assert client.generic(other, "/own").status_code == 404
    assert client.generic(method, "/any").status_code == 200


def test_the_query(routes):
    route("GET /x")(
        lambda request: [query_values(request).get("search"), request_info(request).query["search"]]
    )
    assert routes().get("/x?search=a%20b").json() == ["a b", "a b"]


def test_headers(routes):
    route("GET /x")(
        lambda request: [request.headers.get("Some-Header"), request_info(request).headers["some_header"]]
    )
    assert routes().get("/x", headers={"Some-Header": "1"}).json() == ["1", "1"]


def test_who_has_signed_in(routes, bob):
    @route("GET /x")
    def x(request):
        record, info = auth_record(request), request_info(request)
        return [record.id if record else None, info.auth.id if info.auth else None, info.is_superuser]

    client = routes()
    assert client.get("/x").json() == [None, None, False]
    signed_in = {"authorization": bob.defaults["HTTP_AUTHORIZATION"]}
    assert client.get("/x", headers=signed_in).json() == ["bob000000000001", "bob000000000001", False]


def test_a_superuser(routes):
    token = issue_auth_token(join("_superusers", "root00000000001", email="root@example.com"))
    route("GET /x")(lambda request: request_info(request).is_superuser)
    assert routes().get("/x", headers={"authorization": token}).json() is True


def test_whom_a_route_signs_in_is_seen_by_what_follows(routes, bob):
    @route("GET /x")
    def x(request):
        set_auth_record(request, find_record(find_collection("members"), "bob000000000001"))
        return [auth_record(request).id, request_info(request).auth.id]

    assert routes().get("/x").json() == ["bob000000000001", "bob000000000001"]


@pytest.mark.parametrize("is_raw", [False, True], ids=["ours", "django's"])
def test_files_of_a_form(routes, is_raw):
    @route("POST /x")
    def x(request):
        if is_raw:
            (file,) = request.FILES.getlist("document")
            return [file.name, file.read().decode()]
        (file,) = uploads(request)["document"]
        return [file.original_name, file.read().decode()]

    file = SimpleUploadedFile("a b.txt", b"content")
    assert routes().post("/x", {"document": file}).json() == ["a b.txt", "content"]


@dataclass
class Post:
    title: str
    is_active: bool


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"title": "a", "isActive": true}', JSON),
        ("title=a&isActive=true", "application/x-www-form-urlencoded"),
        ("<post><Title>a</Title><IsActive>true</IsActive></post>", "application/xml"),
    ],
    ids=["json", "form", "xml"],
)
def test_a_body_is_bound(routes, body, content_type):
    @route("POST /x")
    def x(request):
        post = bind(request, Post)
        return [post.title, post.is_active]

    assert routes().generic("POST", "/x", body, content_type).json() == ["a", True]


def test_a_body_without_a_type(routes):
    @route("POST /x")
    def x(request):
        return [parse_body(request)["title"], request_info(request).body["title"], request.body.decode()]

    body = '{"title": "a"}'
    assert routes().generic("POST", "/x", body, JSON).json() == ["a", "a", body]


def test_addresses(routes):
    save(trustedProxy={"headers": ["X-Real-IP"], "useLeftmostIP": False})
    route("GET /x")(lambda request: [remote_ip(request), real_ip(request), request.is_secure()])
    client = routes()
    headers = {"x-real-ip": "10.0.0.7"}
    assert client.get("/x", headers=headers).json() == ["127.0.0.1", "10.0.0.7", False]
    assert client.get("/x", secure=True).json() == ["127.0.0.1", "127.0.0.1", True]


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (BadRequest, 400, "Something went wrong while processing your request."),
        (Unauthorized, 401, "Missing or invalid authentication."),
        (Forbidden, 403, "You are not allowed to perform this request."),
        (NotFound, 404, "The requested resource wasn't found."),
        (TooManyRequests, 429, "Too Many Requests."),
        (partial(ApiError, status=500), 500, "Something went wrong while processing your request."),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
@pytest.mark.parametrize("own", ["", "Own words."], ids=["default", "own"])
def test_errors_have_a_message_of_their_own_or_a_usual_one(routes, error, status, message, own):
    @route("GET /x")
    def x(request):
        raise error(own)

    answer = routes().get("/x").json()
    assert answer == {"data": {}, "message": own or message, "status": status}


def test_several_records_are_enriched_with_what_they_refer_to(routes, make_collection):
    target = make_collection("authors", [{"type": "text", "name": "name"}], view_rule="")
    source = make_collection(
        "books", [{"type": "relation", "name": "author", "collectionId": target.id, "maxSelect": 1}]
    )
    author = new_record(target, {"name": "Ada"})
    save_record(author)
    books = [new_record(source, {"author": author.id}) for _ in range(2)]
    for book in books:
        save_record(book)

    route("GET /x")(lambda request: enrich_records(request, books, "author"))
    shown = routes().get("/x").json()
    assert [one["id"] for one in shown] == [book.id for book in books]
    assert [one["expand"]["author"]["name"] for one in shown] == ["Ada", "Ada"]
