"""In which order records and collections come: contract/records.md 2.2 and 7, contract/collections.md 1.

PostgreSQL answers rows that sort alike in any order, another one for every page, unless told otherwise; it
moves a row that is edited. So every claim is made of rows that were edited since.
"""

import pytest
from django.db import connection

from collections_app.catalog import forget_catalog
from collections_app.definitions.listing import list_collections
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from collections_app.records.reading.expanding import expand_records
from collections_app.records.reading.listing import list_records
from collections_app.request_info import RequestInfo
from collections_app.tables.row_counting import number_existing_rows
from platform_app.wire.errors import BadRequest
from tests.collections_app.records.rows import insert

GUEST = RequestInfo()
COUNT = 320
IDS = [f"id{(number * 7919) % 100_000:013d}" for number in range(COUNT)]


@pytest.fixture
def posts(make_collection):
    """Records with three values of `g`, whose ids are in no order; every fifth was edited last."""
    collection = make_collection(
        "posts",
        [{"type": "number", "name": "g"}, {"type": "text", "name": "t"}],
        list_rule="", view_rule="",
    )  # fmt: skip
    for number, record_id in enumerate(IDS):
        insert(collection, id=record_id, g=number % 3)
    edit("posts")
    return collection


def edit(table):
    execute(f"""UPDATE "{table}" SET "t" = 'edited' WHERE "id" LIKE '%5' OR "id" LIKE '%0'""")


def execute(sql, params=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def pages(collection, per_page=30, **params):
    """The ids on all pages, one page after the other."""
    found: list[str] = []
    number = 0
    while True:
        number += 1
        page = list_records(
            collection, info=GUEST, params={**params, "page": str(number), "perPage": str(per_page)}
        )
        if not page.records:
            return found
        found += [record.id for record in page.records]


def by(key, reverse=False):
    """The ids by a key of their number; what is equal stays in the order of insertion."""
    return [IDS[number] for number in sorted(range(COUNT), key=key, reverse=reverse)]


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        pytest.param({}, IDS, id="unsorted"),
        pytest.param({"sort": "@rowid"}, IDS, id="rowid"),
        pytest.param({"sort": "-@rowid"}, IDS[::-1], id="rowid_descending"),
        pytest.param({"sort": "g"}, by(lambda number: number % 3), id="ties"),
        pytest.param({"sort": "-g"}, by(lambda number: -(number % 3)), id="ties_descending"),
        pytest.param({"sort": "g,-@rowid"}, by(lambda number: (number % 3, -number)), id="ties_by_rowid"),
        pytest.param({"sort": "-g,id"}, by(lambda number: (-(number % 3), IDS[number])), id="ties_by_id"),
        pytest.param({"filter": "g >= 0"}, IDS, id="filtered"),
    ],
)
def test_all_pages_together_have_every_record_once(posts, params, ids):
    assert pages(posts, **params) == ids


@pytest.fixture
def comments(posts, make_collection):
    """Three comments of each of ten posts, and thirty of no post, in turns."""
    collection = make_collection(
        "comments",
        [
            {"type": "relation", "name": "post", "collectionId": posts.id, "maxSelect": 1},
            {"type": "relation", "name": "posts", "collectionId": posts.id, "maxSelect": 9},
            {"type": "text", "name": "t"},
        ],
        list_rule="", view_rule="",
    )  # fmt: skip
    for number in range(60):
        post = "" if number % 2 else IDS[number // 2 % 10]
        insert(collection, id=f"c{(number * 7919) % 1000:014d}", post=post, posts=[post] if post else [])
    edit("comments")
    return collection


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"filter": "comments_via_post.t != 'x'"}, id="unsorted"),
        pytest.param({"filter": "comments_via_post.t != 'x'", "sort": "g"}, id="own_ties"),
        pytest.param({"sort": "comments_via_post.t"}, id="ties_of_a_back_relation"),
        pytest.param({"sort": "comments_via_posts.t,g"}, id="ties_of_a_multiple_back_relation"),
    ],
)
def test_all_pages_of_a_list_with_joins_have_every_record_once(comments, posts, params):
    found = pages(posts, 7, **params)
    assert (len(found), sorted(found)) == (COUNT, sorted(IDS))


@pytest.mark.parametrize("field", ["post", "posts"])
def test_a_back_relation_expands_in_the_order_of_insertion(comments, posts, field):
    record = find_record(posts, IDS[0])
    expand_records([record], f"comments_via_{field}", GUEST, enrich=lambda records, info: None)
    assert [one.id for one in record.expand[f"comments_via_{field}"]] == [
        f"c{(number * 7919) % 1000:014d}" for number in (0, 20, 40)
    ]


