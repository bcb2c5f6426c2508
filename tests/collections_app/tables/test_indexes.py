"""`CREATE INDEX` texts: which are read, what is read from them, and their normal form."""

import pytest

from collections_app.tables.indexes import Index, IndexColumn, index_text_for, parse_index


@pytest.mark.parametrize(
    ("text", "index"),
    [
        pytest.param(
            "create   index  i on c ( t )", Index("i", "c", (IndexColumn("t"),)), id="blanks_and_case"
        ),
        pytest.param(
            "CREATE UNIQUE INDEX IF NOT EXISTS `main`.`i` ON `c` (`a`) WHERE `a` != ''",
            Index(
                "i",
                "c",
                (IndexColumn("a"),),
                unique=True,
                where="`a` != ''",
                if_not_exists=True,
                schema="main",
            ),
            id="everything",
        ),
        pytest.param("CREATE INDEX [i] ON [c] ([a]);", Index("i", "c", (IndexColumn("a"),)), id="brackets"),
        pytest.param(
            "create index i on c (`t` collate nocase desc, j ASC)",
            Index("i", "c", (IndexColumn("t", "nocase", "DESC"), IndexColumn("j", "", "ASC"))),
            id="collation_and_order",
        ),
        pytest.param(
            "create index i on c (a, coalesce(b, 'x,y'))",
            Index("i", "c", (IndexColumn("a"), IndexColumn("coalesce(b, 'x,y')"))),
            id="comma_in_an_expression",
        ),
        pytest.param(
            "create unique index i on c (a, lower(b)) where (a != '' or length(b) > 1) and c in (')', 1)",
            Index(
                "i",
                "c",
                (IndexColumn("a"), IndexColumn("lower(b)")),
                unique=True,
                where="(a != '' or length(b) > 1) and c in (')', 1)",
            ),
            id="brackets_in_where",
        ),
        pytest.param(
            "create index i on c(lower(b))where(a>1)",
            Index("i", "c", (IndexColumn("lower(b)"),), where="(a>1)"),
            id="without_blanks",
        ),
        pytest.param("create index i on c (a", None, id="open_bracket"),
        pytest.param("CREATE INDEX i ON `` (`a`)", Index("i", "", (IndexColumn("a"),)), id="no_table"),
        pytest.param("create index i on (a)", Index("i", "", (IndexColumn("a"),)), id="no_table_at_all"),
        pytest.param('CREATE INDEX "x y" ON c (a)', None, id="blank_in_the_name"),
        pytest.param("create index on c (a)", None, id="no_name"),
        pytest.param("create index i on c ()", None, id="no_column"),
        pytest.param("create index i on c ('a)", None, id="open_quote"),
        pytest.param("", None, id="empty"),
        pytest.param("drop table c", None, id="something_else"),
    ],
)
def test_is_read_as(text, index):
    assert parse_index(text) == index


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        pytest.param(
            "create unique index if not exists s.i on c(a) where a > 1",
            "CREATE UNIQUE INDEX IF NOT EXISTS `s`.`i` ON `c` (`a`) WHERE a > 1",
            id="one_column_on_one_line",
        ),
        pytest.param(
            "create index i on c (`t` collate nocase desc, j) where t != 1",
            "CREATE INDEX `i` ON `c` (\n  `t` COLLATE nocase DESC,\n  `j`\n) WHERE t != 1",
            id="a_line_per_column",
        ),
        pytest.param(
            "create index i on c (a) where (a > 1) or (b > 1)",
            "CREATE INDEX `i` ON `c` (`a`) WHERE (a > 1) or (b > 1)",
            id="brackets_in_where",
        ),
        pytest.param(
            "create index i on c (lower(a))",
            "CREATE INDEX `i` ON `c` (lower(a))",
            id="expression_is_not_quoted",
        ),
    ],
)
def test_normal_form(text, normal):
    index = parse_index(text)
    assert index is not None
    assert index.sql() == normal
    assert parse_index(normal) == index


def test_text_of_the_right_table_is_kept_verbatim():
    assert index_text_for("create index  i on c ( a )", "c") == "create index  i on c ( a )"


def test_text_of_another_table_is_rewritten():
    assert index_text_for("create index  i on c ( a )", "d") == "CREATE INDEX `i` ON `d` (`a`)"


def test_definition_ignores_names_only():
    first, second = parse_index("create index i on c (a)"), parse_index("create index s.j on c (a)")
    other = parse_index("create unique index i on c (a)")
    assert first is not None and second is not None and other is not None
    assert first.same_definition(second)
    assert not first.same_definition(other)
