"""Patterns of routes: what they are, which of two goes first, and when two conflict (net/http's ServeMux)."""

import pytest

from platform_app.requests.lanes import SLASH_IN_SEGMENT
from system_app.routing.finding import Conflict, Finder, Placed
from system_app.routing.patterns import InvalidPattern, Pattern, Relation

SAME, WIDER, NARROWER, CROSSING = Relation.SAME, Relation.WIDER, Relation.NARROWER, Relation.CROSSING


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "expected a path", id="nothing"),
        pytest.param("GET", "expected a path", id="no_path"),
        pytest.param("GET hello", "expected a path", id="no_slash"),
        pytest.param("G(T /a", "is no method", id="method"),
        pytest.param("GET {a}/b", "a host has no names", id="name_in_host"),
        pytest.param("/a//b", "two slashes", id="empty_segment"),
        pytest.param("/a/../b", "no path has", id="dots"),
        pytest.param("/a/x{b}", "a whole segment", id="part_of_a_segment"),
        pytest.param("/a/{b}c", "a whole segment", id="end_of_a_segment"),
        pytest.param("/{$}/b", "at the end only", id="end_in_the_middle"),
        pytest.param("/{a...}/b", "at the end only", id="rest_in_the_middle"),
        pytest.param("/{}", "is no name", id="no_name"),
        pytest.param("/{...}", "is no name", id="rest_without_a_name"),
        pytest.param("/{a b}", "is no method", id="blank_in_a_name"),
        pytest.param("/{1a}", "is no name", id="digit_first"),
        pytest.param("/{a}/{a}", "a name is there twice", id="twice"),
        pytest.param("/{a}/{a...}", "a name is there twice", id="twice_as_a_rest"),
    ],
)
def test_a_text_that_is_no_pattern_is_refused(text, problem):
    with pytest.raises(InvalidPattern, match=problem):
        Pattern.parse(text)


@pytest.mark.parametrize(
    ("text", "method", "host", "names"),
    [
        ("/", "", "", ()),
        ("GET /a/{b}", "GET", "", ("b",)),
        ("get   /a", "GET", "", ()),
        ("MKCOL /a/{b}/{c...}", "MKCOL", "", ("b", "c")),
        ("Example.com/{$}", "", "example.com", ()),
        ("POST example.com/a/", "POST", "example.com", ()),
    ],
)
def test_a_pattern_has_a_method_a_host_and_names(text, method, host, names):
    pattern = Pattern.parse(text)
    assert (pattern.method, pattern.host, pattern.names) == (method, host, names)


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ("/a", "/a", SAME),
        ("/a/{x}", "/a/{y}", SAME),
        ("/a/", "/a/{x...}", SAME),
        ("/a", "/b", None),
        ("/a", "/a/b", None),
        ("/a/{$}", "/a/b", None),
        ("/a/{$}", "/a/{x}", None),
        ("/a/{$}", "/a/", NARROWER),
        ("/{x}", "/a", WIDER),
        ("/a/b", "/a/{x}", NARROWER),
        ("/a/{x}", "/a/", NARROWER),
        ("/", "/a/b/c", WIDER),
        ("/{x...}", "/a/", WIDER),
        ("/a/{x}", "/{y}/b", CROSSING),
        ("/a/{x}/", "/{y}/b/c", CROSSING),
        ("GET /a", "POST /a", None),
        ("GET /a", "/a", NARROWER),
        ("HEAD /a", "GET /a", NARROWER),
        ("GET /a", "HEAD /a", WIDER),
        ("GET /{x}", "/a", CROSSING),
        ("/{x}", "GET /a", WIDER),
        ("GET /a", "GET /a", SAME),
    ],
)
def test_how_two_patterns_relate(one, other, relation):
    assert Pattern.parse(one).relation(Pattern.parse(other)) == relation
    opposite = {WIDER: NARROWER, NARROWER: WIDER}.get(relation, relation)
    assert Pattern.parse(other).relation(Pattern.parse(one)) == opposite


def placed(*texts):
    return [Placed(Pattern.parse(text), text, f"line of {text}") for text in texts]


@pytest.mark.parametrize(
    ("one", "other"),
    [("/a", "/a"), ("/a/{x}", "/a/{y}"), ("/a/", "/a/{x...}"), ("GET /{x}", "/a"), ("/a/{x}", "/{y}/b")],
)
def test_patterns_that_conflict_are_named_with_their_places(one, other):
    with pytest.raises(Conflict) as caught:
        Finder(placed(one, other))
    assert str(caught.value) == f"{other} (line of {other}) conflicts with {one} (line of {one})"


