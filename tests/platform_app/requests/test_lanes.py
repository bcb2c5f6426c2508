"""The table of lanes: what an app may say in it, and what this project's own says of every route."""

import sys
from importlib import import_module

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, get_resolver, resolve

from platform_app.requests import lanes
from platform_app.requests.lanes import (
    MOST_INLINE_BODY_BYTES,
    MOST_INLINE_QUERY_BYTES,
    LaneRoute,
    LaneTable,
    Shape,
    ShapeFinder,
    Strain,
    discover_lanes,
    short_json_write,
    short_read,
    without_body,
)

JSON = [(b"content-type", b"application/json; charset=utf-8")]
FORM = [(b"content-type", b"multipart/form-data; boundary=B")]


def scope(method, path, headers=(), raw_path=None, query=b""):
    raw = path.encode() if raw_path is None else raw_path
    return {
        "method": method, "path": path, "raw_path": raw, "query_string": query, "headers": list(headers)
    }  # fmt: skip


def lane_of(table, scope, size):
    entry = table.entry_of(scope, size)
    return "pool" if entry is None else entry.lane


class TestShapes:
    @pytest.mark.parametrize(
        ("path", "fits"),
        [
            pytest.param("/a/x/b", True, id="same"),
            pytest.param("/a/x/c", False, id="other_word"),
            pytest.param("/a//b", False, id="empty_segment"),
            pytest.param("/a/x/b/", False, id="trailing_slash"),
            pytest.param("/a/x", False, id="shorter"),
            pytest.param("a/x/b", False, id="no_slash"),
        ],
    )
    def test_fits(self, path, fits):
        assert (ShapeFinder([Shape("/a/{name}/b")]).match(path) is not None) is fits

    @pytest.mark.parametrize(
        ("path", "rest"),
        [
            pytest.param("/a/x/y", "y", id="segment"),
            pytest.param("/a/x/y/z/", "y/z/", id="several"),
            pytest.param("/a/x/", "", id="nothing"),
            pytest.param("/a/x/y\nz", "y\nz", id="line_feed"),
            pytest.param("/a/x", None, id="no_slash"),
            pytest.param("/b/x/y", None, id="other"),
        ],
    )
    def test_a_name_with_dots_is_the_rest(self, path, rest):
        match = ShapeFinder([Shape("/a/{one}/{rest...}")]).match(path)
        assert (match and match[3]) == rest

    @pytest.mark.parametrize(
        ("wide", "narrow", "is_covered"),
        [
            pytest.param("/a/{rest...}", "/a/b", True, id="segment"),
            pytest.param("/a/{rest...}", "/a/b/{c}", True, id="several"),
            pytest.param("/a/{rest...}", "/a/b/{rest...}", True, id="narrower_rest"),
            pytest.param("/a/b/{rest...}", "/a/{rest...}", False, id="wider_rest"),
            pytest.param("/a/{one}", "/a/{rest...}", False, id="rest_of_one_segment"),
            pytest.param("/a/{rest...}", "/a", False, id="shorter"),
            pytest.param("/a/{rest...}", "/b/c", False, id="other"),
        ],
    )
    def test_what_a_rest_covers(self, wide, narrow, is_covered):
        assert Shape(wide).covers(Shape(narrow)) is is_covered

    @pytest.mark.parametrize(
        "text",
        ["", "a/b", "/a/{b", "/a/x{b}", "/a/{}", "/a/{1}", "/{a}/{a}", "/{a...}/b", "/{...}", "/x{a...}"],
    )
    def test_what_is_none_is_refused(self, text):
        with pytest.raises(ValueError, match="is no shape"):
            Shape(text)

    def test_a_folder_may_have_its_slash(self):
        match = ShapeFinder([Shape("/_/")]).match
        assert (bool(match("/_/")), match("/_/x"), match("/_")) == (True, None, None)

    def test_a_dot_is_a_dot(self):
        match = ShapeFinder([Shape("/a.json")]).match
        assert (bool(match("/a.json")), match("/axjson")) == (True, None)

    def test_the_first_of_several_is_found_with_its_values(self):
        shapes = [Shape("/a/{one}/{two}"), Shape("/a/{one}"), Shape("/{none}/x"), Shape("/b")]
        finder = ShapeFinder(shapes)
        found = {}
        for path in ("/a/1/2", "/a/x", "/c/x", "/b"):
            match = finder.match(path)
            number = finder.found[match.lastindex]
            values = [match[match.lastindex + 1 + at] for at in range(len(shapes[number].names))]
            found[path] = (number, values)
        assert found == {"/a/1/2": (0, ["1", "2"]), "/a/x": (1, ["x"]), "/c/x": (2, ["c"]), "/b": (3, [])}

    def test_no_shapes_find_nothing(self):
        assert ShapeFinder([]).match("") is None