def test_of_many_back_related_records_the_first_thousand_are_expanded(posts, make_collection):
    many = make_collection(
        "many",
        [
            {"type": "relation", "name": "post", "collectionId": posts.id, "maxSelect": 1},
            {"type": "text", "name": "t"},
        ],
        view_rule="",
    )
    ids = [f"m{(number * 7919) % 10_000:014d}" for number in range(1100)]
    for record_id in ids:
        insert(many, id=record_id, post=IDS[0])
    edit("many")
    record = find_record(posts, IDS[0])
    expand_records([record], "many_via_post", GUEST, enrich=lambda records, info: None)
    assert [one.id for one in record.expand["many_via_post"]] == ids[:1000]


def test_all_pages_of_collections_have_every_collection_once(make_collection):
    names = [f"n{(number * 7919) % 1000:03d}" for number in range(40)]
    for name in names:
        make_collection(name, created="2024-01-01 00:00:00.000Z")
    execute("""UPDATE "_collections" SET "listRule" = '' WHERE "name" LIKE '%5'""")
    forget_catalog()
    wanted = {"filter": "created = '2024-01-01 00:00:00.000Z'", "perPage": "7"}

    def found(**params):
        listed = [list_collections({**wanted, **params, "page": str(page)}) for page in range(1, 7)]
        return [collection.name for page in listed for collection in page.collections]

    assert found() == names
    assert found(sort="system") == names
    assert found(sort="-@rowid") == names[::-1]


# --- tables that change -------------------------------------------------------------------------------


def listed(design, path="posts/records", **params):
    query = "&".join(f"{name}={value}" for name, value in {"perPage": "100", **params}.items())
    status, page = design("GET", f"collections/{path}?{query}")
    assert status == 200, page
    return [item["t"] for item in page["items"]]


def add(design, name, *texts):
    for text in texts:
        assert design("POST", f"collections/{name}/records", {"t": text})[0] == 200


TEXTS = list("hbzdka")


def test_a_table_keeps_its_order_whatever_happens_to_it(design):
    made = design.make("posts", {"type": "text", "name": "t"}, {"type": "number", "name": "n"})
    add(design, "posts", *TEXTS[:3])
    fields = [*made["fields"], {"type": "bool", "name": "b"}]
    assert design.change("posts", name="articles", fields=fields[:2] + fields[3:])[0] == 200
    add(design, "articles", *TEXTS[3:])
    design.make("posts", {"type": "text", "name": "t"})
    add(design, "posts", *TEXTS)
    assert listed(design, "articles/records", sort="b") == TEXTS
    assert listed(design, "posts/records", sort="-@rowid") == TEXTS[::-1]

    assert design("DELETE", "collections/articles/truncate")[0] == 204
    add(design, "articles", *TEXTS[::-1])
    assert listed(design, "articles/records", sort="@rowid") == TEXTS[::-1]


def test_the_counter_is_shown_nowhere(design):
    made = design.make("posts", {"type": "text", "name": "t"})
    record = design("POST", "collections/posts/records", {"t": "x"})[1]
    assert set(record) == {"collectionId", "collectionName", "id", "t"}
    assert [field["name"] for field in made["fields"]] == ["id", "t"]
    assert [field.attname for field in collection_model("posts")._meta.concrete_fields] == ["id", "t"]
    for query in ("filter=_rowid_>0", "sort=_rowid_", "filter=@rowid>0"):
        assert design("GET", f"collections/posts/records?{query}")[0] == 400
    assert design("GET", "collections/posts/records?fields=_rowid_,t")[1]["items"] == [{"t": "x"}]


ON_POSTGRESQL = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite numbers rows by itself")


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("created", "order"),
    [
        pytest.param({"type": "autodate", "name": "made", "onCreate": True}, "oldest", id="by_date"),
        pytest.param({"type": "date", "name": "made"}, "place", id="by_place_on_disk"),
    ],
)
def test_tables_of_before_are_numbered(make_collection, created, order):
    collection = make_collection("posts", [{"type": "text", "name": "t"}, created], list_rule="")
    for place, text in enumerate(TEXTS):
        insert(collection, t=text)
        execute(
            'UPDATE "posts" SET "made" = %s WHERE "t" = %s', [f"2024-01-{30 - place} 10:00:00.000Z", text]
        )
    views = {"seen": "SELECT id, t FROM posts", "tops": "SELECT id, max(t) AS t FROM posts GROUP BY id"}
    seen, tops = (
        make_collection(
            name, [{"type": "text", "name": "t"}], type="view", list_rule="", options={"viewQuery": query}
        )
        for name, query in views.items()
    )
    # As a version without the counter has left them.
    execute('DROP VIEW "seen"')
    execute('DROP VIEW "tops"')
    for name, query in views.items():
        execute(f'CREATE VIEW "{name}" ("id", "t") AS SELECT * FROM ({query}) AS query')
    for table in ("posts", "_collections"):
        execute(f'ALTER TABLE "{table}" DROP COLUMN "_rowid_"')

    number_existing_rows()
    number_existing_rows()  # what is numbered stays as it is

    found = [record["t"] for record in list_records(collection, info=GUEST, params={}).records]
    assert found == (TEXTS[::-1] if order == "oldest" else TEXTS)
    assert [record["t"] for record in list_records(seen, info=GUEST, params={}).records] == found
    assert len(list_records(tops, info=GUEST, params={"sort": "t"}).records) == len(TEXTS)
    insert(collection, id="last00000000000", t="last")
    assert list_records(collection, info=GUEST, params={"sort": "-@rowid"}).records[0]["t"] == "last"
    listed = [one.name for one in list_collections({"sort": "-@rowid"}).collections]
    assert {"posts", "seen", "tops"} == set(listed[:3])


