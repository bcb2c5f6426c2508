"""Routes of one's own: what they are asked, what they answer, and how they stand beside the server's."""

from typing import cast
from xml.etree import ElementTree

import pytest
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.template.response import SimpleTemplateResponse

from collections_app.catalog import find_collection
from collections_app.records.querying.finding import find_record
from platform_app.wire.errors import ApiError, ErrorTree, FieldError, Invalid
from system_app.routing import answers
from system_app.routing.guards import (
    gzip,
    require_auth,
    require_guest,
    require_same_collection,
    require_superuser,
    require_superuser_or_owner,
    skip_success_log,
)
from system_app.routing.patterns import InvalidPattern
from system_app.routing.records import auth_response, can_access, enrich_record, expand_records
from system_app.routing.router import group, route
from system_app.routing.table import RoutesUnusable, check_own_patterns, route_table
from system_app.routing.values import path_values, response_headers, store
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db


# --- which one --------------------------------------------------------------------------------------


def test_values_of_the_path_are_arguments_by_name(routes):
    @route("GET /a/{one}/{rest...}")
    def a(request, one, rest):
        return [one, rest, path_values(request)]

    assert routes().get("/a/x/y/z").json() == ["x", "y/z", {"one": "x", "rest": "y/z"}]


@pytest.mark.parametrize("pattern", ["/x", "  /x", "GET /x", "get  /x"])
def test_a_method_and_blanks_around_it(routes, pattern):
    route(pattern)(lambda request: request.method)
    assert routes().get("/x").content == b"GET"


@pytest.mark.parametrize(
    ("prefix", "pattern", "path"),
    [
        ("/g", "GET /x", "/g/x"),
        ("/g", "/x", "/g/x"),
        ("/g", "GET", "/g"),
        ("/g", "GET ", "/g"),
        ("/g", "", "/g"),
        ("/g/{number}", "GET /{$}", "/g/1/"),
        ("testserver/g", "GET /x", "/g/x"),
    ],
)
def test_paths_of_a_group_begin_with_its_prefix(routes, prefix, pattern, path):
    group(prefix).route(pattern)(lambda request, number="": "found")
    assert routes().get(path).content == b"found"


def test_another_method_is_not_found(routes):
    route("POST /x")(lambda request: None)
    answer = routes().get("/x")
    assert (answer.status_code, answer.json()["message"]) == (404, "File not found.")


def test_a_path_without_its_slash_is_sent_there_with_its_query(routes):
    route("GET /x/")(lambda request: "tree")
    answer = routes().get("/x?a=1&b=%20")
    assert (answer.status_code, answer["Location"]) == (307, "/x/?a=1&b=%20")


def test_a_narrower_route_goes_before_the_servers_own_and_a_wider_one_after(routes):
    route("GET /api/collections/users/records")(lambda request: "mine")
    route("GET /api/{rest...}")(lambda request, rest: rest)
    client = routes()
    assert client.get("/api/collections/users/records").content == b"mine"
    assert client.get("/api/health").json()["code"] == 200
    assert client.get("/api/collections/nothing/records").status_code == 404
    assert client.get("/api/other/path").content == b"other/path"


def test_routes_that_conflict_are_refused_with_both_places(routes):
    @route("GET /x/{a}")
    def one(request, a): ...

    @route("GET /x/{b}")
    def two(request, b): ...

    with pytest.raises(RoutesUnusable) as caught:
        check_own_patterns()
    place = f"{__file__}, line"
    first, second = one.__code__.co_firstlineno, two.__code__.co_firstlineno
    expected = f"GET /x/{{b}} ({place} {second}) conflicts with GET /x/{{a}} ({place} {first})"
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    "pattern", ["GET /api/health", "GET /api/settings", "GET /api/collections/{x}/records"]
)
def test_a_route_that_is_the_servers_own_is_refused(routes, pattern):
    route(pattern)(lambda request, x="": None)
    with pytest.raises(RoutesUnusable, match=r"conflicts with GET /api/.* \(\w+_app\.views"):
        route_table()


