"""What editors offer while somebody types a rule, a filter or a query."""

import pytest

from admin_ui.rules import completing
from admin_ui.rules.completing import completions
from admin_ui.rules.sql_names import sql_completions
from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.fields.registry import field_from_json
from tests.admin_ui.dashboard import sign_in


def made(name, *fields, kind="base", system=False):
    known = [{"type": "text", "name": "id"}, *fields]
    return Collection(f"{name}_id", name, kind, tuple(map(field_from_json, known)), system=system)


def relation(name, to, most=1):
    return {"type": "relation", "name": name, "collectionId": f"{to}_id", "maxSelect": most}


USERS = made(
    "users",
    {"type": "text", "name": "name"},
    {"type": "bool", "name": "verified"},
    {"type": "password", "name": "password"},
    {"type": "text", "name": "tokenKey"},
    relation("team", "teams"),
    kind="auth",
)
TEAMS = made("teams", {"type": "text", "name": "nation"}, relation("boss", "users"))
POSTS = made(
    "posts",
    {"type": "text", "name": "title"},
    {"type": "geoPoint", "name": "place"},
    {"type": "select", "name": "labels", "values": ["a"], "maxSelect": 3},
    relation("author", "users"),
)
SECRETS = made("_secrets", {"type": "text", "name": "title"}, kind="auth", system=True)
CATALOG = Catalog((USERS, TEAMS, POSTS, SECRETS))


def names(word, for_rule=True, collection=POSTS, catalog=CATALOG):
    return [one.name for one in completions(word, collection, catalog, for_rule=for_rule)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("", ["id", "place", "title", "author", "labels", "place.lat", "place.lon"], id="all"),
        pytest.param("titl", ["title", "title:lower", "@request.body.title"], id="own"),
        pytest.param(
            "nam",
            [
                "author.name",
                "author.name:lower",
                "@request.auth.name",
            ],
            id="behind_relations",
        ),
        pytest.param(
            "author.nam",
            [
                "author.name",
                "author.name:lower",
            ],
            id="path",
        ),
        pytest.param(
            "author.team.",
            ["author.team.id", "author.team.boss", "author.team.nation", "author.team.users_via_team"],
            id="next_level",
        ),
        pytest.param("author.posts_v", ["author.posts_via_author"], id="back_relation"),
        pytest.param(
            "author.posts_via_author.titl",
            ["author.posts_via_author.title", "author.posts_via_author.title:lower"],
            id="through_back_relation",
        ),
        pytest.param("title:", ["title:lower"], id="modifier"),
        pytest.param("labels:", ["labels:each", "labels:length"], id="modifiers_of_lists"),
        pytest.param("author:", [], id="no_modifier"),
        pytest.param("nowhere.titl", [], id="path_to_nowhere"),
        pytest.param("title.x", [], id="no_relation"),
        pytest.param("passw", [], id="secret"),
        pytest.param("author.tokenK", [], id="token_key"),
        pytest.param("geoD", ["geoDistance("], id="function"),
        pytest.param("@now", ["@now"], id="macro"),
        pytest.param(
            "@request.",
            [
                "@request.auth.",
                "@request.body.",
                "@request.method",
                "@request.query.",
                "@request.context",
                "@request.headers.",
            ],
            id="request",
        ),
        pytest.param("@request.auth.ver", ["@request.auth.verified"], id="auth"),
        pytest.param("@request.auth.collectionN", ["@request.auth.collectionName"], id="auth_collection"),
        pytest.param(
            "@request.auth.team.nat",
            ["@request.auth.team.nation", "@request.auth.team.nation:lower"],
            id="auth_relation",
        ),
        pytest.param(
            "@request.body.title",
            [
                "@request.body.title",
                "@request.body.title:isset",
                "@request.body.title:lower",
                "@request.body.title:changed",
            ],
            id="body",
        ),
        pytest.param("@request.body.author:c", ["@request.body.author:changed"], id="body_modifier"),
        pytest.param("@request.body.author.verif", ["@request.body.author.verified"], id="body_relation"),
        pytest.param(
            "@collection.", ["@collection.posts", "@collection.teams", "@collection.users"], id="collections"
        ),
        pytest.param(
            "@collection.teams.nat",
            ["@collection.teams.nation", "@collection.teams.nation:lower"],
            id="fields_of_a_collection",
        ),
        pytest.param(
            "@collection.teams:other.nat",
            ["@collection.teams:other.nation", "@collection.teams:other.nation:lower"],
            id="alias",
        ),
    ],
)
def test_names_that_fit(word, expected):
    found = names(word)
    assert found == expected


def test_a_bare_word_finds_those_of_the_request():
    assert "@request.auth.verified" in names("verif")


def test_a_filter_knows_nothing_of_the_request():
    assert names("@req", for_rule=False) == []
    assert names("@coll", for_rule=False) == []
    assert names("@now", for_rule=False) == ["@now"]


def test_details_say_what_it_is():
    (author, *_) = completions("author", POSTS, CATALOG, for_rule=False)
    assert author.as_json() == {
        "name": "author",
        "detail": "relation, users",
        "icon": "waypoints",
        "goes_on": True,
    }


def test_hundreds_of_collections_are_not_walked_through(monkeypatch):
    """Each of 300 points at 3 others and is pointed at: 4 levels of that are billions of paths."""
    count = 300
    many = [
        made(f"c{at}", *(relation(f"r{step}", f"c{(at * 7 + step) % count}") for step in range(3)))
        for at in range(count)
    ]
    looked = 0
    real = completing._last

    def counting(name):
        nonlocal looked
        looked += 1
        return real(name)

    monkeypatch.setattr(completing, "_last", counting)
    assert names("nowhere", collection=many[0], catalog=Catalog(many)) == []
    assert 0 < looked <= completing.MOST_NAMES + count


def test_tables_and_columns_of_queries():
    assert [one.name for one in sql_completions("te", CATALOG)] == ["team", "teams"]
    assert [one.name for one in sql_completions("teams.n", CATALOG)][0] == "teams.nation"
    assert [one.name for one in sql_completions("t.nat", CATALOG)] == ["t.nation"]


@pytest.mark.django_db
def test_the_addresses_answer_superusers_only(client, root, make_collection):
    make_collection("notes", [{"type": "text", "name": "headline"}])
    address = "/_/collections/notes/completions/?word=headl"
    assert client.get(address).status_code == 302
    sign_in(client)
    option = {"name": "headline", "detail": "text", "icon": "type", "goes_on": False}
    lower = {"name": "headline:lower", "detail": "in lower case", "icon": "type", "goes_on": False}
    assert client.get(f"{address}&for=filter").json() == {"options": [option, lower]}
    assert client.get("/_/collections/nothing/completions/?word=a").status_code == 404
    assert client.get("/_/sql-completions/?word=headl").json() == {"options": [option]}