# --- views --------------------------------------------------------------------------------------------


VIEWS = {
    "plain": "SELECT id, g, t FROM posts",
    "aliased": "SELECT p.id, p.g, 'x' AS t FROM posts AS p",
    "joined": "SELECT posts.id, g, c.t FROM posts LEFT JOIN comments c ON c.post = posts.id AND c.t = 'no'",
    "of_a_view": "SELECT id, g, t FROM plain",
    "sorted": "SELECT id, g, t FROM posts ORDER BY g DESC",
    "sorted_and_limited": "SELECT id, g, t FROM posts ORDER BY g DESC LIMIT 300 /* order by t */",
    "grouped": "SELECT posts.id, posts.g, max(t) AS t FROM posts GROUP BY posts.id",
    "distinct": "SELECT DISTINCT id, g, t FROM posts",
    "united": "SELECT id, g, t FROM posts WHERE g = 1 UNION SELECT id, g, t FROM posts WHERE g != 1",
    "from_a_query": "SELECT q.id, q.g, q.t FROM (SELECT * FROM posts UNION SELECT * FROM posts) q",
    "natural": "SELECT p.id, p.g, p.t FROM posts p NATURAL JOIN (SELECT t, id FROM posts) q",
    "with": "WITH w AS (SELECT id, g, t FROM posts) SELECT id, g, t FROM w",
}


@pytest.fixture
def make_view(comments, make_collection):
    def make(name):
        if "plain" in VIEWS[name]:
            make("plain")
        fields = [{"type": "number", "name": "g"}, {"type": "text", "name": "t"}]
        return make_collection(
            name, fields, type="view", list_rule="", view_rule="", options={"viewQuery": VIEWS[name]}
        )

    return make


@pytest.mark.parametrize("name", list(VIEWS))
def test_all_pages_of_a_view_have_every_record_once(make_view, name):
    view = make_view(name)
    count = 300 if "limited" in name else COUNT
    for params in ({}, {"sort": "g"}, {"sort": "-g,t"}, {"filter": "g >= 0", "sort": "t"}):
        found = pages(view, **params)
        assert (len(found), len(set(found)), set(found) <= set(IDS)) == (count, count, True)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        pytest.param("plain", IDS, id="as_the_table"),
        pytest.param("aliased", IDS, id="as_the_table_under_another_name"),
        pytest.param("joined", IDS, id="as_the_first_table"),
        pytest.param("of_a_view", IDS, id="as_the_view_below"),
        pytest.param("sorted", by(lambda number: -(number % 3)), id="as_the_query_sorts"),
        pytest.param("grouped", sorted(IDS), id="as_the_groups"),
        pytest.param("united", sorted(IDS), id="as_the_union"),
    ],
)
def test_the_rows_of_a_view_come(make_view, name, ids):
    assert pages(make_view(name)) == ids


def test_ties_in_a_view_are_decided_by_insertion(make_view):
    assert pages(make_view("plain"), sort="-g") == by(lambda number: -(number % 3))


def test_numbers_of_a_view_follow_the_order_of_insertion(make_view, make_collection):
    query = "SELECT (ROW_NUMBER() OVER()) AS id, posts.id AS post, t FROM posts"
    fields = [{"type": "text", "name": "post"}, {"type": "text", "name": "t"}]
    view = make_collection("numbered", fields, type="view", list_rule="", options={"viewQuery": query})
    listed = list_records(view, info=GUEST, params={"perPage": "500", "sort": "id"})
    found = {record.id: record["post"] for record in listed.records}
    assert found == {str(place): post for place, post in enumerate(IDS, start=1)}


def test_a_view_has_no_rowid_to_sort_by(make_view):
    with pytest.raises(BadRequest):
        pages(make_view("plain"), sort="@rowid")


def test_the_counter_is_no_column_of_a_view(make_view):
    view = make_view("plain")
    record = list_records(view, info=GUEST, params={"perPage": "1"}).records[0]
    assert set(record.values) == {"id", "g", "t"}