def test_routes_that_nobody_would_find_are_refused(routes, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "RoutesMiddleware" not in name]
    check_own_patterns()
    route("GET /x")(lambda request: None)
    with pytest.raises(RoutesUnusable, match="MIDDLEWARE lacks"):
        check_own_patterns()


@pytest.mark.parametrize(
    ("pattern", "handler"),
    [
        ("GET /{name}", lambda request: None),
        ("GET /{name}", lambda request, other: None),
        ("GET /x", lambda request, name: None),
        ("GET /x", lambda: None),
        ("GET /{request}", lambda request: None),
    ],
)
def test_a_function_that_does_not_take_the_values_is_refused(routes, pattern, handler):
    with pytest.raises(ImproperlyConfigured, match=r"test_routes.py, line \d+\): "):
        route(pattern)(handler)


def test_what_is_no_pattern_or_no_lane_is_refused(routes):
    with pytest.raises(InvalidPattern):
        route("GET x")(lambda request: None)
    with pytest.raises(ImproperlyConfigured, match="expected a lane of pool, "):
        route("GET /x", lane="inline")


# --- where it runs ----------------------------------------------------------------------------------


def scope(method, path, host=b"a.com"):
    return {
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", host)],
    }


def test_lanes_and_body_limits_are_known_before_there_is_a_request(routes):
    from platform_app.requests.body_size import DEFAULT_LIMIT_BYTES
    from system_app.middleware.body_limit import UNLIMITED
    from system_app.routing.guards import body_limit

    route("GET /usual")(lambda request: None)
    route("POST /usual", lane="queries", use=[body_limit(0)])(lambda request: None)
    route("POST /small", use=[body_limit(7)])(lambda request: None)
    route("POST /without", without=["pbBodyLimit"])(lambda request: None)
    in_group = group("/g", lane="pool").route
    in_group("GET /x%2Fy")(lambda request: None)
    routes()
    table = route_table()
    found = {
        (method, path): (table.lane_of(scope(method, path)), table.body_limit_of(scope(method, path)))
        for method, path in [
            ("GET", "/usual"),
            ("POST", "/usual"),
            ("POST", "/small"),
            ("POST", "/without"),
            ("GET", "/g/x%2Fy"),
            ("GET", "/api/health"),
        ]
    }
    assert found == {
        ("GET", "/usual"): ("waiting", DEFAULT_LIMIT_BYTES),
        ("POST", "/usual"): ("queries", UNLIMITED),
        ("POST", "/small"): ("waiting", 7),
        ("POST", "/without"): ("waiting", UNLIMITED),
        ("GET", "/g/x%2Fy"): ("pool", DEFAULT_LIMIT_BYTES),
        ("GET", "/api/health"): (None, DEFAULT_LIMIT_BYTES),
    }


def test_without_routes_requests_pass_no_layer_of_routes(routes):
    from django.core.exceptions import MiddlewareNotUsed

    from system_app.routing.serving import InnermostMiddleware, RoutesMiddleware
    from system_app.routing.table import own_lane_finder

    for layer in (RoutesMiddleware, InnermostMiddleware):
        with pytest.raises(MiddlewareNotUsed):
            layer(lambda request: HttpResponse())
    assert own_lane_finder() is None


@pytest.mark.parametrize(
    ("label", "without", "statuses"),
    [
        ("/x/", [], [200, 429]),
        ("GET /x/y", [], [200, 429]),
        ("/z", [], [200, 200]),
        ("/x/", ["pbRateLimit"], [200, 200]),
    ],
)
def test_rate_limits_count_it_by_its_path(routes, label, without, statuses):
    rules = [{"label": label, "audience": "", "duration": 3600, "maxRequests": 1}]
    save(rateLimits={"enabled": True, "rules": rules})
    route("GET /x/{name}", without=without)(lambda request, name: name)
    client = routes()
    assert [client.get("/x/y").status_code for _ in statuses] == statuses


