"""Queries of views after a table and columns that they select from got other names."""

import pytest

from collections_app.tables.query_names import Table
from collections_app.tables.view_renames_sql import CannotFollow, Renames, renamed_query

POSTS = Table.of("posts", ["id", "title", "stars", "author"])
PEOPLE = Table.of("people", ["id", "name", "title"])
TABLES = {"posts": POSTS, "people": PEOPLE}
RENAMES = Renames(
    POSTS,
    Table.of("articles", ["id", "headline", "order", "author"]),
    {"title": "headline", "stars": "order"},
)

FOLLOWED = [
    pytest.param(
        "select id, title from posts", "select id, headline AS title from articles", id="keeps_the_name"
    ),
    pytest.param("SELECT id, Title FROM Posts", "SELECT id, headline AS Title FROM articles", id="letters"),
    pytest.param("select id, title as t from posts", "select id, headline as t from articles", id="alias"),
    pytest.param(
        "select id, (stars) s from posts", "select id, (`order`) s from articles", id="reserved_word"
    ),
    pytest.param(
        'select id, "title" from [posts] where `stars` > 1 -- title',
        'select id, "headline" AS "title" from [articles] where `order` > 1 -- title',
        id="quotes_and_comments_stay",
    ),
    pytest.param(
        "select posts.id, posts.title from posts",
        "select articles.id, articles.headline AS title from articles",
    ),
    pytest.param(
        "select p.id, p.title, q.title as own from posts p join people q on q.id = author and p.title = ''",
        "select p.id, p.headline AS title, q.title as own from articles p join people q on q.id = author "
        "and p.headline = ''",
        id="only_its_own_columns",
    ),
    pytest.param(
        "select s.id, s.title from (select id, title from posts) s",
        "select s.id, s.title from (select id, headline AS title from articles) s",
        id="sub_query",
    ),
    pytest.param(
        "select s.id, s.title from (select * from posts) s",
        "select s.id, s.headline AS title from (select * from articles) s",
        id="star",
    ),
    pytest.param(
        "with t as (select id, title x from posts where title != '') select t.id, t.x from t",
        "with t as (select id, headline x from articles where headline != '') select t.id, t.x from t",
        id="common_table_expression",
    ),
    pytest.param(
        "select id, (select max(title) from people where people.id = posts.author) m from posts",
        "select id, (select max(title) from people where people.id = articles.author) m from articles",
        id="sub_query_in_the_list",
    ),
    pytest.param(
        "select id, author as title from posts group by id order by title, stars desc, (title)",
        "select id, author as title from articles group by id order by title, `order` desc, (headline)",
        id="alias_in_order_by",
    ),
    pytest.param("select id, 'title' as x from posts", "select id, 'title' as x from articles", id="text"),
    pytest.param("select id, title from people", "select id, title from people", id="another_table"),
    pytest.param(
        "select id, title from (select id, title from people) posts",
        "select id, title from (select id, title from people) posts",
        id="another_thing_of_this_name",
    ),
]


@pytest.mark.parametrize(("query", "followed"), FOLLOWED)
def test_a_query_follows_and_keeps_its_columns(query, followed):
    assert renamed_query(query, RENAMES, TABLES) == followed


GUESSES = [
    pytest.param(
        "select q.id, title from (select id from posts) q, whatever",
        "nobody can say what title is in its query",
        id="unknown_table",
    ),
    pytest.param("select posts.id from posts natural join people", "it joins by the names of columns"),
    pytest.param("select posts.id from posts join people using (title)", "it joins by the column title"),
    pytest.param(
        'select id, title from posts where title = "headline"',
        "a new name would mean something else in its query",
        id="text_becomes_a_column",
    ),
    pytest.param(
        "with articles as (select id, title from people) select posts.id from posts, articles",
        "a new name would mean something else in its query",
        id="name_is_taken",
    ),
]


@pytest.mark.parametrize(("query", "reason"), GUESSES)
def test_a_query_that_needs_a_guess_is_refused(query, reason):
    with pytest.raises(CannotFollow) as caught:
        renamed_query(query, RENAMES, TABLES)
    assert str(caught.value) == reason


def test_the_way_back_leads_to_the_query_as_it_was():
    query = "select id, title, p.stars as n from posts p where title = '' -- here"
    there = renamed_query(query, RENAMES, TABLES)
    assert there == "select id, headline AS title, p.`order` as n from articles p where headline = '' -- here"
    back = Renames(RENAMES.new_table, POSTS, {"headline": "title", "order": "stars"})
    assert renamed_query(there, back, {"articles": RENAMES.new_table}) == query.replace(
        "p.stars", "p.`stars`"
    )


def test_two_columns_change_places():
    swap = Renames(POSTS, POSTS, {"title": "author", "author": "title"})
    query = "select id, title, author as a from posts where title = author"
    followed = "select id, author AS title, title as a from posts where author = title"
    assert renamed_query(query, swap, TABLES) == followed
