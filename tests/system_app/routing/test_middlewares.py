"""Middlewares: in which order they run, what they see of the rest, and how they are left out."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse

from collections_app.catalog import find_collection
from collections_app.records.querying.finding import find_record
from collections_app.views.guards import set_auth_record
from platform_app.wire.errors import BadRequest, Forbidden
from system_app.routing import answers
from system_app.routing.guards import body_limit
from system_app.routing.middlewares import middleware_of
from system_app.routing.router import group, middleware, remove, route, use
from system_app.routing.table import server_layers

pytestmark = pytest.mark.django_db


def noting(notes, name, **options):
    @middleware(**options)
    def note(request):
        notes.append(name)
        yield
        notes.append(f"/{name}")

    return note


def test_they_run_from_the_outside_in_and_back(routes):
    notes = []
    use(noting(notes, "global"))
    outer = group("/outer", use=[noting(notes, "group")])
    inner = outer.group("/inner", use=[noting(notes, "subgroup")])

    @inner.route("GET /x", use=[noting(notes, "first", priority=-1), noting(notes, "route")])
    def x(request):
        notes.append("x")

    assert routes().get("/outer/inner/x").status_code == 200
    inside = ["first", "global", "group", "subgroup", "route"]
    assert notes == [*inside, "x", *(f"/{name}" for name in reversed(inside))]


def test_one_with_the_same_id_replaces_the_other_in_its_place(routes):
    notes = []
    use(noting(notes, "a"), noting(notes, "old", id="b"), noting(notes, "c"))

    @route("GET /x", use=[noting(notes, "new", id="b")])
    def x(request):
        return None

    routes().get("/x")
    assert notes[:3] == ["a", "new", "c"]


@pytest.mark.parametrize("where", ["route", "group", "outer group"])
def test_those_of_further_out_are_left_out_by_id(routes, where):
    notes = []

    def without(place):
        return ["b"] if where == place else []

    use(noting(notes, "a", id="a"), noting(notes, "b", id="b"))
    outer = group("/outer", without=without("outer group"))
    inner = outer.group("/inner", without=without("group"))
    inner.route("GET /x", without=without("route"))(lambda request: None)
    route("GET /y")(lambda request: None)

    client = routes()
    client.get("/outer/inner/x")
    assert notes == ["a", "/a"]
    notes.clear()
    client.get("/y")
    assert notes == ["a", "b", "/b", "/a"]


def test_what_a_group_leaves_out_it_may_bring_in_itself(routes):
    notes = []
    use(noting(notes, "outside", id="a"))
    inner = group("/g", without=["a"], use=[noting(notes, "inside", id="a")])
    inner.route("GET /x")(lambda request: None)

    routes().get("/g/x")
    assert notes == ["inside", "/inside"]


def test_a_global_one_is_around_the_servers_own_routes(routes):
    seen = []

    @use
    def note(request):
        seen.append(request.path)
        response = yield
        response["X-Seen"] = "1"

    client = routes()
    answer = client.get("/api/health")
    assert (answer.status_code, answer["X-Seen"], seen) == (200, "1", ["/api/health"])


def test_errors_of_the_servers_own_routes_are_raised_at_the_yield(routes):
    @use
    def note(request):
        try:
            yield
        except Exception as error:  # noqa: BLE001 - to see what it is
            return {"was": [error.status, error.message]}

    assert routes().get("/api/nothing").json() == {"was": [404, "File not found."]}


def test_an_error_that_nobody_catches_stays_the_answer(routes):
    after = []

    @use
    def note(request):
        try:
            yield
        finally:
            after.append(request.path)

    @route("GET /x")
    def x(request):
        raise Forbidden("No.")

    client = routes()
    assert client.get("/x").json() == {"data": {}, "message": "No.", "status": 403}
    assert client.get("/api/nothing").json() == {"data": {}, "message": "File not found.", "status": 404}
    assert after == ["/x", "/api/nothing"]


def around(*steps):
    """A generator middleware that does these steps: "yield", or what is to be returned or raised."""

    def run(request):
        for step in steps:
            if step == "yield":
                yield
            elif isinstance(step, Exception):
                raise step
            else:
                return step
        return None

    return run


@pytest.mark.parametrize(
    ("ours", "status", "body"),
    [
        pytest.param(around("yield"), 200, b"rest", id="nothing_to_say"),
        pytest.param(around("yield", {"a": 1}), 200, b'{"a":1}\n', id="another_answer"),
        pytest.param(around({"a": 1}), 200, b'{"a":1}\n', id="without_the_rest"),
        pytest.param(around(), 200, b"", id="stops_silently"),
        pytest.param(around(BadRequest("Not so.")), 400, None, id="refuses"),
        pytest.param(around("yield", BadRequest("Not so.")), 400, None, id="refuses_afterwards"),
        pytest.param(around("yield", "yield"), 400, None, id="yields_twice"),
        pytest.param(lambda request: None, 200, b"rest", id="plain_goes_on"),
        pytest.param(lambda request: "own", 200, b"own", id="plain_answers"),
        pytest.param(lambda request: HttpResponse(b"x", status=202), 202, b"x", id="plain_response"),
    ],
)
def test_what_one_does_is_what_is_answered(routes, ours, status, body):
    route("GET /x", use=[ours])(lambda request: "rest")
    answer = routes().get("/x")
    assert answer.status_code == status
    assert body is None or answer.content == body


@pytest.mark.parametrize("status", [404, 400])
def test_one_may_answer_instead_of_an_error(routes, status):
    def saved(request):
        try:
            yield
        except (LookupError, FileNotFoundError):
            return answers.text("saved", 200)

    @route("GET /x", use=[saved])
    def x(request):
        raise FileNotFoundError if status == 404 else LookupError

    assert routes().get("/x").content == b"saved"


async def later(request):
    return None


@pytest.mark.parametrize("bad", [later, "pbGzip", None], ids=["async", "text", "none"])
def test_what_is_no_middleware_is_refused(bad):
    with pytest.raises(TypeError):
        middleware_of(bad)


# --- the server's own -------------------------------------------------------------------------------


def test_the_layers_have_the_ids_of_the_reference_and_rising_priorities():
    layers = list(server_layers())
    ids = [layer.id for layer in layers if layer.id.startswith("pb")]
    assert ids == [
        "pbCors",
        "pbActivityLogger",
        "pbSecurityHeaders",
        "pbLoadAuthToken",
        "pbRateLimit",
        "pbBodyLimit",
    ]
    priorities = [layer.priority for layer in layers]
    assert priorities == sorted(priorities)


@pytest.mark.parametrize("by", ["route", "group", "everywhere"])
def test_a_layer_is_left_out_by_its_id(routes, by):
    makes = group("/g", without=["pbSecurityHeaders"] if by == "group" else [])
    makes.route("GET /x", without=["pbSecurityHeaders"] if by == "route" else [])(lambda request: "x")
    route("GET /y")(lambda request: "y")
    if by == "everywhere":
        remove("pbSecurityHeaders")

    client = routes()
    assert not client.get("/g/x").has_header("X-Frame-Options")
    assert client.get("/y").has_header("X-Frame-Options") is (by != "everywhere")
    assert client.get("/api/health").has_header("X-Frame-Options") is (by != "everywhere")


def test_a_global_one_is_taken_away_by_its_id(routes):
    notes = []
    use(noting(notes, "a", id="a"), noting(notes, "b", id="b"))
    remove("a")
    route("GET /x")(lambda request: None)
    client = routes()
    client.get("/x")
    client.get("/api/health")
    assert notes == ["b", "/b"] * 2


@pytest.mark.parametrize(("priority", "is_signed_in"), [(-1021, False), (-1020, True), (0, True)])
def test_a_priority_says_between_which_layers_one_runs(routes, priority, is_signed_in):
    seen = []

    @use
    @middleware(priority=priority)
    def look(request):
        seen.append(hasattr(request, "auth_record"))

    route("GET /x")(lambda request: None)
    client = routes()
    client.get("/x")
    client.get("/api/health")
    assert seen == [is_signed_in, is_signed_in]


def test_whoever_comes_first_may_say_who_it_is(routes, bob):
    @middleware(priority=-1021)
    def by_key(request):
        if request.headers.get("X-Key") == "bob's":
            set_auth_record(request, find_record(find_collection("members"), "bob000000000001"))

    route("GET /x", auth="members", use=[by_key])(lambda request: request.auth_record.id)
    client = routes()
    assert client.get("/x").status_code == 401
    assert client.get("/x", headers={"x-key": "bob's"}).content == b"bob000000000001"


def test_whom_a_middleware_finds_gets_no_token_by_refreshing_none(routes, bob):
    record = find_record(find_collection("members"), "bob000000000001")
    use(middleware(priority=-1021)(lambda request: set_auth_record(request, record)))
    answer = routes().post("/api/collections/members/auth-refresh")
    assert (answer.status_code, answer.json()["token"]) == (200, "")


def test_the_list_of_superusers_addresses_counts_for_whom_a_middleware_finds(routes):
    from tests.auth_app.accounts import join
    from tests.system_app.settings_row import save

    save(superuserIPs=["10.0.0.1"])
    root = join("_superusers", "root00000000001", email="root@example.com")

    @middleware(priority=-1021)
    def as_root(request):
        set_auth_record(request, root)

    route("GET /x", use=[as_root])(lambda request: "in")
    client = routes()
    assert client.get("/x").status_code == 403
    assert client.get("/x", REMOTE_ADDR="10.0.0.1").content == b"in"


def test_global_ones_need_the_innermost_layer(routes, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Innermost" not in name]
    from system_app.routing.serving import InnermostMiddleware

    InnermostMiddleware.rest = None
    use(lambda request: None)
    with pytest.raises(ImproperlyConfigured, match="lacks system_app.routing.serving.InnermostMiddleware"):
        routes().get("/api/health")


@pytest.mark.parametrize(
    ("limit", "size", "status"), [(10, 10, 200), (10, 11, 413), (0, 100, 200), (None, 100, 200)]
)
def test_a_route_has_a_body_limit_of_its_own(routes, limit, size, status):
    route("POST /x", use=[] if limit is None else [body_limit(limit)])(lambda request: "ok")
    assert routes().post("/x", b"x" * size, content_type="text/plain").status_code == status
