"""Which limiter counts a request, and what of that is remembered."""

import pytest

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from system_app.limits.decisions import Decisions
from tests.system_app.limits.rules import limits, rule

RECORDS = "/api/collections/posts/records"


def decisions(*labels):
    rules = [rule(label) for label in labels]
    return Decisions(limits(*rules), Catalog([Collection(id="pbc_posts", name="posts")]))


def labels(made, *paths):
    """The label that decides for each path, asked twice: made, and remembered."""
    asked = [[made.of_request("GET", path, False) for path in paths] for _ in range(2)]
    assert asked[0] == asked[1]
    return [decision and decision.rule.label for decision in asked[0]]


@pytest.mark.parametrize(
    ("rules", "paths", "expected"),
    [
        pytest.param(
            ["*:view", "/api/"],
            [f"{RECORDS}/a", f"{RECORDS}/b", f"{RECORDS}/", RECORDS],
            ["*:view", "*:view", "/api/", "/api/"],
            id="an id is no empty one",
        ),
        pytest.param(
            [f"{RECORDS}/b", "/api/"],
            [f"{RECORDS}/a", f"{RECORDS}/b", f"{RECORDS}/c"],
            ["/api/", f"{RECORDS}/b", "/api/"],
            id="a rule about one record",
        ),
        pytest.param(
            ["/api/health", "/api/hooks/"],
            ["/api/health", "/api/nope", "/api/hooks/x/y/z", "/api/hooks/x/y/w"],
            ["/api/health", None, "/api/hooks/", "/api/hooks/"],
            id="other paths",
        ),
    ],
)
def test_what_is_remembered_of_one_path_is_not_said_of_another(rules, paths, expected):
    made = decisions(*rules)
    assert labels(made, *paths) == expected
    assert labels(made, *reversed(paths)) == expected[::-1]


def test_routes_with_ids_are_remembered_once_and_made_up_paths_within_bounds():
    made = decisions("/api/")
    for number in range(5000):
        made.of_request("GET", f"{RECORDS}/{number}", False)
        made.of_request("GET", f"/made/up/{number}", False)
    made.of_request("GET", "/" + "x" * 301, False)
    assert len(made._of_folders) == 1
    assert len(made._of_paths) <= 2000
    assert max(len(path) for _, path, _ in made._of_paths) <= 300
