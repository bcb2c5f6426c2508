"""View collections over HTTP: contract/collections.md 7."""

import re

import pytest
from django.db import connection

from collections_app.catalog import forget_catalog
from collections_app.models import StoredCollection
from platform_app.database.sqlite_driver import sqlite3
from tests.collections_app.designing import REQUIRED, error, refusal, text

CREATE = "Failed to create collection."


@pytest.fixture
def posts(design):
    """`posts` with two rows, one of them by somebody."""
    people = design.make("people", text("name"))
    made = design.make(
        "posts",
        text("title", max=50, hidden=False),
        {"type": "number", "name": "stars", "id": "stars", "onlyInt": True},
        {"type": "bool", "name": "open", "id": "open"},
        {"type": "relation", "name": "author", "id": "author", "collectionId": people["id"], "maxSelect": 1},
        {"type": "select", "name": "tags", "id": "tags", "values": ["x", "y"], "maxSelect": 1},
    )
    design.add("people", id="person000000001", name="Ann")
    design.add(
        "posts", id="post00000000001", title="one", stars=3, open=True, author="person000000001", tags="x"
    )
    design.add("posts", id="post00000000002", title="two")
    return made


def fields_of(collection):
    """Every field's type by its name."""
    return {field["name"]: field["type"] for field in collection["fields"]}


TOTALS = [
    pytest.param("total(stars)", "posts", 3, id="numbers"),
    pytest.param("total(stars)", "posts where title = 'none'", 0, id="nothing_to_add"),
    pytest.param("total(open)", "posts", 1, id="truths"),
    pytest.param("total(title)", "posts", 0, id="texts_without_a_number"),
    pytest.param(
        "total(word)", "(select '12abc' as word union all select ' 1.5e1' union all select '-')", 27
    ),
    pytest.param("total(word)", "(select null as word)", 0, id="null"),
    pytest.param("total(distinct n)", "(select 1 as n union all select 1 union all select 2)", 3),
    pytest.param("(total(stars)+0.5)", "posts where title = 'none'", 0.5, id="counted_on"),
    pytest.param("total(stars)", "posts having total(stars) > 2", 3, id="in_having"),
]


@pytest.mark.parametrize(("expression", "source", "expected"), TOTALS)
def test_total_is_a_number_whatever_it_adds(design, posts, expression, source, expected):
    source = source.replace(")", ") as words") if source.startswith("(") else source
    query = f"select ('one') as id, {expression} as t from {source}"
    status, sample = design("POST", "collections/meta/dry-run-view", {"query": query})
    assert (status, [record["t"] for record in sample["sample"]]) == (200, [expected])


NEWER_FUNCTIONS = [
    pytest.param("CONCAT(max(title), '!')", "two!", (3, 44), id="concat"),
    pytest.param("concat_ws('-', min(title), null, max(title))", "one-two", (3, 44), id="concat_ws"),
    pytest.param("group_concat(title, ',' ORDER BY title DESC)", "two,one", (3, 44), id="ordered_aggregate"),
    pytest.param(
        "max(timediff('2025-01-02', '2025-01-01'))", "+0000-00-01 00:00:00.000", (3, 43), id="timediff"
    ),
    pytest.param("max(hex(unhex('5a6b')))", "5A6B", (3, 41), id="unhex"),
    pytest.param("sum(n)", 0.6, (3, 43), id="sum_without_loss"),
]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="functions of SQLite")
@pytest.mark.parametrize(("expression", "expected", "since"), NEWER_FUNCTIONS)
def test_what_a_recent_sqlite_understands(design, posts, expression, expected, since):
    if sqlite3.sqlite_version_info < since:
        pytest.skip("this SQLite is older")
    source = "(select 'one' as title, 0.1 as n union all select 'two', 0.2 union all select null, 0.3)"
    query = f"select ('a') as id, {expression} as t from {source}"
    status, sample = design("POST", "collections/meta/dry-run-view", {"query": query})
    assert (status, [record["t"] for record in sample["sample"]]) == (200, [expected])