class TestTables:
    def table(self, *routes):
        return LaneTable(("shop.lanes", route) for route in routes)

    def test_the_first_entry_that_fits_counts(self):
        table = self.table(
            LaneRoute(("POST",), "/pay/test", "inline", when=without_body),
            LaneRoute(("POST",), "/pay/{way}", "waiting"),
        )
        lanes = [
            lane_of(table, scope("POST", path), size) for path, size in (("/pay/test", 0), ("/pay/test", 1))
        ]
        assert lanes == ["inline", "waiting"]

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/pay/card"),
            ("POST", "/pay"),
            ("POST", "/pay/card/x"),
            ("POST", "/xpay/card"),
            ("GET", "/"),
        ],
    )
    def test_what_no_entry_names_is_in_the_pool(self, method, path):
        table = self.table(LaneRoute(("POST",), "/pay/{way}", "waiting"))
        assert lane_of(table, scope(method, path), 0) == "pool"

    def test_an_entry_with_a_rest_comes_after_all_others(self):
        table = self.table(
            LaneRoute(("GET",), "/{path...}", "queries"), LaneRoute(("GET",), "/pay/{way}", "waiting")
        )
        paths = ("/pay/card", "/pay/card/x", "/")
        assert [lane_of(table, scope("GET", path), 0) for path in paths] == ["waiting", "queries", "queries"]

    def test_an_encoded_slash_does_not_split_a_segment(self):
        table = self.table(LaneRoute(("POST",), "/pay/{way}", "waiting"))
        one = scope("POST", "/pay/a/b", raw_path=b"/p%61y/a%2fb")
        two = scope("POST", "/pay/a", raw_path=b"/pay%2Fa")
        assert [lane_of(table, one, 0), lane_of(table, two, 0)] == ["waiting", "pool"]

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            pytest.param({}, {}, id="twice"),
            pytest.param({}, {"when": without_body}, id="narrower_condition"),
            pytest.param({"when": without_body}, {"when": without_body}, id="same_condition"),
            pytest.param({"shape": "/{any}/{thing}"}, {}, id="wider_shape"),
            pytest.param({"methods": ("GET", "POST")}, {"methods": ("POST", "PUT")}, id="one_method_of_two"),
        ],
    )
    def test_an_entry_that_is_never_reached_stops_the_start(self, first, second):
        usual = {"methods": ("POST",), "shape": "/pay/{way}", "lane": "waiting"}
        with pytest.raises(ImproperlyConfigured, match="shop.lanes: POST /pay/{way} is never reached"):
            self.table(LaneRoute(**usual | first), LaneRoute(**usual | second))

    @pytest.mark.parametrize(
        "second",
        [
            pytest.param({"methods": ("GET",)}, id="other_method"),
            pytest.param({"shape": "/pay/{way}/x"}, id="other_shape"),
            pytest.param({"when": None}, id="wider_condition"),
        ],
    )
    def test_an_entry_that_is_reached_is_taken(self, second):
        usual = {"methods": ("POST",), "shape": "/pay/{way}", "lane": "waiting", "when": without_body}
        self.table(LaneRoute(**usual), LaneRoute(**usual | second))

    @pytest.mark.parametrize(
        "route",
        [
            pytest.param(("POST", "/pay"), id="no_entry"),
            pytest.param(LaneRoute(("POST",), "pay", "pool"), id="shape"),
            pytest.param(LaneRoute(("POST",), "/pay", "fast"), id="lane"),  # type: ignore[arg-type]
            pytest.param(LaneRoute((), "/pay", "pool"), id="no_methods"),
            pytest.param(LaneRoute(("GET",), "/{path...}", "pool", is_hot=True), id="hot_rest"),
        ],
    )
    def test_a_malformed_entry_stops_the_start(self, route):
        with pytest.raises(ImproperlyConfigured, match=r"^shop\.lanes: "):
            self.table(route)


