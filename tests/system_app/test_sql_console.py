"""The SQL console: contract/collections.md 10. Its connection is its own, so these tests write for real."""

from contextlib import contextmanager

import pytest
from django.db import connection

from collections_app.models import SchemaVersion
from system_app.console.sql_console import QueryFailed, QueryResult, run_query

SQLITE_ONLY = pytest.mark.skipif(connection.vendor != "sqlite", reason="spelled for SQLite")
TABLE = "console_test"


@pytest.fixture
def table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        run_query(f"create table {TABLE} (a TEXT, n NUMERIC)")
        yield
        run_query(f"drop table if exists {TABLE}")


def rows(text):
    return run_query(text).rows


def test_cells_are_texts_or_null(table):
    result = run_query("select 1 as a, 1.5 as b, null as c, 'x' as d;").as_json()
    assert (result["rows"], result["affectedRows"]) == ([["1", "1.5", None, "x"]], 0)
    assert [column["name"] for column in result["columns"]] == ["a", "b", "c", "d"]
    assert {column["nullable"] for column in result["columns"]} == {True}


def test_columns_tell_their_declared_types(table):
    assert run_query(f"select a, n from {TABLE}").columns == [("a", "TEXT"), ("n", "NUMERIC")]


def test_writes_answer_only_what_the_last_statement_changed(table):
    result = run_query(
        f"insert into {TABLE} values ('x', 1), ('y', 2); update {TABLE} set n = 3 where a = 'x'"
    )
    assert (result.affected_rows, result.columns, result.rows) == (1, [], [])
    assert rows(f"select a, n from {TABLE} order by a") == [["x", "3"], ["y", "2"]]


@pytest.mark.parametrize(
    ("text", "affected"),
    [
        pytest.param("insert into {t} values ('x', 1), ('y', 2); select 1 union select 2 union select 3", 2),
        pytest.param("insert into {t} values ('x', 1), ('y', 2); create table {t}2 (a TEXT)", 2),
        pytest.param("insert into {t} values ('x', 1), ('y', 2) returning a", 2),
        pytest.param("insert into {t} values ('x', 1); delete from {t} where a = 'nobody'", 0),
        pytest.param("create table {t}2 (a TEXT)", 0),
        pytest.param("insert into {t} values ('x; commit', 1)", 1),
    ],
    ids=["then_select", "then_create", "returning", "last_changes_none", "no_rows", "semicolon_in_a_text"],
)
def test_affected_rows_are_those_of_the_last_change(table, text, affected):
    try:
        result = run_query(text.format(t=TABLE))
        assert (result.affected_rows, result.columns, result.rows) == (affected, [], [])
    finally:
        run_query(f"drop table if exists {TABLE}2")


def test_failing_write_undoes_the_statements_before_it(table):
    with pytest.raises(QueryFailed):
        run_query(f"insert into {TABLE} values ('x', 1); insert into nowhere values (1)")
    assert rows(f"select * from {TABLE}") == []


def test_reads_answer_the_last_statement(table):
    assert rows("select 1; select ';' as x -- and a comment; with a semicolon") == [[";"]]


def test_what_ran_before_a_failing_statement_of_a_read_stays(table):
    with pytest.raises(QueryFailed):
        run_query(f"/* read */ insert into {TABLE} values ('x', 1); select * from nowhere")
    assert rows(f"select a from {TABLE}") == [["x"]]


def test_a_read_may_write(table):
    assert run_query(f"/* read */ insert into {TABLE} values ('x', 1)") == QueryResult()
    assert rows(f"/* read */ insert into {TABLE} values ('y', 2) returning a, n") == [["y", "2"]]
    assert rows(f"with w(a) as (select a from {TABLE}) select a from w order by a") == [["x"], ["y"]]


def test_columns_of_no_rows(table):
    result = run_query(f"select a, n from {TABLE}")
    assert ([name for name, _ in result.columns], result.rows) == (["a", "n"], [])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="what SQLite has no types for")
@pytest.mark.parametrize(
    ("expression", "cell"),
    [
        pytest.param("true", "1", id="bool"),
        pytest.param("1e21::float8", "1e+21", id="float"),
        pytest.param("1.50::numeric", "1.50", id="numeric"),
        pytest.param("""'{"a": [1, null]}'::json""", '{"a": [1, null]}', id="json"),
        pytest.param("array['a','b']", "{a,b}", id="array"),
        pytest.param("'2024-05-01 10:00:00'::timestamp", "2024-05-01 10:00:00", id="timestamp"),
        pytest.param(r"'\x41ff'::bytea", r"\x41ff", id="bytes"),
        pytest.param("100000 * '1 second'::interval", "27:46:40", id="interval"),
    ],
)
def test_cells_are_what_postgresql_writes(django_db_setup, django_db_blocker, expression, cell):
    with django_db_blocker.unblock():
        assert rows(f"select {expression}") == [[cell]]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="spelled for PostgreSQL")
def test_statements_that_a_cursor_does_not_take(table):
    assert rows(f"with w as (insert into {TABLE} values ('x', 1) returning a) select a from w") == [["x"]]
    assert run_query(f"select 1 as a into {TABLE}_into") == QueryResult()
    run_query(f"drop table {TABLE}_into")


def test_a_thousand_rows_at_most(table):
    many = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1500) select i from n"
    assert len(rows(many)) == 1000