SELECT_LISTS = [
    pytest.param("id, title, stars", {"title": "text", "stars": "number"}, id="copies"),
    pytest.param(
        'id, TITLE as t1, "title" t2, posts.title t3', dict.fromkeys(("t1", "t2", "t3"), "text"), id="aliases"
    ),
    pytest.param("posts.id, posts.id as other", {"other": "relation"}, id="ids_become_relations"),
    pytest.param("id, author", {"author": "relation"}, id="relations_are_copied"),
    pytest.param(
        "id, count(stars) as n, total(stars) as t, sum(stars) as s",
        {"n": "number", "t": "number", "s": "json"},
        id="aggregates",
    ),
    pytest.param(
        "id, cast(stars as int) i, cast(stars as real) as r, CAST(stars AS text) as t, cast(open as bool) b",
        {"i": "number", "r": "number", "t": "text", "b": "bool"},
        id="casts",
    ),
    pytest.param(
        "id, (title) as t, ('a b') as s, 5 as x, null nn",
        dict.fromkeys(("t", "s", "x", "nn"), "json"),
        id="rest",
    ),
]


@pytest.mark.parametrize(("columns", "fields"), SELECT_LISTS)
def test_fields_follow_from_the_select_list(design, posts, columns, fields):
    grouped = " group by id, title, stars" if "count(" in columns else ""
    made = design.make("v", type="view", viewQuery=f"select {columns} from posts{grouped}")
    assert fields_of(made) == {"id": "text", **fields}
    assert len(design.values("v", "id")) == 2


def test_copies_keep_their_options_under_new_ids(design, posts):
    made = design.make("v", type="view", viewQuery="select id, title, title as again from posts")
    original = posts["fields"][1]
    for field, name in zip(made["fields"][1:], ("title", "again"), strict=True):
        assert field.pop("id").startswith("_clone_")
        assert field == {**{key: value for key, value in original.items() if key != "id"}, "name": name}


WILDCARD = (
    "wildcard columns (*) are not supported - "
    "manually type the collection field names you want the view query to have"
)
NO_ID = "missing required id column (you can use `(ROW_NUMBER() OVER()) as id` if you don't have one)"
REFUSED = [
    pytest.param("select * from posts", WILDCARD, id="star"),
    pytest.param("select posts.* from posts", WILDCARD, id="star_of_a_table"),
    pytest.param("select title from posts", NO_ID, id="no_id"),
    pytest.param("select id as ID from posts", NO_ID, id="id_in_capitals"),
    pytest.param(
        "select 1 as id; select 2 as id", "multiple statements are not supported", id="two_statements"
    ),
    pytest.param(
        "select id, title || 'x' y from posts",
        "invalid identifier parts [title || 'x' y]",
        id="bare_expression",
    ),
    pytest.param(
        "select id, 'open from posts",
        'unbalanced parenthesis or quoted expression: "\'open from posts"',
        id="open_quote",
    ),
    pytest.param(
        "select '' as id from posts limit 1",
        "the query could return records with empty or invalid ids",
        id="empty_ids",
    ),
    pytest.param(
        "select 'x' as id from posts", "the query could return records with non-unique ids", id="same_ids"
    ),
    pytest.param(
        "select id, title as expand from posts",
        'invalid field "expand" (1): name: must not be in list',
        id="name_of_a_field",
    ),
    pytest.param(
        'select id, title as `a"b` from posts',
        'invalid field "a\\"b" (1): name: must be in a valid format',
        id="name_with_quotes",
    ),
]


@pytest.mark.parametrize(("query", "reason"), REFUSED)
def test_queries_that_are_no_view_are_refused(design, posts, query, reason):
    dry = design("POST", "collections/meta/dry-run-view", {"query": query})
    assert dry == refusal(f"Invalid view query. Raw error: \n{reason.rstrip('.')}.")
    status, answer = design("POST", "collections", {"name": "v", "type": "view", "viewQuery": query})
    assert (status, answer["data"]["viewQuery"]["message"]) == (400, f"Invalid query - {reason}.")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite")
