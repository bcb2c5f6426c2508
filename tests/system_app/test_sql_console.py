"""The SQL console: contract/collections.md 10. Its connection is its own, so these tests write for real."""

import pytest
from django.db import connection

from system_app.sql_console import QueryFailed, run_query

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


def test_failing_write_undoes_the_statements_before_it(table):
    with pytest.raises(QueryFailed):
        run_query(f"insert into {TABLE} values ('x', 1); insert into nowhere values (1)")
    assert rows(f"select * from {TABLE}") == []


def test_reads_answer_the_last_statement(table):
    assert rows("select 1; select ';' as x -- and a comment; with a semicolon") == [[";"]]


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


@pytest.mark.parametrize("text", ["", " \n", "select * from nowhere", "nonsense"])
def test_what_cannot_run_fails_with_a_reason(table, text):
    with pytest.raises(QueryFailed) as caught:
        run_query(text)
    assert str(caught.value)


def test_text_that_ends_its_time_is_interrupted(table, monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("cancelling needs a running server thread")
    monkeypatch.setattr("system_app.sql_console.TIMEOUT_SECONDS", 0)
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    with pytest.raises(QueryFailed, match="interrupted"):
        run_query(endless)