LONG = b"x" * (MOST_INLINE_QUERY_BYTES + 1)


@pytest.mark.parametrize(
    ("headers", "size", "query", "is_short"),
    [
        pytest.param(JSON, 1, b"", True, id="json"),
        pytest.param(JSON, MOST_INLINE_BODY_BYTES, LONG[1:], True, id="largest"),
        pytest.param(JSON, MOST_INLINE_BODY_BYTES + 1, b"", False, id="too_large"),
        pytest.param(JSON, 1, LONG, False, id="long_query"),
        pytest.param(JSON, sys.maxsize, b"", False, id="in_pieces"),
        pytest.param(JSON, 0, b"", False, id="empty"),
        pytest.param(FORM, 1, b"", False, id="form"),
        pytest.param([], 1, b"", False, id="untyped"),
    ],
)
def test_short_json_writes(headers, size, query, is_short):
    assert short_json_write(scope("POST", "/", headers, query=query), size) is is_short


@pytest.mark.parametrize(
    ("size", "query", "is_short"),
    [
        pytest.param(0, b"", True, id="plain"),
        pytest.param(0, LONG[1:], True, id="longest"),
        pytest.param(0, LONG, False, id="long_query"),
        pytest.param(1, b"", False, id="body"),
    ],
)
def test_short_reads(size, query, is_short):
    assert short_read(scope("GET", "/", query=query), size) is is_short


class TestStrain:
    """`wasted` are the seconds that requests took inline for nothing, by the second in which they did."""

    @pytest.mark.parametrize(
        ("wasted", "asked_at", "is_high"),
        [
            pytest.param([], 0.0, False, id="nothing"),
            pytest.param([(0.0, 0.04)], 0.1, False, id="little"),
            pytest.param([(0.0, 0.04), (0.5, 0.04)], 0.6, True, id="together_too_much"),
            pytest.param([(0.0, 0.04), (1.5, 0.04)], 1.6, False, id="long_apart"),
            pytest.param([(0.0, 0.06)], 0.9, True, id="goes_on"),
            pytest.param([(0.0, 0.06)], 1.1, False, id="ends"),
        ],
    )
    def test_is_high_for_a_second_after_too_much_was_wasted(self, wasted, asked_at, is_high, monkeypatch):
        now = 1000.0
        monkeypatch.setattr(lanes.time, "monotonic", lambda: now)
        strain = Strain()
        for at, seconds in wasted:
            now = 1000.0 + at
            strain.add(seconds)
        now = 1000.0 + asked_at
        assert strain.is_high() is is_high


# --- this project's table ---------------------------------------------------------------------------

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BODIES = {
    "nothing": ([], 0),
    "json": (JSON, 100),
    "large json": (JSON, MOST_INLINE_BODY_BYTES + 1),
    "form": (FORM, 100),
    "pieces": (JSON, sys.maxsize),
}
COLLECTION = "/api/collections/<str:collection>"
RECORDS, RECORD = f"{COLLECTION}/records", f"{COLLECTION}/records/<str:record_id>"
FILE = "/api/files/<str:collection>/<str:record_id>/<str:name>"