@pytest.fixture
def notes(monkeypatch):
    """What would be logged of requests, without a writer."""
    from system_app.logs.writing import log_writer
    from system_app.middleware import activity_log

    found = []
    monkeypatch.setattr(log_writer, "is_open", True)
    monkeypatch.setattr(log_writer, "keeps", True)

    def note(request, response, settings):
        made = note_of(request, response, settings)
        if made is not None:
            found.append((made[1], made[3], made[-1]))

    from system_app.logs.requests import note_of

    monkeypatch.setattr(activity_log, "_note", note)
    return found


def test_it_is_logged_as_all_requests_are(routes, notes):
    route("GET /good")(lambda request: "x")
    route("GET /quiet", use=[skip_success_log()])(lambda request: "x")
    route("GET /without", without=["pbActivityLogger"])(lambda request: "x")

    @route("GET /bad", use=[skip_success_log()])
    def bad(request):
        raise KeyError("why")

    client = routes()
    for path in ("/good", "/quiet", "/without", "/bad"):
        client.get(path)
    message = "Something went wrong while processing your request."
    assert notes == [("/good", 200, None), ("/bad", 400, {"details": "KeyError: 'why'", "error": message})]


def test_a_redirect_stays_on_this_host(routes):
    route("GET /{name}/{$}")(lambda request, name: name)
    client = routes()
    assert client.get("/\\evil.example")["Location"] == "/%5Cevil.example/"
    assert client.get("/", PATH_INFO="/a//\\evil.example")["Location"] == "/a/%5Cevil.example"
    assert client.get("/ä")["Location"] == "/%C3%A4/"


# --- what it answers --------------------------------------------------------------------------------

JSON, TEXT, HTML = "application/json", "text/plain; charset=utf-8", "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("value", "status", "content_type", "body"),
    [
        pytest.param({"b": 5.0, "a": (1, "<")}, 200, JSON, b'{"b":5,"a":[1,"\\u003c"]}\n', id="dict"),
        pytest.param([], 200, JSON, b"[]\n", id="list"),
        pytest.param(True, 200, JSON, b"true\n", id="bool"),
        pytest.param("text ä", 200, TEXT, "text ä".encode(), id="text"),
        pytest.param(None, 200, None, b"", id="nothing"),
        pytest.param(HttpResponse(b"x", status=203), 203, HTML, b"x", id="response"),
        pytest.param(answers.text("x", 201), 201, TEXT, b"x", id="answers.text"),
        pytest.param(answers.html("<p>", 201), 201, HTML, b"<p>", id="answers.html"),
        pytest.param(answers.no_content(), 204, None, b"", id="answers.no_content"),
        pytest.param(answers.blob(b"\x00", "image/x", 201), 201, "image/x", b"\x00", id="answers.blob"),
        pytest.param(
            answers.xml(ElementTree.fromstring("<a><b>&lt;</b></a>")),  # noqa: S314 - ours
            200,
            "application/xml; charset=utf-8",
            b'<?xml version="1.0" encoding="UTF-8"?>\n<a><b>&lt;</b></a>',
            id="answers.xml",
        ),
    ],
)
def test_what_is_returned_is_what_is_answered(routes, value, status, content_type, body):
    route("GET /x")(lambda request: value)
    answer = routes().get("/x")
    assert (answer.status_code, answer.headers.get("Content-Type"), answer.content) == (
        status,
        content_type,
        body,
    )


def test_a_template_is_rendered(routes, settings):
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"a.html": "<p>{{ a }}"})]},
        }
    ]
    route("GET /x")(lambda request: SimpleTemplateResponse("a.html", {"a": "<"}))
    assert routes().get("/x").content == b"<p>&lt;"


