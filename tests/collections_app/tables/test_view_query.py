"""How the texts of view queries are taken apart."""

import pytest

from collections_app.tables.view_query import (
    InvalidViewQuery,
    Named,
    ViewQuery,
    parse_view_query,
    single_statement,
)


def query(columns, tables):
    return ViewQuery(tuple(Named(*column) for column in columns), tuple(Named(*table) for table in tables))


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        pytest.param("select id from a", query([("id", "id")], [("a", "a")]), id="plain"),
        pytest.param(
            "SELECT DISTINCT x.id, `b` AS c, [d] e,\n\tcount(a, b) n FROM `t` x;",
            query([("x.id", "id"), ("b", "c"), ("d", "e"), ("count(a, b)", "n")], [("t", "x")]),
            id="aliases_and_quotes",
        ),
        pytest.param(
            "select id from a left join b as c on c.id = a.b, d INNER JOIN e ON 1 where x = 1 group by id",
            query([("id", "id")], [("a", "a"), ("b", "c"), ("e", "e")]),
            id="joins",
        ),
        pytest.param(
            "select id /* a, b */, (select x from y) as z -- more\nfrom a",
            query([("id", "id"), ("(select x from y)", "z")], [("a", "a")]),
            id="comments_and_subqueries",
        ),
        pytest.param("(select id from a)", query([], []), id="all_in_brackets"),
        pytest.param(
            "with q as (select 1 as id) select id from q",
            query([("id", "id")], [("q", "q")]),
            id="cte",
        ),
    ],
)
def test_parses_to(text, parsed):
    assert parse_view_query(text) == parsed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select a is b c from t", "invalid identifier parts [a is b c]"),
        ("select a b c from t", 'invalid identifier part - expected "as", got b'),
        ("select (a from t", 'unbalanced parenthesis or quoted expression: "(a from t"'),
    ],
)
def test_refuses(text, message):
    with pytest.raises(InvalidViewQuery) as caught:
        parse_view_query(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["select ';' as id", " ;select 1;; ", "select (1;2)"])
def test_semicolons_around_and_inside_are_one_statement(text):
    assert single_statement(text) == text.strip().strip(";")


def test_several_statements_are_refused():
    with pytest.raises(InvalidViewQuery):
        single_statement("select 1; select 2")