ANY = "any other body"
SCREENS = "/_/collections/<str:collection>"
SCREEN = f"{SCREENS}/records/<str:record_id>"
# Pages of the dashboard that look through as much as people ask for.
QUERYING_SCREENS = (
    "/_/",
    "/_/home-figures/",
    "/_/jump/",
    "/_/logs/",
    "/_/logs/chart/",
    "/_/logs/names/",
    "/_/logs/endpoints/",
    "/_/logs/entries/<str:log_id>/",
    "/_/logs/entries/<str:log_id>/json/",
    f"{SCREENS}/",
    f"{SCREENS}/count/",
    f"{SCREENS}/choices/",
    f"{SCREENS}/new/",
    f"{SCREEN}/",
    f"{SCREEN}/delete/",
    "/_/collections/new-collection/",  # as a collection of that name would be
    "/_/collections/new-field/",
    f"{SCREENS}/edit/delete/",
    f"{SCREENS}/edit/truncate/",
    f"{SCREENS}/edit/rules/try/",
    "/_/change-history/",
    "/_/pictures/",
    "/_/settings/backups/file/<str:key>/download/",
    f"{SCREENS}/edit-rows/",
    f"{SCREENS}/export/",
    f"{SCREENS}/filter/",
    f"{SCREENS}/history/",
    f"{SCREENS}/rows/",
    f"{SCREENS}/views/",
    f"{SCREEN}/card/",
    f"{SCREEN}/history/",
    f"{SCREEN}/impersonate/",
    f"{SCREEN}/json/",
    f"{SCREEN}/mail/<str:kind>/",
    f"{SCREEN}/providers/",
    f"{SCREEN}/providers/<str:link_id>/unlink/",
    f"{SCREEN}/reset-tokens/",
)
NOT_IN_THE_POOL = {
    **{(method, path, ANY): "queries" for method in ("GET", "HEAD") for path in QUERYING_SCREENS},
    ("POST", f"{SCREENS}/edit/", ANY): "queries",
    ("POST", "/_/sql/", ANY): "long",
    ("POST", "/_/sql/csv/", ANY): "long",
    ("POST", f"{SCREENS}/edit/rules/", ANY): "queries",
    ("POST", f"{SCREENS}/edit/query/", ANY): "long",
    ("POST", "/_/view-sample/", ANY): "long",
    ("POST", f"{SCREENS}/export/", ANY): "queries",
    ("POST", f"{SCREENS}/edit/mails/trial/", ANY): "waiting",
    ("POST", "/_/settings/mail/", ANY): "waiting",
    ("POST", "/_/settings/storage/", ANY): "waiting",
    ("POST", "/_/settings/backup-schedule/", ANY): "waiting",
    ("POST", "/_/settings/backups/upload/", ANY): "waiting",
    ("POST", "/_/settings/import/review/", ANY): "long",
    ("POST", "/_/settings/import/run/", ANY): "long",
    ("GET", RECORDS, "nothing"): "inline",
    ("HEAD", RECORDS, "nothing"): "inline",
    ("POST", RECORDS, "json"): "inline",
    ("GET", RECORD, "nothing"): "inline",
    ("HEAD", RECORD, "nothing"): "inline",
    ("PATCH", RECORD, "json"): "inline",
    ("GET", f"{COLLECTION}/auth-methods", "nothing"): "inline",
    ("HEAD", f"{COLLECTION}/auth-methods", "nothing"): "inline",
    ("POST", f"{COLLECTION}/auth-refresh", "nothing"): "inline",
    ("POST", f"{COLLECTION}/auth-with-oauth2", ANY): "waiting",
    ("POST", f"{COLLECTION}/request-email-change", ANY): "waiting",
    ("GET", "/api/collections/meta/oauth2-providers", "nothing"): "inline",
    ("HEAD", "/api/collections/meta/oauth2-providers", "nothing"): "inline",
    ("GET", "/api/health", "nothing"): "inline",
    ("HEAD", "/api/health", "nothing"): "inline",
    ("POST", "/api/settings/test/email", ANY): "waiting",
    ("POST", "/api/settings/test/s3", ANY): "waiting",
    ("GET", "/api/logs", ANY): "queries",
    ("HEAD", "/api/logs", ANY): "queries",
    ("GET", "/api/logs/stats", ANY): "queries",
    ("HEAD", "/api/logs/stats", ANY): "queries",
    ("POST", "/api/backups", ANY): "waiting",
    ("POST", "/api/backups/upload", ANY): "waiting",
    ("GET", "/api/backups/upload", ANY): "queries",
    ("HEAD", "/api/backups/upload", ANY): "queries",
    ("GET", "/api/backups/<str:key>", ANY): "queries",
    ("HEAD", "/api/backups/<str:key>", ANY): "queries",
    ("POST", "/api/sql", ANY): "long",
    ("GET", "/", ANY): "queries",
    ("HEAD", "/", ANY): "queries",
    ("POST", "/api/batch", ANY): "queries",
    ("POST", "/api/files/token", "nothing"): "inline",
    ("GET", FILE, "nothing"): "inline",
    ("HEAD", FILE, "nothing"): "inline",
    ("GET", "/api/realtime", "nothing"): "inline",
    ("HEAD", "/api/realtime", "nothing"): "inline",
    ("POST", "/api/realtime", "json"): "inline",
    ("GET", FILE, ANY): "queries",
    ("HEAD", FILE, ANY): "queries",
    ("GET", RECORDS, ANY): "queries",
    ("HEAD", RECORDS, ANY): "queries",
    ("POST", RECORDS, ANY): "queries",
    ("GET", RECORD, ANY): "queries",
    ("HEAD", RECORD, ANY): "queries",
    ("PATCH", RECORD, ANY): "queries",
}