def test_a_stream_is_sent_as_it_comes(routes):
    route("GET /x")(lambda request: answers.stream(iter([b"a", b"b"]), "text/x"))
    answer = routes().get("/x")
    assert isinstance(answer, StreamingHttpResponse)
    assert (b"".join(answer), answer["Content-Type"]) == (b"ab", "text/x")


@pytest.mark.parametrize(
    ("query", "status", "body"),
    [("fields=a", 200, b'{"a":1}\n'), ("fields=a", 400, b'{"a":1,"b":2}\n'), ("", 201, b'{"a":1,"b":2}\n')],
)
def test_fields_are_picked_from_what_is_no_error(routes, query, status, body):
    route("GET /x")(lambda request: answers.json(request, {"a": 1, "b": 2}, status))
    answer = routes().get(f"/x?{query}")
    assert (answer.status_code, answer.content) == (status, body)


@pytest.mark.parametrize(("status", "is_good"), [(301, True), (307, True), (200, False), (404, False)])
def test_a_redirect_has_a_status_for_it(status, is_good):
    if is_good:
        assert answers.redirect("/x", status)["Location"] == "/x"
    else:
        with pytest.raises(ApiError, match="Invalid redirect status code"):
            answers.redirect("/x", status)


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (
            ApiError("teapot", cast(ErrorTree, {"x": "y"}), status=418),
            418,
            {"x": {"code": "validation_invalid_value"}},
        ),
        (ApiError(status=418), 418, {}),
        (ApiError("bad", {"a": FieldError("c", "m")}), 400, {"a": {"code": "c"}}),
        (Invalid({"title": FieldError("validation_required", "Cannot be blank.")}), 400, {"title": {}}),
        (Http404("x"), 404, {}),
        (FileNotFoundError("x"), 404, {}),
        (PermissionDenied("x"), 403, {}),
        (KeyError("secret"), 400, {}),
        (AssertionError("secret"), 400, {}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_error_is_the_envelope_and_says_no_more_than_it_may(routes, error, status, body, caplog):
    @route("GET /x")
    def x(request):
        raise error

    answer = routes().get("/x")
    found = answer.json()
    assert (answer.status_code, found["status"]) == (status, status)
    assert {key: set(body[key]) <= set(found["data"][key]) for key in body} == dict.fromkeys(body, True)
    assert b"secret" not in answer.content
    # What nobody foresaw is in the log with its traceback.
    assert ("secret" in caplog.text) is ("secret" in str(error))


def test_headers_go_with_whatever_is_answered(routes):
    @route("GET /{what}")
    def x(request, what):
        response_headers(request)["X-What"] = what
        response_headers(request)["X-Frame-Options"] = "DENY"
        if what == "bad":
            raise ApiError
        return what

    client = routes()
    for what, status in (("good", 200), ("bad", 400)):
        answer = client.get(f"/{what}")
        assert (answer.status_code, answer["X-What"], answer["X-Frame-Options"]) == (status, what, "DENY")


def test_a_cookie_goes_with_an_answer(routes):
    @route("GET /x")
    def x(request):
        response = answers.text("x")
        response.set_cookie("seen", "1", httponly=True)
        return response

    assert routes().get("/x").cookies["seen"].OutputString() == "seen=1; HttpOnly; Path=/"


def test_a_store_is_for_one_request(routes):
    def first(request):
        store(request)["n"] = store(request).get("n", 0) + 1

    route("GET /x", use=[first])(lambda request: store(request))
    client = routes()
    assert [client.get("/x").json() for _ in range(2)] == [{"n": 1}, {"n": 1}]


def test_an_async_function_is_run_to_its_end(routes):
    import asyncio

    @route("GET /x/{n}")
    async def x(request, n):
        await asyncio.sleep(0)
        return n

    assert routes().get("/x/7").content == b"7"


@pytest.mark.parametrize(("accepts", "is_compressed"), [("gzip, br", True), ("br", False), ("", False)])
@pytest.mark.parametrize("kind", ["whole", "stream", "empty"])
def test_gzip_is_for_who_accepts_it(routes, accepts, is_compressed, kind):
    from gzip import decompress

    made = {"whole": lambda: "x" * 5000, "stream": lambda: answers.stream([b"x" * 5000]), "empty": lambda: ""}
    route("GET /x", use=[gzip()])(lambda request: made[kind]())
    answer = routes().get("/x", headers={"accept-encoding": accepts})
    body = b"".join(answer) if answer.streaming else answer.content
    is_compressed = is_compressed and kind != "empty"
    assert (answer.get("Content-Encoding") == "gzip") is is_compressed
    assert "Accept-Encoding" in answer["Vary"]
    assert (decompress(body) if is_compressed else body) == (b"" if kind == "empty" else b"x" * 5000)


# --- files ------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "docs" / "sub").mkdir(parents=True)
    (tmp_path / "docs" / "a.txt").write_bytes(b"0123456789")
    (tmp_path / "docs" / "sub" / "index.html").write_bytes(b"<p>")
    (tmp_path / "secret").write_bytes(b"secret")
    return tmp_path / "docs"


def test_a_part_of_a_file_is_not_compressed(routes, folder):
    route("GET /x", use=[gzip()])(lambda request: answers.file(request, folder, "a.txt"))
    client = routes()
    whole = client.get("/x", headers={"accept-encoding": "gzip"})
    part = client.get("/x", headers={"accept-encoding": "gzip", "range": "bytes=2-4"})
    assert (whole.get("Content-Encoding"), part.get("Content-Encoding")) == ("gzip", None)
    assert part.content == b"234"


@pytest.mark.parametrize(
    ("name", "headers", "status", "body"),
    [
        ("a.txt", {}, 200, b"0123456789"),
        ("/a.txt", {}, 200, b"0123456789"),
        ("a.txt", {"range": "bytes=2-4"}, 206, b"234"),
        ("a.txt", {"range": "bytes=20-"}, 416, b"invalid range: failed to overlap\n"),
        ("a.txt", {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304, b""),
        ("sub", {}, 200, b"<p>"),
        ("sub/index.html", {}, 200, b"<p>"),
        ("", {}, 404, None),
        ("nothing", {}, 404, None),
        ("../secret", {}, 404, None),
        ("sub/../../secret", {}, 404, None),
        ("a\x00.txt", {}, 404, None),
    ],
)
def test_a_file_of_a_folder_is_sent(routes, folder, name, headers, status, body):
    route("GET /x")(lambda request: answers.file(request, folder, name))
    answer = routes().get("/x", headers=headers)
    assert answer.status_code == status
    assert body is None or answer.content == body
    assert not answer.has_header("Content-Disposition")
    if status == 200:
        expected = "text/html; charset=utf-8" if body == b"<p>" else "text/plain; charset=utf-8"
        assert (answer["Content-Type"], answer["X-Frame-Options"]) == (expected, "SAMEORIGIN")


@pytest.mark.parametrize(
    ("path", "fallback", "status", "found"),
    [
        ("/s/a.txt", False, 200, b"0123456789"),
        ("/s/a.txt/", False, 301, "/s/a.txt"),
        ("/s/sub/", False, 200, b"<p>"),
        ("/s/sub", False, 301, "/s/sub/"),
        ("/s/sub/index.html", False, 301, "/s/sub/"),
        ("/s/nothing", False, 404, None),
        ("/s/nothing", True, 404, None),
        ("/t/nothing", True, 200, b"<p>"),
        ("/t/", False, 200, b"<p>"),
        ("/s/", False, 404, None),
    ],
)
def test_a_folder_is_a_site(routes, folder, path, fallback, status, found):
    @route("GET /s/{name...}")
    def s(request, name):
        return answers.static(request, folder, name, index_fallback=fallback)

    @route("GET /t/{name...}")
    def t(request, name):
        return answers.static(request, folder / "sub", name, index_fallback=fallback)

    answer = routes().get(path)
    assert answer.status_code == status
    assert found is None or (answer["Location"] if status == 301 else answer.content) == found


# --- whom it lets in, and records -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guard", "guest", "member"),
    [
        (require_guest(), 200, 400),
        (require_auth(), 401, 200),
        (require_auth("members", "others"), 401, 200),
        (require_auth("others"), 401, 403),
        (require_superuser(), 401, 403),
        (require_superuser_or_owner(), 401, 200),
        (require_superuser_or_owner("other"), 401, 403),
        (require_same_collection("c"), 401, 200),
        (require_same_collection("id"), 401, 403),
    ],
    ids=lambda value: getattr(value, "id", None),
)
def test_a_guard_lets_in_whom_it_is_for(routes, bob, guard, guest, member):
    route("GET /{c}/{id}", use=[guard])(lambda request, **values: "in")
    client = routes()
    path = "/members/bob000000000001"
    assert client.get(path).status_code == guest
    assert (
        client.get(path, headers={"authorization": bob.defaults["HTTP_AUTHORIZATION"]}).status_code == member
    )


@pytest.mark.parametrize(
    ("auth", "guest", "member"),
    [
        (True, 401, 200),
        ("members", 401, 200),
        (["others", "members"], 401, 200),
        ("others", 401, 403),
        (False, 200, 200),
    ],
)
def test_auth_says_whom_a_route_lets_in(routes, bob, auth, guest, member):
    route("GET /x", auth=auth)(lambda request: "in")
    client = routes()
    assert client.get("/x").status_code == guest
    assert (
        client.get("/x", headers={"authorization": bob.defaults["HTTP_AUTHORIZATION"]}).status_code == member
    )


def bobs_record():
    return find_record(find_collection("members"), "bob000000000001")


def test_a_record_is_signed_in_by_a_route(routes, bob):
    route("POST /enter")(lambda request: auth_response(request, bobs_record(), "phone", {"by": "phone"}))
    route("GET /me", auth="members")(lambda request: request.auth_record.id)
    client = routes()
    answer = client.post("/enter").json()
    assert (answer["record"]["id"], answer["meta"]) == ("bob000000000001", {"by": "phone"})
    assert client.get("/me", headers={"authorization": answer["token"]}).content == b"bob000000000001"


def test_records_are_enriched_for_whoever_asks(routes, bob):
    route("GET /x")(lambda request: enrich_record(request, bobs_record()))
    client = routes()
    assert "email" not in client.get("/x").json()
    own = client.get("/x", headers={"authorization": bob.defaults["HTTP_AUTHORIZATION"]}).json()
    assert "email" in own


@pytest.mark.parametrize(
    ("rule", "passes"), [("", True), (None, False), ("id = 'x'", False), ("id != 'x'", True)]
)
def test_a_rule_is_asked_for_a_record(routes, bob, rule, passes):
    route("GET /x")(lambda request: can_access(request, bobs_record(), rule))
    assert routes().get("/x").json() is passes


def test_relations_are_expanded_as_far_as_the_request_may_see(routes, make_collection):
    from collections_app.records.writing.saving import save_record
    from collections_app.records.writing.submitted import new_record

    target = make_collection("open_things", [{"type": "text", "name": "t"}], view_rule="")
    hidden = make_collection("hidden_things", [{"type": "text", "name": "t"}])
    source = make_collection(
        "owners",
        [
            {"type": "relation", "name": "open", "collectionId": target.id, "maxSelect": 1},
            {"type": "relation", "name": "hidden", "collectionId": hidden.id, "maxSelect": 1},
        ],
    )
    related = {}
    for collection in (target, hidden):
        related[collection.name] = new_record(collection)
        save_record(related[collection.name])
    owner = new_record(source)
    owner["open"], owner["hidden"] = (record.id for record in related.values())
    save_record(owner)

    @route("GET /x")
    def x(request):
        expand_records(request, [owner], "open", "hidden")
        return sorted(owner.expand or {})

    assert routes().get("/x").json() == ["open"]
