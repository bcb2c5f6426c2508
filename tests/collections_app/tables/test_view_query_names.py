"""Names in view queries, quoted in every way that SQLite takes, mean the same on either engine."""

import pytest
from django.db import connection

from tests.collections_app.designing import text


@pytest.fixture
def shelves(design):
    """`books` has a name, `authors` a Name, and both are `active` in their own way."""
    books = design.make(
        "books",
        text("name"),
        text("Title"),
        {"type": "bool", "name": "active", "id": "active"},
        {"type": "number", "name": "n", "id": "n"},
    )
    book = {"type": "relation", "name": "book", "id": "book", "collectionId": books["id"], "maxSelect": 1}
    design.make(
        "authors", text("Name"), text("label"), {"type": "number", "name": "active", "id": "active"}, book
    )
    for place, (name, title) in enumerate((("ann", "One"), ("nm", "draft"))):
        design.add(
            "books", id=f"book00000000{place:03}", name=name, Title=title, active=not place, n=place + 0.5
        )
        design.add(
            "authors",
            id=f"author000000{place:03}",
            Name=name.upper(),
            label=f"L{place}",
            active=place,
            book=f"book00000000{place:03}",
        )


ANN, NM = ("ann",), ("nm",)
QUERIES = [
    pytest.param('select id, name as "label" from books', ["label"], [ANN, NM], id="alias"),
    pytest.param("select id, name as `label` from books", ["label"], [ANN, NM], id="backticks"),
    pytest.param("select id, name as [label] from books", ["label"], [ANN, NM], id="brackets"),
    pytest.param("select id, name as 'label' from books", ["label"], [ANN, NM], id="single_quotes"),
    pytest.param('select id, name "nm" from books', ["nm"], [ANN, NM], id="without_as"),
    pytest.param('select id,name"nm"from books', ["nm"], [ANN, NM], id="without_blanks"),
    pytest.param("select id, name nM from books", ["nM"], [ANN, NM], id="bare_capitals"),
    pytest.param('select id, name as "Name" from books', ["Name"], [ANN, NM], id="capital_beside_a_column"),
    pytest.param('select "c"."id", "c"."name" from books as "c"', ["name"], [ANN, NM], id="table_alias"),
    pytest.param("select C.id, c.NAME from [books] `c`", ["NAME"], [ANN, NM], id="other_letters"),
    pytest.param("select id, TITLE from books", ["TITLE"], [("One",), ("draft",)], id="named_as_written"),
    pytest.param("select 'c'.'id', c.name from books 'c'", ["name"], [ANN, NM], id="single_quotes_in_a_path"),
    pytest.param('select id, name from books where title = "draft"', ["name"], [NM], id="text"),
    pytest.param(
        'select id, name from books where "label" = "label"', ["name"], [ANN, NM], id="foreign_name"
    ),
    pytest.param('select id, "nope" from books', ["nope"], [("nope",), ("nope",)], id="text_as_a_column"),
    pytest.param(
        "select id, 'it''s \"x\"' as x from books", ["x"], [('it\'s "x"',)] * 2, id="quotes_in_a_text"
    ),
    pytest.param(
        "select id, active from authors where active = 1", ["active"], [(1,)], id="number_of_its_table"
    ),
    pytest.param(
        "select id, active from books where active = 1", ["active"], [(True,)], id="bool_of_its_table"
    ),
    pytest.param(
        'select "a"."id", "b"."Name" as "Label", a.name as n from books as "a" join authors "b" '
        'on "b"."book" = "a"."id" where "A".active = 1',
        ["Label", "n"],
        [("ANN", "ann")],
        id="join",
    ),
    pytest.param(
        'select s.id, s."X" from (select id, name as "X" from books) s', ["X"], [ANN, NM], id="sub_query"
    ),
    pytest.param(
        "select id, x from (select id, name as X from books)", ["x"], [ANN, NM], id="sub_query_without_a_name"
    ),
    pytest.param(
        'with "W"("id", "N") as (select id, name from books) select w.id, w.n from w',
        ["n"],
        [ANN, NM],
        id="common_table_expression",
    ),
    pytest.param(
        'select id, (select "label" from authors "a" where a.book = books.id) as "Sub" from books',
        ["Sub"],
        [("L0",), ("L1",)],
        id="sub_query_in_the_list",
    ),
    pytest.param(
        'select id, count(*) "Total" from books group by "id"', ["Total"], [(1,), (1,)], id="aggregate"
    ),
    pytest.param(
        'select id, cast(n as numeric) as "d" from books', ["d"], [(0.5,), (1.5,)], id="decimal_as_a_number"
    ),
    pytest.param("select id, (1.5) as d from books", ["d"], [(1.5,), (1.5,)], id="decimal_as_json"),
]


@pytest.mark.parametrize(("query", "names", "rows"), QUERIES)
def test_quoted_names_are_names(design, shelves, query, names, rows):
    made = design.make("v", type="view", viewQuery=query)
    assert [field["name"] for field in made["fields"]] == ["id", *names]
    assert design.values("v", *names) == rows


@pytest.mark.skipif(connection.vendor == "sqlite", reason="types that SQLite does not have")
@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("string_to_array('a,b', ',')", ["a", "b"], id="list"),
        pytest.param("'{\"a\": [1]}'::jsonb", {"a": [1]}, id="object"),
        pytest.param("date '2020-01-02'", "2020-01-02", id="date"),
        pytest.param("'0d1f3f8e-0000-4000-8000-000000000000'::uuid", "0d1f3f8e-0000-4000-8000-000000000000"),
    ],
)
def test_values_of_any_type_are_json(design, shelves, expression, value):
    design.make("v", type="view", viewQuery=f"select id, ({expression}) as x from books")
    assert design.values("v", "x") == [(value,)] * 2