def test_write_must_not_end_its_transaction(table):
    with pytest.raises(QueryFailed, match="COMMIT is not supported"):
        run_query(
            f"insert into {TABLE} values ('x', 1); /* now */ commit; insert into {TABLE} values ('y', 1)"
        )
    assert rows(f"select * from {TABLE}") == []


def test_open_transaction_goes_with_the_connection(table):
    run_query(f"/* reads, says its first word */ begin; insert into {TABLE} values ('x', 1)")
    assert rows(f"select * from {TABLE}") == []


@SQLITE_ONLY
def test_semicolons_in_a_trigger_end_no_statement(table):
    run_query(f"create trigger t after insert on {TABLE} begin select 1; select 2; end; select 1")
    assert rows("select name from sqlite_master where type = 'trigger' and name = 't'") == [["t"]]


@pytest.mark.parametrize("text", [";", "-- nothing", "/* nothing */ ;;"])
def test_a_text_without_a_statement_does_nothing(table, text):
    assert run_query(text) == QueryResult()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "select * from nowhere",
        "nonsense",
        "select 'open",
        "select 1;x",
        "@",
        "'x'",
        "{}",
        "select 1; ]",
        "(x)",
    ],
)
def test_what_cannot_run_fails_with_a_reason(table, text):
    with pytest.raises(QueryFailed) as caught:
        run_query(text)
    assert str(caught.value)


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(select 1)", 'SQL logic error: near "(": syntax error (1)'),
        ("/* a */ # b", 'SQL logic error: unrecognized token: "#" (1)'),
        ("select {:name}", "Named parameter not found: name"),
        ("select ?", "missing argument with index 1"),
        ("select '?', \":x\" -- :y\n, @z", 'missing named argument "z"'),
        ("select $b /* :a */, :a", 'missing named argument "b"'),
    ],
)
def test_placeholders_have_no_values(table, text, reason):
    with pytest.raises(QueryFailed) as caught:
        run_query(text)
    assert str(caught.value) == reason


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("select [[a b.c]] from (select 1 as x) as {{y}}", None),
        ("select [[y.x]] from (select 1 as x) as {{y}}", "1"),
        ("select '[[]]{{a(b)}}[[ü]]'", "[[]]{{a(b)}}[[ü]]"),
    ],
)
def test_marked_names_are_quoted(table, text, cell):
    if cell is None:
        with pytest.raises(QueryFailed, match="a b"):
            run_query(text)
    else:
        assert run_query(text).rows == [[cell]]


@pytest.fixture
def in_no_time(monkeypatch):
    """A `with` block in which texts have no time at all."""

    @contextmanager
    def limit():
        with monkeypatch.context() as patch:
            patch.setattr("system_app.console.sql_console.TIMEOUT_SECONDS", 0)
            yield

    return limit


@pytest.mark.parametrize("before", ["", "create table never (a TEXT); "], ids=["read", "write"])
def test_text_that_ends_its_time_is_interrupted(table, in_no_time, before):
    endless = "with recursive n(i) as (select 1 union all select i + 0 from n) select count(*) from n"
    with in_no_time(), pytest.raises(QueryFailed, match="interrupted|canceling statement"):
        run_query(before + endless)
    with pytest.raises(QueryFailed, match="never"):
        run_query("select * from never")


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no such setting")
def test_text_cannot_lengthen_its_time(table, in_no_time):
    with in_no_time(), pytest.raises(QueryFailed, match="canceling statement"):
        run_query("set statement_timeout = 0; select 1; select pg_sleep(600)")


def test_other_processes_hear_of_definitions_that_a_text_changes(table):
    def bumps(text):
        before = SchemaVersion.current()
        run_query(text)
        return SchemaVersion.current() - before

    # Tests that empty all tables may have come before.
    SchemaVersion.objects.get_or_create(id=1)
    mine = "where id = 'console_test'"
    insert = "insert into _collections (id, name, type, fields) values ('console_test', 'a', 'base', '[]')"
    assert bumps(insert) == 1
    assert bumps(f"update _collections set name = 'b' {mine}") == 1
    assert bumps(f"update _collections set name = name {mine}") == 0
    assert bumps(f"delete from _collections {mine}") == 1
    assert bumps(f"insert into {TABLE} values ('x', 1)") == 0


def test_a_star_does_not_show_how_rows_are_numbered(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        starred = run_query("select * from _collections limit 1")
        named = run_query("select _rowid_, id from _collections order by _rowid_ limit 1")
    assert "_rowid_" not in [name for name, _ in starred.columns]
    assert {len(row) for row in starred.rows} == {len(starred.columns)}
    assert len(named.columns) == 2
    assert named.rows[0][0].isdigit()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite says all in one line")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "select nn from {t}",
            'column "nn" does not exist (Perhaps you meant to reference the column "{t}.n")',
            id="hint",
        ),
        pytest.param(
            "create view {t}_seen as select n from {t}; alter table {t} drop column n",
            "cannot drop column n of table {t} because other objects depend on it "
            "(view {t}_seen depends on column n of table {t}; "
            "Use DROP ... CASCADE to drop the dependent objects too)",
            id="detail_and_hint",
        ),
    ],
)
def test_an_error_says_all_that_the_database_says(table, text, reason):
    with pytest.raises(QueryFailed) as failure:
        run_query(text.format(t=TABLE))
    assert str(failure.value) == reason.format(t=TABLE)


def test_a_text_ends_at_a_nul_character(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        assert rows("select 1 as a\0 and whatever follows") == [["1"]]
        with pytest.raises(QueryFailed):
            run_query("select 'a\0b'")
