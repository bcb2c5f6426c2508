"""How views get the counter of their first table: the texts alone. PostgreSQL is asked in `test_order`."""

import pytest

from collections_app.tables.view_order_sql import numbered_queries, sorts_itself, without_counters


@pytest.mark.parametrize(
    ("query", "numbered"),
    [
        pytest.param(
            'SELECT id FROM "posts"', 'SELECT id , "posts"."_rowid_" AS "_rowid_" FROM "posts"', id="table"
        ),
        pytest.param(
            "select id from posts p", 'select id , p."_rowid_" AS "_rowid_" from posts p', id="alias"
        ),
        pytest.param(
            "SELECT id FROM posts AS p JOIN t ON 1",
            'SELECT id , p."_rowid_" AS "_rowid_" FROM posts AS p JOIN t ON 1',
            id="alias_with_as",
        ),
        pytest.param(
            "SELECT id, (SELECT x FROM y) FROM posts LEFT JOIN t ON 1",
            'SELECT id, (SELECT x FROM y) , posts."_rowid_" AS "_rowid_" FROM posts LEFT JOIN t ON 1',
            id="query_in_the_list",
        ),
        pytest.param(
            "SELECT a IS DISTINCT FROM b AS x FROM posts",
            'SELECT a IS DISTINCT FROM b AS x , posts."_rowid_" AS "_rowid_" FROM posts',
            id="another_from",
        ),
        pytest.param(
            "SELECT id FROM logs ORDER BY t DESC LIMIT 5",
            'SELECT id , logs."_rowid_" AS "_rowid_" FROM logs ORDER BY t DESC, logs."_rowid_", "id" LIMIT 5',
            id="sorted",
        ),
        pytest.param(
            "SELECT id FROM logs ORDER BY t -- the end",
            'SELECT id , logs."_rowid_" AS "_rowid_" FROM logs ORDER BY t, logs."_rowid_", "id" -- the end',
            id="sorted_before_a_comment",
        ),
        pytest.param(
            "SELECT (ROW_NUMBER() OVER()) id FROM logs",
            'SELECT (ROW_NUMBER() OVER(ORDER BY logs."_rowid_")) id , logs."_rowid_" AS "_rowid_" FROM logs',
            id="row_number",
        ),
    ],
)
def test_the_counter_of_the_first_table_is_handed_on(query, numbered):
    first, *others = numbered_queries(query)
    assert (first, len(others)) == (numbered, 2)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT DISTINCT id FROM posts",
        "SELECT id FROM posts GROUP BY id",
        "SELECT id FROM posts UNION SELECT id FROM posts",
        "SELECT id FROM (SELECT * FROM posts) q",
        "SELECT id FROM public.posts",
        "SELECT id FROM generate_series(1, 2)",
        "SELECT 1 AS id",
        "",
    ],
)
def test_rows_that_come_from_no_single_row_are_not_counted(query):
    assert [text.partition(" FROM (")[0] for text in numbered_queries(query)] == [
        'SELECT *, NULL::bigint AS "_rowid_"'
    ] * 2


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT id FROM posts ORDER BY t", True),
        ("select id from posts union select id from posts order\n by 1", True),
        ("SELECT id, (SELECT x FROM y ORDER BY z) FROM posts", False),
        ("SELECT id, 'order by' FROM posts /* order by t */", False),
        ("SELECT row_number() OVER (ORDER BY t) AS id FROM posts", False),
    ],
)
def test_sorts_itself(query, answer):
    assert sorts_itself(query) is answer


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("SELECT q.id FROM (SELECT * FROM posts) q", True),
        ("SELECT q.id FROM (SELECT 1, p.* FROM posts p) q", True),
        ("SELECT id FROM posts NATURAL JOIN tags", True),
        ("SELECT id, count(*), 2 * 3 AS n FROM posts", False),
        ("SELECT q.id FROM (SELECT * FROM others) q", False),
    ],
)
def test_wildcards_read_tables_through_a_list_of_their_fields(query, is_shown):
    shown = (
        f'WITH "posts" AS NOT MATERIALIZED (SELECT "id", "t" FROM "posts") SELECT * FROM ({query}\n) AS shown'
    )
    assert without_counters(query, {"posts": ["id", "t"]}) == (shown if is_shown else query)