def routes(patterns=None, prefix="/"):
    """Every pattern of the URLconf, written as Django writes it."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield text
        else:
            yield from routes(pattern.url_patterns, text)


def sample(route):
    """A path that the pattern matches."""
    return "/".join("records_users" if part.startswith("<") else part for part in route.split("/"))


def test_the_walk_sees_the_routes():
    assert {RECORDS, RECORD, "/api/batch", "/api/settings", "/_/login/"} <= set(routes())


@pytest.mark.django_db  # where files are is a setting
def test_every_route_with_every_method_and_body_has_its_lane(monkeypatch):
    monkeypatch.setattr("files_app.lanes.files_are_near", lambda: True)
    table = discover_lanes()
    found = {
        (method, route, body): lane_of(table, scope(method, sample(route), headers), size)
        for route in routes()
        for method in METHODS
        for body, (headers, size) in BODIES.items()
    }
    assert found == {
        (method, route, body): NOT_IN_THE_POOL.get(
            (method, route, body), NOT_IN_THE_POOL.get((method, route, ANY), "pool")
        )
        for method, route, body in found
    }


def test_every_entry_is_of_a_route():
    for name in ("collections_app", "files_app", "auth_app", "system_app"):
        for entry in import_module(f"{name}.lanes").LANES:
            assert resolve(Shape(entry.shape).sample()).func


@pytest.mark.parametrize(
    ("path", "lane"),
    [
        pytest.param("/assets/app.js", "queries", id="file_of_the_site"),
        pytest.param("/api", "queries", id="beside_the_api"),
        pytest.param("/api/nope", "pool", id="api"),
        pytest.param("/_/nope", "pool", id="dashboard"),
    ],
)
def test_what_has_no_route_may_be_of_the_site(path, lane):
    assert lane_of(discover_lanes(), scope("GET", path), 0) == lane


def test_a_collection_named_like_a_route_changes_no_lane():
    path = "/api/collections/records_users/auth-with-password"
    assert lane_of(discover_lanes(), scope("POST", path, JSON), 100) == "pool"


class TestDiscovery:
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            pytest.param("", "expected LANES, a tuple of LaneRoute", id="missing"),
            pytest.param("LANES = []", "expected LANES, a tuple of LaneRoute", id="list"),
            pytest.param("LANES = (1,)", "expected a LaneRoute", id="number"),
        ],
    )
    def test_a_malformed_module_stops_the_start(
        self, source, message, request, tmp_path, monkeypatch, settings
    ):
        app = tmp_path / f"shop_{request.node.callspec.id}"
        app.mkdir()
        (app / "__init__.py").touch()
        (app / "lanes.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, app.name]
        with pytest.raises(ImproperlyConfigured, match=rf"^{app.name}\.lanes: {message}"):
            discover_lanes()