def test_hosts_do_not_conflict():
    Finder(placed("/a", "a.com/a", "b.com/a"))
    with pytest.raises(Conflict):
        Finder(placed("a.com/a", "A.com/a"))


ROUTES = placed(
    "GET /hello/{name}",
    "GET /hello/world",
    "HEAD /hello/world",
    "/files/",
    "GET /files/{$}",
    "GET /files/{name}/size",
    "PURGE /files/{rest...}",
    "GET /one/{$}",
    "a.com/hello/{who}",
    "GET /caf%C3%A9/{x}",
    "GET /s%2Fs",
)


@pytest.mark.parametrize(
    ("request_line", "found", "values"),
    [
        ("GET /hello/joe", "GET /hello/{name}", {"name": "joe"}),
        ("HEAD /hello/joe", "GET /hello/{name}", {"name": "joe"}),
        ("GET /hello/world", "GET /hello/world", {}),
        ("HEAD /hello/world", "HEAD /hello/world", {}),
        ("POST /hello/joe", None, {}),
        ("GET /hello/", None, {}),
        ("GET /hello/a/b", None, {}),
        (f"GET /hello/a{SLASH_IN_SEGMENT}b", "GET /hello/{name}", {"name": "a/b"}),
        ("GET /hello/line\nbreak", "GET /hello/{name}", {"name": "line\nbreak"}),
        ("GET /files/", "GET /files/{$}", {}),
        ("POST /files/", "/files/", {}),
        ("GET /files/a", "/files/", {}),
        ("GET /files/a/size", "GET /files/{name}/size", {"name": "a"}),
        ("GET /files/a/size/", "/files/", {}),
        ("PURGE /files/a/b/", "PURGE /files/{rest...}", {"rest": "a/b/"}),
        ("ODD /files/a/b/", "/files/", {}),
        ("GET /one/", "GET /one/{$}", {}),
        ("GET /one/two", None, {}),
        ("GET /café/1", "GET /caf%C3%A9/{x}", {"x": "1"}),
        (f"GET /s{SLASH_IN_SEGMENT}s", "GET /s%2Fs", {}),
        ("GET /s/s", None, {}),
    ],
)
def test_the_narrowest_pattern_is_found(request_line, found, values):
    method, _, path = request_line.partition(" ")
    for routes in (ROUTES, ROUTES[::-1]):  # in whatever order they were written
        match = Finder(routes).find(method, "b.com", path)
        assert (match and match.subject, match and match.redirect) == (found, found and "")
        assert (dict(match.values) if match else {}) == values


@pytest.mark.parametrize("host", ["a.com", "A.com", "a.com:8090"])
def test_a_pattern_with_the_host_goes_first(host):
    match = Finder(ROUTES).find("GET", host, "/hello/world")
    assert match and (match.subject, match.values) == ("a.com/hello/{who}", {"who": "world"})
    match = Finder(ROUTES).find("GET", host, "/files/a")
    assert match and match.subject == "/files/"


@pytest.mark.parametrize(
    ("request_line", "redirect"),
    [
        ("GET /files", "/files/"),
        ("ANY /files", "/files/"),
        ("GET /one", "/one/"),
        ("POST /one", None),
        ("GET /files/a", ""),
        ("GET /two", None),
    ],
)
def test_a_path_that_lacks_its_slash_is_sent_there(request_line, redirect):
    method, _, path = request_line.partition(" ")
    match = Finder(ROUTES).find(method, "", path)
    assert (match and match.redirect) == redirect


def test_settled_patterns_are_found_where_they_are_meant():
    settled = placed("GET /api/things/{id}", "GET /api/things", "POST /other")
    finder = Finder(placed("/api/", "GET /api/things/special", "GET /api/things/{id}/{$}"), settled=settled)
    found = {
        path: match and match.subject
        for path in ("/api/x", "/api/things/1", "/api/things/special", "/api/things/1/", "/other")
        for match in [finder.find("GET", "", path)]
    }
    assert found == {
        "/api/x": "/api/",
        "/api/things/1": "GET /api/things/{id}",  # and it is not sent to the slash
        "/api/things/special": "GET /api/things/special",
        "/api/things/1/": "GET /api/things/{id}/{$}",
        "/other": None,
    }


def test_a_conflict_with_a_settled_pattern_is_refused():
    with pytest.raises(Conflict, match="conflicts with GET /api/health"):
        Finder(placed("GET /api/health"), settled=placed("GET /api/health"))
