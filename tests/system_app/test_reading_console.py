"""The SQL console that only reads: whatever a text says, the database refuses to change something."""

import pytest
from django.db import connection

from system_app.console.reading import OnlyReads, explain_query, read_query
from system_app.console.sql_console import QueryFailed, run_query

IS_SQLITE = connection.vendor == "sqlite"
ON_SQLITE = pytest.mark.skipif(not IS_SQLITE, reason="spelled for SQLite")
ON_POSTGRESQL = pytest.mark.skipif(IS_SQLITE, reason="spelled for PostgreSQL")
TABLE = "reading_test"


@pytest.fixture
def table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        run_query(f"create table {TABLE} (a TEXT, n NUMERIC)")
        run_query(f"insert into {TABLE} values ('x', 1), ('y', null)")
        yield
        run_query(f"drop table if exists {TABLE}")


def content():
    return run_query(f"select a, n from {TABLE} order by a").rows


def test_answers_as_the_other_one_does(table):
    for text in (f"select a, n from {TABLE} order by a", "select 1 as a; select 'x' as b, null as c"):
        assert read_query(text) == run_query(text)


@pytest.mark.parametrize(
    "text",
    [
        "insert into {t} values ('z', 2)",
        "update {t} set a = 'z'",
        "delete from {t}",
        "drop table {t}",
        "alter table {t} add column z TEXT",
        "create index never on {t} (a)",
        "/* read */ insert into {t} values ('z', 2)",
        "select 1; delete from {t}",
        "select 1; delete from {t}; select 2",
        "with gone as (select 1) delete from {t}",
        "explain delete from {t}; delete from {t}",
        "begin; delete from {t}",
        "commit; delete from {t}",
        "savepoint a; delete from {t}",
        "create temp table never (a TEXT); insert into never values (1)",
        pytest.param("replace into {t} values ('z', 2)", marks=ON_SQLITE),
        pytest.param("pragma query_only = 0; delete from {t}", marks=ON_SQLITE),
        pytest.param("PRAGMA main.query_only(0); delete from {t}", marks=ON_SQLITE),
        pytest.param("pragma user_version = 7", marks=ON_SQLITE),
        pytest.param("pragma journal_mode = delete", marks=ON_SQLITE),
        pytest.param("pragma wal_checkpoint", marks=ON_SQLITE),
        pytest.param("attach 'never.db' as other; create table other.never (a)", marks=ON_SQLITE),
        pytest.param("vacuum", marks=ON_SQLITE),
        pytest.param("analyze", marks=ON_SQLITE),
        pytest.param("reindex", marks=ON_SQLITE),
        pytest.param("select load_extension('never')", marks=ON_SQLITE),
        pytest.param("set transaction read write; delete from {t}", marks=ON_POSTGRESQL),
        pytest.param("set transaction_read_only = off; delete from {t}", marks=ON_POSTGRESQL),
        pytest.param("set default_transaction_read_only = off; delete from {t}", marks=ON_POSTGRESQL),
        pytest.param("prepare transaction 'never'; delete from {t}", marks=ON_POSTGRESQL),
        pytest.param("do $$ begin delete from {t}; end $$", marks=ON_POSTGRESQL),
        pytest.param("do $$ begin commit; delete from {t}; end $$", marks=ON_POSTGRESQL),
        pytest.param("with gone as (delete from {t} returning a) select * from gone", marks=ON_POSTGRESQL),
        pytest.param("explain analyze delete from {t}", marks=ON_POSTGRESQL),
        pytest.param("select * into never from {t}", marks=ON_POSTGRESQL),
        pytest.param("end; delete from {t}", marks=ON_POSTGRESQL),
    ],
)
def test_refuses_whatever_would_change_something(table, text):
    before = content()
    if text.startswith("create temp") and not IS_SQLITE:
        pytest.skip("PostgreSQL lets transactions that only read have tables of their own")
    with pytest.raises(QueryFailed):
        read_query(text.format(t=TABLE))
    assert content() == before


@pytest.mark.parametrize(
    "text",
    [
        "delete from {t}",
        "select 1; update {t} set a = 'z'",
        pytest.param("pragma user_version = 7", marks=ON_SQLITE),
    ],
)
def test_says_that_it_only_reads(table, text):
    with pytest.raises(OnlyReads):
        read_query(text.format(t=TABLE))


@ON_SQLITE
@pytest.mark.parametrize(
    "text",
    [
        "pragma table_info({t})",
        "select * from pragma_table_info('{t}')",
        "pragma user_version",
        "PRAGMA query_only",
    ],
)
def test_what_only_tells_something_may_be_asked(table, text):
    assert read_query(text.format(t=TABLE)).rows


def test_other_failures_are_told_as_they_are(table):
    with pytest.raises(QueryFailed, match="nowhere") as failure:
        read_query("select * from nowhere")
    assert not isinstance(failure.value, OnlyReads)
    with pytest.raises(QueryFailed, match="empty query"):
        read_query("  ")


def test_columns_tell_their_declared_types(table):
    assert read_query(f"select a, n from {TABLE}").columns == [("a", "TEXT"), ("n", "NUMERIC")]


@pytest.mark.parametrize(
    "text", ["select a from {t} where n = 1", "select 1; select a from {t}", "delete from {t} where n = 1"]
)
def test_explains_without_running(table, text):
    lines = explain_query(text.format(t=TABLE))
    assert any(TABLE in line for line in lines)
    assert len(content()) == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("pragma user_version = 7", marks=ON_SQLITE),
        pytest.param("analyze delete from {t}", marks=ON_POSTGRESQL),
    ],
)
def test_explains_nothing_that_would_be_run(table, text):
    with pytest.raises(QueryFailed):
        explain_query(text.format(t=TABLE))
    assert len(content()) == 2


@ON_SQLITE
def test_a_plan_shows_what_is_within_what(table):
    lines = explain_query(f"select * from {TABLE} where a in (select a from {TABLE} where n = 1)")
    assert any(line.startswith("  ") for line in lines)
