"""SQLite's spelling in index conditions and view queries, as PostgreSQL reads it."""

import pytest

from collections_app.tables.postgresql_translation_sql import Names, translate
from collections_app.tables.query_names import Table

NAMES = Names.of(["posts", "title", "tokenKey", "active", "order", "text"], ["active"])


TABLES = {
    table.name.lower(): table
    for table in (
        Table.of("posts", ["id", "name", "Title", "active"], ["active"]),
        Table.of("People", ["id", "Name", "label", "active", "post"]),
    )
}


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        pytest.param("`tokenKey` != ''", "\"tokenKey\" != ''", id="backticks"),
        pytest.param("[tokenkey] == 'a''b'", "\"tokenKey\" = 'a''b'", id="brackets_and_double_equals"),
        pytest.param("tokenkey > title", '"tokenKey" > "title"', id="bare_names_in_their_real_case"),
        pytest.param(
            'title = "draft"', "\"title\" = 'draft'", id="double_quotes_around_no_name_are_a_string"
        ),
        pytest.param("'title `x`'", "'title `x`'", id="strings_are_left_alone"),
        pytest.param(
            "active = 1 and title = 1", '"active" = TRUE and "title" = 1', id="truth_of_booleans_only"
        ),
        pytest.param("`active` is not 0", '"active" is not FALSE', id="is_not"),
        pytest.param("ifnull(title, '')", "COALESCE(\"title\", '')", id="ifnull"),
        pytest.param(
            "select p.id, cast(p.title as text) as myText from posts as p order by myText",
            'select "p".id, cast("p"."title" as text) as "myText" from "posts" as "p" order by "myText"',
            id="aliases_keep_their_case_and_types_stay_bare",
        ),
        pytest.param("select title -- 'x\nfrom posts", 'select "title" -- \'x\nfrom "posts"', id="comments"),
        pytest.param("title LIKE 'a%'", "\"title\" LIKE 'a%'", id="percent_sign"),
    ],
)
def test_translates_to(text, translated):
    assert translate(text, NAMES) == translated


QUERIES = [
    pytest.param('select name as "label" from posts', 'select "name" as "label" from "posts"', id="alias"),
    pytest.param(
        "select name as 'a b' from posts", 'select "name" as "a b" from "posts"', id="text_as_alias"
    ),
    pytest.param('select name "nm" from posts', 'select "name" "nm" from "posts"', id="alias_without_as"),
    pytest.param("select name nM, id from posts", 'select "name" "nM", "id" from "posts"', id="bare_alias"),
    pytest.param('select name"nm"from posts', 'select "name" "nm"from "posts"', id="no_blanks"),
    pytest.param('select name as "Name" from posts', 'select "name" as "Name" from "posts"', id="capital"),
    pytest.param(
        'select "c"."id" from posts as "c"', 'select "c"."id" from "posts" as "c"', id="alias_of_a_table"
    ),
    pytest.param(
        "select `c`.NAME from [posts] c",
        'select "c"."name" AS "NAME" from "posts" "c"',
        id="named_as_written",
    ),
    pytest.param("select C.id from posts c", 'select "c"."id" from "posts" "c"', id="alias_in_other_letters"),
    pytest.param(
        "select a.name, b.Name from posts a join people b on (b.post = a.id and b.active = 1 and a.active=1)",
        'select "a"."name", "b"."Name" from "posts" "a" join "People" "b" '
        'on ("b"."post" = "a"."id" and "b"."active" = 1 and "a"."active"=TRUE)',
        id="columns_are_those_of_their_table",
    ),
    pytest.param(
        'select id from posts where name = "label"',
        'select "id" from "posts" where "name" = \'label\'',
        id="name_of_another_table_is_a_text",
    ),
    pytest.param('select "nope" from posts', 'select \'nope\' AS "nope" from "posts"', id="text_as_a_column"),
    pytest.param("select [nope] from posts", 'select "nope" from "posts"', id="brackets_are_never_a_text"),
    pytest.param(
        'select name as "Name" from posts order by "Name", NAME',
        'select "name" as "Name" from "posts" order by "Name", "Name"',
        id="order_by_an_alias",
    ),
    pytest.param(
        'select "x" from (select title as "x" from posts)',
        'select "x" from (select "Title" as "x" from "posts") AS _query1',
        id="sub_query",
    ),
    pytest.param(
        "select s.n from (select name as N from posts) s",
        'select "s"."N" AS "n" from (select "name" as "N" from "posts") "s"',
        id="column_of_a_sub_query_in_other_letters",
    ),
    pytest.param(
        'with "W"("A", b) as (select id, name from posts) select w.a, B from w',
        'with "W"("A", "b") as (select "id", "name" from "posts") select "W"."A" AS "a", "b" AS "B" from "W"',
        id="common_table_expression",
    ),
    pytest.param(
        "select id, (select label from people where post = posts.id and Name = posts.name) l from posts",
        'select "id", (select "label" from "People" where "post" = "posts"."id" and "Name" = "posts"."name") '
        '"l" from "posts"',
        id="sub_query_that_looks_out",
    ),
    pytest.param(
        'select s.active from (select * from posts) s where active = 1 and s.name = "x"',
        'select "s"."active" from (select * from "posts") "s" where "active" = TRUE and "s"."name" = \'x\'',
        id="star_of_a_sub_query",
    ),
    pytest.param(
        'select key from posts, json_each(title) where "value" = "x" and json_each.key = 1',
        'select "key" from "posts", json_each("Title") where "value" = \'x\' and "json_each"."key" = 1',
        id="json_each",
    ),
    pytest.param(
        "select date '2020-01-01', id::double precision from posts",
        'select date \'2020-01-01\', "id"::double precision from "posts"',
        id="words_of_postgresql",
    ),
    pytest.param(
        "select (row_number() over (order by name desc)) as id from posts group by active limit 1",
        'select (row_number() over (order by "name" desc)) as "id" from "posts" group by "active" limit 1',
        id="window",
    ),
    pytest.param(
        "select name from posts union all select Name from people",
        'select "name" from "posts" union all select "Name" from "People"',
        id="union",
    ),
    pytest.param(
        "select id from (posts p join people q on p.id = q.post)",
        'select "id" from ("posts" "p" join "People" "q" on "p"."id" = "q"."post")',
        id="joins_in_brackets",
    ),
]


@pytest.mark.parametrize(("text", "translated"), QUERIES)
def test_names_of_a_query_are_those_of_its_tables(text, translated):
    assert translate(text, Names.of_tables(TABLES.values()), TABLES) == translated


BROKEN = [
    *("select", "select (", "select ) from", "from", "with", "with a as (", "select a from (", ", . ("),
    *("a.", ".a", "select 'x", "select a as", "select from", "select x.* from", "select a from b as"),
    *("with a(b", "select a,", "union", "select a from b join", "(", ")", "'", "[", "select a from b, (c"),
]


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_query_is_left_to_the_database(text):
    assert "".join(translate(text, Names.of([]), TABLES).split()).replace('"', "") == "".join(text.split())
