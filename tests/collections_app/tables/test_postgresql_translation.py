"""SQLite's spelling in index conditions and view queries, as PostgreSQL reads it."""

import pytest

from collections_app.tables.postgresql_translation_sql import Names, translate

NAMES = Names.of(["posts", "title", "tokenKey", "active", "order", "text"], ["active"])


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