@pytest.mark.parametrize(
    ("own_id", "told"),
    [
        pytest.param("id", "{query}", id="text_id"),
        pytest.param("(1) as id", "SELECT CAST([[id]] as TEXT) [[id]],[[x]] FROM ({query})", id="cast_id"),
    ],
)
def test_query_that_fails_on_its_rows_is_told(design, posts, own_id, told):
    query = f"select {own_id}, json_extract(title, '$') as x from posts"
    status, answer = design("POST", "collections/meta/dry-run-view", {"query": f" {query};"})
    message = re.sub(r"temp_view_\w+", "temp", answer["message"])
    assert (status, message) == (
        400,
        "Invalid view query. Raw error: \nfailed to retrieve query records: "
        "SQL logic error: malformed JSON (1); "
        f"failed query: SELECT `temp`.* FROM (SELECT * FROM ({told.format(query=query)})) `temp` LIMIT 10.",
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite only")
def test_marked_names_are_quoted(design, posts):
    made = design.make("v", type="view", viewQuery="select id, [[title]] from {{posts}} where [[stars]] = 3")
    assert fields_of(made) == {"id": "text", "title": "json"}
    assert design.values("v", "title") == [("one",)]


@pytest.mark.parametrize(
    ("query", "leaf"),
    [
        (
            "select title from posts",
            error("validation_missing_primary_key", 'Missing or invalid "id" PK field.'),
        ),
        ("select nope from posts", REQUIRED),
    ],
)
def test_fields_of_a_refused_query_are_judged_too(design, posts, query, leaf):
    _, answer = design("POST", "collections", {"name": "v", "type": "view", "viewQuery": query})
    assert answer["data"]["fields"] == leaf


def test_dry_run_shows_fields_and_records_and_makes_nothing(design, posts):
    query = "select id, title from posts order by id;"
    status, answer = design("POST", "collections/meta/dry-run-view", {"query": query})
    assert (status, fields_of(answer)) == (200, {"id": "text", "title": "text"})
    assert [(item["id"], item["title"]) for item in answer["sample"]] == [
        ("post00000000001", "one"),
        ("post00000000002", "two"),
    ]
    assert answer["sample"][0]["collectionName"].startswith("temp_view_")
    _, page = design("GET", "collections?filter=type='view'%26%26name~'temp'")
    assert page["totalItems"] == 0


@pytest.mark.parametrize(
    ("query", "leaf"),
    [
        pytest.param("", REQUIRED, id="empty"),
        pytest.param("a" * 5001, None, id="too_long"),
    ],
)
def test_dry_run_wants_a_query(design, query, leaf):
    status, answer = design("POST", "collections/meta/dry-run-view", {"query": query})
    assert (status, answer["message"]) == (400, "An error occurred while validating the submitted data.")
    assert leaf is None or answer["data"] == {"query": leaf}


def test_views_take_no_write_rules_and_no_indexes(design, posts):
    body = {
        "name": "v",
        "type": "view",
        "viewQuery": "select id from posts",
        "createRule": "",
        "indexes": ["create index i on v (id)"],
    }
    assert design("POST", "collections", body) == refusal(
        CREATE,
        createRule=error("validation_nil", "Must be blank."),
        indexes=error("validation_indexes_not_supported", "View collections don't support indexes."),
    )


def test_views_follow_what_they_select_from(design, posts):
    design.make("v", type="view", viewQuery="select id, tags, stars from posts")
    design.make("w", type="view", viewQuery="select v.id, v.tags from v")
    fields = [dict(field) for field in posts["fields"]]
    fields[5]["maxSelect"] = 2
    assert design.change("posts", fields=fields)[0] == 200
    for name in ("v", "w"):
        _, view = design("GET", f"collections/{name}")
        assert next(field for field in view["fields"] if field["name"] == "tags")["maxSelect"] == 2
        assert design.values(name, "tags") == [(["x"],), ([],)]


def test_view_selects_from_the_collection_of_that_name_not_of_that_id(design, posts):
    design.make("other", id="posts")
    made = design.make("v", type="view", viewQuery="select id, title from posts")
    assert fields_of(made) == {"id": "text", "title": "text"}


def test_column_that_a_view_needs_cannot_be_dropped(design, posts):
    design.make("v", type="view", viewQuery="select id, stars from posts")
    fields = [field for field in posts["fields"] if field["name"] != "stars"]
    status, answer = design.change("posts", fields=fields)
    assert (status, answer["data"]) == (400, {})
    assert answer["message"].startswith(
        "Failed to update collection. Raw error: \nfailed to drop column stars - "
    )
    assert design.values("posts", "stars") == [(3,), (0,)]


def renamed(collection, **names):
    """The fields of a collection, some of them with other names."""
    return [dict(field, name=names.get(field["name"], field["name"])) for field in collection["fields"]]


def test_renames_reach_the_view_and_its_query(design, posts):
    query = "select id, title, (stars + 1) as more from posts"
    made = design.make("v", type="view", viewQuery=query)
    if connection.vendor == "sqlite":
        # As PocketBase makes views, which do not name their columns.
        with connection.cursor() as cursor:
            cursor.execute("DROP VIEW v")
            cursor.execute(f"CREATE VIEW `v` AS SELECT * FROM ({query})")
    fields = renamed(posts, title="headline", stars="order")
    assert design.change("posts", name="articles", fields=fields)[0] == 200
    assert design.values("v", "title", "more") == [("one", 4), ("two", 1)]
    _, view = design("GET", "collections/v")
    assert view["viewQuery"] == "select id, headline AS title, (`order` + 1) as more from articles"
    assert fields_of(view) == fields_of(made)
    assert design.change("v", listRule="title = 'one'")[0] == 200
    exported = [design("GET", f"collections/{name}")[1] for name in ("articles", "v")]
    assert design("PUT", "collections/import", {"collections": exported}) == (204, None)
    assert design.values("v", "title") == [("one",), ("two",)]


def test_two_fields_change_places_in_a_view_too(design, posts):
    made = design.make("pairs", text("a"), text("b"))
    design.add("pairs", id="pair00000000001", a="1", b="2")
    design.make("v", type="view", viewQuery="select p.id, p.a, p.b as bb from pairs p where p.a = '1'")
    assert design.change("pairs", fields=renamed(made, a="b", b="a"))[0] == 200
    assert design.values("v", "a", "bb") == [("1", "2")]
    query = "select p.id, p.b AS a, p.a as bb from pairs p where p.b = '1'"
    assert design("GET", "collections/v")[1]["viewQuery"] == query


def test_views_follow_the_new_name_of_a_view(design, posts):
    design.make("v", type="view", viewQuery="select id, title from posts")
    design.make("w", type="view", viewQuery="select v.id, v.title from v")
    assert design.change("v", name="x")[0] == 200
    assert design("GET", "collections/w")[1]["viewQuery"] == "select x.id, x.title from x"
    assert design.values("w", "title") == [("one",), ("two",)]


UNSAFE = [
    pytest.param(
        "select posts.id, title from posts natural join (select id from people) p",
        "it joins by the names of columns",
        id="natural_join",
    ),
    pytest.param(
        "select s.id, s.t from (select posts.id, title as t from posts "
        "join (select name as title from people) p using (title)) s",
        "it joins by the column title",
        id="using",
    ),
    pytest.param(
        'select id, title, ("headline") as x from posts',
        "a new name would mean something else in its query",
        id="text_that_becomes_a_name",
    ),
]


@pytest.mark.parametrize(("query", "reason"), UNSAFE)
def test_rename_that_a_view_cannot_follow_is_refused(design, posts, query, reason):
    design.make("v", type="view", viewQuery=query)
    answer = design.change("posts", fields=renamed(posts, title="headline"))
    assert answer == refusal(
        "Failed to update collection. Raw error: \n"
        f"the query of the view v has to be changed first: {reason}."
    )
    assert design("GET", "collections/posts")[1]["fields"] == posts["fields"]
    assert design("GET", "collections/v")[1]["viewQuery"] == query
    assert design.change("posts", fields=renamed(posts, tags="labels"))[0] == (
        400 if "natural" in query else 200
    )


def test_import_with_new_names_brings_the_queries_of_its_views(design, posts):
    # This one could not be rewritten, but it comes with a query of its own.
    query = 'select id, title, ("headline") as x from posts'
    view = design.make("v", type="view", viewQuery=query)
    other = design.make("w", type="view", viewQuery="select id, title from posts")
    del other["viewQuery"]
    changed = {**posts, "fields": renamed(posts, title="headline")}
    own = {**view, "viewQuery": "select id, headline as x from posts"}
    assert design("PUT", "collections/import", {"collections": [own, other, changed]}) == (204, None)
    assert design.values("v", "x") == design.values("w", "title") == [("one",), ("two",)]


def test_collection_that_a_view_needs_cannot_be_deleted(design, posts):
    design.make("v", type="view", viewQuery="select id, title from posts")
    assert design("DELETE", "collections/posts") == refusal("Failed to delete collection.")
    assert design.values("v", "title") == [("one",), ("two",)]
    assert design("DELETE", "collections/v") == (204, None)
    assert design("DELETE", "collections/posts") == (204, None)


def test_view_that_is_broken_already_keeps_nobody_from_deleting(design, posts):
    design.make("other")
    design.make("v", type="view", viewQuery="select id, title from posts")
    design.make("w", type="view", viewQuery="select id from other")
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW v")
        cursor.execute("ALTER TABLE posts RENAME TO elsewhere")
    assert design("DELETE", "collections/people")[0] == 400  # a relation needs it
    assert design("DELETE", "collections/other") == refusal("Failed to delete collection.")
    assert design("DELETE", "collections/w") == (204, None)
    assert design("DELETE", "collections/other") == (204, None)


def test_view_that_works_with_an_old_query_is_not_lost(design, posts):
    """A query that PocketBase left as it was when a field got another name."""
    design.make("v", type="view", viewQuery="select id, title from posts")
    StoredCollection.objects.filter(name="v").update(options={"viewQuery": "select id, gone from posts"})
    forget_catalog()
    assert design("DELETE", "collections/posts") == refusal("Failed to delete collection.")
    assert design.values("v", "title") == [("one",), ("two",)]


def test_view_that_others_select_from_can_be_replaced(design, posts):
    design.make("v", type="view", viewQuery="select id, title, stars from posts")
    design.make("w", type="view", viewQuery="select id, title from v")
    status, _ = design.change("v", viewQuery="select id, (title || '!') as title from posts")
    assert status == 200
    assert design.values("w", "title") == [("one!",), ("two!",)]
    assert fields_of(design("GET", "collections/w")[1]) == {"id": "text", "title": "json"}


def test_view_that_lost_its_source_returns_with_it(design, posts):
    design.make("v", type="view", viewQuery="select id, title, stars from posts", listRule="")
    design.make("w", type="view", viewQuery="select id, stars from v")
    assert design.change("v", viewQuery="select id, title from posts")[0] == 200
    if connection.vendor == "sqlite":  # on PostgreSQL the failing query would end this test's transaction
        assert design("GET", "collections/w/records")[0] == 400
        assert design("GET", "collections/w/records/post00000000001")[0] == 404
    assert design.change("v", viewQuery="select id, title, stars from posts")[0] == 200
    assert design.values("w", "stars") == [(3,), (0,)]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no broken views")
def test_broken_view_stops_changes_of_columns(design, posts):
    design.make("v", type="view", viewQuery="select id, title from posts")
    design.make("w", type="view", viewQuery="select id, title from v")
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW v")
    reason = "SQL logic error: error in view w: no such table: main.v (1)"
    assert design.change("posts", fields=[*posts["fields"], text("more")]) == refusal(
        f"Failed to update collection. Raw error: \n{reason}."
    )
    named = [dict(field, name=field["name"].replace("stars", "points")) for field in posts["fields"]]
    assert design.change("posts", fields=named) == refusal(
        f"Failed to update collection. Raw error: \nfailed to rename column stars - {reason}."
    )
    assert design.change("posts", listRule="")[0] == 200


def test_view_cannot_be_truncated(design, posts):
    design.make("v", type="view", viewQuery="select id from posts")
    assert design("DELETE", "collections/v/truncate") == refusal(
        "View collections cannot be truncated since they don't store their own records."
    )


def test_views_that_follow_a_rename_need_no_adjustment_on_the_way(design, posts, caplog):
    design.make("first", type="view", viewQuery="select id, title from posts")
    design.make("second", type="view", viewQuery="select id, stars from posts")
    design.make(
        "third", type="view", viewQuery="select f.id, p.stars from first f join posts p on p.id = f.id"
    )
    broken = design.make("broken", type="view", viewQuery="select id, open from posts")
    gone = {"viewQuery": "select id, gone from posts"}
    StoredCollection.objects.filter(id=broken["id"]).update(options=gone)
    forget_catalog()
    caplog.clear()

    status, _ = design("PATCH", "collections/posts", {"name": "articles"})

    assert status == 200
    for name in ("first", "second", "third"):
        assert design("GET", f"collections/{name}/records")[1]["totalItems"] == 2
    warned = [one.args[:2] for one in caplog.records if "needs to be adjusted" in one.msg]
    assert warned == [("broken", posts["id"])]
