"""Semicolons that end a statement on PostgreSQL, and those that do not."""

import pytest

from system_app.console.postgresql_statements import split_statements


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        pytest.param("select 1; select 2", ["select 1", "select 2"], id="two"),
        pytest.param("select 1;", ["select 1"], id="closing"),
        pytest.param("", [], id="nothing"),
        pytest.param("select ';', ''';'; x", ["select ';', ''';'", "x"], id="text"),
        pytest.param(r"select E'\';'; x", [r"select E'\';'", "x"], id="text_with_backslash"),
        pytest.param(r"select '\'; x", [r"select '\'", "x"], id="plain_text_with_backslash"),
        pytest.param('select 1 as ";"; x', ['select 1 as ";"', "x"], id="name"),
        pytest.param("-- a;b\nselect 1; x", ["-- a;b\nselect 1", "x"], id="line_comment"),
        pytest.param("/* ; /* ; */ ; */ a; x", ["/* ; /* ; */ ; */ a", "x"], id="nested_comment"),
        pytest.param("do $$ begin; end; $$; x", ["do $$ begin; end; $$", "x"], id="dollars"),
        pytest.param("do $a$ $$ ; $b$ ; $a$; x", ["do $a$ $$ ; $b$ ; $a$", "x"], id="tagged_dollars"),
        pytest.param("select a$b$; x$b$", ["select a$b$", "x$b$"], id="dollars_within_a_name"),
        pytest.param("select $1; x", ["select $1", "x"], id="parameter"),
        pytest.param("select 'open; x", ["select 'open", "x"], id="open_text_is_for_the_database_to_refuse"),
        pytest.param("a /* open; x", ["a /* open; x"], id="open_comment"),
    ],
)
def test_splits_into(text: str, statements: list[str]) -> None:
    found = [piece.strip() for piece in split_statements(text)]
    assert [piece for piece in found if piece] == statements
